"""The sentences that the assistant understands, as data: tables of patterns and the intents that they ask for.

Words stand for themselves. `(a|b c)` is one of these, `[a|b]` may be there, `[a|b]*` up to MAX_REPEATS times. `_` is
any one word, `…` any words that are left, `/…/` a regular expression for one word, `{name}` a part from PARTS.
`<name: …>` hands on what it matches, where `+` takes words. A pattern matches all words of a `text.prepared` text.
Matching takes linear time: only `…` and `+` repeat without a bound, and no two of them follow each other.
"""

import re
from typing import NamedTuple

from offline_assistant.text import PAST_TENSE, SEAM, words

MAX_REPEATS = 8
_SERIES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "one two three four five six seven eight nine ten",
)
PLACES = {word: number for series in _SERIES for number, word in enumerate(series.split(), start=1)} | {
    "top": 1, "oldest": 1, "last": -1, "final": -1, "bottom": -1, "latest": -1, "newest": -1
}  # fmt: skip
PARTS = {
    "what": "<what: +>", "subject": "~ <what: +>", "titles": "<titles: +>", "title": "<title: +>", "verb": "<verb: _>",
    "list": "[my|the|our|your|this|that|a] [own|current] [to do|to-?do|task|shopping|grocery|daily]"
    " (list|tasks|to-?dos|agenda|plate)",
    "tasks": "(tasks?|items?|ones?|things?|to-?dos?|to do|stuff|entry|entries|points?)",
    "new": "[a|an|another|one more|the|this|these|following|new|some|two|three|/\\d+/]*",
    "task": "(tasks?|to-?dos?|to do|reminders?)",
    "done": "[all|already] (done|completed?|finished|ticked [off]|checked [off]|crossed off|closed|over|sorted"
    "|taken care of|dealt with|out of the way)",
    "open": "[still] (open|left|remaining|pending|outstanding|undone|unfinished|incomplete|active|not done|to do"
    "|to-?do)",
    "undone": "(not [yet] (done|completed?|finished)|{open}|uncompleted) [yet|again]*",
    "already": "[just|already|finally|now|also|really|actually|still|all|totally|successfully|today|even|only]*",
    "now": "[now|right now|for me|too|as well|again|already|today|yesterday|tonight|this morning|last night|yet|so far"
    "|at last|instead|anymore|any more|altogether|completely|entirely|for good]*",
    "past": f"/[a-z]+ed|{'|'.join(PAST_TENSE)}/",
    "remove": "(delete|del|remove|rm|erase|discard|scrap|trash|get rid of|throw (out|away)|eliminate|purge|ditch|drop"
    "|forget [about])",
    "mark": "(mark|tick|check|cross|strike|scratch)",
    "from": "(from|off|out of|of|on|in)",
    "all": "(every|each|all|all (of|the|my)|all of (the|my))",
    "these": "({all}|any|the|my|these|those)",
    "which": "[that|which] [is|are|was|were|i have|has been|have been]",
    "nth": f"/#?\\d{{1,4}}(?:st|nd|rd|th)?|{'|'.join(PLACES)}/",
    "place": "(it|that|this|[the] _ one|number _)",
    "be": "(is|are|was|were|has been|have been|got|gets)",
    "you": "[there|assistant|again|you|everyone|all|friend|bot]*",
    "ai": "(bot|robot|chatbot|ai|human|person|machine|computer|chatgpt|/gpt\\S*/|claude|gemini|llm|model|openai)",
    "ok": "[ok|okay|well|oh|actually|great|perfect|many|nice|cool|thanks|thank you]*",
    "really": "[also|still|really|just|definitely]*",
}  # fmt: skip
_TABLES = """
# small talk
goodbye: {ok} (bye [bye]|goodbye|good bye|good night|goodnight|see (you|ya)|cya|farewell|ciao|take care|later|have a
    (nice|good|great) _|talk to you) [later|soon|then|tomorrow|for now|now|bye]* {you}
([i|i have] [got|have|need|must] [to] (go|run|leave) [now]|that is (all|it) [for (now|today)]|exit|quit|nothing else
    |i am (off|leaving|going|done for (now|today)) [now])
greeting: (hi|hello|hey|hiya|howdy|yo|greetings|good (morning|afternoon|evening|day)|morning|evening) {you}
([hi|hello|hey] (my name is _ [_]|nice to meet you|are you there|test|testing|ping)|(hi|hello|hey) i am _ [_])
how are you: [hi|hello|hey] (how (are|do) you [do|doing|feel]|how is it going|how are things|what is up|sup) [today]
thanks: {ok} (thanks|thank you|thx|cheers|ta|ty|[much] appreciated) [a lot|so much|very much|a million|again|for
    (that|[your|the] help|everything)|you|mate|buddy|bot]*
praise: [that is|this is|you are|so|very|really|pretty|wow|how|quite]* (great|cool|nice|perfect|awesome|amazing
    |wonderful|excellent|fantastic|brilliant|lovely|super|sweet|helpful|useful|wow|good|clever|smart|impressive|neat
    |fun|the best|(good|great|nice) (job|work|bot)|(well|nicely) done|i (like|love) (it|you|this)|[it] works
    |/(?:ha){2,8}/|lol)
fine: (ok|okay|k|alright|all right|fine|got it|i see|understood|right|makes sense|h+m+|ah|oh|i know) [then|thanks]
sorry: ([i am|so|very|oh]* (sorry|oops|whoops|my (bad|mistake)|apologies) [about that]|[oops|sorry|no]* [that (is
    |was)|not] [the] wrong (one|task))
who: ([so|and] (who|what) are you [exactly|really|again]|who is (this|there)|your name|introduce yourself|what is
    (this [app]|your name)|tell me about yourself|how do you work|who (made|built|created) you)
([so|and] (are|do) you [_]* {ai} …|(what|which) [ai|language]* {ai} (are you|do you use|is (this|that)) …)
(how (do|can) i|where do i|can i) (use|get|set|add|enter|connect|configure|set up) [a|an|the|my|real|better
    |language]* {ai}
help: [please] (help [me]|i need [some] help|(can|could) you help [me]|commands?|instructions|manual|usage|options
    |menu|examples|start|getting started|tutorial|what now|now what) [please]
what [else] (can|could|do|will) you (do|understand|know|offer|help [me] with) [for me|else]
(what are you (able to do|capable of) [for me]|what are (your|the) (commands|options|features))
what [else] (can|could|should|do|may) i (say|ask|type|write|tell you|do (here|with (this|you))) [here|to you|you]
how (do|can|could|would|should) i (use|start|add|create|make|delete|remove|complete|mark|finish|rename|change|edit
    |reopen|see|show|list|clear) …
(how (does|do) (this|it|that|things) work|i do not (know|understand) [what to (do|say)])

# yes or no
yes: {ok} (yes|yeah|yep|yup|ya|yea|y|sure|of course|certainly|definitely|absolutely|indeed|aye|ok|okay|right|correct
    |exactly|please [do]|do (it|that)|go (ahead|for it|on)|confirm|that one|sounds good|i (am sure|do|confirm|agree)
    |that is (the one|it|right)|why not|all of it|add (it|them) [anyway|again|twice|too]) [yes|yeah|please|sure|do|do
    (it|that|so)|go ahead|thanks|thank you|of course|i am sure|anyway|them|that one|add (it|them) [anyway|again
    |twice]|(delete|remove|clear) (it|them|all|everything|them all|(my|the) list)]*
no: {ok} (no|nope|nah|n|no way|not (now|really|that [one])|(better|rather) not|do not|stop|never|abort|hold on|wait
    |cancel [it|that]|never mind|nevermind|forget (it|about it|that)|leave (it|them) [be|alone|as it is]|keep (it
    |them|everything) [all]|[none|neither] of (them|these)|none|neither|[that is] wrong|on second thought|do not do
    (it|that)|please do not|i do not|i [have] changed my mind) [no|nope|thanks|thank you|please|(better|rather) not
    |do not [do (it|that)]|stop|cancel|not now|never mind|sorry|forget it|keep (it|them)|leave (it|them)|wait|i
    changed my mind|i do not|not yet|neither|none|wrong]*

# requests
undo: (undo|revert|take back|reverse|roll back) [that|it|this|them|[the|my] last (one|change|thing|action)] {now}
((take|put|bring|add) (that|it|them|this) back [(on|to|onto) {list}] {now}|i did not mean (that|to [do that]|it))
clear: (clear|empty|wipe|reset|clean|purge|delete|remove|erase) [out|up] [all of] [everything (on|from)] [my|the|our
    |your|this] [whole|entire|complete|full|to-?do|to do|task|shopping]* list {now}
(start (over|afresh|fresh|from scratch)|clear (everything|all|it all)) [(off|from|on) {list}]
next: (what (is|comes)|which [one|task] is) [up] [the] next [task|item|one|thing] [(on|in) {list}]
what (should|shall|must|can|do) i (do (next|now|first)|(start with|begin with|tackle|work on) [next|now|first])
what (should|shall|must) i do
reopen: (reopen|untick|uncheck|mark as not done)
(re-?open|un-?tick|un-?check|unmark|uncomplete|undo|reactivate|unfinish) {what} {now}
(mark|set|flag|make|change|turn|put) {what} [back] [as|to|back to|back as] {undone}
(mark|set) [as] {undone} {what}
{subject} ({be} [actually|still|really]* {undone}|(is|are|was|were|has|have) not [actually|really|all|been]* {done}
    {now})
i (have not|did not|never) {already} [yet] {verb} {what} [yet|after all|at all|today]*
(put|bring) back {what} [on {list}] {now}
(put|bring|move) {what} back [(on|onto|to|in|into) {list}]
complete: ([i am|i have] [just|already|finally|now]* (done|finished)|(i|we) [have] {already} <verb: {past}>|(mark|set
    |tick|check|cross|strike) [off|done|as done]|complete|finish)
(mark|set|flag|tick|check|put|count|make|change|turn|call|consider|declare|move) {what} [off] [as|to|is|are|into]
    {done} {now}
(mark|set) [as] {done} {what}
{mark} [off] {what} (off|[off] {from} {list}) {now}
({mark} off|tick|check|complete|finish [off]|close|accomplish|resolve) {what} [(on|in|from) {list}] {now}
[i am|we are] {already} (done|finished|through) with {what} {now}
i am {already} (done|finished) {verb} {what} {now}
{subject} {be} {already} ({done}|bought|paid|sent|called|cleaned|washed|booked|ordered|fixed|written|made|fed|signed)
    {now}
[i|we|i have|we have] {already} (done|completed|finished|accomplished) {what} {now}
did <what: (it|that|them|all|both|everything|the|my) …>
(i|we) [have] {already} <verb: {past}> {what} {now}
<verb: bought|got|called|paid|sent|cleaned|washed> {what} {now}
{subject} {done}
rename: (rename|retitle|relabel|change|edit|update|correct|turn|reword|modify|switch|replace|swap|convert|fix) [the
    (title|name|wording|text) of] {what} (to [say|read]|into|/->|=>|→/|as|with|by|for|so it says) {title}
(call|make) <what: {place}> {title}
{subject} should (be called|say|read|be named) {title}
(rename|retitle|relabel|edit|reword) [{what}]
correct: (i (meant|mean|said|wanted to say) [to say]|(it|that) should (be|say|read|have been)) {title}
delete: ({remove}|take|cross|strike|scratch|clear|wipe|cut) {what} [off|out] {from} {list} {now}
take {what} off {now}
({remove}|clear|wipe|cut) [{what}] {now}
i (do not|no longer) (need|want) [to [do]] {what} [any more|anymore|after all|on {list}]*
find: (is|are) [there] {what} [still|already|also] (on|in) {list} {now}
(do i have|have i got|did i (add|put|write|note [down]|include|save)|have i (added|put|noted)) [a|an|any] {what} [(on
    |to|in|down|onto) [{list}]] {now}
(is|are|was|were) {what} {done} {now}
(did|have) (i|we) {already} <verb: do|finish|complete|buy|call|pay|{past}> {what} {now}
(find|search [for]|look for|look up|where (is|are)|what about|how about|show [me]|locate) {what} [(on|in|from)
    {list}] {now}
what is <what: {place}>
(does|do) {list} (have|contain|include) {what}
cannot: (sort|order|reorder|/prioriti[sz]e/|group|print|share|export|sync|archive|email|send|/organi[sz]e/
    |/summari[sz]e/)
    [all] {list} …
(move|drag|push) {what} (to [the] (top|bottom|front|end|start)|up|down|above|below|before|after) …
(set|change|add) [a|the|an] (due date|deadline|date|time|priority|label|tag|note|comment|description) (of|for|to|on)
    {what}
mark {what} as [very|more|less|not|high|low|top]* (important|urgent|priority|critical|optional|favou?rite)
((star|pin|assign|tag|label|/prioriti[sz]e/|snooze|postpone|schedule) _|(set|start) [a|an|the] (timer|alarm)) …
remind: remind me [that] (to|about|of|i (need|have) to|i (must|should)) {titles}
remind me [{titles}]
((set|create|make|add) [me] [up] [a|an] [new] (reminder|alarm) (to|for|about|that)|do not let me forget [to|about
    |that]) {titles}
add: (add|ad|insert|append|include|put|write|note|jot|get|stick|throw|place|enter|have|save|record|pop) {titles} (as
    [a|an|my] [new|another] (task|to-?do|item|reminder)|[down] (to|on|onto|in|into|at|for) {list}) {now}
(add|ad|append|insert|include|note [down]|jot down|write down|put down|enter) [{titles}]
(create|make|start|set up|write|put|record|open|register|i have|there is) <titles: {new} (items?|entry|entries
    |things?|{task}) …>
[a] new (task|to-?do|item|entry) [{titles}]
(remember|do not forget|i (must|can) not forget|must not forget) [to|about] {titles}
{titles} (needs to go|goes|should (go|be)|belongs|has to go|must go) (on|onto|to|in) {list}
((i|we) [am|are|have] [run|ran|running|almost|nearly]* out of|(i|we) {really} need [some more|more]) {titles}

# requests, if nothing else fits
complete: mark {what} {now}
rename: {subject} /into|->|=>|→/ {title}
add: {titles} (on|onto|to) {list}

# announcements of titles
add: [me] {new} {task} [called|named|titled|to|for|of|that says|saying|about|(on|to) (my|the) list]* [{titles}]
[me] {new} (items?|entry|entries|things?) [called|named|titled|saying|(on|to) (my|the) list]* [{titles}]
(to|on|onto) [my|the] [to-?do|task|shopping] list [{titles}]
(these|this|the following|something|it|them|that) [again|anyway|too|now|twice]*

# headings
add: [please] ([my|new|the]* (to do|to-?dos?|tasks?|shopping|groceries|grocery|reminders?|notes?) [list]|add|i need
    [to])

# references
it: (it|this|that|(this|that) (one|task|item)|the (same|task|item) [one])
them: (them|those|these|they|both|each of them|the following) [all|both|tasks|ones|two|three|items|things]
(all|both|all (two|three|four|five)) [of] (them|those|these) [tasks|ones|two|three|items]
(both|all (two|three|four|five)|the (two|three|four|five)) [tasks|items|of them]
completed: ([{these}] {done} {tasks} [{from} {list}]|[all] (done|completed|finished))
(everything|all|{these} {tasks}) {which} [i (have|did|finished|completed)] {done} [{from} {list}]
open: ([{these}] {open} {tasks}|(everything|all|{these} {tasks}) {which} {open}) [{from} {list}]
(the (rest|others?|remaining) [ones|tasks]|everything else|all [of] the (rest|others|other ones))
all: (everything|all|all of it|it all|the lot|{all} {tasks}|my tasks|every single {tasks}) [{from} {list}]
(the|my|all my) [whole|entire|complete|full]* [to-?do|task|to do] list
all but: <all: _ …> (except|but|apart from|other than|besides|save) [for] {what}

# places
first: [the|my] (first|top|oldest) <n: {nth}> [{tasks}]
last: [the|my] (last|bottom|latest|newest) <n: {nth}> [{tasks}]
to last: ([the|my] <n: second|third|2nd|3rd> [to] last|[the] penultimate) [{tasks}] [{from} {list}]
range: [{tasks}] [numbers?|from]* <n: {nth}> (to|through|until|till|-|–) <m: {nth}> [{tasks}]
place: [the|my] [very] [{tasks}] [number|no|nr] <n: {nth}> [{tasks}] [{from} {list}]

# courtesies
polite: ((hey|hi|hello|hiya|yo) [there|again]|good (morning|afternoon|evening|day)|[many] thanks [a lot|so much])
(ok|okay|alright|all right|right|great|cool|nice|perfect|awesome|good|fine|sorry|oops|wait|actually|anyway|so|well|oh
    |ah|um|uh|hmm|and|then|but|also|now|just|maybe|please|pls|plz|kindly|next|by the way|btw|one more thing|quickly)
(yes|yeah|yep|sure|no|nope|nah|assistant|thank you [very much|so much]|(would|do) you mind|do you know|any idea)
(can|could|would|will) (you|u) [not] [please|kindly|just|maybe|possibly|also|quickly|now]*
([would you] be so kind (as to|and)|i would (like|love) you to|i (want|need|wish) you to|i was wondering if you could)
(i would appreciate it if you could|it would be (nice|great|good) if you could|you (can|may|should|could)|go ahead
    and)
(feel free to|do me a favou?r and|try to|help me [to]|be sure to|make sure [to|you]|let us|tell me (if|whether))
(i (want|would like|need) to know|i think [that]|i guess)
wish: (i (want|wish) [to]|i wanna|i would (like|love) [to]|(can|could|may|might) (i|we)|lemme|let me|i (will|am going
    to|am gonna))
duty: ((i|we) {really} ((need|have|ought|have got|got|plan) to|gotta|must|should|shall) {really}|i am supposed to)
    [remember to]

# closing courtesies
polite: (please|pls|plz|thanks [a lot|so much|in advance]|thx|thank you [very much|so much]|cheers|mate|buddy
    |assistant|lol|(will|would|could|can) you|ok|okay|if you (can|could|would)|if possible)

# questions about the list
count: (how (many|much|long)|count|[the] number of) …
show: ([the|my] [to-?do|to do|task] (list|tasks|to-?dos?|agenda|overview)|to do|show [me|it]) [please]
is everything done: (is|are|was|were|am|have|did) …
question: (show|list|display|see|view|print|read|give|get|check|open|tell|pull|bring|look|what|which|is|are|any|where
    |anything|(do|does|did|have|has|am) (i|we)|have [a look at] (my|the|all)) …
noun phrase: (my|the|all|everything|remaining|open|pending|done|completed|finished|unfinished|to|current|shopping) …
"""

