"""Checks chat-completions requests with third-party code: `check_requests.py mistral|templates`.

Runs in the environment of `make test-real-model`. Reads a list of request bodies from standard input and writes a list
of errors.
"""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TEMPLATES = Path(sys.prefix) / "chat-templates"
OMITTED = {
    "fireworks-ai-llama-3-firefunction-v2": "reads the tools from a non-standard variable, `functions`",
    "google-gemma-2-2b-it": "doesn't support instructions; llama.cpp puts them into the first message",
    "llama-cpp-deepseek-r1": "is written for llama.cpp's own template engine",
    "meetkai-functionary-medium-v3.2": "expects arguments as a string, unlike the others",
}


def check_mistral(bodies: list[dict[str, Any]]) -> list[str]:
    """Check requests with the validators that Mistral's API and vLLM use: version 5 and the newest.

    Version 3, for 2024 models before Mistral Large 2, doesn't permit text alongside tool calls, so we skip it.
    """
    from mistral_common.exceptions import MistralCommonException
    from mistral_common.protocol.instruct.request import (
        ChatCompletionRequest,
    )
    from mistral_common.protocol.instruct.validator import (
        MistralRequestValidatorV5,
        MistralRequestValidatorV13,
    )

    found = []
    for validator in (MistralRequestValidatorV5(), MistralRequestValidatorV13()):
        for n, body in enumerate(bodies):
            try:
                validator.validate_request(ChatCompletionRequest.from_openai(body["messages"], body.get("tools")))
            except (MistralCommonException, ValueError) as error:
                found.append(f"{type(validator).__name__}, request {n}: {error}")
    return found


def check_templates(bodies: list[dict[str, Any]]) -> list[str]:
    """Render requests with llama.cpp's chat templates, in an environment like that of inference servers."""
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = lambda form: datetime.now(UTC).strftime(form)
    found = []
    paths = [path for path in sorted(TEMPLATES.glob("*.jinja")) if path.stem not in OMITTED]
    if not paths:
        return ["there are no templates"]
    for path in paths:
        # Training marks, which only an extension of the transformers package understands.
        text = re.sub(r"\{%-?\s*(end)?generation\s*-?%\}", "", path.read_text(encoding="utf-8"))
        template = environment.from_string(text)
        for n, body in enumerate(bodies):
            try:
                template.render(
                    messages=_with_arguments_as_objects(body["messages"]),
                    tools=body.get("tools"),
                    add_generation_prompt=True,
                    bos_token="<s>",
                    eos_token="</s>",
                )
            except (TemplateError, TypeError, ValueError, KeyError) as error:
                found.append(f"{path.stem}, request {n}: {error}")
    return found


def _raise(message: str) -> None:
    from jinja2 import TemplateError

    raise TemplateError(message)


def _with_arguments_as_objects(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parse the arguments, as vLLM, SGLang and llama.cpp do before they call a template."""
    messages = json.loads(json.dumps(messages))
    for message in messages:
        for call in message.get("tool_calls") or ():
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return messages


if __name__ == "__main__":
    check = {"mistral": check_mistral, "templates": check_templates}[sys.argv[1]]
    json.dump(check(json.load(sys.stdin)), sys.stdout)
