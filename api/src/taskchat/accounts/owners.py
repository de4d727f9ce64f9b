"""The one row by which everything of a user in schema `chat` hangs on the account in schema `auth`.

Foreign keys from every table straight to the account make an account's deletion deadlock with
running turns. So the account is referred to once, here, and this row is locked first.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import CTE, Boolean, Column, ColumnElement, Integer, Interval, Table, Uuid, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from taskchat.database.engine import Session

# auth-service's table, of which this service may refer to ids and read nothing.
account = Table("user", SQLModel.metadata, Column("id", Uuid, primary_key=True), schema="auth")


OWNER_ID = "owner.user_id"
"""What every other table refers to."""


class Owner(SQLModel, table=True):
    """A user, as far as this service knows of one."""

    user_id: UUID = Field(primary_key=True, foreign_key="auth.user.id", ondelete="CASCADE")
    turns_due: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    """When the user's next turn is due at the allowed rate (GCRA's theoretical arrival time)."""
    requests_due: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    """The same for all other requests."""


RATE_WINDOW = timedelta(minutes=1)
COUNT_REQUEST = Path(__file__).with_name("sql") / "count_request.sql"


def counted(session: Session, user_id: UUID, *, only_reads: bool = False) -> ColumnElement[UUID]:
    """The user's id, as an expression that counts one request when Postgres evaluates it.

    If the user is over the rate the statement fails, and `database_errors` raises `RateLimited`.
    An uncorrelated subquery is evaluated once, however many rows the statement reads.
    """
    per_minute = session.requests_per_minute
    every = literal(RATE_WINDOW / per_minute, Interval)
    call = func.count_request(
        literal(user_id, Uuid), every, literal(per_minute, Integer), literal(only_reads, Boolean), type_=Uuid
    )
    return select(call).scalar_subquery()


def within_rate(session: Session, user_id: UUID, *, only_reads: bool = False) -> ColumnElement[bool]:
    """A condition that counts one request, even if the statement finds no rows.

    It names no column, so Postgres evaluates it before it looks for rows (a One-Time Filter).
    """
    return literal(user_id, Uuid) == counted(session, user_id, only_reads=only_reads)


async def require_rate(session: Session, user_id: UUID) -> None:
    """Count a request in a separate round trip, for requests whose own statements are read-only.

    Raises:
        RateLimited: the user is over the rate.
    """
    await session.execute(select(counted(session, user_id, only_reads=True)))
    await session.rollback()


def ensure_owner(user_id: UUID) -> CTE:
    """The beginning of every insert for a user, as a part of the same statement.

    Where the account is gone the statement fails with a foreign key violation, which
    `database_errors` turns into `Unauthenticated`.
    """
    return insert(Owner).values(user_id=user_id).on_conflict_do_nothing().cte("ensured_owner")


async def require_account(session: Session, user_id: UUID) -> None:
    """For a write that found nothing to change: whether that is because the account is gone.

    Leaves no row, but where its connection breaks: what is sent once more then commits. An owner's row says nothing,
    and goes with the account.

    Raises:
        Unauthenticated: the account that the access token was issued to no longer exists.
    """
    await session.rollback()
    await session.connection(execution_options={"isolation_level": "READ COMMITTED"})
    # auth-service's tables cannot be read, but what refers to one of its rows can be tried.
    await session.execute(insert(Owner).values(user_id=user_id).on_conflict_do_nothing())
    await session.rollback()
