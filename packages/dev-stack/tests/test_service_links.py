"""Variables that Kubernetes sets for its Services, such as API_PORT=tcp://10.0.0.1:80, configure nothing."""

import os
import re
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from support.service_links import NAME_OF_A_LINK, PARTS, service_links
from taskchat_dev_stack import programs
from taskchat_dev_stack.programs import SETTINGS
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

DEFAULTS = {"API": "api:8000", "AUTH_SERVICE": "auth-service:3001"}


def names_in(file: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / file).read_text(encoding="utf-8")))


class TestNames:
    def test_no_setting_has_the_name_of_a_link(self) -> None:
        named = {
            *SETTINGS,
            # start.sh always sets the upstreams' parts itself.
            *(name for name in names_in("gateway/Caddyfile", r"\{\$([A-Z_]+)") if "_UPSTREAM_" not in name),
            *names_in("docker-compose.yml", r"^ +([A-Z][A-Z_]+):"),
            *(
                name
                for image in ("api", "auth-service")
                for name in names_in(f"{image}/Dockerfile", r"([A-Z][A-Z_]+)=")
            ),
        }
        assert {"JWKS_URL", "SITE_ADDRESS", "AUTH_LISTEN_ADDRESS", "UVICORN_HOST"} <= named
        assert {name for name in named if NAME_OF_A_LINK.fullmatch(name)} == set()


class TestStack:
    @pytest.fixture
    def stack(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
        """A stack whose programs all have the variables in their environment."""
        monkeypatch.setattr(programs, "minimal_environment", lambda: {"PATH": os.environ["PATH"], **service_links()})
        with Stack(StackSettings()) as stack:
            yield stack

    def test_it_answers_everywhere(self, stack: Stack) -> None:
        url = stack.addresses.public_url
        with httpx.Client(base_url=url, trust_env=False, timeout=30, headers={"accept": "text/html"}) as client:
            statuses = [
                client.get(path).status_code for path in ("/", "/api/config", "/api/auth/config", "/api/health")
            ]
        assert statuses == [200, 200, 200, 200]
        for name in stack.services.names:
            assert "deprecated" not in stack.services.log(name).read_text(encoding="utf-8")
            assert "has no effect" not in stack.services.log(name).read_text(encoding="utf-8")


class TestGatewaysStart:
    """gateway/start.sh, which decides where the services are."""

    @pytest.mark.parametrize(
        ("environment", "upstreams"),
        [
            ({}, {}),
            (service_links(), {}),
            *((service_links([name]), {}) for name in PARTS),
            ({"API_UPSTREAM": "10.1.2.3:80"}, {"API": "10.1.2.3:80"}),
            ({"AUTH_SERVICE_UPSTREAM": "[fd00::1]:80", **service_links()}, {"AUTH_SERVICE": "fd00::1:80"}),
        ],
    )
    def test_services(self, environment: dict[str, str], upstreams: dict[str, str]) -> None:
        started = start(environment)
        assert (started.returncode, started.stderr) == (0, "")
        assert upstreams_of(started.stdout) == {**DEFAULTS, **upstreams}

    @pytest.mark.parametrize(
        ("environment", "upstreams"),
        [
            ({"API_HOST": "chat"}, {"API": "chat:8000"}),
            ({"API_PORT": "9000"}, {"API": "api:9000"}),
            ({"AUTH_SERVICE_HOST": "sign-in", "AUTH_SERVICE_PORT": "80"}, {"AUTH_SERVICE": "sign-in:80"}),
            ({**service_links(), "AUTH_SERVICE_HOST": "auth"}, {"AUTH_SERVICE": "auth:80"}),
        ],
    )
    def test_former_names_work_with_a_note(self, environment: dict[str, str], upstreams: dict[str, str]) -> None:
        started = start(environment)
        assert upstreams_of(started.stdout) == {**DEFAULTS, **upstreams}
        [(name, upstream)] = upstreams.items()
        assert re.fullmatch(rf"gateway: .+ are deprecated: set {name}_UPSTREAM={upstream}\n", started.stderr)

    @pytest.mark.parametrize("value", ["api", "http://api:8000", "api:http", "fd00::1:80", "api:8000/path"])
    def test_an_invalid_address_is_refused_in_one_line(self, value: str) -> None:
        started = start({"API_UPSTREAM": value})
        assert (started.returncode, started.stdout) == (1, "")
        assert started.stderr == "gateway: API_UPSTREAM must be host:port, such as api:8000\n"


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "gateway/start.sh"), "env"]
    environment = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


def upstreams_of(output: str) -> dict[str, str]:
    names = dict(line.split("=", 1) for line in output.splitlines())
    return {
        name: f"{names[f'{name}_UPSTREAM_HOST']}:{names[f'{name}_UPSTREAM_PORT']}" for name in ("API", "AUTH_SERVICE")
    }


class TestApisImage:
    @pytest.mark.parametrize(("given", "seen"), [("tcp://10.0.0.1:80", None), ("9000", "9000")])
    def test_uvicorn_gets_ports_only(self, given: str, seen: str | None) -> None:
        """It would refuse to start with anything else in UVICORN_PORT."""
        environment = {"PATH": os.environ["PATH"], "UVICORN_PORT": given}
        command = ["/bin/sh", str(ROOT / "scripts/with-secrets.sh"), "env"]
        output = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True).stdout
        assert dict(line.split("=", 1) for line in output.splitlines()).get("UVICORN_PORT") == seen
