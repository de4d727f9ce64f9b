"""Give tasks due dates, a priority and an order.

Tasks keep the order in which they were made: they all get the same position, and their ids contain their time. So no
row is rewritten. The previous release writes none of the columns; its new tasks come last.
"""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_30_0910"
down_revision: str | None = "2026_11_30_0908"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTALLED = Path(__file__).parents[1] / "installed" / revision
UP = (
    """
    alter table task
      add column due_on date,
      add column due_at time,
      add column priority text not null default 'none',
      add column position float8 not null default extract(epoch from now()),
      add constraint task_due_at_has_due_on check (due_at is null or due_on is not null),
      add constraint task_priority_is_known check (priority in ('none', 'low', 'medium', 'high'))
    """,
    "drop index task_in_order",
    """
    create index task_by_due_date on task
      (user_id, coalesce(due_on, 'infinity'::date), coalesce(due_at, '24:00:00'::time), position, id)
    """,
)
DOWN = (
    "drop function task_position_after",
    "drop index task_by_due_date",
    "create index task_in_order on task (user_id, created_at, id)",
    "alter table task drop column due_on, drop column due_at, drop column priority, drop column position",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    op.get_bind().exec_driver_sql((INSTALLED / "task_position_after.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
