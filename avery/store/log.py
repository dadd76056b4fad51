"""The transcript (`avery_messages`) and the queue of turns (`avery_turns`).

The conversation's row in `avery_coach_context` is the lock: whoever adds to the transcript updates it first, so that
`seq` has no gaps; whoever answers holds its lease (`runner`, `runner_until`), so that one turn runs at a time across
all processes. Each function is one statement where it can be, because round trips are what a turn waits for.

The bell rings on the channel "avery"; its payload is a pointer, never the content: `<coach id> <kind> <seq>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation

from avery.domain import Coach
from avery.errors import AveryError
from avery.protocol import Button, FunctionCall, Message, Preview
from avery.store import coaches
from avery.store.pool import Connection, Pool
from avery.store.usage import ModelCall

CHANNEL = "avery"
TurnKind = Literal["message", "button", "greeting", "welcome_back", "oauth", "photo"]

_json = msgspec.json.Encoder()


class LeaseLost(AveryError):
    """Another process answers this conversation now: whatever was about to be written must be dropped."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in its place in the transcript."""

    seq: int
    message: Message
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A thing that Avery must answer, once."""

    id: int
    coach_id: int
    kind: TurnKind
    dedupe_key: str
    message_seq: int | None
    input: dict[str, Any]
    attempts: int
    """How often it was begun, this time included."""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    """The tool calls that a model chose in earlier tries, in order (see `decide`)."""

    @property
    def message_id(self) -> str | None:
        """The client's id of the coach's message, where there is one."""
        return self.dedupe_key if self.message_seq is not None else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands in the database. `coach` has no store."""

    coach: Coach
    last_seq: int
    store_revision: int
    spoken: int
    """How many messages the coach sent."""
    last_interaction_at: datetime
    idle_seconds: float = 0.0
    """Since the coach last did something; only `standing` fills it."""
    pending: Turn | None = None
    """The oldest unanswered turn."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A turn that this process answers now, and the facts to answer it with."""

    turn: Turn
    standing: Standing


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a coach's message."""

    entry: Entry
    duplicate: bool
    claimed: Claimed | None = None
    """The turn, where it may be answered at once: this process holds the lease and nothing older waits."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The replies' places in the transcript, and the store's revision after the turn."""

    entries: list[Entry]
    store_revision: int
    waits: bool
    """Whether more turns wait: the lease is kept for them, so that no other process steps in between."""


_CONTEXT = f"{coaches.COLUMNS}, last_seq, store_revision, total_messages, last_interaction_at, runner"
# By name: a prepared `*` fails for as long as its connection lives once a migration has added a column.


_LEASE = """
    runner = CASE WHEN runner IS NULL OR runner_until < clock_timestamp() OR runner = %(runner)s
                  THEN %(runner)s ELSE runner END,
    runner_until = CASE WHEN runner IS NULL OR runner_until < clock_timestamp() OR runner = %(runner)s
                        THEN clock_timestamp() + make_interval(secs => %(lease)s) ELSE runner_until END
"""

_ACCEPT = f"""
WITH older AS (
    SELECT EXISTS (SELECT 1 FROM avery_turns WHERE coach_id = %(coach_id)s AND status = 'pending') AS waits
), context AS (
    UPDATE avery_coach_context
    SET last_seq = last_seq + 1, total_messages = COALESCE(total_messages, 0) + 1, last_interaction_at = now(), {_LEASE}
    WHERE coach_id = %(coach_id)s
    RETURNING {_CONTEXT}
), message AS (
    INSERT INTO avery_messages (coach_id, application_id, role, content, phase, seq, message_id, button, arm)
    SELECT coach_id, application_id, 'coach', %(text)s, current_phase, last_seq, %(client_id)s, %(button)s::jsonb,
           %(arm)s
    FROM context
    RETURNING created_at
), turn AS (
    INSERT INTO avery_turns (coach_id, kind, dedupe_key, message_seq, input, attempts)
    SELECT coach_id, %(kind)s, %(dedupe_key)s, last_seq, %(input)s::jsonb, (runner = %(runner)s AND NOT waits)::int
    FROM context, older
    RETURNING id
)
SELECT context.*, {coaches.LINKED}, message.created_at AS said_at, turn.id AS turn_id, older.waits,
    pg_notify('{CHANNEL}', concat_ws(' ', context.coach_id,
              CASE WHEN context.runner = %(runner)s THEN 'message' ELSE 'turn' END, context.last_seq))
FROM context, message, turn, older
"""


