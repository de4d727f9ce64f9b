"""Count the model's tokens per day, for each user and for the service.

begin_turn stays for the previous release, which counts none.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_30_0530"
down_revision: str | None = "2026_11_30_0150"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed" / revision
FUNCTIONS = ("count_tokens", "begin_turn_2")


def upgrade() -> None:
    op.add_column("owner", sa.Column("tokens_used", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("owner", sa.Column("tokens_used_on", sa.Date(), nullable=True))
    op.create_table(
        "service_tokens",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tokens_used_on", sa.Date(), nullable=False),
        sa.Column("tokens_used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot"),
    )
    for name in FUNCTIONS:
        op.get_bind().exec_driver_sql((INSTALLED / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for name in reversed(FUNCTIONS):
        op.execute(f"drop function {name}")
    op.drop_table("service_tokens")
    op.drop_column("owner", "tokens_used_on")
    op.drop_column("owner", "tokens_used")
