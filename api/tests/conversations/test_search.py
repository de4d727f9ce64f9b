"""`GET /api/{user_id}/conversations?q=`: titles and messages."""

from typing import Any
from urllib.parse import quote_from_bytes
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import taskchat.conversations.search
from support.client import Client, Person
from support.database import Database

AN_EMOJI = "\N{PARTY POPPER}"


async def store(database: Database, person: Person, *messages: str, title: str = "Untitled") -> str:
    """Insert a conversation with the messages of both sides in turn; return its id."""
    conversation_id = await database.create_conversation(person.id, title)
    turns = (len(messages) + 1) // 2
    await database.fetch("update conversation set last_turn = $1 where id = $2", turns, conversation_id)
    for number, content in enumerate(messages, 2):
        key = None if number % 2 else str(uuid4())
        await database.fetch(
            """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
               values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)""",
            *(
                conversation_id,
                person.id,
                number // 2,
                "user" if key else "assistant",
                content,
                key,
                1 if key else None,
            ),
        )
    return str(conversation_id)


async def search(client: Client, person: Person, q: str, **params: Any) -> list[dict[str, Any]]:
    response = await client.as_person(person, "GET", "/conversations", params={"q": q, **params})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def marked(item: dict[str, Any]) -> str:
    """The snippet, with its hits in brackets."""
    return "".join(f"[{part['text']}]" if part["is_match"] else part["text"] for part in item["snippet"])


@pytest.mark.parametrize(
    ("message", "q", "expected"),
    [
        ("We need milk and eggs.", "MILK", "We need [milk] and eggs."),
        ("We need milk and eggs.", "eg", "We need milk and [eg]gs."),
        ("We need milk and eggs.", "eggs mil", "We need [mil]k and [eggs]."),
        (
            "See https://example.com/recipes/pancakes.html",
            "pancakes",
            "See https://example.com/recipes/[pancakes].html",
        ),
        ("“Quoted”—and **bold**", "quoted bold", "“[Quoted]”—and **[bold]**"),
        ("Un café à l'École", "l'école caf", "Un [caf]é à [l]'[École]"),
        ("今日は牛乳を買う", "牛乳", "今日は[牛乳]を買う"),
        ("우유를 사야 해", "우유", "[우유]를 사야 해"),
        ("اشتر الحليب", "الحل", "اشتر [الحل]يب"),
        ("Подкупить молоко", "МОЛ", "Подкупить [мол]око"),
        ("<b>milk</b> &amp; <script>x</script>", "milk", "<b>[milk]</b> &amp; <script>x</script>"),
    ],
)
async def test_a_message_is_found_by_its_words(
    client: Client, alice: Person, database: Database, message: str, q: str, expected: str
) -> None:
    conversation_id = await store(database, alice, "hello", message)
    await store(database, alice, "hello", "something else")
    [found] = await search(client, alice, q)
    assert (found["id"], found["found_sequence"], marked(found)) == (conversation_id, 2, expected)


@pytest.mark.parametrize("q", ["ilk", "milk bread", "milke", "乳牛", "nothing"])
async def test_messages_without_all_the_words_are_not_found(
    client: Client, alice: Person, database: Database, q: str
) -> None:
    await store(database, alice, "We need milk.", "And bread? 牛乳")
    assert await search(client, alice, q) == []


async def test_a_part_of_a_title_is_found(client: Client, alice: Person, database: Database) -> None:
    await store(database, alice, "hello", title="Buttermilk 100%")
    [found] = await search(client, alice, "TERMILK 100%")
    assert (found["title"], found["snippet"], found["found_sequence"]) == ("Buttermilk 100%", None, None)


async def test_the_excerpt_surrounds_the_newest_hit(client: Client, alice: Person, database: Database) -> None:
    text = f"{'before ' * 50}the heart of art {'after ' * 100}"
    await store(database, alice, "art", text, "thanks")
    [found] = await search(client, alice, "art")
    assert found["found_sequence"] == 2
    assert marked(found).startswith("…before ")
    assert "the heart of [art] after" in marked(found)
    assert marked(found).endswith(" after…")


async def test_only_own_messages_are_found(client: Client, alice: Person, bob: Person, database: Database) -> None:
    theirs = "the secret of alice"
    await store(database, alice, theirs)
    # The words that the index has for her message don't find it either.
    for q in ("secret", f"{alice.id.hex}secret", f"{alice.id} secret", f"x' | '{alice.id.hex}secret"):
        assert await search(client, bob, q) == []
    await store(database, bob, f"{alice.id.hex}intruder")
    assert await search(client, alice, "intruder") == []
    assert len(await search(client, alice, "secret")) == 1
    response = await client.request(
        "GET", f"/api/{alice.id}/conversations", params={"q": "secret"}, headers=bob.headers
    )
    assert response.status_code == 403


