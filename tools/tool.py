"""What a tool is: its arguments, its action, and what follows from its success."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, StructuredTool
from pydantic import BaseModel

from avery.domain import Coach, ScorecardItem
from avery.protocol import Preview
from avery.services import Services


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What every tool is given besides its arguments; never anything that a model wrote."""

    coach: Coach
    """The facts, to be updated where the action changes what Avery owns."""
    services: Services
    key: str
    """The idempotency key of this call: the same across retries, restarts and double clicks."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the scripted Avery to say, by its place in prompts/phases/: what happened, or what she answers."""

    room: str
    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    waits: bool = False
    """Whether the line stands alone, without the open question behind it."""
    previews: tuple[Preview, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool did: `content` for the model, `summary` and `note` for the coach."""

    content: dict[str, Any]
    summary: str
    note: Note
    scores: bool = False
    """Whether this success earned the tool's scorecard item."""
    oauth: tuple[str, str] | None = None
    """(platform, url) where the coach's browser must open a provider's page."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One of Avery's tools: file, function and tool carry the same name."""

    name: str
    arguments: type[BaseModel]
    """The argument schema; its docstring is the tool's description for the model."""
    run: Callable[[ToolContext, Any], Awaitable[ToolResult]]
    """Raises ToolRetry for arguments that do not do, ToolFailed when it gives up, OutsideError when a service does."""
    scorecard_item: ScorecardItem | None = None
    changes_store: bool = False
    retries: int = 0
    """How often an action that an outside service failed is tried again (spec ticket 2.4)."""

    def as_langchain(self) -> StructuredTool:
        """The same tool as LangChain binds it: the context is injected, never among a model's arguments."""

        async def call(context: Annotated[ToolContext, InjectedToolArg], **arguments: Any) -> ToolResult:
            return await self.run(context, self.arguments.model_validate(arguments))

        return StructuredTool.from_function(
            coroutine=call,
            name=self.name,
            description=(self.arguments.__doc__ or "").strip(),
            args_schema=self.arguments,
            infer_schema=False,
        )
