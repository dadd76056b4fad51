"""One HTTP client for every outside service, and one way in which their failures are told.

Nothing here retries (whoever calls knows whether the same request is harmless twice), and nothing here repeats a
header, a query or a body of ours in an error or a log: tokens travel in all three.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import msgspec

from avery.errors import OutsideRefused, OutsideUnavailable

TIMEOUT = 10.0
"""Seconds for a whole exchange, unless the caller says otherwise."""
MAX_WORDS = 300
"""Characters that are kept of a service's own words."""

_LIMITS = httpx.Limits(
    max_connections=200,
    max_keepalive_connections=64,
    # Below the 5 s after which uvicorn and many proxies hang up: no request goes into a closing socket.
    keepalive_expiry=4.0,
)
T = TypeVar("T")

_UNAVAILABLE = frozenset({408, 425, 429})


@asynccontextmanager
async def open_http(*, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """The client that every service shares: pooled connections, no redirects, no proxies from the environment."""
    for name in ("httpx", "httpcore"):
        # Their INFO and DEBUG lines carry whole URLs and headers, and some platforms take the token in the query.
        logging.getLogger(name).setLevel(logging.WARNING)
    async with httpx.AsyncClient(
        timeout=httpx.Timeout(TIMEOUT, connect=3.0),
        limits=_LIMITS,
        follow_redirects=False,
        trust_env=False,
        transport=transport,
        headers={"user-agent": "avery"},
    ) as client:
        yield client


async def request(
    http: httpx.AsyncClient,
    service: str,
    method: str,
    url: httpx.URL | str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    content: bytes | None = None,
    data: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> httpx.Response:
    """One exchange with `service` (its name for people), done within `timeout` seconds, answered with a 2xx.

    `data` is sent as a form. Raises OutsideUnavailable where the same request may work in a moment (network, time,
    408, 425, 429 with its Retry-After, 5xx) and OutsideRefused where it will not (other statuses), with the service's
    own words.
    """
    try:
        async with asyncio.timeout(timeout):
            response = await http.request(method, url, headers=headers, params=params, content=content, data=data)
    except (TimeoutError, httpx.TimeoutException):
        raise OutsideUnavailable(service, f"no answer within {timeout:g} s") from None
    except httpx.TransportError as error:
        # `from None`: httpx keeps the request, headers and all, on its exception.
        raise OutsideUnavailable(service, f"could not be reached ({type(error).__name__})") from None
    except httpx.InvalidURL:
        raise OutsideRefused(service, "the address is not a URL") from None
    if response.is_success:
        return response
    raise _failure(service, response)


def decode(service: str, response: httpx.Response, shape: type[T]) -> T:
    """The JSON body of `response` as `shape`; OutsideUnavailable where it is something else.

    A body of another shape is mostly a proxy's page or a deploy in between, so it counts as "may work in a moment".
    """
    try:
        return msgspec.json.decode(response.content, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OutsideUnavailable(
            service, f"answered in another shape than agreed ({error})", status=response.status_code
        ) from None


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or an HTTP date), never negative; None where it says nothing."""
    if not value:
        return None
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def words(response: httpx.Response) -> str:
    """What a service says of its refusal, short and on one line: a problem's detail, an OAuth or Graph error, text."""
    said = ""
    try:
        said = _said(msgspec.json.decode(response.content))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        if response.headers.get("content-type", "").startswith("text/plain"):
            said = response.text
    said = " ".join(said.split()) or response.reason_phrase or "no reason given"
    return said if len(said) <= MAX_WORDS else said[: MAX_WORDS - 1] + "…"


def _said(body: Any) -> str:
    """The first text that explains, in the shapes of RFC 9457, OAuth, Meta, TikTok and Google."""
    if not isinstance(body, dict):
        return ""
    for key in ("detail", "error_description", "error_message", "message", "title"):
        if isinstance(text := body.get(key), str) and text:
            problems = body.get("errors")
            more = (
                [p["message"] for p in problems if isinstance(p, dict) and isinstance(p.get("message"), str)]
                if (isinstance(problems, list))
                else []
            )
            return "; ".join([text, *more])
    error = body.get("error")
    return error if isinstance(error, str) else _said(error)


def _failure(service: str, response: httpx.Response) -> OutsideRefused | OutsideUnavailable:
    status = response.status_code
    said = f"{status}: {words(response)}"
    if status in _UNAVAILABLE or status >= 500:
        wait = retry_after(response.headers.get("retry-after"))
        return OutsideUnavailable(service, said, status=status, retry_after=wait)
    return OutsideRefused(service, said, status=status)
