"""Base of the strict model servers: socket, script, rules, and a record of violations.

A strict server plays a script like `support.model_server`, but as one provider would: it refuses what that provider
refuses, with the same errors, and answers in that provider's format. Each of its rules has a name, a check and a
source.

Opaque values (thought signatures, encrypted reasoning) carry the name of the server that made them. Every server
refuses values of other servers, and values that no provider accepts back.
"""

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from support.http_server import HttpServer
from support.model_server import Api, Call, Failure, Reply

CHARACTERS_PER_TOKEN = 3
"""Low enough that these tests' texts have at least as many tokens as words and punctuation marks."""

LOST = Reply("Who are you?")
"""The answer of a model that did not get the beginning of the conversation."""

_OPAQUE = re.compile(r"opaque\.([a-z0-9-]+)\.([a-z]+)\.\d+")


@dataclass(frozen=True)
class Asked:
    """A request to a model server."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    query: Mapping[str, str]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages of chat completions, or the items of Responses."""
        messages: list[dict[str, Any]] = self.body.get("messages") or self.body.get("input") or []
        return messages

    @property
    def conversation(self) -> list[dict[str, Any]]:
        """The messages without the instructions."""
        return [m for m in self.messages if m.get("role") not in ("system", "developer")]

    @property
    def current_turn(self) -> list[dict[str, Any]]:
        """The messages after the user's last one."""
        last = max((n for n, m in enumerate(self.messages) if m.get("role") == "user"), default=-1)
        return self.messages[last + 1 :]

    @property
    def tokens(self) -> int:
        """The size of the conversation, without instructions and tools."""
        return len(json.dumps(self.conversation)) // CHARACTERS_PER_TOKEN

    @property
    def tokens_in_all(self) -> int:
        """The size of the conversation, including instructions and tools."""
        return len(json.dumps([self.messages, self.body.get("tools")])) // CHARACTERS_PER_TOKEN


@dataclass(frozen=True)
class Rule:
    """What a provider requires.

    Attributes:
        check: returns the request's error in the provider's words, or None.
        source: where the rule is documented or implemented.
        status: of the error; None if the provider accepts the request but answers less well.
        code: of the error, if the provider sends one.
    """

    name: str
    check: Callable[[Any, Asked], str | None]
    source: str
    status: int | None = 400
    code: str | None = None


@dataclass(frozen=True)
class Violation:
    """A rule that a request broke."""

    rule: str
    detail: str


def _foreign_values(server: "StrictServer", asked: Asked) -> str | None:
    found = [m[0] for m in _OPAQUE.finditer(json.dumps(asked.body)) if m[1] != server.name]
    return f"unknown opaque values: {', '.join(found)}" if found else None


def _thoughts_in_text(server: "StrictServer", asked: Asked) -> str | None:
    texts = json.dumps([m.get("content") for m in asked.conversation])
    found = [m[0] for m in _OPAQUE.finditer(texts) if m[2] == "thought"]
    return f"thinking sent back as text: {', '.join(found)}" if found else None


FOREIGN = Rule("no opaque value of another origin", _foreign_values, "all: they can neither verify nor decrypt it")
GENERAL = (
    FOREIGN,
    Rule("thinking is not sent back as text", _thoughts_in_text, "all: it costs tokens and misleads", status=None),
)


