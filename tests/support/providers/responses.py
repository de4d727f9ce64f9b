"""The Responses API without server-side storage."""

import json
from typing import Any, ClassVar

from support.model_server import Api, Reply
from support.providers.strict_server import Asked, Rule, StrictServer, arguments_of, identity


def outputs_have_their_calls(server: StrictServer, asked: Asked) -> str | None:
    items = asked.messages
    calls = [i["call_id"] for i in items if i.get("type") == "function_call"]
    outputs = [i["call_id"] for i in items if i.get("type") == "function_call_output"]
    if missing := [c for c in calls if c not in outputs]:
        return f"No tool output found for function call {missing[0]}."
    if unknown := [o for o in outputs if o not in calls]:
        return f"No tool call found for function call output with call_id {unknown[0]}."
    if len(set(calls)) < len(calls):
        return "Duplicate function call ids in 'input'."
    return None


def arguments_are_objects(server: StrictServer, asked: Asked) -> str | None:
    for n, item in enumerate(asked.messages):
        if item.get("type") == "function_call":
            try:
                is_object = isinstance(json.loads(item["arguments"]), dict)
            except (TypeError, ValueError):
                is_object = False
            if not is_object:
                return f"Invalid 'input[{n}].arguments': expected a JSON object as a string."
    return None


def ids_are_of_this_server(server: StrictServer, asked: Asked) -> str | None:
    prefixes = {"message": "msg_", "function_call": "fc_", "reasoning": "rs_", "function_call_output": "fco_"}
    for n, item in enumerate(asked.messages):
        prefix = prefixes.get(item.get("type", "message"))
        if item.get("id") and prefix and not item["id"].startswith(prefix):
            return f"Invalid 'input[{n}].id': '{item['id']}'. Expected an ID that begins with '{prefix[:-1]}'."
    return None


def reasoning_is_encrypted(server: StrictServer, asked: Asked) -> str | None:
    for item in asked.messages:
        if item.get("type") == "reasoning" and not item.get("encrypted_content"):
            return (
                f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` is set to false. "
                "Try again with `store` set to true, or remove this item from your input."
            )
    return None


def reasoning_has_what_followed(server: StrictServer, asked: Asked) -> str | None:
    followers = [*asked.messages[1:], {}]
    for item, follower in zip(asked.messages, followers, strict=True):
        if item.get("type") == "reasoning" and not (
            follower.get("type") in ("function_call", "reasoning") or follower.get("role") == "assistant"
        ):
            return f"Item '{item.get('id')}' of type 'reasoning' was provided without its required following item."
    return None


def messages_are_typed(server: StrictServer, asked: Asked) -> str | None:
    for item in asked.messages:
        if item.get("role") == "assistant" and item.get("type") != "message":
            return "Cannot determine type of 'item'"
    return None


def asks_for_encrypted_reasoning(server: StrictServer, asked: Asked) -> str | None:
    if asked.body.get("store") is False and "reasoning.encrypted_content" not in (asked.body.get("include") or []):
        return "`include` does not name reasoning.encrypted_content"
    return None


def reasoning_comes_back(server: "ResponsesServer", asked: Asked) -> str | None:
    """Check that this server's calls come back with their reasoning, in its original position."""
    reasoning: set[str] = set()
    for item in asked.messages:
        match item.get("type"):
            case "reasoning":
                reasoning.add(str(item.get("encrypted_content")))
            case "function_call":
                expected = server.made[identity(item["name"], item["arguments"])]
                if expected and not expected & reasoning:
                    return f"call of {item['name']} without its reasoning item"
            case "function_call_output":
                reasoning = set()
    return None


def phase_comes_back(server: "ResponsesServer", asked: Asked) -> str | None:
    for item in asked.messages:
        if item.get("role") == "assistant":
            content = item["content"]
            text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
            expected = server.made["phase of " + text]
            if expected and item.get("phase") not in expected:
                return f"a message without its phase {', '.join(expected)}"
    return None


REFERENCE = "platform.openai.com/docs/api-reference/responses/create"
REASONING = "cookbook.openai.com/examples/responses_api/reasoning_items"

BASIC = (
    Rule("each call has its output", outputs_have_their_calls, REFERENCE),
    Rule("arguments are objects", arguments_are_objects, REFERENCE),
    Rule("ids are of this server", ids_are_of_this_server, REFERENCE),
)
STATELESS = (
    Rule("reasoning without storage is encrypted", reasoning_is_encrypted, REASONING, status=404),
    Rule("reasoning has what followed it", reasoning_has_what_followed, REASONING),
    Rule("encrypted reasoning is asked for", asks_for_encrypted_reasoning, REASONING, status=None),
    Rule("reasoning comes back", reasoning_comes_back, REASONING, status=None),
    Rule("phase comes back", phase_comes_back, "platform.openai.com/docs/guides/latest-model", status=None),
)


class ResponsesServer(StrictServer):
    """A server of the Responses API.

    Attributes:
        reasons: whether it sends reasoning items and phases.
    """

    api: ClassVar[Api] = "responses"
    rules: ClassVar[tuple[Rule, ...]] = BASIC + STATELESS
    reasons: ClassVar[bool] = True

    def answer(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        output: list[dict[str, Any]] = []
        if self.reasons:
            secret = self.mint("reasoning")
            asked_for = "reasoning.encrypted_content" in (asked.body.get("include") or [])
            output.append(
                {
                    "id": f"rs_{self._minted}",
                    "type": "reasoning",
                    "summary": [],
                    "encrypted_content": secret if asked_for else None,
                }
            )
            for call in reply.calls:
                self.made[identity(call.name, call.arguments)].add(secret)
        if reply.text:
            output.append(self._message(reply))
        for place, call in enumerate(reply.calls):
            output.append(
                {
                    "id": f"fc_{self._minted}_{place}",
                    "type": "function_call",
                    "status": "completed",
                    "call_id": f"call_{self._minted}_{place}",
                    "name": call.name,
                    "arguments": arguments_of(call),
                }
            )
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": self.model,
            "status": "completed",
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": asked.tokens,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": 1,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": asked.tokens + 1,
            },
        }

    def _message(self, reply: Reply) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": f"msg_{self._minted}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": reply.text, "annotations": []}],
        }
        if self.reasons:
            phase = "commentary" if reply.calls else "final_answer"
            message["phase"] = phase
            self.made["phase of " + reply.text].add(phase)
        return message
