"""Bring databases created before version 0.1.0 to its schema.

Their begin_turn has the parameters of an unreleased api, and the current function is called begin_turn_2. Other
databases stay unchanged.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_30_0150"
down_revision: str | None = "2026_11_29_2240"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed" / "2026_11_29_2240"


def upgrade() -> None:
    op.execute("drop function if exists begin_turn")
    op.execute("drop function if exists begin_turn_2")
    for name in ("oldest_turn_within", "begin_turn", "count_request"):
        op.get_bind().exec_driver_sql((INSTALLED / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    pass
