"""The other commands of docs/deploy.md, in the order of the document."""

import shutil
from pathlib import Path
from uuid import uuid4

import httpx

from compose.stack import Stack

DEPLOY = "docs/deploy.md"


class TestSecrets:
    def test_a_setting_in_a_file(self, stack: Stack) -> None:
        (stack.folder / "key.txt").write_text("sk-of-the-file", encoding="utf-8")
        stack.run_block(f"{DEPLOY}#secrets-1")
        try:
            given = stack.compose("exec", "-T", "api", "with-secrets", "printenv", "OPENAI_API_KEY")
            assert given == "sk-of-the-file\n"
            [container] = stack.containers("api")
            assert "sk-of-the-file" not in stack.docker("inspect", container)
        finally:
            remove = ("--entrypoint", "sh", "secrets", "-c", "rm /secrets/api/OPENAI_API_KEY")
            stack.compose("run", "--rm", "-T", "--no-deps", *remove)
            stack.up("--force-recreate", "--no-deps", "api")

    def test_a_new_signing_key(self, stack: Stack) -> None:
        keys = "select count(*) from auth.jwks"
        [before] = stack.sql(keys)
        stack.run_block(f"{DEPLOY}#secrets-3")
        assert int(stack.sql(keys)[0]) == int(before) + 1


class TestAccounts:
    def test_a_link_for_a_new_account(self, stack: Stack, client: httpx.Client) -> None:
        email = f"{uuid4()}@example.com"
        said = stack.run_block(f"{DEPLOY}#who-may-sign-up-and-what-it-may-cost-1", {"you@example.com": email})
        token = said.strip().partition("#token=")[2]
        assert said.startswith("auth-service: the account was created.")
        password = str(uuid4())
        headers = {"origin": stack.url}
        body = {"token": token, "newPassword": password}
        assert client.post("/api/auth/reset-password", json=body, headers=headers).status_code == 200
        body = {"email": email, "password": password}
        assert client.post("/api/auth/sign-in/email", json=body, headers=headers).status_code == 200


class TestTroubleshooting:
    def test_logs(self, stack: Stack) -> None:
        assert "bootstrap: roles and schemas are up to date" in stack.run_block(f"{DEPLOY}#troubleshooting-1")

    def test_doctor_finds_nothing_wrong(self, stack: Stack) -> None:
        assert "failed" not in stack.run_block(f"{DEPLOY}#troubleshooting-2")

    def test_a_request_id_leads_to_its_log_lines(self, stack: Stack, client: httpx.Client) -> None:
        request_id = client.get("/api/config").headers["x-request-id"]
        said = stack.run_block(f"{DEPLOY}#troubleshooting-3", {"7c6ce828-a68d-42e6-89a4-71d5076761d9": request_id})
        assert said.count(request_id) >= 2
        assert '"status":"ready"' in said.replace(" ", "")


class TestImages:
    def test_no_data_and_no_secrets_reach_the_builder(self, stack: Stack, tmp_path: Path) -> None:
        """Wherever they are in the clone."""
        context = Path(shutil.copytree(stack.folder, tmp_path / "context", ignore=shutil.ignore_patterns(".git")))
        folders = (context, context / "gateway", context / "web/src", context / "api/src", context / "backups")
        for folder in folders:
            folder.mkdir(exist_ok=True)
            for name in (".env", ".env.production", "owner.env", "manual.dump", "better_auth_secret"):
                (folder / name).write_text("not-for-images", encoding="utf-8")
        dockerfile = "FROM taskchat-api\nCOPY . /context\n"
        (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8")
        image = f"{stack.project}-context"
        stack.docker("build", "--quiet", "--tag", image, "--file", str(tmp_path / "Dockerfile"), str(context))
        try:
            run = ("run", "--rm", "--entrypoint", "sh", image, "-c")
            assert stack.docker(*run, "ls /context/gateway").split() != []
            assert stack.docker(*run, "grep -rl not-for-images /context; true") == ""
        finally:
            stack.docker("image", "rm", image)
