"""The tables of limits that all users share."""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ServiceTokens(SQLModel, table=True):
    """A part of the model's tokens that all users' turns took on a day; `count_tokens` adds to it."""

    __tablename__ = "service_tokens"

    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """Of the user's id, so that turns don't wait for each other to count."""
    tokens_used_on: date
    """In UTC."""
    tokens_used: int = Field(sa_type=BigInteger)
