"""The graph on one screen: START → intake → the current phase → (tools → …) → END."""

from itertools import pairwise
from typing import Any, cast
from uuid import uuid4

from langchain_core.messages import AIMessage
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
from graph.state import Context, State, TurnContext
from graph.tool_calls import run_tools

Graph = CompiledStateGraph[State, Context, State, State]
PLACES = [phase.name.value for phase in PHASES] + [PhaseName.COMPLETE.value]


def build_graph(services: Services, checkpointer: BaseCheckpointSaver[str] | None = None) -> Graph:
    """The compiled graph. Nodes carry the spec's names; edges ask the phases' completion predicates."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("intake", _intake(services))
    graph.add_node("tools", _tools(services))
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", current_phase, PLACES)
    graph.add_conditional_edges("tools", current_phase, PLACES)
    for phase, following in pairwise((*PHASES, None)):
        assert phase is not None
        graph.add_node(phase.name.value, _phase(phase, services))
        next_place = following.name.value if following else PhaseName.COMPLETE.value
        graph.add_conditional_edges(phase.name.value, after, {"tools": "tools", "next": next_place, "wait": END})
    graph.add_node(PhaseName.COMPLETE.value, _phase(None, services))
    graph.add_conditional_edges(PhaseName.COMPLETE.value, after, {"tools": "tools", "wait": END})
    return graph.compile(checkpointer=checkpointer, name="avery")


async def current_phase(state: State) -> str:
    """Where the conversation stands. (A coroutine, because LangGraph runs a plain function in a thread.)"""
    return str(state["coach"].current_phase)


async def after(state: State) -> str:
    """Behind a phase: run the tools it called, wait for the coach, or — the phase being done — go on to the next."""
    if state.get("spoken"):
        return "wait"
    last = state["messages"][-1] if state["messages"] else None
    return "tools" if isinstance(last, AIMessage) and last.tool_calls else "next"


def _intake(services: Services) -> Any:
    async def intake(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        context = cast("Context | None", runtime.context) or Context()
        # Studio has no queue whose rows would name its turns.
        turn_id = context.turn_id if isinstance(context, TurnContext) else str(uuid4())
        return await take_in(state, services, context, turn_id, runtime.stream_writer)

    return intake


def _tools(services: Services) -> Any:
    async def tools(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        return await run_tools(state, services, runtime.stream_writer)

    return tools


def _phase(phase: Phase | None, services: Services) -> Any:
    async def node(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
        update = enter(phase, state, runtime.stream_writer)
        if update.get("spoken") and not isinstance(runtime.context, TurnContext):
            # Studio has no session that saves the turn: the facts are kept here.
            async with services.pool.connection() as connection:
                await coaches.save(connection, state["coach"])
        return update

    return node
