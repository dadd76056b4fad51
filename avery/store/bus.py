"""The bell: one LISTEN connection of this process, by which it hears of what other processes wrote.

A notice is a pointer, never the content. One that was missed (the connection was away) is made up for by a query:
`on_reconnect` is called after every new connection.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from avery.store.log import CHANNEL
from avery.store.pool import Connection

_log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts to reconnect: the first, and at most."""
KEEPALIVE = "keepalives=1 keepalives_idle=15 keepalives_interval=5 keepalives_count=3"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened in a conversation.

    `kind`: "message" (a coach's message was written, its turn is taken), "turn" (a turn waits for whoever can take it),
    "reply" (a turn was finished), "stop" (the coach stops the reply that is being written). `seq` is the transcript's
    last, 0 where it did not grow.
    """

    coach_id: int
    kind: str
    seq: int


async def listen(url: str, on_notice: Callable[[Notice], None], on_reconnect: Callable[[], None]) -> None:
    """Listen until cancelled; a lost connection is made anew, with growing pauses."""
    pause = FIRST_PAUSE
    address = make_conninfo(url, **conninfo_to_dict(KEEPALIVE))
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as conn:
                await conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                on_reconnect()
                pause = FIRST_PAUSE
                async for notify in conn.notifies():
                    notice = parse(notify.payload)
                    if notice is not None:
                        on_notice(notice)
        except (psycopg.Error, OSError) as error:
            _log.warning("the bell's connection was lost", error=type(error).__name__, pause=pause)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  (jitter, not a secret)
        pause = min(pause * 2, LONGEST_PAUSE)


def parse(payload: str) -> Notice | None:
    """A notice from its payload; None where it is none of ours."""
    parts = payload.split(" ")
    if len(parts) != 3 or not parts[0].isdigit() or not parts[2].isdigit():
        return None
    return Notice(int(parts[0]), parts[1], int(parts[2]))


async def ring(conn: Connection, coach_id: int, kind: str) -> None:
    """Tell all processes."""
    await conn.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{coach_id} {kind} 0"))
