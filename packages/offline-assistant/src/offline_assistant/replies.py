"""The assistant's replies, which `replies.toml` lists, and the Markdown around titles."""

import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files

_TEXT = files(__package__).joinpath("replies.toml").read_text(encoding="utf-8")
REPLIES: dict[str, dict[str, str]] = tomllib.loads(_TEXT)
EXAMPLES = REPLIES["answers"]["examples"]
ANSWERS = {name: text.replace("{examples}", EXAMPLES) for name, text in REPLIES["answers"].items()}
QUESTIONS = {(kind, verb): REPLIES[kind][verb] for kind in ("confirm", "choose", "complete") for verb in REPLIES[kind]}
# All characters with a meaning inside a line. Those with a meaning at its start only (#, -, 1.) are harmless
# inside `**…**`. An address would swallow the backslashes after it, unless it is kept from being one.
_SPECIAL = re.compile(r"[\\`*_~\[\]<|@]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_BOLD = r"\*\*(?:\\.|[^*\\])+\*\*"
_BOLDS = rf"{_BOLD}(?:(?:, | and ){_BOLD})*"
_ASKED = {key: re.compile(re.escape(question).replace(r"\{\}", _BOLDS)) for key, question in QUESTIONS.items()}


def escaped(text: str) -> str:
    """The text in one line, rendered as it was written."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def bold(*titles: str) -> str:
    """The titles in bold: `a, b and c`."""
    return joined([f"**{escaped(title)}**" for title in titles])


def joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def plain(markdown: str) -> str:
    return re.sub(r"\\([\\`*_~\[\]<|@&:.])", r"\1", markdown)


def bold_texts(markdown: str) -> list[str]:
    """All texts in bold, as plain text."""
    return [plain(text[2:-2]) for text in re.findall(_BOLD, markdown)]


def counted(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"


def asked_in(reply: str) -> tuple[str, str, list[str]] | None:
    """The question that the reply ends with: its kind, the change that follows, and the titles in it."""
    last = reply.rpartition("\n\n")[2]
    return next(((*key, bold_texts(last)) for key, pattern in _ASKED.items() if pattern.fullmatch(last)), None)
