"""Requests made up from the api's own description, against the running stack: `make test-fuzz`, `make fuzz`.

Schemathesis makes them, well-formed ones and malformed ones, and compares each answer with the description. Here is
who it is, and what must hold of a whole run: every operation was reached, and nothing failed.
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
# The offline assistant answers, as often as it is asked.
SETTINGS = {"TURNS_PER_MINUTE": "1000000", "REQUESTS_PER_MINUTE": "1000000"}
SCHEMA = "/api/openapi.json"
PUBLIC = {"GET /api/config"}
Answers = dict[str, Counter[int]]


@dataclass(frozen=True)
class Run:
    """How many examples of each operation, and by which seed."""

    api_url: str
    seed: int
    examples: int

    def as_somebody(self, stack: Stack) -> tuple[bool, Answers]:
        """Signed in, with an account of its own."""
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

    def as_nobody(self) -> tuple[bool, Answers]:
        """Without any token."""
        return self._schemathesis({}, self.examples // 4 + 1, "coverage,fuzzing")

    def _schemathesis(self, environment: dict[str, str], examples: int, phases: str) -> tuple[bool, Answers]:
        """Whether Schemathesis found nothing, and how often each operation was answered with which status."""
        with TemporaryDirectory() as folder:
            tally = Path(folder) / "tally"
            tally.touch()
            command = [
                *("st", "run", f"{self.api_url}{SCHEMA}", "--checks", "all", "--phases", phases),
                *("--seed", str(self.seed), "--max-examples", str(examples), "--continue-on-failure"),
                *("--generation-database", "none", "--generation-with-security-parameters", "false"),
                *("--warnings", "off"),
            ]
            hooks = {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks", "FUZZ_TALLY": str(tally)}
            ended = subprocess.run(command, cwd=folder, env={**os.environ, **hooks, **environment}, check=False)
            return ended.returncode == 0, _read(tally)


def _read(tally: Path) -> Answers:
    answers: Answers = defaultdict(Counter)
    for line in tally.read_text().splitlines():
        operation, _, status = line.rpartition(" ")
        answers[operation][int(status)] += 1
    return answers


def operations(api_url: str) -> set[str]:
    """The described ones, such as `GET /api/config`."""
    paths = httpx.get(f"{api_url}{SCHEMA}", timeout=30).raise_for_status().json()["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


def show(title: str, described: set[str], answers: Answers) -> None:
    """Print a table of the operations by the statuses of their answers."""
    statuses = sorted({status for operation in described for status in answers[operation]})
    width = max(map(len, described))
    print(f"\n{title:{width}}" + "".join(f"{status:6}" for status in statuses))
    for operation in sorted(described, key=lambda o: o.partition(" ")[2]):
        print(f"{operation:{width}}" + "".join(f"{answers[operation][s] or '·':>6}" for s in statuses))


def complaints(described: set[str], somebody: Answers, nobody: Answers) -> list[str]:
    """What must hold beside Schemathesis' own checks."""
    found = [f"{o} was never answered with success" for o in described if not any(s < 300 for s in somebody[o])]
    for answers in (somebody, nobody):
        found += [f"{o} was answered with {s}" for o, statuses in answers.items() for s in statuses if s >= 500]
    found += [
        f"{operation} was answered with {status} without a token"
        for operation in described - PUBLIC
        for status in nobody[operation]
        if status != 401
    ]
    return sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="another one each time unless given")
    parser.add_argument("--examples", type=int, default=20, help="of each operation and phase")
    arguments = parser.parse_args()
    with Stack(StackSettings(web=None, env=SETTINGS)) as stack:
        run = Run(stack.addresses.api_urls[0], arguments.seed, arguments.examples)
        described = operations(run.api_url)
        somebody_is_fine, somebody = run.as_somebody(stack)
        nobody_is_fine, nobody = run.as_nobody()
    show("with a token", described, somebody)
    show("without", described, nobody)
    found = complaints(described, somebody, nobody)
    print("", *found, sep="\n")
    if found or not (somebody_is_fine and nobody_is_fine):
        print(f"To repeat it: make fuzz SEED={arguments.seed} EXAMPLES={arguments.examples}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
