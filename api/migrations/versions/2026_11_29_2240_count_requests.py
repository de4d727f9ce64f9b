"""Add owner.requests_due and install count_request, as it was on that day."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "2026_11_29_2240"
down_revision: str | None = "2026_11_25_2040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FILE = Path(__file__).parents[1] / "installed" / revision / "count_request.sql"


def upgrade() -> None:
    op.execute("alter table owner add column requests_due timestamptz not null default now()")
    op.get_bind().exec_driver_sql(FILE.read_text())


def downgrade() -> None:
    op.execute("drop function count_request")
    op.execute("alter table owner drop column requests_due")
