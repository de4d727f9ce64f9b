"""Makes an export without holding much: neither its rows in memory, nor a connection while somebody downloads.

The rows are read in one transaction, a few at a time, and written to a file that has no name, packed, because
JSON takes a fifth of its room then or less.
Only then is anything sent. So a slow download holds nothing of the database, and what goes wrong
while reading is answered as any other problem.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Executable, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from taskchat.conversations.schemas import ConversationPublic
from taskchat.database.engine import ConnectionLost, database_errors
from taskchat.errors import ExportUnavailable, RateLimited
from taskchat.export import statements
from taskchat.export.schemas import ExportedMessage, ExportHead
from taskchat.tasks.schemas import TaskPublic
from taskchat.tasks.statements import list_tasks

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Exports that one process makes at the same time: connections that they take from the pool."""
ROWS_AT_ONCE = 100
KEPT_AT_ONCE = 50
"""Exports of one process that are being made or downloaded."""
FAIR_SECONDS = 30
"""How long a download is safe from being cut off to make room. `DOWNLOAD_SECONDS` limits it in any case."""
KEPT_BYTES = 128 * 1024 * 1024
"""All of them together, packed: where /tmp is memory, as in our containers, it is the process's own."""
IN_MEMORY_BYTES = 1024 * 1024
"""What is larger goes to a file."""
CHUNK_BYTES = 64 * 1024
RETRY_SECONDS = 5

File = SpooledTemporaryFile[bytes]


@dataclass(eq=False)
class KeptExport:
    """An export while it is made and downloaded."""

    user_id: UUID
    file: File
    size: int = 0
    """In bytes, packed."""
    downloaded_since: float = float("inf")
    cut_off: Callable[[], None] = lambda: None
    """Ends the download."""

    def start_download(self, cut_off: Callable[[], None]) -> None:
        self.downloaded_since, self.cut_off = time.monotonic(), cut_off


class Exports:
    """Makes exports, a few at a time, and one at a time for each user."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._places = asyncio.Semaphore(AT_ONCE)
        self._kept: dict[UUID, KeptExport] = {}

    async def create(self, user_id: UUID) -> KeptExport:
        """All that is stored of a user, as JSON, to be read by `unpack` and given back by `discard`.

        If there is no room, the longest-running download is cut off, provided it has had `FAIR_SECONDS`.

        Raises:
            RateLimited: this user has not got another one to its end, or too many others have not.
            ExportUnavailable: there is no room for the file.
            DatabaseUnavailable: the database cannot be reached.
        """
        if user_id in self._kept:
            raise RateLimited("Another export of yours is under way.", retry_after_seconds=RETRY_SECONDS)
        if len(self._kept) >= KEPT_AT_ONCE and not self._cut_off_slowest():
            raise RateLimited("Many exports are under way just now.", retry_after_seconds=RETRY_SECONDS)
        kept = self._kept[user_id] = KeptExport(user_id, File(IN_MEMORY_BYTES))
        try:
            async with self._places:
                try:
                    await self._write_all(kept)
                except ConnectionLost:  # nothing was sent yet
                    with _file_errors():
                        kept.file.seek(0)
                        kept.file.truncate()
                    kept.size = 0
                    await self._write_all(kept)
        except BaseException:
            with suppress(OSError):  # it still tries to write the rest
                self.discard(kept)
            raise
        return kept

    def discard(self, kept: KeptExport) -> None:
        """Release an export that was created; doing so twice is harmless."""
        if self._kept.get(kept.user_id) is kept:
            del self._kept[kept.user_id]
        kept.file.close()

    def _cut_off_slowest(self) -> bool:
        """End the longest-running download that has had `FAIR_SECONDS`; False if there is none."""
        slowest = min(self._kept.values(), key=lambda kept: kept.downloaded_since, default=None)
        if slowest is None or time.monotonic() - slowest.downloaded_since < FAIR_SECONDS:
            return False
        del self._kept[slowest.user_id]  # its file is closed when its download has ended, which is a moment later
        slowest.cut_off()
        return True

    async def _write_all(self, kept: KeptExport) -> None:
        packer = zlib.compressobj(level=1)
        with database_errors():
            async with self._snapshot() as connection:
                async for part in _export(connection, kept.user_id):
                    self._write(kept, packer.compress(part.encode()))
        self._write(kept, packer.flush())
        with _file_errors():
            kept.file.seek(0)

    def _write(self, kept: KeptExport, part: bytes) -> None:
        kept.size += len(part)
        while sum(other.size for other in self._kept.values()) > KEPT_BYTES:
            if not self._cut_off_slowest():
                raise ExportUnavailable
        with _file_errors():
            kept.file.write(part)

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
