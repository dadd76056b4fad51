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


async def record_abandoned(connection: Connection) -> None:
    """Write `abandoned` for coaches who did nothing for a day and are not done: once for each time they fell silent.

    Safe from several processes at once: one of them does it.
    """
    await connection.execute(
        "WITH mine AS (SELECT pg_try_advisory_xact_lock(hashtext('avery.abandoned')) AS held) "
        "INSERT INTO avery_events (coach_id, event_name, properties) "
        "SELECT coach_id, 'abandoned', jsonb_strip_nulls(jsonb_build_object('phase', current_phase, 'arm', "
        "(SELECT arm FROM avery_messages AS said WHERE said.coach_id = context.coach_id ORDER BY seq DESC LIMIT 1))) "
        "FROM avery_coach_context AS context, mine "
        "WHERE held AND NOT COALESCE(onboarding_complete, FALSE) AND last_interaction_at < NOW() - INTERVAL '24 hours' "
        "AND NOT EXISTS (SELECT 1 FROM avery_events AS known WHERE known.coach_id = context.coach_id "
        "AND known.event_name = 'abandoned' AND known.created_at > context.last_interaction_at)"
    )
