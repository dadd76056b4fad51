"""One conversation, live: what was said comes in here once, is answered in order, and goes to every socket.

A conversation belongs to nobody's socket. Its turns run in a task of their own (one at a time across all processes, by
the lease in avery.store.log), and whoever joins in the middle is told what is being written.

Frames of the transcript leave in the order of their `seq` without gaps: `Session.published` is the last that left, and
a gap (another process wrote) is filled from the table before anything newer.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
import psycopg
import structlog
from psycopg_pool import PoolTimeout

import prompts
from api import frames, metrics
from api.hub import Outbox
from avery import onboarding
from avery.arms import SCRIPTED, arm_of
from avery.domain import Coach, Store
from avery.errors import AveryError, OutsideError
from avery.protocol import (
    Button,
    Reconnect,
    ReconnectPayload,
    ServerMessage,
    SessionReady,
    Snapshot,
    encode,
)
from avery.services import Services
from avery.store import analytics, bus, coaches, log, tickets
from avery.store.log import Accepted, Claimed, Entry, LeaseLost, Standing, Turn
from graph.events import Delta, Emit, Event, Reply
from graph.state import Decisions
from graph.turn import TurnInput, TurnResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.auth import Identity

_log = structlog.get_logger(__name__)

DATABASE_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
"""The database may be back in a moment: nothing is known to be wrong with what was asked."""
STORE_SECONDS = 30.0
"""How long what KLIQ said of a store is believed."""
STORE_WAIT = 3.0
"""How long a coach waits for KLIQ to say it; after that the last known store does."""
TURN_SECONDS = 180.0
"""A turn that takes longer has failed."""
HOLD_SECONDS = 0.2
"""How long a returning socket waits for its client to say what it knows."""
ATTEMPTS = 6
"""A turn that was begun this often without an end (it may have killed its process) is answered with an apology."""
PAGE = 200
"""Messages read at once when a client catches up."""
SWEEP_SECONDS = 3.0
ABANDONED_SECONDS = 600.0
RECONNECT_MS = 500

_TURNS = uuid5(NAMESPACE_URL, "urn:avery:turn")


class RunTurn(Protocol):
    """The door into the graph, as graph.turn.run_turn is once its graph is given; it leaves `coach` as it was."""

    def __call__(
        self, coach: Coach, turn_id: str, given: TurnInput, emit: Emit, stop: asyncio.Event, decisions: Decisions
    ) -> Awaitable[TurnResult]: ...


class ForeignConversation(AveryError):
    """The coach's conversation belongs to another application."""


@dataclass(slots=True)
class Running:
    """The turn that is being answered."""

    turn_id: str
    in_reply_to: str | None
    retried: bool
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    partial: dict[str, list[str]] = field(default_factory=dict)
    """What was written so far, by message."""
    index: dict[str, int] = field(default_factory=dict)
    waiting: list[Delta] = field(default_factory=list)
    """Pieces that leave with this step of the loop."""

    def begin_again(self) -> None:
        """Forget what was written: the first piece of the next try replaces it."""
        self.retried = True
        self.partial.clear()
        self.waiting.clear()


