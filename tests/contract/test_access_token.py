"""A token of the running auth-service fits the contract, and the running api accepts it."""

import json
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from jose import jwt
from jsonschema import Draft202012Validator, FormatChecker

from support.database import ROOT
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

CLAIMS_SCHEMA = json.loads((ROOT / "packages/shared-schema/claims.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(StackSettings(web=None)) as stack:
        yield stack


@pytest.fixture(scope="module")
def auth(stack: Stack) -> Iterator[httpx.Client]:
    """A client of auth-service that is signed in as a new user."""
    with httpx.Client(base_url=f"{stack.addresses.auth_url}/api/auth", timeout=30) as client:
        account = {"name": "Test", "email": "test@example.com", "password": "a long password"}
        response = client.post("/sign-up/email", json=account)
        assert response.status_code == 200, response.text
        yield client


@pytest.fixture(scope="module")
def token(auth: httpx.Client) -> str:
    token: str = auth.get("/token").json()["token"]
    return token


def test_a_token_fits_the_claims_schema(token: str) -> None:
    validator = Draft202012Validator(CLAIMS_SCHEMA, format_checker=FormatChecker())
    assert list(validator.iter_errors(jwt.get_unverified_claims(token))) == []


def test_the_schema_rejects_other_claims(token: str) -> None:
    validator = Draft202012Validator(CLAIMS_SCHEMA, format_checker=FormatChecker())
    claims = jwt.get_unverified_claims(token)
    for broken in (
        {**claims, "email": "x"},
        {**claims, "sub": "alice"},
        {**claims, "exp": "soon"},
        {"sub": claims["sub"]},
    ):
        assert not validator.is_valid(broken)


def test_the_api_accepts_a_token_and_answers_without_a_model(stack: Stack, token: str) -> None:
    user_id = UUID(jwt.get_unverified_claims(token)["sub"])
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{stack.addresses.api_urls[0]}/api/{user_id}", headers=headers, timeout=30) as api:
        answer = api.post("/chat", json={"message": "add milk, eggs and bread"}).json()
        added = [call["result"]["title"] for call in answer["tool_calls"] if call["name"] == "add_task"]
        assert added == ["milk", "eggs", "bread"]
        done = api.post("/chat", json={"message": "mark milk as done", "conversation_id": answer["conversation_id"]})
        assert done.status_code == 200
        tasks = api.get("/tasks").json()["items"]
        assert [(task["title"], task["completed"]) for task in tasks] == [
            ("milk", True),
            ("eggs", False),
            ("bread", False),
        ]


def test_deleting_the_account_deletes_its_data_in_both_schemas(stack: Stack, auth: httpx.Client, token: str) -> None:
    origin = {"origin": stack.addresses.public_url}
    deleted = auth.post("/delete-user", json={"password": "a long password"}, headers=origin)
    assert deleted.status_code == 200, deleted.text
    user_id = jwt.get_unverified_claims(token)["sub"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{stack.addresses.api_urls[0]}/api/{user_id}", headers=headers, timeout=30) as api:
        response = api.post("/chat", json={"message": "still there?"})
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        for path in ("/tasks", "/conversations"):
            assert api.get(path).json()["items"] == []
