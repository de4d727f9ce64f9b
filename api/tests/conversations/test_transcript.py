"""`GET /api/{user_id}/conversations/{conversation_id}/export.md`: one conversation as Markdown."""

import asyncio
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Call, Failure, Hold, ModelServer, Reply


async def download(client: Client, person: Person, conversation_id: object, **headers: str) -> httpx.Response:
    return await client.as_person(person, "GET", f"/conversations/{conversation_id}/export.md", headers=headers)


async def transcript(client: Client, person: Person, conversation_id: object) -> str:
    response = await download(client, person, conversation_id)
    assert response.status_code == 200, response.text
    return response.content.decode("utf-8")


async def stored_messages(client: Client, person: Person, conversation_id: object) -> list[dict[str, Any]]:
    response = await client.as_person(person, "GET", f"/conversations/{conversation_id}/messages")
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def times(client: Client, person: Person, conversation_id: object, zone: str = "UTC") -> list[str]:
    messages = await stored_messages(client, person, conversation_id)
    moments = [datetime.fromisoformat(message["created_at"]) for message in messages]
    return [f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" for moment in moments]


async def titled(client: Client, person: Person, model: ModelServer, title: str) -> UUID:
    """Have a conversation with this title, and return its id."""
    model.script(Reply("hi"))
    conversation_id = UUID((await client.chat(person, "hello")).json()["conversation_id"])
    renamed = await client.as_person(person, "PATCH", f"/conversations/{conversation_id}", json={"title": title})
    assert renamed.status_code == 200
    return conversation_id


async def test_it_has_the_messages_and_what_was_done(client: Client, alice: Person, model: ModelServer) -> None:
    calls = (Call("add_task", {"title": "milk *2%*"}), Call("list_tasks", {"status": "all"}))
    model.script(Reply("One moment.", calls), Reply("Added.\n\n# Next\n\n```\nunclosed"))
    conversation_id = (await client.chat(alice, "add milk\n# and\n\nmore")).json()["conversation_id"]
    missing = Call("delete_task", {"task_id": str(uuid4())})
    model.script(Reply("Sure.", (Call("add_task", {"title": "eggs"}), missing)), Failure(400), Failure(400))
    assert (await client.chat(alice, "eggs too", conversation_id=conversation_id)).status_code == 502
    await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json={"title": "The\nweek"})

    asked, answered, unanswered = await times(client, alice, conversation_id)
    assert (
        await transcript(client, alice, conversation_id)
        == f"""\
# The week

Times are in UTC.

## You · {asked}

> add milk
> # and
>
> more

## Assistant · {answered}

> Added.
>
> # Next
>
> ```
> unclosed

- Added **milk \\*2%\\***

## You · {unanswered}

> eggs too

*(Not answered.)*

- Added **eggs**
"""
    )


async def test_times_are_in_the_readers_zone(client: Client, alice: Person, model: ModelServer) -> None:
    conversation_id = await titled(client, alice, model, "Hello")
    response = await download(client, alice, conversation_id, **{"time-zone": "Pacific/Kiritimati"})
    asked, answered = await times(client, alice, conversation_id, "Pacific/Kiritimati")
    assert "Times are in Pacific/Kiritimati.\n" in response.text
    assert re.findall("^## .*", response.text, re.MULTILINE) == [f"## You · {asked}", f"## Assistant · {answered}"]
    unknown = await download(client, alice, conversation_id, **{"time-zone": "No/Such"})
    assert "Times are in UTC.\n" in unknown.text


async def test_it_says_what_is_pending_or_was_stopped(client: Client, alice: Person, model: ModelServer) -> None:
    hold = Hold(Reply("never"))
    model.script(Reply("On it.", (Call("add_task", {"title": "milk"}),)), hold)
    waiting = asyncio.create_task(client.chat(alice, "add milk", key="key-1"))
    await hold.arrival()
    [conversation] = (await client.as_person(alice, "GET", "/conversations")).json()["items"]
    ending = "- Added **milk**\n"
    assert (await transcript(client, alice, conversation["id"])).endswith(
        f"> add milk\n\n*(Not answered yet.)*\n\n{ending}"
    )
    await client.as_person(alice, "DELETE", "/chat", headers={"idempotency-key": "key-1"})
    hold.release()
    assert (await waiting).status_code == 409
    stopped = await transcript(client, alice, conversation["id"])
    assert stopped.endswith(f"\n\n> *(Stopped without an answer. What was done until then is kept.)*\n\n{ending}")
    assert "Not answered" not in stopped


async def test_only_the_owner_gets_it(
    client: Client, alice: Person, bob: Person, model: ModelServer, database: Database
) -> None:
    conversation_id = await titled(client, alice, model, "alices-word")
    for unknown in (conversation_id, uuid4()):
        refused = await download(client, bob, unknown)
        assert (refused.status_code, refused.json()["code"]) == (404, "conversation_not_found")
    assert (await client.get(f"/api/{alice.id}/conversations/{conversation_id}/export.md")).status_code == 401
    assert "alices-word" in await transcript(client, alice, conversation_id)


