"""What a model's server can do wrong, and what the caller is told."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Call, Failure, Hold, ModelServer, Reply
from support.wire import Break, Wire

QUOTA = '{"error": {"message": "x", "type": "insufficient_quota", "code": "insufficient_quota"}}'
WRONG_KEY = '{"error": {"message": "x", "type": "invalid_request_error", "code": "invalid_api_key"}}'

FAILURES: dict[str, tuple[list[Failure | Reply], int, str]] = {
    "refused as malformed": ([Failure(400)], 502, "model_error"),
    "wrong key": ([Failure(401, WRONG_KEY)], 502, "model_error"),
    "forbidden": ([Failure(403)], 502, "model_error"),
    "no such model": ([Failure(404)], 502, "model_error"),
    "rate limited, each time": ([Failure(429, headers={"retry-after-ms": "1"})] * 3, 503, "model_unavailable"),
    "quota used up": ([Failure(429, QUOTA)], 503, "model_unavailable"),
    "broken, each time": ([Failure(500, headers={"retry-after-ms": "1"})] * 3, 502, "model_error"),
    "overloaded, each time": ([Failure(503, headers={"retry-after-ms": "1"})] * 3, 503, "model_unavailable"),
    "a page of HTML": ([Failure(200, "<html>", content_type="text/html")], 502, "model_error"),
    "half a document": ([Failure(200, '{"id": ')], 502, "model_error"),
    "another document": ([Failure(200, '{"hello": "world"}')], 502, "model_error"),
    "told to wait for no number": (
        [Failure(503, headers={"retry-after": "nan", "x-should-retry": "false"})],
        503,
        "model_unavailable",
    ),
    "nothing said": ([Reply("")], 502, "model_error"),
    "no end of calls": ([Reply(calls=(Call("list_tasks", {"status": "all"}),))] * 10, 502, "model_error"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_is_told_and_the_message_is_kept(
    client: Client, alice: Person, model: ModelServer, database: Database, name: str
) -> None:
    replies, status, code = FAILURES[name]
    model.script(*replies)
    response = await client.chat(alice, "hello")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert ("retry-after" in response.headers) == (status == 503)
    model.assert_complete()
    [message] = await database.fetch("select role, content from message where user_id = $1", alice.id)
    assert tuple(message) == ("user", "hello")
    [conversation] = await database.fetch("select id, run_id from conversation where user_id = $1", alice.id)
    assert conversation["run_id"] is None
    assert response.json()["conversation_id"] == str(conversation["id"])


class TestRetries:
    """What a model's server is asked again for, and what it is not."""

    @pytest.mark.parametrize(
        "failures",
        [
            [Failure(429, headers={"retry-after": "1"})],
            [Failure(500), Failure(500)],
            [Failure(503, headers={"retry-after-ms": "1"}), Failure(429, headers={"retry-after-ms": "1"})],
            [Failure(408), Failure(409, headers={"retry-after": "nan", "retry-after-ms": "soon"})],
            [Failure(400, headers={"x-should-retry": "true"})],
        ],
        ids=["rate limited", "broken twice", "overloaded, then rate limited", "timeout and conflict", "told to"],
    )
    async def test_what_passes_by_itself_is_not_told(
        self, client: Client, alice: Person, model: ModelServer, failures: list[Failure]
    ) -> None:
        model.script(*failures, Reply("hi"))
        response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["response"]) == (200, "hi")
        model.assert_complete()

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_server_that_wants_more_time_than_is_left_is_not_waited_for(
        self, client: Client, alice: Person, model: ModelServer, status: int
    ) -> None:
        model.script(Failure(status, headers={"retry-after": "120"}))
        response = await client.chat(alice, "hello", key="key-1")
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == "120"
        assert len(model.requests) == 1
        model.script(Reply("hi"))
        assert (await client.chat(alice, "hello", key="key-1")).json()["response"] == "hi"

    async def test_a_date_says_it_too(self, client: Client, alice: Person, model: ModelServer) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
        model.script(Failure(503, headers={"retry-after": date}))
        response = await client.chat(alice, "hello")
        assert response.json()["code"] == "model_unavailable"
        assert 90 <= int(response.headers["retry-after"]) <= 120
        assert len(model.requests) == 1

    async def test_the_end_of_the_turn_counts_as_well(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.script(Failure(429, headers={"retry-after": "9"}))
        with start_api(turn_timeout_seconds=10) as url:
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "hello")
        assert (response.status_code, response.headers["retry-after"]) == (503, "9")

    @pytest.mark.parametrize(
        ("failure", "retry_after"),
        [(Failure(429, QUOTA), "60"), (Failure(429, headers={"x-should-retry": "false"}), "2")],
        ids=["quota", "told not to"],
    )
    async def test_what_does_not_pass_is_told_at_once(
        self, client: Client, alice: Person, model: ModelServer, failure: Failure, retry_after: str
    ) -> None:
        model.script(failure)
        response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == retry_after
        assert len(model.requests) == 1

    async def test_a_server_that_is_away_is_unavailable(self, start_api: StartApi, alice: Person) -> None:
        with start_api(openai_base_url="http://127.0.0.1:9/v1") as url:
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == "2"

    async def test_a_connection_that_breaks_is_made_again(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply("hi"))
        with Wire(model.base_url) as wire, start_api(openai_base_url=wire.url) as url:
            wire.break_at(Break("before", 1))
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "hello")
        assert wire.is_broken
        assert (response.status_code, response.json()["response"]) == (200, "hi")


