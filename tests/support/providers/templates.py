"""Servers that answer 400 with the errors of the model's chat template."""

from typing import Any, ClassVar

from support.model_server import Call, Reply
from support.providers.chat_completions import BASIC, ChatServer, one_call_at_a_time, roles_alternate
from support.providers.strict_server import Asked, Rule


class Gemma(ChatServer):
    """Requires alternating roles; the model writes raw newlines into its arguments."""

    name: ClassVar[str] = "gemma"
    model: ClassVar[str] = "google/gemma-3-27b-it"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule("roles alternate", roles_alternate, "the template of google/gemma-2-2b-it, read"),
    )

    def call(self, call: Call, place: int) -> dict[str, Any]:
        """Use the same id each time. Source: users' reports of small models."""
        shaped = super().call(call, place)
        arguments = shaped["function"]["arguments"].replace("{", "{\n", 1)
        if arguments.endswith('"}'):
            arguments = arguments.removesuffix('"}') + '\n"}'
        return shaped | {"id": "call_0", "function": {**shaped["function"], "arguments": arguments}}


class Llama3(ChatServer):
    """Allows one tool call at a time, with its arguments as an object."""

    name: ClassVar[str] = "llama3"
    model: ClassVar[str] = "meta-llama/Llama-3.3-70B-Instruct"
    parallel_calls: ClassVar[bool] = False
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule("one call at a time", one_call_at_a_time, "the template of meta-llama/Llama-3.3-70B-Instruct, read"),
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = super().message(reply, asked)
        return message | {"content": message["content"] or ""}

    def call(self, call: Call, place: int) -> dict[str, Any]:
        shaped = super().call(call, place)
        return shaped | {"function": {"name": call.name, "arguments": call.arguments or None}}
