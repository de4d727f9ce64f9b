"""Find messages by their words.

These are the functions; env.py builds the index, because that must not happen inside a transaction.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_30_0925"
down_revision: str | None = "2026_11_30_0910"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed" / revision
FUNCTIONS = ("words_of", "message_words", "message_query")


def upgrade() -> None:
    for name in FUNCTIONS:
        op.get_bind().exec_driver_sql((INSTALLED / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("drop index if exists message_by_word")
    for name in reversed(FUNCTIONS):
        op.execute(f"drop function {name}")
