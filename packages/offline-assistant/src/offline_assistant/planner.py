"""Decides the next step of a turn: look at the list, change it, or report the results."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from textwrap import shorten
from typing import Any

from offline_assistant import understanding
from offline_assistant.conversation import Call, Conversation, NotListed, Outcome, Task, Turn, fitting
from offline_assistant.dates import agenda, for_a_question, read_change, read_title, spoken
from offline_assistant.effort import TooMuchWork, begin_step
from offline_assistant.replies import ANSWERS, EXAMPLES, QUESTIONS, REPLIES, bold, counted, escaped, joined
from offline_assistant.rules import intent_of
from offline_assistant.text import clean_title, prepared, split_titles, title_key
from offline_assistant.understanding import STATUSES, Reference, Request

MAX_TITLE, MAX_DESCRIPTION_SHOWN = 200, 80
MAX_ADDED = 50  # tasks in one message: each is a round trip to the database
MAX_ANSWER = 60  # words of an answer to a question
MAX_UNASKED = 3  # tasks that "delete them" deletes without a question
OPPOSITES = {"add": "delete", "delete": "add", "complete": "reopen", "reopen": "complete", "update": "set"}
ALREADY, NOTHING, REPORTS = REPLIES["already"], REPLIES["nothing"], REPLIES["reports"]
Tasks = Sequence[Task]
ToolCall = tuple[str, dict[str, Any]]


def next_step(turns: Sequence[Turn], today: date) -> list[ToolCall] | str:
    """The calls to make now, or the answer when there is nothing more to call.

    Each step plans the whole turn from its message. The first steps fetch the lists that the plan needs, the next one
    makes the changes, and the last one reports them.
    """
    if not turns:
        return ANSWERS["greeting"]
    begin_step()
    plan = Plan(Conversation(turns), today)
    try:
        plan.make()
        return plan.calls if plan.calls and not turns[-1].changes else plan.reply()
    except NotListed as needed:
        if arguments := needed.args[0]:
            return [("list_tasks", arguments)]
        return " ".join([*plan.done(), ANSWERS["unlistable"]])
    except TooMuchWork:
        done = plan.done()  # the results say what was done, even though the message can't be read again
        return " ".join([*done, ANSWERS["cut short" if done else "too long"]])


class Plan:
    """The plan for one message.

    Attributes:
        calls: the changes to make, in this order.
        notes: to say after what was done; a request is about the list after all changes.
        question: to ask at the end; one at a time.
    """

    def __init__(self, conversation: Conversation, today: date) -> None:
        self.conversation, self.today = conversation, today
        self.calls: list[ToolCall] = []
        self.notes: list[str | Request] = []
        self.question = ""

    def make(self) -> None:
        message, question = self.conversation.turn.text, self.conversation.question
        if question and self._answer(prepared(message), *question):
            return
        requests = understanding.understand(message)
        asking = [request for request in requests if request.intent not in ANSWERS or request.intent == "cannot"]
        for request in asking or requests[:1]:
            if request.intent in ("add", "remind"):
                self._add(request)
            elif request.intent in NOTHING:
                self._change(request)
            elif request.intent in ("find", "mention"):
                self._find(request)
            elif request.intent == "undo":
                self._undo()
            else:
                self.notes.append(ANSWERS.get(request.intent, request))
        if (added := [name for name, _ in self.calls].count("add_task")) > MAX_ADDED:
            self.calls, self.notes, self.question = [], [ANSWERS["too many"].format(added)], ""

    def _ask(self, kind: str, verb: str, *about: str, value: str = "", above: str = "", tasks: Tasks = ()) -> None:
        """Ask a question under a list of tasks; the value is what the change would set."""
        listed = self._listed(above, tasks[:50]) + "\n\n" if tasks else ""
        text = QUESTIONS[kind, f"{verb} to" if value else verb].format(*about, bold(value))
        self.question = self.question or listed + text

    def _answer(self, text: str, kind: str, verb: str, titles: list[str], tasks: list[Task]) -> bool:
        """Do what the message asks for as an answer to the question, if it is one."""
        if text.count(" ") > MAX_ANSWER:
            return False
        answer, (request, _) = intent_of(text, "yes or no"), understanding.without_courtesies(text)
        command = understanding.read_clause(request)
        if answer == "no":
            self.notes.append(ANSWERS["left alone"])
            return True
        if kind == "choose" and answer == "yes":
            self.question = self.conversation.earlier[-1].reply
            return True
        if kind == "choose":
            # "delete the first" instead of "the first"
            what = command.what if command and command.intent == verb else understanding.read_reference(request)
            tasks = _chosen(what, tasks)
        elif kind == "complete" and not command:
            titles = list(split_titles(request)) if verb == "add" else [request]
        elif answer != "yes":
            return False
        if verb == "add":
            self._add(Request("add", titles=tuple(titles)))
        elif tasks:
            self._change(Request(verb, said=" ".join(titles)), tasks)
        return verb == "add" or bool(tasks)

    def _add(self, request: Request) -> None:
        if not request.titles:
            self._ask("complete", "add")
        new = [read_title(title, self.today) for title in request.titles]
        self.conversation.meant = [Task(title=fields["title"]) for fields in new] or self.conversation.meant
        self.calls += [("add_task", fields) for fields in new if len(fields["title"]) <= MAX_TITLE]
        self.notes += [ANSWERS["title too long"] for fields in new if len(fields["title"]) > MAX_TITLE][:1]
        if request.intent == "remind" and new and ANSWERS["reminder"] not in self.conversation.replies:
            self.notes.append(ANSWERS["reminder"])

    def _change(self, request: Request, chosen: Tasks = ()) -> None:
        """Change tasks that are on the list, or those that an answer chose; ask if it isn't clear which."""
        verb, what, value = request.intent, request.what, clean_title(request.said)
        if verb == "set":
            value = for_a_question(value, self.today)
        if not value and verb in ("set", "note"):
            return self.notes.append(ANSWERS["no date" if verb == "set" else "no words"])
        if verb == "rename" and len(value) > MAX_TITLE:
            return self.notes.append(ANSWERS["title too long"])
        status = "completed" if verb == "reopen" else "open"
        if not what and not chosen and (tasks := self.conversation.tasks(status)):
            return self._ask("choose", verb, value=value, above=REPORTS["choice"], tasks=tasks)
        what = what or Reference("chosen")
        if what.kind == "all" and verb in ALREADY:  # "mark everything as done" is about what is open
            what = replace(what, kind=status)
        outcomes = [Outcome((task,)) for task in chosen] if what.kind == "chosen" else self._find_tasks(what, status)
        if verb == "rename" and len(outcomes) > 1:
            return self.notes.append(ANSWERS["one at a time"])
        doomed = self._to_confirm(what, outcomes) if verb == "delete" else []
        for outcome in outcomes:
            # "rename talk to Bob to talk to Al" may be cut at each "to", so ask unless the old title is exact.
            is_exact = what.kind != "named" or title_key(what.text) in {task.key for task in outcome.tasks}
            if outcome.task not in doomed:
                self._act(verb, outcome, value if verb != "rename" or is_exact or " to " not in value else "")
        if doomed:
            above = REPORTS["deletes"].format(counted(len(doomed)))
            self._ask("confirm", "delete one" if len(doomed) == 1 else "delete all", above=above, tasks=doomed)
        return None if outcomes else self.notes.append(NOTHING[verb])

    def _to_confirm(self, what: Reference, outcomes: Sequence[Outcome]) -> list[Task]:
        """The tasks to delete, if they are many that aren't done."""
        doomed = [outcome.task for outcome in outcomes if outcome.task]
        is_all = not STATUSES.isdisjoint([what.kind, *(part.kind for part in what.parts)])
        is_much = is_all or (what.kind == "them" and len(doomed) > MAX_UNASKED)
        return doomed if is_much and not all(task.completed for task in doomed) else []

    def _find_tasks(self, what: Reference, status: str = "open") -> list[Outcome]:
        outcomes = self.conversation.find(what, status)
        self.conversation.meant = [outcome.task for outcome in outcomes if outcome.task] or self.conversation.meant
        self.notes += [ANSWERS["unseen"].format(call.more) for call in self.conversation.lists() if call.more][-1:]
        return outcomes

    def _act(self, verb: str, outcome: Outcome, value: str = "") -> None:
        """Change the task that is meant; if none is, or several are, say why or ask."""
        if verb == "note" and any(task.description.endswith("…") for task in outcome.tasks):
            return self.notes.append(ANSWERS["long note"])  # a list shows only its beginning
        self.notes += [outcome.problem] if outcome.problem else []
        possible = [task for task in outcome.tasks if verb not in ALREADY or task.completed == (verb == "reopen")]
        if not possible:
            self.notes += [ALREADY[verb].format(bold(task.title)) for task in outcome.tasks[:1] if not outcome.problem]
        elif len(possible) > 1:
            said = f" {bold(outcome.said)}" if outcome.said else ""
            above = REPORTS["matches"].format(len(possible), said)
            self._ask("choose", verb, value=value, above=above, tasks=possible)
        elif outcome.problem:
            self._ask("confirm", verb, bold(possible[0].title), value=value)
        elif verb == "rename" and not value:
            self._ask("complete", verb, bold(possible[0].title))
        elif verb == "set":
            self._call(verb, possible[0], read_change(value, self.today, possible[0].due_on))
        else:
            note = "\n".join(filter(None, [possible[0].description, value]))
            self._call(verb, possible[0], {"rename": {"title": value}, "note": {"description": note}}.get(verb, {}))
        return None

    def _call(self, verb: str, task: Task, fields: dict[str, Any]) -> None:
        name = "update_task" if verb in ("rename", "note", "set") else f"{verb}_task"
        self.calls.append((name, fields if verb == "add" else {"task_id": task.id, **fields}))

    def _undo(self) -> None:
        """Undo the last turn that changed anything."""
        each = ([call for call in turn.changes if call.tasks] for turn in reversed(self.conversation.earlier))
        changes = next(filter(None, each), [])
        self.notes += [] if changes else [ANSWERS["nothing to undo"]]
        updates = [call for call in reversed(changes) if call.verb == "update"]
        for call in [call for call in changes if call.verb != "update"] + updates:
            now = call.tasks[0]
            was = self.conversation.before(call) or now
            fields = now.fields if call.verb == "delete" else {}
            if call.verb == "update":
                fields = {name: value for name, value in was.fields.items() if value != now.fields[name]}
                if "" in (fields.get("due_on"), fields.get("due_at")):  # an empty one can't be set
                    self._call("set", now, {"remove_due": True})
                    fields |= {"due_on": was.due_on}
            fields = {name: value for name, value in fields.items() if value or not name.startswith("due")}
            if fields or call.verb != "update":
                self._call(OPPOSITES[call.verb], now, fields)

    def _find(self, request: Request) -> None:
        """Say whether the named tasks are done; offer to add those that are missing."""
        what = request.what or Reference("it")
        outcomes = self._find_tasks(what)
        self.notes += [] if outcomes else [Request("show", status=what.kind)]
        missing = [outcome for outcome in outcomes if outcome.said and outcome.problem]
        told = outcomes if request.intent == "find" else [outcome for outcome in outcomes if outcome not in missing]
        self.notes += map(self._found, told)
        if missing:
            self._ask("confirm", "add", bold(*[outcome.said for outcome in missing]))

    def reply(self) -> str:
        said = self.done() + [note if isinstance(note, str) else self._noted(note) for note in self.notes]
        separator = "\n\n" if any("\n" in part for part in said) else " "
        text = "\n\n".join(part for part in (separator.join(said), self.question) if part)
        is_repeated = EXAMPLES in self.conversation.replies and ANSWERS["help"] not in said
        return text.replace(EXAMPLES, ANSWERS["examples again"]) if is_repeated else text

    def done(self) -> list[str]:
        """A sentence for each kind of change that the calls made, and one for each that a tool refused.

        The page shows each change above the reply, so the title of a single one isn't repeated.
        """
        said, calls = list[str](), self.conversation.turn.changes
        is_alone = len(calls) == 1 and [name for name, _ in self.calls] == [calls[0].name]
        for verb in dict.fromkeys(call.verb for call in calls):
            tasks = [task for call in calls if call.verb == verb for task in call.tasks]
            if verb == "update":
                said += self._updated([call for call in calls if call.verb == verb and call.tasks])
            elif tasks and is_alone:
                said.append(REPLIES["done_alone"][verb].format(self._due(tasks[0], ", {}")))
                said += self._left(tasks[0]) if verb in ("complete", "delete") and not self.notes else []
            elif tasks:
                form = " ({})" if verb == "add" else ""
                named = [bold(task.title) + self._due(task, form) for task in tasks]
                said.append(REPLIES["done"][verb].format(joined(named)))
            for call in [call for call in calls if call.verb == verb and not call.tasks]:
                was, is_gone = self.conversation.before(call), call.result.get("error") == "task_not_found"
                title = bold(was.title if was else str(call.arguments.get("title") or "that task"))
                said.append(ANSWERS["gone"].format(title) if is_gone else REPORTS["refused"].format(verb, title))
        return said

    def _updated(self, calls: Sequence[Call]) -> Iterable[str]:
        told = dict[tuple[str, str], str]()
        for call in calls:
            task, was = call.tasks[0], self.conversation.before(call)
            kind = next((kind for kind in REPLIES["updated"] if kind in " ".join(call.arguments)), "priority")
            value = spoken({name: value for name, value in task.fields.items() if kind in name}, self.today)
            is_unset = not value and kind in REPLIES["unset"]
            text = REPLIES["unset" if is_unset else "updated"][kind]
            # A time is removed by removing the date and setting it again: only the last of these is said.
            told[task.id, kind] = text.format(bold(task.title), value or bold(was.title if was else "that task"))
        return told.values()

    def _left(self, gone: Task) -> list[str]:
        """How many tasks are left to do, if this turn has looked."""
        looks = [call for call in self.conversation.lists() if call.arguments.get("status") in ("open", "all")]
        left = [sum(not task.completed and task.id != gone.id for task in call.tasks) + call.more for call in looks[:1]]
        return [REPORTS["left"].format(counted(number)) if number else REPORTS["none left"] for number in left]

    def _due(self, task: Task, form: str = "{}") -> str:
        """When the task is due and how urgent it is, in this form; empty if it's neither."""
        due = spoken(task.fields, self.today)
        return form.format(due) if due else ""

    def _noted(self, request: Request) -> str:
        """The list, its first task or its length, after all changes of this turn."""
        label, filters = agenda(request.said, self.today) if request.intent == "agenda" else ("", {})
        tasks, more = self.conversation.listing(request.status, after_changes=True, **filters)
        number = len(tasks) + more
        if request.intent == "count":
            return REPLIES["counted"][request.status].format(counted(number))
        if request.intent == "next" and tasks:
            return REPORTS["next"].format(bold(tasks[0].title))
        if tasks:
            heading = f"{label[0].upper()}{label[1:]}:" if label else REPLIES["headings"][request.status]
            cut = "\n\n" + REPORTS["cut off"].format(len(tasks), number) if number > len(tasks) else ""
            is_dated = request.status == "completed" and request.said
            return self._listed(heading, tasks) + cut + (f"\n\n{ANSWERS['no days']}" if is_dated else "")
        if label:
            return REPORTS["none"].format(label)
        if request.status == "completed":
            return NOTHING["reopen"]
        done, more = self.conversation.listing("completed", after_changes=True)
        return REPORTS["all done"].format(counted(len(done) + more)) if done else ANSWERS["empty"]

    def _found(self, outcome: Outcome) -> str:
        if outcome.problem or not outcome.task:
            return outcome.problem or self._listed(REPORTS["matches"].format(len(outcome.tasks), ""), outcome.tasks)
        due = self._due(outcome.task) or REPORTS["still to do"]
        state = REPORTS["already done"] if outcome.task.completed else due
        return REPORTS["found"].format(bold(outcome.task.title), state)

    def _listed(self, heading: str, tasks: Tasks) -> str:
        lines = [heading, ""]
        for number, task in enumerate(tasks, start=1):
            description = escaped(shorten(task.description, MAX_DESCRIPTION_SHOWN, placeholder="…"))
            details = self._due(task, " – {}") + (f" – {description}" if description else "")
            lines.append(f"{number}. {'✓ ' if task.completed else ''}{bold(task.title)}{details}")
        return "\n".join(lines)


def _chosen(what: Reference | None, tasks: list[Task]) -> list[Task]:
    """Pick the chosen ones from the tasks that were offered."""
    if what is None or (what.kind in ("them", "all") and not what.parts):
        return tasks if what else []
    if what.places:
        places = [place if place > 0 else len(tasks) + 1 + place for place in what.places]
        return [tasks[place - 1] for place in places] if all(0 < place <= len(tasks) for place in places) else []
    found = fitting(what.text, tasks)
    return found if len(found) == 1 else []
