"""`GET /api/{user_id}/export`: exactly one user's data, as of one moment."""

import asyncio
import csv
import re
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import StringIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Message

import taskchat.accounts.endpoints
import taskchat.accounts.export
from support.client import Client, NewPerson, Person, StartApi
from support.database import Database
from support.model_server import Call, Failure, ModelServer, Reply
from support.tcp_proxy import Break, TcpProxy
from taskchat.accounts.endpoints import Download
from taskchat.accounts.export import Exports
from taskchat.conversations.export import CONVERSATIONS
from taskchat.tasks.domain import TASKS
from taskchat.tasks.schemas import TaskPublic


async def export(client: Client, person: Person) -> dict[str, Any]:
    response = await client.as_person(person, "GET", "/export")
    assert response.status_code == 200, response.text
    exported: dict[str, Any] = response.json()
    return exported


async def test_it_contains_every_message_and_tool_call_in_order(
    client: Client, alice: Person, model: ModelServer
) -> None:
    model.script(Reply("One moment.", (Call("add_task", {"title": "milk", "description": "oat"}),)), Reply("Added."))
    first = (await client.chat(alice, "add milk", key="key-1")).json()
    model.script(Reply("hi"), Reply("On it.", (Call("add_task", {"title": "eggs"}),)), Failure(400), Failure(400))
    second = (await client.chat(alice, "hello")).json()["conversation_id"]
    assert (await client.chat(alice, "add eggs", conversation_id=second)).status_code == 502
    model.script(Reply("And on."))
    await client.chat(alice, "go on", conversation_id=first["conversation_id"])

    exported = await export(client, alice)

    assert exported.keys() == {"exported_at", "user_id", "conversations", "tasks"}
    assert exported["user_id"] == str(alice.id)
    assert [c["id"] for c in exported["conversations"]] == [first["conversation_id"], second]
    said = [[(m["sequence"], m["role"], m["content"]) for m in c["messages"]] for c in exported["conversations"]]
    assert said == [
        [(1, "user", "add milk"), (2, "assistant", "Added."), (3, "user", "go on"), (4, "assistant", "And on.")],
        [(1, "user", "hello"), (2, "assistant", "hi"), (3, "user", "add eggs")],
    ]
    answer = exported["conversations"][0]["messages"][1]
    assert answer["remarks"] == ["One moment."]
    assert [{k: v for k, v in call.items() if k != "created_at"} for call in answer["tool_calls"]] == first[
        "tool_calls"
    ]
    assert exported["conversations"][0]["messages"][0]["idempotency_key"] == "key-1"
    unanswered = exported["conversations"][1]["messages"][2]
    assert [call["result"]["title"] for call in unanswered["tool_calls"]] == ["eggs"]
    assert unanswered["remarks"] == ["On it."]
    assert exported["tasks"] == (await client.as_person(alice, "GET", "/tasks")).json()["items"]


async def test_it_includes_completed_tasks(client: Client, alice: Person) -> None:
    for title in ("milk", "eggs"):
        await client.as_person(alice, "POST", "/tasks", json={"title": title})
    [milk, _] = (await client.as_person(alice, "GET", "/tasks")).json()["items"]
    await client.as_person(alice, "PATCH", f"/tasks/{milk['id']}", json={"completed": True})
    exported = await export(client, alice)
    assert [(task["title"], task["completed"]) for task in exported["tasks"]] == [("milk", True), ("eggs", False)]


async def test_it_matches_the_other_endpoints(client: Client, alice: Person, model: ModelServer) -> None:
    model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Reply('With "quotes", ünïcödé\n'))
    await client.chat(alice, "add milk\n\t\u2028")
    [conversation] = (await export(client, alice))["conversations"]
    page = (await client.as_person(alice, "GET", f"/conversations/{conversation['id']}/messages")).json()
    listed = (await client.as_person(alice, "GET", "/conversations")).json()["items"]
    for message in conversation.pop("messages"):
        del message["remarks"]
        for call in message["tool_calls"]:
            del call["created_at"]
        assert message == page["items"].pop(0)
    assert [{**conversation, "snippet": None, "found_sequence": None}] == listed


