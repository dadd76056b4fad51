"""The graph on one screen: START → intake → the current phase → (tools → …) → END."""

from collections.abc import Hashable
from itertools import pairwise
from typing import Any, cast

import msgspec
from langchain_core.messages import AIMessage
from langgraph.channels import LastValue, UntrackedValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from avery.domain import PhaseName
from avery.services import Services
from avery.store import coaches
from graph.intake import take_in
from graph.node import enter
from graph.phase import Phase
from graph.phases import PHASES
from graph.state import Context, Run, State, TurnContext
from graph.tool_calls import run_tools

Graph = CompiledStateGraph[State, Context, State, State]
PLACES = [phase.name.value for phase in PHASES] + [PhaseName.COMPLETE.value]


def build_graph(
    services: Services, checkpointer: BaseCheckpointSaver[str] | None = None, *, remembers: bool = False
) -> Graph:
    """The compiled graph. Nodes carry the spec's names; edges ask the phases' completion predicates.

    `remembers`: checkpoints hold the whole state, not the messages alone, so that Studio can show a turn from within
    and run it again from any step.
    """
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("intake", _intake(services))
    graph.add_node("tools", _tools(services))
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", current_phase, PLACES)
    graph.add_conditional_edges("tools", current_phase, PLACES)
    ways: dict[Hashable, str] = {"tools": "tools", "wait": END, "read again": "intake"}
    for phase, following in pairwise((*PHASES, None)):
        assert phase is not None
        graph.add_node(phase.name.value, _phase(phase, services))
        next_place = following.name.value if following else PhaseName.COMPLETE.value
        graph.add_conditional_edges(phase.name.value, after, {**ways, "next": next_place})
    graph.add_node(PhaseName.COMPLETE.value, _phase(None, services))
    graph.add_conditional_edges(PhaseName.COMPLETE.value, after, ways)
    if remembers:
        for name, channel in graph.channels.items():
            if isinstance(channel, UntrackedValue):
                graph.channels[name] = LastValue(channel.typ, key=name)
    return graph.compile(checkpointer=checkpointer, name="avery")


async def current_phase(state: State) -> str:
    """Where the conversation stands. (A coroutine, because LangGraph runs a plain function in a thread.)"""
    return str(state["coach"].current_phase)


async def after(state: State) -> str:
    """Behind a phase: wait for the coach, run the tools it called, have the script read what the model could not, or —
    the phase being done — go on to the next."""
    if state.get("spoken"):
        return "wait"
    if state.get("unread"):
        return "read again"
    last = state["messages"][-1] if state["messages"] else None
    return "tools" if isinstance(last, AIMessage) and last.tool_calls else "next"


def _run(services: Services, runtime: Runtime[Context]) -> Run:
    """A node's surroundings. Studio's runs come without a turn: their events are the graph's own custom stream."""
    context = cast("Context | None", runtime.context) or Context()
    if isinstance(context, TurnContext):
        return Run(services, context, context.emit)
    write = runtime.stream_writer
    return Run(services, context, lambda event: write({"event": type(event).__name__, **msgspec.to_builtins(event)}))


def _intake(services: Services) -> Any:
    async def intake(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        return await take_in(state, _run(services, runtime))

    return intake


def _tools(services: Services) -> Any:
    async def tools(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        # The facts are changed in place; said again, so that a checkpoint that remembers them has them as they are.
        return {**await run_tools(state, _run(services, runtime)), "coach": state["coach"]}

    return tools


def _phase(phase: Phase | None, services: Services) -> Any:
    async def node(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        run = _run(services, runtime)
        update = await enter(phase, state, run)
        if update.get("spoken") and not isinstance(run.context, TurnContext):
            # Studio has no session that saves the turn: the facts are kept here.
            async with services.pool.connection() as connection:
                await coaches.save(connection, state["coach"])
        return {**update, "coach": state["coach"]}

    return node
