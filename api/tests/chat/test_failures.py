"""Failures of a model's server, and the errors that callers get."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar

import httpx
import pytest

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Call, Failure, Hold, ModelRequest, ModelServer, Reply
from support.tcp_proxy import Break, TcpProxy
from taskchat.chat.failures import TooManySteps, to_problem
from taskchat.chat.statements import TurnLost
from taskchat.chat.steps import TooMuch
from taskchat.errors import ConversationBusy, ModelError, ModelTimeout, ModelUnavailable

QUOTA = '{"error": {"message": "x", "type": "insufficient_quota", "code": "insufficient_quota"}}'
WRONG_KEY = '{"error": {"message": "x", "type": "invalid_request_error", "code": "invalid_api_key"}}'

FAILURES: dict[str, tuple[list[Failure | Reply], int, str]] = {
    "refused as malformed": ([Failure(400)], 502, "model_error"),
    "wrong key": ([Failure(401, WRONG_KEY)], 502, "model_error"),
    "forbidden": ([Failure(403)], 502, "model_error"),
    "no such model": ([Failure(404)], 502, "model_error"),
    "always rate limited": ([Failure(429, headers={"retry-after-ms": "1"})] * 3, 503, "model_unavailable"),
    "quota used up": ([Failure(429, QUOTA)], 503, "model_unavailable"),
    "always broken": ([Failure(500, headers={"retry-after-ms": "1"})] * 3, 502, "model_error"),
    "always overloaded": ([Failure(503, headers={"retry-after-ms": "1"})] * 3, 503, "model_unavailable"),
    "a page of HTML": ([Failure(200, "<html>", content_type="text/html")], 502, "model_error"),
    "half a document": ([Failure(200, '{"id": ')], 502, "model_error"),
    "an unexpected document": ([Failure(200, '{"hello": "world"}')], 502, "model_error"),
    "not a number in an error": (
        [Failure(200, '{"error": {"code": "context_length_exceeded", "tokens": NaN}}')],
        502,
        "too_long_for_model",
    ),
    "half a surrogate pair in an error": (
        [Failure(200, '{"error": {"code": "context_length_exceeded", "message": "\\ud83d"}}')],
        502,
        "too_long_for_model",
    ),
    "a charset that is no text": (
        [Failure(503, headers={"x-should-retry": "false"}, content_type="application/json; charset=hex")],
        503,
        "model_unavailable",
    ),
    "a charset that decodes nothing": (
        [Failure(503, headers={"x-should-retry": "false"}, content_type="application/json; charset=undefined")],
        503,
        "model_unavailable",
    ),
    "an invalid retry-after": (
        [Failure(503, headers={"retry-after": "nan", "x-should-retry": "false"})],
        503,
        "model_unavailable",
    ),
    "empty answer": ([Reply("")], 502, "model_error"),
    "endless calls": ([Reply(calls=(Call("list_tasks", {"status": "all"}),))] * 10, 502, "model_error"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_is_reported_and_the_message_is_kept(
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
    """Which failures of a model's server are retried."""

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
    async def test_a_transient_failure_is_retried(
        self, client: Client, alice: Person, model: ModelServer, failures: list[Failure]
    ) -> None:
        model.script(*failures, Reply("hi"))
        response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["response"]) == (200, "hi")
        model.assert_complete()

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_wait_longer_than_the_turn_is_left_to_the_client(
        self, client: Client, alice: Person, model: ModelServer, status: int
    ) -> None:
        model.script(Failure(status, headers={"retry-after": "120"}))
        response = await client.chat(alice, "hello", key="key-1")
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == "120"
        assert len(model.requests) == 1
        model.script(Reply("hi"))
        assert (await client.chat(alice, "hello", key="key-1")).json()["response"] == "hi"

    @pytest.mark.parametrize(
        ("asked", "returned"), [("119.2", "120"), ("300", "300"), ("301", "300"), ("86400", "300")]
    )
    async def test_the_wait_is_rounded_up_and_capped(
        self, client: Client, alice: Person, model: ModelServer, asked: str, returned: str
    ) -> None:
        model.script(Failure(503, headers={"retry-after": asked}))
        response = await client.chat(alice, "hello")
        assert (response.json()["code"], response.headers["retry-after"]) == ("model_unavailable", returned)

    async def test_retry_after_may_be_a_date(self, client: Client, alice: Person, model: ModelServer) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
        model.script(Failure(503, headers={"retry-after": date}))
        response = await client.chat(alice, "hello")
        assert response.json()["code"] == "model_unavailable"
        assert 90 <= int(response.headers["retry-after"]) <= 120
        assert len(model.requests) == 1

    async def test_a_wait_near_the_end_of_the_turn_is_left_to_the_client(
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
    async def test_a_permanent_failure_is_reported_immediately(
        self, client: Client, alice: Person, model: ModelServer, failure: Failure, retry_after: str
    ) -> None:
        model.script(failure)
        response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == retry_after
        assert len(model.requests) == 1

    async def test_an_unreachable_server_is_unavailable(self, start_api: StartApi, alice: Person) -> None:
        with start_api(openai_base_url="http://127.0.0.1:9/v1") as url:
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == "2"

    async def test_a_broken_connection_is_replaced(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply("hi"))
        with TcpProxy(model.base_url) as proxy, start_api(openai_base_url=proxy.url) as url:
            proxy.break_at(Break("before", 1))
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "hello")
        assert proxy.is_broken
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


