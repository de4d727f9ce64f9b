"""Decides the next step of a turn: look at the list, change it, or report the results."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from offline_assistant import understanding
from offline_assistant.conversation import TOOLS, Call, Conversation, NotListed, Question, Task, Turn, Unlistable
from offline_assistant.effort import TooMuchWork, begin_step
from offline_assistant.matching import Finder, Fit, Outcome, Titles
from offline_assistant.replies import ALREADY, ANSWERS, DONE, NOTHING_THERE, QUESTIONS, bold, counted, escaped
from offline_assistant.rules import intent_of
from offline_assistant.text import begins_with_verb, clean_title, is_time, prepared, split_titles, title_key
from offline_assistant.understanding import CHANGES, Reference, Request, read_reference, without_courtesies

MAX_TITLE, MAX_DESCRIPTION, MAX_DESCRIPTION_SHOWN = 200, 2000, 80
MAX_ADDED = 50
"""Tasks in one message: each is a round trip to the database."""
MAX_ANSWER = 60
"""Words of an answer that chooses or confirms."""
MAX_UNASKED = 3
"""Tasks that "delete them" deletes without a question."""
MAX_NAMED = 12
"""Titles in one sentence; of more only the number is said."""


NEW_TASK = Task("", "")
OPPOSITES = {"add": "delete", "delete": "add", "complete": "reopen", "reopen": "complete", "rename": "rename"}


@dataclass(frozen=True)
class Action:
    """One change: of an existing task, or, by its title, of a new one."""

    verb: str
    task: Task = NEW_TASK
    title: str = ""

    def call(self) -> tuple[str, dict[str, Any]]:
        """The tool to call, with its arguments. A new title that is too long is cut, and the description has it all."""
        if self.verb != "add":
            new_title = {"title": self.title} if self.verb == "rename" else {}
            return TOOLS[self.verb], {"task_id": self.task.id, **new_title}
        title, description = self.title, self.task.description
        if len(title) > MAX_TITLE:
            short = shorten(title, MAX_TITLE, placeholder="…")
            title, description = short if len(short) > 1 else title[:MAX_TITLE], title[:MAX_DESCRIPTION]
        return TOOLS["add"], {"title": title} | ({"description": description} if description else {})


def next_step(turns: Sequence[Turn]) -> list[tuple[str, dict[str, Any]]] | str:
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
        if plan.actions and not plan.conversation.turn.changes:
            return [action.call() for action in plan.actions]
        return plan.reply()
    except NotListed as needed:
        return [("list_tasks", {"status": str(needed)})]
    except Unlistable:
        return ANSWERS["unlistable"]
    except TooMuchWork:
        # The results say what was done, even though the message can't be read again.
        done = _report((), turns[-1].changes)
        return " ".join([*done, ANSWERS["cut short" if done else "too long"]])


class Plan:
    """The plan for one message.

    Attributes:
        actions: to carry out, in this order.
        notes: to say after what was done; a request is about the list after all changes.
        question: to ask at the end; one at a time.
        meant: the tasks that were found, for an "it" in the rest of the message.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.conversation, self.finder = conversation, Finder(conversation)
        self.actions: list[Action] = []
        self.notes: list[str | Request] = []
        self.question = ""
        self.meant: list[Task] = []

    def make(self) -> None:
        message, question = self.conversation.turn.text, self.conversation.question
        if question and self._answer(message, question):
            return
        requests = understanding.understand(message) or self._continued(message)
        asking = [request for request in requests if request.intent not in ANSWERS or request.intent == "cannot"]
        for request in asking or requests[:1] or [understanding.guess(message)]:
            self._plan(request)
        if (
            len(requests) == 1
            and requests[0].intent in CHANGES
            and requests[0].what
            and requests[0].what.kind == "named"
        ):
            self._offer_to_add(message)

    def _plan(self, request: Request) -> None:
        plans = {"add": self._add, "remind": self._add, "rename": self._rename, "correct": self._correct}
        plans |= {"undo": self._undo, "find": self._find, "mention": self._mention}
        plans |= dict.fromkeys(CHANGES, self._change)
        if plan := plans.get(request.intent):
            plan(request)
        else:
            self.notes.append(ANSWERS.get(request.intent, request))

    def _ask(self, kind: str, verb: str, *titles: str, above: str = "") -> None:
        self.question = self.question or above + QUESTIONS[kind, verb].format(*titles)

    def _answer(self, message: str, question: Question) -> bool:
        """Do what the message asks for as an answer to the question, if it is one."""
        text = prepared(message)
        if text.count(" ") > (understanding.MAX_WORDS if question.kind == "complete" else MAX_ANSWER):
            return False
        answer, (request, _) = intent_of(text, "yes or no"), without_courtesies(text)
        command = understanding.read_clause(request)
        if answer == "no":
            self.notes.append(ANSWERS["left alone"])
        elif question.kind == "confirm":
            names = question.titles if question.verb == "add" else [task.title for task in question.tasks]
            is_named = len(names) == 1 and title_key(clean_title(request)) == title_key(names[0])
            return bool(answer or is_named) and self._do(question, question.tasks)
        elif question.kind == "choose":
            is_change = command is not None and command.intent in CHANGES  # "delete the first" instead of "the first"
            what = command.what if command and command.intent == question.verb else read_reference(request)
            chosen = (
                _meant(what, question.tasks) if not is_change or (command and command.intent == question.verb) else []
            )
            self.question = question.text if answer and not chosen else ""
            return bool(self.question) or (bool(chosen) and self._do(question, chosen))
        elif command is None or (command.intent in CHANGES and begins_with_verb(request)):
            return self._complete(request, question)
        else:
            return False
        return True

    def _do(self, question: Question, tasks: Sequence[Task]) -> bool:
        if question.verb == "add":
            self.actions += [Action("add", title=title) for title in question.titles]
        elif question.verb == "rename" and not question.titles:
            self._ask("complete", "rename", bold(tasks[0].title))
        else:
            self.actions += [Action(question.verb, task, "".join(question.titles)) for task in tasks]
        return True

    def _complete(self, request: str, question: Question) -> bool:
        """Take the message for the rest of a request: what to add, or a new title."""
        titles = split_titles(request) if question.verb == "add" else (clean_title(request),)
        if question.verb == "add" and titles:
            self._add(Request("add", titles=titles))
        elif question.tasks and titles[0]:
            self.actions.append(Action("rename", question.tasks[0], titles[0]))
        return bool(self.actions or self.question)

    def _continued(self, message: str) -> list[Request]:
        """Read "and the eggs" or "the second one too" after changes of one kind."""
        verbs = {call.verb for turn in self.conversation.earlier[-1:] for call in turn.changes if call.tasks}
        going_on = re.fullmatch(
            r"(and |also |plus |then )?(.+? )(too |also |as well )?", prepared(message), re.IGNORECASE
        )
        if len(verbs) != 1 or not going_on or not (going_on[1] or going_on[3]) or going_on[2].count(" ") > 8:
            return []
        verb = verbs.pop()
        if verb == "add":
            return [Request("add", titles=split_titles(going_on[2]))]
        return [Request(verb, read_reference(going_on[2]))] if verb != "rename" else []

    def _add(self, request: Request) -> None:
        titles, there, repeated = request.titles, self._open_titles(request.titles), []
        if not titles:
            self._ask("complete", "add")
        if len(titles) > MAX_ADDED:
            self.notes.append(ANSWERS["too many"].format(len(titles)))
            return
        self.meant = [Task("", title) for title in titles] or self.meant
        for title in titles:
            if title_key(title) in there:
                repeated.append(title)
            else:
                self.actions.append(Action("add", title=title))
            there.add(title_key(title))
        if request.intent == "remind" and any(map(is_time, " ".join(titles).lower().split())):
            self.notes.append(ANSWERS["reminder"])
        if repeated:
            self._ask("confirm", "add again" if len(repeated) == 1 else "add all again", bold(*repeated))

    def _open_titles(self, titles: Sequence[str]) -> set[str]:
        """The titles on the list that this message does not remove.

        This looks at the list only if the conversation has seen an open task with such a title. So adding usually takes
        one step, and a task that the person was just shown is not added twice.
        """
        known = {task.key for task in self.conversation.known if not task.completed}
        if not self.conversation.lists() and known.isdisjoint(map(title_key, titles)):
            return set()
        leaving = {action.task.id for action in self.actions if action.verb in ("complete", "delete")}
        return {task.key for task in self.conversation.tasks("open") if task.id not in leaving}

    def _change(self, request: Request) -> None:
        verb, what = request.intent, request.what
        status = "completed" if verb == "reopen" else "open"
        if what is None:
            self._ask_which(verb, self.conversation.tasks(status), "You have:")
            return
        if what.kind == "all" and verb != "delete":  # "mark everything as done" is about what is open
            what = Reference(status, parts=what.parts)
        before = len(self.actions)
        for outcome in self._find_tasks(what, status):
            self._act(verb, outcome)
        doomed = [action.task for action in self.actions[before:]]
        is_much = what.kind in ("all", "open", "completed") or (what.kind == "them" and len(doomed) > MAX_UNASKED)
        if verb == "delete" and is_much and not all(task.completed for task in doomed):
            del self.actions[before:]
            above = _listed(f"This deletes {counted(len(doomed))}:", doomed) + "\n\n"
            self._ask("confirm", "delete one" if len(doomed) == 1 else "delete all", above=above)
        if not self.actions and not self.notes and not self.question:
            self.notes.append(NOTHING_THERE[verb])

    def _find_tasks(self, what: Reference, status: str = "open") -> list[Outcome]:
        outcomes = self.finder.find(what, status, self.meant)
        self.meant = [outcome.task for outcome in outcomes if outcome.task] or self.meant
        unseen = sum(call.more for call in self.conversation.lists() if call.arguments.get("status") != "all")
        if unseen and (what.kind in ("all", "open", "completed") or any(outcome.problem for outcome in outcomes)):
            self.notes.append(ANSWERS["unseen"].format(unseen))
        return outcomes

    def _act(self, verb: str, outcome: Outcome, title: str = "") -> None:
        """Change the task that is meant; if none is, or several are, say why or ask."""
        self.notes += [outcome.problem] if outcome.problem else []
        possible = [task for task in outcome.tasks if verb not in ALREADY or task.completed == (verb == "reopen")]
        task = (possible or outcome.tasks or [NEW_TASK])[0]
        if len(possible or outcome.tasks) > 1:
            self._ask_which(
                verb, possible or outcome.tasks, f"{len(outcome.tasks)} tasks match {bold(outcome.said)}:", title
            )
        elif outcome.tasks and not possible:
            self.notes += [] if outcome.problem else [ALREADY[verb].format(bold(task.title))]
        elif outcome.tasks and (outcome.problem or (outcome.is_guess and verb == "delete")):
            self._ask("confirm", "rename to" if title else verb, bold(task.title), bold(title))
        elif outcome.tasks and verb == "rename" and not title:
            self._ask("complete", "rename", bold(task.title))
        elif outcome.tasks:
            self.actions.append(Action(verb, task, title))

    def _ask_which(self, verb: str, tasks: Sequence[Task], intro: str, title: str = "") -> None:
        if tasks:
            self._ask("choose", "rename to" if title else verb, bold(title), above=_listed(intro, tasks[:50]) + "\n\n")
        else:
            self.notes.append(NOTHING_THERE[verb])

    def _rename(self, request: Request) -> None:
        """Rename by the reading that has the whole title of a task; else by one that has a part; else by the first."""
        if not request.renamings and request.what is None:
            self._ask_which("rename", self.conversation.tasks("open"), "You have:")
            return
        what, title, best = request.what, "", 0
        for other, new_title in request.renamings:
            found = self.finder.find(other, "open", self.meant)
            is_exact = bool(
                found
                and found[0].tasks
                and (other.kind != "named" or found[0].tasks[0].key == title_key(other.texts[0]))
            )
            score = 1 + is_exact if len(found) == 1 and found[0].task and not found[0].is_guess else 0
            if score > best or not title:
                what, title, best = other, new_title, score
            if best == 2:
                break
        outcomes = self._find_tasks(what) if what else []
        if len(title) > MAX_TITLE:
            self.notes.append(ANSWERS["title too long"])
        elif len(outcomes) > 1:
            self.notes.append(ANSWERS["one at a time"])
        for outcome in outcomes if len(outcomes) == 1 and len(title) <= MAX_TITLE else ():
            self._act("rename", outcome, title)

    def _correct(self, request: Request) -> None:
        """Change what was done last, where the person meant something else."""
        last = self.conversation.last_change
        verbs = {call.verb for call in last.changes if call.tasks} if last else set()
        if len(verbs) != 1:
            self.notes.append(ANSWERS["unclear correction"])
        elif verbs <= {"add", "rename"}:
            self._rename(Request("rename", renamings=((Reference("it"), request.titles[0]),)))
        else:
            self._change(Request(verbs.pop(), request.what))
            if self.actions:
                instead, self.actions = self.actions, []
                self._undo(request)
                self.actions += instead

    def _undo(self, request: Request) -> None:
        """Undo the last turn that changed anything."""
        del request  # it says nothing more
        last = self.conversation.last_change
        changes = [(call, task) for call in last.changes for task in call.tasks] if last else []
        if not changes:
            self.notes.append(ANSWERS["nothing to undo"])
        for call, task in changes:
            before = self.conversation.title_before(task)
            if call.verb == "rename" and not before:
                self.notes.append(ANSWERS["forgotten"])
                continue
            verb = OPPOSITES[call.verb]
            self.actions.append(Action(verb, task, before if verb == "rename" else task.title))

    def _find(self, request: Request) -> None:
        what = request.what or Reference("it")
        for outcome in self._find_tasks(what):
            if outcome.said and outcome.problem and not outcome.tasks:
                self._ask("confirm", "add missing", bold(outcome.said))
            else:
                self.notes.append(_found(outcome))

    def _mention(self, request: Request) -> None:
        """Say whether the named tasks are done; offer to add those that are missing."""
        found = [(title, self.finder.find(Reference("named", (title,)))[0]) for title in request.titles]
        self.notes += [_found(outcome) for _, outcome in found if not outcome.problem]
        if new := [title for title, outcome in found if outcome.problem]:
            self._ask("confirm", "add", bold(*new))

    def _offer_to_add(self, message: str) -> None:
        """Offer "finish the report" as a new task if the list has no report."""
        request, _ = without_courtesies(prepared(message))
        is_nothing = not self.actions and not self.question and not self.meant
        if is_nothing and begins_with_verb(request) and len(titles := split_titles(request)) == 1:
            self._ask("confirm", "add", bold(titles[0]))

    def reply(self) -> str:
        said = _report(self.actions, self.conversation.turn.changes) + self._praise()
        said += [self._noted(note) if isinstance(note, Request) else note for note in self.notes]
        separator = "\n\n" if any("\n" in part for part in said) else " "
        return "\n\n".join(part for part in (separator.join(said), self.question) if part)

    def _noted(self, request: Request) -> str:
        try:
            if request.intent == "count":
                return self._counted(request.status)
            if request.intent == "next" and (tasks := self._after("open")[0]):
                return f"Next on your list is {bold(tasks[0].title)}."
            return self._shown(request.status)
        except Unlistable:  # whatever else was done is still said
            return ANSWERS["unlistable"]

    def _after(self, *statuses: str) -> tuple[list[Task], int]:
        """The tasks after all changes of this turn, and how many they are with those that were not listed."""
        lists = [self.conversation.listing(status, after_changes=True) for status in statuses]
        return [task for tasks, _ in lists for task in tasks], sum(len(tasks) + more for tasks, more in lists)

    def _shown(self, status: str) -> str:
        tasks, number = self._after(*(("open", "completed") if status == "all" else (status,)))
        if tasks:
            heading = {"open": "To do:", "completed": "Done so far:", "all": "All your tasks:"}[status]
            cut = f"\n\nThese are {len(tasks)} of {number}." if number > len(tasks) else ""
            return _listed(heading, tasks) + cut
        if status == "completed":
            return NOTHING_THERE["reopen"]
        _, done = self._after("completed")
        return f"Nothing left to do, {counted(done)} done ✓" if done else ANSWERS["empty"]

    def _counted(self, status: str) -> str:
        to_do = self._after("open")[1]
        if status == "open":
            return f"{counted(to_do)} left to do." if to_do else "Nothing left to do."
        done = self._after("completed")[1]
        return (
            f"{counted(done)} done."
            if status == "completed"
            else f"{counted(to_do + done)} in all: {to_do} to do, {done} done."
        )

    def _praise(self) -> list[str]:
        """A word on the last open task being done, where the list was looked at."""
        changes = self.conversation.turn.changes
        done = {task.id for call in changes if call.verb == "complete" for task in call.tasks}
        is_listed = any(call.arguments.get("status") in ("open", "all") for call in self.conversation.lists())
        tasks, more = self.conversation.listing("open") if done and is_listed else ([], 1)
        is_all = not more and done.issuperset(task.id for task in tasks)
        return [ANSWERS["all done"]] if is_all and not any(call.verb in ("add", "reopen") for call in changes) else []


