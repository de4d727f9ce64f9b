"""How much slower a large database is than an almost empty one: `make bench-large`.

Both run on this machine and are asked in turn, so that noise hits both. The same statements that the api runs are
timed, without HTTP, which would hide differences. A figure is a median of many repetitions on a warm cache.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from load import large_data as data
from support.database import Database, execute, migrate
from taskchat.accounts.export import Exports
from taskchat.chat.statements import Run, StoredToolCall, TurnRequest, begin_turn, call_tool, finish_turn
from taskchat.chat.steps import StepOutput
from taskchat.conversations import service as conversations
from taskchat.conversations.export import CONVERSATIONS
from taskchat.database.engine import Session, create_engine
from taskchat.database.url import parse_database_url
from taskchat.http.pagination import encode_cursor
from taskchat.tasks import service as tasks
from taskchat.tasks import tools
from taskchat.tasks.domain import TASKS
from taskchat.tasks.schemas import TaskUpdate
from taskchat.tasks.statements import Filter
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import temporary_folder

GOAL = 1.3
PEOPLE = 20
"""Usual people who take turns, as many in both databases."""
PAGE = 20
HISTORY_BYTES = 200_000
LEASE = timedelta(minutes=5)
RATE = 1_000_000
DAY = date(2026, 3, 1)
SEARCHES = {
    "rare word": data.RARE,
    "common word": data.COMMON,
    "its beginning": data.COMMON[:3],
    "two words": f"{data.COMMON} {data.RARE}",
    "no such word": "xylophone",
}
Steps = Iterator[Awaitable[Any]]
STEP: StepOutput = [{"type": "function_call", "origin": "offline", "name": "add_task", "arguments": "{}"}]


class Side:
    """One of the two databases, with what it took.

    Attributes:
        times: in seconds, by what was timed.
        statements: the SQL of each, with its parameters.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.engine = create_engine(parse_database_url(database.roles.api), pool_size=2)
        self.times: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, dict[str, Any]] = defaultdict(dict)
        self._timed: str | None = None
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if self._timed:
            self.statements[self._timed][statement] = parameters

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        self._timed, began = what, time.perf_counter()
        yield
        self.times[what].append(time.perf_counter() - began)
        self._timed = None

    async def read(self, what: str, query: Callable[[Session], Awaitable[Any]]) -> Any:
        """Time what an endpoint does with its session."""
        with self.timed(what):
            async with Session(self.engine, expire_on_commit=False) as session:
                session.requests_per_minute = RATE
                return await query(session)

    async def prepare(self) -> None:
        self.admin = await asyncpg.connect(self.database.admin_url, server_settings={"search_path": "chat, auth"})
        self.heavy, self.long, self.lister, *people = [
            row[0]
            for row in await self._rows(f"select {data.person('n')} from generate_series(1, 60) n")  # noqa: S608
        ]
        newest = "select id from conversation where user_id = $1 order by updated_at desc limit 1"
        found = {person: await self._rows(newest, person) for person in people}
        self.newest = {person: rows[0][0] for person, rows in found.items() if rows}
        self.people = list(self.newest)[:PEOPLE]
        [(self.long_conversation, self.long_turns)] = await self._rows(
            "select id, last_turn from conversation where user_id = $1", self.long
        )
        [middle] = await self._rows(
            "select updated_at, id from conversation where user_id = $1 order by updated_at desc"
            " offset (select count(*) / 2 from conversation where user_id = $1) limit 1",
            self.heavy,
        )
        self.middle = encode_cursor(*middle)
        order = "coalesce(due_on, 'infinity'), coalesce(due_at, '24:00'), position, id"
        rows = await self._rows(f"select * from task where user_id = $1 order by {order}", self.lister)  # noqa: S608
        half = rows[len(rows) // 2]
        self.tasks = [row["id"] for row in rows]
        self.middle_task = encode_cursor(half["due_on"], half["due_at"], half["position"], half["id"])

    async def _rows(self, query: str, *parameters: Any) -> list[asyncpg.Record]:
        return list(await self.admin.fetch(query, *parameters))

    async def explain(self, what: str) -> list[str]:
        """Run the statements once more, without their effects, and return their plans."""
        lines = []
        for statement, parameters in self.statements[what].items():
            async with self.engine.connect() as plain:
                connection = await plain.execution_options(isolation_level="READ COMMITTED")
                explain = f"explain (analyze, buffers, costs off) {statement}"
                try:
                    lines += list((await connection.exec_driver_sql(explain, parameters)).scalars())
                except DBAPIError:
                    lines.append("Runs only while its turn does.")
                await connection.rollback()
        return lines

    async def close(self) -> None:
        await self.admin.close()
        await self.engine.dispose()


async def turn(side: Side, who: str, person: UUID, conversation: UUID | None) -> None:
    """Time a turn that adds a task, and remove it."""
    request = TurnRequest(person, str(uuid4()), "add milk to my list", conversation)
    with side.timed(f"begin_turn, {who}"):
        start = await begin_turn(
            side.engine,
            request,
            run_id=(run_id := uuid4()),
            title="Milk",
            lease=LEASE,
            turns_per_minute=RATE,
            history_bytes=HISTORY_BYTES,
        )
    if start.conversation_id is None or start.turn is None:
        raise RuntimeError(start.outcome)
    run = Run(person, start.conversation_id, start.turn, run_id, LEASE)
    call = StoredToolCall(run.turn, 0, 0, "add_task", {"title": "Buy milk"}, None)
    arguments = tools.AddTask.model_validate({"title": "Buy milk"})
    with side.timed(f"call_tool add_task, {who}"):
        stored = await call_tool(
            side.engine, run, call, step_output=STEP, effect=lambda owner: tools.add_task(arguments, owner)
        )
    with side.timed(f"finish_turn, {who}"):
        await finish_turn(side.engine, run, "Added **milk**.")
    await side.admin.execute("delete from task where id = $1", UUID(stored.result["id"]))
    if conversation is None:
        await side.admin.execute("delete from conversation where id = $1", run.conversation_id)
        return
    for table in ("step", "message"):
        await side.admin.execute(
            f"delete from {table} where conversation_id = $1 and turn = $2",  # noqa: S608
            run.conversation_id,
            run.turn,
        )
    await side.admin.execute("update conversation set last_turn = $2 - 1 where id = $1", run.conversation_id, run.turn)


async def listing_tool(side: Side) -> None:
    """Time the assistant's list of tasks."""
    request, run_id = TurnRequest(side.lister, str(uuid4()), "list my tasks", None), uuid4()
    start = await begin_turn(
        side.engine, request, run_id=run_id, title="List", lease=LEASE, turns_per_minute=RATE, history_bytes=1
    )
    if start.conversation_id is None:
        raise RuntimeError(start.outcome)
    run = Run(side.lister, start.conversation_id, 1, run_id, LEASE)
    call = StoredToolCall(1, 0, 0, "list_tasks", {}, None)
    for status in ("all", "open"):
        wanted = tools.ListTasks(status=status)
        with side.timed(f"call_tool list_tasks, many tasks, {status}"):
            await call_tool(side.engine, run, call, step_output=STEP, effect=lambda o, w=wanted: tools.list_tasks(w, o))
        call = replace(call, step=1)
    await side.admin.execute("delete from conversation where id = $1", run.conversation_id)


def turns(side: Side, number: int) -> Steps:
    person = side.people[number % PEOPLE]
    yield turn(side, "usual", person, side.newest[person])
    yield turn(side, "new conversation", person, None)
    yield turn(side, "very long conversation", side.long, side.long_conversation)
    yield turn(side, "new conversation, many conversations", side.heavy, None)
    yield listing_tool(side)


def lists(side: Side, number: int) -> Steps:
    person = side.people[number % PEOPLE]

    def listed(what: str, user: UUID, cursor: str | None = None) -> Awaitable[Any]:
        return side.read(
            f"conversations, {what}",
            lambda s: conversations.list_page(s, user, containing=None, limit=PAGE, cursor=cursor),
        )

    def messages(what: str, user: UUID, conversation: UUID, before: int | None = None) -> Awaitable[Any]:
        return side.read(
            f"messages, {what}",
            lambda s: conversations.list_messages(s, user, conversation, before=before, limit=PAGE),
        )

    yield listed("usual", person)
    yield listed("many conversations", side.heavy)
    yield listed("many conversations, in the middle", side.heavy, side.middle)
    yield messages("usual", person, side.newest[person])
    yield messages("very long conversation", side.long, side.long_conversation)
    yield messages("very long conversation, in the middle", side.long, side.long_conversation, side.long_turns)


def task_lists(side: Side, number: int) -> Steps:
    def listed(what: str, user: UUID, cursor: str | None = None, **wanted: Any) -> Awaitable[Any]:
        return side.read(
            f"tasks, {what}", lambda s: tasks.list_page(s, user, Filter(**wanted), limit=PAGE, cursor=cursor)
        )

    yield listed("usual", side.people[number % PEOPLE])
    yield listed("many tasks", side.lister)
    yield listed("many tasks, in the middle", side.lister, side.middle_task)
    yield listed("many tasks, open", side.lister, completed=False)
    yield listed("many tasks, completed", side.lister, completed=True)
    yield listed("many tasks, urgent", side.lister, priority="high")
    yield listed("many tasks, of a day", side.lister, due_from=DAY, due_until=DAY)
    yield listed("many tasks, none", side.lister, priority="low")


def searches(side: Side, number: int) -> Steps:
    def found(what: str, user: UUID, text: str) -> Awaitable[Any]:
        return side.read(
            f"search, {what}",
            lambda s: conversations.list_page(s, user, containing=text, limit=PAGE, cursor=None),
        )

    people = {
        "usual": side.people[number % PEOPLE],
        "many conversations": side.heavy,
        "very long conversation": side.long,
    }
    for who, person in people.items():
        for what, text in SEARCHES.items():
            yield found(f"{who}, {what}", person, text)


def moves(side: Side, number: int) -> Steps:
    first, second, third = side.tasks[number % 10], side.tasks[50 + number % 10], side.tasks[100]

    def move(what: str, task: UUID, after: UUID) -> Awaitable[Any]:
        return side.read(what, lambda s: tasks.update(s, side.lister, task, TaskUpdate(after=after)))

    yield move("move a task, many tasks", first, second)
    if number % 10 == 0:  # no room is left between these
        yield side.admin.execute(
            "update task set position = (select position from task where id = $2) where id = $1", first, second
        )
        yield move("move a task, no room left, many tasks", third, min(first, second))


async def compare(sides: list[Side], rounds: int, *, only: str) -> None:
    """Time everything, on each side in turn. The first rounds warm the caches."""
    for number in range(-3, rounds):
        if number == 0:
            for side in sides:
                side.times.clear()
        for part in (turns, lists, task_lists, searches, moves):
            if only in part.__name__:
                for steps in zip(*(part(side, number) for side in sides[:: 1 if number % 2 else -1]), strict=True):
                    for step in steps:
                        await step


async def once(side: Side) -> None:
    """Time what takes as long as a person has data: exports and deletions."""
    exports = Exports(side.engine, (CONVERSATIONS, *TASKS.export_sections))
    people = {"usual": side.people[0], "many conversations": side.heavy, "very long conversation": side.long}
    for who, person in people.items():
        with side.timed(f"export, {who}"):
            exports.discard(await exports.create(person))
        with side.timed(f"delete the account, {who}"):
            await side.admin.execute('delete from auth."user" where id = $1', person)


def report(small: Side, large: Side) -> str:
    """Compare the medians, and the quickest tenths, which other programs disturb less."""
    lines = ["| | small | large | ratio | of the quickest tenths |", "| --- | --- | --- | --- | --- |"]
    for what, times in large.times.items():
        halves, tenths = ([quantile(side, part) * 1000 for side in (small.times[what], times)] for part in (0.5, 0.1))
        ratio, least = halves[1] / halves[0], tenths[1] / tenths[0]
        mark = " !" if min(ratio, least) > GOAL else ""
        lines.append(f"| {what} | {halves[0]:.2f} ms | {halves[1]:.2f} ms | {ratio:.2f} | {least:.2f}{mark} |")
    return "\n".join(lines)


def quantile(times: list[float], part: float) -> float:
    return sorted(times)[int(len(times) * part)]


async def measure(small: Database, large: Database, arguments: argparse.Namespace) -> None:
    sides = [Side(small), Side(large)]
    for side in sides:
        await side.prepare()
    await compare(sides, arguments.rounds, only=arguments.only)
    plans = [line for what in sides[1].statements for line in ("", f"# {what}", *await sides[1].explain(what))]
    if arguments.plans:
        await asyncio.to_thread(arguments.plans.write_text, "\n".join(plans) + "\n", encoding="utf-8")
    if not arguments.only and not arguments.data:
        for side in sides:
            await once(side)
    sys.stdout.write(report(*sides) + "\n")
    for side in sides:
        await side.close()


@contextmanager
def database(folder: Path, amounts: data.Amounts) -> Iterator[Database]:
    """Start a server with these rows, which stay in the folder."""
    with EmbeddedPostgres(folder, durable=False) as postgres:
        migrated = migrate(postgres)
        asyncio.run(execute(postgres.url, *data.NO_WAL))
        postgres.stop()
        postgres.start()
        if not asyncio.run(migrated.count("owner")):
            asyncio.run(data.fill(migrated, amounts))
        yield migrated


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-large", description=__doc__)
    parser.add_argument("--size", type=float, default=1, help="1 is a million conversations with 20 million messages")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", default="", help="turns, lists, task_lists, searches or moves")
    parser.add_argument("--data", type=Path, help="a folder that keeps the databases for the next run")
    parser.add_argument("--plans", type=Path, help="a file for the query plans")
    arguments = parser.parse_args()
    amounts = data.amounts(arguments.size)
    needed = amounts.messages * data.BYTES_PER_MESSAGE
    with ExitStack() as stack:
        folder: Path = arguments.data or stack.enter_context(temporary_folder())
        free = shutil.disk_usage(folder).free
        sys.stdout.write(
            f"{amounts.conversations:,} conversations with {amounts.messages:,} messages, "
            f"up to {needed / 1e9:.1f} GB in {folder} ({free / 1e9:.0f} GB are free)\n"
        )
        if needed > free:
            sys.exit("That does not fit. Choose a smaller SIZE, or another TMPDIR.")
        small = stack.enter_context(database(folder / "small", data.EMPTY))
        large = stack.enter_context(database(folder / "large", amounts))
        asyncio.run(measure(small, large, arguments))


if __name__ == "__main__":
    main()
