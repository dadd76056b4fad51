"""The graph's state: what a checkpoint keeps, and what never enters one."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.channels import UntrackedValue
from langgraph.graph.message import add_messages

from avery.domain import Coach
from tools import Note

WINDOW = 24
"""Messages that the graph remembers; the whole conversation is in the transcript."""


def window(held: list[AnyMessage], new: list[AnyMessage]) -> list[AnyMessage]:
    """Append, and keep the last WINDOW messages, beginning with a coach's: a turn costs the same at any length."""
    merged: list[AnyMessage] = add_messages(held, new)  # type: ignore[assignment,arg-type]
    if len(merged) <= WINDOW:
        return merged
    kept = merged[-WINDOW:]
    first = next((number for number, message in enumerate(kept) if isinstance(message, HumanMessage)), 0)
    return kept[first:]


@dataclass(slots=True)
class Call:
    """What was read from the coach's words or click: run this tool."""

    tool: str
    arguments: dict[str, Any]


@dataclass(slots=True)
class Go:
    """A wish to move through the phases: `skip`, `decline` an optional question, `back`, `goto` a phase, `keep`."""

    kind: str
    value: str | None = None


Move = Call | Note | Go | None
"""What was read from an input: a tool to run, a line to say, a way to go, or nothing but the open question."""


class State(TypedDict, total=False):
    """One conversation. Only `messages` is checkpointed: facts have their home in rows, and no row is kept twice."""

    messages: Annotated[list[AnyMessage], window]
    input: Annotated[dict[str, Any], UntrackedValue]
    """The turn's one input: `{kind, text?, button?, …}`; Studio may leave it out and give a message alone."""
    coach: Annotated[Coach, UntrackedValue]
    turn_id: Annotated[str, UntrackedValue]
    """Names the turn: its messages and its idempotency keys derive from it."""
    move: Annotated[Move, UntrackedValue]
    notes: Annotated[list[Note], UntrackedValue]
    """What happened in this turn and is not said yet."""
    functions: Annotated[list[Any], UntrackedValue]
    """The turn's finished tool calls, as protocol.FunctionCall."""
    spoken: Annotated[bool, UntrackedValue]
    """Whether the turn's reply was said: then the run waits for the coach."""


@dataclass(kw_only=True)
class Context:
    """What a run is given besides its state, never checkpointed: who the coach is, and the turn's own handle."""

    coach_id: int = 1
    application_id: int = 1
    tz: str = "Europe/London"
    locale: str = "en-GB"


@dataclass(kw_only=True)
class TurnContext(Context):
    """The context of a turn that the service runs; Studio's runs have none of this and save for themselves."""

    turn_id: str
    stop: asyncio.Event
