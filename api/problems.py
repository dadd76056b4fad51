"""Errors over HTTP: problem details as in RFC 9457, and never a stack trace."""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from api.sessions import ForeignConversation
from avery.errors import OutsideRefused, OutsideUnavailable

PROBLEM = "application/problem+json"

_log = structlog.get_logger(__name__)


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457's members; `errors` says which fields would not do."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[dict[str, Any]] | None = None


def problem(status: int, title: str, detail: str = "", headers: dict[str, str] | None = None) -> Response[Problem]:
    """A problem as a response."""
    return Response(
        Problem(type="about:blank", title=title, status=status, detail=detail),
        status_code=status,
        media_type=PROBLEM,
        headers=headers,
    )


def on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What Litestar and our routes raise on purpose; what Litestar itself calls a server's error is a bug."""
    if error.status_code >= 500 and error.status_code != 503:
        return on_bug(_, error)
    found = problem(error.status_code, _title(error.status_code), error.detail, dict(error.headers or {}))
    if isinstance(error.extra, list):
        found.content.errors = [
            {"field": each.get("key"), "detail": each.get("message")} for each in error.extra if isinstance(each, dict)
        ]
    return found


def on_foreign(_: Request[Any, Any, Any], __: ForeignConversation) -> Response[Problem]:
    """A coach's conversation that belongs to another application."""
    return problem(403, "Foreign conversation", "this conversation belongs to another application")


def on_refused(_: Request[Any, Any, Any], error: OutsideRefused) -> Response[Problem]:
    """KLIQ said no."""
    return problem(422, "Refused", error.message)


def on_away(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The database or an outside service is away: the same request may work in a moment."""
    _log.warning("a request could not be served", error=type(error).__name__)
    return problem(503, "Unavailable", "try again in a moment", {"Retry-After": "2"})


def on_bug(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """What nobody expected: logged here, said to nobody."""
    _log.error("a request failed", exc_info=error)
    return problem(500, "Internal error", "this is ours to mend")


HANDLERS: dict[int | type[Exception], Any] = {
    HTTPException: on_http,
    ForeignConversation: on_foreign,
    OutsideRefused: on_refused,
    OutsideUnavailable: on_away,
    OperationalError: on_away,
    PoolTimeout: on_away,
    Exception: on_bug,
}


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
