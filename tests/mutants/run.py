"""Mutation tests: change the code a little, one place at a time, and count the changes that no test notices.

    make mutants                      # all modules; takes hours
    make mutants ONLY=chat/history    # one of them

mutmut changes the Python code, Stryker the TypeScript code, both in copies.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from support.database import ROOT, migrated_database

# The quick tests that cover a module, as arguments for pytest: mutmut runs them again for each mutant.
PYTHON = {
    "auth/tokens": [
        "auth/test_forged_tokens.py",
        "auth/test_clock.py",
        "-k",
        "not stopped and not hanging and not WithoutKeys",
    ],
    "auth/gate": ["auth/test_gate.py"],
    "auth/key_set": ["auth/test_key_set.py"],
    "accounts/owners": ["accounts/test_limits.py"],
    "accounts/concurrency_limit": ["accounts/test_limits.py"],
    "accounts/export": ["accounts/test_export.py"],
    "chat/failures": ["chat/test_failures.py"],
    "chat/history": ["chat/test_history.py"],
    "chat/leases": ["chat/test_concurrent_turns.py", "chat/test_failures.py"],
    "chat/service": ["chat/test_post_chat.py", "chat/test_failures.py"],
    "chat/statements": ["chat/test_post_chat.py", "chat/test_concurrent_turns.py", "chat/test_history.py"],
    "chat/steps": ["chat/test_steps.py"],
    "chat/tools": ["chat/test_own_domain.py", "chat/test_hostile_model.py"],
    "chat/assistant": [
        "chat/test_failures.py",
        "chat/test_hostile_model.py",
        "chat/test_unbounded_answers.py",
        "chat/test_budget.py",
        "chat/test_time_zones.py",
        "-k",
        "EmptyAnswers or endless or server_only or per_turn or reports_none or too_long_is_a_timeout or replayed_step"
        " or costs_nothing or every_step or time_zone",
    ],
    "http/time_zones": ["chat/test_time_zones.py"],
    "chat/providers/retry": ["chat/test_failures.py"],
    "chat/providers/responses": ["chat/test_models.py"],
    "chat/providers/chat_completions": ["chat/test_models.py"],
    "chat/providers/diagnosis": ["chat/test_diagnosis.py"],
    "chat/providers/server_errors": ["chat/test_server_errors.py"],
}
# The workspace, the file and the tests that cover it. We skip module constants, because Stryker does not activate
# their mutants in Vitest.
TYPESCRIPT = {
    "limits": ("auth-service", "src/database/limits.ts", "tests/database/limits.test.ts"),
    "outbox": ("web", "src/chat/outbox.ts", "src/chat/*.test.ts"),
    "delivery": ("web", "src/chat/delivery.ts", "src/chat/*.test.ts"),
    "access-token": ("web", "src/api/access-token.ts", "src/api/access-token.test.ts"),
}
UV_RUN = f"{ROOT}/.venv/bin/uv run --quiet --no-project --python {ROOT}/.venv/bin/python"
MUTMUT = [*UV_RUN.split(), "--with", "mutmut==3.8.1", "mutmut"]
FOLDER = ROOT / "tests/mutants"


def mutate_python(module: str, tests: list[str], database_url: str) -> None:
    """Run mutmut on one module and print what survived."""
    folder = FOLDER / ".work" / module.replace("/", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "src").symlink_to(ROOT / "api/src")
    (folder / "tests").symlink_to(ROOT / "api/tests")
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/taskchat/{module}.py"],
        # A test's timeout counts only the test itself, not the fixtures that start the services.
        "timeout_constant": 4.0,
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": [f"tests/{word}" if "/" in word else word for word in tests],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (folder / "pyproject.toml").write_text("\n".join(["[tool.mutmut]", *lines, ""]), encoding="utf-8")

    environment = {**os.environ, "TASKCHAT_TEST_DATABASE_URL": database_url}

    def mutmut(*arguments: str) -> str:
        command = [*MUTMUT, *arguments]
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=True,
        ).stdout

    mutmut("run", "--max-children", "1")
    lines = mutmut("results", "--all", "true").splitlines()
    outcomes = dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)
    for mutant, outcome in outcomes.items():
        if outcome == "survived":
            print(mutmut("show", mutant))
    counts = Counter(outcomes.values())
    share = (counts["survived"] + counts["no tests"]) / len(outcomes)
    print(f"mutants: {module}: {share:.0%} of {len(outcomes)} survive; {dict(counts)}", flush=True)


def mutate_typescript(workspace: str, file: str, test: str) -> None:
    """Run Stryker on one file; it prints what survived."""
    copy = FOLDER / ".work/typescript"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    shutil.copy(ROOT / "tsconfig.base.json", copy)
    shutil.copytree(ROOT / workspace, copy / workspace, ignore=shutil.ignore_patterns("node_modules", ".build"))
    for name in (".venv", "api", "node_modules", f"{workspace}/node_modules"):
        if (ROOT / name).exists():
            (copy / name).symlink_to(ROOT / name)
    stryker = [f"{FOLDER}/node_modules/.bin/stryker", "run", f"{FOLDER}/stryker.json"]
    subprocess.run([*stryker, "--mutate", file, "--testFiles", test], cwd=copy / workspace, check=True)


def attempt(module: str, mutate: Callable[..., None], *arguments: Any) -> bool:
    """Go on with the other modules if the tool fails on one."""
    try:
        mutate(*arguments)
    except subprocess.CalledProcessError as error:
        print(f"{error.stdout or ''}\nmutants: {module}: the tool failed; see above", flush=True)
        return False
    return True


def main(only: str) -> None:
    python = {module: tests for module, tests in PYTHON.items() if only in module}
    typescript = {module: place for module, place in TYPESCRIPT.items() if only in module}
    if not python and not typescript:
        sys.exit(f"mutants: no module is called {only}; there are {', '.join([*PYTHON, *TYPESCRIPT])}")
    succeeded = [attempt(module, mutate_typescript, *place) for module, place in typescript.items()]
    if python:
        with migrated_database() as database:
            succeeded += [
                attempt(module, mutate_python, module, tests, database.admin_url) for module, tests in python.items()
            ]
    if not all(succeeded):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