async def test_it_contains_no_other_users_data(client: Client, alice: Person, bob: Person, model: ModelServer) -> None:
    for person, word in ((alice, "alices-word"), (bob, "bobs-word")):
        model.script(Reply(word, (Call("add_task", {"title": word}),)), Reply(word))
        assert (await client.chat(person, word)).status_code == 200
    response = await client.as_person(alice, "GET", "/export")
    assert "alices-word" in response.text
    assert "bobs-word" not in response.text
    assert str(bob.id) not in response.text


async def test_it_is_empty_for_a_new_or_deleted_user(
    client: Client, alice: Person, bob: Person, database: Database
) -> None:
    await client.as_person(bob, "POST", "/tasks", json={"title": "milk"})
    await database.delete_user(bob.id)
    for person in (alice, bob):
        exported = await export(client, person)
        assert (exported["conversations"], exported["tasks"]) == ([], [])
        assert await database.count("owner", user_id=person.id) == 0


async def test_it_is_an_uncached_attachment(client: Client, alice: Person) -> None:
    response = await client.as_person(alice, "GET", "/export")
    assert re.fullmatch(
        r'attachment; filename="taskchat-\d{4}-\d\d-\d\d\.json"', response.headers["content-disposition"]
    )
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"


async def test_it_includes_conversations_without_messages(client: Client, alice: Person, database: Database) -> None:
    await client.as_person(alice, "POST", "/tasks", json={"title": "milk"})
    for title in ("first", "second"):
        query = "insert into conversation (id, user_id, title) values ($1, $2, $3)"
        await database.fetch(query, uuid4(), alice.id, title)
    exported = await export(client, alice)
    assert [(c["title"], c["messages"]) for c in exported["conversations"]] == [("first", []), ("second", [])]


@pytest.fixture
async def heavy_user(new_person: NewPerson, database: Database) -> Person:
    """A user with 20,000 messages in 200 conversations."""
    person = await new_person()
    await database.fetch("insert into owner (user_id) values ($1)", person.id)
    await database.fetch(
        """insert into conversation (id, user_id, title, last_turn)
           select gen_random_uuid(), $1, 'Conversation ' || n, 50 from generate_series(1, 200) n""",
        person.id,
    )
    await database.fetch(
        """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
           select gen_random_uuid(), c.id, $1, turn, role, repeat('word ', 100),
             case role when 'user' then gen_random_uuid() end, case role when 'user' then 1 end
           from conversation c, generate_series(1, 50) turn, unnest(array['user', 'assistant']) role
           where c.user_id = $1""",
        person.id,
    )
    return person


async def test_a_large_export_holds_no_connection_during_the_download(
    start_api: StartApi, heavy_user: Person, alice: Person
) -> None:
    with start_api(database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            path = f"/api/{heavy_user.id}/export"
            async with client.stream("GET", path, headers=heavy_user.headers) as download:
                assert download.status_code == 200
                # The pool's only connection is free before the download is read.
                assert (await client.as_person(alice, "GET", "/tasks")).status_code == 200
                exported = httpx.Response(200, content=await download.aread()).json()
    assert len(exported["conversations"]) == 200
    assert sum(len(c["messages"]) for c in exported["conversations"]) == 20_000


async def export_when_admitted(client: Client, person: Person) -> httpx.Response:
    """Export again until no other export is in progress."""
    async with asyncio.timeout(30):
        while (response := await client.as_person(person, "GET", "/export")).status_code == 429:
            pass
        return response


async def test_a_user_has_one_export_at_a_time_until_it_is_downloaded(
    client: Client, heavy_user: Person, bob: Person
) -> None:
    async with client.stream("GET", f"/api/{heavy_user.id}/export", headers=heavy_user.headers) as unread:
        assert unread.status_code == 200
        refused = await client.as_person(heavy_user, "GET", "/export")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await client.as_person(bob, "GET", "/export")).status_code == 200
    assert (await export_when_admitted(client, heavy_user)).status_code == 200  # the first client disconnected