async def accept(
    conn: Connection,
    coach_id: int,
    *,
    client_id: str,
    text: str,
    button: Button | None,
    runner: UUID,
    lease_seconds: float,
    arm: str | None = None,
) -> Accepted:
    """Write a coach's message under the next seq and queue its turn. The conversation must exist.

    `client_id` is the client's message id and makes this idempotent: the second time answers with the first one's seq.
    The lease comes with it where it is free, so that the usual turn needs no claim.
    """
    kind: TurnKind = "message" if button is None else "button"
    said = button.label if button else text
    plain = msgspec.to_builtins(button) if button else None
    payload = {"text": said, "button": plain} if plain else {"text": said}
    try:
        cursor = await conn.execute(
            _ACCEPT,
            {
                "coach_id": coach_id,
                "client_id": client_id,
                "dedupe_key": client_id,
                "text": said,
                "button": _dumps(plain) if plain else None,
                "kind": kind,
                "input": _dumps(payload),
                "runner": runner,
                "lease": lease_seconds,
                "arm": arm,
            },
        )
    except UniqueViolation:
        return Accepted(await _entry_of(conn, coach_id, client_id), duplicate=True)
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no conversation for coach {coach_id}")
    message = Message(
        id=client_id, role="coach", content=said, timestamp=row["said_at"].isoformat(), phase=row["current_phase"]
    )
    entry = Entry(row["last_seq"], message)
    if row["runner"] != runner or row["waits"]:
        return Accepted(entry, duplicate=False)
    turn = Turn(row["turn_id"], coach_id, kind, client_id, entry.seq, payload, attempts=1)
    return Accepted(entry, duplicate=False, claimed=Claimed(turn, _standing(row)))


async def enqueue(
    conn: Connection, coach_id: int, kind: TurnKind, input: dict[str, Any], dedupe_key: str
) -> int | None:
    """Queue a turn that no message began, and ring the bell. The turn's id, or None where it was there already."""
    cursor = await conn.execute(
        f"""
        WITH turn AS (
            INSERT INTO avery_turns (coach_id, kind, dedupe_key, input) VALUES (%s, %s, %s, %s::jsonb)
            ON CONFLICT (coach_id, dedupe_key) DO NOTHING
            RETURNING id, coach_id
        )
        SELECT id, pg_notify('{CHANNEL}', concat_ws(' ', coach_id, 'turn', 0)) FROM turn
        """,
        (coach_id, kind, dedupe_key, _dumps(input)),
    )
    row = await cursor.fetchone()
    return None if row is None else int(row["id"])


async def claim(pool: Pool, coach_id: int, runner: UUID, lease_seconds: float) -> Claimed | None:
    """Take the conversation's lease and its oldest unanswered turn.

    None: another process holds the lease, or nothing waits (the lease is free again then).
    """
    async with pool.connection() as conn:
        while True:
            cursor = await conn.execute(
                f"""
                UPDATE avery_coach_context
                SET runner = %(runner)s, runner_until = clock_timestamp() + make_interval(secs => %(lease)s)
                WHERE coach_id = %(coach_id)s
                  AND (runner IS NULL OR runner_until < clock_timestamp() OR runner = %(runner)s)
                RETURNING {_CONTEXT}
                """,
                {"coach_id": coach_id, "runner": runner, "lease": lease_seconds},
            )
            context = await cursor.fetchone()
            if context is None:
                return None
            # A statement of its own: its snapshot is younger than the lock, so it sees what the last runner finished.
            cursor = await conn.execute(
                f"""
                UPDATE avery_turns SET attempts = attempts + 1
                WHERE id = (SELECT id FROM avery_turns WHERE coach_id = %(coach_id)s AND status = 'pending'
                            ORDER BY id LIMIT 1)
                RETURNING id, coach_id, kind, dedupe_key, message_seq, input, attempts, decisions, {coaches.LINKED}
                """,
                {"coach_id": coach_id},
            )
            row = await cursor.fetchone()
            if row is not None:
                # As they are in the turn's own snapshot: a turn about a new account finds it.
                context["linked"] = row.pop("linked")
                return Claimed(Turn(**row), _standing(context))
            await release(conn, runner, coach_id)
            # Somebody may have queued a turn after we looked and before we let go, and seen us hold the lease.
            if not await _waits(conn, coach_id):
                return None


