"""All images with the variables that Kubernetes or `docker run --link` would set, for Services of every name."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from compose.stack import SERVICES, Stack
from support.service_links import service_links
from taskchat_dev_stack.processes.ports import reserve_port

TASKS = ("secrets", "bootstrap", "auth-migrations", "api-migrations")


@pytest.fixture
def linked(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """Another project with the same images; yields its URL."""
    override = tmp_path / "links.yml"
    environment = {name: {"environment": service_links()} for name in (*SERVICES, *TASKS)}
    override.write_text(json.dumps({"services": environment}), encoding="utf-8")
    other = [f"{stack.project}-links" if option == stack.project else option for option in stack.compose_options]
    port = stack.environment["PORT"]
    with ExitStack() as lasting:
        lasting.callback(stack.environment.update, PORT=port)
        stack.environment["PORT"] = str(reserve_port())
        lasting.callback(lambda: stack.docker(*other, "-f", str(override), "down", "--volumes", "--timeout", "5"))
        stack.docker(*other, "-f", str(override), "up", "--detach", "--wait", "--wait-timeout", "300")
        yield f"http://localhost:{stack.environment['PORT']}"


def test_the_whole_stack_is_healthy_and_answers(linked: str) -> None:
    with httpx.Client(base_url=linked, timeout=30, trust_env=False, headers={"origin": linked}) as client:
        assert client.get("/", headers={"accept": "text/html"}).status_code == 200
        assert client.get("/api/health").json()["status"] == "ok"
        account = {"name": "Ada", "email": "ada@example.com", "password": "a long pass phrase of Ada"}
        user = client.post("/api/auth/sign-up/email", json=account).raise_for_status().json()["user"]
        token = client.get("/api/auth/token").json()["token"]
        turn = client.post(
            f"/api/{user['id']}/chat", json={"message": "add milk"}, headers={"authorization": f"Bearer {token}"}
        )
        assert [call["result"]["title"] for call in turn.json()["tool_calls"]] == ["milk"]
