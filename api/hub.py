"""A socket's way out: a bounded queue and the task that empties it.

The task lives only while there is something to send, so that an idle socket costs no task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from avery.protocol import Close

MAX_QUEUED = 1024 * 1024
"""Characters that may wait for a socket that does not read; above it the socket is closed."""
SEND_SECONDS = 10.0
"""How long one frame may take to leave."""

Send = Callable[[str], Awaitable[None]]
Shut = Callable[[int, str], Awaitable[None]]


class Outbox:
    """The frames on their way to one socket, in order.

    While it is held, frames wait in `held`: a returning client is first told what it missed.
    """

    __slots__ = (
        "_closed",
        "_frames",
        "_held",
        "_pump",
        "_send",
        "_sending_since",
        "_shut",
        "_size",
        "_watch",
        "joined",
        "timer",
    )

    def __init__(self, send: Send, shut: Shut) -> None:
        self._send = send
        self._shut = shut
        self._frames: list[str] = []
        self._held: list[str] | None = None
        self._pump: asyncio.Task[None] | None = None
        self._sending_since: float | None = None
        """When the frame that is leaving began to (time.monotonic()); a close has a limit of its own."""
        self._watch: asyncio.TimerHandle | None = None
        self._size = 0
        self._closed: int | None = None
        self.joined = 0
        """The transcript's last seq when this socket began to hear: what it is sent by itself comes after it."""
        self.timer: asyncio.TimerHandle | None = None

    @property
    def holding(self) -> bool:
        return self._held is not None

    @property
    def closed(self) -> bool:
        return self._closed is not None

    def put(self, text: str) -> None:
        """Send a frame after those that wait already. Never blocks: a socket that does not read is closed (4009)."""
        if self._closed is not None:
            return
        self._size += len(text)
        if self._size > MAX_QUEUED:
            self._give_up()
        elif self._held is not None:
            self._held.append(text)
        else:
            self._frames.append(text)
            self._start()

    def put_first(self, text: str) -> None:
        """Send a frame before those that are held: what a returning client missed."""
        if self._closed is None:
            self._size += len(text)
            self._frames.append(text)
            self._start()

    def hold(self) -> None:
        """Let frames wait from here on."""
        if self._held is None:
            self._held = []

    def go(self) -> None:
        """Send what was held, and hold no more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        held, self._held = self._held, None
        if held and self._closed is None:
            self._frames.extend(held)
            self._start()

    async def drained(self) -> None:
        """Wait until everything that is not held was sent: so a long history goes out no faster than it is read."""
        while self._pump is not None and self._closed is None:
            await asyncio.wait([self._pump])

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket after what waits already."""
        if self._closed is not None:
            return
        self._closed = code
        self._held = None
        self._frames.append(reason)
        self._start()

    async def end(self) -> None:
        """The socket's reader is done. A close of ours still goes out; all else is dropped."""
        self._held = None
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self._pump is not None and self._closed is None:
            self._closed = Close.RESTARTING
            self._pump.cancel()
        while self._pump is not None and not self._pump.done():
            await asyncio.wait([self._pump])
        if self._watch is not None:
            self._watch.cancel()

    def _start(self) -> None:
        if self._pump is None:
            loop = asyncio.get_running_loop()
            self._pump = loop.create_task(self._empty())
            if self._watch is None:
                # One timer for as long as frames go out: one for each would cost as much as encoding it.
                self._watch = loop.call_later(SEND_SECONDS, self._look)

    async def _empty(self) -> None:
        try:
            while self._frames:
                frames, self._frames = self._frames, []
                last = frames.pop() if self._closed is not None else None
                for text in frames:
                    self._sending_since = time.monotonic()
                    await self._send(text)
                    self._size -= len(text)
                self._sending_since = None
                if last is not None and self._closed is not None:
                    await self._shut(self._closed, last)
                    return
        finally:
            if self._pump is asyncio.current_task():
                self._pump = self._sending_since = None

    def _look(self) -> None:
        """Give up where a frame does not leave."""
        self._watch = None
        if self._sending_since is not None:
            left = self._sending_since + SEND_SECONDS - time.monotonic()
            if left > 0:
                self._watch = asyncio.get_running_loop().call_later(left, self._look)
            else:
                self._give_up()

    def _give_up(self) -> None:
        """Close a socket that reads too slowly: what waits is lost."""
        self._closed = Close.TOO_SLOW
        self._held = self._sending_since = None
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        self._frames = ["reads too slowly"]
        self._start()
