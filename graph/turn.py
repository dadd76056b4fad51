"""run_turn(): the one door into the graph."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast
from zlib import crc32

import msgspec
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from avery.domain import Coach, PhaseData
from avery.protocol import Button
from avery.services import Services
from avery.store.usage import ModelCall
from graph.build import Graph, build_graph
from graph.events import Celebrated, Emit, Event, Reply, StoreChanged, Tracked
from graph.state import Decisions, State, TurnContext

SAVERS = 8
"""Graphs with a saver each: a saver holds one lock, so one alone would put all coaches in a line."""
PRUNED_EACH = 16
"""One turn in so many removes the conversation's older checkpoints, so that they do not grow with its length."""
STEPS = 40
"""Nodes that one turn may run: all phases passed through and several rounds of tools."""


@dataclass(frozen=True, slots=True)
class TurnInput:
    """What Avery answers: kind `message`, `button`, `greeting`, `welcome_back`, `oauth` or `photo`."""

    kind: str
    text: str = ""
    button: Button | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def as_state(self) -> dict[str, Any]:
        """The input as plain JSON."""
        button = {"button": msgspec.to_builtins(self.button)} if self.button else {}
        return {**self.data, "kind": self.kind, "text": self.text, **button}


@dataclass(slots=True)
class TurnResult:
    """What a turn came to: to be written in one transaction."""

    coach: Coach
    replies: list[Reply] = field(default_factory=list)
    analytics: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    model_calls: list[ModelCall] = field(default_factory=list)
    store_changed: bool = False
    celebration: dict[str, Any] | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Graphs:
    """The compiled graph, once for each saver; a coach always meets the same one."""

    graphs: tuple[Graph, ...]

    def of(self, coach_id: int) -> Graph:
        return self.graphs[coach_id % len(self.graphs)]


@asynccontextmanager
async def open_graph(services: Services) -> AsyncIterator[Graphs]:
    """The graphs with their savers on the services' pool. The savers' tables are made by the migrations."""
    async with AsyncExitStack():
        # Only messages and plain JSON come back from a checkpoint, whoever may have written to it.
        serde = JsonPlusSerializer(allowed_msgpack_modules=None)
        yield Graphs(tuple(
            build_graph(services, AsyncPostgresSaver(cast(Any, services.pool), serde=serde)) for _ in range(SAVERS)
        ))  # fmt: skip


async def run_turn(
    graphs: Graphs,
    coach: Coach,
    turn_id: str,
    given: TurnInput,
    emit: Emit,
    stop: asyncio.Event,
    decisions: Decisions | None = None,
) -> TurnResult:
    """Answer one input. `coach` comes with all facts and is left as it was; the result holds the changed copy.

    Running the same turn again does no side effect twice: idempotency keys derive from `turn_id`, and `decisions`
    holds what a model chose before. `emit` gets every event while it happens. Raises what the database raises; a
    failing model, tool or outside service is part of the answer.
    """
    coach = replace(coach, data=msgspec.convert(msgspec.to_builtins(coach.data), PhaseData))
    result = TurnResult(coach)
    graph = graphs.of(coach.coach_id)
    config: RunnableConfig = {"configurable": {"thread_id": str(coach.coach_id)}, "recursion_limit": STEPS}
    context = TurnContext(
        coach_id=coach.coach_id, application_id=coach.application_id, tz=coach.tz, locale=coach.locale,
        turn_id=turn_id, emit=lambda event: _collect(event, result, emit), stop=stop,
        decisions=decisions or Decisions(),
    )  # fmt: skip
    state = State(input=given.as_state(), coach=coach)
    # Events go straight to `emit`: the graph's own custom stream would cost a task switch for each.
    await graph.ainvoke(state, config, context=context, durability="exit")
    if not result.replies:
        raise RuntimeError(f"the turn {turn_id} ended without a word")
    result.stopped = result.replies[-1].stopped
    if crc32(turn_id.encode()) % PRUNED_EACH == 0 and isinstance(graph.checkpointer, AsyncPostgresSaver):
        await graph.checkpointer.aprune([str(coach.coach_id)], strategy="keep_latest")
    return result


def _collect(event: Event, result: TurnResult, emit: Emit) -> None:
    """Keep what is to be written, pass on what is to be seen."""
    match event:
        case Reply():
            result.replies.append(event)
        case ModelCall():
            result.model_calls.append(replace(event, phase=result.coach.current_phase))
        case Tracked():
            result.analytics.append((event.name, event.properties))
        case Celebrated():
            result.celebration = {"kind": event.kind, "title": event.title, "text": event.text}
        case _:
            if isinstance(event, StoreChanged):
                result.store_changed = True
            emit(event)