def _meant(what: Reference | None, tasks: list[Task]) -> list[Task]:
    """Pick the chosen ones from the tasks that were offered."""
    if what is None or (what.kind in ("them", "all") and not what.parts):
        return tasks if what else []
    if what.kind == "place":
        places = [place if place > 0 else len(tasks) + 1 + place for place in what.places]
        return [tasks[place - 1] for place in places] if all(0 < place <= len(tasks) for place in places) else []
    fit, found = Titles(tasks).best(what.texts[-1]) if what.texts else (Fit.NONE, [])
    if fit is not Fit.NONE and len(found) == 1:
        return found
    each = [_meant(part, tasks) for part in what.parts]
    return [task for chosen in each for task in chosen] if all(each) else []


def _found(outcome: Outcome) -> str:
    if outcome.problem:
        return outcome.problem + (f" The closest I have is {bold(outcome.tasks[0].title)}." if outcome.tasks else "")
    if not outcome.task:
        return _listed(f"{len(outcome.tasks)} tasks match:", outcome.tasks)
    return f"{bold(outcome.task.title)} is on your list, {'and done.' if outcome.task.completed else 'still to do.'}"


def _listed(heading: str, tasks: Sequence[Task]) -> str:
    lines = [heading, ""]
    for number, task in enumerate(tasks, start=1):
        details = escaped(shorten(task.description, MAX_DESCRIPTION_SHOWN, placeholder="…"))
        lines.append(f"{number}. {'✓ ' if task.completed else ''}{bold(task.title)}{' – ' if details else ''}{details}")
    return "\n".join(lines)


