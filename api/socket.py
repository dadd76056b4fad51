"""One WebSocket: the handshake, the frames that come in, the frames that go out. No rules of the conversation."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import msgspec
import structlog

import prompts
from api import frames, metrics
from api.auth import Identity, origin_allowed, redeem_ticket
from api.hub import Outbox
from api.sessions import DATABASE_AWAY, ForeignConversation, Session, Sessions
from avery.errors import Unauthorised
from avery.protocol import (
    MAX_TEXT,
    SUBPROTOCOL,
    TICKET_PREFIX,
    Button,
    ButtonClick,
    ClientMessage,
    Close,
    CoachMessage,
    OauthCompleteHint,
    Ping,
    Pong,
    Resume,
    StopGeneration,
    TypingStart,
    TypingStop,
    decode_client,
    encode,
)

HANDSHAKE_SECONDS = 10.0
SHUT_SECONDS = 30.0
"""How long a close frame waits for a socket that does not read."""
BAD_FRAMES = 10
"""So many in a minute close the socket."""
MAX_BUTTON = MAX_TEXT
"""Characters in each part of a button."""

_log = structlog.get_logger(__name__)

Scope = dict[str, Any]
Receive = Any
Send = Any


class Gone(Exception):
    """The socket is closed, by either side."""


class Allowance:
    """How many frames a socket may still send: so many in a minute, and all of them at once if it likes."""

    __slots__ = ("_left", "_per_second", "_since", "_whole")

    def __init__(self, per_minute: int) -> None:
        self._whole = self._left = float(per_minute)
        self._per_second = per_minute / 60
        self._since = time.monotonic()

    def take(self) -> bool:
        """Use one up; False where none is left."""
        now = time.monotonic()
        self._left = min(self._whole, self._left + (now - self._since) * self._per_second)
        self._since = now
        self._left -= 1
        return self._left >= 0


class Connection:
    """The server's end of one socket."""

    __slots__ = ("_allowance", "_bad", "_receive", "_send", "outbox", "session", "sessions")

    def __init__(self, sessions: Sessions, receive: Receive, send: Send) -> None:
        self.sessions = sessions
        self._receive = receive
        self._send = send
        self._allowance = Allowance(sessions.settings.frames_per_minute)
        self._bad: deque[float] | None = None
        self.outbox = Outbox(self._send_text, self._shut)
        self.session: Session | None = None

    async def serve(self, scope: Scope) -> None:
        """From the handshake to the end."""
        if (await self._receive())["type"] != "websocket.connect":
            return
        if not origin_allowed(self.sessions.settings, _header(scope, b"origin")):
            # Before the handshake, so that a foreign page does not even learn that its ticket would have done.
            await self._send({"type": "websocket.close", "code": Close.UNAUTHORISED})
            return
        offered = scope.get("subprotocols") or []
        await self._send(
            {"type": "websocket.accept", "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None, "headers": []}
        )
        if SUBPROTOCOL not in offered:
            await self._shut(Close.BAD_FRAMES, f"speak {SUBPROTOCOL}")
            return
        if self.sessions.draining:
            await self._shut(Close.RESTARTING, "restarting")
            return
        ticket = next((each[len(TICKET_PREFIX) :] for each in offered if each.startswith(TICKET_PREFIX)), None)
        if not await self._enter(ticket):
            return
        try:
            while True:
                await self._on_frame(await self._next())
        except Gone:
            pass
        except Exception as error:  # noqa: BLE001 (the client comes back to a new one)
            _log.error("a socket failed", exc_info=error)
            self.outbox.close(Close.RESTARTING, "try again")
        finally:
            if self.session is not None:
                self.sessions.leave(self.session, self.outbox)
            await self.outbox.end()

    async def _enter(self, ticket: str | None) -> bool:
        """Let the coach in, or close with the reason's code. Whether she is in."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                identity = await self._identify(ticket)
                self.session = await self._join(identity)
            return True
        except Unauthorised:
            await self._shut(Close.UNAUTHORISED, "unauthorised")
        except ForeignConversation:
            await self._shut(Close.FOREIGN_CONVERSATION, "foreign conversation")
        except TimeoutError:
            await self._shut(Close.NO_HANDSHAKE, "no handshake in time")
        except Exception as error:  # noqa: BLE001 (the client tries again)
            _log.error("a handshake failed", exc_info=error)
            await self._shut(Close.RESTARTING, "try again")
        return False

    async def _identify(self, ticket: str | None) -> Identity:
        if not ticket:
            raise Unauthorised("no ticket")
        while True:
            # A ticket that was redeemed by a statement whose answer was lost does not hold any more; the client gets
            # a new one with every attempt.
            with suppress(*DATABASE_AWAY):
                return await redeem_ticket(self.sessions.services, ticket)
            await asyncio.sleep(0.2)

    async def _join(self, identity: Identity) -> Session:
        while True:
            with suppress(*DATABASE_AWAY):
                return await self.sessions.join(identity, self.outbox)
            await asyncio.sleep(0.2)

    # In -----------------------------------------------------------------------------------------------------------

    async def _next(self) -> ClientMessage | None:
        """The next frame; None where it was none of this protocol, which was said already."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect" or self.outbox.closed:
            raise Gone
        if not self._allowance.take():
            self._complain(_message_id(message.get("text")), "rate_limited", retryable=True)
            self.outbox.close(Close.TOO_MANY_FRAMES, "too many frames")
            raise Gone
        text = message.get("text")
        try:
            if text is None:
                raise ValueError("a frame is text")
            frame = decode_client.decode(text)
            UUID(frame.message_id)
        except (ValueError, msgspec.MsgspecError):
            self._on_bad_frame(text)
            return None
        return frame

    async def _on_frame(self, frame: ClientMessage | None) -> None:
        session, outbox = self.session, self.outbox
        if session is None:
            raise Gone
        if outbox.holding and not isinstance(frame, Resume):
            outbox.go()
        match frame:
            case CoachMessage():
                if len(frame.payload.text) > MAX_TEXT:
                    self._complain(frame.message_id, "too_long", limit=MAX_TEXT)
                else:
                    await self._say(frame.message_id, _clean(frame.payload.text), None)
            case ButtonClick():
                button = frame.payload.button
                parts = (button.label, button.action, button.value, button.icon, button.signature)
                if any(part is not None and len(part) > MAX_BUTTON for part in parts):
                    self._on_bad_frame(None, frame.message_id)
                else:
                    await self._say(frame.message_id, "", _clean_button(button))
            case Resume():
                await self.sessions.resume(session, outbox, frame.payload.after)
            case StopGeneration():
                self.sessions.stop(session)
            case OauthCompleteHint():
                # Only a hint: whatever the server's own record says waits in the queue.
                self.sessions.wake(session)
            case Ping():
                outbox.put(encode(Pong(message_id=frame.message_id)))
            case TypingStart() | TypingStop() | None:
                pass

    async def _say(self, message_id: str, text: str, button: Button | None) -> None:
        if self.session is None:
            raise Gone
        try:
            await self.sessions.say(self.session, self.outbox, message_id, text, button)
        except DATABASE_AWAY:
            self._complain(message_id, "unavailable", retryable=True)

    def _on_bad_frame(self, text: str | None, message_id: str | None = None) -> None:
        now = time.monotonic()
        if self._bad is None:
            self._bad = deque(maxlen=BAD_FRAMES)
        self._bad.append(now)
        if len(self._bad) == BAD_FRAMES and now - self._bad[0] < 60:
            self.outbox.close(Close.BAD_FRAMES, "not frames of this protocol")
            raise Gone
        self._complain(message_id or _message_id(text), "bad_frame")

    def _complain(self, message_id: str, code: str, *, retryable: bool = False, **facts: Any) -> None:
        words = prompts.fill(prompts.load("failures.toml")["socket"][code], **facts)
        self.outbox.put(encode(frames.error(message_id, code, words, retryable=retryable)))

    # Out ----------------------------------------------------------------------------------------------------------

    async def _send_text(self, text: str) -> None:
        # OSError is what servers raise for a socket that is gone; the reader learns of it by itself.
        with suppress(OSError):
            await self._send({"type": "websocket.send", "text": text})

    async def _shut(self, code: int, reason: str) -> None:
        metrics.closed.labels(str(code)).inc()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(SHUT_SECONDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})


def serve(sessions: Sessions, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    """The ASGI application of one WebSocket."""
    return Connection(sessions, receive, send).serve(scope)


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), None)


def _clean(text: str) -> str:
    """Text as PostgreSQL can keep it: without NUL."""
    return text.replace("\0", "")


def _clean_button(button: Button) -> Button:
    return msgspec.structs.replace(
        button,
        label=_clean(button.label),
        action=_clean(button.action),
        value=None if button.value is None else _clean(button.value),
        icon=None if button.icon is None else _clean(button.icon),
        signature=None if button.signature is None else _clean(button.signature),
    )


def _message_id(text: str | None) -> str:
    """The id of a frame that could not be read, where it has one: so that the client knows which it was."""
    with suppress(ValueError, LookupError, TypeError, RecursionError, msgspec.MsgspecError):
        return str(UUID(msgspec.json.decode(text or "")["messageId"]))
    return str(uuid4())