_FACTS = """
    preferred_name = %(preferred_name)s, niche = %(niche)s, specialty = %(specialty)s, tone_preference = %(tone)s,
    current_phase = %(current_phase)s, phase_data = %(phase_data)s::jsonb, onboarding_complete = %(complete)s,
    onboarding_completed_at = CASE WHEN %(complete)s THEN COALESCE(onboarding_completed_at, now()) END,
    updated_at = now()
"""
# What coaches.save writes, as a part of the one statement that ends a turn.


_FINISH = f"""
WITH context AS (
    UPDATE avery_coach_context
    SET last_seq = last_seq + %(count)s, runner = CASE WHEN waits THEN runner END,
        runner_until = CASE WHEN waits THEN runner_until END,
        store_revision = store_revision + %(store_changed)s::int, {_FACTS}
    FROM (SELECT EXISTS (SELECT 1 FROM avery_turns WHERE coach_id = %(coach_id)s AND status = 'pending'
                           AND id <> %(turn_id)s) AS waits) AS queue
    WHERE coach_id = %(coach_id)s AND runner = %(runner)s
      AND EXISTS (SELECT 1 FROM avery_turns WHERE id = %(turn_id)s AND status = 'pending')
    RETURNING coach_id, application_id, last_seq, store_revision, waits
), turn AS (
    UPDATE avery_turns SET status = %(status)s, finished_at = now()
    FROM context WHERE id = %(turn_id)s
), replies AS (
    INSERT INTO avery_messages (coach_id, application_id, role, content, buttons, preview, progress_pct,
                                function_calls, phase, created_at, seq, message_id, in_reply_to, stopped, arm)
    SELECT coach_id, application_id, reply.role, reply.content, reply.buttons, reply.preview, reply.progress_pct,
           reply.function_calls, reply.phase, reply.created_at, last_seq - %(count)s + reply.place, reply.id,
           %(in_reply_to)s, reply.stopped, %(arm)s
    FROM context, jsonb_to_recordset(%(replies)s::jsonb) AS reply (
        place int, id uuid, role text, content text, buttons jsonb, preview jsonb, progress_pct int,
        function_calls jsonb, phase text, created_at timestamptz, stopped boolean)
), events AS (
    INSERT INTO avery_events (coach_id, event_name, properties)
    SELECT coach_id, event.name, event.properties || jsonb_strip_nulls(jsonb_build_object('arm', %(arm)s::text))
    FROM context, jsonb_to_recordset(%(events)s::jsonb) AS event (name text, properties jsonb)
), model_calls AS (
    INSERT INTO avery_model_calls (coach_id, message_id, purpose, phase, arm, model, prompt_version, outcome, tokens_in,
                                   tokens_cached, tokens_out, cost_micros, first_token_ms, total_ms)
    SELECT coach_id, %(last_reply)s, call.purpose, call.phase, %(arm)s, call.model, call.prompt_version, call.outcome,
           call.tokens_in, call.tokens_cached, call.tokens_out, call.cost_micros, call.first_token_ms, call.total_ms
    FROM context, jsonb_to_recordset(%(model_calls)s::jsonb) AS call (
        purpose text, phase text, model text, prompt_version text, outcome text, tokens_in int, tokens_cached int,
        tokens_out int, cost_micros bigint, first_token_ms int, total_ms int)
)
SELECT last_seq, store_revision, waits, pg_notify('{CHANNEL}', concat_ws(' ', coach_id, 'reply', last_seq)) FROM context
"""


