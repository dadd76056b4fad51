"""A server whose Avery repeats what she hears: for tests of everything around the conversation.

`python -m tests.acceptance.echo` reads the settings from the environment, as `avery serve` does. What a coach says
tells the echo how to answer:

    gate NAME   writes "before ", waits until the test opens the gate NAME, then writes "after"
    boom        fails, always
    boom once   fails the first time
    stream N S  writes N pieces, one each S seconds, as a model does: each is its moment (time.monotonic()) and a space
    anything    "echo: anything"
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from uuid import UUID, uuid5

from api.app import Server, create_app, uvicorn_config
from api.logging import configure
from avery.domain import Coach
from avery.services import open_services
from avery.settings import Settings
from graph.events import Delta, Emit, Reply
from graph.state import Decisions
from graph.turn import TurnInput, TurnResult

GATES = "ECHO_GATES"
"""The variable that names the folder of the gates: a gate is open when its file is there."""

failed: set[str] = set()


async def echo(
    coach: Coach, turn_id: str, given: TurnInput, emit: Emit, stop: asyncio.Event, decisions: Decisions
) -> TurnResult:
    """One reply, as the words ask for it."""
    reply_id = str(uuid5(UUID(turn_id), "reply"))
    if given.text == "boom" or (given.text == "boom once" and turn_id not in failed):
        failed.add(turn_id)
        emit(Delta(reply_id, "half a ", 0))
        raise ValueError("boom")
    if given.text.startswith("gate "):
        gate = Path(os.environ[GATES]) / given.text.removeprefix("gate ")
        emit(Delta(reply_id, "before ", 0))
        while not gate.exists():
            if stop.is_set():
                reply = Reply(reply_id, "before ", coach.current_phase, stopped=True, streamed=True)
                return TurnResult(coach, [reply], stopped=True)
            await asyncio.sleep(0.01)
        emit(Delta(reply_id, "after", 1))
        return TurnResult(coach, [Reply(reply_id, "before after", coach.current_phase, streamed=True)])
    if given.text.startswith("stream "):
        count, seconds = given.text.split()[1:]
        return TurnResult(coach, [await stream(reply_id, coach.current_phase, int(count), float(seconds), emit)])
    content = f"{given.kind}: {given.button.action}" if given.button else f"echo: {given.text}"
    if given.kind not in ("message", "button"):
        content = given.kind
    return TurnResult(coach, [Reply(reply_id, content, coach.current_phase)], [("echoed", {})])


async def stream(reply_id: str, phase: str, count: int, seconds: float, emit: Emit) -> Reply:
    """A reply in so many pieces, one each so many seconds."""
    pieces: list[str] = []
    begun = time.monotonic()
    for index in range(count):
        await asyncio.sleep(begun + index * seconds - time.monotonic())
        pieces.append(f"{time.monotonic()} ")
        emit(Delta(reply_id, pieces[-1], index))
    return Reply(reply_id, "".join(pieces), phase, streamed=True)


async def main() -> None:
    """Serve until SIGTERM."""
    settings = Settings.load()
    configure(settings)
    async with open_services(settings, sandbox_url=f"{settings.public_url}/sandbox") as services:
        app = create_app(services, echo)
        await Server(uvicorn_config(app, settings), app.state.sessions, f"Avery is at {settings.public_url}").serve()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