class StrictServer:
    """A model server that refuses what its provider refuses.

    Attributes:
        name: the provider, in lower-case letters, digits and dashes.
        environment: settings that this provider needs in addition to URL, model and API.
        rules: the provider's requirements; the server reports the first one that a request breaks.
        offers_tools: whether it supports tools.
        parallel_calls: whether its models call several tools at once.
        truncates: whether it silently cuts a conversation that is too long, instead of refusing it. The script is
            for requests that fit.
        context_tokens: the size of the context; None for no limit.
        requests: the requests received, oldest first.
        violations: rules that were broken.
        overflows: how many requests were too long.
    """

    name: ClassVar[str]
    api: ClassVar[Api]
    path: ClassVar[str] = "/v1"
    query: ClassVar[str] = ""
    model: ClassVar[str]
    environment: ClassVar[Mapping[str, str]] = {}
    rules: ClassVar[tuple[Rule, ...]] = ()
    offers_tools: ClassVar[bool] = True
    parallel_calls: ClassVar[bool] = True
    truncates: ClassVar[bool] = False

    def __init__(self) -> None:
        endpoint = "responses" if self.api == "responses" else "chat/completions"
        self._server = HttpServer(Starlette(routes=[Route(f"{self.path}/{endpoint}", self._answer, methods=["POST"])]))
        self.base_url = f"{self._server.url}{self.path}{self.query}"
        self.reset()

    def reset(self) -> None:
        """Forget all requests, replies and opaque values."""
        self.context_tokens: int | None = None
        self.requests: list[Asked] = []
        self.violations: list[Violation] = []
        self.overflows = 0
        self.made: dict[str, set[str]] = defaultdict(set)
        self._script: deque[Reply] = deque()
        self._failure: Failure | None = None
        self._minted = 0

    def script(self, *replies: Reply) -> None:
        self._script.extend(replies)

    def fail(self, failure: Failure | None) -> None:
        """Answer with this failure whenever the script is used up; None for the default."""
        self._failure = failure

    def assert_rules_kept(self) -> None:
        """Assert that no request broke a rule, and that the script was used up."""
        broken = [f"{v.rule}: {v.detail}" for v in self.violations]
        assert broken == [], f"{self.name}: {broken}"
        assert not self._script, f"{self.name}: {len(self._script)} scripted replies were not used"

    def assert_no_foreign_values(self) -> None:
        assert [v.detail for v in self.violations if v.rule == FOREIGN.name] == []

    def mint(self, kind: str) -> str:
        """Create an opaque value of this server."""
        self._minted += 1
        return f"opaque.{self.name}.{kind}.{self._minted}"

    async def _answer(self, request: Request) -> Response:
        asked = Asked(json.loads(await request.body()), dict(request.headers), dict(request.query_params))
        self.requests.append(asked)
        for rule in (*GENERAL, *self.rules):
            detail = rule.check(self, asked)
            if detail is None:
                continue
            self.violations.append(Violation(rule.name, detail))
            if rule.status is not None:
                return self.error(rule.status, detail, rule.code)
        if self.context_tokens is not None and asked.tokens > self.context_tokens:
            self.overflows += 1
            if self.truncates:
                return to_response(self.answer(LOST, asked))
            return self.overflow(asked.tokens, self.context_tokens)
        if self._script:
            return to_response(self.answer(self._script.popleft(), asked))
        failure = self._failure or Failure(500, "the script is used up")
        return self.failure(failure)

    def failure(self, failure: Failure) -> Response:
        """Build the response to a scripted failure."""
        response = self.error(failure.status, failure.body, None)
        response.headers.update({"x-should-retry": "false", **failure.headers})
        return response

    def error(self, status: int, message: str, code: str | None) -> Response:
        """Build an error in OpenAI's format."""
        kind = "invalid_request_error" if status < 500 else "server_error"
        return to_response({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        """Build the error for a conversation that is too long."""
        return self.error(
            400,
            f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} "
            "tokens. Please reduce the length of the messages.",
            "context_length_exceeded",
        )

    def answer(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)


def to_response(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def identity(name: str, arguments: Any) -> str:
    """Identify a call regardless of how its arguments are formatted."""
    given = json.loads(arguments) if isinstance(arguments, str) else arguments
    return json.dumps([name, given], sort_keys=True)


def calls_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    return calls


def messages_with_calls(messages: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((n, m) for n, m in enumerate(messages) if calls_of(m))


def arguments_of(call: Call) -> str:
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