async def finish(
    pool: Pool,
    turn: Turn,
    runner: UUID,
    coach: Coach,
    replies: Sequence[Message],
    events: Sequence[tuple[str, dict[str, Any]]],
    *,
    store_changed: bool,
    model_calls: Sequence[ModelCall] = (),
    stopped: bool = False,
    arm: str | None = None,
) -> Finished:
    """Write a turn's outcome, all of it or nothing: replies, facts, analytics, the turn done, the lease free.

    The lease stays where more turns wait.
    LeaseLost where `runner` does not hold the lease any more or the turn was answered already: nothing is written.
    """
    rows = [
        {
            "place": place,
            "id": reply.id,
            "role": reply.role,
            "content": reply.content,
            "buttons": msgspec.to_builtins(reply.buttons),
            "preview": msgspec.to_builtins(reply.preview),
            "progress_pct": reply.progress_pct,
            "function_calls": msgspec.to_builtins(reply.function_calls),
            "phase": reply.phase,
            "created_at": reply.timestamp,
            "stopped": reply.stopped,
        }
        for place, reply in enumerate(replies, 1)
    ]
    async with pool.connection() as conn:
        cursor = await conn.execute(
            _FINISH,
            {
                "coach_id": turn.coach_id,
                "runner": runner,
                "turn_id": turn.id,
                "status": "stopped" if stopped else "done",
                "count": len(rows),
                "store_changed": store_changed,
                "replies": _dumps(rows),
                "in_reply_to": turn.message_id,
                "arm": arm,
                "events": _dumps([{"name": name, "properties": properties} for name, properties in events]),
                "model_calls": _dumps(list(model_calls)),
                "last_reply": rows[-1]["id"] if rows else None,
                "preferred_name": coach.preferred_name,
                "niche": coach.niche,
                "specialty": coach.specialty,
                "tone": coach.tone,
                "current_phase": coach.current_phase,
                "phase_data": _dumps(coach.data),
                "complete": coach.onboarding_complete,
            },
        )
        row = await cursor.fetchone()
    if row is None:
        raise LeaseLost(f"turn {turn.id} is not ours any more")
    first = row["last_seq"] - len(rows) + 1
    entries = [Entry(first + place, reply, turn.message_id) for place, reply in enumerate(replies)]
    return Finished(entries, row["store_revision"], row["waits"])


async def decide(pool: Pool, turn: Turn, runner: UUID, decision: dict[str, Any]) -> None:
    """Write down what a model chose to do, before it is done: a turn that is run again repeats it.

    LeaseLost where `runner` does not answer this conversation any more: then it must not be done.
    """
    async with pool.connection() as conn:
        cursor = await conn.execute(
            """
            UPDATE avery_turns AS turn SET decisions = decisions || %s::jsonb
            FROM avery_coach_context AS context
            WHERE turn.id = %s AND turn.status = 'pending' AND context.coach_id = turn.coach_id AND context.runner = %s
            """,
            (_dumps([decision]), turn.id, runner),
        )
    if cursor.rowcount != 1:
        raise LeaseLost(f"turn {turn.id} is not ours any more")


_RELEASE = "UPDATE avery_coach_context SET runner = NULL, runner_until = NULL WHERE runner = %s"


async def release(conn: Connection, runner: UUID, coach_id: int | None = None) -> None:
    """Give up the lease of one conversation, or all leases of this runner."""
    if coach_id is None:
        await conn.execute(_RELEASE, (runner,))
    else:
        await conn.execute(_RELEASE + " AND coach_id = %s", (runner, coach_id))


async def renew(conn: Connection, runner: UUID, coach_ids: Sequence[int], lease_seconds: float) -> None:
    """Hold the leases of these conversations a while longer, in one statement; those that were lost stay lost."""
    await conn.execute(
        """
        UPDATE avery_coach_context SET runner_until = clock_timestamp() + make_interval(secs => %s)
        WHERE coach_id = ANY(%s) AND runner = %s
        """,
        (lease_seconds, list(coach_ids), runner),
    )


async def orphans(conn: Connection, limit: int = 100) -> list[int]:
    """Coaches with an unanswered turn that nobody is answering, oldest first."""
    cursor = await conn.execute(
        """
        SELECT coach_id FROM avery_turns JOIN avery_coach_context USING (coach_id)
        WHERE status = 'pending' AND (runner IS NULL OR runner_until < clock_timestamp())
        GROUP BY coach_id ORDER BY min(avery_turns.id) LIMIT %s
        """,
        (limit,),
    )
    return [row["coach_id"] for row in await cursor.fetchall()]


async def last_seqs(conn: Connection, coach_ids: Sequence[int]) -> dict[int, int]:
    """Where these conversations' transcripts end."""
    cursor = await conn.execute(
        "SELECT coach_id, last_seq FROM avery_coach_context WHERE coach_id = ANY(%s)", (list(coach_ids),)
    )
    return {row["coach_id"]: row["last_seq"] for row in await cursor.fetchall()}


