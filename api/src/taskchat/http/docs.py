"""`/api/docs`: Swagger UI, served without third-party scripts or styles."""

from importlib.resources import files
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response

router = APIRouter(prefix="/api/docs", include_in_schema=False)

_SWAGGER_UI = Path(str(files(fastapi_offline))) / "static"
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
_START = """\
SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false });
"""
_PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Taskchat API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="/api/docs/favicon.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
"""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from other hosts. Swagger UI's style sheet embeds its icons as `data:` images."""

PATHS = frozenset({"/api/docs", "/api/docs/start.js", *(f"/api/docs/{name}" for name in _ASSETS)})
"""All of these are public."""


@router.get("")
async def get_page() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers={"content-security-policy": _POLICY})


@router.get("/start.js")
async def get_start() -> Response:
    # A separate file, because the policy allows no inline script.
    return Response(_START, media_type="text/javascript")


def _add_asset(name: str, media_type: str) -> None:
    @router.get(f"/{name}", name=name)
    async def get_asset() -> FileResponse:
        return FileResponse(_SWAGGER_UI / name, media_type=media_type, headers={"cache-control": "max-age=86400"})


for _name, _media_type in _ASSETS.items():
    _add_asset(_name, _media_type)