@pytest.mark.parametrize("limit", ["model_timeout_seconds", "turn_timeout_seconds"])
async def test_a_model_that_takes_too_long_is_a_timeout(
    start_api: StartApi, alice: Person, model: ModelServer, limit: str
) -> None:
    hold = Hold(Reply("late"))
    model.script(hold)
    with start_api(**{limit: 0.3}) as url:
        async with Client(base_url=url, timeout=30) as client:
            response = await client.chat(alice, "hello")
            hold.release()
    assert (response.status_code, response.json()["code"]) == (504, "model_timeout")


async def test_a_statement_that_is_refused_is_a_fault_of_ours(
    client: Client, alice: Person, model: ModelServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    model.script(Reply(calls=(Call("add_task", {"title": "poison"}),)))
    await database.fetch("alter table task add constraint no_poison check (title <> 'poison')")
    try:
        response = await client.chat(alice, "add poison", key="key-1")
    finally:
        await database.fetch("alter table task drop constraint no_poison")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    [failed] = [record for record in caplog.records if record.message == "turn failed"]
    assert failed.levelname == "ERROR"
    model.script(Reply(calls=(Call("add_task", {"title": "antidote"}),)), Reply("Added."))
    again = await client.chat(alice, "add poison", key="key-1")
    assert again.json()["response"] == "Added."
    assert again.json()["conversation_id"] == response.json()["conversation_id"]


TOO_LONG = Failure(
    400, '{"error": {"message": "x", "type": "invalid_request_error", "code": "context_length_exceeded"}}'
)


class TestTooLong:
    """The model's context is smaller than HISTORY_BUDGET_TOKENS says."""

    async def test_it_is_asked_again_with_half_of_the_history(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        conversation_id = None
        for n in range(4):
            model.script(Reply(f"answer {n}"))
            response = await client.chat(alice, f"message {n}", conversation_id=conversation_id)
            conversation_id = response.json()["conversation_id"]
        model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), TOO_LONG, Reply("Added."))
        response = await client.chat(alice, "add milk", conversation_id=conversation_id)
        assert (response.status_code, response.json()["response"]) == (200, "Added.")
        whole, again = model.requests[-2].transcript, model.requests[-1].transcript
        assert [line[0] for line in again[-3:]] == ["user", "call", "output"]
        assert again == whole[-len(again) :]
        assert 3 < len(again) < len(whole)
        assert await database.count("task", user_id=alice.id) == 1

    async def test_a_message_that_is_too_long_alone_is_told(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(TOO_LONG)
        response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (502, "model_error")
        assert "too long" in response.json()["detail"]
        model.assert_complete()
