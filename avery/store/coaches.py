"""The coach's row: what Avery herself knows (`avery_coach_context`)."""

from __future__ import annotations

from typing import Any

import msgspec
from psycopg import sql
from psycopg.types.json import Jsonb

from avery.domain import Coach, PhaseData, SocialConnection
from avery.store.pool import Connection

COLUMNS = (
    "coach_id, application_id, preferred_name, niche, specialty, tone_preference, current_phase, phase_data, "
    "onboarding_complete, tz, locale"
)
LINKED = """
    (SELECT jsonb_agg(jsonb_build_object('platform', platform, 'username', username,
                                         'needs_reconnect', needs_reconnect) ORDER BY created_at, platform)
     FROM avery_social_accounts WHERE avery_social_accounts.coach_id = %(coach_id)s) AS linked
"""
"""The column of a coach's linked accounts, oldest first: what a turn needs of them costs it no round trip."""


async def ensure(connection: Connection, coach_id: int, application_id: int, tz: str, locale: str) -> int:
    """Make the coach's row where there is none, and keep zone and language fresh: the application it belongs to."""
    cursor = await connection.execute(
        "INSERT INTO avery_coach_context AS known (coach_id, application_id, tz, locale) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (coach_id) DO UPDATE SET tz = excluded.tz, locale = excluded.locale "
        "WHERE known.application_id = excluded.application_id "
        "AND (known.tz, known.locale) IS DISTINCT FROM (excluded.tz, excluded.locale) RETURNING application_id",
        (coach_id, application_id, tz, locale),
    )
    row = await cursor.fetchone()
    if row is None:
        cursor = await connection.execute(
            "SELECT application_id FROM avery_coach_context WHERE coach_id = %s", (coach_id,)
        )
        row = await cursor.fetchone()
    return int(row["application_id"]) if row else application_id


async def load(connection: Connection, coach_id: int) -> Coach | None:
    """The coach with Avery's own facts and the linked accounts; the store is empty."""
    cursor = await connection.execute(
        f"SELECT {COLUMNS}, {LINKED} FROM avery_coach_context WHERE coach_id = %(coach_id)s", {"coach_id": coach_id}
    )
    row = await cursor.fetchone()
    return from_row(row) if row else None


def from_row(row: dict[str, Any]) -> Coach:
    """The coach in a row that holds at least COLUMNS and LINKED."""
    return Coach(
        coach_id=row["coach_id"],
        application_id=row["application_id"],
        preferred_name=row["preferred_name"],
        niche=row["niche"],
        specialty=row["specialty"],
        tone=row["tone_preference"] or "casual",
        current_phase=row["current_phase"] or "discovery",
        data=msgspec.convert(row["phase_data"] or {}, PhaseData),
        onboarding_complete=bool(row["onboarding_complete"]),
        tz=row["tz"],
        locale=row["locale"],
        social_connections=msgspec.convert(row["linked"] or [], list[SocialConnection]),
    )


ASSIGNMENTS = """preferred_name = %(preferred_name)s, niche = %(niche)s, specialty = %(specialty)s,
    tone_preference = %(tone)s, current_phase = %(current_phase)s, phase_data = %(phase_data)s,
    onboarding_complete = %(onboarding_complete)s, onboarding_completed_at =
    CASE WHEN %(onboarding_complete)s THEN COALESCE(onboarding_completed_at, NOW()) ELSE onboarding_completed_at END,
    updated_at = NOW()"""
"""The part of an UPDATE that writes Avery's own facts; the moment of completion is kept from the first time."""


def values(coach: Coach) -> dict[str, Any]:
    """The parameters of ASSIGNMENTS."""
    return {
        "preferred_name": coach.preferred_name,
        "niche": coach.niche,
        "specialty": coach.specialty,
        "tone": coach.tone,
        "current_phase": coach.current_phase,
        "phase_data": Jsonb(msgspec.to_builtins(coach.data)),
        "onboarding_complete": coach.onboarding_complete,
    }


async def save(connection: Connection, coach: Coach) -> None:
    """Write Avery's own facts."""
    await connection.execute(
        f"UPDATE avery_coach_context SET {ASSIGNMENTS} WHERE coach_id = %(coach_id)s",
        values(coach) | {"coach_id": coach.coach_id},
    )


OWNED = ("avery_messages", "avery_turns", "avery_events", "avery_model_calls", "avery_nudges", "avery_tickets",
         "avery_oauth_states", "avery_social_accounts", "avery_coach_context")  # fmt: skip
"""Tables with a coach's rows, in the order in which they are erased."""
CHECKPOINTS = ("checkpoint_writes", "checkpoint_blobs", "checkpoints")
SECRET = frozenset({"access_token", "refresh_token", "ticket_hash", "state_hash", "code_verifier", "browser_hash"})
"""Columns that no export shows."""


async def export(connection: Connection, coach_id: int) -> dict[str, Any]:
    """Everything that Avery holds of a coach, by table, checkpoints included; secrets left out."""
    found: dict[str, Any] = {}
    for table in OWNED:
        query = sql.SQL("SELECT * FROM {} WHERE coach_id = %s").format(sql.Identifier(table))
        rows = await (await connection.execute(query, (coach_id,))).fetchall()
        found[table] = [{name: value for name, value in row.items() if name not in SECRET} for row in rows]
    for table in CHECKPOINTS:
        query = sql.SQL("SELECT * FROM {} WHERE thread_id = %s").format(sql.Identifier(table))
        found[table] = await (await connection.execute(query, (str(coach_id),))).fetchall()
    return found


async def erase(connection: Connection, coach_id: int) -> int:
    """Remove everything that Avery holds of a coach, checkpoints included: how many rows that were."""
    removed = 0
    async with connection.transaction():
        # Whoever adds to a conversation takes this row first: nothing is written behind our back.
        await connection.execute("SELECT 1 FROM avery_coach_context WHERE coach_id = %s FOR UPDATE", (coach_id,))
        for table in OWNED:
            query = sql.SQL("DELETE FROM {} WHERE coach_id = %s").format(sql.Identifier(table))
            removed += (await connection.execute(query, (coach_id,))).rowcount
        for table in CHECKPOINTS:
            query = sql.SQL("DELETE FROM {} WHERE thread_id = %s").format(sql.Identifier(table))
            removed += (await connection.execute(query, (str(coach_id),))).rowcount
    return removed
