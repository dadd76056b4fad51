"""avery_cache: answers from outside, kept for a while and shared by all processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from avery.store.pool import Connection


@dataclass(frozen=True, slots=True)
class Cached:
    """A kept answer. A stale one still serves where no newer one can be had."""

    value: Any
    """What JSON can hold."""
    fresh: bool


async def get(conn: Connection, key: str) -> Cached | None:
    """The answer under this key, by the database's clock; None where there never was one."""
    cursor = await conn.execute("SELECT value, expires_at > now() AS fresh FROM avery_cache WHERE key = %s", (key,))
    row = await cursor.fetchone()
    return Cached(row["value"], row["fresh"]) if row else None


async def put(conn: Connection, key: str, value: Any, lives: timedelta) -> None:
    """Keep an answer, in place of an earlier one."""
    await conn.execute(
        """
        INSERT INTO avery_cache (key, value, expires_at) VALUES (%s, %s, now() + %s)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
        """,
        (key, Jsonb(value), lives),
    )
