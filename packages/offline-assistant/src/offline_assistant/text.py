"""A message as patterns match it, and the titles that are cut from it as they were written."""

import re
import unicodedata


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTION_VERBS = words("""
    answer apply arrange ask assemble attend backup bake bathe book borrow bring brush build buy call cancel change
    charge check choose clean clear close collect compare complete contact cook copy create cut decide deliver design
    discuss do donate download draft draw drink drive drop dust eat edit email e-mail empty exercise explore feed file
    fill find finish fix fold follow get give go hang help hire host install invite iron jog learn leave lend look
    mail make measure meditate meet mend message monitor mop move mow note open order organise organize pack paint
    park pay phone pick plan plant play polish post practice practise prepare print publish put read record recycle
    refill register renew rent repair replace reply report request research reserve reset restart return review
    rewrite ring run save schedule sell send set sew share shave ship shop sign sleep solve sort speak start stretch
    study submit sweep swim switch take talk tell test text thank throw tidy train transfer translate travel treat
    trim try turn unpack unsubscribe update upgrade upload vacuum visit volunteer vote wake walk wash watch water weed
    wipe work wrap write
""")
"""Verbs that titles of tasks often begin with."""
ARTICLES = words("the a an my our your some this that these those")
PREPOSITIONS = words("with between for about of to from against among regarding re in at on by")
TIMES = words("""
    today tomorrow tonight noon midnight morning afternoon evening o'clock
    monday tuesday wednesday thursday friday saturday sunday
""")
CANNOT_BEGIN_A_TITLE = (PREPOSITIONS | TIMES).union(
    words("after before until till during because but or so if when while where which who whose than asap etc")
)
SAID_TOGETHER = words("""
    salt+pepper mac+cheese macaroni+cheese fish+chips ham+cheese gin+tonic butter+jelly butter+jam peas+carrots
    oil+vinegar cookies+cream rock+roll arts+crafts pros+cons terms+conditions profit+loss health+safety
    questions+answers q+a r+d trial+error supply+demand bed+breakfast lost+found black+white nuts+bolts pen+paper
    mum+dad mom+dad
""")
PAST_TENSE = dict(pair.split("=") for pair in words("""
    bought=buy paid=pay sent=send wrote=write written=write got=get gotten=get made=make took=take taken=take went=go
    gone=go did=do done=do read=read met=meet spoke=speak told=tell brought=bring found=find gave=give ran=run
    sold=sell fed=feed swept=sweep built=build drove=drive rang=ring put=put cut=cut swam=swim hung=hang taught=teach
    won=win ate=eat drank=drink drew=draw chose=choose had=have left=leave saw=see sewed=sew threw=throw woke=wake
"""))  # fmt: skip
SEAM = "\N{WORD JOINER} "
"""Stands between the two words of a contraction, so that patterns see both and titles keep the contraction."""
_CONTRACTED = re.compile(
    r"(\w)(n['’]t|['’](?:s|m|re|ve|ll|d))\b|\b(?:(do|does|did|is|are|have|has|was|were)(nt)|(i)(m|ve)|(what|that|let)(s))\b",
    re.IGNORECASE,
)
# A quotation ends where another one opens: otherwise many unclosed quotation marks would take quadratic time.
QUOTED = re.compile(
    r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|`([^`]+)`|(?<!\w)\'([^\']+)\'(?!\w)|(?<!\w)‘([^‘’]+)’(?!\w)'
    r"|\*\*([^*]+)\*\*"
)
_HIDDEN = {ord(character): 0xFDD0 + place for place, character in enumerate(" ,;:.!?&+\n")}
"""Separators are hidden inside quotation marks: they become characters that no text contains."""
_SHOWN = {code: chr(character) for character, code in _HIDDEN.items()} | {ord(SEAM[0]): ""}
_SEPARATOR = re.compile(
    r"(?:(?<!\d),|,(?!\d)|;)[,; ]*(?:(?:and|plus|then|&|\+) )*|(?<!\S)(?:(?:and|plus|then|&|\+) )+", re.IGNORECASE
)
_CLOCK = re.compile(r"\d{1,2}(?::\d\d)?(?:am|pm)|\d{1,2}:\d\d")
_BULLET = re.compile(r"\s*(?:[-*•‣◦▪+–—☐☑✓✔>]|\(?\d{1,3}[.)]|#{1,6})\s+(?:\[[ xX]?\]\s+)?(?=\S)")
_ENDINGS = (("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", ""))
_FILLERS = ARTICLES | words(
    "task item entry todo one about called named for of to on in at and with up off out from it"
)


def read_lines(message: str) -> list[tuple[str, bool]]:
    """The lines with something in them, without their bullets, and whether they had one."""
    lines = [(line, _BULLET.match(line)) for line in message.splitlines() if line.strip()]
    return [(line[bullet.end() if bullet else 0 :].strip(), bullet is not None) for line, bullet in lines]


def prepared(text: str) -> str:
    """The text as patterns match it: a space after each word, contractions apart, each quotation a single word."""
    quoted = QUOTED.sub(lambda quotation: quotation[0].translate(_HIDDEN), text.translate(_SHOWN))
    return spaced(_CONTRACTED.sub(lambda found: SEAM.join(filter(None, found.groups())), quoted).split())


def spaced(tokens: list[str]) -> str:
    return "".join([f"{token} " for token in tokens])


def first_word(text: str) -> str:
    return text.partition(" ")[0].strip(".,;:!?…").lower()


def clean_title(text: str) -> str:
    """The text as written, but for surrounding quotation marks and a full stop; empty if nothing is visible."""
    title = " ".join(text.replace(SEAM, "").translate(_SHOWN).split()).strip(" .,;:!?…")
    if match := QUOTED.fullmatch(title):
        title = " ".join(match[match.lastindex or 0].split())
    return title if any(unicodedata.category(character)[0] in "LNS" for character in title) else ""


def pieces(text: str) -> list[tuple[str, bool]]:
    """The parts between commas, semicolons and "and", with what follows each, and whether they come after a comma."""
    found, start, after_comma = list[tuple[str, bool]](), 0, False
    for separator in [*_SEPARATOR.finditer(text), None]:
        piece = text[start : separator.start() if separator else len(text)]
        found += [(piece, after_comma)] if piece.strip() else []
        start, after_comma = separator.end() if separator else 0, bool(separator and separator[0][0] in ",;")
    return found


def split_titles(text: str) -> tuple[str, ...]:
    """The titles of the tasks that somebody named in one breath.

    Commas and "and" separate titles: "milk, eggs and bread" is three. Once a title begins with a verb, what follows
    belongs to it until the next verb: "call Bob and Alice" is one task, "call Bob and buy milk" two. Words that cannot
    begin a title stay with what they follow: "dentist on Monday, at 3".
    """
    text = re.sub(r"^to (?=\S)", "", text, flags=re.IGNORECASE)  # "to buy milk"
    groups: list[str] = []
    found, end = pieces(text), 0
    for piece, after_comma in found:
        start = text.index(piece, end)
        is_pair = len(found) == 2 and not after_comma
        if groups and _is_one_title(groups[-1], piece, is_pair=is_pair):
            groups[-1] += text[end:start] + piece
        else:
            groups.append(piece)
        end = start + len(piece)
    return tuple(title for group in groups if (title := clean_title(group)))


def _is_one_title(left: str, right: str, *, is_pair: bool) -> bool:
    if QUOTED.fullmatch(left.strip()) or QUOTED.fullmatch(right.strip()):
        return False
    if first_word(right) in CANNOT_BEGIN_A_TITLE or is_time(first_word(right)):
        return True
    if begins_with_verb(left):
        return not begins_with_verb(right)
    before = left.lower().split()
    return is_pair and (f"{before[-1]}+{first_word(right)}" in SAID_TOGETHER or not PREPOSITIONS.isdisjoint(before[1:]))


def is_time(word: str) -> bool:
    return word in TIMES or _CLOCK.fullmatch(word) is not None


def begins_with_verb(text: str) -> bool:
    return len(text.split()) > 1 and first_word(text).partition("-")[0] in ACTION_VERBS


def title_words(title: str) -> list[str]:
    """The words that decide whether titles read the same."""
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*", unicodedata.normalize("NFKC", title).casefold().replace("’", "'"))
    return found or title.split()  # a title may be one emoji


def title_key(title: str) -> str:
    """Equal for titles that read the same."""
    return " ".join(title_words(title))


def stems_of(title: str) -> list[str]:
    """The words that tell something, without their endings: "called" is "call", "eggs" is "egg"."""
    found = title_words(title)
    return [_stem(word) for word in found if word not in _FILLERS] or [_stem(word) for word in found]


def _stem(word: str) -> str:
    word = PAST_TENSE.get(word, word.removesuffix("'s"))
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + instead
            return word[:-1] if ending in ("ing", "ed") and word[-1] == word[-2] and word[-1] not in "lsz" else word
    return word
