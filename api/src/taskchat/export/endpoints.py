"""`/api/{user_id}/export`."""

from collections.abc import Iterator
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from taskchat.auth.gate import CurrentUser
from taskchat.errors import RateLimited
from taskchat.export.schemas import Export
from taskchat.export.service import Exports, File
from taskchat.openapi import problems

router = APIRouter(prefix="/api/{user_id}/export", tags=["export"])

CHUNK_BYTES = 64 * 1024


@router.get(
    "",
    response_model=Export,
    responses={
        200: {
            "headers": {
                "Content-Disposition": {
                    "description": "A name for the file, with the date.",
                    "schema": {"type": "string"},
                }
            }
        },
        **problems(RateLimited),
    },
)
async def export(user: CurrentUser, request: Request) -> StreamingResponse:
    """All that is stored of you: conversations with what was said and done in them, and tasks."""
    exports: Exports = request.app.state.exports
    file = await exports.create(user.id)
    name = f"taskchat-{datetime.now(UTC):%Y-%m-%d}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_chunks(file), media_type="application/json", headers=headers)


def _chunks(file: File) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
