"""Reads the sentences that the assistant understands, which `rules.txt` lists, and finds the one that a text is."""

import re
from functools import cache
from importlib.resources import files

Rule = tuple[str, re.Pattern[str]]
Section = list[tuple[str, list[str]]]
MAX_REPEATS = 8
# Stands between the two words of a contraction, so that patterns see both and titles keep the contraction.
SEAM = "\N{WORD JOINER} "
_CONTRACTED = {
    "not": "n['’]?t", "is": "['’]?s", "am": "['’]?m", "are": "['’]re", "us": "['’]?s", "have": "['’]?ve",
    "will": "['’]ll", "would": "['’]d",
}  # fmt: skip
_END = f"[,;:.!?…{SEAM[0]}]* "
_ELEMENT = re.compile(r"\s+|/(?P<regex>\S+?)/|(?P<name><\w+:)|(?P<mark>\]\*|[\[\]()|>_…+~])|(?P<word>[^\s\[\]()|<>…]+)")


def _sections() -> dict[str, Section]:
    """The names in each section of the file, with their patterns."""
    sections: dict[str, Section] = {}
    text = files(__package__).joinpath("rules.txt").read_text(encoding="utf-8").replace("\n        ", " ")
    section: Section = []
    for line in filter(None, text.splitlines()):
        name, _, pattern = line.partition(": ")
        if line.startswith("["):
            sections[line.strip("[]")] = section = []
        elif line.startswith("    "):
            section[-1][1].append(line.strip())
        elif not line.startswith("#"):
            section.append((name, [pattern]))
    return sections


_SECTIONS = _sections()
WORDS = {name: lists[0].split() for name, lists in _SECTIONS.pop("words")}
_PARTS = {name: "|".join(pair.partition("=")[0] for pair in pairs) for name, pairs in WORDS.items()}
_PARTS |= {name: "|".join(patterns) for name, patterns in _SECTIONS.pop("parts")}
TABLES = tuple(_SECTIONS)
_SYNTAX = {
    "[": "(?:", "]": ")?", "]*": f"){{0,{MAX_REPEATS}}}", "(": "(?:", ")": ")", "|": "|", ">": ")", "_": r"\S+ ",
    "…": r"(?:\S+ )*", "+": r"(?:\S+ )+?", "~": rf"(?!(?:{'|'.join(WORDS['no subject'])})\b)",
}  # fmt: skip


@cache
def rules_of(table: str) -> list[Rule]:
    """The rules of a section. Compiling those of all takes a sixth of the api's start, so the first use does."""
    return [(name, _pattern(notation)) for name, patterns in _SECTIONS[table] for notation in patterns]


def _pattern(notation: str) -> re.Pattern[str]:
    while re.search(r"\{[a-z]+\}", notation):
        notation = re.sub(r"\{([a-z]+)\}", lambda part: f"({_PARTS[part[1]]})", notation)
    return re.compile(_ELEMENT.sub(_translated, notation), re.IGNORECASE)


def _translated(element: re.Match[str]) -> str:
    if word := element["word"]:
        return f"(?:{word}|{_CONTRACTED[word]}){_END}" if word in _CONTRACTED else f"{word}{_END}"
    if element["name"]:
        return f"(?P{element['name'][:-1]}>"
    return f"(?:{element['regex']}){_END}" if element["regex"] else _SYNTAX.get(element["mark"], "")


def first_match(text: str, table: str) -> tuple[str, dict[str, str]]:
    """The name of the first rule that matches, and the parts it hands on; an empty name if none does."""
    for name, pattern in rules_of(table):
        if match := pattern.fullmatch(text):
            return name, match.groupdict(default="")
    return "", {}


def intent_of(text: str, table: str) -> str:
    return first_match(text, table)[0]


def place_of(word: str) -> int:
    """The number on the list that a word means, -1 for the last; 0 if none."""
    if digits := re.match(r"#?(\d+)", word):
        return int(digits[1])
    name, numbers = word.strip(" .,;:!?").lower(), WORDS["numbers"]
    return numbers.index(name) % 10 + 1 if name in numbers else -1 * (name == "last")