class Session:
    """One coach's conversation in this process: its sockets, its running turn, what it knows of the store."""

    __slots__ = (
        "accepting",
        "again",
        "application_id",
        "awaiting",
        "busy",
        "coach_id",
        "heard",
        "joining",
        "kicks",
        "outboxes",
        "published",
        "runner",
        "running",
        "store",
        "store_at",
        "store_revision",
    )

    def __init__(self, coach_id: int, application_id: int, published: int) -> None:
        self.coach_id = coach_id
        self.application_id = application_id
        self.published = published
        """The last seq that left for the sockets."""
        self.heard = published
        """The last seq that is known to be in the table."""
        self.busy = 0
        """How many writes of our own are on their way: they publish what they wrote themselves."""
        self.joining = 0
        self.outboxes: tuple[Outbox, ...] = ()
        self.awaiting: dict[str, Outbox] | None = None
        """Whose message is being written: its socket gets the receipt where the others get the message."""
        self.accepting: asyncio.Lock | None = None
        self.runner: asyncio.Task[None] | None = None
        self.again = False
        """Something may be waiting that the runner has not seen."""
        self.kicks = 0
        """How often the runner was told so."""
        self.running: Running | None = None
        self.store: Store | None = None
        self.store_revision = -1
        self.store_at = 0.0

    @property
    def idle(self) -> bool:
        return not self.outboxes and not self.joining and self.runner is None

    def tell(self, frame: ServerMessage) -> None:
        """Send a frame that is not part of the transcript to every socket."""
        if self.outboxes:
            text = encode(frame)
            for outbox in self.outboxes:
                outbox.put(text)

    def publish(self, entry: Entry) -> bool:
        """Send a message of the transcript to every socket, if it is the next one. Whether it was."""
        if entry.seq != self.published + 1:
            return False
        self.published = entry.seq
        self.heard = max(self.heard, entry.seq)
        origin = self.awaiting.pop(entry.message.id, None) if self.awaiting else None
        text = ""
        for outbox in self.outboxes:
            if outbox is origin:
                outbox.put(encode(frames.ack(entry.message.id, entry.seq, duplicate=False)))
                continue
            if not text:
                streamed = self.running is not None and entry.message.id in self.running.partial
                text = encode(frames.entry(entry, streamed=streamed))
            outbox.put(text)
        return True

    def written_so_far(self) -> list[ServerMessage]:
        """What one who joins now must be told of the running turn."""
        running = self.running
        if running is None:
            return []
        told: list[ServerMessage] = [frames.typing(True, running.turn_id, running.in_reply_to)]
        for message_id, pieces in running.partial.items():
            told.append(frames.partial(message_id, pieces, running.index[message_id], running.in_reply_to))
        return told


