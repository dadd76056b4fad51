"""A socket's way out, to a socket that is played here."""

import asyncio
from dataclasses import dataclass, field

import pytest

from api.hub import MAX_QUEUED, Outbox

pytestmark = pytest.mark.anyio


@dataclass
class Socket:
    """Takes every frame at once, but "stuck" only when `reads` is set."""

    sent: list[str] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    reads: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, text: str) -> None:
        if text == "stuck":
            await self.reads.wait()
        self.sent.append(text)

    async def shut(self, code: int, reason: str) -> None:
        self.closed.append(code)

    def outbox(self) -> Outbox:
        return Outbox(self.send, self.shut)


async def test_what_was_missed_goes_before_what_is_held_and_that_before_what_is_new() -> None:
    socket = Socket()
    outbox = socket.outbox()
    outbox.hold()
    outbox.put("held")
    outbox.put_first("missed")
    await outbox.drained()
    assert socket.sent == ["missed"]
    outbox.go()
    outbox.put("new")
    await outbox.drained()
    assert socket.sent == ["missed", "held", "new"]


async def test_a_close_goes_out_after_what_waits_and_nothing_after_it() -> None:
    socket = Socket()
    outbox = socket.outbox()
    outbox.put("one")
    outbox.close(1012, "restarting")
    outbox.put("two")
    outbox.close(4000)
    await outbox.end()
    assert (socket.sent, socket.closed) == (["one"], [1012])


async def test_a_socket_for_which_too_much_waits_is_closed_and_loses_it() -> None:
    socket = Socket()
    outbox = socket.outbox()
    outbox.put("stuck")
    await asyncio.sleep(0)
    outbox.put("x" * MAX_QUEUED)
    assert outbox.closed
    await outbox.end()
    assert (socket.sent, socket.closed) == ([], [4009])


@pytest.mark.parametrize("begun", [False, True], ids=["not begun", "begun"])
async def test_a_socket_that_is_gone_ends_whatever_was_on_its_way(begun: bool) -> None:
    socket = Socket()
    outbox = socket.outbox()
    outbox.put("stuck")
    if begun:
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await outbox.end()
    assert (socket.sent, socket.closed) == ([], [])
