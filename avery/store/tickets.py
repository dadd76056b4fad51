"""Single-use tickets for the WebSocket, because a browser cannot send a header with it. Only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import msgspec

from avery.store.pool import Connection

_json = msgspec.json.Encoder()


async def issue(conn: Connection, coach_id: int, application_id: int, claims: dict[str, Any], *, seconds: float) -> str:
    """A new ticket that holds for `seconds` and one use."""
    ticket = secrets.token_urlsafe(32)
    await conn.execute(
        """
        INSERT INTO avery_tickets (ticket_hash, coach_id, application_id, claims, expires_at)
        VALUES (%s, %s, %s, %s::jsonb, now() + make_interval(secs => %s))
        """,
        (_hash(ticket), coach_id, application_id, _json.encode(claims).decode(), seconds),
    )
    return ticket


async def redeem(conn: Connection, ticket: str) -> tuple[int, int, dict[str, Any]] | None:
    """The ticket's coach id, application id and claims, once; None where it does not hold (any more)."""
    cursor = await conn.execute(
        """
        DELETE FROM avery_tickets WHERE ticket_hash = %s
        RETURNING coach_id, application_id, claims, expires_at > now() AS holds
        """,
        (_hash(ticket),),
    )
    row = await cursor.fetchone()
    return (row["coach_id"], row["application_id"], row["claims"]) if row and row["holds"] else None


async def sweep(conn: Connection) -> None:
    """Remove the tickets that nobody used."""
    await conn.execute("DELETE FROM avery_tickets WHERE expires_at < now() - interval '1 minute'")


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
