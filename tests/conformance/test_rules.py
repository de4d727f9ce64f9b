"""Each rule of a strict server refuses a request that breaks it."""

from typing import Any

import httpx
import pytest

from support.model_server import Call, Reply
from support.providers import PROVIDERS
from support.providers.strict_server import GENERAL

BY_NAME = {kind.name: kind for kind in PROVIDERS}
USER = {"role": "user", "content": "Hello"}
SAID = {"role": "assistant", "content": "Good morning."}
EMPTY = {"role": "assistant", "content": ""}
TOOL = {"type": "function", "function": {"name": "add_task", "parameters": {}, "strict": True}}


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "system", "content": "Be brief."}, *messages], **more}


def called(*ids: str, arguments: str = "{}", **fields: Any) -> dict[str, Any]:
    function = {"name": "list_tasks", "arguments": arguments}
    calls = [{"id": i, "type": "function", "function": function} for i in ids or ("abcdefghi",)]
    return {"role": "assistant", "content": "", "tool_calls": calls, **fields}


def output(call_id: str = "abcdefghi") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": "[]"}


def items(*items: dict[str, Any]) -> dict[str, Any]:
    return {"model": "m", "store": False, "input": list(items)}


CALL = {"type": "function_call", "call_id": "abcdefghi", "name": "list_tasks", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "abcdefghi", "output": "[]"}
REASONING = {"type": "reasoning", "summary": [], "encrypted_content": "x"}

BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("groq", "no opaque value of another origin", chat({"role": "user", "content": "opaque.gemini.signature.1"})),
    ("openai-chat", "each call has its output", chat(USER, called())),
    ("openai-chat", "each call has its output", chat(USER, output())),
    ("openai-chat", "calls are well formed", chat(USER, called(arguments="none"), output())),
    ("openai-chat", "max_completion_tokens instead of max_tokens", chat(USER, max_tokens=5)),
    ("openai-chat", "the default temperature", chat(USER, temperature=0.2)),
    ("openai-chat", "no unknown parameters", chat(USER, enable_thinking=False)),
    ("openai-chat-newest", "tools only without reasoning", chat(USER, tools=[TOOL])),
    ("azure-versioned", "the key is in the header api-key", chat(USER)),
    ("gemini", "no unknown parameters", chat(USER, store=False)),
    ("gemini", "no empty turn", chat(USER, EMPTY, USER)),
    ("gemini", "calls follow the user", chat(USER, SAID, called(), output(), USER)),
    ("gemini", "thought signatures come back", chat(USER, called(), output())),
    ("vertex", "thought signatures come back", chat(USER, called(), output())),
    ("mistral", "no unknown parameters", chat(USER, store=False)),
    ("mistral", "no unknown fields", chat(USER, {**SAID, "reasoning_content": ""}, USER)),
    ("mistral", "ids of nine letters and digits", chat(USER, called("call_1"), output("call_1"))),
    ("mistral", "order of roles", chat(USER, called(), output(), USER)),
    ("mistral", "content or calls", chat(USER, EMPTY, USER)),
    ("deepseek", "reasoning comes back", chat(USER, called(), output())),
    ("kimi", "reasoning comes back", chat(USER, called(), output())),
    ("dashscope", "thinking is off", chat(USER)),
    ("groq", "no reasoning in the input", chat(USER, {**SAID, "reasoning": "x"}, USER)),
    ("cloudflare", "content is a string", chat(USER, called(content=None), output())),
    ("litellm", "tools are not strict", chat(USER, tools=[TOOL])),
    ("ollama", "content or calls (invalid message format)", chat(USER, EMPTY, USER)),
    ("ollama-without-tools", "the model has no tools", chat(USER, tools=[TOOL])),
    ("vllm-without-parser", "no tool parser", chat(USER, tools=[TOOL])),
    ("llama-cpp", "roles alternate", chat(USER, USER)),
    ("gemma", "roles alternate", chat(USER, called(), output(), USER)),
    ("llama3", "one call at a time", chat(USER, called("a", "b"), output("a"), output("b"))),
    ("openai-responses", "each call has its output", items(USER, CALL)),
    ("openai-responses", "each call has its output", items(USER, OUTPUT)),
    ("openai-responses", "arguments are objects", items(USER, {**CALL, "arguments": "[]"}, OUTPUT)),
    ("openai-responses", "ids are of this server", items(USER, {**CALL, "id": "text_1"}, OUTPUT)),
    ("openai-responses", "reasoning without storage is encrypted", items({"type": "reasoning"}, CALL, OUTPUT)),
    ("openai-responses", "reasoning has what followed it", items(REASONING, USER)),
    ("llama-cpp-responses", "assistant's items are messages", items(USER, SAID, USER)),
]
ELSEWHERE = {
    "the address has a version": "a rule about the URL, in test_versions_of_azure",
    "no dated version": "same test",
    "reasoning details come back": "needs an earlier answer, in test_openrouter_requires_its_reasoning_details",
}


async def post(url: str, body: dict[str, Any]) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:  # noqa: S501  # it only speaks http
        return await client.post(url, json=body)


def address(base_url: str, endpoint: str) -> str:
    base, _, query = base_url.partition("?")
    return f"{base}/{endpoint}?{query}" if query else f"{base}/{endpoint}"


@pytest.mark.parametrize(("name", "rule", "body"), BROKEN, ids=[f"{name}: {rule}" for name, rule, _ in BROKEN])
async def test_a_broken_rule_is_refused(name: str, rule: str, body: dict[str, Any]) -> None:
    with BY_NAME[name]() as server:
        endpoint = "responses" if server.api == "responses" else "chat/completions"
        response = await post(address(server.base_url, endpoint), body)
        assert response.status_code >= 400
        assert rule in [violation.rule for violation in server.violations]


def test_every_rule_has_a_test() -> None:
    rules = {rule.name for kind in PROVIDERS for rule in (*GENERAL, *kind.rules) if rule.status is not None}
    assert rules == {rule for _, rule, _ in BROKEN} | ELSEWHERE.keys()


async def test_versions_of_azure() -> None:
    with BY_NAME["azure-versioned"]() as versioned, BY_NAME["azure"]() as latest:
        without = versioned.base_url.partition("?")[0]
        assert (await post(f"{without}/chat/completions", chat(USER))).status_code == 404
        dated = await post(f"{latest.base_url}/responses?api-version=2024-10-21", items(USER))
        assert (dated.status_code, dated.json()["error"]["code"]) == (400, "BadRequest")


async def test_openrouter_requires_its_reasoning_details() -> None:
    """It recognizes its own model's calls, and refuses them without `reasoning_details`."""
    with BY_NAME["openrouter"]() as server:
        url = address(server.base_url, "chat/completions")
        server.script(Reply(calls=(Call("list_tasks", {}),)), Reply("Done."))
        message = (await post(url, chat(USER))).json()["choices"][0]["message"]
        call_id = message["tool_calls"][0]["id"]
        given = {"role": "assistant", "content": "", "tool_calls": message["tool_calls"]}
        assert (await post(url, chat(USER, given, output(call_id)))).status_code == 400
        given["reasoning_details"] = message["reasoning_details"]
        assert (await post(url, chat(USER, given, output(call_id)))).status_code == 200
