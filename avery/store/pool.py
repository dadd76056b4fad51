"""The pool of connections to PostgreSQL, made so that psycopg, LangGraph's saver and our own SQL can share it."""

from __future__ import annotations

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[DictRow]]

PREPARED_FROM = 2
"""How often a statement runs before it is prepared, which spares the server planning each of a turn's anew."""
CONNECTION: dict[str, Any] = {
    "row_factory": dict_row,
    "prepare_threshold": None,
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
MAX_IDLE, MAX_LIFETIME = 300.0, 3600.0
"""Seconds after which a spare connection is closed, and after which any one is made anew."""


@asynccontextmanager
async def open_pool(url: str, *, max_size: int = 20) -> AsyncIterator[Pool]:
    """A pool whose connections are in autocommit mode and give dict rows; transactions are asked for by name.

    A restart of the database costs the statements that ran, never the pool. Statements are prepared where no pooler
    stands before the server: where the server is found to be the one that answered.
    """

    async def check(connection: Connection) -> None:
        if not _has_news(connection):
            return
        try:
            await AsyncConnectionPool.check_connection(connection)
        except psycopg.Error:
            # The others were cut off with it. Left where they are, each would cost its finder a longer pause.
            await pool.check()
            raise

    pool: Pool = AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[DictRow],
        kwargs=CONNECTION,
        min_size=min(2, max_size),
        max_size=max_size,
        configure=_configure,
        check=check,
        max_idle=MAX_IDLE,
        max_lifetime=MAX_LIFETIME,
        timeout=15,
        reconnect_timeout=60,
        name="avery",
        open=False,
    )
    async with pool:
        yield pool


async def _configure(connection: Connection) -> None:
    # Not among CONNECTION: with autocommit there, procrastinate's worker stops without a word.
    await connection.set_autocommit(True)
    # PgBouncer and its like hand each transaction to whichever backend is free, where a prepared statement may not be.
    # They are known by the process id that they greet with: it is their own, not the backend's.
    row = await (await connection.execute("SELECT pg_backend_pid() AS pid")).fetchone()
    if row is not None and row["pid"] == connection.info.backend_pid:
        connection.prepare_threshold = PREPARED_FROM


def _has_news(connection: Connection) -> bool:
    """Whether there is something to read on an idle connection.

    A server that goes away says so; where it said nothing, a round trip before every use is spared.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
