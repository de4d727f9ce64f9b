"""Error messages of real model servers."""

import json
from typing import Any

import httpx
import pytest

from taskchat.chat.providers.server_errors import is_refused, is_too_long, lacks_tools


def error(status: int, body: Any) -> httpx.HTTPStatusError:
    """Create the error that the client raises for this body."""
    response = httpx.Response(status, request=httpx.Request("POST", "http://model/v1"), text=json.dumps(body))
    return httpx.HTTPStatusError("", request=response.request, response=response)


def openai_error(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


TOO_LONG: dict[str, tuple[int, Any]] = {
    "OpenAI": (400, openai_error("This model's maximum context length is 8192 tokens.", "context_length_exceeded")),
    "OpenAI Responses": (400, openai_error("Your input exceeds the context window of this model.")),
    "OpenAI, tokens a minute": (429, openai_error("Request too large for gpt-4o: Limit 10000, Requested 12000.")),
    "a list of errors": (400, {"error": [{"message": "This model's maximum context length is 8192 tokens."}]}),
    "an error in an error": (400, {"error": {"error": {"message": "This model's maximum context length is 8192"}}}),
    "vLLM": (
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
            "type": "BadRequestError",
            "code": 400,
        },
    ),
    "vLLM, the prompt alone": (
        400,
        {
            "error": {
                "message": "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
                "type": "BadRequestError",
                "code": 400,
            }
        },
    ),
    "llama.cpp": (
        400,
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 5000,
                "n_ctx": 4096,
            }
        },
    ),
    "LM Studio": (
        400,
        {
            "error": "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded "
            "with context length of only 4096 tokens, which is not enough."
        },
    ),
    "LM Studio, another engine": (
        400,
        {
            "error": "The number of tokens to keep from the initial prompt is greater than the context length "
            "(n_keep: 13055>= n_ctx: 4096)."
        },
    ),
    "Gemini": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
    ),
    "OpenRouter": (
        400,
        {"error": {"message": "This endpoint's maximum context length is 131072 tokens.", "code": 400}},
    ),
    "OpenRouter, what the provider said": (
        400,
        {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {"raw": '{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}'},
            }
        },
    ),
    "Mistral": (
        400,
        {
            "object": "error",
            "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
            "context length",
            "type": "invalid_request_prompt",
            "code": "3051",
        },
    ),
    "Groq": (413, openai_error("Request too large for model `llama` on tokens per minute", "rate_limit_exceeded")),
    "xAI": (400, {"code": "x", "error": "This model's maximum prompt length is 131072 but the request contains 5."}),
    "Kimi": (400, openai_error("Invalid request: Your request exceeded model token limit: 8192")),
    "DashScope": (
        400,
        openai_error("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 9]"),
    ),
    "Bedrock": (400, {"message": "Input is too long for requested model."}),
    "Ollama, truncation off": (400, openai_error("the input length exceeds the context length")),
    "LiteLLM": (400, openai_error("litellm.ContextWindowExceededError: AnthropicError")),
    "a gateway without words": (413, "Payload Too Large"),
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_a_prompt_that_is_too_long_is_recognized(name: str) -> None:
    status, body = TOO_LONG[name]
    assert is_too_long(error(status, body))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, openai_error("Invalid value: 'max_tokens' is too large")),
        (401, openai_error("Incorrect API key provided", "invalid_api_key")),
        (404, openai_error("The model `x` does not exist", "model_not_found")),
        (429, openai_error("Rate limit reached for requests", "rate_limit_exceeded")),
        (429, openai_error("You exceeded your current quota", "insufficient_quota")),
        (500, {"error": None}),
        (500, [[]]),
        (503, None),
    ],
)
def test_other_errors_are_not_taken_for_too_long(status: int, body: Any) -> None:
    assert not is_too_long(error(status, body))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "registry.ollama.ai/library/gemma3:270m does not support tools"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        (404, "No endpoints found that support tool use."),
        (400, "Function calling is not supported for this model"),
    ],
)
def test_a_model_without_tools_is_recognized(status: int, message: str) -> None:
    assert lacks_tools(error(status, openai_error(message)))
    assert not lacks_tools(error(status, openai_error("No such model")))


@pytest.mark.parametrize(
    ("status", "message", "refused"),
    [
        (400, "Unexpected role 'user' after role 'tool'", True),
        (422, "content: field required", True),
        (500, "Conversation roles must alternate user/assistant/user/assistant", True),
        (500, "The server had an error", False),
        (401, "Incorrect API key provided", False),
    ],
)
def test_a_refused_history_is_recognized(status: int, message: str, refused: bool) -> None:
    assert is_refused(error(status, openai_error(message))) == refused