def test_a_client_timeout_is_not_reported_as_a_connection_error() -> None:
    """In httpx, timeouts are connection errors too."""
    assert isinstance(to_problem(httpx.ReadTimeout("")), ModelTimeout)
    assert isinstance(to_problem(httpx.ReadError("")), ModelUnavailable)


@pytest.mark.parametrize("error", [ConversationBusy(), TurnLost()], ids=["a problem", "a lost turn"])
def test_an_error_with_a_meaning_of_its_own_is_not_mapped(error: Exception) -> None:
    assert to_problem(error) is error


@pytest.mark.parametrize(
    ("error", "detail"),
    [(TooMuch("Too many calls."), "Too many calls."), (TooManySteps(), "too many steps")],
    ids=["an answer beyond our limits", "a run without an end"],
)
def test_a_limit_that_stopped_the_run_is_named(error: Exception, detail: str) -> None:
    problem = to_problem(error)
    assert isinstance(problem, ModelError)
    assert detail in problem.detail


async def test_a_rejected_statement_is_an_internal_error(
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
    """The model's context is smaller than HISTORY_BUDGET_TOKENS."""

    async def test_the_call_is_repeated_with_half_of_the_history(
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

    async def test_the_history_is_halved_until_it_fits(self, client: Client, alice: Person, model: ModelServer) -> None:
        conversation_id = None
        for n in range(8):
            model.script(Reply(f"answer {n}"))
            response = await client.chat(alice, f"message {n}", conversation_id=conversation_id)
            conversation_id = response.json()["conversation_id"]
        model.script(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, Reply("Hi."))
        response = await client.chat(alice, "hello", conversation_id=conversation_id)
        assert (response.status_code, response.json()["response"]) == (200, "Hi.")
        assert [len(asked.transcript) for asked in model.requests[8:]] == [17, 9, 5, 3, 1]

    @pytest.mark.parametrize("refusal", [TOO_LONG, Failure(413, "Payload Too Large", content_type="text/plain")])
    async def test_a_message_that_never_fits_is_reported(
        self, client: Client, alice: Person, model: ModelServer, refusal: Failure
    ) -> None:
        model.script(Reply("Hi."), refusal, refusal)
        conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
        response = await client.chat(alice, "a long story", conversation_id=conversation_id)
        assert (response.status_code, response.json()["code"]) == (502, "too_long_for_model")
        assert "start a new conversation" in response.json()["detail"]
        model.assert_complete()
        # The overlong message does not block later ones.
        model.script(refusal, Reply("Yes."))
        response = await client.chat(alice, "are you there?", conversation_id=conversation_id)
        assert response.json()["response"] == "Yes."
        assert model.requests[-1].transcript == [("user", "are you there?")]

    async def test_a_request_over_the_token_rate_is_shortened(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        body = '{"error": {"message": "Request too large for model `x`", "code": "rate_limit_exceeded"}}'
        model.script(Reply("Hi."), Failure(429, body), Reply("Yes."))
        conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
        assert (await client.chat(alice, "hello?", conversation_id=conversation_id)).json()["response"] == "Yes."
        assert len(model.requests[-1].transcript) == 1


class TestRefusedHistories:
    """Conversations stay usable with servers whose rules we don't know."""

    async def test_the_call_is_repeated_with_questions_and_answers_only(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        add = Reply(calls=(Call("add_task", {"title": "milk"}),))
        model.script(add, Reply("Added."), Failure(400), Reply("Yes."))
        conversation_id = (await client.chat(alice, "add milk")).json()["conversation_id"]
        assert (await client.chat(alice, "hello?", conversation_id=conversation_id)).json()["response"] == "Yes."
        model.assert_complete()
        assert model.requests[-1].transcript == [("user", "add milk"), ("assistant", "Added."), ("user", "hello?")]

    async def test_completed_calls_are_described_in_text(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Failure(400), Reply("Added."))
        assert (await client.chat(alice, "add milk")).json()["response"] == "Added."
        [(role, message)] = model.requests[-1].transcript
        assert role == "user"
        assert message.startswith("add milk\n")
        assert 'add_task({"title": "milk"}) returned {"id":' in message
        assert await database.count("task", user_id=alice.id) == 1

    async def test_a_history_that_cannot_be_simplified_is_not_retried(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply("Hi."), Failure(400))
        conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
        response = await client.chat(alice, "hello?", conversation_id=conversation_id)
        assert response.json()["code"] == "model_error"
        assert len(model.requests) == 2


async def test_a_model_without_tools_is_reported(client: Client, alice: Person, model: ModelServer) -> None:
    model.script(Failure(400, '{"error": {"message": "registry.ollama.ai/library/gemma does not support tools"}}'))
    response = await client.chat(alice, "hello")
    assert (response.status_code, response.json()["code"]) == (502, "model_error")
    assert "can't use tools" in response.json()["detail"]
    assert len(model.requests) == 1


async def test_a_model_without_encrypted_reasoning_is_called_without_it(
    start_api: StartApi, alice: Person, model: ModelServer
) -> None:
    body = '{"error": {"message": "Encrypted content is not supported with this model.", "param": "include"}}'
    model.script(Failure(400, body), Reply("Hi."), Reply("Yes."))
    with start_api() as url:
        async with Client(base_url=url, timeout=30) as client:
            assert (await client.chat(alice, "hello")).json()["response"] == "Hi."
            assert (await client.chat(alice, "hello?")).json()["response"] == "Yes."
    assert [asked.body.get("include") for asked in model.requests] == [["reasoning.encrypted_content"], None, None]


class TestErrorsWithStatus200:
    """OpenRouter and LM Studio report errors like this."""

    async def test_a_transient_one_is_retried(self, client: Client, alice: Person, model: ModelServer) -> None:
        model.script(Failure(200, '{"error": {"message": "x", "code": 502}}'), Reply("Hi."))
        assert (await client.chat(alice, "hello")).json()["response"] == "Hi."

    async def test_a_prompt_that_is_too_long_is_reported(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Failure(200, '{"error": {"message": "prompt is too long", "code": 400}}'))
        assert "too long" in (await client.chat(alice, "hello")).json()["detail"]

    async def test_an_error_in_a_choice_is_recognized(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        choice = '{"message": {"content": ""}, "finish_reason": "error", "error": {"message": "x", "code": 429}}'
        model.script(Failure(200, f'{{"choices": [{choice}]}}'), Reply("Hi."))
        with start_api(openai_api="chat_completions") as url:
            async with Client(base_url=url, timeout=30) as client:
                assert (await client.chat(alice, "hello")).json()["response"] == "Hi."


class TestEmptyAnswers:
    """If tools succeeded, the answer lists what they did."""

    ADD = Reply(calls=(Call("add_task", {"title": "milk *and* bread"}), Call("drop_database", {})))

    async def test_the_model_is_called_once_more(self, client: Client, alice: Person, model: ModelServer) -> None:
        model.script(self.ADD, Reply(""), Reply("Added."))
        assert (await client.chat(alice, "add milk")).json()["response"] == "Added."

    async def test_the_answer_lists_what_was_done(self, client: Client, alice: Person, model: ModelServer) -> None:
        model.script(self.ADD, Reply(""), Reply(""))
        answer = (await client.chat(alice, "add milk", key="key-1")).json()
        assert answer["response"].endswith("\n- Added **milk \\*and\\* bread**")
        model.assert_complete()
        assert (await client.chat(alice, "add milk", key="key-1")).json() == answer

    async def test_an_empty_answer_without_effects_is_an_error(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply(calls=(Call("drop_database", {}),)), Reply(""), Reply(""))
        response = await client.chat(alice, "add milk")
        assert (response.status_code, response.json()["code"]) == (502, "model_error")
        assert "ran out of room" not in response.json()["detail"]

    async def test_a_used_up_output_limit_is_reported(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.script(Failure(200, '{"choices": [{"message": {"content": null}, "finish_reason": "length"}]}'))
        with start_api(openai_api="chat_completions") as url:
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "hello")
        assert response.json()["code"] == "model_error"
        assert "ran out of room" in response.json()["detail"]
        assert len(model.requests) == 1


async def test_a_prompt_truncated_by_ollama_is_shortened(
    start_api: StartApi, alice: Person, model: ModelServer
) -> None:
    """Ollama answers 200; only its token count shows the truncation."""

    def answer(asked: ModelRequest) -> Failure:
        size = len(str(asked.body))
        document = {
            "choices": [{"message": {"content": f"I was shown {len(asked.transcript)}."}, "finish_reason": "stop"}],
            "system_fingerprint": "fp_ollama",
            "usage": {"prompt_tokens": min(size // 3, 4096)},
        }
        return Failure(200, json.dumps(document))

    model.always(answer)
    story = "once upon a time " * 400
    with start_api(openai_api="chat_completions") as url:
        async with Client(base_url=url, timeout=30) as client:
            first = (await client.chat(alice, "hello")).json()
            assert first["response"] == "I was shown 1."
            shown = []
            for _ in range(5):
                response = await client.chat(alice, story, conversation_id=first["conversation_id"])
                shown.append(response.json()["response"])
    assert shown[0] == "I was shown 3."
    assert shown[1] == "I was shown 5."
    assert shown[-1] in ("I was shown 3.", "I was shown 5.")


class TestOpaqueParts:
    """Opaque parts go back only to the server that sent them, even when a turn resumes."""

    CALL: ClassVar = {
        "choices": [
            {
                "message": {
                    "content": None,
                    "reasoning_content": "Hm.",
                    "tool_calls": [
                        {
                            "id": "",
                            "function": {"name": "add_task", "arguments": '{"title": "milk"}'},
                            "extra_content": {"google": {"thought_signature": "s1"}},
                        }
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ]
    }
    ANSWER: ClassVar = {
        "choices": [
            {
                "message": {"content": "Added.", "extra_content": {"google": {"thought_signature": "s2"}}},
                "finish_reason": "stop",
            }
        ]
    }

    async def test_they_are_sent_back_to_their_server_only(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        broken = Failure(400)
        model.script(Failure(200, json.dumps(self.CALL)), broken, broken)
        with start_api(openai_api="chat_completions") as url:
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "add milk", key="key-1")
                assert response.status_code == 502
        model.script(Failure(200, json.dumps(self.ANSWER)), Reply("Yes."))
        with start_api(openai_api="chat_completions") as url:  # another process
            async with Client(base_url=url, timeout=30) as client:
                response = await client.chat(alice, "add milk", key="key-1")
                assert response.json()["response"] == "Added."
                conversation_id = response.json()["conversation_id"]
                await client.chat(alice, "really?", conversation_id=conversation_id)
        resumed, later = (asked.body["messages"] for asked in model.requests[-2:])
        assert resumed[2]["reasoning_content"] == "Hm."
        assert resumed[2]["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "s1"}}
        assert later[: len(resumed)] == resumed
        assert later[len(resumed)]["extra_content"] == {"google": {"thought_signature": "s2"}}

        model.script(Reply("Hi."))
        with start_api() as url:  # another API
            async with Client(base_url=url, timeout=30) as client:
                await client.chat(alice, "hello?", conversation_id=conversation_id)
        assert [line[0] for line in model.requests[-1].transcript] == ["user", "assistant"] * 2 + ["user"]
        assert "thought_signature" not in json.dumps(model.requests[-1].body)
