"""The setting ASSISTANT, which selects who answers messages."""

from dataclasses import replace
from typing import Any

import pytest

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import ModelServer, Reply
from taskchat.main import create_app
from taskchat.settings import Settings
from taskchat.tasks.domain import TASKS

NO_MODEL = {"openai_base_url": None, "openai_api_key": None}


async def test_auto_uses_a_configured_model(client: Client, alice: Person, model: ModelServer) -> None:
    model.script(Reply("I am a model."))
    assert (await client.chat(alice, "hello")).json()["response"] == "I am a model."


@pytest.mark.parametrize("changes", [NO_MODEL, {"assistant": "offline"}], ids=["auto without a model", "offline"])
async def test_the_offline_assistant_answers(
    start_api: StartApi, alice: Person, model: ModelServer, changes: dict[str, Any]
) -> None:
    with start_api(**changes) as url:
        async with Client(base_url=url) as client:
            answer = await client.chat(alice, "add milk")
    assert answer.status_code == 200
    assert [call["name"] for call in answer.json()["tool_calls"]][-1] == "add_task"
    assert model.requests == []


async def test_none_refuses_before_anything_is_stored(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    with start_api(assistant="none") as url:
        async with Client(base_url=url) as client:
            refused = await client.chat(alice, "hello")
            invalid = await client.chat(alice, "")
            tasks = await client.as_person(alice, "GET", "/tasks")
    assert (refused.status_code, refused.json()["code"]) == (503, "no_assistant")
    assert "OPENAI_API_KEY" in refused.json()["detail"]
    assert "ASSISTANT" in refused.json()["detail"]
    assert refused.headers["retry-after"] == "60"
    assert invalid.status_code == 422
    assert tasks.status_code == 200
    assert await database.fetch("select from conversation where user_id = $1", alice.id) == []
    assert model.requests == []


class TestADomainWithoutAnOfflineAssistant:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {
            "api_database_url": "postgresql://chat_api@host/db",
            "jwks_url": "http://auth/jwks",
            "jwt_issuer": "http://here",
        }

    def test_offline_is_refused_at_startup(self, settings: dict[str, Any]) -> None:
        domain = replace(TASKS, offline_assistant=None)
        with pytest.raises(SystemExit, match="ASSISTANT"):
            create_app(Settings.model_validate({**settings, "assistant": "offline"}), domain)
