"""Finds the sentence of `rules.txt` that a text is, and the words that the file lists."""

import re
from configparser import RawConfigParser
from functools import cache
from importlib.resources import files

MAX_REPEATS = 8
# Stands between the two words of a contraction, so that patterns see both and titles keep the contraction.
SEAM = "\N{WORD JOINER} "
_SECTIONS = RawConfigParser(delimiters=":", comment_prefixes="#")
_SECTIONS.read_string(files(__package__).joinpath("rules.txt").read_text(encoding="utf-8"))
WORDS = {name: words.split() for name, words in _SECTIONS["words"].items()}
MEANINGS = {name: dict(word.split("=") for word in words if "=" in word) for name, words in WORDS.items()}
TABLES = [name for name in _SECTIONS.sections() if name not in ("words", "parts")]
_PARTS = {name: "|".join(pair.partition("=")[0] for pair in pairs) for name, pairs in WORDS.items()}
_PARTS |= {name: part.replace("\\\n", "").replace("\n", "|") for name, part in _SECTIONS["parts"].items()}

_END = f"[,;:.!?…{SEAM[0]}]* "
_ELEMENT = re.compile(r"\s+|/(?P<regex>\S+?)/|(?P<name><\w+:)|(?P<mark>]\*|[\[\]()|>_…+~])|(?P<word>[^\s\[\]()|<>…]+)")
_SYNTAX = {
    "[": "(?:", "]": ")?", "]*": f"){{0,{MAX_REPEATS}}}", "(": "(?:", ")": ")", "|": "|", ">": ")", "_": r"\S+ ",
    "…": r"(?:\S+ )*", "+": r"(?:\S+ )+?", "~": rf"(?!(?:{_PARTS['no subject']})\b)",
}  # fmt: skip


@cache
def rules_of(table: str) -> list[tuple[str, re.Pattern[str]]]:
    """The rules of a section. Compiling those of all takes a sixth of the api's start, so the first use does."""
    patterns = {name: text.replace("\\\n", "").splitlines() for name, text in _SECTIONS[table].items()}
    return [(name, _pattern(notation)) for name, notations in patterns.items() for notation in notations]


def _pattern(notation: str) -> re.Pattern[str]:
    while re.search(r"\{[a-z]+\}", notation):
        notation = re.sub(r"\{([a-z]+)\}", lambda part: f"({_PARTS[part[1]]})", notation)
    return re.compile(_ELEMENT.sub(_translated, notation), re.IGNORECASE)


def _translated(element: re.Match[str]) -> str:
    if word := element["word"]:
        short = MEANINGS["contracted"].get(word)
        return f"(?:{word}|{short}){_END}" if short else f"{word}{_END}"
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
