"""The graph's state: what a checkpoint keeps, and what never enters one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import NAMESPACE_OID, uuid5

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.channels import UntrackedValue
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from avery.arms import SCRIPTED, arm_of, variant_of
from avery.domain import Coach
from avery.services import Services
from avery.writing import Writer
from graph.events import Emit
from graph.version import prompt_version
from tools import Note

if TYPE_CHECKING:
    from avery.clients.openai import Model

Speaker = Literal["model", "script"]

WRITTEN_AT_ONCE = frozenset({"greeting", "welcome_back"})
"""Inputs whose reply is written, not generated, and appears whole: nobody waits for a greeting to be typed."""
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
    speaker: Annotated[Speaker, UntrackedValue]
    """Who speaks in this turn: the model, until it fails; then the script, to the turn's end."""
    unread: Annotated[bool, UntrackedValue]
    """Whether the model failed on a message before anything was done: the script reads it then."""
    move: Annotated[Move, UntrackedValue]
    notes: Annotated[list[Note], UntrackedValue]
    """What happened in this turn and is not said yet."""
    functions: Annotated[list[dict[str, Any]], UntrackedValue]
    """The turn's finished tool calls, protocol.FunctionCall as plain JSON."""
    rounds: Annotated[int, UntrackedValue]
    """How often tools were called in this turn."""
    replies: Annotated[int, UntrackedValue]
    """How many messages of Avery's the turn has so far."""
    broken_off: Annotated[bool, UntrackedValue]
    """Whether the coach sees a piece of a message that was not finished: the next one takes its place."""
    spoken: Annotated[bool, UntrackedValue]
    """Whether the turn's reply was said: then the run waits for the coach."""


@dataclass(kw_only=True)
class Context:
    """What a run is given besides its state, never checkpointed: who the coach is, and the turn's own handle."""

    coach_id: int = 1
    application_id: int = 1
    tz: str = "Europe/London"
    locale: str = "en-GB"


Decision = dict[str, Any]
"""What a model chose to do: `{"text", "calls": [{"name", "args", "id"}]}`; `args` is None where they were no JSON."""


def call_id(place: str) -> str:
    """The id of the tool call at this place of a turn: the same when the turn is run again, at most 40 characters."""
    return f"call_{uuid5(NAMESPACE_OID, place).hex[:24]}"


@dataclass(slots=True)
class Decisions:
    """The turn's decisions, in order. They are written down before their tools run, so that a turn that is run again
    after a crash does the same things under the same keys, however differently a model would choose now."""

    made: list[Decision] = field(default_factory=list)
    keep: Callable[[Decision], Awaitable[None]] | None = None
    """Writes a new one down; raises where this process is no longer the one that answers."""

    async def add(self, decision: Decision) -> None:
        if self.keep is not None:
            await self.keep(decision)
        self.made.append(decision)


@dataclass(kw_only=True)
class TurnContext(Context):
    """The context of a turn that the service runs; Studio's runs have none of this and save for themselves."""

    turn_id: str
    emit: Emit
    stop: asyncio.Event
    decisions: Decisions


@dataclass(frozen=True, slots=True)
class Run:
    """What every node is given besides the state."""

    services: Services
    context: Context
    write: Emit
    """Where the turn's events go, while they happen."""

    @property
    def arm(self) -> str:
        return arm_of(self.context.coach_id, self.services.settings)

    @property
    def model(self) -> "Model | None":
        """The model, where the coach's arm has one."""
        return None if self.arm == SCRIPTED else self.services.model

    @property
    def writer(self) -> Writer | None:
        """The same model, as a writer of the store's texts."""
        if self.model is None:
            return None
        variant = variant_of(self.arm)
        return Writer(self.model, variant, self.write, prompt_version(self.model, variant))

    @property
    def stop(self) -> asyncio.Event | None:
        return self.context.stop if isinstance(self.context, TurnContext) else None

    @property
    def is_stopped(self) -> bool:
        return self.stop is not None and self.stop.is_set()

    @property
    def decisions(self) -> Decisions:
        return self.context.decisions if isinstance(self.context, TurnContext) else Decisions()
