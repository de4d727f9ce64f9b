"""Read pages of messages and move tasks in bounded time, however long the conversation or the list is."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_30_1324"
down_revision: str | None = "2026_11_30_0925"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed"


def upgrade() -> None:
    op.create_index("task_by_position", "task", ["user_id", "position", "id"])
    _install("oldest_turn_of_page", revision)
    _install("task_position_after", revision)


def downgrade() -> None:
    _install("task_position_after", "2026_11_30_0910")
    op.execute("drop function oldest_turn_of_page")
    op.drop_index("task_by_position", "task")


def _install(name: str, copies: str) -> None:
    op.get_bind().exec_driver_sql((INSTALLED / copies / f"{name}.sql").read_text(encoding="utf-8"))
