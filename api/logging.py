"""Logs: structured, without personal data or secrets. What a coach said, and who she is, never gets here."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

from avery.errors import AveryError
from avery.settings import Settings

SECRETS = ("token", "secret", "ticket", "password", "authorization", "code", "state", "api_key", "cookie")
QUIET = ("yoyo", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "psycopg.pool", "asyncio")
"""Libraries that are heard from `warning` on: their info lines hold addresses, and queries with OAuth codes."""


def configure(settings: Settings) -> None:
    """Set up this process's logs: a line for a person on a terminal, JSON elsewhere."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide,
    ]
    renderer: list[Any] = (
        [structlog.processors.ExceptionRenderer(where), structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def where(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> list[dict[str, Any]]:
    """An exception as its types and places, the cause last. Its text only where it is ours or the system's own: in any
    other a coach's words may stand."""
    error: BaseException | None = exc_info[1]
    chain: list[dict[str, Any]] = []
    while error is not None and len(chain) < 5:
        said = str(error)[:200] if isinstance(error, AveryError | OSError | RuntimeError) else ""
        code = getattr(error, "sqlstate", None)
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        chain.append(
            {
                "type": f"{type(error).__module__}.{type(error).__qualname__}",
                **({"said": said} if said else {}),
                **({"sqlstate": code} if code else {}),
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what must not stand in a log, whoever put it there; and the query of an address."""
    for name, value in event.items():
        if any(secret in name.lower() for secret in SECRETS):
            event[name] = "(hidden)"
        elif isinstance(value, str) and "?" in value and "/" in value:
            event[name] = value.partition("?")[0] + "?(hidden)"
    return event
