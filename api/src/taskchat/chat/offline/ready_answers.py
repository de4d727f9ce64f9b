"""The ready answers, by topic."""

_EXAMPLES = """\
- “add milk, eggs and bread”
- “what's on my list?”
- “mark milk as done” or “I bought the eggs”
- “rename eggs to a dozen eggs”
- “delete the second one”
- “undo that”"""

_WHO = (
    "I'm the offline assistant of Taskchat: a set of rules for plain English about your task list, no language model. "
    "Whoever runs Taskchat can set `OPENAI_API_KEY` to have a language model answer here instead."
)
_LOST = "Sorry, I did not get that. I only know about your task list, in plain English. You can say things like:"

_ANSWERS = {
    "greeting": (
        f"Hello! I keep your task list. You can say things like:\n\n{_EXAMPLES}",
        f"Hi there! What is there to do? You can say things like:\n\n{_EXAMPLES}",
    ),
    "how_are_you": (
        "All fine here, thank you. What shall we put on your list?",
        "Very well, thanks. What is there to do?",
    ),
    "thanks": ("You're welcome!", "My pleasure.", "Any time!"),
    "goodbye": ("Goodbye! Your list is safe here.", "See you! Your list will be here."),
    "praise": ("Glad to hear it!", "Thank you, that's kind.", "Happy to help!"),
    "fine": ("All right. Tell me when there is something to do.", "Fine. I'm here when you need your list."),
    "sorry": ("No harm done. “undo” takes back the last change.",),
    "who": (_WHO,),
    "help": (
        f"I keep your task list. You can say things like:\n\n{_EXAMPLES}\n\n"
        "A task is named by its title, by its place on the list, or as “it”.",
    ),
    "left_alone": ("All right, I left everything as it is.", "Okay, nothing changed."),
    "yes_to_nothing": ("I had not asked anything. What can I do for your list?",),
    "no_to_nothing": ("All right. I had nothing in hand.",),
    "cannot": (
        "That is nothing I can do, I'm afraid: I add tasks, show them, mark them as done or not done, rename and "
        "delete them. Say “help” for examples.",
    ),
    "foreign": (
        "Sorry, offline I understand English only. Try for example “add milk”, “show my list” or “mark milk as done”.",
    ),
    "too_long": (
        "That message is too long for me. Tell me in a short sentence what to do, or send fewer lines at once.",
    ),
    "cut_short": ("Your message was very long, so please check that nothing is missing.",),
    "nothing_said": (f"I could not find any words in that. You can say things like:\n\n{_EXAMPLES}",),
    "unlistable": ("Sorry, I could not read your list just now. Please say that again in a moment.",),
    "unknown": (f"{_LOST}\n\n{_EXAMPLES}",),
}


def answer(topic: str, variant: int) -> str:
    answers = _ANSWERS[topic]
    return answers[variant % len(answers)]