async def test_it_is_an_uncached_attachment(client: Client, alice: Person, model: ModelServer) -> None:
    response = await download(client, alice, await titled(client, alice, model, "Add milk"))
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert re.fullmatch(
        r'attachment; filename="taskchat-add-milk-\d{4}-\d\d-\d\d\.md"', response.headers["content-disposition"]
    )


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ('"; filename="evil.exe"\r\nSet-Cookie: a=b', "-filename-evil-exe-set-cookie-a-b"),
        ("../../etc/passwd", "-etc-passwd"),
        ("C:\\CON|NUL*?<>", "-c-con-nul"),
        ("photo\u202egpj.exe\u2066", "-photo-gpj-exe"),
        ("%2e%2e%2f%0a", "-2e-2e-2f-0a"),
        ("🙂", ""),
        ("Frühstück für हिन्दी, 買い物", "-frühstück-für-हिन्दी-買い物"),
        ("Cafe\u0301", "-café"),
        ("長" * 200, "-" + "長" * 50),
        ("𝒳" * 200, "-" + "x" * 50),
    ],
)
async def test_the_file_name_is_safe(client: Client, alice: Person, model: ModelServer, title: str, named: str) -> None:
    response = await download(client, alice, await titled(client, alice, model, title))
    disposition = response.headers["content-disposition"]
    matched = re.fullmatch(
        r"""attachment; filename="([\w.-]+)"(?:; filename\*=UTF-8''([\w.%-]+))?""", disposition, re.ASCII
    )
    assert matched, disposition
    name = unquote(matched[2] or matched[1])
    assert re.sub(r"-\d{4}-\d\d-\d\d\.md$", "", name) == f"taskchat{named}"
    assert name.endswith(".md")
    assert len(name.encode()) <= 255
    assert response.text.startswith("# ")


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("a\n\n# b", r"# a # b"),
        ("<script>*x*</script> [y](z) `c` & &amp;", r"# \<script>\*x\*\</script> \[y\](z) \`c\` & \&amp;"),
        ("C #", r"# C \#"),
        ("C ##", r"# C #\#"),
        ("C#", r"# C\#"),
    ],
)
async def test_the_title_is_text(client: Client, alice: Person, model: ModelServer, title: str, heading: str) -> None:
    text = await transcript(client, alice, await titled(client, alice, model, title))
    assert text.splitlines()[:2] == [heading, ""]


async def test_a_conversation_without_messages_has_a_title(client: Client, alice: Person, database: Database) -> None:
    await client.as_person(alice, "POST", "/tasks", json={"title": "milk"})
    empty = uuid4()
    await database.fetch("insert into conversation (id, user_id, title) values ($1, $2, 'Empty')", empty, alice.id)
    assert await transcript(client, alice, empty) == "# Empty\n\nTimes are in UTC.\n"


async def test_a_long_conversation_holds_no_connection_during_the_download(
    start_api: StartApi, alice: Person, database: Database
) -> None:
    """20 MB, more than the system's buffers hold."""
    conversation_id = uuid4()
    await database.fetch("insert into owner (user_id) values ($1)", alice.id)
    await database.fetch(
        "insert into conversation (id, user_id, title, last_turn) values ($1, $2, 'Long', 4000)",
        conversation_id,
        alice.id,
    )
    await database.fetch(
        """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
           select gen_random_uuid(), $1, $2, turn, role, repeat('x', 2500) || ' ' || turn,
             case role when 'user' then gen_random_uuid() end, case role when 'user' then 1 end
           from generate_series(1, 4000) turn, unnest(array['user', 'assistant']) role""",
        conversation_id,
        alice.id,
    )
    await database.fetch(
        """insert into step (conversation_id, turn, step, output)
           select $1, turn, 0, '[]' from generate_series(1, 4000) turn""",
        conversation_id,
    )
    await database.fetch(
        """insert into tool_call (conversation_id, turn, step, position, run_id, name, arguments, result)
           select $1, turn, 0, 0, gen_random_uuid(), 'add_task', '{}', jsonb_build_object('title', 'milk ' || turn)
           from generate_series(1, 4000) turn""",
        conversation_id,
    )
    with start_api(database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            path = f"/api/{alice.id}/conversations/{conversation_id}/export.md"
            async with client.stream("GET", path, headers=alice.headers) as unread:
                assert unread.status_code == 200
                # The pool's only connection is free before the download is read.
                assert (await client.as_person(alice, "GET", "/tasks")).status_code == 200
                second = await download(client, alice, conversation_id)
                assert (second.status_code, second.json()["code"]) == (429, "rate_limited")
                text = (await unread.aread()).decode("utf-8")
    assert re.findall(r"^> x{2500} (\d+)$", text, re.MULTILINE) == [str(n // 2 + 1) for n in range(8_000)]
    assert re.findall(r"^- Added \*\*milk (\d+)\*\*$", text, re.MULTILINE) == [str(n + 1) for n in range(4_000)]


async def test_it_survives_a_conversation_that_is_being_deleted(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    """The answer is the whole conversation or 404, never a part."""
    conversation_id = await titled(client, alice, model, "Gone")
    async with database.locked("message") as lock:
        exporting = asyncio.create_task(download(client, alice, conversation_id))
        await lock.wait_for_waiter()
        await lock.connection.execute("delete from conversation where id = $1", conversation_id)
    assert (await exporting).text.startswith("# Gone")
    assert (await download(client, alice, conversation_id)).status_code == 404
