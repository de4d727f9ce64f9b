"""A conversation's first title: what its first message is about, in a few words."""

import unicodedata

import regex

MAX_CHARACTERS = 60
MAX_READ = 1000
"""Characters of the message; the rest can't make a better title."""

_LINE_MARKUP = regex.compile(r"^[\s>]*(?:#{1,6}\s+|[-*+•]\s+(?:\[[ xX]\]\s+)?|\d{1,3}[.)]\s+)?")
_LINK = regex.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_URL = regex.compile(r"(?:https?://|(?<!\w)www\.)(?:www\.)?([^\s/?#<>()]+)[^\s<>()]*", regex.IGNORECASE)
_EMPHASIS = regex.compile(r"\*\*|~~|`+|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|(?<!\S)\*(?=\S)|(?<=\S)\*(?!\S)")
# A full stop after a short word may be an abbreviation's: "Dr. Smith", "e.g. milk".
_SENTENCE_END = regex.compile(r"(?<=[!?…]|[^\W\d_]{4}\.|[^\W\d_]{4}[)\"”’]\.)\s+|(?<=[。！？])")
_OPENING = regex.compile(
    r"""(?:
        (?:hi|hello|hey|hiya|good\ (?:morning|afternoon|evening)|greetings)(?:\ (?:there|all|again|assistant|taskchat))?
        | (?:ok|okay|um+|please|pls|kindly|just|quick\ question) | (?:so|well|now|then|actually)(?=,)
        | (?:thanks|thank\ you|cheers)
        | (?:can|could|would|will)\ you(?:\ (?:please|kindly|just|possibly|maybe))?(?:\ help\ me(?:\ to)?)?
        | i(?:['’]d|\ would)\ (?:like|love)\ (?:you\ )?to | i(?:['’]d|\ would)\ like\b(?!\ (?:it|that|this)\b)
        | i\ (?:want|need)\ (?:you\ )?to | i\ have\ to | remind\ me\ (?:to|that|about) | help\ me\ to
        | (?:don['’]t|do\ not)\ let\ me\ forget(?:\ (?:to|about))?
    )(?=[\s,.!?:;–—]|$)[\s,.!:;–—-]*""",
    regex.IGNORECASE | regex.VERBOSE,
)
_CLOSING = regex.compile(
    r"[\s,.;:–—-]*\b(?:please|pls|thanks(?:\ a\ lot)?|thank\ you|thx|cheers)[\s.!]*(\??)$", regex.IGNORECASE
)


def make_title(message: str) -> str:
    """The gist of a message: its first sentence that says something, without greetings, courtesies and Markdown."""
    lines = [_plain(line) for line in message[:MAX_READ].splitlines()]
    sentences = [sentence for line in lines for sentence in _SENTENCE_END.split(line) if _is_visible(sentence)]
    gists = (gist for sentence in sentences if _is_visible(gist := _gist(sentence)))
    title = _capitalized(_cut(next(gists, " ".join(sentences) or " ".join(message.split()))))
    return title if _is_visible(title, "LNSP") else "…"


def _plain(line: str) -> str:
    text = _URL.sub(r"\1", _LINK.sub(r"\1", _LINE_MARKUP.sub("", line, count=1)))
    return " ".join(_EMPHASIS.sub("", text).split())


def _gist(sentence: str) -> str:
    text, is_request = sentence, False
    while (match := _OPENING.match(text)) and match.end():
        text, is_request = text[match.end() :], is_request or " you" in match[0].lower()
    text = _CLOSING.sub(r"\1", text)
    return text.rstrip(" .,;:!?" if is_request else " .,;:!")


def _cut(text: str) -> str:
    """The text, or its beginning up to a word's end, or up to a character's end if it is one long word."""
    if len(text) <= MAX_CHARACTERS:
        return text
    beginning = ""
    for cluster in regex.findall(r"\X", text[: 2 * MAX_CHARACTERS]):
        if len(beginning) + len(cluster) >= MAX_CHARACTERS:
            break
        beginning += cluster
    beginning = beginning or text[: MAX_CHARACTERS - 1]  # one character of very many marks
    words = beginning if text[len(beginning)].isspace() else beginning.rpartition(" ")[0]
    # Languages without spaces, and long words, are cut anywhere.
    return (words if len(words) >= MAX_CHARACTERS // 2 else beginning).rstrip(" ,;:–—-") + "…"


def _capitalized(title: str) -> str:
    word = title.partition(" ")[0]
    first = title[:1].upper()
    is_name = not word.islower() or any(mark in word for mark in "./@_")  # iPhone, example.org
    return title if is_name or len(first) != 1 else first + title[1:]


def _is_visible(text: str, categories: str = "LNS") -> bool:
    return any(unicodedata.category(character)[0] in categories for character in text)
