"""The coach's row, analytics, and what export and erase reach."""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from avery.domain import Coach, PhaseData
from avery.store import analytics, coaches
from avery.store.pool import Connection, Pool

pytestmark = pytest.mark.anyio

FULL = Coach(
    coach_id=7,
    application_id=70,
    preferred_name="Dr. Zoë O'Neil-Smith 🧘",
    niche="wellness",
    specialty="prenatal yoga",
    tone="calm",
    current_phase="pricing",
    data=PhaseData(
        skipped=["social_connect"],
        declined=["discovery.specialty"],
        asked={"discovery.name": 2},
        ask="pricing.price",
        revisiting="profile_setup",
        completed=["discovery"],
        niche_said="yoga \\u0000 for mothers",
        draft_bio="I teach.\nYou breathe.",
        benchmark={"low": 500, "average": 1299, "high": 4000, "currency": "GBP", "source": "shipped"},
        pending={"action": "delete", "value": "blog-1"},
        celebrated=True,
    ),
    onboarding_complete=True,
    tz="America/New_York",
    locale="pt-BR",
)


async def rows(conn: Connection, query: str) -> list[dict[str, Any]]:
    return await (await conn.execute(query.encode())).fetchall()


async def test_what_is_saved_is_loaded_again(pool: Pool) -> None:
    async with pool.connection() as conn:
        assert await coaches.load(conn, 7) is None
        assert await coaches.ensure(conn, 7, 70, FULL.tz, FULL.locale) == 70
        assert await coaches.load(conn, 7) == Coach(coach_id=7, application_id=70, tz=FULL.tz, locale=FULL.locale)
        await coaches.save(conn, FULL)
        assert await coaches.load(conn, 7) == FULL


async def test_the_moment_of_completion_is_kept_from_the_first_time(pool: Pool) -> None:
    async with pool.connection() as conn:
        await coaches.ensure(conn, 7, 70, "Europe/London", "en-GB")
        moments = []
        for complete in (False, True, True, False):
            await coaches.save(conn, Coach(coach_id=7, application_id=70, onboarding_complete=complete))
            found = await rows(conn, "SELECT onboarding_completed_at AS at FROM avery_coach_context")
            moments.append(found[0]["at"])
        assert moments[0] is None
        assert moments[1] is not None
        assert moments[1:] == [moments[1]] * 3


async def test_an_old_row_without_the_newest_fields_still_loads(pool: Pool) -> None:
    async with pool.connection() as conn:
        await coaches.ensure(conn, 7, 70, "Europe/London", "en-GB")
        await conn.execute("""UPDATE avery_coach_context SET phase_data = '{"skipped": ["launch"], "gone": 1}'""")
        coach = await coaches.load(conn, 7)
        assert coach is not None
        assert coach.data == PhaseData(skipped=["launch"])


async def test_a_coach_of_another_application_is_told_apart_and_left_alone(pool: Pool) -> None:
    async with pool.connection() as conn:
        await coaches.ensure(conn, 7, 70, "Europe/London", "en-GB")
        assert await coaches.ensure(conn, 7, 71, "Asia/Tokyo", "ja-JP") == 70
        coach = await coaches.load(conn, 7)
        assert coach is not None
        assert (coach.tz, coach.locale) == ("Europe/London", "en-GB")
        assert await coaches.ensure(conn, 7, 70, "Asia/Tokyo", "ja-JP") == 70
        coach = await coaches.load(conn, 7)
        assert coach is not None
        assert (coach.tz, coach.locale) == ("Asia/Tokyo", "ja-JP")


async def test_many_that_ensure_at_once_all_get_the_application(pool: Pool) -> None:
    async def ensure() -> int:
        async with pool.connection() as conn:
            return await coaches.ensure(conn, 7, 70, "Europe/London", "en-GB")

    assert await asyncio.gather(*(ensure() for _ in range(20))) == [70] * 20


async def test_events_are_written_in_order_with_their_properties(pool: Pool) -> None:
    events: list[tuple[str, dict[str, Any]]] = [
        ("phase_entered", {"phase": "pricing", "note": 'a "quote", a comma and {braces}'}),
        ("skipped", {}),
        ("tool", {"ok": True, "ms": 1.5, "tags": ["a", None]}),
    ]
    async with pool.connection() as conn:
        await analytics.record(conn, 7, [])
        await analytics.record(conn, 7, events)
        found = await rows(conn, "SELECT event_name, properties FROM avery_events WHERE coach_id = 7 ORDER BY id")
    assert [(row["event_name"], row["properties"]) for row in found] == events


