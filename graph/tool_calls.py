"""The `tools` node: run what was called, retry, score, announce (the spec's executor pattern, ticket 2.2)."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import structlog
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import StreamWriter
from pydantic import BaseModel, ValidationError

import prompts
from avery.domain import Coach
from avery.errors import OutsideError, OutsideUnavailable, ToolFailed, ToolRetry
from avery.protocol import FunctionCall
from avery.services import Services
from graph.events import OauthWanted, StoreChanged, ToolDone, ToolStarted, Tracked
from graph.state import State
from tools import TOOLS, Note, Tool, ToolContext, ToolResult

log = structlog.get_logger(__name__)

MAX_CALLS = 5
"""Tool calls that one message may make; the rest is refused with that reason."""
PAUSE = 0.3
"""Seconds before the first retry of an action; doubles with each."""


async def run_tools(state: State, services: Services, write: StreamWriter) -> dict[str, Any]:
    """Run the last message's calls in order; every call gets its answer, so that the history stays valid."""
    coach, turn_id = state["coach"], state["turn_id"]
    message = state["messages"][-1]
    assert isinstance(message, AIMessage)
    notes, functions, answers = list(state.get("notes", [])), list(state.get("functions", [])), []
    quiet = bool(message.additional_kwargs.get("quiet"))
    for number, call in enumerate(message.tool_calls):
        call_id = str(call["id"])
        answer_id = f"{turn_id}-{call_id}"
        if number >= MAX_CALLS:
            refusal = "Too many calls at once; this one was not run."
            answers.append(ToolMessage(refusal, id=answer_id, tool_call_id=call_id))
            continue
        done, result = await _run_one(coach, services, f"{turn_id}:{call_id}", call_id, call, write)
        functions.append(done)
        content = result.content if result else {"error": done.summary}
        text = json.dumps(content, ensure_ascii=False)
        answers.append(ToolMessage(text, id=answer_id, tool_call_id=call_id, name=call["name"]))
        if not (quiet and done.ok):
            notes.append(result.note if result else Note("said", "text", {"text": done.summary}))
    return {"messages": answers, "notes": notes, "functions": functions}


async def _run_one(
    coach: Coach, services: Services, key: str, call_id: str, call: Any, write: StreamWriter
) -> tuple[FunctionCall, ToolResult | None]:
    """One call: (what the coach is told of it, its result). The result is None where it failed."""
    name: str = call["name"]
    tool = TOOLS.get(name)
    words = prompts.load("failures.toml")["tool"].get(name, {})
    if tool is None:
        return FunctionCall(call_id=call_id, name=name, ok=False, summary=f"There is no tool {name}."), None
    write(ToolStarted(call_id, name, words.get("label", name)))
    try:
        arguments = tool.arguments.model_validate(call["args"])
        result = await _act(tool, ToolContext(coach, services, key), arguments, call_id, words, write)
        await _follow_up(tool, coach, services, key, result, write)
    except Exception as error:
        # A tool's defect costs the coach one action, never the turn; the log has the defect whole.
        if not isinstance(error, ValidationError | ToolRetry | ToolFailed | OutsideError):
            log.exception("defect in a tool", tool=name)
        log.warning("tool failed", tool=name, error=type(error).__name__)
        summary = error.say if isinstance(error, ToolFailed) else words.get("give_up", "That didn't work just now.")
        done = FunctionCall(call_id=call_id, name=name, ok=False, summary=summary)
        write(ToolDone(done))
        write(Tracked("tool_failed", {"tool": name, "error": type(error).__name__}))
        return done, None
    done = FunctionCall(call_id=call_id, name=name, ok=True, summary=result.summary)
    write(ToolDone(done))
    write(Tracked("tool_ok", {"tool": name}))
    if result.oauth:
        write(OauthWanted(*result.oauth))
    return done, result


async def _act(
    tool: Tool, context: ToolContext, arguments: BaseModel, call_id: str, words: dict[str, str], write: StreamWriter
) -> ToolResult:
    """The action, tried again as often as the error table says where the service may work in a moment."""
    for attempt in range(tool.retries + 1):
        try:
            return await tool.run(context, arguments)
        except OutsideUnavailable:
            if attempt == tool.retries:
                raise
            write(ToolStarted(call_id, tool.name, words.get("retry", "Trying again…")))
            await asyncio.sleep(PAUSE * 2**attempt)
    raise AssertionError("unreachable")


async def _follow_up(
    tool: Tool, coach: Coach, services: Services, key: str, result: ToolResult, write: StreamWriter
) -> None:
    """Tick the scorecard item that the success earned, and announce the store if it changed."""
    item = tool.scorecard_item
    scored = item is not None and result.scores and not coach.scorecard[item]
    try:
        if scored and item is not None:
            await services.kliq.put_scorecard(coach.application_id, {item.value: True}, key=f"{key}:score")
        if tool.changes_store or scored:
            coach.store = await services.kliq.get_store(coach.application_id)
            write(StoreChanged(coach.store))
    except OutsideError as error:
        # The action itself succeeded: saying that it failed would make the coach do it twice.
        log.warning("store not read after a tool", tool=tool.name, error=str(error))
        if scored and item is not None:
            coach.store = replace(coach.store, scorecard=coach.store.scorecard | {item.value: True})
