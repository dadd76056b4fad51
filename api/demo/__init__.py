"""The demo page: a plain admin panel around the conversation, until the real widget sits in KLIQ's own.

Static files without a build step; a strict Content-Security-Policy proves that nothing in them is made from strings.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import hashlib
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

HERE = Path(__file__).parent
FILES = {
    "index.html": "text/html; charset=utf-8",
    "avery.css": "text/css; charset=utf-8",
    "avery.js": "text/javascript; charset=utf-8",
    "connection.js": "text/javascript; charset=utf-8",
    "markdown.js": "text/javascript; charset=utf-8",
    "avery.svg": "image/svg+xml",
}
_LOOPBACK = "http://127.0.0.1:* http://localhost:*"
"""The store may be known under this machine's other name."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        f" img-src 'self' https: data: {_LOOPBACK}; frame-src 'self' {_LOOPBACK};"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def _file(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """A file as it stands on disk, or 304 where the browser has it."""
    if name not in FILES:
        raise NotFoundException("there is no such page")
    content = (HERE / name).read_bytes()
    headers = HEADERS | {"etag": f'"{hashlib.sha256(content).hexdigest()[:20]}"'}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=FILES[name])
    return Response(content, headers=headers, media_type=FILES[name])


@get("/", include_in_schema=False, sync_to_thread=False)
def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The page itself."""
    return _file(request, "index.html")


@get([f"/{name}" for name in FILES], include_in_schema=False, sync_to_thread=False)
def part(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file that the page is made of."""
    return _file(request, request.url.path.removeprefix("/"))


demo_routes: list[HTTPRouteHandler] = [page, part]
"""What `/` and the page's files need; only for the sandbox in development."""
