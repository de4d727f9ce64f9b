"""Exports: all that is stored of one user as a JSON file, section by section, or one document of another format.

All rows are read in one snapshot, a few at a time, and written to an unnamed, compressed file before anything is sent.
So neither the rows nor a connection are held during a slow download, and an error while reading becomes a problem
document as usual.
"""

import asyncio
import csv
import logging
import re
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, create_model
from sqlalchemy import Executable, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from taskchat.database.engine import database_errors
from taskchat.database.retry import retry_once
from taskchat.errors import ExportUnavailable, RateLimited
from taskchat.http.schemas import ResponseBody

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Exports that one process writes concurrently. Each holds a connection of the pool."""
ROWS_AT_ONCE = 100
KEPT_AT_ONCE = 50
"""Exports that one process writes or sends concurrently."""
FAIR_SECONDS = 30
"""How long no download is cut off to make room. `DOWNLOAD_SECONDS` limits it in any case."""
KEPT_BYTES = 128 * 1024 * 1024
"""The compressed size of all exports together. In our containers, /tmp is part of the process's memory."""
IN_MEMORY_BYTES = 1024 * 1024
"""Larger exports go to a file on disk."""
CHUNK_BYTES = 64 * 1024
RETRY_SECONDS = 5
SCHEMA_DESCRIPTION = "Everything stored about a user, except internal state such as leases and counters."

BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets calculate a cell that starts with one. Source: OWASP, "CSV Injection"."""
_FORMULA_WITHIN = re.compile(r"""([;\t\r\n][ "]*)(?=[=@＝＠]|[+＋－-](?:[\w(=@+-]|[^);\t\r\n][^;\t\r\n]*[(|]))""")
"""Where a cell starts in spreadsheets that split at semicolons or tabs, and so ignore quotes around line breaks and
drop an empty pair of them. After a sign and a space, only functions and programs (`name|topic`) matter, so most lists
with dashes and most smileys stay as they are."""

File = SpooledTemporaryFile[bytes]
Rows = AsyncIterator[Row[Any]]
Document = Callable[[AsyncConnection, UUID], AsyncIterator[str]]
"""Writes a document for a user, in parts."""


async def _one_item_a_row(item: type[BaseModel], rows: Rows) -> AsyncIterator[str]:
    separator = ""
    async for row in rows:
        yield separator + item.model_validate(row).model_dump_json()
        separator = ","


@dataclass(frozen=True, kw_only=True)
class ExportSection:
    """One list in the file.

    Attributes:
        name: of the list, as a member of the document.
        item: the schema of its items.
        contents: says what the items are, in the contract.
        order: says how they are ordered, in the contract.
        statement: selects the rows of a user.
        write: turns the rows into items, as parts of one JSON text with commas in between.
        is_table: whether it can also be exported as CSV, with a column for each member of an item.
    """

    name: str
    item: type[BaseModel]
    contents: str
    order: str
    statement: Callable[[UUID], Executable]
    write: Callable[[type[BaseModel], Rows], AsyncIterator[str]] = _one_item_a_row
    is_table: bool = False


class ExportHead(ResponseBody):
    exported_at: datetime
    """The time of the snapshot."""
    user_id: UUID


def export_schema(sections: Sequence[ExportSection]) -> type[BaseModel]:
    """Create the schema of the whole file."""
    lists: dict[str, Any] = {
        section.name: (list[section.item], Field(description=section.order))  # type: ignore[name-defined]
        for section in sections
    }
    schema: type[BaseModel] = create_model("Export", __base__=ExportHead, __doc__=SCHEMA_DESCRIPTION, **lists)
    return schema


@dataclass(eq=False)
class KeptExport:
    """An export that is being written or downloaded."""

    user_id: UUID
    file: File
    size: int = 0
    """In bytes, compressed."""
    downloaded_since: float = float("inf")
    cut_off: Callable[[], None] = lambda: None
    """Ends the download."""

    async def empty(self) -> None:
        with _file_errors():
            self.file.seek(0)
            self.file.truncate()
        self.size = 0

    def start_download(self, cut_off: Callable[[], None]) -> None:
        self.downloaded_since, self.cut_off = time.monotonic(), cut_off


class Exports:
    """Writes exports: a few at a time, one per user."""

    def __init__(self, engine: AsyncEngine, sections: Sequence[ExportSection]) -> None:
        self._engine = engine
        self._sections = sections
        self._places = asyncio.Semaphore(AT_ONCE)
        self._kept: dict[UUID, KeptExport] = {}

    async def create(self, user_id: UUID, document: Document | None = None) -> KeptExport:
        """Write an export, to be read by `unpack` and released by `discard`.

        Args:
            document: what to write, instead of all sections as JSON. Its exceptions are passed on.

        If space is short, this cuts off the longest-running download, provided it has had `FAIR_SECONDS`.

        Raises:
            RateLimited: another export of this user is in progress, or too many of others are.
            ExportUnavailable: there is no room for the file.
            DatabaseUnavailable: the database cannot be reached.
        """
        if user_id in self._kept:
            raise RateLimited("Another export of yours is in progress.", retry_after_seconds=RETRY_SECONDS)
        if len(self._kept) >= KEPT_AT_ONCE and not self._cut_off_slowest():
            raise RateLimited("Too many exports are in progress.", retry_after_seconds=RETRY_SECONDS)
        kept = self._kept[user_id] = KeptExport(user_id, File(IN_MEMORY_BYTES))
        try:
            async with self._places:
                # Nothing has been sent yet.
                await retry_once(lambda: self._write_all(kept, document or self._document), reset=kept.empty)
        except BaseException:
            with suppress(OSError):  # closing flushes the rest
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
        del self._kept[slowest.user_id]  # the download closes its file a moment later
        slowest.cut_off()
        return True

    async def _write_all(self, kept: KeptExport, document: Document) -> None:
        packer = zlib.compressobj(level=1)
        with database_errors():
            async with self._snapshot() as connection:
                async for part in document(connection, kept.user_id):
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

    async def _document(self, connection: AsyncConnection, user_id: UUID) -> AsyncIterator[str]:
        now = (await connection.execute(select(func.now()))).scalar_one()
        yield ExportHead(exported_at=now, user_id=user_id).model_dump_json()[:-1]
        for section in self._sections:
            yield f',"{section.name}":['
            rows = await stream_rows(connection, section.statement(user_id))
            async for part in section.write(section.item, rows):
                yield part
            yield "]"
        yield "}"

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection


async def stream_rows(connection: AsyncConnection, statement: Executable) -> Rows:
    """Read rows a few at a time."""
    return aiter(await connection.stream(statement, execution_options={"yield_per": ROWS_AT_ONCE}))


def csv_document(section: ExportSection) -> Document:
    """A section as RFC 4180 has it. The byte order mark tells Excel that the text is UTF-8."""

    async def write(connection: AsyncConnection, user_id: UUID) -> AsyncIterator[str]:
        yield BYTE_ORDER_MARK + _csv_line(section.item.model_fields)
        async for row in await stream_rows(connection, section.statement(user_id)):
            yield _csv_line(section.item.model_validate(row).model_dump(mode="json").values())

    return write


def _csv_line(values: Iterable[Any]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow([_csv_cell(value) for value in values])
    return line.getvalue()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    neutral = _FORMULA_WITHIN.sub(r"\1'", value)
    return f"'{neutral}" if neutral.startswith(FORMULA_STARTS) else neutral


@contextmanager
def _file_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.exception("an export could not be written")
        raise ExportUnavailable from error


def unpack(file: File) -> Iterator[bytes]:
    """Decompress what `Exports.create` wrote, in chunks."""
    unpacker = zlib.decompressobj()
    while packed := file.read(CHUNK_BYTES):
        while packed:
            yield unpacker.decompress(packed, CHUNK_BYTES)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush()
