"""The sentences that ask for something, and what they ask for. The first that matches decides.

`{what}` is whatever tasks are referred to by, `{titles}` are new tasks, `{title}` is a new title. A `{verb}`
before `{what}` may be a part of the title: "I called mum" finishes "call mum".
"""

from dataclasses import dataclass

from taskchat.chat.offline.intents import Verb
from taskchat.chat.offline.notation import Pattern, patterns
from taskchat.chat.offline.requests import (
    Request,
    add,
    change,
    clear,
    correct,
    find,
    refuse,
    remind,
    rename,
    show_next,
    undo,
)
from taskchat.chat.offline.vocabulary import PAST_TENSE

_PARTS = {
    "list": "[my|the|our|your|this|that|a] [own|current] [to do|to-do|task|shopping|grocery|daily]"
    "(list|tasks|to-dos|agenda|plate)",
    "task": "[a|an|another|one more|the|this|these|following|new|some|two|three|/\\d+/]*"
    "(task|tasks|to-do|to-dos|to do|item|items|entry|entries|reminder|reminders|thing|things)",
    "done": "[all] (done|complete|completed|finished|ticked [off]|checked [off]|crossed off|closed|over|sorted"
    "|taken care of|dealt with|out of the way)",
    "undone": "(not [yet] (done|complete|completed|finished)|undone|incomplete|unfinished|uncompleted|open|pending"
    "|active|to do|to-do|still open) [yet|again]*",
    "already": "[just|already|finally|now|also|really|actually|still|all|totally|successfully|today|even|only]*",
    "now": "[now|right now|for me|too|as well|again|already|today|yesterday|tonight|this morning|last night|yet|so far"
    "|at last|instead|anymore|any more|altogether|completely|entirely|for good]*",
    "past": f"/[a-z]+ed|{'|'.join(PAST_TENSE)}/",
    "put": "(add|insert|append|include|put|write|note|jot|get|stick|throw|place|enter|have|save|record|pop)",
    "remove": "(delete|remove|erase|discard|scrap|trash|get rid of|throw (out|away)|eliminate|purge|forget [about]"
    "|ditch|drop)",
    "from": "(from|off|out of|of|on|in)",
    "strike": "(mark|tick|check|cross|strike|scratch)",
    "place": "(it|that|this|[the] /\\S+/ one|number /\\S+/)",
}


@dataclass(frozen=True, slots=True)
class Rule:
    request: Request
    pattern: Pattern


def _rules(request: Request, notation: str) -> list[Rule]:
    return [Rule(request, pattern) for pattern in patterns(notation, _PARTS)]


