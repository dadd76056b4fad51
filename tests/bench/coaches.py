"""Coaches who talk: each on a real WebSocket, in the process that measures."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import jwt
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.bench.server import SECRET, Server

TALK = ("where were we?", "what next?", "help", "How do live sessions work?", "thanks!", "hmm 🤔")
"""Each is answered by the script with a line and the open question."""
DEEDS = ("set my price to £15 a month", "set my price to £16 a month")
"""Each is a tool's call, which writes to KLIQ."""
JOINING = 50
"""How many join at a time."""

_numbers = count(1)


@dataclass
class Coach:
    """One coach on one socket."""

    socket: ClientConnection

    async def turn(self, text: str) -> tuple[float, list[tuple[float, str]]]:
        """Say something and wait for the end of the turn: (seconds to the last word, the frames with their moments).

        Moments are time.monotonic(), which all processes of a machine share.
        """
        frame: dict[str, Any] = {"type": "coach_message", "messageId": str(uuid4()), "payload": {"text": text}}
        started, heard = time.monotonic(), []
        await self.socket.send(json.dumps(frame))
        while True:
            text = str(await self.socket.recv())
            heard.append((time.monotonic(), text))
            if '"isTyping":false' in text:
                break
        # Read afterwards, so that one coach's reading does not delay another's.
        ends = [at for at, text in heard if _is_reply(json.loads(text))]
        return ends[-1] - started, heard


def _is_reply(frame: dict[str, Any]) -> bool:
    if frame["type"] == "error":
        raise RuntimeError(frame["payload"]["message"])
    return frame["type"] in ("avery_stream_end", "avery_message") and frame["payload"]["role"] == "avery"


@asynccontextmanager
async def coach(server: Server, http: httpx.AsyncClient) -> AsyncIterator[Coach]:
    """A coach whom nobody knows yet, and who has been greeted."""
    number = next(_numbers)
    claims = {"sub": str(number), "application_id": number, "exp": datetime.now(UTC) + timedelta(hours=1)}
    bearer = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
    answer = await http.post("/api/avery/ticket", headers=bearer)
    ticket = answer.raise_for_status().json()["ticket"]
    url = server.url.replace("http", "ws", 1) + "/ws/avery"
    offers = [Subprotocol("avery.v1"), Subprotocol(f"avery.ticket.{ticket}")]
    async with connect(url, subprotocols=offers, compression=None) as socket:
        while '"isTyping":false' not in str(await socket.recv()):
            pass
        yield Coach(socket)


@asynccontextmanager
async def crowd(server: Server, coaches: int) -> AsyncIterator[list[Coach]]:
    """So many coaches who have been greeted."""
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=server.url, timeout=60) as http:
        gate = asyncio.Semaphore(JOINING)

        async def join() -> Coach:
            async with gate:
                return await stack.enter_async_context(coach(server, http))

        yield await asyncio.gather(*(join() for _ in range(coaches)))


async def talk(talking: Sequence[Coach], each: int, texts: Sequence[str] = TALK) -> list[float]:
    """All talk at once, `each` so many turns: every turn's latency in seconds."""

    async def turns(one: Coach) -> list[float]:
        return [(await one.turn(texts[n % len(texts)]))[0] for n in range(each)]

    return [latency for latencies in await asyncio.gather(*map(turns, talking)) for latency in latencies]


async def listen(talking: Sequence[Coach]) -> list[tuple[float, list[float]]]:
    """All ask a model at once whose chunks say when they were sent: for each reply (seconds to the last word, how late
    each chunk came, in their order)."""
    told = await asyncio.gather(*(one.turn("Tell me more about live sessions, please.") for one in talking))
    found = []
    for seconds, heard in told:
        frames = [(at, json.loads(text)) for at, text in heard if '"avery_stream_chunk"' in text]
        # Chunks that came at once may leave as one.
        found.append((seconds, [at - float(sent) for at, frame in frames for sent in frame["payload"]["text"].split()]))
    return found


async def stream(talking: Sequence[Coach], pieces: int, seconds: float) -> list[float]:
    """All are answered at once by an echo that writes piece by piece: how late each piece came, in seconds."""
    told = await asyncio.gather(*(one.turn(f"stream {pieces} {seconds}") for one in talking))
    late = []
    for _, heard in told:
        for at, text in heard:
            if '"avery_stream_chunk"' in text:
                late += [at - float(sent) for sent in json.loads(text)["payload"]["text"].split()]
    assert len(late) == pieces * len(talking), "every piece comes once"
    return late
