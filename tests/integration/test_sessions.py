"""Conversations in this process, without sockets: who answers, and when."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from api.auth import Identity
from api.hub import Outbox
from api.sessions import Session, Sessions
from avery.domain import Coach
from avery.services import Services, open_services
from avery.settings import Settings
from graph.events import Emit, Reply
from graph.state import Decisions
from graph.turn import TurnInput, TurnResult

pytestmark = pytest.mark.anyio


@pytest.fixture
async def services(database_url: str, tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(Settings(database_url=database_url, data_dir=tmp_path)) as opened:
        yield opened


async def test_who_was_told_of_a_turn_while_it_ran_does_not_look_for_it_again(services: Services) -> None:
    async def answer(
        coach: Coach, turn_id: str, given: TurnInput, emit: Emit, stop: asyncio.Event, decisions: Decisions
    ) -> TurnResult:
        sessions.wake(joined[0])
        return TurnResult(coach, [Reply(str(uuid4()), f"{given.kind} {given.text}", coach.current_phase)])

    async def send(text: str) -> None:
        frame = json.loads(text)
        if frame["type"] == "avery_typing" and not frame["payload"]["isTyping"]:
            ended.put_nowait(joined[0].runner is None)

    async def shut(code: int, reason: str) -> None:
        raise AssertionError(reason)

    sessions = Sessions(services, answer)
    joined: list[Session] = []
    ended: asyncio.Queue[bool] = asyncio.Queue()
    outbox = Outbox(send, shut)
    joined.append(await sessions.join(Identity(7, 70), outbox))
    async with asyncio.timeout(10):
        assert await ended.get(), "the greeting's runner is done with the greeting"
        for text in ("one", "two"):
            await sessions.say(joined[0], outbox, str(uuid4()), text, None)
            assert await ended.get(), f"the runner is done with {text}"
    async with services.pool.connection() as conn:
        rows = await (await conn.execute("SELECT kind, attempts, status FROM avery_turns ORDER BY id")).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("greeting", 1, "done"), ("message", 1, "done"), ("message", 1, "done"),
    ]  # fmt: skip
    await sessions.drain(0)
