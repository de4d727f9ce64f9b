"""`POST /api/{user_id}/chat`: one turn, end to end, over a foreign OpenAI-compatible server."""

from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Api, Call, ModelServer, Reply


class TestPostChat:
    async def test_a_message_is_answered_and_stored(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply("Hello Alice."))
        response = await client.chat(alice, "hello")
        assert response.status_code == 200, response.text
        body = response.json()
        assert body == {"conversation_id": body["conversation_id"], "response": "Hello Alice.", "tool_calls": []}
        rows = await database.fetch("select role, content from message where user_id = $1 order by sequence", alice.id)
        assert [tuple(row) for row in rows] == [("user", "hello"), ("assistant", "Hello Alice.")]
