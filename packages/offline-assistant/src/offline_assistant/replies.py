"""The assistant's sentences, as data, and the Markdown around titles."""

import re
from collections.abc import Sequence

TRY = """Try saying:\n
- “add milk, eggs and bread”
- “call mum tomorrow at 5pm”
- “what's due this week?”
- “mark milk as done” or “I bought the eggs”
- “move the report to next Friday”
- “delete the second one”
- “undo that”"""
ANSWERS = {
    "greeting": f"Hello! I can help with your task list. {TRY}",
    "how are you": "I'm doing well, thanks! What would you like to do?", "thanks": "You're welcome!",
    "goodbye": "Goodbye! Your list will be here when you're back.", "praise": "Glad to hear it!",
    "fine": "Okay. I'm here when you need your list.", "sorry": "No problem. Type “undo” to take back the last change.",
    "who": "I'm the offline assistant. I follow fixed rules instead of asking a language model, and I only know about "
    "your task list. To use a language model, set `OPENAI_API_KEY` on the server.",
    "help": f"I can help with your task list. {TRY}\n\n"
    "Name a task by its title, by its number on the list, or as “it”.",
    "left alone": "Okay, I didn't change anything.", "yes": "There's nothing to confirm.",
    "no": "Okay, nothing to cancel.",
    "cannot": "Sorry, I can't do that. I can add, list, complete, change and delete tasks.",
    "too long": "That message is too long for me. Try a short sentence, or send fewer lines at once.",
    "cut short": "Your message was very long, so please check that nothing is missing.",
    "no words": f"I couldn't find any words in that. {TRY}",
    "unlistable": "Sorry, I couldn't read your list. Please try again in a moment.",
    "unknown": f"Sorry, I didn't understand that. I only know about your task list. {TRY}",
    "empty": "Your list is empty. Tell me what to add, for example “add milk, eggs and bread”.",
    "nothing to undo": "There's nothing to undo in this conversation.",
    "unclear task": "I'm not sure which task you mean. Tell me its title or its number on the list.",
    "one at a time": "I can only rename one task at a time, so I didn't change anything.",
    "reminder": "I can't send reminders.", "try": "Type “help” for examples.",
    "no days": "I can't tell which day you finished each one.",
    "no date": "I didn't understand that date. Try “on 3 December at 9:00” or “next Friday”.",
    "long note": "That task already has a long note. Edit it in the list instead.",
    "title too long": "That's too long for a title. Titles can have up to 200 characters.",
    "too many": "That's {} tasks, and I can add at most 50 at once. I didn't add any of them.",
    "unseen": "I only checked the first 200 tasks on your list. There are {} more.",
    "gone": "{} isn't on your list any more.",
    "not found": "I can't find {} on your list.", "no such place": "There's no number {} on your list. It has {}.",
}  # fmt: skip
DONE = {"add": "Added {}.", "complete": "✓ Marked {} as done.", "reopen": "Reopened {}.", "delete": "Deleted {}."}
DONE_ALONE = {
    "add": "It's on your list{}.", "complete": "Done.", "reopen": "It's back on your list.", "delete": "Done.",
}  # fmt: skip
UPDATED = {  # by what its arguments set: the task, and its due date or priority now, or its old title
    "title": "Renamed {1} to {0}.", "description": "Updated the note on {0}.", "due": "{0} is now {1}.",
    "priority": "{0} is now {1}.",
}  # fmt: skip
UNSET = {"due": "{0} no longer has a due date.", "priority": "{0} is now back to normal priority."}
ALREADY = {"complete": "{} is already done.", "reopen": "{} isn't done yet, so there's nothing to reopen."}
NOTHING = {
    "complete": "There's nothing left to do on your list.", "reopen": "You haven't finished any tasks yet.",
    "delete": "There's nothing to delete.", "rename": "There's nothing to rename on your list.",
    **dict.fromkeys(("set", "note"), "There's nothing to change on your list."),
}  # fmt: skip
_WILL = {  # by the change: the first braces are for the task, the second ones for the new value
    "complete": "mark{} as done", "reopen": "reopen{}", "delete": "delete{}", "rename": "rename{}",
    "rename to": "rename{} to {{}}", "set to": "make{} {{}}", "note to": "add the note {{}} to{}",
}  # fmt: skip
# By kind of answer and by the change that follows. The next turn recognizes the question in the last paragraph.
QUESTIONS = {
    **{("confirm", verb): f"Did you mean {{}}? If so, I'll {will.format(' it')}." for verb, will in _WILL.items()},
    **{("choose", verb): f"Which one should I {will.format('')}?" for verb, will in _WILL.items()},
    ("confirm", "add"): "Should I add {} to your list?",
    ("confirm", "delete one"): "Are you sure you want to delete this task?",
    ("confirm", "delete all"): "Are you sure you want to delete these tasks?",
    ("complete", "add"): "What should I add?", ("complete", "rename"): "What should {} be called?",
}  # fmt: skip
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
