"""`/api/{user_id}/export`, and its tables as `/api/{user_id}/export/….csv`."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from taskchat.accounts.export import Exports, ExportSection, KeptExport, csv_document, export_schema, unpack
from taskchat.accounts.owners import require_rate
from taskchat.auth.gate import CurrentUser
from taskchat.errors import ExportUnavailable
from taskchat.http.dependencies import SessionDep, service
from taskchat.http.openapi import problems

logger = logging.getLogger(__name__)

DOWNLOAD_SECONDS = 600
"""The time limit of a download. `taskchat.accounts.export` ends it sooner if others need its room."""

ExportsDep = Annotated[Exports, Depends(service(Exports))]


FILE_NAME = {
    "Content-Disposition": {
        "description": "A name for the file, with the date.",
        "required": True,
        "schema": {"type": "string"},
    }
}


def export_router(sections: Sequence[ExportSection]) -> APIRouter:
    """Create the endpoints for exports of these sections."""
    router = APIRouter(prefix="/api/{user_id}/export", tags=["export"])
    *first, last = [section.contents for section in sections]
    router.get(
        "",
        response_model=export_schema(sections),
        description=f"All that is stored of you: {', '.join(first)}, and {last}.",
        responses={200: {"headers": FILE_NAME}, **problems(ExportUnavailable)},
    )(export)
    for section in sections:
        if section.is_table:
            csv = {"text/csv": {"schema": {"type": "string"}}}
            router.get(
                f"/{section.name}.csv",
                name=f"export_{section.name}_csv",
                response_class=StreamingResponse,
                description=f"Your {section.contents} as a table for spreadsheets, in UTF-8 (RFC 4180).",
                responses={200: {"headers": FILE_NAME, "content": csv}, **problems(ExportUnavailable)},
            )(_export_csv(section))
    return router


async def export(user: CurrentUser, session: SessionDep, exports: ExportsDep) -> StreamingResponse:
    await require_rate(session, user.id)
    kept = await exports.create(user.id)
    name = f"taskchat-{datetime.now(UTC):%Y-%m-%d}.json"
    return Download(kept, name, ended=lambda: exports.discard(kept))


def _export_csv(section: ExportSection) -> Callable[..., Awaitable[StreamingResponse]]:
    async def export_csv(user: CurrentUser, session: SessionDep, exports: ExportsDep) -> StreamingResponse:
        await require_rate(session, user.id)
        kept = await exports.create(user.id, csv_document(section))
        name = f"taskchat-{section.name}-{datetime.now(UTC):%Y-%m-%d}.csv"
        return Download(kept, name, "text/csv; charset=utf-8; header=present", ended=lambda: exports.discard(kept))

    return export_csv


class Download(StreamingResponse):
    """Sends a compressed file.

    Args:
        name: for the file: letters and digits of any language, dots and hyphens.
        ended: called when the download is complete, was cut off, or lost its client.
    """

    def __init__(
        self, kept: KeptExport, name: str, media_type: str = "application/json", *, ended: Callable[[], None]
    ) -> None:
        headers = {"content-disposition": _attachment(name)}
        super().__init__(unpack(kept.file), media_type=media_type, headers=headers)
        self._kept, self._ended = kept, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(DOWNLOAD_SECONDS) as limit:
                # An expired limit already ends the download and cannot be rescheduled.
                self._kept.start_download(cut_off=lambda: None if limit.expired() else limit.reschedule(0))
                await super().__call__(scope, receive, send)
        except TimeoutError:
            logger.warning("a download took too long and was cut off")
        finally:
            self._ended()


def _attachment(name: str) -> str:
    """A Content-Disposition, with a plain name too for clients that don't know RFC 8187, such as curl."""
    if name.isascii():
        return f'attachment; filename="{name}"'
    plain = re.sub(r"[^\x00-\x7f]+", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
