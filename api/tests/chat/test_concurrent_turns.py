"""Concurrent requests, and runs that replace each other."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

import taskchat.chat.statements
import taskchat.database.engine
from support.client import Client, NewPerson, Person, StartApi
from support.database import Database
from support.model_server import Call, Hold, ModelRequest, ModelServer, Reply
from taskchat.chat import statements
from taskchat.chat.statements import (
    Run,
    StoredMessage,
    StoredToolCall,
    TurnLost,
    TurnRequest,
    TurnStart,
    call_tool,
    find_turn,
    finish_turn,
    release_turns,
)

AT_ONCE = 50
LEASE = timedelta(seconds=35)
EXPIRED = timedelta(seconds=-1)
LEASES_MS = (0, 2, 20, 200, 2000)
begin_turn = partial(statements.begin_turn, title="t", turns_per_minute=100_000, history_bytes=1_000_000)


def codes(responses: list[httpx.Response]) -> Counter[str]:
    return Counter("ok" if r.status_code == 200 else r.json()["code"] for r in responses)


async def send_until_answered(
    client: Client,
    person: Person,
    message: str,
    *,
    key: str,
    conversation_id: UUID | None = None,
) -> httpx.Response:
    """Send the message until it gets an answer, like a client that retries."""
    while True:
        response = await client.chat(person, message, key=key, conversation_id=conversation_id)
        if response.status_code != 409:
            return response


async def test_fifty_requests_with_one_key_run_once(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    hold = Hold(Reply("Once."))
    model.script(hold)
    requests = [asyncio.create_task(client.chat(alice, "hello", key="key-1")) for _ in range(AT_ONCE)]
    refused = [await done for _, done in zip(range(AT_ONCE - 1), asyncio.as_completed(requests), strict=False)]
    assert codes(refused) == {"turn_in_progress": AT_ONCE - 1}
    assert {r.headers["retry-after"] for r in refused} == {"1"}
    hold.release()
    responses = await asyncio.gather(*requests)
    assert codes(responses) == {"turn_in_progress": AT_ONCE - 1, "ok": 1}

    again = await asyncio.gather(*(client.chat(alice, "hello", key="key-1") for _ in range(AT_ONCE)))
    [first] = [r for r in responses if r.status_code == 200]
    assert [r.json() for r in again] == [first.json()] * AT_ONCE
    assert len(model.requests) == 1
    assert await database.count("conversation", user_id=alice.id) == 1
    assert await database.count("message", user_id=alice.id) == 2


async def test_fifty_keys_on_one_conversation_take_turns(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.script(Reply("Welcome."))
    conversation_id = UUID((await client.chat(alice, "hello")).json()["conversation_id"])

    hold = Hold(Reply("First."))
    model.script(hold)
    contenders = [
        asyncio.create_task(client.chat(alice, f"message {n}", key=f"key-{n}", conversation_id=conversation_id))
        for n in range(AT_ONCE)
    ]
    refused = [await done for _, done in zip(range(AT_ONCE - 1), asyncio.as_completed(contenders), strict=False)]
    assert codes(refused) == {"conversation_busy": AT_ONCE - 1}
    assert await database.count("message", conversation_id=conversation_id) == 3  # only the winner's message was stored
    hold.release()
    await asyncio.gather(*contenders)

    model.always(lambda request: Reply(f"Answer to {request.transcript[-1][1]}."))
    responses = await asyncio.gather(
        *(
            send_until_answered(client, alice, f"message {n}", key=f"key-{n}", conversation_id=conversation_id)
            for n in range(AT_ONCE)
        )
    )
    assert codes(responses) == {"ok": AT_ONCE}
    rows = await database.fetch(
        "select sequence, role, content from message where conversation_id = $1 order by sequence", conversation_id
    )
    assert [row["sequence"] for row in rows] == list(range(1, 2 * AT_ONCE + 3))
    spoken = [(row["role"], row["content"]) for row in rows]
    for request in model.requests:  # each turn saw exactly the earlier ones
        assert request.transcript == spoken[: len(request.transcript)]


async def test_concurrent_turns_obey_the_rate(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply("hi"))
    with start_api(turns_per_minute=20) as url:
        async with Client(base_url=url, timeout=30) as client:
            responses = await asyncio.gather(*(client.chat(alice, f"message {n}") for n in range(AT_ONCE)))
    assert codes(responses) == {"ok": 20, "rate_limited": AT_ONCE - 20}
    assert await database.count("conversation", user_id=alice.id) == 20


async def test_a_replaced_run_returns_the_stored_answer(
    client: Client, start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    zombie = Hold(Reply("Late.", (Call("add_task", {"title": "late"}),)))
    model.script(zombie, Reply("On it.", (Call("add_task", {"title": "milk"}),)), Reply("Added."))
    late = asyncio.create_task(client.chat(alice, "add milk", key="key-1"))
    await zombie.arrival()
    await database.fetch("update conversation set lease_until = now() - interval '1s' where user_id = $1", alice.id)
    with start_api() as other_url:
        async with Client(base_url=other_url) as other:
            taken_over = await other.chat(alice, "add milk", key="key-1")
    assert taken_over.json()["response"] == "Added."
    zombie.release()
    response = await late
    assert response.status_code == 200
    assert response.json() == taken_over.json()
    assert response.headers["idempotent-replayed"] == "true"
    assert [task["title"] for task in await database.fetch("select title from task where user_id = $1", alice.id)] == [
        "milk"
    ]


async def test_a_turn_writes_nothing_after_its_conversation_is_deleted(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    for reply in (Reply("Too late."), Reply("On it.", (Call("add_task", {"title": "late"}),))):
        hold = Hold(reply)
        model.script(hold)
        turn = asyncio.create_task(client.chat(alice, "hello"))
        await hold.arrival()
        [conversation] = await database.fetch("select id from conversation where user_id = $1", alice.id)
        deleted = await client.as_person(alice, "DELETE", f"/conversations/{conversation['id']}")
        assert deleted.status_code == 204
        hold.release()
        response = await turn
        assert (response.status_code, response.json()["code"]) == (404, "conversation_not_found")
        for table in ("conversation", "message", "task"):
            assert await database.count(table, user_id=alice.id) == 0


async def test_no_connection_is_held_while_the_model_thinks(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All turns get to the model, which answers none before."""
    for module in (taskchat.database.engine, taskchat.chat.statements):
        for limit in ("STATEMENT_SECONDS", "POOL_TIMEOUT_SECONDS"):  # a busy machine may need longer
            monkeypatch.setattr(module, limit, 60, raising=False)
    turns, pool = 200, 10
    hold = Hold(Reply("At last."))
    model.always(lambda _: hold)
    slow = {"model_timeout_seconds": 120, "turn_timeout_seconds": 120}
    with start_api(database_pool_size=pool, **slow) as url:
        limits = httpx.Limits(max_connections=turns + pool)
        async with Client(base_url=url, timeout=120, limits=limits) as client:
            waiting = [asyncio.create_task(client.chat(alice, f"message {n}")) for n in range(turns)]
            while len(model.requests) < turns:
                assert not [turn for turn in waiting if turn.done()]
                assert await idle_in_transaction(database) == 0
            others = await asyncio.gather(*(client.as_person(alice, "GET", "/tasks") for _ in range(pool)))
            assert [response.status_code for response in others] == [200] * pool
            assert await idle_in_transaction(database) == 0
            hold.release()
            assert codes(await asyncio.gather(*waiting)) == {"ok": turns}


