"""Forget counts of a future day.

A database whose clock was ahead for a moment would otherwise refuse turns until that day.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_30_0651"
down_revision: str | None = "2026_11_30_0530"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed"
FUNCTIONS = ("count_tokens", "begin_turn_2")


def upgrade() -> None:
    _install(revision)


def downgrade() -> None:
    _install(str(down_revision))


def _install(copies: str) -> None:
    for name in FUNCTIONS:
        op.get_bind().exec_driver_sql((INSTALLED / copies / f"{name}.sql").read_text(encoding="utf-8"))
