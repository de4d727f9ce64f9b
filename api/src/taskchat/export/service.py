"""Makes an export without holding much: neither its rows in memory, nor a connection while somebody downloads.

The rows are read in one transaction, a few at a time, and written to a file that has no name, packed, because
JSON takes a fifth of its room then or less.
Only then is anything sent. So a slow download holds nothing of the database, and what goes wrong
while reading is answered as any other problem.
"""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Executable, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from taskchat.conversations.schemas import ConversationPublic
from taskchat.database import ConnectionLost, database_errors
from taskchat.errors import ExportUnavailable, RateLimited
from taskchat.export import statements
from taskchat.export.schemas import ExportedMessage, ExportHead
from taskchat.tasks.schemas import TaskPublic
from taskchat.tasks.statements import list_tasks

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Exports that one process makes at the same time: connections that they take from the pool."""
ROWS_AT_ONCE = 100
KEPT_AT_ONCE = 10
"""Exports of one process that are being made or downloaded."""
KEPT_BYTES = 128 * 1024 * 1024
"""All of them together, packed: where /tmp is memory, as in our containers, it is the process's own."""
IN_MEMORY_BYTES = 1024 * 1024
"""What is larger goes to a file."""
CHUNK_BYTES = 64 * 1024
RETRY_SECONDS = 5

File = SpooledTemporaryFile[bytes]


class Exports:
    """Makes exports, a few at a time, and one at a time for each user."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._places = asyncio.Semaphore(AT_ONCE)
        self._kept: dict[UUID, int] = {}
        """The bytes of each."""

    async def create(self, user_id: UUID) -> File:
        """All that is stored of a user, as JSON, to be read by `unpack` and given back by `discard`.

        Raises:
            RateLimited: this user has not got another one to its end, or too many others have not.
            ExportUnavailable: there is no room for the file.
            DatabaseUnavailable: the database cannot be reached.
        """
        if user_id in self._kept:
            raise RateLimited("Another export of yours is under way.", retry_after_seconds=RETRY_SECONDS)
        if len(self._kept) >= KEPT_AT_ONCE:
            raise RateLimited("Many exports are under way just now.", retry_after_seconds=RETRY_SECONDS)
        self._kept[user_id] = 0
        try:
            async with self._places:
                try:
                    return await self._create(user_id)
                except ConnectionLost:  # nothing was sent yet
                    return await self._create(user_id)
        except BaseException:
            del self._kept[user_id]
            raise

    def discard(self, user_id: UUID, file: File) -> None:
        """The end of an export that was created."""
        del self._kept[user_id]
        file.close()

    async def _create(self, user_id: UUID) -> File:
        file = File(IN_MEMORY_BYTES)
        self._kept[user_id] = 0
        packer = zlib.compressobj(level=1)
        try:
            with database_errors():
                async with self._snapshot() as connection:
                    async for part in _export(connection, user_id):
                        self._write(file, packer.compress(part.encode()), user_id)
            self._write(file, packer.flush(), user_id)
            with _file_errors():
                file.seek(0)
        except BaseException:
            with suppress(OSError):  # it still tries to write the rest
                file.close()
            raise
        return file

    def _write(self, file: File, part: bytes, user_id: UUID) -> None:
        self._kept[user_id] += len(part)
        if sum(self._kept.values()) > KEPT_BYTES:
            raise ExportUnavailable
        with _file_errors():
            file.write(part)

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection


@contextmanager
def _file_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.exception("an export could not be written")
        raise ExportUnavailable from error


def unpack(file: File) -> Iterator[bytes]:
    """What `Exports.create` has written, a part at a time."""
    unpacker = zlib.decompressobj()
    while packed := file.read(CHUNK_BYTES):
        while packed:
            yield unpacker.decompress(packed, CHUNK_BYTES)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush()


async def _export(connection: AsyncConnection, user_id: UUID) -> AsyncIterator[str]:
    now = (await connection.execute(select(func.now()))).scalar_one()
    yield _opened(ExportHead(exported_at=now, user_id=user_id), "conversations")
    conversation_id = None
    async for row in _rows(connection, statements.messages(user_id)):
        if row.conversation_id != conversation_id:
            yield "]}," if conversation_id else ""
            yield _opened(_conversation(row), "messages")
        elif row.id:
            yield ","
        if row.id:
            yield ExportedMessage.model_validate(row).model_dump_json()
        conversation_id = row.conversation_id
    yield "]}" if conversation_id else ""
    yield '],"tasks":['
    separator = ""
    async for row in _rows(connection, list_tasks(user_id)):
        yield separator + TaskPublic.model_validate(row).model_dump_json()
        separator = ","
    yield "]}"


async def _rows(connection: AsyncConnection, statement: Executable) -> AsyncIterator[Row[Any]]:
    rows = await connection.stream(statement, execution_options={"yield_per": ROWS_AT_ONCE})
    async for row in rows:
        yield row


def _opened(model: BaseModel, name: str) -> str:
    """The model as a JSON object whose last member is a list that begins here."""
    return f'{model.model_dump_json()[:-1]},"{name}":['


def _conversation(row: Row[Any]) -> ConversationPublic:
    return ConversationPublic(
        id=row.conversation_id, title=row.title, created_at=row.started_at, updated_at=row.used_at
    )
