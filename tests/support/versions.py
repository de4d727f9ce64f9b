"""Copies of the repository as checkouts of another version, for tests of updates and rollbacks."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from support.database import ROOT
from taskchat.database.revision import NEWEST_REVISION

NEWER_REVISION = "2999_01_01_0000"
NODE_MODULES = ("", "auth-service", "packages/shared-schema", "web")
PACKAGES = ("api", "packages/dev-stack", "packages/offline-assistant")

MIGRATION = f'''"""What a newer version may add: a column, a table, a function."""

from alembic import op

revision = "{NEWER_REVISION}"
down_revision = "{NEWEST_REVISION}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table task add column note text not null default 'written by the newer version'")
    op.execute("create table label (task_id uuid primary key references task (id) on delete cascade, name text)")
    op.execute("insert into label select id, 'old' from task")
    op.execute("create function of_newer_version() returns int language sql return 1")


def downgrade() -> None:
    pass
'''  # noqa: S608
PLUGINS = "plugins: ["
NEWER_PLUGIN = """plugins: [{
      id: "badges",
      schema: {
        user: { fields: { nickname: { type: "string", required: false, defaultValue: "none yet" } } },
        badge: { fields: { userId: { type: "string", references: { model: "user", field: "id" } } } },
      },
    }, """


def make_newer(folder: Path) -> None:
    """Add a migration to each service of a copy, as a newer version may."""
    (folder / f"api/migrations/versions/{NEWER_REVISION}_add_note.py").write_text(MIGRATION, encoding="utf-8")
    replace(folder / "api/src/taskchat/database/revision.py", NEWEST_REVISION, NEWER_REVISION)
    replace(folder / "auth-service/src/auth.ts", PLUGINS, NEWER_PLUGIN)


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def install(folder: Path) -> Path:
    """Set a copy up as `make setup` does, with the packages that are installed here; return its Python."""
    for place in NODE_MODULES:
        if (modules := ROOT / place / "node_modules").exists():
            (folder / place / "node_modules").symlink_to(modules)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    [site] = (folder / ".venv").glob("lib/python*/site-packages")
    paths = [*(folder / package / "src" for package in PACKAGES), sysconfig.get_path("purelib")]
    (site / "packages.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    return folder / ".venv/bin/python"