RULES = [
    *_rules(undo, """
    (undo|revert|take back|reverse|roll back) [that|it|this|them|[the|my] last (one|change|thing|action)] {now}
    (take|put|bring|add) (that|it|them|this) back [(on|to|onto) {list}] {now}
    i did not mean (that|to [do that]|it)
    """),
    *_rules(clear, """
    (clear|empty|wipe|reset|clean|purge|delete|remove|erase) [out|up] [all of] [everything (on|from)]
        [my|the|our|your|this] [whole|entire|complete|full|to-do|to do|task|shopping]* list {now}
    (start (over|afresh|fresh|from scratch)|clear (everything|all|it all)) [(off|from|on) {list}]
    """),
    *_rules(show_next, """
    (what (is|comes)|which [one|task] is) [up] [the] next [task|item|one|thing] [(on|in) {list}]
    what (should|shall|must|do|can) i (do|start with|begin with|tackle|work on) (next|now|first)
    what (should|shall|must) i (do|start with|begin with|tackle|work on)
    """),
    *_rules(change(Verb.REOPEN), """
    (reopen|untick|uncheck|mark as not done)
    (reopen|re-open|untick|un-tick|uncheck|un-check|unmark|uncomplete|undo|reactivate|unfinish) {what} {now}
    (mark|set|flag|make|change|turn|put) {what} [back] [as|to|back to|back as] {undone}
    (mark|set) [as] {undone} {what}
    {subject} (is|are|was|were) [actually|still|really]* {undone}
    {subject} (is|are|was|were|has|have) not [actually|really|all|been]* {done} [yet|after all]*
    i (have not|did not|never) {already} [yet] {verb} {what} [yet|after all|at all|today]*
    (put|bring) back {what} [on {list}] {now}
    (put|bring|move) {what} back [(on|onto|to|in|into) {list}]
    """),
    *_rules(change(Verb.COMPLETE), """
    [i am|i have] [just|already|finally|now]* (done|finished)
    (i|we) [have] {already} <verb: {past}>
    (mark|set|tick|check|cross|strike) [off|done|as done]
    (complete|finish)
    (mark|set|flag|tick|check|put|count|make|change|turn|call|consider|declare|move) {what}
        [off] [as|to|is|are|into] {done} {now}
    (mark|set) [as] {done} {what}
    {strike} [off] {what} [off] {from} {list} {now}
    {strike} off {what} {now}
    {strike} {what} off {now}
    (tick|check|complete|finish [off]|close|accomplish|resolve) {what} [(on|in|from) {list}] {now}
    [i am|we are] {already} (done|finished|through) with {what} {now}
    i am {already} (done|finished) {verb} {what} {now}
    {subject} (is|are|was|were|has been|have been|got|gets) {already} {done} {now}
    {subject} (is|are|was|were|has been|have been|got) {already}
        (bought|paid|sent|called|cleaned|washed|booked|ordered|fixed|written|made|fed|posted|signed) {now}
    (i|we) [have] {already} (done|did|completed|finished|accomplished) {what} {now}
    {already} (done|completed|finished|accomplished) {what} {now}
    did <what: (it|that|them|all|both|everything|the|my) [/\\S+/]*>
    (i|we) [have] {already} <verb: {past}> {what} {now}
    <verb: bought|got|called|paid|sent|cleaned|washed> {what} {now}
    {subject} {done}
    """),
    *_rules(rename, """
    (rename|retitle|relabel|change|edit|update|correct|turn|reword|modify|switch|replace|swap|convert|fix)
        [the (title|name|wording|text) of] {what} (to [say|read]|into|as|with|by|for|so it says) {title}
    (call|make) <what: {place}> {title}
    {subject} should (be called|say|read|be named) {title}
    (rename|retitle|relabel|edit|reword) [{what}]
    """),
    *_rules(correct, """
    i (meant|mean|said|wanted to say) [to say] {title}
    (it|that) should (be|say|read|have been) {title}
    """),
    *_rules(change(Verb.DELETE), """
    ({remove}|take|cross|strike|scratch|clear|wipe|cut) {what} [off|out] {from} {list} {now}
    take {what} off {now}
    ({remove}|clear|wipe|cut) [{what}] {now}
    i (do not|no longer) (need|want) [to [do]] {what} [any more|anymore|after all|on {list}]*
    """),
    *_rules(find, """
    (is|are) [there] {what} [still|already|also] (on|in) {list} {now}
    (do i have|have i got|did i (add|put|write|note [down]|include|save)|have i (added|put|noted)) [a|an|any] {what}
        [(on|to|in|down|onto) [{list}]] {now}
    (is|are|was|were) {what} {done} {now}
    (did|have) (i|we) {already} <verb: do|finish|complete|buy|call|pay|done|{past}> {what} {now}
    (find|search [for]|look for|look up|where (is|are)|what about|how about|show [me]|locate) {what}
        [(on|in|from) {list}] {now}
    what is <what: {place}>
    (does|do) {list} (have|contain|include) {what}
    """),
    *_rules(refuse, """
    (sort|order|reorder|prioritise|prioritize|group|print|share|export|sync|archive|email|send|organise|organize)
        [all] {list} [/\\S+/]*
    (move|drag|push) {what} (to [the] (top|bottom|front|end|start)|up|down|above|below|before|after) [/\\S+/]*
    (set|change|add) [a|the|an] (due date|deadline|date|time|priority|label|tag|note|comment|description)
        (of|for|to|on) {what}
    mark {what} as [very|more|less|not|high|low|top]* (important|urgent|priority|critical|optional|favorite|favourite)
    (star|pin|assign|tag|label|prioritise|prioritize|snooze|postpone|schedule) {what}
    (set|start) [a|an|the] (timer|alarm) [/\\S+/]*
    """),
    *_rules(remind, """
    remind me [that] (to|about|of|i (need|have) to|i (must|should)) {titles}
    remind me [{titles}]
    (set|create|make|add) [me] [up] [a|an] [new] (reminder|alarm) (to|for|about|that) {titles}
    do not let me forget [to|about|that] {titles}
    """),
    *_rules(add, """
    {put} {titles} as [a|an|my] [new|another] (task|to-do|item|reminder) {now}
    {put} {titles} [down] (to|on|onto|in|into|at|for) {list} {now}
    (add|append|insert|include|note [down]|jot down|write down|put down|enter) [{titles}]
    (create|make|start|set up|write|put|record|open|register|i have|there is) <titles: {task} [/\\S+/]*>
    [a] new (task|to-do|item|entry) [{titles}]
    (remember|do not forget|i (must|can) not forget|must not forget) [to|about] {titles}
    {titles} (needs to go|goes|should (go|be)|belongs|has to go|must go) (on|onto|to|in) {list}
    (i|we) [am|are|have] [run|ran|running|almost|nearly]* out of {titles}
    (i|we) [also|still|really]* need [some more|more] {titles}
    """),
]  # fmt: skip

LOOSE_RULES = [
    *_rules(change(Verb.COMPLETE), "mark {what} {now}"),
    *_rules(rename, "{subject} into {title}"),
    *_rules(add, "{titles} (on|onto|to) {list}"),
]
"""What is tried when nothing else fits, typing errors considered."""