async def idle_in_transaction(database: Database) -> int:
    [row] = await database.fetch("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
    return int(row["count"])


async def test_deletions_during_turns_succeed_without_deadlocks(
    client: Client, new_person: NewPerson, model: ModelServer, database: Database
) -> None:
    """All turns are under way when their deletions begin, at each of their four steps."""
    query = "select deadlocks from pg_stat_database where datname = current_database()"
    [before] = await database.fetch(query)
    people = [await new_person() for _ in range(AT_ONCE * 2)]
    replies = (*[Reply(calls=(Call("add_task", {"title": "a"}),) * 2)] * 3, Reply("Done."))
    holds = [Hold(replies[n % 4]) for n in range(len(people))]

    def act(request: ModelRequest) -> Reply | Hold:
        n = int(request.transcript[0][1])
        step = sum(line[0] == "output" for line in request.transcript) // 2
        return holds[n] if step == n % 4 else replies[step]

    model.always(act)

    async def turn_and_deletion(n: int, person: Person) -> httpx.Response:
        turn = asyncio.create_task(client.chat(person, str(n)))
        # Connecting takes longer than the rest of the turn.
        connection = await asyncpg.connect(database.admin_url)
        try:
            await holds[n].arrival()
            holds[n].release()
            deleted = 'auth."user" where id' if n // 4 % 2 else "chat.conversation where user_id"
            await connection.execute(f"delete from {deleted} = $1", person.id)  # noqa: S608
        finally:
            await connection.close()
        return await turn

    responses = []
    for start in range(0, len(people), 10):
        batch = enumerate(people[start : start + 10], start)
        responses += await asyncio.gather(*(turn_and_deletion(n, person) for n, person in batch))
    assert codes(responses).keys() <= {"ok", "conversation_not_found"}
    [after] = await database.fetch(query)
    assert after["deadlocks"] == before["deadlocks"]
    for n, person in enumerate(people):
        for table in ("conversation", "message"):
            assert await database.count(table, user_id=person.id) == 0
        if n // 4 % 2:
            assert await database.count("task", user_id=person.id) == 0


class TestStatements:
    """The statements that fence off replaced runs, without the agent."""

    async def begin(
        self, engine: AsyncEngine, person: Person, *, run_id: UUID | None = None, lease: timedelta = LEASE
    ) -> tuple[Run, TurnStart]:
        request = TurnRequest(person.id, "key-1", "hello", None)
        run_id = run_id or uuid4()
        begun = await begin_turn(engine, request, run_id=run_id, lease=lease)
        assert begun.conversation_id is not None
        assert begun.turn is not None
        return Run(person.id, begun.conversation_id, begun.turn, run_id, lease), begun

    async def record(self, engine: AsyncEngine, run: Run, position: int = 0) -> None:
        call = StoredToolCall(run.turn, 0, position, "tool", {}, {"ok": True})
        await call_tool(engine, run, call, step_output=[{"type": "function_call"}], effect=None)

    async def test_beginning_twice_with_the_same_run_id_counts_one_run(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        run, first = await self.begin(engine, alice)
        _, again = await self.begin(engine, alice, run_id=run.run_id)
        assert (first.outcome, again.outcome) == ("begun", "begun")
        assert first.conversation_id == again.conversation_id
        [message] = await database.fetch("select runs from message where user_id = $1", alice.id)
        assert message["runs"] == 1

    async def test_a_run_whose_lease_expired_can_finish_unless_replaced(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        run, _ = await self.begin(engine, alice, lease=EXPIRED)
        await self.record(engine, run)
        await finish_turn(engine, run, "late, but not replaced")
        stored = await find_turn(engine, run)
        assert stored is not None
        assert stored.answer == "late, but not replaced"
        assert [call.result for call in stored.tool_calls] == [{"ok": True}]

    async def test_a_replaced_run_writes_nothing(self, engine: AsyncEngine, alice: Person, database: Database) -> None:
        late, _ = await self.begin(engine, alice, lease=EXPIRED)
        await self.record(engine, late)
        run, resumed = await self.begin(engine, alice)
        assert resumed.outcome == "resumed"
        assert [(call.step, call.position) for call in resumed.tool_calls] == [(0, 0)]
        with pytest.raises(TurnLost):
            await self.record(engine, late, position=1)
        with pytest.raises(TurnLost):
            await finish_turn(engine, late, "late")
        await self.record(engine, run, position=1)
        await finish_turn(engine, run, "in time")
        contents = await database.fetch("select content from message where user_id = $1 order by sequence", alice.id)
        assert [row["content"] for row in contents] == ["hello", "in time"]
        assert await database.count("tool_call", conversation_id=run.conversation_id) == 2

    async def test_releasing_leases_skips_locked_rows(
        self, engine: AsyncEngine, alice: Person, bob: Person, database: Database
    ) -> None:
        """Deleting an account locks several conversations, so waiting could deadlock."""
        mine, theirs = [(await self.begin(engine, person))[0] for person in (alice, bob)]
        users = {mine.run_id: alice.id, theirs.run_id: bob.id, uuid4(): alice.id}
        async with database.rows_locked("conversation", bob.id):
            assert await release_turns(engine, users) == {mine.run_id}
        assert await release_turns(engine, users) == {theirs.run_id}
        assert await release_turns(engine, users) == set()

    async def test_a_repeated_call_is_recorded_once(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        run, _ = await self.begin(engine, alice)
        for _ in range(2):
            await self.record(engine, run)
        assert await database.count("tool_call", conversation_id=run.conversation_id) == 1

    async def test_deleting_the_conversation_during_a_repeated_call_ends_the_turn(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        def delete_before_select(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("SELECT tool_call.arguments"):
                query = "delete from conversation where user_id = $1"
                with ThreadPoolExecutor(1) as executor:
                    executor.submit(lambda: asyncio.run(database.fetch(query, alice.id))).result()

        run, _ = await self.begin(engine, alice)
        await self.record(engine, run)
        event.listen(engine.sync_engine, "before_cursor_execute", delete_before_select)
        try:
            with pytest.raises(TurnLost):
                await self.record(engine, run)
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", delete_before_select)
        assert await find_turn(engine, run) is None

    async def test_a_tool_call_renews_the_lease(self, engine: AsyncEngine, alice: Person, database: Database) -> None:
        run, _ = await self.begin(engine, alice)
        query = "select lease_until from conversation where user_id = $1"
        [before] = await database.fetch(query, alice.id)
        await self.record(engine, run)
        [after] = await database.fetch(query, alice.id)
        assert after["lease_until"] > before["lease_until"]

    async def test_many_crashing_clients_leave_a_consistent_conversation(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        """Some leases are so short that runs replace each other, and all clients retry."""
        hello = TurnRequest(alice.id, "key-0", "hello", None)
        run_id = uuid4()
        begun = await begin_turn(engine, hello, run_id=run_id, lease=LEASE)
        conversation_id = begun.conversation_id
        assert conversation_id is not None
        await finish_turn(engine, Run(alice.id, conversation_id, 1, run_id, LEASE), "welcome")
        seen: dict[int, tuple[list[StoredMessage], dict[int, str]]] = {}
        answers = {1: "welcome"}
        lost = 0

        async def run_client(n: int) -> None:
            nonlocal lost
            lease = timedelta(milliseconds=LEASES_MS[n % len(LEASES_MS)])
            request = TurnRequest(alice.id, f"key-{n}", f"message {n}", conversation_id)
            while True:
                run_id = uuid4()
                answers_before = dict(answers)
                begun = await begin_turn(engine, request, run_id=run_id, lease=lease)
                if begun.outcome in ("replay", "gave_up"):
                    return
                if begun.outcome in ("begun", "resumed") and begun.turn is not None:
                    run = Run(alice.id, conversation_id, begun.turn, run_id, lease)
                    try:
                        if not begun.tool_calls or begun.tool_calls[-1].turn != run.turn:
                            await self.record(engine, run)
                        await finish_turn(engine, run, f"answer {n}")
                    except TurnLost:
                        lost += 1
                    else:
                        answers[begun.turn] = f"answer {n}"
                        seen[begun.turn] = begun.messages, answers_before

        await asyncio.gather(*(run_client(n) for n in range(1, 31)))
        rows = await database.fetch(
            "select turn, sequence, content from message where conversation_id = $1 order by sequence", conversation_id
        )
        by_turn: dict[int, list[str]] = {}
        for row in rows:
            by_turn.setdefault(row["turn"], []).append(row["content"])
        assert list(by_turn) == list(range(1, 32))
        assert all(len(said) in (1, 2) for said in by_turn.values())
        calls = await database.fetch(
            "select turn, count(*) from tool_call where conversation_id = $1 group by turn", conversation_id
        )
        assert all(row["count"] == 1 for row in calls)
        assert lost > 0
        assert len(seen) > 0
        stored = {row["sequence"]: row["content"] for row in rows}
        for turn, (history, answers_before) in seen.items():
            shown = {message.sequence: message.content for message in history}
            assert len(shown) == len(history)
            # Only stored messages: every question up to this one, and every answer that existed when it began.
            assert shown.items() <= {s: text for s, text in stored.items() if s < turn * 2}.items()
            assert {s for s in shown if s % 2} == set(range(1, turn * 2, 2))
            assert {t * 2 for t in answers_before if t < turn} <= shown.keys()
