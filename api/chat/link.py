"""A client's end of the WebSocket: tickets, resume, an outbox, coming back. What the terminal talks through.

Frames are plain JSON objects here, as they stand on the wire: a client tolerates what it does not know.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from avery.errors import AveryError
from avery.protocol import SUBPROTOCOL, TICKET_PREFIX, Close

Frame = dict[str, Any]

FIRST_PAGE = 20
"""Messages of the past that are asked for on the first connection."""
PATIENCE = 10.0
"""Seconds for an HTTP answer and for the WebSocket's handshake."""
ALIVE_SECONDS = 25.0
"""Between the pings that find out whether the socket is dead."""
_FINAL = {
    Close.FOREIGN_CONVERSATION: "this conversation belongs to another application; --application names it",
    Close.BAD_FRAMES: "the server does not understand this client; are they of one version?",
}
_AGAIN = (OSError, TimeoutError, httpx.HTTPError, ConnectionClosed, InvalidHandshake, InvalidMessage)


class LinkError(AveryError):
    """The conversation cannot be reached, and trying again would not help."""


class Link:
    """One coach's connection. `hear` gets every frame, in order and once; `lost` is told in words when it is cut."""

    def __init__(
        self,
        url: str,
        coach_id: int,
        application_id: int,
        token: str | None,
        hear: Callable[[Frame], None],
        lost: Callable[[str], None],
    ) -> None:
        self._url = url.rstrip("/")
        self._who = {"coach_id": coach_id, "application_id": application_id}
        self._given = token
        self._token = token
        self._hear = hear
        self._lost = lost
        self._local = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        # A proxy that is set for the world is not for this machine.
        self._http = httpx.AsyncClient(base_url=self._url, timeout=PATIENCE, trust_env=not self._local)
        self._socket: ClientConnection | None = None
        self._asked = False
        self._failures = 0
        self._wait = 0.0
        self._late: set[asyncio.Task[None]] = set()
        self.last: int | None = None
        """The last seq that was heard; None before the first connection."""
        self.outbox: dict[str, str] = {}
        """What was said and not acknowledged: frames by their message id."""

    # Staying ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect and stay connected until cancelled. LinkError where that can never work."""
        refused = 0
        async with self._http:
            while True:
                code: int | None = None
                try:
                    code = await self._once()
                except httpx.HTTPStatusError as error:
                    status = error.response.status_code
                    if status in (401, 403, 404) and (self._given or status != 401):
                        raise LinkError(_refusal(status, self._url)) from error
                    self._token = self._given
                except _AGAIN as error:
                    if self.last is None:
                        raise LinkError(f"nothing answers at {self._url} ({type(error).__name__})") from error
                finally:
                    self._socket = None
                if code in _FINAL:
                    raise LinkError(_FINAL[code])
                if code == Close.UNAUTHORISED:
                    self._token = self._given
                refused = refused + 1 if code == Close.UNAUTHORISED else 0
                if refused > 3:
                    raise LinkError("the server does not let this coach in")
                if not self._failures:
                    self._lost("Lost connection. Reconnecting…")
                self._failures += 1
                wait = self._wait or (20.0 if code == Close.TOO_MANY_FRAMES else 0.0)
                self._wait = 0.0
                await asyncio.sleep(wait + _pause(self._failures))

    async def _once(self) -> int | None:
        """One connection, from its ticket to its close code."""
        answer = await self.request("POST", "/api/avery/ticket")
        async with connect(
            self._url.replace("http", "ws", 1) + "/ws/avery",
            subprotocols=[Subprotocol(SUBPROTOCOL), Subprotocol(TICKET_PREFIX + answer["ticket"])],
            proxy=None if self._local else True,
            compression=None,
            max_size=None,
            open_timeout=PATIENCE,
            ping_interval=ALIVE_SECONDS,
            ping_timeout=PATIENCE,
            close_timeout=2,
        ) as socket:
            self._socket = socket
            if self.last is not None:
                await self.send("resume", {"after": self.last})
            with suppress(ConnectionClosed):
                while True:
                    await self._on_frame(json.loads(await socket.recv()))
        return socket.close_code

    async def request(self, method: str, path: str, **more: Any) -> Any:
        """An HTTP call with the coach's token: the answer's JSON. httpx.HTTPError where it fails."""
        if self._token is None:
            self._token = (await self._json("POST", "/api/avery/demo-token", json=self._who))["token"]
        return await self._json(method, path, headers={"Authorization": f"Bearer {self._token}"}, **more)

    async def _json(self, method: str, path: str, **more: Any) -> Any:
        return (await self._http.request(method, path, **more)).raise_for_status().json()

    # In -----------------------------------------------------------------------------------------------------------

    async def _on_frame(self, frame: Frame) -> None:
        payload = frame.get("payload") or {}
        match frame.get("type"):
            case "session_ready":
                await self._on_ready(frame, payload["lastSeq"])
                return
            case "ack":
                self.outbox.pop(payload["messageId"], None)
            case "reconnect":
                self._wait = payload.get("afterMs", 0) / 1000
            case "error" if frame["messageId"] in self.outbox:
                self._on_refusal(frame["messageId"], retryable=payload["retryable"])
        seq = frame.get("seq")
        if seq is not None:
            known = self.last or 0
            if seq > known + 1:
                # Something is missing: ask for it once; this frame comes again behind it.
                if not self._asked:
                    self._asked = True
                    await self.send("resume", {"after": known})
                return
            self._asked = False
            if seq <= known:
                return
            self.last = seq
            self.outbox.pop(str(payload.get("id")), None)
        self._hear(frame)

    async def _on_ready(self, frame: Frame, last_seq: int) -> None:
        self._asked = False
        self._failures = 0
        if self.last is None or last_seq < self.last:
            self.last = max(0, last_seq - FIRST_PAGE)
            if last_seq:
                await self.send("resume", {"after": self.last})
        self._hear(frame)
        for text in list(self.outbox.values()):
            await self._transmit(text)

    def _on_refusal(self, message_id: str, *, retryable: bool) -> None:
        if not retryable:
            del self.outbox[message_id]
            return
        task = asyncio.create_task(self._once_more(message_id))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _once_more(self, message_id: str) -> None:
        await asyncio.sleep(_pause(2))
        if message_id in self.outbox:
            await self._transmit(self.outbox[message_id])

    # Out ----------------------------------------------------------------------------------------------------------

    async def say(self, kind: str, payload: Frame) -> str:
        """Say something that must arrive: kept and sent again under the same id until it is acknowledged. Its id."""
        message_id = str(uuid4())
        self.outbox[message_id] = json.dumps({"type": kind, "payload": payload, "messageId": message_id})
        await self._transmit(self.outbox[message_id])
        return message_id

    async def send(self, kind: str, payload: Frame | None = None) -> None:
        """Send a frame that may be lost."""
        await self._transmit(json.dumps({"type": kind, "payload": payload or {}, "messageId": str(uuid4())}))

    async def _transmit(self, text: str) -> None:
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(text)


def _refusal(status: int, url: str) -> str:
    if status == httpx.codes.NOT_FOUND:
        return f"{url} is no Avery in a sandbox: --token gives the admin panel's token"
    return "the token does not hold"


def _pause(failures: int) -> float:
    """Seconds before the next attempt: growing, and not the same for all."""
    return float(min(0.25 * 2 ** min(failures, 6), 10.0)) * random.uniform(0.5, 1)  # noqa: S311  (jitter, not a secret)
