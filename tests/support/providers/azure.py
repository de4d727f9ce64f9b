"""Azure OpenAI: the `/openai/v1` URL, and the older one with a version."""

from typing import ClassVar

from support.providers.openai_chat import OpenAIChat
from support.providers.responses import ResponsesServer
from support.providers.strict_server import Asked, Rule, StrictServer

VERSIONS = "Azure/azure-sdk-for-net 50924"
VERSION = "2025-04-01-preview"


def _has_version(server: StrictServer, asked: Asked) -> str | None:
    return None if asked.query.get("api-version") == VERSION else "Resource not found"


def _has_no_other_version(server: StrictServer, asked: Asked) -> str | None:
    return "API version not supported" if asked.query.get("api-version") not in (None, "preview", "v1") else None


def _has_key(server: StrictServer, asked: Asked) -> str | None:
    if asked.headers.get("api-key") == "key-of-the-tests":
        return None
    return (
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource."
    )


class Azure(ResponsesServer):
    name: ClassVar[str] = "azure"
    path: ClassVar[str] = "/openai/v1"
    model: ClassVar[str] = "my-deployment"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("no dated version", _has_no_other_version, VERSIONS, code="BadRequest"),
        *ResponsesServer.rules,
    )


class AzureVersioned(OpenAIChat):
    name: ClassVar[str] = "azure-versioned"
    path: ClassVar[str] = "/openai/deployments/my-deployment"
    query: ClassVar[str] = f"?api-version={VERSION}"
    model: ClassVar[str] = "my-deployment"
    environment: ClassVar[dict[str, str]] = {"OPENAI_EXTRA_HEADERS": '{"api-key": "key-of-the-tests"}'}
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("the address has a version", _has_version, VERSIONS, status=404, code="404"),
        Rule(
            "the key is in the header api-key",
            _has_key,
            "learn.microsoft.com/azure/ai-services/openai/reference#authentication",
            status=401,
            code="401",
        ),
        *OpenAIChat.rules,
    )
