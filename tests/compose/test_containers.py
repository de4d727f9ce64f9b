"""The containers' privileges, networks and settings."""

import json
import re
import subprocess
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import IPv4Address
from typing import Any

import httpx
import pytest

from compose.stack import SERVICES, Stack
from taskchat_dev_stack.programs import SETTINGS
from taskchat_dev_stack.repository import ROOT

ONLY_OF_MAKE_DEV = {"TASKCHAT_DATA", "HOT"}
OF_BOTH = {"DATABASE_DIRECT_HOST", "JWT_ISSUER", "JWT_AUDIENCE", "JWKS_MAX_AGE_SECONDS", "LOG_LEVEL"}
OF_AUTH_SERVICE = OF_BOTH | {
    *("PUBLIC_URL", "TRUSTED_PROXIES", "BETTER_AUTH_SECRET", "KEY_ROTATION_DAYS", "SMTP_URL", "MAIL_FROM"),
    *("SESSION_MAX_AGE_DAYS", "CHECK_BREACHED_PASSWORDS", "SIGN_UP", "SIGN_UP_EMAIL_DOMAINS"),
    *("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
}
OF_API = OF_BOTH | {
    *("JWKS_URL", "JWKS_MAX_STALE_SECONDS", "DATABASE_POOL_SIZE", "DATABASE_PREPARED_STATEMENTS"),
    *("ASSISTANT", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_API", "MODEL_TIMEOUT_SECONDS"),
    *("OPENAI_MAX_OUTPUT_TOKENS", "OPENAI_REASONING_EFFORT", "OPENAI_TEMPERATURE", "OPENAI_STRICT_TOOLS"),
    *("OPENAI_EXTRA_BODY", "OPENAI_EXTRA_HEADERS"),
    *("TURN_TIMEOUT_SECONDS", "TURNS_PER_MINUTE", "REQUESTS_PER_MINUTE", "REQUESTS_AT_ONCE"),
    *("MESSAGE_MAX_CHARS", "HISTORY_BUDGET_TOKENS", "MODEL_TOKENS_PER_DAY", "MODEL_TOKENS_PER_USER_PER_DAY"),
    "SHUTDOWN_GRACE_SECONDS",
}
PRODUCTION = {
    "DATABASE_URL": "postgresql://owner:s3cret@db.example.com/tasks",
    "PUBLIC_URL": "https://tasks.example.com",
}


class TestReach:
    def test_only_the_gateway_is_published_and_only_on_this_machine(self, stack: Stack) -> None:
        published = {
            service: [where for found in bindings.values() for where in found or []]
            for service in SERVICES
            for bindings in [stack.inspect(stack.containers(service)[0])["NetworkSettings"]["Ports"]]
        }
        assert {service for service, where in published.items() if where} == {"gateway"}
        assert published["gateway"] == [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]

    def test_the_gateway_cannot_reach_the_database(self, stack: Stack) -> None:
        [database] = stack.containers("db")
        addresses = [
            network["IPAddress"] for network in stack.inspect(database)["NetworkSettings"]["Networks"].values()
        ]
        assert addresses
        for address in ("db", *addresses):
            assert not can_connect(stack, "gateway", address, 5432)
        assert can_connect(stack, "gateway", "api", 8000)

    def test_the_database_cannot_reach_the_internet(self, stack: Stack) -> None:
        networks = stack.inspect(stack.containers("db")[0])["NetworkSettings"]["Networks"]
        assert [json.loads(stack.docker("network", "inspect", name))[0]["Internal"] for name in networks] == [True]


def can_connect(stack: Stack, service: str, host: str, port: int) -> bool:
    """Return whether a container can connect to this address."""
    answer = stack.compose("exec", "-T", service, "sh", "-c", f"wget -T 2 -O - http://{host}:{port}/ 2>&1; true")
    return not re.search(r"bad address|can't connect|timed out|unreachable|No route|download timed", answer)


class TestRights:
    @pytest.mark.parametrize("service", SERVICES)
    def test_no_root_no_capabilities_no_writable_files(self, stack: Stack, service: str) -> None:
        [container] = stack.containers(service)
        status = stack.compose("exec", "-T", service, "cat", "/proc/1/status")
        assert re.search(r"^Uid:\t[1-9]", status, re.MULTILINE)
        assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
        write = "touch /x /app/x /srv/x /etc/x 2>&1; true"
        assert stack.compose("exec", "-T", service, "sh", "-c", write).count("Read-only file system") >= 2
        assert stack.inspect(container)["HostConfig"]["ReadonlyRootfs"]

    @pytest.mark.parametrize("image", ["taskchat-auth-service", "taskchat-api"])
    def test_no_development_dependencies(self, stack: Stack, image: str) -> None:
        find = "ls -a /app /app/node_modules /app/.venv/lib/python*/site-packages 2>/dev/null; true"
        there = set(stack.docker("run", "--rm", "--entrypoint", "sh", image, "-c", find).split())
        assert there & {"hono", "fastapi"}
        assert there.isdisjoint({"vitest", "vite", "typescript", "react", "pytest", "hatchling", "pip", ".env", ".git"})


class TestMemory:
    def test_auth_services_heap_fits_its_containers_memory(self, stack: Stack) -> None:
        [container] = stack.containers("auth-service")
        script = "console.log(require('node:v8').getHeapStatistics().heap_size_limit)"
        heap_limit = int(stack.compose("exec", "-T", "auth-service", "node", "-e", script))
        assert heap_limit < stack.inspect(container)["HostConfig"]["Memory"] / 2


class TestSettings:
    def test_docker_shows_no_generated_secret(self, stack: Stack) -> None:
        folders = ("db-secrets", "bootstrap-secrets", "auth-service-secrets", "api-secrets")
        migrations = ("auth-migrations-secrets", "api-migrations-secrets", "backup-secrets")
        volumes = [
            option
            for name in (*folders, *migrations)
            for option in ("-v", f"{stack.project}_{name}:/secrets/{name}:ro")
        ]
        read = ("sh", "taskchat-api", "-c", "cat /secrets/*/*PASSWORD /secrets/*/*SECRET")
        secrets = set(re.findall("[0-9a-f]{64}", stack.docker("run", "--rm", *volumes, "--entrypoint", *read)))
        assert len(secrets) == 6
        shown = "".join(stack.docker("inspect", found) for found in stack.compose("ps", "--all", "--quiet").split())
        logs = stack.compose("logs", "--no-color")
        assert [secret for secret in secrets if secret in shown or secret in logs] == []

    def test_a_service_sees_its_own_secrets_only(self, stack: Stack) -> None:
        mounts = {service: stack.inspect(stack.containers(service)[0])["Mounts"] for service in SERVICES}
        assert {service: {mount["Name"] for mount in found} for service, found in mounts.items()} == {
            "db": {f"{stack.project}_database", f"{stack.project}_db-secrets"},
            "auth-service": {f"{stack.project}_auth-service-secrets"},
            "api": {f"{stack.project}_api-secrets"},
            "gateway": set(),
        }
        assert not any(mount["RW"] for service in ("auth-service", "api") for mount in mounts[service])

    def test_no_service_knows_the_owners_of_the_schemas(self, stack: Stack) -> None:
        for service in ("auth-service", "api"):
            [container] = stack.containers(service)
            environment = stack.docker("exec", container, "sh", "-c", "cat /proc/1/environ; with-secrets env")
            assert "_DATABASE_URL=" in environment
            assert "MIGRATION" not in environment
            assert "_owner" not in environment

    def test_a_file_that_is_not_a_setting(self, stack: Stack) -> None:
        """A certificate, for example, that a URL names."""
        run = ("run", "--rm", "-T", "--no-deps")
        put = "cd /secrets && echo content | tee bootstrap/ca.crt auth-service/ca.crt > api/ca.crt && echo > api/2nd"
        stack.compose(*run, "--entrypoint", "sh", "secrets", "-c", put)
        try:
            for service in ("bootstrap", "auth-service", "api"):
                assert stack.compose(*run, service, "cat", "/run/secrets/ca.crt") == "content\n"
        finally:
            stack.compose(*run, "--entrypoint", "sh", "secrets", "-c", "rm /secrets/*/ca.crt /secrets/api/2nd")

    def test_each_service_gets_exactly_its_settings(self, stack: Stack) -> None:
        named = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
        given = {name: f"value-of-{name}" for name in named} | {
            "PORT": "4321",
            "PUBLIC_URL": "http://value-of-PUBLIC_URL",
            "COMPOSE_PROFILES": "backup",
        }
        services = configuration(stack, given)["services"]
        seen = {
            service: {name for name in named if re.search(rf"\b{given[name]}\b", json.dumps(services[service]))}
            for service in services
        }
        assert seen == {
            "secrets": {
                *("DATABASE_URL", "AUTH_DATABASE_URL", "API_DATABASE_URL"),
                *("AUTH_MIGRATION_DATABASE_URL", "API_MIGRATION_DATABASE_URL", "DATABASE_DIRECT_HOST"),
            },
            "db": set(),
            "bootstrap": {"DATABASE_DIRECT_HOST"},
            "auth-migrations": OF_AUTH_SERVICE,
            "auth-service": OF_AUTH_SERVICE,
            "api-migrations": OF_API,
            "api": OF_API,
            "gateway": {"PORT", "PUBLIC_URL", "TRUSTED_PROXIES"},
            "backup": {"BACKUP_FOLDER", "BACKUP_USER", "BACKUP_EVERY_HOURS", "BACKUP_KEEP"},
        }
        assert named - set().union(*seen.values()) == ONLY_OF_MAKE_DEV

    def test_no_two_services_build_the_same_image(self, stack: Stack) -> None:
        """Two concurrent builds of one image would collide at the first start."""
        services = configuration(stack, {})["services"].values()
        built = [service["image"] for service in services if "build" in service]
        assert sorted(built) == sorted({service["image"] for service in services} - {"postgres:17"})

    @pytest.mark.parametrize(
        ("file", "settings", "has_database"),
        [
            ("compose.tls.yml", {"PUBLIC_URL": PRODUCTION["PUBLIC_URL"]}, True),
            ("compose.production.yml", PRODUCTION, False),
        ],
    )
    def test_a_public_host_publishes_80_and_443(
        self, stack: Stack, file: str, settings: dict[str, str], has_database: bool
    ) -> None:
        services = configuration(stack, settings, file)["services"]
        assert ("db" in services) == has_database
        assert ("db" in services["bootstrap"]["depends_on"]) == has_database
        ports = {(IPv4Address(port["host_ip"]), port["published"]) for port in services["gateway"]["ports"]}
        assert ports == {(IPv4Address(0), "80"), (IPv4Address(0), "443")}
        assert services["gateway"]["environment"]["SITE_ADDRESS"] == PRODUCTION["PUBLIC_URL"]
        assert services["api"]["environment"]["JWT_ISSUER"] == PRODUCTION["PUBLIC_URL"]

    @pytest.mark.parametrize(
        ("file", "missing_or_too_many", "says"),
        [
            ("compose.tls.yml", {}, "set it to the origin that browsers use"),
            (
                "compose.tls.yml",
                PRODUCTION,
                "remove DATABASE_URL, or use compose.production.yml for an external database",
            ),
            (
                "compose.production.yml",
                {"PUBLIC_URL": PRODUCTION["PUBLIC_URL"]},
                "set it to the URL of the owner of the database, or use compose.tls.yml",
            ),
            (
                "compose.production.yml",
                {"DATABASE_URL": PRODUCTION["DATABASE_URL"]},
                "set it to the origin that browsers use",
            ),
        ],
    )
    def test_a_half_configured_public_host_does_not_start(
        self, stack: Stack, file: str, missing_or_too_many: dict[str, str], says: str
    ) -> None:
        with pytest.raises(subprocess.CalledProcessError) as refusal:
            configuration(stack, missing_or_too_many, file)
        said = refusal.value.stderr.decode()
        assert says in said
        assert "s3cret" not in said


def configuration(stack: Stack, settings: Mapping[str, str], *overrides: str) -> dict[str, Any]:
    """Return the configuration that compose derives from its files and only these settings."""
    files = [option for name in overrides for option in ("-f", str(ROOT / name))]
    command = ["docker", *stack.compose_options, *files, "config", "--format", "json"]
    environment = {name: value for name, value in stack.environment.items() if name not in SETTINGS}
    done = subprocess.run(command, env={**environment, **settings}, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


class TestHealth:
    def test_services_report_it_on_their_internal_ports_only(self, stack: Stack, client: httpx.Client) -> None:
        for service in ("auth-service", "api", "gateway"):
            [container] = stack.containers(service)
            assert stack.inspect(container)["State"]["Health"]["Status"] == "healthy"
        assert client.get("/readyz").status_code == HTTPStatus.NOT_FOUND

    @pytest.mark.parametrize("service", ["auth-service", "api"])
    def test_health_checks_do_not_wake_the_database(self, stack: Stack, service: str) -> None:
        [container] = stack.containers(service)
        _, *probe = stack.inspect(container)["Config"]["Healthcheck"]["Test"]
        stack.compose("pause", "db")
        try:
            stack.docker("exec", container, *probe)
        finally:
            stack.compose("unpause", "db")
