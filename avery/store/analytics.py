"""Analytics events: what a product person asks about (`avery_events`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from avery.store.pool import Connection


async def record(connection: Connection, coach_id: int, events: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Write events `(name, properties)` in their order, in one statement. Properties hold no personal data."""
    if not events:
        return
    await connection.execute(
        "INSERT INTO avery_events (coach_id, event_name, properties) "
        "SELECT %s, name, properties FROM unnest(%s::text[], %s::jsonb[]) AS given(name, properties)",
        (coach_id, [name for name, _ in events], [Jsonb(properties) for _, properties in events]),
    )
