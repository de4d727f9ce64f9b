"""Let users discard turns, and read conversations from which turns are missing.

An api of the previous release accepts the key of a discarded turn again.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_30_0908"
down_revision: str | None = "2026_11_30_0651"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed"
BEFORE = {"oldest_turn_within": "2026_11_29_2240", "begin_turn_2": "2026_11_30_0651"}


def upgrade() -> None:
    op.create_table(
        "discarded_turn",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["owner.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "idempotency_key"),
    )
    op.create_index("discarded_turn_of_conversation", "discarded_turn", ["conversation_id", "turn"])
    for name in (*BEFORE, "discard_turn"):
        _install(name, revision)


def downgrade() -> None:
    op.execute("drop function discard_turn")
    for name, copies in BEFORE.items():
        _install(name, copies)
    op.drop_table("discarded_turn")


def _install(name: str, copies: str) -> None:
    op.get_bind().exec_driver_sql((INSTALLED / copies / f"{name}.sql").read_text(encoding="utf-8"))
