"""The transcript and the queue of turns, with several processes at once (played by runners of their own)."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

import pytest

from avery.domain import Platform, SocialConnection
from avery.protocol import Button, Message
from avery.store import analytics, bus, coaches, log, tickets
from avery.store.log import Accepted, LeaseLost
from avery.store.pool import Connection, Pool, open_pool

pytestmark = pytest.mark.anyio

COACH = 7
LEASE = 30.0


@pytest.fixture
async def conversation(pool: Pool) -> int:
    async with pool.connection() as conn:
        await coaches.ensure(conn, COACH, 70, "Europe/London", "en-GB")
    return COACH


def a_reply(content: str = "hello", message_id: str | None = None) -> Message:
    now = datetime.now(UTC).isoformat()
    return Message(id=message_id or str(uuid4()), role="avery", content=content, timestamp=now)


async def say(pool: Pool, runner: UUID, text: str = "hi", message_id: str | None = None) -> Accepted:
    client_id = message_id or str(uuid4())
    async with pool.connection() as conn:
        return await log.accept(
            conn, COACH, client_id=client_id, text=text, button=None, runner=runner, lease_seconds=LEASE
        )


async def let_leases_run_out(pool: Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute("UPDATE avery_coach_context SET runner_until = now() - interval '1 second'")


async def transcript(pool: Pool) -> list[tuple[int, str, str]]:
    async with pool.connection() as conn:
        entries = await log.after(conn, COACH, 0, limit=10_000)
    return [(entry.seq, entry.message.role, entry.message.content) for entry in entries]


async def test_a_message_gets_the_next_seq_and_the_turn_with_the_facts(pool: Pool, conversation: int) -> None:
    me = uuid4()
    accepted = await say(pool, me, "hi there")
    assert (accepted.entry.seq, accepted.duplicate) == (1, False)
    assert accepted.claimed is not None
    assert accepted.claimed.turn.input == {"text": "hi there"}
    assert accepted.claimed.turn.message_id == accepted.entry.message.id
    assert (accepted.claimed.standing.coach.application_id, accepted.claimed.standing.spoken) == (70, 1)


async def test_a_turn_comes_with_the_linked_accounts_oldest_first(pool: Pool, conversation: int) -> None:
    async def link(platform: str, age: str, *, dead: bool = False) -> None:
        async with pool.connection() as conn:
            await conn.execute(
                "INSERT INTO avery_social_accounts (coach_id, platform, external_id, username, access_token, "
                "created_at, needs_reconnect) VALUES (%s, %s, 'x', %s, 'secret', now() - %s::interval, %s)",
                (COACH, platform, f"zoe on {platform}", age, dead),
            )

    me = uuid4()
    accepted = await say(pool, me)
    assert accepted.claimed is not None
    assert accepted.claimed.standing.coach.social_connections == []
    await log.finish(pool, accepted.claimed.turn, me, accepted.claimed.standing.coach, [], [], store_changed=False)
    await link("instagram", "1 day", dead=True)
    await link("youtube", "2 days")
    linked = [
        SocialConnection(Platform.YOUTUBE, "zoe on youtube"),
        SocialConnection(Platform.INSTAGRAM, "zoe on instagram", needs_reconnect=True),
    ]
    accepted = await say(pool, me)
    assert accepted.claimed is not None
    assert accepted.claimed.standing.coach.social_connections == linked
    claimed = await log.claim(pool, COACH, me, LEASE)
    assert claimed is not None
    assert claimed.standing.coach.social_connections == linked


async def test_turns_go_on_in_an_older_process_while_a_migration_adds_a_column(database_url: str) -> None:
    me = uuid4()
    async with open_pool(database_url, max_size=1) as pool:
        async with pool.connection() as conn:
            await coaches.ensure(conn, COACH, 70, "Europe/London", "en-GB")
        for number in range(5):
            if number == 4:
                async with open_pool(database_url, max_size=1) as newer, newer.connection() as conn:
                    await conn.execute("ALTER TABLE avery_coach_context ADD COLUMN newer TEXT")
            await say(pool, me)
            claimed = await log.claim(pool, COACH, me, LEASE)
            assert claimed is not None
            async with pool.connection() as conn:
                assert (await log.standing(conn, COACH)) is not None
            await log.finish(pool, claimed.turn, me, claimed.standing.coach, [a_reply()], [], store_changed=False)


async def test_the_same_message_twice_is_one_message_and_one_turn(pool: Pool, conversation: int) -> None:
    me, same = uuid4(), str(uuid4())
    answers = await asyncio.gather(*(say(pool, me, "hi", same) for _ in range(5)))
    assert sorted(answer.duplicate for answer in answers) == [False, True, True, True, True]
    assert {answer.entry.seq for answer in answers} == {1}
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT count(*) AS turns FROM avery_turns")).fetchone()
    assert row == {"turns": 1}
    assert (await say(pool, me, "next")).entry.seq == 2


async def test_a_click_is_kept_with_its_button(pool: Pool, conversation: int) -> None:
    button = Button(label="Fitness", action="set_niche", value="fitness")
    async with pool.connection() as conn:
        accepted = await log.accept(
            conn, COACH, client_id=str(uuid4()), text="", button=button, runner=uuid4(), lease_seconds=LEASE
        )
    assert accepted.claimed is not None
    assert accepted.claimed.turn.kind == "button"
    assert accepted.claimed.turn.input["button"] == {"label": "Fitness", "action": "set_niche", "value": "fitness"}
    assert await transcript(pool) == [(1, "coach", "Fitness")]


async def test_only_the_holder_of_the_lease_gets_the_turn(pool: Pool, conversation: int) -> None:
    me, other = uuid4(), uuid4()
    assert (await say(pool, me)).claimed is not None
    assert (await say(pool, other)).claimed is None
    assert await log.claim(pool, COACH, other, LEASE) is None


async def test_a_later_message_waits_for_the_earlier_one(pool: Pool, conversation: int) -> None:
    me = uuid4()
    first = await say(pool, me, "one")
    second = await say(pool, me, "two")
    assert second.claimed is None
    claimed = await log.claim(pool, COACH, me, LEASE)
    assert claimed is not None
    assert claimed.turn.message_id == first.entry.message.id


async def test_a_finished_turn_is_written_whole(pool: Pool, conversation: int) -> None:
    me = uuid4()
    claimed = (await say(pool, me)).claimed
    assert claimed is not None
    coach = claimed.standing.coach
    coach.preferred_name, coach.current_phase = "Zoë", "pricing"
    coach.data.skipped = ["social_connect"]
    done = await log.finish(
        pool, claimed.turn, me, coach, [a_reply("a"), a_reply("b")], [("phase_entered", {"phase": "pricing"})],
        store_changed=True,
    )  # fmt: skip
    assert [entry.seq for entry in done.entries] == [2, 3]
    assert done.store_revision == 1
    assert await transcript(pool) == [(1, "coach", "hi"), (2, "avery", "a"), (3, "avery", "b")]
    async with pool.connection() as conn:
        standing = await log.standing(conn, COACH)
        events = await (await conn.execute("SELECT event_name, properties FROM avery_events")).fetchall()
        row = await (await conn.execute("SELECT runner, runner_until FROM avery_coach_context")).fetchone()
    assert standing is not None
    assert (standing.coach.preferred_name, standing.coach.data.skipped) == ("Zoë", ["social_connect"])
    assert standing.pending is None
    assert events == [{"event_name": "phase_entered", "properties": {"phase": "pricing"}}]
    assert row == {"runner": None, "runner_until": None}


async def test_no_other_process_steps_in_between_the_turns_that_wait(pool: Pool, conversation: int) -> None:
    me, other = uuid4(), uuid4()
    claimed = (await say(pool, me, "one")).claimed
    await say(pool, me, "two")
    assert claimed is not None
    done = await log.finish(pool, claimed.turn, me, claimed.standing.coach, [a_reply()], [], store_changed=False)
    assert done.waits
    assert await log.claim(pool, COACH, other, LEASE) is None
    async with pool.connection() as conn:
        assert await log.orphans(conn) == []
    following = await log.claim(pool, COACH, me, LEASE)
    assert following is not None
    assert following.turn.input == {"text": "two"}


async def test_the_facts_are_written_as_the_coachs_own_module_writes_them(pool: Pool, conversation: int) -> None:
    me = uuid4()
    claimed = (await say(pool, me)).claimed
    assert claimed is not None
    coach = claimed.standing.coach
    coach.preferred_name, coach.niche, coach.specialty, coach.tone = "A", "fitness", "boxing", "calm"
    coach.current_phase, coach.onboarding_complete = "complete", True
    coach.data.asked = {"discovery.name": 2}
    columns = (
        "preferred_name, niche, specialty, tone_preference, current_phase, phase_data, onboarding_complete, "
        "onboarding_completed_at IS NOT NULL AS completed"
    )
    await log.finish(pool, claimed.turn, me, coach, [a_reply()], [], store_changed=False)
    async with pool.connection() as conn:
        finished = await (await conn.execute(f"SELECT {columns} FROM avery_coach_context")).fetchone()
        await conn.execute("UPDATE avery_coach_context SET preferred_name = NULL, phase_data = '{}', niche = NULL")
        await coaches.save(conn, coach)
        saved = await (await conn.execute(f"SELECT {columns} FROM avery_coach_context")).fetchone()
    assert finished == saved


async def test_who_lost_the_lease_writes_nothing(pool: Pool, conversation: int) -> None:
    slow, quick = uuid4(), uuid4()
    mine = (await say(pool, slow)).claimed
    await let_leases_run_out(pool)
    theirs = await log.claim(pool, COACH, quick, LEASE)
    assert mine is not None
    assert theirs is not None
    coach = mine.standing.coach
    with pytest.raises(LeaseLost):
        await log.finish(pool, mine.turn, slow, coach, [a_reply("late")], [("late", {})], store_changed=True)
    await log.finish(pool, theirs.turn, quick, coach, [a_reply("in time")], [], store_changed=False)
    with pytest.raises(LeaseLost):
        await log.finish(pool, mine.turn, slow, coach, [a_reply("later")], [], store_changed=False)
    assert await transcript(pool) == [(1, "coach", "hi"), (2, "avery", "in time")]


async def test_a_turn_is_finished_once_even_by_its_own_runner(pool: Pool, conversation: int) -> None:
    me = uuid4()
    claimed = (await say(pool, me)).claimed
    assert claimed is not None
    await log.finish(pool, claimed.turn, me, claimed.standing.coach, [a_reply()], [], store_changed=False)
    await say(pool, me)  # holds the lease again
    with pytest.raises(LeaseLost):
        await log.finish(pool, claimed.turn, me, claimed.standing.coach, [a_reply()], [], store_changed=False)
    assert [seq for seq, *_ in await transcript(pool)] == [1, 2, 3]


async def test_a_renewed_lease_holds_and_a_lost_one_stays_lost(pool: Pool, conversation: int) -> None:
    me, other = uuid4(), uuid4()
    await say(pool, me)
    await let_leases_run_out(pool)
    async with pool.connection() as conn:
        await log.renew(conn, me, [COACH], LEASE)
    assert await log.claim(pool, COACH, other, LEASE) is None
    await let_leases_run_out(pool)
    assert await log.claim(pool, COACH, other, LEASE) is not None
    async with pool.connection() as conn:
        await log.renew(conn, me, [COACH], LEASE)
    assert await log.claim(pool, COACH, me, LEASE) is None


async def test_a_claim_that_finds_nothing_leaves_the_lease_free(pool: Pool, conversation: int) -> None:
    assert await log.claim(pool, COACH, uuid4(), LEASE) is None
    assert (await say(pool, uuid4())).claimed is not None


async def test_what_a_dead_process_left_is_found(pool: Pool, conversation: int) -> None:
    await say(pool, uuid4())
    async with pool.connection() as conn:
        assert await log.orphans(conn) == []
        await let_leases_run_out(pool)
        assert await log.orphans(conn) == [COACH]


async def test_a_turn_without_a_message_is_queued_once(pool: Pool, conversation: int) -> None:
    async with pool.connection() as conn:
        assert await log.enqueue(conn, COACH, "oauth", {"platform": "tiktok", "ok": True}, "oauth:1") is not None
        assert await log.enqueue(conn, COACH, "oauth", {"platform": "tiktok", "ok": True}, "oauth:1") is None
    claimed = await log.claim(pool, COACH, uuid4(), LEASE)
    assert claimed is not None
    assert (claimed.turn.kind, claimed.turn.message_id, claimed.turn.input["platform"]) == ("oauth", None, "tiktok")


@pytest.mark.parametrize("seed", range(3))
async def test_several_processes_that_die_at_random_leave_a_whole_transcript(
    pool: Pool, conversation: int, seed: int
) -> None:
    """Every message is there once, in order, without gaps, and has exactly one answer, in the same order."""
    chance = random.Random(seed)
    messages = [str(uuid4()) for _ in range(40)]
    waiting = set(messages)
    processes = [uuid4() for _ in range(4)]

    async def answer(me: UUID) -> None:
        while waiting:
            if chance.random() < 0.1:
                await let_leases_run_out(pool)
            claimed = await log.claim(pool, COACH, me, LEASE)
            if claimed is None or chance.random() < 0.2:  # the latter died here
                await asyncio.sleep(0)
                continue
            turn = claimed.turn
            # The same reply from whoever answers, as the graph does it: its id comes from the turn.
            reply = a_reply(f"answer to {turn.input['text']}", str(uuid5(UUID(turn.dedupe_key), "reply")))
            try:
                await log.finish(pool, turn, me, claimed.standing.coach, [reply], [], store_changed=False)
            except LeaseLost:
                continue
            waiting.discard(turn.dedupe_key)

    async def talk(me: UUID, ids: list[str]) -> None:
        for each in ids:
            for _ in range(chance.choice((1, 1, 2, 3))):
                await say(pool, me, each, each)

    talkers = [talk(process, messages[n::4]) for n, process in enumerate(processes)]
    async with asyncio.timeout(60):
        await asyncio.gather(*talkers, *map(answer, processes))
    found = await transcript(pool)
    assert [seq for seq, *_ in found] == list(range(1, 81))
    said = [text for _, role, text in found if role == "coach"]
    assert sorted(said) == sorted(messages)
    assert [text for _, role, text in found if role == "avery"] == [f"answer to {text}" for text in said]


async def test_the_transcript_is_read_from_both_ends(pool: Pool, conversation: int) -> None:
    for n in range(5):
        await say(pool, uuid4(), str(n))
    async with pool.connection() as conn:
        assert [entry.seq for entry in await log.after(conn, COACH, 2, limit=2)] == [3, 4]
        assert [entry.seq for entry in await log.before(conn, COACH, None, limit=2)] == [5, 4]
        assert [entry.seq for entry in await log.before(conn, COACH, 3)] == [2, 1]


async def test_the_bell_rings_in_every_process_and_after_its_connection_was_cut(
    pool: Pool, conversation: int, database_url: str
) -> None:
    notices: asyncio.Queue[bus.Notice] = asyncio.Queue()
    connected: asyncio.Queue[None] = asyncio.Queue()
    ear = asyncio.create_task(bus.listen(database_url, notices.put_nowait, lambda: connected.put_nowait(None)))
    try:
        async with asyncio.timeout(20):
            await connected.get()
            me = uuid4()
            await say(pool, me)
            assert await notices.get() == bus.Notice(COACH, "message", 1)
            await say(pool, uuid4())
            assert await notices.get() == bus.Notice(COACH, "turn", 2)
            async with pool.connection() as conn:
                await conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
                    "AND datname = current_database()"
                )
            await connected.get()
            async with pool.connection() as conn:
                await bus.ring(conn, COACH, "stop")
            assert await notices.get() == bus.Notice(COACH, "stop", 0)
    finally:
        ear.cancel()


@pytest.mark.parametrize("payload", ["", "7", "7 message", "x message 1", "7 message x", "7 message 1 2"])
def test_a_payload_that_is_none_of_ours_is_no_notice(payload: str) -> None:
    assert bus.parse(payload) is None


async def test_a_ticket_holds_once(pool: Pool) -> None:
    async with pool.connection() as conn:
        ticket = await tickets.issue(conn, 1, 2, {"tz": "Europe/Paris"}, seconds=30)
        assert await tickets.redeem(conn, ticket) == (1, 2, {"tz": "Europe/Paris"})
        assert await tickets.redeem(conn, ticket) is None
        late = await tickets.issue(conn, 1, 2, {}, seconds=-1)
        assert await tickets.redeem(conn, late) is None
        assert await _stored(conn) == 0


async def _stored(conn: Connection) -> int:
    row = await (await conn.execute("SELECT count(*) AS count FROM avery_tickets")).fetchone()
    return int(row["count"]) if row else -1


async def test_who_falls_silent_is_counted_as_abandoned_once_each_time(pool: Pool, conversation: int) -> None:
    async def abandoned() -> int:
        async with pool.connection() as conn:
            await asyncio.gather(*(analytics.record_abandoned(conn) for _ in range(2)))
            row = await (
                await conn.execute("SELECT count(*) AS count FROM avery_events WHERE event_name = 'abandoned'")
            ).fetchone()
        return int(row["count"]) if row else -1

    async def silent_since(hours: int) -> None:
        async with pool.connection() as conn:
            await conn.execute(
                "UPDATE avery_coach_context SET last_interaction_at = now() - make_interval(hours => %s)", (hours,)
            )

    assert await abandoned() == 0
    await silent_since(25)
    assert [await abandoned(), await abandoned()] == [1, 1]
    async with pool.connection() as conn:
        await conn.execute("UPDATE avery_events SET created_at = now() - interval '3 days'")
    assert await abandoned() == 2
    async with pool.connection() as conn:
        await conn.execute("UPDATE avery_coach_context SET onboarding_complete = TRUE")
        await conn.execute("DELETE FROM avery_events")
    assert await abandoned() == 0
