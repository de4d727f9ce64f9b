"""Install begin_turn_2 and oldest_turn_within, as they were on that day.

The function begin_turn stays for an older api that runs beside this one during a deployment.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_25_2040"
down_revision: str | None = "2026_11_20_1101"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAMES = ("oldest_turn_within", "begin_turn_2")
FILES = [Path(__file__).parents[1] / "installed" / revision / f"{name}.sql" for name in NAMES]


def upgrade() -> None:
    for file in FILES:
        op.get_bind().exec_driver_sql(file.read_text())


def downgrade() -> None:
    for file in FILES:
        op.execute(f"drop function {file.stem}")
