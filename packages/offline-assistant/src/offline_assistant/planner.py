"""Decides the next step of a turn: look at the list, change it, or report the results."""

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from offline_assistant import understanding
from offline_assistant.conversation import TOOLS, Conversation, NotListed, Task, Turn, title_before
from offline_assistant.effort import TooMuchWork, begin_step
from offline_assistant.matching import Finder, Outcome, fitting
from offline_assistant.replies import ALREADY, ANSWERS, DONE, NOTHING, QUESTIONS, bold, counted, escaped
from offline_assistant.rules import intent_of
from offline_assistant.text import clean_title, prepared, split_titles, title_key
from offline_assistant.understanding import CHANGES, STATUSES, Reference, Request

MAX_TITLE, MAX_DESCRIPTION_SHOWN = 200, 80
MAX_ADDED = 50  # tasks in one message: each is a round trip to the database
MAX_ANSWER = 60  # words of an answer to a question
MAX_UNASKED = 3  # tasks that "delete them" deletes without a question
OPPOSITES = {"add": "delete", "delete": "add", "complete": "reopen", "reopen": "complete", "rename": "rename"}
HEADINGS = {"open": "To do:", "completed": "Done so far:", "all": "All your tasks:"}
COUNTED = {"open": "{} left to do.", "completed": "{} done.", "all": "{} in all."}
NEW_TASK = Task("", "")
ToolCall = tuple[str, dict[str, Any]]


def next_step(turns: Sequence[Turn]) -> list[ToolCall] | str:
    """The calls to make now, or the answer when there is nothing more to call.

    Each step plans the whole turn from its message. The first steps fetch the lists that the plan needs, the next one
    makes the changes, and the last one reports them.
    """
    if not turns:
        return ANSWERS["greeting"]
    begin_step()
    plan = Plan(Conversation(turns))
    try:
        plan.make()
        return plan.calls() if plan.actions and not turns[-1].changes else plan.reply()
    except NotListed as needed:
        if status := str(needed):
            return [("list_tasks", {"status": status})]
        return " ".join([*plan.done(), ANSWERS["unlistable"]])
    except TooMuchWork:
        done = plan.done()  # the results say what was done, even though the message can't be read again
        return " ".join([*done, ANSWERS["cut short" if done else "too long"]])