async def test_a_deleted_conversation_is_not_found(client: Client, alice: Person, database: Database) -> None:
    conversation_id = await store(database, alice, "milk")
    assert len(await search(client, alice, "milk")) == 1
    await client.as_person(alice, "DELETE", f"/conversations/{conversation_id}")
    assert await search(client, alice, "milk") == []


HOSTILE = [
    *("'", "''", '"', "\\", "\\'", ":*", "milk:*", "a & b | !c <-> d", "(", "%", "_", "[", "(?i)(", "$$", "\\m", "--;"),
    *("!!!", " ", "\t\n", AN_EMOJI, "\u200d", "\u202e", "\ufffd", "milk\x00", "\ud800", "x" * 200, "x" * 10_000),
    *("牛乳を買う", "牛" * 200, "milk " * 40, "é" * 200, "\u0301", "ﬁ", "İ", "0", "-1", "1.5e10", "null"),
]


@pytest.mark.parametrize("is_common", [False, True])
async def test_hostile_queries_are_answered(
    client: Client, alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch, is_common: bool
) -> None:
    if is_common:
        monkeypatch.setattr(taskchat.conversations.search, "HITS_AT_ONCE", -1)
    await store(database, alice, f"{AN_EMOJI} it's 100% milk_[\\] 牛乳 ﬁn İ 0 null")
    answers = {}
    for q in HOSTILE:
        raw = quote_from_bytes(q.encode("utf-8", "surrogatepass"))
        response = await client.as_person(alice, "GET", f"/conversations?q={raw}")
        answers[q[:10]] = response.status_code
    assert set(answers.values()) == {200, 422}, answers
    assert answers["milk\x00"] == 422


async def test_following_the_cursor_finds_every_match_once(
    client: Client, alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether few messages match or so many that the conversations are read one after another."""
    expected = set()
    for number in range(24):
        title = "about milk" if number % 7 == 0 else "untitled"
        conversation_id = await store(
            database, alice, "hello", f"{'milk' if number % 3 == 0 else 'eggs'} {number}", title=title
        )
        if number % 7 == 0 or number % 3 == 0:
            expected.add(conversation_id)
    for hits, turns, conversations in ((1000, 1000, 5000), (1000, 1000, 5), (3, 4, 5000), (3, 1, 5000), (3, 1000, 5)):
        monkeypatch.setattr(taskchat.conversations.search, "HITS_AT_ONCE", hits)
        monkeypatch.setattr(taskchat.conversations.search, "TURNS_AT_ONCE", turns)
        monkeypatch.setattr(taskchat.conversations.search, "SEARCHED_AT_ONCE", conversations)
        for limit in (1, 3, 100):
            found: list[str] = []
            times: list[str] = []
            cursor = ""
            while not times or cursor:
                params = {"q": "milk", "limit": limit, **({"cursor": cursor} if cursor else {})}
                page = (await client.as_person(alice, "GET", "/conversations", params=params)).json()
                found += [item["id"] for item in page["items"]]
                times += [item["updated_at"] for item in page["items"]] or [""]
                cursor = page["next_cursor"]
            assert sorted(found) == sorted(expected), (hits, turns, conversations, limit)
            assert [time for time in times if time] == sorted(filter(None, times), reverse=True)


async def test_a_search_reads_only_what_the_index_finds(
    engine: AsyncEngine, alice: Person, bob: Person, database: Database
) -> None:
    """However much she and others have written. Without other scans, because this table is small."""
    await store(database, alice, "we need milk", "milk it is", *["eggs"] * 400)
    await database.fetch("analyze message")
    for _ in range(3):
        await store(database, bob, "milk", "milk", "millet", "milestone")
    statement = taskchat.conversations.search.search(alice.id, "mil", None, 30)
    compiled = statement.compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with engine.connect() as connection:
        await connection.exec_driver_sql("set enable_seqscan = off")
        explain = f"explain (analyze, costs off, timing off, summary off, format json) {compiled}"
        [plan] = (await connection.exec_driver_sql(explain)).scalars()
        await connection.exec_driver_sql("reset enable_seqscan")
    nodes = list(_nodes(plan[0]["Plan"]))
    scans = [node for node in nodes if node.get("Index Name") == "message_by_word"]
    assert scans
    assert all(scan["Actual Rows"] <= 2 for scan in scans), scans
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node.get("Actual Loops")], plan


async def test_a_long_reply_is_stored_and_found(database: Database, client: Client, alice: Person) -> None:
    """A tsvector has at most 1 MB, and an index no words of more than 2 KB."""
    hostile = " ".join(f"{chr(0x4E00 + n % 20_000)}{n:x}" for n in range(150_000))
    await store(database, alice, "hello", f"first {hostile}", "again", "x" * 1_000_000)
    [found] = await search(client, alice, "first")
    assert found["found_sequence"] == 2


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]
