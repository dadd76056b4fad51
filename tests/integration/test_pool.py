"""The pool before the server itself, and behind a pooler (played here by a relay that greets as one)."""

import asyncio
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from avery.store.pool import open_pool

pytestmark = pytest.mark.anyio

NOBODY = 2**31 - 1
"""A process id that no backend has."""


async def prepared(url: str) -> int:
    """How many statements a connection has prepared after it ran one of them often."""
    async with open_pool(url, max_size=1) as pool, pool.connection() as conn:
        for number in range(5):
            await conn.execute("SELECT %s::int", (number,))
        row = await (await conn.execute("SELECT count(*) AS found FROM pg_prepared_statements")).fetchone()
    assert row is not None
    return int(row["found"])


@asynccontextmanager
async def pooler(url: str) -> AsyncIterator[str]:
    """A way to the same database whose greeting names no backend: PgBouncer sends random bytes there."""
    server = conninfo_to_dict(url)
    ended = asyncio.Event()

    async def pump(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            to.write(data)

    async def greet(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        kind = b""
        while kind != b"Z":
            kind, size = struct.unpack("!cI", await source.readexactly(5))
            body = await source.readexactly(size - 4)
            if kind == b"K":
                body = struct.pack("!I", NOBODY) + body[4:]
            to.write(struct.pack("!cI", kind, size) + body)
        await pump(source, to)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = str(server.get("host")), str(server.get("port") or 5432)
        there, back = await (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else asyncio.open_connection(host, int(port))
        )
        ways = [asyncio.create_task(pump(reader, back)), asyncio.create_task(greet(there, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, back):
            each.close()
        await asyncio.gather(*ways)
        ended.set()

    with tempfile.TemporaryDirectory(prefix="avery-") as folder:
        async with await asyncio.start_unix_server(relay, Path(folder) / ".s.PGSQL.5432"):
            yield make_conninfo(url, host=folder, port=5432, sslmode="disable", gssencmode="disable")
            await ended.wait()


async def test_statements_are_prepared_by_the_server_itself(database_url: str) -> None:
    assert await prepared(database_url) > 0


async def test_no_statement_is_prepared_behind_a_pooler(database_url: str) -> None:
    async with pooler(database_url) as url:
        assert await prepared(url) == 0
