"""Go back by turns in one function, for a history and for a page of messages."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_30_2305"
down_revision: str | None = "2026_11_30_2023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed"
BEFORE = {"oldest_turn_of_page": "2026_11_30_1324", "oldest_turn_within": "2026_11_30_0908"}


def upgrade() -> None:
    for name in BEFORE:
        _install(name, revision)


def downgrade() -> None:
    for name, copies in BEFORE.items():
        _install(name, copies)


def _install(name: str, copies: str) -> None:
    op.get_bind().exec_driver_sql((INSTALLED / copies / f"{name}.sql").read_text(encoding="utf-8"))
