"""The owner row, which links a user's data in schema `chat` to the account in schema `auth`.

If every table referenced the account directly, deleting an account would deadlock with running turns. So only this row
references it, and every statement locks this row first.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    Interval,
    Table,
    Uuid,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel

from taskchat.database.engine import Session

# auth-service's table. This service may reference its ids, but read nothing.
account = Table("user", SQLModel.metadata, Column("id", Uuid, primary_key=True), schema="auth")


OWNER_ID = "owner.user_id"
"""The target of every other table's foreign key."""


class Owner(SQLModel, table=True):
    """A user, as this service knows them."""

    user_id: UUID = Field(primary_key=True, foreign_key="auth.user.id", ondelete="CASCADE")
    turns_due: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    """When the user's next turn is due at the allowed rate (GCRA's theoretical arrival time)."""
    requests_due: datetime = Field(sa_column_kwargs={"server_default": func.now()})
    """When the user's next other request is due."""
    tokens_used: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """The model's tokens that the user's turns took on that day; older days are not kept."""
    tokens_used_on: date | None
    """In UTC; None before the first token."""


RATE_WINDOW = timedelta(minutes=1)
SQL_FILES = tuple(sorted(Path(__file__).with_name("sql").glob("*.sql")))


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


def tokens_counted(user_id: UUID, tokens: int) -> ColumnElement[None]:
    """An expression that counts a model's tokens when Postgres evaluates it; see accounts/sql/count_tokens.sql."""
    call: ColumnElement[None] = func.count_tokens(literal(user_id, Uuid), literal(tokens, BigInteger))
    return call.label("tokens_counted")


async def require_rate(session: Session, user_id: UUID) -> None:
    """Count a request in a separate round trip, for requests whose own statements are read-only.

    Raises:
        RateLimited: the user is over the rate.
    """
    await session.execute(select(counted(session, user_id, only_reads=True)))
    await session.rollback()


def ensure_owner(user_id: UUID) -> CTE:
    """Create the owner row if it is missing, as a part of the statement that inserts for the user.

    If the account is gone, the statement fails with a foreign key violation, which `database_errors` turns into
    `Unauthenticated`.
    """
    return insert(Owner).values(user_id=user_id).on_conflict_do_nothing().cte("ensured_owner")


async def require_account(session: Session, user_id: UUID) -> None:
    """Check that the account still exists, after a write that found nothing to change.

    The owner row that this inserts is rolled back. Only after a lost connection does the retry commit it, which is
    harmless: it holds no data and is deleted with the account.

    Raises:
        Unauthenticated: the account that the access token was issued to no longer exists.
    """
    await session.rollback()
    await session.connection(execution_options={"isolation_level": "READ COMMITTED"})
    # We may not read auth-service's tables, but a foreign key to a missing account fails.
    await session.execute(insert(Owner).values(user_id=user_id).on_conflict_do_nothing())
    await session.rollback()
