"""Evaluates the configured model: runs the dialogues of `dialogues.md` and prints a table (`make eval`).

The api runs as in production, over HTTP and with an embedded Postgres. Each dialogue uses a new account.

The table shows for each dialogue:

- list: whether the task list was right wherever the dialogue specifies it;
- needless calls: calls beyond the dialogue's limit, or calls that a tool refused, whichever are more;
- wrong claims: answers that report a change although no call of that turn made one, and answers that match a forbidden
  pattern. Claims are recognised by how English answers start them ("Added …", "I've deleted …"), so claims in other
  words or languages are missed, and so are claims about the wrong task. Read the answers (`--answers`) before you
  trust a zero.
"""

import argparse
import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from support.client import Client, Person
from support.database import Database, migrated_database
from support.http_server import HttpServer
from support.issuer import AUDIENCE, Issuer
from taskchat.main import create_app
from taskchat.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "evals" / "dialogues.md"
DONE = "✓ "
_WANTED = re.compile(rf"({DONE})?(.*?)(?: @ \+([0-9]+)(?: ([0-9:]+))?)?(?: !(low|medium|high))?")
TURN_SECONDS = 200

_BEGINS = r"(?:^|[.!:]\s|\n|, )\W*(?:(?:i|i've|i have|have|okay|ok|done|sure|and|just|also|then|it|is|now)[,:! ]+)*"
_CLAIMS = {
    "add_task": "added|put",
    "complete_task": "marked|completed|ticked off|checked off",
    "reopen_task": "reopened|unmarked",
    "update_task": "renamed|changed|updated",
    "delete_task": "deleted|removed|cleared",
}
_DENIALS = re.compile(r"\b(not|nothing|no|n't|never|already|cannot|couldn't|can't|didn't|haven't|shall|should|would)\b")


@dataclass
class Message:
    """A user message and the expected list after it, or None if the dialogue doesn't specify it."""

    text: str
    then: list[str] | None = None


@dataclass
class Dialogue:
    """A section of `dialogues.md`."""

    title: str
    before: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    calls: int = 0
    forbidden: list[re.Pattern[str]] = field(default_factory=list)


@dataclass
class Verdict:
    """The result of one dialogue."""

    is_right: bool = True
    needless: int = 0
    claims: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0
    answers: list[str] = field(default_factory=list)


def read_dialogues(script: str) -> Iterator[Dialogue]:
    """Parse the dialogues of a file.

    Raises:
        ValueError: a line doesn't follow the notation.
    """
    for section in script.split("\n## ")[1:]:
        title, *lines = section.splitlines()
        dialogue = Dialogue(title)
        for line in filter(None, lines):
            mark, _, text = line.partition(" ")
            match mark:
                case ">":
                    dialogue.messages.append(Message(text.replace("⏎", "\n")))
                case "=" if dialogue.messages:
                    dialogue.messages[-1].then = _titles(text)
                case "=":
                    dialogue.before = _titles(text)
                case "*":
                    dialogue.calls = int(text)
                case "!":
                    dialogue.forbidden.append(re.compile(text, re.IGNORECASE))
                case _:
                    raise ValueError(f"{title}: {line}")
        yield dialogue


def _titles(text: str) -> list[str]:
    return [title.strip() for title in text.split(";") if title.strip()]


def is_list(tasks: Sequence[dict[str, Any]], wanted: Sequence[str], today: date | None = None) -> bool:
    """Whether these are the wanted tasks, in any order and ignoring case."""
    left = list(wanted)
    for task in tasks:
        if (want := next((want for want in left if _is_task(task, want, today)), None)) is None:
            return False
        left.remove(want)
    return not left


def _is_task(task: dict[str, Any], want: str, today: date | None) -> bool:
    done, titles, days, time, priority = _WANTED.fullmatch(want).groups()  # type: ignore[union-attr]  # always matches
    day = None if days is None else ((today or datetime.now(UTC).date()) + timedelta(int(days))).isoformat()
    wanted = {"completed": bool(done), "due_on": day, "due_at": time, "priority": priority or "none"}
    return task["title"].casefold() in titles.casefold().split("|") and wanted.items() <= task.items()


def wrong_claims(answer: str, calls: Sequence[dict[str, Any]]) -> list[str]:
    """The tools whose effect the answer claims although none of their calls succeeded."""
    made = {call["name"] for call in calls if not _is_refused(call)}
    plain = re.sub(r"\*\*.*?\*\*", "…", answer).lower().replace("’", "'")
    claimed = []
    for tool, verbs in _CLAIMS.items():
        found = re.search(rf"{_BEGINS}(?:{verbs})\b[^.!?\n]*[.!?\n]?", plain)
        if found and tool not in made and not found[0].endswith("?") and not _DENIALS.search(found[0]):
            claimed.append(tool)
    return claimed


