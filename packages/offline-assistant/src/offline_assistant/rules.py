"""The sentences that the assistant understands, as data: tables of patterns and the intents that they ask for.

Words stand for themselves. `(a|b c)` is one of these, `[a|b]` may be there, `[a|b]*` up to MAX_REPEATS times. `_` is
any one word, `…` any words that are left, `/…/` a regular expression for one word, `{name}` a part from PARTS.
`<name: …>` hands on what it matches, where `+` takes words. ` || ` stands between the patterns of one intent. A pattern
matches all words of a `text.prepared` text, in linear time: only `…` and `+` repeat without a bound, and never two
of them in a row.
"""

import re
from functools import cache

from offline_assistant.text import MONTH, PAST_TENSE, SEAM, words

Rule = tuple[str, re.Pattern[str]]
MAX_REPEATS = 8
_NUMBERS = """
    first second third fourth fifth sixth seventh eighth ninth tenth one two three four five six seven eight nine ten
"""
PLACES = {word: place % 10 + 1 for place, word in enumerate(_NUMBERS.split())} | {"last": -1}
# `due` can hardly be a part of the title before it, unlike "Sunday roast", "Henry the 8th" and "Black Friday".
PARTS = {
    "what": "<what: +>", "subject": "~ <what: +>", "titles": "<titles: +>", "title": "<title: +>",
    "past": f"/(?!need|(?:want|add|ask|tri|lov|lik|hat|miss|hop|plann|chang)ed)[a-z]+ed|{'|'.join(PAST_TENSE)}/",
    "list": "[my|the|our|this] [to do|to-?do|task|shopping] (list|tasks|to-?dos)",
    "tasks": "(tasks?|items?|ones?|things?|to-?dos?|entry|entries)",
    "new": "[a|an|another|one more|the|new|some|/\\d+/]*", "task": "(tasks?|to-?dos?|to do|reminders?)",
    "done": "[all|already] (done|completed?|finished)",
    "open": "(open|left|remaining|undone|unfinished|not done|to do)",
    "undone": "(not [yet] (done|completed?)|open) [yet]",
    "already": "[just|already|finally|now|also|really|still|actually]*",
    "now": "[now|for me|too|as well|again|already|today|yesterday|yet|so far|anymore|any more|instead]*",
    "remove": "(delete|remove|erase|scrap|get rid of|throw (out|away)|drop|forget about)",
    "mark": "(mark|tick|check|cross|strike)", "all": "(every|each|all|all (of|the|my)|all of (the|my))",
    "these": "({all}|any|the|my|these|those)", "nth": f"/#?\\d{{1,4}}(?:st|nd|rd|th)?|{'|'.join(PLACES)}/",
    "be": "(is|are|was|were|has been|have been)",
    "ai": "(bot|robot|ai|human|person|machine|chatgpt|/gpt\\S*/|claude|gemini|llm|model)",
    "ok": "[ok|okay|well|oh|great|perfect|many|nice|cool|thanks|thank you]*", "really": "[also|still|really|just]*",
    "weekday": "/(?:mon|tues|wednes|thurs|fri|satur|sun)day/", "part": "(morning|afternoon|evening|night)",
    "month": f"/{MONTH}/",
    "amount": "/[1-9]|[12]\\d|30|an?|one|two|three|four|five|six|seven|eight|nine|ten/ (days?|weeks?|months?)",
    "clock": "([at] (/\\d{1,2}(?::\\d\\d)?[ap]m|\\d{1,2}:\\d\\d|noon|midnight/|/\\d{1,2}/ (am|pm))|at /\\d{1,2}/)",
    "near": "(today|tonight|tomorrow [{part}]|[the] day after tomorrow|(this|next) {weekday} [{part}]|this {part}"
    "|next week|this weekend|the end of the month|in {amount}|{amount} from now)",
    "nthday": "/(?:[12]?\\d|3[01])(?:st|nd|rd|th)?/", "year": "[/20\\d\\d/]",
    "short": "/(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)/",
    "calendar": "([{weekday}|{short}] ([the] {nthday} [of] {month} {year}|{month} [the] {nthday} {year})"
    "|/20\\d\\d-\\d\\d-\\d\\d/)",
    "day": "({near}|{calendar}|{weekday} [{part}]|the /(?:[12]?\\d|3[01])(?:st|nd|rd|th)/)",
    "when": "[due|on|by|at|for|until]* ({day} [{clock}]|{clock} [on] {day})",
    "due": "((due|on|by) [on|by|for] {day} [{clock}]|({near}|{calendar}) [{clock}]|{weekday} [{part}] {clock}"
    "|{clock} [on] {day}|for (today|tonight|tomorrow [{part}]) [{clock}])",
    "priority": "(high|top|medium|low) priority", "period": "(this week|{day})",
    "level": "((high|top|medium|low|no|normal) priority|urgent|important|not [that|so|very]* (urgent|important))",
    "setting": "[a|an|as|to|of|with|at|very|really|now]* {level}",
    "ask": "[what|which|show|list|any|anything|something|is|are|{tasks}|me|my|the|all|do i have|all|that]*",
    "delay": "(push|move|postpone|delay|defer|shift|reschedule)", "note": "(note|description|comment|details?)",
}  # fmt: skip
_TABLES = """
# small talk
goodbye: {ok} (bye [bye]|goodbye|good (bye|night)|see (you|ya)|ciao|i [need|have] [to] (go|run|leave)) [later|now]*
greeting: (hi|hello|hey|hiya|good (morning|afternoon|evening|day)) [there|assistant|again|i am _]*
how are you: [hi|hello|hey] (how (are|do) you [do|doing]|how is it going|what is up) [today]
thanks: {ok} (thanks|thank you|thx|cheers) [a lot|so much|very much|again|for (that|[your|the] help)]*
praise: [that is|this is|you are|so|very]* (great|cool|nice|perfect|awesome|amazing|good|helpful|well done|good job)
fine: (ok|okay|fine|all right|got it|i see|h+m+|ah|oh) [then|thanks]
sorry: [so|i am|oh]* (sorry|oops|whoops) [[that is|not] [the] wrong (one|task)]
who: (who|what) (are you|is (this|your name)) || (are|do) you [_]* {ai} … || (what|which) {ai} (are you|do you use) ||
    (how (do|can) i|where do i) (use|get|set up|add|connect) [a|the|real|language]* {ai}
help: [please|i need]* (help [me]|commands?|instructions|examples) [please] || what [else] (can|could) (you
    (do|understand)|i (say|ask|do [here])) [for me] || what are you (able to do|capable of) || how (do|can|does) (i
    (use|add|delete|remove|complete|mark|finish|rename|change|reopen|show) …|this work)
left alone: [please] do not /(?!forget|let)[a-z]+/ _ … || (i|we) ((will|wo) not|am not going to) _ …
# yes or no
yes: {ok} (yes|yeah|yep|yup|y|sure|of course|absolutely|ok|okay|right|correct|please [do]|do (it|that)|go ahead|confirm
    |add (it|them) [anyway|again]) [yes|please|sure|do (it|that)|go ahead|thanks|thank you|(add|delete) (it|them)]*
no: {ok} (no|nope|nah|n|not now|better not|do not|stop|abort|cancel [it|that]|never mind|forget (it|that)|leave
    (it|them) [alone]|keep (it|them)|[none|neither] of (them|these)|none|neither) [no|thanks|thank you|please|better
    not|do not [do (it|that)]|stop|cancel|never mind|keep (it|them)]*
# requests
undo: (undo|revert|take back) [that|it|this|[the|my] last (one|change|thing|action)] {now} || take (that|it) back
set: (set|change|make) [the] [due] (date|deadline) (of|for|on) {what} (to|as) <said: {when}> ||
    ({delay}|put) (back|off|out) {what} (to|until|till|for) <said: {when}> ||
    ({delay}|put) (back|off|out) {what} [by] <later: {amount}> || {delay} {what} [back|forward|off|out|up]
    (to|until|till|for|on) <said: {when}> || put {what} off [till|to] <said: {when}> ||
    (change|set) {what} to <said: {when}> || {delay} {what} [back|off|out] [by] <later: {amount}>
    || {subject} (is|are) [now|actually] <said: {when}> || [there is] [no] [due] (date|deadline) for {what} ||
    ({remove}|clear|cancel) [the] [due] (date|deadline) (for|of|from|on) {what} ||
    (set|change) [the] priority (of|for) {what} to <level: (high|medium|low|none|normal)> ||
    (make|mark|set|flag|give|change) {what} <said: {setting}> || {subject} (is|are) <said: {setting}>
note: [add|attach|put|write|make] [a|the] {note} (to|for|on|of) <what: … /[^\\s:]+:/> <said: +> ||
    (add|attach|put|write|make) [a|the] {note} (to|for|on) {what} (saying|that says) <said: +> || (add|set|change) [the]
    {note} (of|for|on) {what} to <said: +>
agenda: {ask} <said: (overdue|late)> {now} || {ask} due [on|by|for] <said: {period}> {now} || {ask} due [soon] {now} ||
    {ask} <said: {setting}> [{tasks}] {now} || {ask} (do (i|we) have|have (i|we) got|is) [planned|to do|on|due]*
    [for|on] <said: {period}> {now}
next: what is [up] next || what should i do [next|now|first]
reopen: (re-?open|un-?tick|un-?check|undo|reactivate) [{what}] {now} || (mark|set|change) {what} [back] (as|to) {undone}
    || {subject} {be} [actually|still]* {undone} || i (have not|did not) {already} _ {what} [yet|today]* || (put|bring)
    back {what} || put {what} back (on|onto) {list}
complete: ([i am|i have] {already} (done|finished)|(mark|set|tick|check) [off|done|as done]|complete|finish) ||
    (mark|set|tick|check|make|change) {what} [off] [as|to] {done} {now} || {mark} [off] {what} off [[of] {list}] {now}
    || ({mark} off|tick|check|complete|finish|close) {what} [(from|off|on) {list}] {now} || [i am] {already}
    (done|finished) with {what} {now} || [i|we|i have|we have] {already} (done|completed|finished) {what} {now} ||
    {subject} {be} {already} ({done}|bought|paid|sent|called) {now} || {subject} {done} || (i|we) [have] {already}
    {past} {what} {now} || (bought|got|called|paid|sent) {what} {now}
rename: (rename|change|edit|update|correct|replace) {what} (to [say|read]|into|as|with) {title} || call <what: the _
    one|number _> {title} || {subject} should (be called|say|read) {title} || {subject} /->|=>|→/ {title} ||
    (rename|edit) [{what}]
delete: (clear|empty|wipe|reset) [everything (on|from)] <what: [my|the] [whole|entire] {list}> || ({remove}|take|clear)
    {what} [off|out] (from|off|of|on) {list} {now} || ({remove}|clear) [{what}] {now} || i (do not|no longer) need
    {what} {now}
find: (is|are) [there] {what} [still|already] (on|in) {list} {now} || (do i have|have i got|did i (add|put)|do (i|we)
    {really} need) [a|an|any|to (buy|get)] {what} [(on|to) {list}] || (is|are|was|were) {what} {done} {now} ||
    (did|have|do) (i|we) {already} (do|have to|buy|call|pay|{past}) {what} {now} || (find|search for|look for|where
    (is|are)|what about|how about|show [me]) {what} [(on|in) {list}] || what is <what: the _ one|number _> || when is
    {what} [due] {now}
cannot: (sort|order|print|share|export|sync|archive|email|send) [all] {list} … || (move|drag) {what} (to [the]
    (top|bottom|end|start)|up|down|above|below|before|after) … || (set|change|add) [a|the|an] (label|tag) (of|for|to|on)
    {what} || (set|start) [a|an|the] (timer|alarm) …
remind: remind me [<when: {when}>] [that] (to|about|of|i (need|have) to) {titles} || remind me || (set [me] [a|an]
    (reminder|alarm) (to|for|about)|do not let me forget [to|about]) {titles}
add: (add|ad|insert|append|include|put|write|note|jot) {titles} (as a {task}|[down] (to|on|onto|in) {list}) [<when:
    {due}>] {now} || (add|ad) {titles} <when: for (today|tonight|tomorrow [{part}]) [{clock}]> ||
    (add|adding|ad|insert|include|(note|write|jot) down) [{titles}] || (create|make) <titles: {new} {task} …> ||
    [a] new (task|to-?do|item) [{titles}] || (remember|do not forget) [to|about] {titles} || ((i|we)
    [am|are|have] [run|ran]* out of|(i|we) {really} need) {titles}
complete: mark {what} {now}
# announcements of titles
add: {new} ({task}|items?|things?) [called|to|for|of|that says|(on|to) (my|the) list]* [{titles}] || (to|on) [my|the]
    [to-?do|task|shopping] list [{titles}] || (these|this|something|it|them|that) [again|anyway|too]*
# headings
add: [please] ([my|new|the]* (to do|to-?dos?|tasks?|shopping|groceries|notes?) [list]|add)
# references
it: (it|this|that|(this|that|the same) (one|task|item))
them: (them|those|these|they|both|all (two|three)) [all|both|tasks|ones|two|three] || (all|both) of (them|those|these)
completed: [{these}] {done} [{tasks}] || (everything|all|{these} {tasks}) [that|which] {be} {done}
open: [{these}] {open} {tasks} || (everything|all|{these} {tasks}) [that|which] {be} {open}
all: (everything|all|it all|{all} {tasks}|my tasks|{list})
all but: <all: _ …> (except|but|apart from) [for] {what}
# details
after: <rest: +> <detail: ({due}|[with|as|at] {priority})>
before: <detail: ({due}|{priority}|urgent)> [to] <rest: +>
# changes
undated: undated
priority: {setting}
later: <when: {amount}> later
due: <when: {when}>
# periods
overdue: (overdue|late)
this week: this week
next week: next week
this weekend: this weekend
# no titles
no: (not|i|you|we|he|she|they|it|there|this|that|what|which|who|how|why|when|where|is|are|was|were|do|does|did|can
    |could|will|would|should|if|because|tell|say) … || _ [_]* (is|are|was|were|am|have) …
# places
first: [the|my] first <n: {nth}> [{tasks}]
last: [the|my] last <n: {nth}> [{tasks}]
range: [{tasks}] <n: {nth}> (to|through|-|–) <m: {nth}>
number: [the|my] ({tasks} [number|no]|number|no) <n: {nth}>
several: [any|some|the|my|these|those]* <n: /[2-9]|\\d\\d+|two|three|four|five|six|seven|eight|nine|ten/>
    (tasks|items|ones|things|to-?dos)
place: [the|my] [very] <n: {nth}> [{tasks}]
# courtesies
polite: ((hey|hi|hello) [there|assistant]|good (morning|afternoon|evening)|[many] thanks [a lot|so much]) ||
    (ok|okay|alright|great|cool|sorry|oops|wait|actually|anyway|so|well|oh|and|then|but|also|now|just|maybe|please
    |next|yes|yeah|no) || (would|do) you mind || (can|could|would|will) you [please|kindly|just|also]* || i (want|would
    like) you to || (let us|tell me|make sure to|i (want|would like) to know|you (can|should)|i think)
wish: (i want [to]|i would (like|love) [to]|(can|could|may) (i|we)|let me|i (will|am going to))
duty: (i|we) {really} (((need|have|ought|have got|got) to)|gotta|must|should) {really} [remember to]
# closing courtesies
polite: <rest: +> (please|pls|thanks [a lot|so much]|thx|thank you [so much]|(will|would|could|can) you|ok|okay)
# questions about the list
count: (how (many|much|long)|count) …
show: ([the|my] [to-?do|task] (list|tasks|to-?dos)|show [me]) [please]
is everything done: (is|are|am|have|did) …
question: (show|list|display|see|view|read|give|tell|what|which|is|are|any|anything|(do|does|did|have|has) (i|we)) …
noun phrase: (my|the|all|open|done|completed|finished) …
"""

