"""A message as patterns match it, and the titles that are cut from it as they were written."""

import re
import unicodedata


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTION_VERBS = words("""
    answer arrange ask bake book borrow bring build buy call cancel change check choose clean clear close collect
    complete contact cook copy create cut do draft drink drop eat email empty feed fill find finish fix get give go
    help hire install invite iron learn leave lend look mail make meet mend mow open order organise organize pack paint
    park pay phone pick plan plant play practise prepare print put read renew rent repair reply report reserve return
    review run save schedule sell send set sew share sign sort speak start study submit sweep swim take talk tell test
    text thank throw tidy train try turn update upload vacuum visit walk wash watch water weed wipe work wrap write
""")  # that titles of tasks often begin with
ARTICLES = words("the a an my our your some this that these those")
PREPOSITIONS = words("with between for about of to from against among regarding re in at on by")
SAID_TOGETHER = words("salt+pepper mac+cheese fish+chips ham+cheese gin+tonic pros+cons q+a r+d mum+dad mom+dad")
PAST_TENSE = dict(pair.split("=") for pair in words("""
    bought=buy paid=pay sent=send wrote=write written=write got=get made=make took=take went=go did=do done=do
    read=read met=meet spoke=speak told=tell brought=bring found=find gave=give ran=run sold=sell fed=feed built=build
    rang=ring put=put cut=cut ate=eat drank=drink drew=draw chose=choose had=have left=leave saw=see threw=throw
"""))  # fmt: skip
# Stands between the two words of a contraction, so that patterns see both and titles keep the contraction.
SEAM = "\N{WORD JOINER} "
_CONTRACTED = re.compile(
    r"(\w)(n['’]t|['’](?:s|m|re|ve|ll|d))\b|\b(?:(do|does|did|is|are|have|has|was|were)(nt)|(i)(m|ve)|(what|that|let)(s))\b",
    re.IGNORECASE,
)
# A quotation ends where another one opens: otherwise many unclosed quotation marks would take quadratic time.
QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|`([^`]+)`|(?<!\w)\'([^\']+)\'(?!\w)|\*\*([^*]+)\*\*')
# Separators are hidden inside quotation marks: they become characters that no text contains.
_HIDDEN = {ord(character): 0xFDD0 + place for place, character in enumerate(" ,;:.!?&+\n")}
_SHOWN = {code: chr(character) for character, code in _HIDDEN.items()} | {ord(SEAM[0]): ""}
_AND = r"(?:(?:and|plus|then|&|\+) )"
_SEPARATOR = re.compile(rf"((?:(?<!\d),|,(?!\d)|;)[,; ]*{_AND}*|(?<!\S){_AND}+)", re.IGNORECASE)
MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|(?:nov|dec)(?:ember)?)"
)
# The beginning of words that cannot begin a title.
_GOES_ON = re.compile(
    rf"(?:{'|'.join(PREPOSITIONS)}|after|before|until|during|because|but|or|so|if|when|while|where|which|who|than|etc"
    r"|today|tomorrow|tonight|noon|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}(?:\:\d\d)?[ap]m|\d{1,2}:\d\d"
    r"|due|next (?:week|\w+day)|this \w+day|(?:high|top|medium|low) priority"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? {MONTH}|{MONTH} \d{{1,2}})\b",
    re.IGNORECASE,
)
_FILLERS = ARTICLES | words("task item entry todo one about called for of to on in at and with up off out from it")


def prepared(text: str) -> str:
    """The text as patterns match it: a space after each word, contractions apart, each quotation a single word."""
    quoted = QUOTED.sub(lambda quotation: quotation[0].translate(_HIDDEN), text.translate(_SHOWN))
    tokens = _CONTRACTED.sub(lambda found: SEAM.join(filter(None, found.groups())), quoted).split()
    return "".join([f"{token} " for token in tokens])


def first_word(text: str) -> str:
    return text.partition(" ")[0].strip(".,;:!?…").lower()


def as_written(text: str) -> str:
    return " ".join(text.replace(SEAM, "").translate(_SHOWN).split()).strip(" .,;:!?…")


def clean_title(text: str) -> str:
    """The text as written, but for surrounding quotation marks and a full stop; empty if nothing is visible."""
    title = as_written(text)
    if match := QUOTED.fullmatch(title):
        title = " ".join(match[match.lastindex or 0].split())
    return title if any(unicodedata.category(character)[0] in "LNS" for character in title) else ""


def pieces(text: str) -> list[tuple[str, str]]:
    """The parts between commas, semicolons and "and", each after its separator."""
    parts = ["", *_SEPARATOR.split(text)]
    return [(before, piece) for before, piece in zip(parts[::2], parts[1::2], strict=True) if piece.strip()]


def split_titles(text: str) -> tuple[str, ...]:
    """The titles of the tasks that somebody named in one breath.

    Commas and "and" separate titles: "milk, eggs and bread" is three. Once a title begins with a verb, what follows
    belongs to it until the next verb: "call Bob and Alice" is one task, "call Bob and buy milk" two. Words that cannot
    begin a title stay with what they follow: "dentist on Monday, at 3".
    """
    groups: list[str] = []
    found = pieces(re.sub(r"^to (?=\S)", "", text, flags=re.IGNORECASE))  # "to buy milk"
    for separator, piece in found:
        is_pair = len(found) == 2 and separator[:1] not in ",;"
        if groups and _is_one_title(groups[-1], piece, is_pair=is_pair):
            groups[-1] += separator + piece
        else:
            groups.append(piece)
    return tuple(as_written(group) for group in groups if clean_title(group))  # a quotation is no date


def _is_one_title(left: str, right: str, *, is_pair: bool) -> bool:
    if QUOTED.fullmatch(left.strip()) or QUOTED.fullmatch(right.strip()):
        return False
    if _GOES_ON.match(right) or begins_with_verb(left):
        return bool(_GOES_ON.match(right)) or not begins_with_verb(right)
    before = left.lower().split()
    return is_pair and (f"{before[-1]}+{first_word(right)}" in SAID_TOGETHER or not PREPOSITIONS.isdisjoint(before[1:]))


def begins_with_verb(text: str) -> bool:
    return " " in text.strip() and first_word(text).partition("-")[0] in ACTION_VERBS


def title_key(title: str) -> str:
    """The words of a title; equal for titles that read the same."""
    normal = unicodedata.normalize("NFKC", title).casefold().replace("’", "'")
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", normal) or title.split())  # a title may be one emoji


def stems_of(title: str) -> frozenset[str]:
    """The words that tell something, without their endings: "called" is "call", "eggs" is "egg"."""
    found = title_key(title).split()
    return frozenset(map(_stem, [word for word in found if word not in _FILLERS] or found))


def _stem(word: str) -> str:
    stem = re.sub(r"(?<=\w\w)(?:ies|ied)$", "y", PAST_TENSE.get(word, word.removesuffix("'s")))
    return re.sub(r"([bdgmnprt])\1$", r"\1", re.sub(r"(?<=\w{3})(?:ing|ed|(?<=[hsx])es|(?<!s)s|e)$", "", stem))