def _is_refused(call: dict[str, Any]) -> bool:
    return isinstance(call["result"], dict) and "error" in call["result"]


async def run_dialogue(dialogue: Dialogue, client: Client, person: Person) -> Verdict:
    """Run one dialogue as this person, whose list is empty."""
    for title in dialogue.before:
        added = await client.as_person(person, "POST", "/tasks", json={"title": title.removeprefix(DONE)})
        if title.startswith(DONE):
            path = f"/tasks/{added.raise_for_status().json()['id']}"
            (await client.as_person(person, "PATCH", path, json={"completed": True})).raise_for_status()
    verdict, calls, conversation = Verdict(), 0, None
    began = time.monotonic()
    for message in dialogue.messages:
        response = await client.chat(person, message.text, conversation_id=conversation)
        if response.status_code != 200:
            verdict.failures.append(response.json().get("code", str(response.status_code)))
            verdict.is_right = False
            break
        said = response.json()
        conversation, answer, made = said["conversation_id"], said["response"], said["tool_calls"]
        verdict.answers.append(answer)
        calls += len(made)
        verdict.needless += sum(map(_is_refused, made))
        verdict.claims += len(wrong_claims(answer, made))
        verdict.claims += sum(pattern.search(answer) is not None for pattern in dialogue.forbidden)
        if message.then is not None:
            tasks = (await client.as_person(person, "GET", "/tasks")).raise_for_status().json()
            verdict.is_right &= is_list(tasks["items"], message.then)
    verdict.needless = max(verdict.needless, calls - dialogue.calls)
    verdict.seconds = time.monotonic() - began
    return verdict


async def evaluate(dialogues: Sequence[Dialogue], url: str, database: Database, issuer: Issuer) -> list[Verdict]:
    """Run the dialogues one after the other."""
    verdicts = []
    async with Client(base_url=url, timeout=TURN_SECONDS) as client:
        for dialogue in dialogues:
            user_id = await database.create_user()
            verdicts.append(await run_dialogue(dialogue, client, Person(user_id, issuer.token(user_id))))
    return verdicts


def table(dialogues: Sequence[Dialogue], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The lines of the printed table."""
    yield f"{'dialogue':44} {'list':6} {'needless':>8} {'claims':>6} {'seconds':>8}"
    for dialogue, verdict in zip(dialogues, verdicts, strict=True):
        right = "right" if verdict.is_right else "WRONG"
        failed = f"  {', '.join(verdict.failures)}" if verdict.failures else ""
        row = f"{verdict.needless or '·':>8} {verdict.claims or '·':>6} {verdict.seconds:8.2f}"
        yield f"{dialogue.title[:44]:44} {right:6} {row}{failed}"
    right = f"{sum(verdict.is_right for verdict in verdicts)}/{len(verdicts)}"
    counted: Counter[str] = Counter()
    for verdict in verdicts:
        counted.update(needless=verdict.needless, claims=verdict.claims, failures=len(verdict.failures))
    seconds = sum(verdict.seconds for verdict in verdicts)
    yield f"{'total':44} {right:6} {counted['needless']:8} {counted['claims']:6} {seconds:8.2f}"
    if counted["failures"]:
        yield f"{counted['failures']} turns failed; see the error codes at the end of the rows."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="run only the dialogues whose titles contain these words")
    parser.add_argument("--answers", action="store_true", help="also print the messages and answers")
    options = parser.parse_args()
    dialogues = [
        d for d in read_dialogues(SCRIPT.read_text(encoding="utf-8")) if options.only.lower() in d.title.lower()
    ]
    with migrated_database() as database, Issuer() as issuer:
        ours: dict[str, Any] = {
            "api_database_url": database.roles.api,
            "jwks_url": issuer.jwks_url,
            "jwt_issuer": issuer.url,
            "jwt_audience": AUDIENCE,
            "turns_per_minute": 1000,
        }
        settings = Settings(_env_file=ROOT / ".env", **ours)  # type: ignore[call-arg]  # of pydantic-settings
        print("answered by", settings.openai_model if settings.asks_model else "the offline assistant")
        with HttpServer(create_app(settings)) as server:
            verdicts = asyncio.run(evaluate(dialogues, server.url, database, issuer))
    if options.answers:
        for dialogue, verdict in zip(dialogues, verdicts, strict=True):
            print(f"\n## {dialogue.title}")
            for message, answer in zip(dialogue.messages, verdict.answers, strict=False):
                print(f"> {message.text}\n{answer}")
        print()
    print("\n".join(table(dialogues, verdicts)))


if __name__ == "__main__":
    main()