async def test_every_table_with_a_coach_in_it_is_exported_and_erased(pool: Pool) -> None:
    async with pool.connection() as conn:
        found = await rows(
            conn,
            """
            SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'coach_id'
            """,
        )
        assert {row["name"] for row in found} == set(coaches.OWNED)
        found = await rows(
            conn,
            """
            SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'thread_id'
            """,
        )
        assert {row["name"] for row in found} == set(coaches.CHECKPOINTS)


async def test_erase_takes_everything_of_one_coach_and_nothing_of_another(pool: Pool) -> None:
    async with pool.connection() as conn:
        for coach_id in (7, 8):
            await _leave_traces(conn, coach_id)
        before = await coaches.export(conn, 8)
        exported = await coaches.export(conn, 7)
        assert all(exported.values()), "every table is there, with something in it"
        written = msgspec.json.encode(exported, enc_hook=str).decode()
        assert "secret" not in written
        assert "a word of coach 7" in written

        assert await coaches.erase(conn, 7) == sum(len(found) for found in exported.values())
        assert not any((await coaches.export(conn, 7)).values())
        assert await coaches.load(conn, 7) is None
        assert await coaches.export(conn, 8) == before


async def test_what_is_written_while_a_coach_is_erased_does_not_stay(pool: Pool) -> None:
    async with pool.connection() as conn, pool.connection() as other:
        await coaches.ensure(conn, 7, 70, "Europe/London", "en-GB")
        async with other.transaction():
            await other.execute("UPDATE avery_coach_context SET last_seq = 1 WHERE coach_id = 7")
            erasing = asyncio.create_task(coaches.erase(conn, 7))
            await asyncio.wait([erasing], timeout=0.2)
            await _say(other, 7)
        await erasing
        assert not any((await coaches.export(conn, 7)).values())


async def _say(conn: Connection, coach_id: int) -> None:
    await conn.execute(
        "INSERT INTO avery_messages (coach_id, application_id, role, content, seq, message_id) "
        "VALUES (%s, 70, 'coach', %s, 1, %s)",
        (coach_id, f"a word of coach {coach_id}", uuid4()),
    )


async def _leave_traces(conn: Connection, coach_id: int) -> None:
    """A row in every table."""
    await coaches.ensure(conn, coach_id, 70, "Europe/London", "en-GB")
    await _say(conn, coach_id)
    await analytics.record(conn, coach_id, [("session_started", {})])
    for statement in (
        "INSERT INTO avery_turns (coach_id, kind, dedupe_key) VALUES (%(id)s, 'greeting', 'g')",
        (
            "INSERT INTO avery_nudges (coach_id, nudge_type, scheduled_for, message_content) "
            "VALUES (%(id)s, 'hello', now(), 'Hi')"
        ),
        (
            "INSERT INTO avery_model_calls (coach_id, purpose, model, prompt_version, outcome, total_ms) "
            "VALUES (%(id)s, 'reply', 'm', 'v', 'ok', 1)"
        ),
        (
            "INSERT INTO avery_tickets (ticket_hash, coach_id, application_id, expires_at) "
            "VALUES (%(key)s, %(id)s, 70, now())"
        ),
        (
            "INSERT INTO avery_oauth_states (state_hash, coach_id, application_id, platform, redirect_uri, "
            "code_verifier, expires_at) VALUES (%(key)s, %(id)s, 70, 'tiktok', 'http://localhost', 'secret', now())"
        ),
        (
            "INSERT INTO avery_social_accounts (coach_id, platform, external_id, username, access_token) "
            "VALUES (%(id)s, 'tiktok', 'x', 'zoe', 'secret')"
        ),
        "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES (%(id)s::text, 'c', '{}')",
        (
            "INSERT INTO checkpoint_blobs (thread_id, channel, version, type, blob) "
            "VALUES (%(id)s::text, 'messages', '1', 'msgpack', '')"
        ),
        (
            "INSERT INTO checkpoint_writes (thread_id, checkpoint_id, task_id, idx, channel, blob) "
            "VALUES (%(id)s::text, 'c', 't', 0, 'messages', '')"
        ),
    ):
        await conn.execute(statement, {"id": coach_id, "key": uuid4().bytes})