# A sentence asks about the whole list if it begins as above, names something of a list, and has only words of these:
ABOUT_THE_LIST = words("""
    list lists tasks task todo to-do todos to-dos do left open pending remaining outstanding done completed complete
    finished everything agenda unfinished undone incomplete due else accomplish accomplished achieved finish overview
    plate ticked closed
""")
QUESTION_WORDS = ABOUT_THE_LIST.union(words("""
    show display see view print read give get check tell pull bring look what which is are any me us my the our a all
    of on in at have has i we got there that still to for today now so far yet already been did does up out over again
    just whole entire full current things thing stuff items item ones one anything more should must need was were am
    supposed this week from and both also including not actually where shopping right moment currently too how many
    much long count number s m re ve nt
"""))  # fmt: skip
WORDS_FOR_DONE = words("done completed complete finished finish accomplish accomplished achieved ticked closed did")
WORDS_FOR_OPEN = words("not undone unfinished incomplete left open remaining pending outstanding")
WORDS_FOR_ALL = words("all everything whole entire full including both")
FOREIGN_WORDS = words("""
    el los las una unos que de del por para con mi mis tu está son hola gracias qué cómo tengo tarea tareas lista
    añade agrega borra muéstrame quiero puedes buenos días leche pero muy le les des une et est sont qui pour avec mon
    ma mes bonjour salut merci beaucoup oui je nous vous dans sur liste tâche ajoute supprime montre peux quoi der das
    und ist sind ein eine einen für mit mein meine meiner ich du wir ihr nicht auf hallo danke bitte ja nein aufgabe
    füge hinzu lösche zeig zeige mir muss kannst wie guten tag il lo gli uno che di mio mia ciao grazie aggiungi
    elimina mostra os uma meu minha olá obrigado obrigada você não sim het een en zijn van voor met mijn jij ik wij
    niet dank nee lijst
""")
_NO_SUBJECT = (
    "what|which|who|how|why|when|where|is|are|was|were|do|does|did|have|has|had|can|could|should|will|would|am|if|not"
    "|nothing|add|delete|remove|erase|clear|show|list|find|mark|tell|remind|rename|reopen"
)
_SYNTAX = {
    "[": "(?:", "]": ")?", "]*": f"){{0,{MAX_REPEATS}}}", "(": "(?:", ")": ")", "|": "|", ">": ")", "_": r"\S+ ",
    "…": r"(?:\S+ )*", "+": r"(?:\S+ )+?", "~": rf"(?!(?:{_NO_SUBJECT})\b)",
}  # fmt: skip
_CONTRACTED = {
    "not": "(?:not|n['’]?t)", "is": "(?:is|['’]?s)", "am": "(?:am|['’]?m)", "are": "(?:are|['’]re)",
    "us": "(?:us|['’]?s)", "have": "(?:have|['’]?ve)", "will": "(?:will|wo|['’]ll)", "would": "(?:would|['’]d)",
    "can": "(?:can|ca)",
}  # fmt: skip
_END = f"[,;:.!?…{SEAM[0]}]* "
_ELEMENT = re.compile(r"\s+|/(?P<regex>\S+?)/|(?P<name><\w+:)|(?P<mark>\]\*|[\[\]()|>_…+~])|(?P<word>[^\s\[\]()|<>…]+)")


