"""Install begin_turn and turn_lost as their files have them.

The files are replaced in place while the signature stays; then a new migration installs them again.
A changed signature gets a new name, so that two versions of the api can run side by side.
"""

from collections.abc import Sequence

from alembic import op

from taskchat.chat.statements import SQL_FILES

revision: str = "2026_11_20_1101"
down_revision: str | None = "2026_11_20_1100"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for file in SQL_FILES:
        op.get_bind().exec_driver_sql(file.read_text())


def downgrade() -> None:
    for file in SQL_FILES:
        op.execute(f"drop function {file.stem}")