async def test_the_number_of_concurrent_exports_is_limited(
    monkeypatch: pytest.MonkeyPatch, client: Client, heavy_user: Person, bob: Person
) -> None:
    monkeypatch.setattr(taskchat.accounts.export, "KEPT_AT_ONCE", 1)
    async with client.stream("GET", f"/api/{heavy_user.id}/export", headers=heavy_user.headers):
        assert (await client.as_person(bob, "GET", "/export")).status_code == 429
    assert (await export_when_admitted(client, bob)).status_code == 200


@pytest.mark.parametrize(("limit", "value"), [("KEPT_AT_ONCE", 1), ("KEPT_BYTES", 100 * 1024)])
async def test_a_slow_download_gives_way_to_another_export(
    monkeypatch: pytest.MonkeyPatch, client: Client, new_person: NewPerson, heavy_user: Person, limit: str, value: int
) -> None:
    """A download that used up its fair time is cut off when another export needs the space."""
    service = taskchat.accounts.export
    async with client.stream("GET", f"/api/{heavy_user.id}/export", headers=heavy_user.headers) as unread:
        monkeypatch.setattr(service, limit, value)
        other = await new_person()
        assert (await client.as_person(other, "GET", "/export")).status_code in (429, 503)
        monkeypatch.setattr(service, "FAIR_SECONDS", 0)
        assert (await client.as_person(other, "GET", "/export")).status_code == 200
        monkeypatch.undo()
        assert (await client.as_person(heavy_user, "GET", "/export")).status_code == 200  # the user may try again
        with pytest.raises(httpx.RemoteProtocolError):
            await unread.aread()


async def test_a_download_that_is_timing_out_gives_way_too(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine
) -> None:
    """Its time runs out just when another export needs the space."""
    monkeypatch.setattr(taskchat.accounts.endpoints, "DOWNLOAD_SECONDS", 0)
    monkeypatch.setattr(taskchat.accounts.export, "FAIR_SECONDS", 0)
    monkeypatch.setattr(taskchat.accounts.export, "KEPT_AT_ONCE", 1)
    exports = Exports(engine, (CONVERSATIONS, *TASKS.export_sections))
    kept = await exports.create(uuid4())
    created = []

    async def receive() -> Message:
        raise AssertionError("an export has no body to read")

    async def send(_: Message) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            created.append(await exports.create(uuid4()))

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    await Download(kept, "export.json", ended=lambda: exports.discard(kept))(scope, receive, send)
    [other] = created
    exports.discard(other)


@contextmanager
def limited_bytes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taskchat.accounts.export, "KEPT_BYTES", 100 * 1024)
        yield


@contextmanager
def missing_folder() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", "/no/such/folder")
        yield


