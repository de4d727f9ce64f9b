"""A model behind OpenAI's chat completions API, as real servers implement it.

Source: platform.openai.com/docs/api-reference/chat; docs/decisions/0014 explains how servers differ, and why we do not
use the agents SDK's own model.
"""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from taskchat.chat.language_model import ToolSchema
from taskchat.chat.providers.http import MalformedAnswer, OutputLimit, RequestOptions, words, words_and_signs
from taskchat.chat.providers.server_errors import PromptTruncated
from taskchat.chat.steps import WITHHELD, Item, Reply, SaidCall, SaidText, origin_of, visible_text
from taskchat.chat.usage import reported_tokens

_OPAQUE_FIELDS = ("reasoning_content", "reasoning_details", "extra_content")
"""Members of an assistant message to send back unchanged. DeepSeek and Kimi refuse a history without
`reasoning_content`; OpenRouter and Gemini lose their signatures. Groq refuses `reasoning`, which is for people."""
_CALL_FIELDS = frozenset({"id", "type", "index", "function", "custom"})
"""The members of a tool call that we read. Others are opaque: Gemini keeps its signature in one."""


class ChatCompletionsModel:
    def __init__(self, client: httpx.AsyncClient, options: RequestOptions) -> None:
        self._client = client
        self._options = options
        self._limit = OutputLimit(options)
        self.origin = origin_of("chat_completions", str(client.base_url), options.model)

    async def ask(self, instructions: str, history: Sequence[Item], tools: Sequence[ToolSchema]) -> Reply:
        """Ask the model for its next step.

        Raises:
            httpx.HTTPError: see `post_json`.
            MalformedAnswer: the answer does not match this API.
            PromptTruncated: the server read only a part of the history.
        """
        messages = to_messages(instructions, history)
        body = {"model": self._options.model, "messages": messages, **self._options.body}
        if tools:
            body["tools"] = [self._tool(tool) for tool in tools]
        document = await self._limit.post(self._client, "/chat/completions", body)
        if _is_truncated(document, messages, tools):
            raise PromptTruncated
        return read_completion(document)

    def _tool(self, tool: ToolSchema) -> dict[str, Any]:
        function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
        strict = {"strict": True} if self._options.strict_tools else {}
        return {"type": "function", "function": {**function, **strict}}


def to_messages(instructions: str, history: Sequence[Item]) -> list[dict[str, Any]]:
    """Convert the history to messages, with consecutive assistant items as one message."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}]
    for item in history:
        if item["type"] == "function_call_output":
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
        elif item.get("role") == "user":
            messages.append({"role": "user", "content": item["content"]})
        else:
            if messages[-1]["role"] != "assistant":
                # Some servers refuse null.
                messages.append({"role": "assistant", "content": ""})
            _add_to(messages[-1], item)
    return messages


def _add_to(message: dict[str, Any], item: Item) -> None:
    opaque = item.get("opaque", {})
    message.update(opaque.get("message", {}))
    if item["type"] == "message":
        message["content"] = "\n\n".join(filter(None, [message["content"], item["content"]]))
        return
    function = {"name": item["name"], "arguments": item["arguments"]}
    call = {"id": item["call_id"], "type": "function", "function": function, **opaque.get("call", {})}
    message.setdefault("tool_calls", []).append(call)


def read_completion(document: dict[str, Any]) -> Reply:
    """Read the first choice.

    Raises:
        MalformedAnswer: there is no choice.
    """
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise MalformedAnswer("no message")
    opaque = {name: message[name] for name in _OPAQUE_FIELDS if message.get(name) is not None}
    text = text_of(message.get("content")) or text_of(message.get("refusal"))
    calls = message.get("tool_calls")
    calls = calls if isinstance(calls, list) else []
    if not calls and isinstance(message.get("function_call"), dict):  # the predecessor of tool calls, until 2024
        calls = [{"function": message["function_call"]}]
    said: list[SaidText | SaidCall] = [SaidText(text)] if visible_text(text) else []
    said += [_call(call) for call in calls if isinstance(call, dict)]
    if not said and choice.get("finish_reason") == "content_filter":
        said = [SaidText(WITHHELD)]
    if said and opaque:
        said[0].opaque["message"] = opaque
    return Reply(said, is_cut=choice.get("finish_reason") == "length", tokens=reported_tokens(document))


def _call(call: dict[str, Any]) -> SaidCall:
    function = call.get("function") or call.get("custom")
    function = function if isinstance(function, dict) else call
    name, arguments = function.get("name"), function.get("arguments", function.get("input"))
    opaque = {key: value for key, value in call.items() if key not in _CALL_FIELDS and value is not None}
    if function is call:
        opaque = {}
    return SaidCall(name if isinstance(name, str) else "", arguments, {"call": opaque} if opaque else {})


def text_of(content: Any) -> str:
    """The text of a message's content, which may be a list of parts. Skips thinking parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(part if isinstance(part, str) else _part(part) for part in content)


def _part(part: Any) -> str:
    if not isinstance(part, dict) or part.get("type") in ("thinking", "reasoning", "reasoning_text", "summary_text"):
        return ""
    text = part.get("text") or part.get("refusal")
    return text if isinstance(text, str) else ""


_MESSAGE_TOKENS = 3
"""The minimum that a chat template adds to each message."""


def _is_truncated(document: dict[str, Any], messages: list[dict[str, Any]], tools: Sequence[ToolSchema]) -> bool:
    """Whether the server silently dropped part of the prompt, as Ollama does.

    It reports how many tokens it read; fewer than there are words means that it did not read all of them. A smaller
    loss goes unnoticed. We apply this to Ollama alone, because other servers may not count cached tokens.
    Source: github.com/ollama/ollama/issues/3839; `fp_ollama` in its openai/openai.go.
    """
    usage = document.get("usage")
    read = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    if document.get("system_fingerprint") != "fp_ollama" or not isinstance(read, int) or read <= 0:
        return False
    schemas = (f"{tool.name} {tool.description} {json.dumps(tool.parameters)}" for tool in tools)
    return read < sum(map(words, schemas)) + sum(
        _MESSAGE_TOKENS + words_and_signs(message["content"]) for message in messages
    )
