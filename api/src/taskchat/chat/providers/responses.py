"""A model behind OpenAI's Responses API, used without its storage of conversations.

Source: platform.openai.com/docs/api-reference/responses, docs/guides/reasoning (encrypted reasoning, `phase`).
"""

import re
from collections.abc import Sequence
from typing import Any

import httpx

from taskchat.chat.language_model import ToolSchema
from taskchat.chat.providers.chat_completions import text_of
from taskchat.chat.providers.http import MalformedAnswer, OutputLimit, RequestOptions
from taskchat.chat.providers.server_errors import error_text
from taskchat.chat.steps import WITHHELD, Item, Reply, SaidCall, SaidText, origin_of, visible_text
from taskchat.chat.usage import reported_tokens

_INCLUDE = ["reasoning.encrypted_content"]
_INCLUDE_REFUSED = re.compile(r"encrypted.?content is not supported|\binclude\b", re.IGNORECASE)
"""Models without reasoning refuse it. Source: github.com/pydantic/pydantic-ai/issues/2865."""


class ResponsesModel:
    def __init__(self, client: httpx.AsyncClient, options: RequestOptions) -> None:
        self._client = client
        self._options = options
        self._limit = OutputLimit(options)
        self._includes_reasoning = True
        """Until the server refuses it. One model's behaviour stays the same for the life of the process."""
        self.origin = origin_of("responses", str(client.base_url), options.model)

    async def ask(self, instructions: str, history: Sequence[Item], tools: Sequence[ToolSchema]) -> Reply:
        """Ask the model for its next step.

        Raises:
            httpx.HTTPError: see `post_json`.
            MalformedAnswer: the answer does not match this API.
        """
        body = {"model": self._options.model, "instructions": instructions, "input": to_input(history)}
        body |= self._options.body
        if tools:
            body["tools"] = [self._tool(tool) for tool in tools]
        return read_response(await self._post(body))

    async def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._includes_reasoning:
            try:
                return await self._limit.post(self._client, "/responses", {"include": _INCLUDE, **body})
            except httpx.HTTPStatusError as error:
                if error.response.status_code not in (400, 422) or not _INCLUDE_REFUSED.search(error_text(error)):
                    raise
        document = await self._limit.post(self._client, "/responses", body)
        self._includes_reasoning = False  # the refusal was about this parameter
        return document

    def _tool(self, tool: ToolSchema) -> dict[str, Any]:
        function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
        strict = {"strict": True} if self._options.strict_tools else {}
        return {"type": "function", **function, **strict}


def to_input(history: Sequence[Item]) -> list[dict[str, Any]]:
    """Convert the history to input items, each preceded by its reasoning."""
    items: list[dict[str, Any]] = []
    for item in history:
        opaque = item.get("opaque", {})
        items += opaque.get("before", [])
        items.append({key: value for key, value in item.items() if key != "opaque"} | opaque.get("fields", {}))
    return items


def read_response(document: dict[str, Any]) -> Reply:
    """Read the response.

    Raises:
        MalformedAnswer: it has no output.
    """
    output = document.get("output")
    if not isinstance(output, list):
        raise MalformedAnswer("no output")
    said: list[SaidText | SaidCall] = []
    reasoning: list[dict[str, Any]] = []
    for item in output:
        match item:
            case {"type": "reasoning", "encrypted_content": str(encrypted)}:
                summary = item.get("summary")
                summary = summary if isinstance(summary, list) else []
                # Without its id, because the server stores nothing.
                reasoning.append({"type": "reasoning", "summary": summary, "encrypted_content": encrypted})
                continue
            case {"type": "function_call" | "custom_tool_call"}:
                name = item.get("name")
                said.append(SaidCall(name if isinstance(name, str) else "", item.get("arguments", item.get("input"))))
            case {"type": "message"}:
                if not visible_text(text := text_of(item.get("content"))):
                    continue
                said.append(SaidText(text))
                if item.get("phase") in ("commentary", "final_answer"):
                    said[-1].opaque["fields"] = {"phase": item["phase"]}
            case _:
                continue
        if reasoning:
            said[-1].opaque["before"] = reasoning
            reasoning = []
    reason = document.get("incomplete_details")
    reason = reason.get("reason") if isinstance(reason, dict) else None
    if not said and reason == "content_filter":
        said = [SaidText(WITHHELD)]
    is_cut = document.get("status") == "incomplete" and reason != "content_filter"
    return Reply(said, is_cut=is_cut, tokens=reported_tokens(document))
