"""`/api/docs`: Swagger UI, served without third-party scripts or styles."""

from importlib.resources import files
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse

router = APIRouter(prefix="/api/docs", include_in_schema=False)

_SWAGGER_UI = Path(str(files(fastapi_offline))) / "static"
_OURS = Path(__file__).parent / "docs_page"
_ASSETS = {
    _SWAGGER_UI / "swagger-ui-bundle.js": "text/javascript",
    _SWAGGER_UI / "swagger-ui.css": "text/css",
    _SWAGGER_UI / "favicon.png": "image/png",
    # Separate files, because the policy allows nothing inline.
    _OURS / "start.js": "text/javascript",
    _OURS / "style.css": "text/css",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from other hosts. Swagger UI's style sheet embeds its icons as `data:` images."""

PATHS = frozenset({"/api/docs", *(f"/api/docs/{file.name}" for file in _ASSETS)})
"""All of these are public."""


@router.get("")
async def get_page() -> HTMLResponse:
    page = (_OURS / "index.html").read_text(encoding="utf-8")
    return HTMLResponse(page, headers={"content-security-policy": _POLICY})


def _add_asset(file: Path, media_type: str) -> None:
    @router.get(f"/{file.name}", name=file.name)
    async def get_asset() -> FileResponse:
        return FileResponse(file, media_type=media_type, headers={"cache-control": "max-age=86400"})


for _file, _media_type in _ASSETS.items():
    _add_asset(_file, _media_type)
