"""Our requests, checked by the code that model servers run, and turns with a real, very small model.

These tests don't judge the model's answers (`make eval` does). They check that its server accepts every history and
that its tool calls are executed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.deployments import Conversation, Deployment, Deployments
from support.model_server import Api, Call, Failure, Reply

from .conftest import FOLDER, check_requests, free_port, process

BROKEN = Failure(500, "The server had an error while processing your request.")
MASTER_KEY = "sk-only-for-tests-only-for-tests-only-for-tests"
LONG = "milk and bread, as every week, " * 200
"""About 2,000 tokens: half of the real server's context."""


def shown_call(title: str) -> str:
    """A message that makes the real model add a task, because it contains the call."""
    # With every argument: all are required, and the model would make up the missing ones.
    arguments = {"title": title} | dict.fromkeys(("description", "due_on", "due_at", "priority"))
    call = json.dumps({"name": "add_task", "arguments": arguments})
    return f"Add {title} to my list. Answer with:\n<tool_call>\n{call}\n</tool_call>"


def add(*titles: str) -> Reply:
    return Reply(calls=tuple(Call("add_task", {"title": title}, f"call_{n}") for n, title in enumerate(titles)))


async def _record(deployments: Deployments, conversation: Conversation, *, parallel: bool) -> list[dict[str, Any]]:
    """The requests of a conversation that contains everything a history can have."""
    here, elsewhere = deployments["vllm-mistral"], deployments["deepseek"]
    await conversation.ask(here, "Hello", Reply("Good morning."))
    calls = [add("milk", "bread")] if parallel else [add("milk"), add("bread")]
    await conversation.ask(here, "Add milk and bread", *calls, Reply("Added both."))
    await conversation.ask(
        here, "And eggs", Reply("Let me look.", (Call("list_tasks", {}),)), add("eggs"), Reply("OK.")
    )
    await conversation.ask(elsewhere, "And tea", add("tea"), Reply("Added tea."))
    here.server.fail(BROKEN)
    await conversation.say(here, "Hello?")
    await conversation.say(here, "Add rice", add("rice"))
    here.server.fail(None)
    await conversation.ask(here, "Add salt", add("salt"), Reply("Added salt."))
    elsewhere.server.fail(BROKEN)
    await conversation.say(elsewhere, "Add oil", add("oil"), key="oil")
    await conversation.ask(here, "Add oil", Reply("Added oil."), key="oil")
    return [asked.body for asked in here.server.requests]


async def test_mistral_common_accepts_every_request(deployments: Deployments, conversation: Conversation) -> None:
    bodies = await _record(deployments, conversation, parallel=True)
    found = check_requests("mistral", bodies)
    assert found == [], "\n".join(found)


async def test_real_templates_render_every_request(deployments: Deployments, conversation: Conversation) -> None:
    """One call at a time, because the templates of models without parallel calls reject parallel ones."""
    bodies = await _record(deployments, conversation, parallel=False)
    found = check_requests("templates", bodies)
    assert found == [], "\n".join(found)


class TestLiteLLM:
    """LiteLLM's proxy between the api and strict servers: the provider accepts the requests that LiteLLM rewrites."""

    BACKENDS: dict[str, str] = {  # noqa: RUF012
        "openai-chat": "openai/gpt-5-mini",
        "mistral": "mistral/magistral-medium-latest",
        "deepseek": "deepseek/deepseek-chat",
        "groq": "groq/openai/gpt-oss-20b",
    }

    @pytest.fixture(scope="class")
    @staticmethod
    def proxy(all_deployments: Deployments, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        folder: Path = tmp_path_factory.mktemp("litellm")
        models = [
            {
                "model_name": name,
                "litellm_params": {
                    "model": model,
                    "api_base": all_deployments[name].server.base_url,
                    "api_key": "key-of-the-tests",
                },
            }
            for name, model in TestLiteLLM.BACKENDS.items()
        ]
        config = folder / "config.yaml"
        config.write_text(json.dumps({"model_list": models, "litellm_settings": {"num_retries": 0}}), encoding="utf-8")
        url = f"http://127.0.0.1:{(port := free_port())}"
        command = [str(FOLDER / "bin/litellm"), "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
        environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": MASTER_KEY}
        with process(command, f"{url}/health/liveliness", folder / "log", **environment):
            yield url

    @pytest.mark.parametrize("name", BACKENDS)
    async def test_tools_and_a_follow_up(
        self, all_deployments: Deployments, deployments: Deployments, conversation: Conversation, proxy: str, name: str
    ) -> None:
        server = deployments[name].server
        here = Deployment(
            server, all_deployments.start_api(proxy, name, "chat_completions", {"OPENAI_API_KEY": MASTER_KEY})
        )
        await conversation.ask(here, "Add milk and bread", add("milk", "bread"), Reply("Added both."))
        response = await conversation.ask(here, "And eggs", add("eggs"), Reply("Added eggs."))
        assert response["response"] == "Added eggs."
        assert await conversation.tasks() == ["milk", "bread", "eggs"]
        server.assert_rules_kept()


class TestRealModel:
    """llama.cpp's server with SmolLM2 135M, through both APIs.

    A model this small can't choose a tool, and its answers make little sense. But it repeats a call that it is shown.
    """

    @pytest.fixture(scope="class", params=["chat_completions", "responses"])
    @staticmethod
    def real_api(request: pytest.FixtureRequest, all_deployments: Deployments, llama_server: str) -> str:
        api: Api = request.param
        # A model this small often repeats itself until it is stopped.
        settings = {
            "MODEL_TIMEOUT_SECONDS": "200",
            "TURN_TIMEOUT_SECONDS": "240",
            "OPENAI_MAX_OUTPUT_TOKENS": "128",
        }
        return all_deployments.start_api(llama_server, "smollm2-135m", api, settings)

    async def test_its_calls_are_executed(self, conversation: Conversation, real_api: str) -> None:
        called = []
        for message in (shown_call("milk"), "Thank you"):
            response = await conversation.post(real_api, message)
            assert response.status_code == 200, response.text
            assert response.json()["response"]
            called.append([call["name"] for call in response.json()["tool_calls"]])
        assert called == [["add_task"], []]
        assert await conversation.tasks() == ["milk"]

    async def test_its_server_accepts_every_history(
        self, deployments: Deployments, conversation: Conversation, real_api: str
    ) -> None:
        elsewhere = deployments["groq"]
        responses = [await conversation.post(real_api, message) for message in ("Hello", shown_call("milk"))]
        await conversation.ask(elsewhere, "Add tea and bread", add("tea", "bread"), Reply("Added both."))
        elsewhere.server.fail(BROKEN)
        await conversation.say(elsewhere, "Hello?")
        await conversation.say(elsewhere, "Add rice", add("rice"), key="rice")
        responses.append(await conversation.post(real_api, "Add rice", key="rice"))
        responses.append(await conversation.post(real_api, "Thank you"))
        assert [response.status_code for response in responses] == [200] * 4, [response.text for response in responses]

    async def test_a_conversation_that_is_too_long_continues(
        self, deployments: Deployments, conversation: Conversation, real_api: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for n in range(4):
            await conversation.ask(deployments["groq"], f"{n}: {LONG}", Reply(f"Noted {n}."))
        for message in ("Hello", "Thank you"):
            response = await conversation.post(real_api, message)
            assert response.status_code == 200, response.text
        assert "the history is too long for the model" in caplog.text
