"""Reads the sentences that the assistant understands, which `rules.txt` lists, and finds the one that a text is."""

import re
from functools import cache
from importlib.resources import files

Rule = tuple[str, re.Pattern[str]]
MAX_REPEATS = 8
# Stands between the two words of a contraction, so that patterns see both and titles keep the contraction.
SEAM = "\N{WORD JOINER} "
_NO_SUBJECT = (
    "what|which|who|how|why|when|where|is|are|was|were|do|does|did|have|has|can|could|should|will|would|am|if|not"
    "|nothing|add|delete|remove|erase|clear|show|list|find|mark|tell|remind|rename|reopen"
)
_SYNTAX = {
    "[": "(?:", "]": ")?", "]*": f"){{0,{MAX_REPEATS}}}", "(": "(?:", ")": ")", "|": "|", ">": ")", "_": r"\S+ ",
    "…": r"(?:\S+ )*", "+": r"(?:\S+ )+?", "~": rf"(?!(?:{_NO_SUBJECT})\b)",
}  # fmt: skip
_CONTRACTED = {
    "not": "(?:not|n['’]?t)", "is": "(?:is|['’]?s)", "am": "(?:am|['’]?m)", "are": "(?:are|['’]re)",
    "us": "(?:us|['’]?s)", "have": "(?:have|['’]?ve)", "will": "(?:will|['’]ll)", "would": "(?:would|['’]d)",
}  # fmt: skip
_END = f"[,;:.!?…{SEAM[0]}]* "
_ELEMENT = re.compile(r"\s+|/(?P<regex>\S+?)/|(?P<name><\w+:)|(?P<mark>\]\*|[\[\]()|>_…+~])|(?P<word>[^\s\[\]()|<>…]+)")


def _sections() -> dict[str, list[tuple[str, list[str]]]]:
    """The names in each section of the file, with their patterns."""
    text = files(__package__).joinpath("rules.txt").read_text(encoding="utf-8").replace("\n        ", " ")
    _, *parts = re.split(r"^\[(.+)\]\n", text, flags=re.MULTILINE)
    lines = [re.findall(r"^(\w.*?): (.+(?:\n {4}.+)*)", part, re.MULTILINE) for part in parts[1::2]]
    each = [[(name, patterns.split("\n    ")) for name, patterns in found] for found in lines]
    return dict(zip(parts[::2], each, strict=True))


_SECTIONS = _sections()
WORDS = {name: lists[0].split() for name, lists in _SECTIONS.pop("words")}
_PARTS = {name: "|".join(pair.partition("=")[0] for pair in pairs) for name, pairs in WORDS.items()}
_PARTS |= {name: "|".join(patterns) for name, patterns in _SECTIONS.pop("parts")}
TABLES = tuple(_SECTIONS)


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
        return f"{_CONTRACTED.get(word, word)}{_END}"
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