# A sentence asks about the whole list if it begins as above, names something of a list, and has only words of these:
ABOUT_THE_LIST = words("""
    list tasks task todo to-do todos to-dos do left open remaining done completed complete finished everything
    unfinished undone else finish
""")
QUESTION_WORDS = ABOUT_THE_LIST.union(words("""
    show display see view read give tell what which is are any me us my the our a all of on in at have has i we got
    there that still to for today now so far yet already been did does up again just whole full current things thing
    items item ones one anything yesterday more should need was were am and both also not how many much long count s m
    re ve nt
"""))  # fmt: skip
WORDS_FOR_DONE = words("done completed complete finished finish did")
WORDS_FOR_OPEN = words("not undone unfinished left open remaining")
WORDS_FOR_ALL = words("all everything whole full both")
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


def _pattern(notation: str) -> re.Pattern[str]:
    while re.search(r"\{[a-z]+\}", notation):
        notation = re.sub(r"\{([a-z]+)\}", lambda part: f"({PARTS[part[1]]})", notation)
    return re.compile(_ELEMENT.sub(_translated, notation), re.IGNORECASE)


def _translated(element: re.Match[str]) -> str:
    if word := element["word"]:
        return f"{_CONTRACTED.get(word, word)}{_END}"
    if element["name"]:
        return f"(?P{element['name'][:-1]}>"
    return f"(?:{element['regex']}){_END}" if element["regex"] else _SYNTAX.get(element["mark"], "")