class Sessions:
    """All conversations that are live in this process."""

    def __init__(self, services: Services, run_turn: RunTurn) -> None:
        self.services = services
        self.settings = services.settings
        self.pool = services.pool
        self.run_turn = run_turn
        self.runner = uuid4()
        """This process, as the leases name it."""
        self.live: dict[int, Session] = {}
        self.left: dict[int, float] = {}
        """When a coach's last socket went: one who is back at once was not away."""
        self.draining = False
        self._tasks: set[asyncio.Task[None]] = set()

    # Life ---------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen, renew leases and take up what others left behind, as long as this context lasts."""
        keepers = [
            asyncio.create_task(bus.listen(self.services.database_url, self._on_notice, self._on_reconnect)),
            asyncio.create_task(self._keep(self._renew, self.settings.lease_seconds / 3)),
            asyncio.create_task(self._keep(self._sweep, SWEEP_SECONDS)),
            asyncio.create_task(self._keep(self._count_abandoned, ABANDONED_SECONDS)),
        ]
        try:
            yield
        finally:
            await self.drain(0)
            for task in (*keepers, *self._tasks):
                task.cancel()
            await asyncio.gather(*keepers, *self._tasks, return_exceptions=True)

    async def drain(self, seconds: float) -> None:
        """Before the end: send the sockets elsewhere, let running turns finish for a while, let go of the leases."""
        if not self.draining:
            self.draining = True
            for session in self.live.values():
                session.tell(Reconnect(message_id=str(uuid4()), payload=ReconnectPayload(after_ms=RECONNECT_MS)))
        if running := [session.runner for session in self.live.values() if session.runner]:
            _, late = await asyncio.wait(running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        with suppress(*DATABASE_AWAY):
            async with asyncio.timeout(2), self.pool.connection(timeout=1) as conn:
                await log.release(conn, self.runner)

    # Joining and leaving ------------------------------------------------------------------------------------------

    async def join(self, identity: Identity, outbox: Outbox) -> Session:
        """Bring a socket into its coach's conversation: it is told where things stand, and greeted if that is due.

        ForeignConversation where the coach's conversation is another application's.
        """
        async with self.pool.connection() as conn:
            application_id = await coaches.ensure(
                conn, identity.coach_id, identity.application_id, identity.tz, identity.locale
            )
            if application_id != identity.application_id:
                raise ForeignConversation(f"coach {identity.coach_id} belongs to application {application_id}")
            standing = await log.standing(conn, identity.coach_id)
            await analytics.record(
                conn, identity.coach_id, [("session_started", {"arm": arm_of(identity.coach_id, self.settings)})]
            )
        if standing is None:
            raise LookupError(f"coach {identity.coach_id} was erased a moment ago")
        session = self._session(standing)
        session.joining += 1
        try:
            coach = await self._with_store(standing, session)
        finally:
            session.joining -= 1
        pending = {"inReplyTo": standing.pending.message_id} if standing.pending else None
        if session.running:
            pending = {"inReplyTo": session.running.in_reply_to}
        outbox.joined = session.published
        snapshot = self._snapshot(coach, session.published, pending)
        outbox.put(encode(SessionReady(message_id=str(uuid4()), payload=snapshot)))
        if session.published > 0:
            outbox.hold()
            outbox.timer = asyncio.get_running_loop().call_later(HOLD_SECONDS, outbox.go)
        for frame in session.written_so_far():
            outbox.put(encode(frame))
        session.outboxes = (*session.outboxes, outbox)
        metrics.sockets.inc()
        self._check(session)
        self._spawn(self._greet(session, standing))
        return session

    def leave(self, session: Session, outbox: Outbox) -> None:
        """The socket is gone; the conversation goes on."""
        if outbox in session.outboxes:
            session.outboxes = tuple(other for other in session.outboxes if other is not outbox)
            metrics.sockets.dec()
        if not session.outboxes:
            self.left[session.coach_id] = time.monotonic()
            self._forget(session)

    async def resume(self, session: Session, outbox: Outbox, after: int) -> None:
        """Send what came after `after`, in order, before anything newer."""
        if not outbox.holding:
            # The client knows less than it was sent: it starts again from where it is.
            outbox.hold()
            outbox.joined = session.published
        elif outbox.timer is not None:
            outbox.timer.cancel()
            outbox.timer = None
        known = max(after, 0)
        while known < outbox.joined and not outbox.closed:
            entries = await self._after(session, known)
            if not entries:
                break
            for entry in entries:
                if entry.seq <= outbox.joined:
                    outbox.put_first(encode(frames.entry(entry)))
            known = entries[-1].seq
            await outbox.drained()
        outbox.go()

    # What a coach does --------------------------------------------------------------------------------------------

    async def say(self, session: Session, outbox: Outbox, message_id: str, text: str, button: Button | None) -> None:
        """Write a coach's message down, give the receipt, and have it answered.

        Raises what the database raises when it stays away: then nothing was acknowledged.
        """
        client_id = str(UUID(message_id))
        if session.awaiting is None:
            session.awaiting = {}
        if session.accepting is None:
            session.accepting = asyncio.Lock()
        async with session.accepting:
            mine = session.awaiting.setdefault(client_id, outbox) is outbox
            session.busy += 1
            try:
                accepted = await self._accept(session, client_id, text, button)
                await self._bring(session, [accepted.entry])
                if not accepted.duplicate and client_id in session.awaiting:
                    # Not published though it is new: the table ends earlier than it did, as after a failover to a
                    # database that was behind. What it lost is lost; what comes now still gets through.
                    _log.error("the transcript went back", coach=session.coach_id)
                    session.published = session.heard = accepted.entry.seq - 1
                    session.publish(accepted.entry)
            finally:
                session.busy -= 1
                if mine:
                    session.awaiting.pop(client_id, None)
            self._check(session)
        if accepted.duplicate:
            outbox.put(encode(frames.ack(message_id, accepted.entry.seq, duplicate=True)))
        self._kick(session, accepted.claimed)

    def stop(self, session: Session) -> None:
        """Stop the reply that is being written, wherever that is."""
        if session.running is not None:
            session.running.stop.set()
        else:
            self._spawn(self._ring(session.coach_id, "stop"))

    def wake(self, session: Session) -> None:
        """Look whether something waits to be answered."""
        self._kick(session)

    async def snapshot(self, identity: Identity) -> Snapshot | None:
        """Where a conversation stands; None where there is none. ForeignConversation as in `join`."""
        async with self.pool.connection() as conn:
            standing = await log.standing(conn, identity.coach_id)
        if standing is None:
            return None
        if standing.coach.application_id != identity.application_id:
            raise ForeignConversation(f"coach {identity.coach_id} belongs to another application")
        coach = await self._with_store(standing, self.live.get(identity.coach_id))
        pending = {"inReplyTo": standing.pending.message_id} if standing.pending else None
        return self._snapshot(coach, standing.last_seq, pending)

    # Answering ----------------------------------------------------------------------------------------------------

    def _kick(self, session: Session, claimed: Claimed | None = None) -> None:
        if session.runner is not None:
            session.again = True
            session.kicks += 1
        elif not self.draining:
            session.runner = asyncio.get_running_loop().create_task(self._answer(session, claimed))

    async def _answer(self, session: Session, claimed: Claimed | None) -> None:
        """Answer what waits, oldest first, until nothing does."""
        trouble = 0
        try:
            while True:
                try:
                    if claimed is None:
                        session.again = False
                        claimed = await log.claim(self.pool, session.coach_id, self.runner, self.settings.lease_seconds)
                    if claimed is not None:
                        await self._turn(session, claimed)
                    trouble = 0
                except DATABASE_AWAY as error:
                    trouble += 1
                    session.again = True
                    _log.warning("the database is away", coach=session.coach_id, error=type(error).__name__)
                    await asyncio.sleep(_pause(trouble))
                except LeaseLost:
                    _log.info("another process took the turn", coach=session.coach_id)
                    await self._catch_up(session)
                except asyncio.CancelledError:
                    raise
                except Exception:  # noqa: BLE001 (whatever it is, the coach's next message must find a runner)
                    # Begun too often, it is answered with an apology: nothing is lost, but somebody must look at it.
                    _log.exception("a turn could not be finished", coach=session.coach_id)
                    trouble += 1
                    session.again = True
                    await asyncio.sleep(_pause(trouble))
                claimed = None
                if not session.again or self.draining:
                    break
        finally:
            session.runner = None
            if session.again and not self.draining:
                self._kick(session)
            else:
                self._forget(session)

    async def _turn(self, session: Session, claimed: Claimed) -> None:
        turn = claimed.turn
        turn_id = str(uuid5(_TURNS, f"{turn.coach_id}:{turn.dedupe_key}"))
        running = Running(turn_id, turn.message_id, retried=turn.attempts > 1)
        session.running = running
        begun = time.perf_counter()
        session.tell(frames.typing(True, turn_id, turn.message_id))
        try:
            coach = await self._with_store(claimed.standing, session)
            result = await self._result(session, running, claimed, coach)
            session.busy += 1
            kicks = session.kicks
            try:
                try:
                    finished = await self._write(claimed, result)
                except (*DATABASE_AWAY, LeaseLost):
                    raise
                except Exception as error:  # noqa: BLE001 (a coach is answered whatever a reply holds)
                    metrics.failures.inc()
                    _log.exception("a reply could not be written", coach=coach.coach_id, kind=turn.kind)
                    result = _apology(coach, turn_id, type(error).__name__)
                    finished = await self._write(claimed, result)
                if finished is None:
                    await self._catch_up(session)
                else:
                    await self._bring(session, finished.entries)
                    # What was queued before the outcome was written is among what waits, or was answered already.
                    session.again = finished.waits or session.kicks != kicks
                    if result.store_changed:
                        self._believe(session, result.coach.store, finished.store_revision)
            finally:
                session.busy -= 1
            session.tell(frames.progress(result.coach, turn_id, turn.message_id, result.celebration))
            metrics.turns.labels(turn.kind).observe(time.perf_counter() - begun)
            metrics.count_model_calls(result.model_calls)
        finally:
            session.tell(frames.typing(False, turn_id, turn.message_id))
            session.running = None
            self._check(session)

    async def _result(self, session: Session, running: Running, claimed: Claimed, coach: Coach) -> TurnResult:
        """What the graph made of a turn; where it fails twice, an apology in the same phase, never silence."""
        turn = claimed.turn
        given = _turn_input(turn)
        loop = asyncio.get_running_loop()
        decisions = Decisions(turn.decisions, partial(log.decide, self.pool, turn, self.runner))
        tracked: list[tuple[str, dict[str, Any]]] = []
        if turn.kind in ("message", "button"):
            tracked.append((turn.kind, {"phase": coach.current_phase, **_tracked(given)}))

        def tell(event: Event) -> None:
            frame = frames.frame_of(event, coach, running.turn_id, running.in_reply_to)
            if frame is not None:
                session.tell(frame)

        def flush() -> None:
            pieces, running.waiting = running.waiting, []
            for piece in _joined(pieces):
                tell(_remember(running, piece))

        def emit(event: Event) -> None:
            if isinstance(event, Delta):
                # Pieces that come in one step leave in one frame: what is late already is not made later by its frames.
                if not running.waiting:
                    loop.call_soon(flush)
                running.waiting.append(event)
            else:
                flush()
                tell(event)

        try:
            if turn.attempts > ATTEMPTS:
                raise RuntimeError(f"begun {turn.attempts} times without an end")
            try:
                result = await self._run(coach, running, given, emit, decisions)
            except (*DATABASE_AWAY, LeaseLost, TimeoutError):
                raise
            except Exception:  # noqa: BLE001 (a coach is answered whatever the graph raises)
                metrics.failures.inc()
                _log.exception("a turn failed and is run again", coach=coach.coach_id, kind=turn.kind)
                running.begin_again()
                result = await self._run(coach, running, given, emit, decisions)
        except (*DATABASE_AWAY, LeaseLost):
            raise
        except Exception as error:  # noqa: BLE001 (a coach is answered whatever the graph raises)
            metrics.failures.inc()
            _log.exception("a turn failed", coach=coach.coach_id, kind=turn.kind, attempt=turn.attempts)
            result = _apology(coach, running.turn_id, type(error).__name__)
        flush()
        result.analytics = [*tracked, *result.analytics]
        return result

    async def _run(
        self, coach: Coach, running: Running, given: TurnInput, emit: Emit, decisions: Decisions
    ) -> TurnResult:
        async with asyncio.timeout(TURN_SECONDS):
            return await self.run_turn(coach, running.turn_id, given, emit, running.stop, decisions)

    async def _write(self, claimed: Claimed, result: TurnResult) -> log.Finished | None:
        """Write the outcome, however long the database stays away. None: an earlier attempt had written it."""
        now = datetime.now(UTC).isoformat()
        messages = [frames.message_of(reply, now) for reply in result.replies]
        attempt = 0
        while True:
            try:
                return await log.finish(
                    self.pool,
                    claimed.turn,
                    self.runner,
                    result.coach,
                    messages,
                    result.analytics,
                    store_changed=result.store_changed,
                    model_calls=result.model_calls,
                    stopped=result.stopped,
                    arm=arm_of(claimed.turn.coach_id, self.settings),
                )
            except DATABASE_AWAY:
                attempt += 1
                await asyncio.sleep(_pause(attempt))
            except LeaseLost:
                if attempt:
                    async with self.pool.connection() as conn:
                        if await log.answered(conn, claimed.turn.id):
                            return None
                raise

    # Facts --------------------------------------------------------------------------------------------------------

    async def _with_store(self, standing: Standing, session: Session | None) -> Coach:
        """The coach with the store as KLIQ has it, or as it was last known where KLIQ does not answer."""
        coach = standing.coach
        if session is not None and session.store is not None:
            coach.store = session.store
            fresh = time.monotonic() - session.store_at < STORE_SECONDS
            if fresh and session.store_revision == standing.store_revision:
                return coach
        try:
            async with asyncio.timeout(STORE_WAIT):
                coach.store = await self.services.kliq.get_store(coach.application_id)
        except (OutsideError, TimeoutError) as error:
            _log.warning("the store could not be read", coach=coach.coach_id, error=type(error).__name__)
        else:
            if session is not None:
                self._believe(session, coach.store, standing.store_revision)
        return coach

    def _believe(self, session: Session, store: Store, revision: int) -> None:
        session.store, session.store_revision, session.store_at = store, revision, time.monotonic()

    def _snapshot(self, coach: Coach, last_seq: int, pending: dict[str, Any] | None) -> Snapshot:
        mode: Literal["ai", "scripted"] = "scripted" if arm_of(coach.coach_id, self.settings) == SCRIPTED else "ai"
        return frames.snapshot(coach, last_seq, mode, self.settings.frames_per_minute, pending)

    # In and out of the table --------------------------------------------------------------------------------------

    async def _accept(self, session: Session, client_id: str, text: str, button: Button | None) -> Accepted:
        attempt = 0
        while True:
            try:
                async with self.pool.connection() as conn:
                    return await log.accept(
                        conn,
                        session.coach_id,
                        client_id=client_id,
                        text=text,
                        button=button,
                        runner=self.runner,
                        # One who is about to stop takes no lease that outlives him.
                        lease_seconds=0 if self.draining else self.settings.lease_seconds,
                        arm=arm_of(session.coach_id, self.settings),
                    )
            except DATABASE_AWAY:
                attempt += 1
                if attempt > 10:
                    raise
                await asyncio.sleep(_pause(attempt))

    async def _greet(self, session: Session, standing: Standing) -> None:
        """Welcome one who never spoke, welcome back one who was away; a mere reconnect is silent."""
        away = self.settings.away_minutes * 60
        gone_since = self.left.get(session.coach_id)
        just_left = gone_since is not None and time.monotonic() - gone_since <= away
        other_tab = len(session.outboxes) > 1
        kind: log.TurnKind
        if standing.spoken == 0:
            kind, key = "greeting", "greeting"
            due = standing.last_seq == 0
        else:
            # Once for each absence: the key holds what the coach did last.
            kind, key = "welcome_back", f"welcome_back:{standing.last_interaction_at.timestamp()}"
            due = standing.idle_seconds > away and not just_left and not other_tab and standing.pending is None
        attempt = 0
        while due:
            try:
                async with self.pool.connection() as conn:
                    await log.enqueue(conn, session.coach_id, kind, {}, key)
                break
            except DATABASE_AWAY:
                attempt += 1
                await asyncio.sleep(_pause(attempt))
        if due or standing.pending is not None:
            self._kick(session)

    async def _bring(self, session: Session, entries: list[Entry]) -> None:
        """Send what was just written, after whatever others wrote before it."""
        for entry in entries:
            if not session.publish(entry) and entry.seq > session.published:
                await self._catch_up(session)

    async def _catch_up(self, session: Session) -> None:
        """Send what the table has and the sockets have not."""
        while True:
            entries = await self._after(session, session.published)
            for entry in entries:
                session.publish(entry)
            if len(entries) < PAGE:
                return

    async def _follow(self, session: Session) -> None:
        """Send what another process answered, and where the coach stands now."""
        await self._catch_up(session)
        async with self.pool.connection() as conn:
            standing = await log.standing(conn, session.coach_id)
        if standing is None or not session.outboxes:
            return
        known = session.store_revision
        coach = await self._with_store(standing, session)
        message_id = str(uuid4())
        if standing.store_revision != known:
            session.tell(frames.preview(coach, message_id))
        session.tell(frames.progress(coach, message_id, None, None))

    async def _after(self, session: Session, seq: int) -> list[Entry]:
        """A page of what came after `seq`, however long the database stays away."""
        attempt = 0
        while True:
            try:
                async with self.pool.connection() as conn:
                    return await log.after(conn, session.coach_id, seq, PAGE)
            except DATABASE_AWAY:
                attempt += 1
                await asyncio.sleep(_pause(attempt))

    def _check(self, session: Session) -> None:
        """Send what others wrote meanwhile, if anything."""
        if session.heard > session.published and session.outboxes and not session.busy:
            self._spawn(self._catch_up(session))

    async def _ring(self, coach_id: int, kind: str) -> None:
        with suppress(*DATABASE_AWAY):
            async with self.pool.connection() as conn:
                await bus.ring(conn, coach_id, kind)

    def _on_notice(self, notice: bus.Notice) -> None:
        session = self.live.get(notice.coach_id)
        if session is None:
            return
        match notice.kind:
            case "turn":
                self._kick(session)
            case "stop" if session.running is not None:
                session.running.stop.set()
        session.heard = max(session.heard, notice.seq)
        if session.heard > session.published and session.outboxes and not session.busy:
            self._spawn(self._follow(session) if notice.kind == "reply" else self._catch_up(session))

    def _on_reconnect(self) -> None:
        if self.live:
            self._spawn(self._catch_up_all())

    async def _catch_up_all(self) -> None:
        with suppress(*DATABASE_AWAY):
            async with self.pool.connection() as conn:
                last = await log.last_seqs(conn, list(self.live))
            for coach_id, seq in last.items():
                session = self.live.get(coach_id)
                if session is not None:
                    session.heard = max(session.heard, seq)
                    self._check(session)

    # Keeping house ------------------------------------------------------------------------------------------------

    async def _keep(self, work: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
        while True:
            try:
                await work()
            except DATABASE_AWAY as error:
                _log.warning("the database is away", work=work.__name__, error=type(error).__name__)
            except Exception:  # noqa: BLE001 (housekeeping goes on)
                _log.exception("housekeeping failed", work=work.__qualname__)
            await asyncio.sleep(seconds)

    async def _renew(self) -> None:
        running = [session.coach_id for session in self.live.values() if session.runner is not None]
        if running:
            async with self.pool.connection() as conn:
                await log.renew(conn, self.runner, running, self.settings.lease_seconds)

    async def _sweep(self) -> None:
        """Take up turns whose process died, or that nobody heard of."""
        if self.draining:
            return
        async with self.pool.connection() as conn:
            waiting = await log.orphans(conn)
            await tickets.sweep(conn)
        for coach_id in waiting:
            session = self.live.get(coach_id)
            if session is None:
                async with self.pool.connection() as conn:
                    standing = await log.standing(conn, coach_id)
                if standing is None:
                    continue
                session = self._session(standing)
            self._kick(session)
        horizon = time.monotonic() - self.settings.away_minutes * 60
        for coach_id in [coach_id for coach_id, at in self.left.items() if at < horizon]:
            del self.left[coach_id]

    async def _count_abandoned(self) -> None:
        async with self.pool.connection() as conn:
            await analytics.record_abandoned(conn)

    def _session(self, standing: Standing) -> Session:
        coach = standing.coach
        session = self.live.get(coach.coach_id)
        if session is None:
            session = Session(coach.coach_id, coach.application_id, standing.last_seq)
            self.live[coach.coach_id] = session
        session.heard = max(session.heard, standing.last_seq)
        return session

    def _forget(self, session: Session) -> None:
        if session.idle and self.live.get(session.coach_id) is session:
            del self.live[session.coach_id]

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside a conversation: what fails is made up for by the next notice."""
        try:
            await work
        except DATABASE_AWAY as error:
            _log.warning("the database is away", error=type(error).__name__)
        except Exception:  # noqa: BLE001 (nobody waits for it, so somebody must read of it)
            _log.exception("work beside a conversation failed")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _turn_input(turn: Turn) -> TurnInput:
    button = turn.input.get("button")
    return TurnInput(
        kind=turn.kind,
        text=str(turn.input.get("text", "")),
        button=msgspec.convert(button, Button) if button else None,
        data={} if turn.message_seq is not None else turn.input,
    )


def _tracked(given: TurnInput) -> dict[str, Any]:
    """What analytics keeps of an input: never the words."""
    return {"action": given.button.action, "value": given.button.value} if given.button else {"length": len(given.text)}


def _joined(pieces: Sequence[Delta]) -> list[Delta]:
    """The pieces, those that follow each other in one message as one."""
    joined: list[Delta] = []
    for piece in pieces:
        if joined and joined[-1].message_id == piece.message_id and not piece.replace:
            joined[-1] = replace(joined[-1], text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def _remember(running: Running, event: Delta) -> Delta:
    """Keep a piece for those who join later, and number it; the first piece of a second try replaces what the first one
    wrote."""
    known = running.partial.get(event.message_id)
    if known is None or event.replace:
        running.partial[event.message_id] = [event.text]
        running.index[event.message_id] = 0
        return replace(event, index=0, replace=event.replace or running.retried)
    known.append(event.text)
    running.index[event.message_id] += 1
    return replace(event, index=running.index[event.message_id])


def _apology(coach: Coach, turn_id: str, reason: str) -> TurnResult:
    words = prompts.load("failures.toml")["turn"]["unexpected"]
    reply = Reply(
        id=str(uuid5(UUID(turn_id), "apology")),
        content=words,
        phase=coach.current_phase,
        progress_pct=onboarding.progress_pct(coach),
    )
    return TurnResult(coach, [reply], [("turn_failed", {"reason": reason, "phase": coach.current_phase})])


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: growing, and not the same for all."""
    return min(0.1 * 2.0 ** min(attempt, 6), 3.0) * random.uniform(0.5, 1)  # noqa: S311  (jitter, not a secret)
