"""The sandbox KLIQ's refusals, as RFC 9457 problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from psycopg import DataError

MEDIA_TYPE = "application/problem+json"

_KINDS = {
    400: ("malformed", "This request cannot be read"),
    401: ("unauthorised", "A service token is needed"),
    404: ("not-found", "There is no such thing"),
    409: ("conflict", "This clashes with what is there"),
    413: ("too-large", "This is too large"),
    415: ("media-type", "This kind of content is not taken"),
    422: ("validation", "Some of this is not as it should be"),
    429: ("too-many-requests", "Too many requests"),
    500: ("internal", "Something went wrong at KLIQ"),
    502: ("bad-gateway", "Something behind KLIQ did not answer"),
    503: ("unavailable", "KLIQ is down for a moment"),
    504: ("timeout", "Something behind KLIQ took too long"),
}


class Problem(Exception):
    """A refusal to be answered. `errors` lists {"field", "message"} for each value that does not do."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def body(self) -> bytes:
        """The problem's JSON."""
        kind, title = _KINDS.get(self.status) or ("status", _phrase(self.status))
        problem: dict[str, Any] = {"type": f"/problems/{kind}", "title": title, "status": self.status}
        if self.detail:
            problem["detail"] = self.detail
        if self.errors:
            problem["errors"] = self.errors
        return msgspec.json.encode(problem)


def invalid(field: str, message: str) -> Problem:
    """The 422 for one value."""
    return Problem(422, "KLIQ cannot take this", errors=[{"field": field, "message": f"{field}: {message}"}])


def answer_problem(_: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """Litestar's handler for a Problem."""
    return Response(problem.body(), status_code=problem.status, media_type=MEDIA_TYPE, headers=problem.headers)


def answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Litestar's own refusals (too large, no such method) in the same shape."""
    return answer_problem(request, Problem(error.status_code, error.detail, headers=dict(error.headers or {})))


def answer_data(request: Request[Any, Any, Any], _: DataError) -> Response[bytes]:
    """PostgreSQL's no to a value (a NUL in a text, a number out of range) in the same shape."""
    return answer_problem(request, Problem(422, "There is something in this that KLIQ cannot keep"))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "An error"
