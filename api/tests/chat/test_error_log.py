"""The log of a failed model call: the server's reason, without user text or keys."""

import json
import time
from typing import Any

import httpx
import orjson
import pytest

from support.api_process import ApiProcess
from support.client import Client, Person
from support.model_server import Call, Failure, ModelServer, Reply
from taskchat.chat.providers.server_errors import MAX_LOGGED_CHARACTERS, log_fields

MESSAGE = "Please remind Marguerite of the divorce papers on 17 March. Use the tool, model! Развод"
TITLE = 'Buy "Ibuprofen" & tissues'
KEY = "sk-proj-abcdefghijklmnop"


def refusal(body: Any, status: int = 400) -> httpx.HTTPStatusError:
    """Create an error from a server that received a conversation."""
    arguments = json.dumps({"title": TITLE})
    messages = [
        {"role": "system", "content": "You are the assistant of Taskchat."},
        {"role": "user", "content": MESSAGE},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "add_task", "arguments": arguments}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": json.dumps({"title": "提醒她买牛奶"})},
    ]
    request = httpx.Request(
        "POST",
        "https://models.example.com/v1/chat/completions?key=query-secret-1",
        json={"model": "qwen3", "messages": messages},
        headers={"authorization": f"Bearer {KEY}", "api-key": "plainsecret", "x-key": "slashed/secret="},
    )
    text = body if isinstance(body, str) else json.dumps(body)
    return httpx.HTTPStatusError("", request=request, response=httpx.Response(status, request=request, text=text))


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"message": "The model `qwen3` does not exist", "code": "model_not_found", "type": "invalid"},
            "model_not_found",
            "The model `qwen3` does not exist",
        ),
        ([{"error": {"message": "Too much", "status": "INVALID_ARGUMENT"}}], "INVALID_ARGUMENT", "Too much"),
        ({"error": "tools are not supported"}, None, "tools are not supported"),
        ("<html>502  Bad\nGateway</html>", None, "<html>502 Bad Gateway</html>"),
        (None, None, ""),
        ({"message": "Tool use is not supported with this model", "code": 400}, "400", None),
        ({"message": "no", "metadata": {"raw": "upstream is full"}}, None, "no upstream is full"),
    ],
)
def test_the_reason_is_logged(body: Any, code: str | None, message: str | None) -> None:
    fields = log_fields(refusal(body))
    assert fields["model_status"] == 400
    assert fields["model_code"] == code
    assert fields["model_message"] == (body["message"] if message is None else message)


@pytest.mark.parametrize(
    "message",
    [
        f"cannot parse: {MESSAGE}",
        f"cannot parse {json.dumps(MESSAGE)}",
        "cannot parse: REMIND  MARGUERITE of",
        "cannot parse: remind%20Marguerite%20of%20the%20divorce",
        f"template failed at {TITLE!r}",
        f"template failed at {json.dumps(TITLE)}",
        "template failed at Buy &quot;Ibuprofen&quot; &amp; tissues",
        "unexpected token 'Marguerite'",
        "unexpected token near divorce",
        "date out of range: 17",
        "bad title: " + json.dumps("提醒她买牛奶"),
        "bad title: 提醒她",
        "x" * 290 + " Marguerite",
        "bad text: \\xd1\\x80\\xd0\\xb0\\xd0\\xb7\\xd0\\xb2\\xd0\\xbe\\xd0\\xb4",
        "bad text: " + "развод".encode().decode("latin-1"),
        "bad text: " + "提醒".encode().decode("latin-1"),
        "bad text: " + "Marguerite".encode("utf-16-le").decode(),
        "bad text: Mar\u200bguer\xadite",
    ],
)
def test_user_text_is_not_logged(message: str) -> None:
    logged = " ".join(map(str, log_fields(refusal({"message": message, "code": "Marguerite"})).values()))
    for word in ("marguerite", "guer", "divorce", "ibuprofen", "tissues", "提醒", "17", "развод"):
        assert word not in logged.lower()
        assert repr(word.encode())[2:-1] not in logged
        assert word.encode().decode("latin-1") not in logged
        assert "\0".join(word) not in logged.lower()