async def standing(conn: Connection, coach_id: int) -> Standing | None:
    """Where a conversation stands, with its oldest unanswered turn; None where there is none."""
    cursor = await conn.execute(
        f"""
        SELECT {_CONTEXT}, {coaches.LINKED}, turn.turn,
               extract(epoch FROM now() - last_interaction_at)::float8 AS idle_seconds
        FROM avery_coach_context AS context
        LEFT JOIN LATERAL (
            SELECT jsonb_build_object('id', id, 'coach_id', coach_id, 'kind', kind, 'dedupe_key', dedupe_key,
                                      'message_seq', message_seq, 'input', input, 'attempts', attempts,
                                      'decisions', decisions) AS turn
            FROM avery_turns WHERE avery_turns.coach_id = context.coach_id AND status = 'pending' ORDER BY id LIMIT 1
        ) AS turn ON TRUE
        WHERE context.coach_id = %(coach_id)s
        """,
        {"coach_id": coach_id},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return _standing(row, Turn(**row["turn"]) if row["turn"] else None)


async def answered(conn: Connection, turn_id: int) -> bool:
    """Whether a turn was answered, by whomever."""
    cursor = await conn.execute("SELECT status <> 'pending' AS answered FROM avery_turns WHERE id = %s", (turn_id,))
    row = await cursor.fetchone()
    return row is None or bool(row["answered"])


_ENTRY = """
    SELECT seq, message_id, role, content, created_at, phase, buttons, preview, progress_pct, function_calls, stopped,
           in_reply_to
    FROM avery_messages WHERE coach_id = %(coach_id)s
"""


async def after(conn: Connection, coach_id: int, seq: int, limit: int = 200) -> list[Entry]:
    """What came after `seq`, oldest first."""
    cursor = await conn.execute(
        _ENTRY + " AND seq > %(seq)s ORDER BY seq LIMIT %(limit)s", {"coach_id": coach_id, "seq": seq, "limit": limit}
    )
    return [_entry(row) for row in await cursor.fetchall()]


async def before(conn: Connection, coach_id: int, seq: int | None, limit: int = 50) -> list[Entry]:
    """What came before `seq` (None: the end), newest first."""
    cursor = await conn.execute(
        _ENTRY + " AND seq < COALESCE(%(seq)s, 9223372036854775807) ORDER BY seq DESC LIMIT %(limit)s",
        {"coach_id": coach_id, "seq": seq, "limit": limit},
    )
    return [_entry(row) for row in await cursor.fetchall()]


async def _entry_of(conn: Connection, coach_id: int, message_id: str) -> Entry:
    cursor = await conn.execute(_ENTRY + " AND message_id = %(id)s", {"coach_id": coach_id, "id": message_id})
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"message {message_id} was taken as a turn's key, not as a message")
    return _entry(row)


async def _waits(conn: Connection, coach_id: int) -> bool:
    cursor = await conn.execute(
        "SELECT 1 FROM avery_turns WHERE coach_id = %s AND status = 'pending' LIMIT 1", (coach_id,)
    )
    return await cursor.fetchone() is not None


def _standing(row: dict[str, Any], pending: Turn | None = None) -> Standing:
    return Standing(
        coach=coaches.from_row(row),
        last_seq=row["last_seq"],
        store_revision=row["store_revision"],
        spoken=row["total_messages"] or 0,
        last_interaction_at=row["last_interaction_at"],
        idle_seconds=row.get("idle_seconds", 0.0),
        pending=pending,
    )


def _entry(row: dict[str, Any]) -> Entry:
    message = Message(
        id=str(row["message_id"]),
        role=row["role"],
        content=row["content"],
        timestamp=row["created_at"].isoformat(),
        phase=row["phase"],
        buttons=msgspec.convert(row["buttons"], list[Button] | None),
        preview=msgspec.convert(row["preview"], Preview | None),
        progress_pct=row["progress_pct"],
        function_calls=msgspec.convert(row["function_calls"], list[FunctionCall] | None),
        stopped=row["stopped"],
    )
    return Entry(row["seq"], message, str(row["in_reply_to"]) if row["in_reply_to"] else None)


def _dumps(value: Any) -> str:
    return _json.encode(value).decode()
