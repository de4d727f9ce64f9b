"""A table of which cases work with which provider."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.deployments import all_deployments, conversation, deployments
from support.providers import PROVIDERS

__all__ = ["all_deployments", "conversation", "deployments"]

_RESULTS = pytest.StashKey[dict[tuple[str, str], str]]()
_REASONS = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    report: Any = yield
    if isinstance(item, pytest.Function) and (report.when == "call" or report.failed):
        provider = item.callspec.id if hasattr(item, "callspec") else "all"
        case = item.originalname.removeprefix("test_").replace("_", " ")
        item.config.stash.setdefault(_RESULTS, {})[provider, case] = "ok" if report.passed else "RED"
        if report.failed and call.excinfo is not None:
            reason = str(call.excinfo.value).partition("\n")[0][:300]
            item.config.stash.setdefault(_REASONS, []).append(f"{provider}, {case}: {reason}")
    return report  # type: ignore[no-any-return]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(_RESULTS, {})
    providers = [kind.name for kind in PROVIDERS if any(kind.name == provider for provider, _ in results)]
    cases = list(dict.fromkeys(case for provider, case in results if provider in providers))
    if not providers:
        return
    rows = [["provider", *cases], *([p, *(results.get((p, c), "-") for c in cases)] for p in providers)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("provider and case")
    for row in rows:
        terminalreporter.write_line("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())
    for (provider, case), result in results.items():
        if provider == "all":
            terminalreporter.write_line(f"{case}: {result}")
    for reason in config.stash.get(_REASONS, []):
        terminalreporter.write_line(reason)