def test_bytes_quoted_by_the_network_library_are_not_logged() -> None:
    quotation = bytearray("x: развод".encode())
    error = httpx.RemoteProtocolError(f"illegal header line: {quotation!r}", request=refusal("").request)
    logged = str(log_fields(error)["model_message"])
    assert logged.startswith("RemoteProtocolError: illegal header line")
    assert "xd1" not in logged


@pytest.mark.parametrize("message", ["bad \ud83d character", "bad \\ud83d character"])
def test_half_a_surrogate_pair_can_be_logged(message: str) -> None:
    assert json.loads(orjson.dumps(log_fields(refusal({"message": message}))))["model_message"] == "bad � character"


def test_a_surrogate_pair_is_logged_as_its_character() -> None:
    assert log_fields(refusal({"message": "bad \\ud83d\\ude00"}))["model_message"] == "bad 😀"


@pytest.mark.parametrize(
    "message",
    [
        f"Incorrect API key provided: {KEY}.",
        "Incorrect API key provided: sk-proj-********mnop.",
        "Bearer abcdefghijklmnop is wrong",
        "plainsecret is no key, and neither is query-secret-1",
        "AIzaSyAbcdefghijklmnop is wrong",
        "PLAINSECRET is no key",
        "no such header: api-key=slashed%2Fsecret%3D",
        "no such header: api-key=slashed%2fsecret%3d",
    ],
)
def test_keys_are_hidden(message: str) -> None:
    logged = str(log_fields(refusal({"message": message})))
    assert "[…]" in logged
    for secret in ("klmnop", "mnop", "plainsecret", "query-secret", "slashed"):
        assert secret not in logged.lower()


def test_a_long_message_is_truncated() -> None:
    message = str(log_fields(refusal({"message": "too much " * 500}))["model_message"])
    assert MAX_LOGGED_CHARACTERS - 20 < len(message) <= MAX_LOGGED_CHARACTERS + 1


def test_a_long_quotation_takes_linear_time() -> None:
    """The network library quotes headers of 100 KB, and masking them blocks the event loop."""

    def cost(characters: int) -> float:
        quotation = ".b" * (characters // 2)
        error = httpx.RemoteProtocolError(f"illegal header line: {quotation}", request=refusal("").request)
        began = time.process_time()
        log_fields(error)
        return time.process_time() - began

    assert min(cost(40_000) for _ in range(3)) < 9 * min(cost(10_000) for _ in range(3))


async def test_an_echoed_conversation_is_not_logged(
    api_environment: dict[str, str], model: ModelServer, alice: Person
) -> None:
    """Read the log of a real api process."""
    echo = json.dumps({"error": {"message": "bad: zanzibar-title, key-of-the-tests", "code": "bad_request"}})
    missing = json.dumps({"error": {"message": "The model `x` does not exist", "code": "model_not_found"}})
    add = Reply(calls=(Call("add_task", {"title": "zanzibar-title"}),))
    model.script(add, Failure(400, echo), Failure(403, echo), Failure(404, missing))
    with ApiProcess(api_environment) as process:
        async with Client(base_url=process.url, timeout=30) as client:
            await client.chat(alice, "zanzibar-message")
            await client.chat(alice, "zanzibar-message")
        process.stop()
    failures = [line for line in process.logged() if line["message"] == "turn failed"]
    assert [(line["model_status"], line["model_code"]) for line in failures] == [
        (403, "bad_request"),
        (404, "model_not_found"),
    ]
    assert failures[1]["model_message"] == "The model `x` does not exist"
    written = "".join(process.output)
    assert "zanzibar" not in written
    assert "key-of-the-tests" not in written