def _read(lines: str) -> list[Rule]:
    """The rules of a table: each line is an intent with its patterns, and goes on where the next one is indented."""
    intents = [line.partition(": ") for line in re.sub(r"\n +", " ", lines).splitlines()]
    return [(intent, _pattern(notation)) for intent, _, patterns in intents for notation in patterns.split(" || ")]


_LINES = {name: lines for name, _, lines in (table.partition("\n") for table in _TABLES.split("# ")[1:])}
TABLES = tuple(_LINES)


@cache
def rules_of(table: str) -> list[Rule]:
    """The rules of a table. Compiling those of all tables takes a sixth of the api's start, so the first use does."""
    return _read(_LINES[table])


def place_of(word: str) -> int:
    """The number on the list that a word means; 0 if none."""
    digits = re.match(r"#?(\d+)", word)
    return int(digits[1]) if digits else PLACES.get(word.strip(" .,;:!?").lower(), 0)


def first_match(text: str, table: str) -> tuple[str, dict[str, str]]:
    """The intent of the first rule that matches, and its named parts; an empty intent if none does."""
    for intent, pattern in rules_of(table):
        if match := pattern.fullmatch(text):
            return intent, match.groupdict(default="")
    return "", {}


def intent_of(text: str, table: str) -> str:
    return first_match(text, table)[0]
