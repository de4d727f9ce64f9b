"""Import rules that the layers in pyproject.toml cannot express."""

import re
import tomllib
from pathlib import Path

import grimp

import taskchat

ROOT = Path(__file__).parents[2]
SOURCE = Path(taskchat.__path__[0])
ENGINE = ("chat", "conversations", "accounts", "auth", "http", "database")
OTHER_USES = re.compile(r"taskchat|asyncio\.\w*task\w*")
"""Lower-case text that contains "task" but is not about the domain: the product's name, and asyncio tasks."""


def top_level_names() -> set[str]:
    modules = {path.stem for path in SOURCE.glob("*.py") if path.name[0] != "_"}
    return modules | {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def layers() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [named] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return {name for layer in named for name in layer.split(" | ")}


def domains() -> set[str]:
    return {path.parent.name for path in SOURCE.glob("*/domain.py")}


def test_every_module_is_in_a_layer_or_is_a_domain() -> None:
    assert domains()
    assert top_level_names() == layers() | domains()


def test_only_main_imports_a_domain() -> None:
    graph = grimp.build_graph("taskchat")
    for domain in domains():
        package = f"taskchat.{domain}"
        inside = {package} | graph.find_descendants(package)
        importers = {importer for module in inside for importer in graph.find_modules_that_directly_import(module)}
        assert importers - inside <= {"taskchat.main"}


def test_the_engine_does_not_mention_tasks() -> None:
    files = [path for folder in ENGINE for path in (SOURCE / folder).rglob("*") if path.suffix in (".py", ".sql")]
    named = [
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if "task" in OTHER_USES.sub("", line.lower())
    ]
    assert len(files) > 50
    assert named == []
