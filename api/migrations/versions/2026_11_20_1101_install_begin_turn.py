"""Install begin_turn and turn_lost as they were on that day."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_20_1101"
down_revision: str | None = "2026_11_20_1100"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A copy, and not the file that is worked on: what a migration has installed somewhere stays what it installs.
FILES = [Path(__file__).parents[1] / "installed" / revision / f"{name}.sql" for name in ("turn_lost", "begin_turn")]


def upgrade() -> None:
    for file in FILES:
        op.get_bind().exec_driver_sql(file.read_text())


def downgrade() -> None:
    for file in FILES:
        op.execute(f"drop function {file.stem}")