class Plan:
    """The plan for one message.

    Attributes:
        actions: to carry out, in this order: the verb, the task, and a new title.
        notes: to say after what was done; a request is about the list after all changes.
        question: to ask at the end; one at a time.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.conversation, self.finder = conversation, Finder(conversation)
        self.actions: list[tuple[str, Task, str]] = []
        self.notes: list[str | Request] = []
        self.question = ""

    def make(self) -> None:
        message, question = self.conversation.turn.text, self.conversation.question
        if question and self._answer(prepared(message), *question):
            return
        requests = understanding.understand(message)
        asking = [request for request in requests if request.intent not in ANSWERS or request.intent == "cannot"]
        plans = {"add": self._add, "remind": self._add, "rename": self._rename, "undo": self._undo}
        plans |= {"find": self._find, "mention": self._find} | dict.fromkeys(CHANGES, self._change)
        for request in asking or requests[:1]:
            if request.intent in NOTHING and not request.what:
                tasks = self.conversation.tasks("completed" if request.intent == "reopen" else "open")
                self._ask_which(request.intent, tasks, "You have:")
            elif plan := plans.get(request.intent):
                plan(request)
            else:
                self.notes.append(ANSWERS.get(request.intent, request))
        if (added := [verb for verb, _, _ in self.actions].count("add")) > MAX_ADDED:
            self.actions, self.notes, self.question = [], [ANSWERS["too many"].format(added)], ""

    def _ask(self, kind: str, verb: str, *titles: str, above: str = "") -> None:
        self.question = self.question or above + QUESTIONS[kind, verb].format(*titles)

    def _answer(self, text: str, kind: str, verb: str, titles: list[str], tasks: list[Task]) -> bool:
        """Do what the message asks for as an answer to the question, if it is one."""
        if text.count(" ") > MAX_ANSWER:
            return False
        answer, (request, _) = intent_of(text, "yes or no"), understanding.without_courtesies(text)
        command = understanding.read_clause(request)
        if answer == "no":
            self.notes.append(ANSWERS["left alone"])
        elif kind == "complete" and not command:  # what to add, or a new title
            titles = list(split_titles(request)) if verb == "add" else [clean_title(request)]
            self._add(Request("add", titles=tuple(titles))) if verb == "add" else self._do(verb, tasks, titles)
        elif kind == "choose" and answer == "yes":
            self.question = self.conversation.earlier[-1].reply
        elif kind == "choose":
            # "delete the first" instead of "the first"
            what = command.what if command and command.intent == verb else understanding.read_reference(request)
            self._do(verb, _chosen(what, tasks), titles)
        elif answer == "yes":
            self._do(verb, tasks or [NEW_TASK], titles)
        return bool(self.actions or self.notes or self.question)

    def _do(self, verb: str, tasks: Sequence[Task], titles: Sequence[str]) -> None:
        if verb == "rename" and tasks and not titles:
            self._ask("complete", "rename", bold(tasks[0].title))
        else:
            self.actions += [(verb, task, title) for task in tasks for title in titles or [""]]

    def _add(self, request: Request) -> None:
        if not request.titles:
            self._ask("complete", "add")
        self.finder.meant = [Task("", title) for title in request.titles] or self.finder.meant
        self.actions += [("add", NEW_TASK, title) for title in request.titles if len(title) <= MAX_TITLE]
        self.notes += [ANSWERS["title too long"] for title in request.titles if len(title) > MAX_TITLE][:1]
        self.notes += [ANSWERS["reminder"]] if request.intent == "remind" and request.titles else []

    def _change(self, request: Request) -> None:
        verb, what, before = request.intent, request.what or Reference("it"), len(self.actions)
        status = "completed" if verb == "reopen" else "open"
        if what.kind == "all" and verb != "delete":  # "mark everything as done" is about what is open
            what = Reference(status, parts=what.parts)
        for outcome in self._find_tasks(what, status):
            self._act(verb, outcome)
        doomed = [task for _, task, _ in self.actions[before:]]
        is_all = not STATUSES.isdisjoint([what.kind, *(part.kind for part in what.parts)])
        is_much = is_all or (what.kind == "them" and len(doomed) > MAX_UNASKED)
        if verb == "delete" and is_much and not all(task.completed for task in doomed):
            del self.actions[before:]
            above = _listed(f"This deletes {counted(len(doomed))}:", doomed) + "\n\n"
            self._ask("confirm", "delete one" if len(doomed) == 1 else "delete all", above=above)
        if not self.actions and not self.notes and not self.question:
            self.notes.append(NOTHING[verb])

    def _find_tasks(self, what: Reference, status: str = "open") -> list[Outcome]:
        outcomes = self.finder.find(what, status)
        self.finder.meant = [outcome.task for outcome in outcomes if outcome.task] or self.finder.meant
        self.notes += [ANSWERS["unseen"].format(call.more) for call in self.conversation.lists() if call.more][-1:]
        return outcomes

    def _act(self, verb: str, outcome: Outcome, title: str = "") -> None:
        """Change the task that is meant; if none is, or several are, say why or ask."""
        self.notes += [outcome.problem] if outcome.problem else []
        possible = [task for task in outcome.tasks if verb not in ALREADY or task.completed == (verb == "reopen")]
        if not possible and not outcome.problem:
            self.notes.append(ALREADY[verb].format(bold(outcome.tasks[0].title)))
        elif len(possible) > 1:
            self._ask_which(verb, possible, f"{len(possible)} tasks match {bold(outcome.said)}:", title)
        elif possible and outcome.problem:
            self._ask("confirm", "rename to" if title else verb, bold(possible[0].title), bold(title))
        else:
            self._do(verb, possible, [title] if title else [])

    def _ask_which(self, verb: str, tasks: Sequence[Task], intro: str, title: str = "") -> None:
        if tasks:
            self._ask("choose", "rename to" if title else verb, bold(title), above=_listed(intro, tasks[:50]) + "\n\n")
        else:
            self.notes.append(NOTHING[verb])

    def _rename(self, request: Request) -> None:
        what, title = request.what or Reference("it"), request.titles[0]
        outcomes = self._find_tasks(what)
        if len(title) > MAX_TITLE or len(outcomes) > 1:
            self.notes.append(ANSWERS["one at a time" if len(outcomes) > 1 else "title too long"])
            return
        for outcome in outcomes:
            # "rename talk to Bob to talk to Al" may be cut at each "to", so ask unless the old title is exact.
            is_exact = what.kind != "named" or title_key(what.text) in {task.key for task in outcome.tasks}
            self._act("rename", outcome, title if is_exact or " to " not in title else "")
        self.notes += [] if outcomes else [NOTHING["rename"]]

    def _undo(self, _: Request) -> None:
        """Undo the last turn that changed anything."""
        changes = next((turn.changes for turn in reversed(self.conversation.earlier) if turn.changed), [])
        self.notes += [] if changes else [ANSWERS["nothing to undo"]]
        for verb, task in [(call.verb, task) for call in changes for task in call.tasks]:
            before = title_before(task.id, task.title, self.conversation.calls)
            if verb != "rename" or before:
                self.actions.append((OPPOSITES[verb], task, before if verb == "rename" else task.title))

    def _find(self, request: Request) -> None:
        """Say whether the named tasks are done; offer to add those that are missing."""
        outcomes = self._find_tasks(request.what or Reference("it"))
        missing = [outcome.said for outcome in outcomes if outcome.said and outcome.problem]
        for outcome in outcomes:
            if request.intent == "find" or not (outcome.said and outcome.problem):
                self.notes.append(_found(outcome))
        if missing:
            self._ask("confirm", "add", bold(*missing))

    def calls(self) -> list[ToolCall]:
        calls = []
        for verb, task, title in self.actions:
            new = {"title": title} if verb in ("add", "rename") else {}
            details = {"description": task.description} if task.description else {}
            calls.append((TOOLS[verb], new | details if verb == "add" else {"task_id": task.id} | new))
        return calls

    def reply(self) -> str:
        said = self.done() + [note if isinstance(note, str) else self._noted(note) for note in self.notes]
        separator = "\n\n" if any("\n" in part for part in said) else " "
        return "\n\n".join(part for part in (separator.join(said), self.question) if part)

    def done(self) -> list[str]:
        """A sentence for each kind of change that the calls made, and one for each that a tool refused."""
        said, calls = list[str](), self.conversation.turn.changes
        for verb in dict.fromkeys(call.verb for call in calls):
            same = [call for call in calls if call.verb == verb]
            tasks = [task for call in same for task in call.tasks]
            if verb == "rename":
                said += [f"Renamed {self._before(task)} to {bold(task.title)}." for task in tasks]
            elif tasks:
                said.append(DONE[verb].format(bold(*[task.title for task in tasks])))
            for call in (call for call in same if not call.tasks):
                title = self._before(Task(str(call.arguments.get("task_id")), ""))
                is_gone = call.result.get("error") == "task_not_found"
                said.append(ANSWERS["gone"].format(title) if is_gone else f"Sorry, I couldn't {verb} {title}.")
        return said

    def _before(self, task: Task) -> str:
        calls = [*self.conversation.calls, *self.conversation.turn.calls]
        return bold(title_before(task.id, task.title, calls) or "that task")

    def _noted(self, request: Request) -> str:
        """The list, its first task or its length, after all changes of this turn."""
        statuses = ("open", "completed") if request.status == "all" else (request.status,)
        lists = [self.conversation.listing(status, after_changes=True) for status in statuses]
        tasks = [task for listed, _ in lists for task in listed]
        number = len(tasks) + sum(more for _, more in lists)
        if request.intent == "count":
            return COUNTED[request.status].format(counted(number))
        if request.intent == "next" and tasks:
            return f"Next on your list is {bold(tasks[0].title)}."
        if tasks:
            cut = f"\n\nThese are {len(tasks)} of {number}." if number > len(tasks) else ""
            return _listed(HEADINGS[request.status], tasks) + cut
        if request.status == "completed":
            return NOTHING["reopen"]
        done, more = self.conversation.listing("completed", after_changes=True)
        return f"Nothing left to do, {counted(len(done) + more)} done ✓" if done else ANSWERS["empty"]


def _chosen(what: Reference | None, tasks: list[Task]) -> list[Task]:
    """Pick the chosen ones from the tasks that were offered."""
    if what is None or (what.kind in ("them", "all") and not what.parts):
        return tasks if what else []
    if what.places:
        places = [place if place > 0 else len(tasks) + 1 + place for place in what.places]
        return [tasks[place - 1] for place in places] if all(0 < place <= len(tasks) for place in places) else []
    found = fitting(what.text, tasks)
    return found if len(found) == 1 else []


def _found(outcome: Outcome) -> str:
    if outcome.problem or not outcome.task:
        return outcome.problem or _listed(f"{len(outcome.tasks)} tasks match:", outcome.tasks)
    return f"{bold(outcome.task.title)} is on your list, {'and done.' if outcome.task.completed else 'still to do.'}"


def _listed(heading: str, tasks: Sequence[Task]) -> str:
    lines = [heading, ""]
    for number, task in enumerate(tasks, start=1):
        details = escaped(shorten(task.description, MAX_DESCRIPTION_SHOWN, placeholder="…"))
        lines.append(f"{number}. {'✓ ' if task.completed else ''}{bold(task.title)}{' – ' if details else ''}{details}")
    return "\n".join(lines)
