"""The commands in the documents, so that tests run what people type."""

import os
import re
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

from taskchat_dev_stack.repository import ROOT

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def code_blocks(document: str) -> dict[str, str]:
    """Return a document's code blocks by name: its path, the heading, and a number from 1 within the section.

    The first block below "## Backup" of docs/deploy.md is `docs/deploy.md#backup-1`. Skips blocks with a language,
    which aren't commands.
    """
    text = (ROOT / document).read_text(encoding="utf-8")
    found: dict[str, str] = {}
    headings = [(0, ""), *((match.start(), match[1]) for match in HEADING.finditer(FENCE.sub(_blank, text)))]
    for block in FENCE.finditer(text):
        if block["language"]:
            continue
        heading = [title for start, title in headings if start < block.start()][-1]
        section = f"{document}#{re.sub(r'[^a-z0-9]+', '-', heading.lower()).strip('-')}"
        number = 1 + sum(name.rpartition("-")[0] == section for name in found)
        found[f"{section}-{number}"] = textwrap.dedent(block["text"])
    return found


def _blank(block: re.Match[str]) -> str:
    """Keep the positions, but hide lines such as comments, which look like headings."""
    return re.sub(r"[^\n]", " ", block[0])


def commands(name: str, placeholders: Mapping[str, str] | None = None) -> str:
    """Return a code block, with these texts replaced. Each must occur."""
    text = code_blocks(name.partition("#")[0])[name]
    for placeholder, value in (placeholders or {}).items():
        assert placeholder in text, f"{name} does not contain {placeholder!r}"
        text = text.replace(placeholder, value)
    return text


def type_commands(text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run commands in bash, in this folder, up to the first that fails. Return what they print.

    Raises:
        RuntimeError: one failed.
    """
    shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text]
    done = subprocess.run(
        shell,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode} of:\n{text}\n{done.stdout[-4000:]}")
    return done.stdout


def newcomers_environment(**settings: str) -> dict[str, str]:
    """Return our environment without the programs and packages of this repository's own set-up."""
    ours = str(ROOT / ".venv")
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not part.startswith(ours))
    names = ("HOME", "LANG", "USER", "TMPDIR", "PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache")
    network = [name for name in os.environ if re.search(r"(?i)proxy|_cert|_ca_|index_url|registry|^PYENV", name)]
    kept = {name: os.environ[name] for name in (*names, *network) if name in os.environ}
    return {**kept, "PATH": path, **settings}
