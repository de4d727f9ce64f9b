"""Fuzz the running stack: `make test-fuzz`, `make fuzz`.

Schemathesis generates well-formed and malformed requests from the OpenAPI document, and compares each response with the
document. This script runs it with and without an account, and checks that every operation was reached and none failed.
"""

import argparse
import os
import secrets
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

HERE = Path(__file__).resolve().parent
# Rates that a run never exceeds.
SETTINGS = {"TURNS_PER_MINUTE": "1000000", "REQUESTS_PER_MINUTE": "1000000"}
SCHEMA = "/api/openapi.json"
NEVER_SUCCEED = {"DELETE /api/{user_id}/conversations/{conversation_id}/turns/{turn}"}
"""It needs a turn without an answer, and the offline assistant answers every turn."""
PUBLIC = {"GET /api/config", "GET /api/health"}
Answers = dict[str, Counter[int]]


@dataclass(frozen=True)
class Run:
    """A run with a seed and a number of examples per operation."""

    api_url: str
    seed: int
    examples: int

    def with_account(self, stack: Stack) -> tuple[bool, Answers]:
        """Run with a new account's token."""
        with httpx.Client(base_url=f"{stack.addresses.auth_url}/api/auth", timeout=30) as auth:
            account = {"name": "Test", "email": "fuzz@example.com", "password": "a long password"}
            user_id = auth.post("/sign-up/email", json=account).raise_for_status().json()["user"]["id"]
            cookie = "; ".join(f"{name}={value}" for name, value in auth.cookies.items())
        environment = {
            "FUZZ_AUTH_URL": stack.addresses.auth_url,
            "FUZZ_USER_ID": user_id,
            "FUZZ_SESSION_COOKIE": cookie,
        }
        return self._schemathesis(environment, self.examples, "examples,coverage,fuzzing,stateful")

    def without_account(self) -> tuple[bool, Answers]:
        """Run without a token."""
        return self._schemathesis({}, self.examples // 4 + 1, "coverage,fuzzing")

    def _schemathesis(self, environment: dict[str, str], examples: int, phases: str) -> tuple[bool, Answers]:
        """Return whether all checks passed, and the number of responses by operation and status."""
        with TemporaryDirectory() as folder:
            tally = Path(folder) / "tally"
            tally.touch()
            command = [
                *("st", "--config-file", str(HERE / "schemathesis.toml")),
                *("run", f"{self.api_url}{SCHEMA}", "--checks", "all", "--phases", phases),
                *("--seed", str(self.seed), "--max-examples", str(examples), "--continue-on-failure"),
                *("--generation-database", "none", "--generation-with-security-parameters", "false"),
                *("--warnings", "off"),
            ]
            hooks = {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks", "FUZZ_TALLY": str(tally)}
            ended = subprocess.run(command, cwd=folder, env={**os.environ, **hooks, **environment}, check=False)
            return ended.returncode == 0, _read(tally)


def _read(tally: Path) -> Answers:
    answers: Answers = defaultdict(Counter)
    for line in tally.read_text(encoding="utf-8").splitlines():
        operation, _, status = line.rpartition(" ")
        answers[operation][int(status)] += 1
    return answers


def operations(api_url: str) -> set[str]:
    """Return the documented operations, such as `GET /api/config`."""
    paths = httpx.get(f"{api_url}{SCHEMA}", timeout=30).raise_for_status().json()["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


def show(title: str, described: set[str], answers: Answers) -> None:
    """Print the number of responses by operation and status."""
    statuses = sorted({status for operation in described for status in answers[operation]})
    width = max(map(len, described))
    print(f"\n{title:{width}}" + "".join(f"{status:6}" for status in statuses))
    for operation in sorted(described, key=lambda o: o.partition(" ")[2]):
        print(f"{operation:{width}}" + "".join(f"{answers[operation][s] or '·':>6}" for s in statuses))


def find_problems(described: set[str], signed_in: Answers, signed_out: Answers) -> list[str]:
    """List what is wrong beyond Schemathesis' own checks."""
    expected = described - NEVER_SUCCEED
    found = [f"{o} never succeeded" for o in expected if not any(s < 300 for s in signed_in[o])]
    for answers in (signed_in, signed_out):
        found += [f"{o} was answered with {s}" for o, statuses in answers.items() for s in statuses if s >= 500]
    found += [
        f"{operation} was answered with {status} without a token"
        for operation in described - PUBLIC
        for status in signed_out[operation]
        if status != 401
    ]
    return sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="random by default")
    parser.add_argument("--examples", type=int, default=20, help="per operation and phase")
    arguments = parser.parse_args()
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # the stack runs on this machine, and clients fail on proxies they can't use
    with Stack(StackSettings(web=None, env=SETTINGS)) as stack:
        run = Run(stack.addresses.api_urls[0], arguments.seed, arguments.examples)
        described = operations(run.api_url)
        first_passed, signed_in = run.with_account(stack)
        second_passed, signed_out = run.without_account()
    show("with a token", described, signed_in)
    show("without a token", described, signed_out)
    found = find_problems(described, signed_in, signed_out)
    print("", *found, sep="\n")
    if found or not (first_passed and second_passed):
        print(f"To repeat this run: make fuzz SEED={arguments.seed} EXAMPLES={arguments.examples}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
