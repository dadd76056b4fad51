"""What a tool is: its arguments, its action, and what follows from its success."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, StructuredTool
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from avery.domain import Coach, ScorecardItem
from avery.errors import OutsideRefused
from avery.protocol import Preview
from avery.services import Services
from avery.writing import Writer

UNSUPPORTED = frozenset({"minLength", "maxLength", "default", "title", "format", "minItems", "maxItems", "minimum",
                         "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern"})  # fmt: skip
"""Keywords that strict mode does not know, or not on every model; pydantic holds the arguments to them all the same."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What every tool is given besides its arguments; never anything that a model wrote."""

    coach: Coach
    """The facts, to be updated where the action changes what Avery owns."""
    services: Services
    key: str
    """The idempotency key of this call: the same across retries, restarts and double clicks."""
    writer: Writer | None = None
    """The model that writes texts; None in the scripted arm and without a key."""
    attempt: int = 0
    """Which try of the action this is; `Tool.retries` is the last."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What one try leaves for the next: the tries of a call share it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the scripted Avery to say, by its place in prompts/phases/: what happened, or what she answers."""

    room: str
    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    waits: bool = False
    """Whether the line stands alone, without the open question behind it."""
    offers: bool = False
    """Whether the line's buttons stand beside the open question's."""
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
    go: tuple[str, str] | None = None
    """(`skip` or `goto`, a phase): a wish to move through the phases, which the graph carries out."""


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

    @property
    def description(self) -> str:
        """What the model is told of the tool: its arguments' docstring, a line for each paragraph."""
        paragraphs = (self.arguments.__doc__ or "").strip().split("\n\n")
        return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    def parse(self, arguments: dict[str, Any]) -> BaseModel:
        """Arguments as a model or the script gave them. Raises pydantic.ValidationError.

        Null stands for not given, and so does an empty text, which models write where they have nothing to say.
        """
        fields = self.arguments.model_fields
        given = {
            name: value
            for name, value in arguments.items()
            if not (value is None or (value == "" and name in fields and not fields[name].is_required()))
        }
        return self.arguments.model_validate(given)

    def as_openai(self) -> dict[str, Any]:
        """The strict schema for Chat Completions, by the subset of JSON Schema that OpenAI's strict mode knows."""
        # Imported here: the scripted Avery starts without the SDK.
        from openai import pydantic_function_tool

        tool: dict[str, Any] = dict(
            pydantic_function_tool(self.arguments, name=self.name, description=self.description)
        )
        parameters = _supported(tool["function"]["parameters"])
        # The tool's own, and what programmers are told of an enumeration.
        for schema in (parameters, *parameters.get("$defs", {}).values()):
            schema.pop("description", None)
        for name, schema in parameters["properties"].items():
            if not self.arguments.model_fields[name].is_required():
                parameters["properties"][name] = _nullable(schema)
        tool["function"]["parameters"] = parameters
        return tool

    def as_langchain(self) -> StructuredTool:
        """The same tool as LangChain binds it: the context is injected, never among a model's arguments."""

        async def call(context: Annotated[ToolContext, InjectedToolArg], **arguments: Any) -> ToolResult:
            return await self.run(context, self.parse(arguments))

        return StructuredTool.from_function(
            coroutine=call,
            name=self.name,
            description=self.description,
            args_schema=self.arguments,
            infer_schema=False,
        )


def was_taken(refused: OutsideRefused) -> bool:
    """Whether KLIQ knows the call's key from another request: an earlier run of the same call, which a crash cut off,
    wrote other words. The first write stays (409 or 422, by IETF's draft on the Idempotency-Key header)."""
    return refused.status in (409, 422) and "idempotency" in refused.message.casefold()


def validation_message(error: ValidationError) -> str:
    """What is wrong with a call's arguments, a part for each field, in words that a model can act on."""
    problems = [
        f"{'.'.join(str(part) for part in found['loc']) or 'the arguments'}: {_problem(found)}"
        for found in error.errors(include_url=False, include_context=False)
    ]
    return f"Not run. {'; '.join(problems[:5])}. Call it again with arguments that fit, or ask the coach."


def _problem(found: ErrorDetails) -> str:
    """One field's problem, with what was given where that is short: a model sees its slip by it."""
    if found["type"] == "missing":
        return "is missing"
    if found["type"] == "extra_forbidden":
        return "there is no such argument"
    said, given = found["msg"].removeprefix("Value error, "), found["input"]
    shown = json.dumps(given, ensure_ascii=False) if isinstance(given, str | int | float) else ""
    return f"{said}, not {shown}" if 0 < len(shown) <= 60 else said


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null: strict mode wants every property, and null is how a model leaves one out."""
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    description = {"description": schema.pop("description")} if "description" in schema else {}
    return {"anyOf": [schema, {"type": "null"}], **description}


def _supported(schema: Any) -> Any:
    """A JSON Schema without the keywords of UNSUPPORTED; property names stay, whatever they are called."""
    if isinstance(schema, list):
        return [_supported(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _supported(each) for name, each in value.items()}
        if key in ("properties", "$defs")
        else _supported(value)
        for key, value in schema.items()
        if key not in UNSUPPORTED
    }
