"""A client of the protocol, as small as it can be: what a test says, and everything that it heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

Frame = dict[str, Any]

PATIENCE = 15.0
"""Seconds after which a test gives up waiting."""


async def token(http: httpx.AsyncClient, coach_id: int, application_id: int | None = None, **claims: str) -> str:
    """The admin panel's token, as the sandbox gives it."""
    body = {"coach_id": coach_id, "application_id": application_id or coach_id, **claims}
    answer = await http.post("/api/avery/demo-token", json=body)
    return str(answer.raise_for_status().json()["token"])


async def ticket(http: httpx.AsyncClient, coach_id: int, application_id: int | None = None, **claims: str) -> str:
    """A ticket for the WebSocket."""
    bearer = {"Authorization": f"Bearer {await token(http, coach_id, application_id, **claims)}"}
    answer = await http.post("/api/avery/ticket", headers=bearer)
    return str(answer.raise_for_status().json()["ticket"])


@dataclass
class Client:
    """One socket. `frames` keeps everything that came, in order; `heard` how much of it the test has looked at."""

    socket: ClientConnection
    frames: list[Frame] = field(default_factory=list)
    heard: int = 0
    closed: ConnectionClosed | None = None

    def __post_init__(self) -> None:
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                self.frames.append(json.loads(await self.socket.recv()))
                self._news.set()
        except ConnectionClosed as closed:
            self.closed = closed
        finally:
            self._news.set()

    # Hearing ------------------------------------------------------------------------------------------------------

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The next frame that is wanted; AssertionError with what came instead where it does not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    while self.heard < len(self.frames):
                        frame = self.frames[self.heard]
                        self.heard += 1
                        if wanted(frame):
                            return frame
                    if self.closed:
                        raise AssertionError(f"closed with {self.code} after {self._tail()}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"it did not come; the last frames were {self._tail()}") from None

    async def next(self, kind: str) -> Frame:
        """The next frame of a type."""
        return await self.until(lambda frame: frame["type"] == kind)

    async def turn_end(self) -> list[Frame]:
        """Everything up to the end of the turn: the frames that came since the test last looked."""
        start = self.heard
        await self.until(lambda frame: frame["type"] == "avery_typing" and not frame["payload"]["isTyping"])
        return self.frames[start : self.heard]

    async def close_code(self) -> int | None:
        """The code that the server closes with."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait([self._reader])
        return self.code

    @property
    def code(self) -> int | None:
        return self.closed.rcvd.code if self.closed and self.closed.rcvd else None

    @property
    def seqs(self) -> list[int]:
        """The seqs that came, in the order in which they came."""
        return [frame["seq"] for frame in self.frames if "seq" in frame]

    @property
    def ready(self) -> Frame:
        """The snapshot that the server began with."""
        return next(frame["payload"] for frame in self.frames if frame["type"] == "session_ready")

    @property
    def replies(self) -> list[Frame]:
        """Avery's whole messages, in order."""
        return [
            frame["payload"]
            for frame in self.frames
            if frame["type"] in ("avery_message", "avery_stream_end") and frame["payload"]["role"] == "avery"
        ]

    @property
    def buttons(self) -> list[Frame]:
        """The buttons of Avery's last message."""
        return list(self.replies[-1].get("buttons") or []) if self.replies else []

    def _tail(self) -> str:
        return json.dumps(self.frames[-5:], ensure_ascii=False)[:2000]

    # Saying -------------------------------------------------------------------------------------------------------

    async def send(self, kind: str, payload: Frame | None = None, message_id: str | None = None) -> str:
        """Send a frame: its id."""
        message_id = message_id or str(uuid4())
        await self.socket.send(json.dumps({"type": kind, "payload": payload or {}, "messageId": message_id}))
        return message_id

    async def say(self, text: str, message_id: str | None = None) -> str:
        """Say something: the message's id."""
        return await self.send("coach_message", {"text": text}, message_id)

    async def click(self, button: Frame, message_id: str | None = None) -> str:
        """Click a button as it was sent."""
        return await self.send("button_click", {"button": button}, message_id)

    async def ask(self, text: str) -> list[Frame]:
        """Say something and wait for the end of its turn: Avery's messages in it."""
        return self._said(await self._turn_of(await self.say(text)))

    async def press(self, action: str, value: str | None = None) -> list[Frame]:
        """Click the button with this action (and value) of Avery's last message: Avery's messages in the turn."""
        button = next(b for b in self.buttons if b["action"] == action and value in (None, b.get("value")))
        return self._said(await self._turn_of(await self.click(button)))

    async def _turn_of(self, message_id: str) -> list[Frame]:
        await self.until(lambda frame: frame["type"] == "ack" and frame["payload"]["messageId"] == message_id)
        start = self.heard
        await self.until(
            lambda frame: (
                frame["type"] == "avery_typing"
                and not frame["payload"]["isTyping"]
                and frame.get("inReplyTo") == message_id
            )
        )
        return self.frames[start : self.heard]

    def _said(self, frames: list[Frame]) -> list[Frame]:
        kinds = ("avery_message", "avery_stream_end")
        return [frame["payload"] for frame in frames if frame["type"] in kinds and frame["payload"]["role"] == "avery"]

    async def ping(self) -> None:
        """Wait until the server has read everything that was sent before, and this client what it answered."""
        message_id = await self.send("ping")
        await self.until(lambda frame: frame["type"] == "pong" and frame["messageId"] == message_id)

    async def close(self) -> None:
        """Go away."""
        await self.socket.close()
        await asyncio.wait([self._reader])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def join(
    url: str, coach_id: int, application_id: int | None = None, *, after: int | None = None, **claims: str
) -> Client:
    """Connect a coach's socket; `after`: as a client that comes back and knows the transcript up to there."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
        return await enter(url, await ticket(http, coach_id, application_id, **claims), after=after)


async def enter(url: str, ticket: str, *, after: int | None = None, origin: str | None = None) -> Client:
    """Connect with a ticket."""
    socket = await connect(
        url.replace("http", "ws", 1) + "/ws/avery",
        subprotocols=[Subprotocol("avery.v1"), Subprotocol(f"avery.ticket.{ticket}")],
        origin=origin,  # type: ignore[arg-type]
        compression=None,
        max_size=None,
        open_timeout=PATIENCE,
    )
    client = Client(socket)
    if after is not None:
        await client.send("resume", {"after": after})
    return client


@asynccontextmanager
async def coach(url: str, coach_id: int, application_id: int | None = None, **claims: str) -> AsyncIterator[Client]:
    """A coach who has been greeted, for the time of a block."""
    async with await join(url, coach_id, application_id, after=None, **claims) as client:
        ready = await client.next("session_ready")
        if ready["payload"]["lastSeq"] == 0:
            await client.turn_end()
        yield client


async def transcript(url: str, coach_id: int, application_id: int | None = None) -> list[Frame]:
    """The whole transcript over HTTP, oldest first."""
    found: list[Frame] = []
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
        http.headers["Authorization"] = f"Bearer {await token(http, coach_id, application_id)}"
        before: int | None = None
        while True:
            params = {"limit": 200} | ({"before": before} if before else {})
            answer = (await http.get("/api/avery/messages", params=params)).raise_for_status().json()
            found += answer["messages"]
            before = answer["nextBefore"]
            if before is None:
                return found[::-1]