def _report(actions: Sequence[Action], calls: Sequence[Call]) -> list[str]:
    """A sentence for each kind of change, and one for each change that a tool refused.

    The calls tell which changes were made. The actions only add what the calls were about, because another model may
    have made the calls before the turn was interrupted.
    """
    about = [*actions, *[None] * len(calls)]
    said: list[str] = []
    for verb in dict.fromkeys(call.verb for call in calls):
        same = [(call, action) for call, action in zip(calls, about, strict=False) if call.verb == verb]
        done = [(call.tasks[0].title, action) for call, action in same if call.tasks]
        if verb == "rename":
            said += [_renamed(title, action) for title, action in done]
        elif done:
            said.append(
                DONE[verb].format(bold(*[title for title, _ in done]) if len(done) <= MAX_NAMED else counted(len(done)))
            )
        said += [_refused(call, action) for call, action in same if not call.tasks]
    return said


def _renamed(title: str, action: Action | None) -> str:
    is_ours = action is not None and action.verb == "rename"
    return (
        f"Renamed {bold(action.task.title)} to {bold(title)}."
        if action and is_ours
        else f"It's called {bold(title)} now."
    )


def _refused(call: Call, action: Action | None) -> str:
    title = bold(action.task.title or action.title) if action else "that task"
    if call.result.get("error") == "task_not_found":
        return ANSWERS["gone"].format(title)
    return f"Sorry, I couldn't {call.verb} {title}."