@contextmanager
def full_disk() -> Iterator[None]:
    """Simulate a full disk by limiting the size of files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limited_space", [limited_bytes, missing_folder, full_disk])
async def test_an_export_without_space_is_refused_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
    client: Client,
    heavy_user: Person,
    bob: Person,
    limited_space: Callable[[], AbstractContextManager[None]],
) -> None:
    monkeypatch.setattr(taskchat.accounts.export, "IN_MEMORY_BYTES", 10 * 1024)
    with limited_space():
        refused = await client.as_person(heavy_user, "GET", "/export")
        assert (refused.status_code, refused.json()["code"]) == (503, "export_unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await client.as_person(bob, "GET", "/export")).status_code == 200
    assert (await client.as_person(heavy_user, "GET", "/export")).status_code == 200


async def test_it_is_stored_compressed(client: Client, heavy_user: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len((await client.as_person(heavy_user, "GET", "/export")).content)
    monkeypatch.setattr(taskchat.accounts.export, "KEPT_BYTES", size // 5)
    assert (await client.as_person(heavy_user, "GET", "/export")).status_code == 200


async def test_a_stalled_download_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, client: Client, heavy_user: Person
) -> None:
    monkeypatch.setattr(taskchat.accounts.endpoints, "DOWNLOAD_SECONDS", 0.1)
    async with client.stream("GET", f"/api/{heavy_user.id}/export", headers=heavy_user.headers) as unread:
        monkeypatch.undo()  # the next export gets the normal time limit
        assert (await export_when_admitted(client, heavy_user)).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await unread.aread()


async def test_it_is_a_consistent_snapshot(client: Client, alice: Person, database: Database) -> None:
    await client.as_person(alice, "POST", "/tasks", json={"title": "before"})
    async with database.locked("task") as lock:
        exporting = asyncio.create_task(client.as_person(alice, "GET", "/export"))
        await lock.wait_for_waiter()  # the export has started, and is about to read the tasks
        await lock.connection.execute("update task set title = 'after' where user_id = $1", alice.id)
    exported = (await exporting).json()
    assert [task["title"] for task in exported["tasks"]] == ["before"]


async def test_it_survives_a_broken_connection(start_api: StartApi, alice: Person, database: Database) -> None:
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            await client.as_person(alice, "GET", "/tasks")
            for round_trip in (1, 2, 3):
                proxy.break_at(Break("before", round_trip))
                assert (await export(client, alice))["tasks"] == []
                assert proxy.is_broken


async def test_tasks_can_be_exported_as_csv(client: Client, alice: Person, bob: Person) -> None:
    told: list[dict[str, Any]] = [
        {"title": '=HYPERLINK("http://evil", "x")', "description": 'two\nlines, "quoted"; ünïcödé'},
        {"title": "-1", "due_on": "2026-12-04", "due_at": "17:00", "priority": "high", "completed": True},
        {"title": "a - b = c;=cmd|' /C calc'!A0"},
        {"title": "a\t@SUM(1)", "description": "a list ;-)\n- of eggs\n+ of milk\n-2+3"},
        {"title": 'a; "=1+1', "description": "fun ;-) (so)\n- 1+cmd|' /C calc'!A0\n+\"&WEBSERVICE(A1)"},
    ]
    for body in told:
        assert (await client.as_person(alice, "POST", "/tasks", json=body)).status_code == 201
    await client.as_person(bob, "POST", "/tasks", json={"title": "bob's"})

    response = await client.as_person(alice, "GET", "/export/tasks.csv")

    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert re.fullmatch(
        r'attachment; filename="taskchat-tasks-\d{4}-\d\d-\d\d\.csv"', response.headers["content-disposition"]
    )
    text = response.content.decode("utf-8-sig")
    assert response.content != text.encode()
    rows = list(csv.DictReader(StringIO(text, newline="")))
    listed = (await client.as_person(alice, "GET", "/tasks")).json()["items"]
    neutral = {
        "-1": "'-1",
        told[0]["title"]: f"'{told[0]['title']}",
        told[2]["title"]: "a - b = c;'=cmd|' /C calc'!A0",
        told[3]["title"]: "a\t'@SUM(1)",
        told[3]["description"]: "a list ;-)\n- of eggs\n+ of milk\n'-2+3",
        told[4]["title"]: "a; \"'=1+1",
        told[4]["description"]: "fun ;-) (so)\n'- 1+cmd|' /C calc'!A0\n'+\"&WEBSERVICE(A1)",
    }
    as_text = {True: "true", False: "false", None: ""}
    assert rows == [{k: neutral.get(v) or as_text.get(v, v) for k, v in task.items()} for task in listed]
    assert text.count("\r\n") == 6


async def test_the_csv_of_a_new_user_has_only_names(client: Client, alice: Person) -> None:
    response = await client.as_person(alice, "GET", "/export/tasks.csv")
    assert response.content.decode("utf-8-sig") == ",".join(f'"{name}"' for name in TaskPublic.model_fields) + "\r\n"
    assert (await client.as_person(alice, "GET", "/export/conversations.csv")).status_code == 404
