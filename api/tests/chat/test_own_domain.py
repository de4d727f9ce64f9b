"""A second, small domain on the same engine: notes, with one table and two tools."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints
from sqlalchemy import CTE, ColumnElement, Integer, Select, Text, Uuid, bindparam, func, literal, select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import Field, SQLModel, col
from uuid_utils.compat import uuid7

from support.client import Client, Person, StartApi
from support.database import Database, execute
from support.model_server import Api, Call, Failure, ModelServer, Reply
from taskchat.accounts.export import ExportSection
from taskchat.accounts.owners import OWNER_ID, counted, ensure_owner
from taskchat.auth.gate import CurrentUser
from taskchat.chat.tools import Arguments, Tool, with_arguments
from taskchat.conversations.models import Step
from taskchat.domain import Domain
from taskchat.http.dependencies import SessionDep
from taskchat.http.openapi import problems
from taskchat.http.schemas import RequestBody, ResponseBody, with_columns, with_fields

TABLE = """
    create table note (
        id uuid primary key, user_id uuid not null references owner on delete cascade,
        text text not null, day date, created_at timestamptz not null default now())
"""


class NoteFields(SQLModel):
    text: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(sa_type=Text)
    day: date | None = None


class Note(NoteFields, table=True):
    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key=OWNER_ID)


@with_fields(NoteFields)
class NoteCreate(RequestBody):
    pass


@with_columns(Note, without={"user_id"})
class NotePublic(ResponseBody):
    pass


@with_arguments(NoteFields, {"text": "What to write down."})
class WriteNote(Arguments):
    pass


class ReadNotes(Arguments):
    pass


def add(owner: Any, fields: dict[str, Any]) -> Insert:
    return insert(Note).values(id=uuid7(), user_id=owner, **NoteFields.model_validate(fields).model_dump())


def notes_of(owner: Any) -> Select[Any]:
    return select(Note).where(col(Note.user_id) == owner).order_by(col(Note.id))


def _shown(note: Any) -> ColumnElement[Any]:
    return func.jsonb_build_object("text", note.c.text, "day", note.c.day)


def write_note(arguments: WriteNote, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    written = add(owner, arguments.model_dump()).returning(col(Note.text), col(Note.day)).cte("effect")
    return written, select(_shown(written)).scalar_subquery()


def read_notes(_arguments: ReadNotes, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    notes = notes_of(owner).cte("effect")
    return notes, select(func.jsonb_build_object("notes", func.jsonb_agg(_shown(notes)))).scalar_subquery()


router = APIRouter(prefix="/api/{user_id}/notes")


@router.post("", status_code=201, response_model=NotePublic, responses=problems())
async def create_note(user: CurrentUser, session: SessionDep, body: NoteCreate) -> Any:
    statement = add(counted(session, user.id), body.model_dump()).returning(Note).add_cte(ensure_owner(user.id))
    return (await session.scalars(statement)).one()


NOTES = Domain(
    summary="Chat with your notes",
    description="Chat with an assistant that keeps your notes.",
    instructions="You keep notes.",
    tools=(
        Tool("write_note", "Write a note.", WriteNote, write_note, lambda note: f"Wrote {note['text']}"),
        Tool("read_notes", "All notes.", ReadNotes, read_notes),
    ),
    routers=(router,),
    export_sections=(
        ExportSection(name="notes", item=NotePublic, contents="notes", order="The first first.", statement=notes_of),
    ),
)
WRITE = Reply(calls=(Call("write_note", {"text": "The door sticks.", "day": "2026-11-30"}),))


@pytest_asyncio.fixture(scope="module")
async def table(database: Database) -> AsyncIterator[None]:
    await execute(database.roles.api_migration, TABLE)
    yield
    await execute(database.roles.api_migration, "drop table note")


@pytest.fixture(scope="module", params=["responses", "chat_completions"])
def notes_url(start_api: StartApi, table: None, request: pytest.FixtureRequest) -> Iterator[str]:
    openai_api: Api = request.param
    with start_api(NOTES, openai_api=openai_api) as url:
        yield url


@pytest_asyncio.fixture
async def notes(notes_url: str) -> AsyncIterator[Client]:
    async with Client(base_url=notes_url, timeout=30) as client:
        yield client


async def stored(database: Database, person: Person) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.fetch("select text, day from note where user_id = $1", person.id)]


THE_NOTE = ("The door sticks.", date(2026, 11, 30))


async def test_its_tool_is_called_exactly_once(
    notes: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.script(WRITE, Reply("Noted."))
    first = await notes.chat(alice, "the door sticks", key="key-1")
    again = await notes.chat(alice, "the door sticks", key="key-1")
    assert first.json()["response"] == again.json()["response"] == "Noted."
    assert again.headers["idempotent-replayed"] == "true"
    assert [call["result"] for call in first.json()["tool_calls"]] == [{"text": THE_NOTE[0], "day": "2026-11-30"}]
    assert await stored(database, alice) == [THE_NOTE]
    offered = [tool.get("function", tool)["name"] for tool in model.requests[0].body["tools"]]
    assert offered == ["write_note", "read_notes"]
    model.assert_complete()


async def test_a_resumed_turn_does_not_repeat_it(
    notes: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.script(WRITE, Failure(400), Failure(400))
    failed = await notes.chat(alice, "the door sticks", key="key-1")
    assert failed.status_code == 502
    model.script(Reply(calls=(Call("read_notes", {}),)), Reply("Noted."))
    resumed = await notes.chat(alice, "the door sticks", key="key-1")
    assert [call["name"] for call in resumed.json()["tool_calls"]] == ["write_note", "read_notes"]
    assert resumed.json()["tool_calls"][1]["result"] == {"notes": [{"text": THE_NOTE[0], "day": "2026-11-30"}]}
    assert await stored(database, alice) == [THE_NOTE]


async def test_its_description_of_a_call_replaces_an_empty_answer(
    notes: Client, alice: Person, model: ModelServer
) -> None:
    model.script(WRITE, Reply(""), Reply(""))
    assert "- Wrote The door sticks." in (await notes.chat(alice, "the door sticks")).json()["response"]


async def test_wrong_arguments_change_nothing(
    notes: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.script(Reply(calls=(Call("write_note", {"text": "x", "day": "someday"}),)), Reply("When?"))
    [call] = (await notes.chat(alice, "the door sticks someday")).json()["tool_calls"]
    assert call["result"]["error"] == "invalid_arguments"
    assert await stored(database, alice) == []


async def test_its_endpoint_and_export_follow_the_columns(notes: Client, alice: Person) -> None:
    body = {"text": THE_NOTE[0], "day": "2026-11-30"}
    created = await notes.as_person(alice, "POST", "/notes", json=body)
    assert created.status_code == 201
    assert created.json().items() >= body.items()
    assert created.json().keys() == {"id", "text", "day"}
    exported = (await notes.as_person(alice, "GET", "/export")).json()
    assert (exported["notes"], exported["conversations"]) == ([created.json()], [])
    assert (await notes.as_person(alice, "GET", "/tasks")).json()["code"] == "not_found"
    refused = await notes.as_person(alice, "POST", "/notes", json={"text": "x", "day": 1})
    assert refused.json()["code"] == "invalid_request"


async def test_without_any_assistant_messages_are_refused(start_api: StartApi, table: None, alice: Person) -> None:
    with start_api(NOTES, openai_base_url=None, openai_api_key=None) as url:
        async with Client(base_url=url) as client:
            assert (await client.get("/api/config")).json()["assistant"] == "none"
            refused = await client.chat(alice, "hello")
            assert (refused.status_code, refused.json()["code"]) == (503, "no_assistant")
            document = (await client.get("/api/openapi.json")).json()
    assert document["info"]["summary"] == "Chat with your notes"
    assert "notes" in document["components"]["schemas"]["Export"]["properties"]


class Print(Arguments):
    format: Annotated[str, StringConstraints(max_length=10, pattern="[a-z]+")]
    pattern: date | None = None


def test_an_argument_may_be_named_like_a_keyword_of_schemas() -> None:
    """A server refuses a tool that requires an argument without saying what it is."""
    schema = Tool("print", "Print.", Print, read_notes).schema.parameters
    assert schema["required"] == ["format", "pattern"]
    assert schema["properties"] == {
        "format": {"title": "Format", "type": "string"},
        "pattern": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Pattern"},
    }


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(BaseModel):
    width: int
    unit: str = "cm"


class Paint(Arguments):
    colour: Colour = Field(description="of the paint")
    sizes: list[Size] = Field(default=[], description="of what is painted")


def test_schemas_suit_strict_function_calling() -> None:
    """All properties are required, others are forbidden, and `$ref` comes without other keywords."""
    schema = Tool("paint", "Paint.", Paint, read_notes).schema.parameters
    assert (schema["required"], schema["additionalProperties"]) == (["colour", "sizes"], False)
    assert schema["properties"] == {
        "colour": {"title": "Colour", "type": "string", "enum": ["red", "blue"], "description": "of the paint"},
        "sizes": {
            "title": "Sizes",
            "type": "array",
            "items": {"$ref": "#/$defs/Size"},
            "description": "of what is painted",
        },
    }
    size = schema["$defs"]["Size"]
    assert (size["required"], size["additionalProperties"]) == (["width", "unit"], False)


def violate_a_key(_arguments: ReadNotes, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    written = insert(Note).from_select(["id", "user_id", "text"], select(col(Note.id), owner, literal("again")))
    effect = written.returning(col(Note.text)).cte("effect")
    return effect, select(func.jsonb_build_object("text", effect.c.text)).scalar_subquery()


def violate_a_reference(_arguments: ReadNotes, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    written = insert(Step).values(conversation_id=uuid7(), turn=1, step=0, output=[])
    effect = written.returning(col(Step.turn)).cte("effect")
    return effect, select(func.jsonb_build_object("turn", effect.c.turn)).scalar_subquery()


def raise_error(_arguments: ReadNotes, _owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    raise LookupError("a defect of this tool")


@pytest.mark.parametrize("effect", [violate_a_key, violate_a_reference, raise_error])
async def test_a_defective_tool_is_an_internal_error(
    start_api: StartApi, table: None, alice: Person, model: ModelServer, effect: Any
) -> None:
    """It is not blamed on the model, a lost turn or a deleted account, and a retry can start immediately."""
    faulty = replace(NOTES, tools=(*NOTES.tools, Tool("break", "Break.", ReadNotes, effect)))
    with start_api(faulty) as url:
        async with Client(base_url=url, timeout=30) as client:
            model.script(WRITE, Reply(calls=(Call("break", {}),)))
            failed = await client.chat(alice, "break it", key="key-1")
            assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
            model.script(Reply("I could not."))
            assert (await client.chat(alice, "break it", key="key-1")).json()["response"] == "I could not."


def write_in_sql(_arguments: ReadNotes, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    note = text(
        """insert into note (id, user_id, text)
           select :run_id, :user_id, :text where :step < 0 or :turn < 0 or :output is null or :lease is null
           returning text"""
    ).bindparams(
        bindparam("run_id", uuid4(), Uuid),
        bindparam("user_id", uuid4(), Uuid),
        bindparam("text", "none", Text),
        *(bindparam(name, 99, Integer) for name in ("step", "turn")),
        bindparam("output", "output", Text),
        bindparam("lease", "lease", Text),
    )
    effect = note.columns(text=Text).cte("effect")
    written = select(func.count()).select_from(effect).scalar_subquery()
    return effect, func.jsonb_build_object("written", written, "owner", owner)


async def test_a_tool_may_name_its_parameters_like_those_of_a_turn(
    start_api: StartApi, table: None, alice: Person, model: ModelServer, database: Database
) -> None:
    in_sql = replace(NOTES, tools=(Tool("write_in_sql", "Write.", ReadNotes, write_in_sql),))
    with start_api(in_sql) as url:
        async with Client(base_url=url, timeout=30) as client:
            model.script(Reply(calls=(Call("write_in_sql", {}),)), Reply("Done."))
            answer = (await client.chat(alice, "write")).json()
    assert answer["tool_calls"][0]["result"] == {"written": 0, "owner": str(alice.id)}
    [step] = await database.fetch(
        "select turn, step, output::text from step where conversation_id = $1", answer["conversation_id"]
    )
    assert (step["turn"], step["step"]) == (1, 0)
    assert "write_in_sql" in step["output"]


async def test_a_turn_resumes_within_a_step_whose_next_tool_is_gone(
    start_api: StartApi, table: None, alice: Person, model: ModelServer, database: Database
) -> None:
    faulty = replace(NOTES, tools=(*NOTES.tools, Tool("break", "Break.", ReadNotes, raise_error)))
    with start_api(faulty) as url:
        async with Client(base_url=url, timeout=30) as client:
            model.script(Reply(calls=(*WRITE.calls, Call("break", {}), Call("read_notes", {}))))
            assert (await client.chat(alice, "write and break", key="key-1")).status_code == 500
    with start_api(NOTES) as url:
        async with Client(base_url=url, timeout=30) as client:
            model.script(Reply("I could not."))
            resumed = (await client.chat(alice, "write and break", key="key-1")).json()
    assert resumed["response"] == "I could not."
    assert [call["result"].get("error") for call in resumed["tool_calls"]] == [None, "unknown_tool", None]
    assert await stored(database, alice) == [THE_NOTE]


async def test_a_defective_description_does_not_fail_the_turn(
    start_api: StartApi, table: None, alice: Person, model: ModelServer, database: Database
) -> None:
    defective = replace(NOTES.tools[0], describe_change=lambda note: str(note["title"]))
    with start_api(replace(NOTES, tools=(defective,))) as url:
        async with Client(base_url=url, timeout=30) as client:
            model.script(WRITE, Reply(""), Reply(""))
            answer = await client.chat(alice, "the door sticks")
    assert answer.status_code == 200
    assert "- write_note" in answer.json()["response"]
    assert await stored(database, alice) == [THE_NOTE]
