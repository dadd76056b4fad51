"""The social platforms, played."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool


def sandbox_social_routes(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> list[HTTPRouteHandler]:
    """The platforms' pages and endpoints below /sandbox."""
    return []