class Rule(NamedTuple):
    intent: str
    pattern: re.Pattern[str]


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


def _read_tables(text: str) -> dict[str, list[Rule]]:
    """The rules under each heading. A line without an intent has that of the line above; an indented line goes on."""
    tables: dict[str, list[Rule]] = {}
    rules: list[Rule] = []
    for line in re.sub(r"\n +", " ", text).split("\n"):
        intent, colon, pattern = line.partition(": ") if re.match(r"[a-z][a-z ]*: ", line) else ("", "", line)
        if line.startswith("# "):
            rules = tables[line[2:]] = []
        elif line:
            rules.append(Rule(intent if colon else rules[-1].intent, _pattern(pattern)))
    return tables


TABLES = _read_tables(_TABLES)
COMMAND_WORDS = QUESTION_WORDS.union(re.findall(r"(?<![{/<\w-])[a-z]{3,}(?![\w:}?-])", _TABLES), PAST_TENSE)


def place_of(word: str) -> int:
    """The number on the list that a word means; 0 if none."""
    digits = re.match(r"#?(\d+)", word)
    return int(digits[1]) if digits else PLACES.get(word.strip(" .,;:!?").lower(), 0)


def intent_of(text: str, table: str) -> str:
    """The intent of the first rule that matches; empty if none does."""
    return next((rule.intent for rule in TABLES[table] if rule.pattern.fullmatch(text)), "")
