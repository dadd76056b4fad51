"""The `tools` node: run what was called, retry, score, announce (the spec's executor pattern, ticket 2.2)."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import structlog
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential

import prompts
from avery.domain import Coach
from avery.errors import OutsideError, OutsideUnavailable, ToolFailed, ToolRetry
from avery.protocol import FunctionCall
from graph import navigate
from graph.events import OauthWanted, StoreChanged, ToolDone, ToolStarted, Tracked
from graph.state import Go, Run, State
from tools import TOOLS, Note, Tool, ToolContext, ToolResult
from tools.tool import validation_message

log = structlog.get_logger(__name__)

MAX_CALLS = 5
"""Tool calls that one message may make; the rest is refused with that reason."""
PAUSE = 0.3
"""Seconds before the first retry of an action; doubles with each."""


@dataclass(slots=True)
class Outcome:
    """What came of one call: the model's answer to read, and what the coach is told."""

    content: dict[str, Any]
    done: FunctionCall | None = None
    """None where nothing was tried: then the coach saw nothing of it."""
    notes: list[Note] = field(default_factory=list)


async def run_tools(state: State, run: Run) -> dict[str, Any]:
    """Run the last message's calls in order; every call gets its answer, so that the history stays valid."""
    coach, turn_id = state["coach"], state["turn_id"]
    message = state["messages"][-1]
    assert isinstance(message, AIMessage)
    notes, functions, answers = list(state.get("notes", [])), list(state.get("functions", [])), []
    marks = message.additional_kwargs
    for number, call in enumerate(message.tool_calls):
        call_id = str(call["id"])
        if number >= MAX_CALLS:
            outcome = Outcome(
                {"error": f"Not run: {MAX_CALLS} calls at once are the most. Call it again if it matters."}
            )
        elif run.is_stopped:
            outcome = Outcome({"error": "Not run: the coach stopped this."})
        elif call_id in marks.get("unreadable", ()):
            outcome = Outcome({"error": "The arguments were not a JSON object. Call it again with one."})
        elif (before := _same(call, message, state)) is not None:
            outcome = Outcome({"error": "Done already in this turn, and not run again.", "result": before})
        else:
            outcome = await _run_one(coach, run, f"{turn_id}:{call_id}", call, by_model=marks.get("by") == "model")
        text = json.dumps(outcome.content, ensure_ascii=False)
        answers.append(ToolMessage(text, id=f"{turn_id}-{call_id}", tool_call_id=call_id, name=call["name"]))
        if outcome.done is not None:
            functions.append(msgspec.to_builtins(outcome.done))
            if not (marks.get("quiet") and outcome.done.ok):
                notes += outcome.notes
    return {"messages": answers, "notes": notes, "functions": functions}


def _same(call: ToolCall, message: AIMessage, state: State) -> str | None:
    """The answer to the very same call earlier in this turn: a model that turns in a circle does nothing twice."""
    if message.additional_kwargs.get("by") != "model":
        return None
    mine = f"{state['turn_id']}-"
    earlier = [each for each in state["messages"] if each.id and each.id.startswith(mine) and each.id != message.id]
    same = {
        str(made["id"])
        for each in earlier
        if isinstance(each, AIMessage)
        for made in each.tool_calls
        if (made["name"], made["args"]) == (call["name"], call["args"])
    }
    answers = [each.text for each in earlier if isinstance(each, ToolMessage) and each.tool_call_id in same]
    return next((answer for answer in answers if not answer.startswith('{"error"')), None)


async def _run_one(coach: Coach, run: Run, key: str, call: ToolCall, *, by_model: bool) -> Outcome:
    """One call. Arguments that do not do go back to a model in words that it can act on, and the coach sees nothing."""
    name, call_id = call["name"], str(call["id"])
    tool = TOOLS.get(name)
    if tool is None:
        return Outcome({"error": f"There is no tool {name}. There are: {', '.join(TOOLS)}."})
    words = prompts.load("failures.toml")["tool"].get(name, {})
    try:
        arguments = tool.parse(call["args"])
    except ValidationError as error:
        run.write(Tracked("tool_failed", {"tool": name, "error": "ValidationError"}))
        if by_model:
            return Outcome({"error": validation_message(error)})
        return _failed(run, call, words, error)
    run.write(ToolStarted(call_id, name, words.get(getattr(arguments, "label", "label"), name)))
    context = ToolContext(coach, run.services, key, run.writer)
    try:
        result = await _act(tool, context, arguments, call_id, words, run)
        await _follow_up(tool, coach, run, key, result)
    except ToolRetry as error:
        outcome = _failed(run, call, words, error)
        return replace(outcome, content={"error": str(error)}, notes=[] if by_model else outcome.notes)
    except Exception as error:
        # A tool's defect costs the coach one action, never the turn; the log has the defect whole.
        if not isinstance(error, ToolFailed | OutsideError):
            log.exception("defect in a tool", tool=name)
        return _failed(run, call, words, error)
    done = FunctionCall(call_id=call_id, name=name, ok=True, summary=result.summary)
    run.write(ToolDone(done))
    run.write(Tracked("tool_ok", {"tool": name}))
    if result.oauth:
        run.write(OauthWanted(*result.oauth))
    return Outcome(result.content, done, [_go(coach, run, result) if result.go else result.note])


def _go(coach: Coach, run: Run, result: ToolResult) -> Note:
    """Carry out a tool's wish to move through the phases: the line that acknowledges it."""
    assert result.go is not None
    kind, value = result.go
    before = coach.current_phase
    note = navigate.go(coach, Go(kind, value))
    if note.key == "skipped":
        run.write(Tracked("phase_skipped", {"phase": value}))
    if coach.current_phase != before:
        run.write(Tracked("phase_entered", {"phase": coach.current_phase, "by": kind}))
    return note


def _failed(run: Run, call: ToolCall, words: dict[str, str], error: Exception) -> Outcome:
    """A call that did not work, in words for the coach."""
    name = call["name"]
    log.warning("tool failed", tool=name, error=type(error).__name__)
    summary = error.say if isinstance(error, ToolFailed) else words.get("give_up", "That didn't work just now.")
    done = FunctionCall(call_id=str(call["id"]), name=name, ok=False, summary=summary)
    run.write(ToolDone(done))
    run.write(Tracked("tool_failed", {"tool": name, "error": type(error).__name__}))
    return Outcome({"error": summary}, done, [Note("said", "text", {"text": summary})])


async def _act(
    tool: Tool, context: ToolContext, arguments: BaseModel, call_id: str, words: dict[str, str], run: Run
) -> ToolResult:
    """The action, tried again as often as the error table says where the service may work in a moment."""

    def before_retry(_: RetryCallState) -> None:
        run.write(ToolStarted(call_id, tool.name, words.get("retry", "Trying again…")))

    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(OutsideUnavailable),
        stop=stop_after_attempt(tool.retries + 1),
        wait=wait_exponential(multiplier=PAUSE),
        before_sleep=before_retry,
        reraise=True,
    ):
        with attempt:
            return await tool.run(replace(context, attempt=attempt.retry_state.attempt_number - 1), arguments)
    raise AssertionError("unreachable")


async def _follow_up(tool: Tool, coach: Coach, run: Run, key: str, result: ToolResult) -> None:
    """Tick the scorecard item that the success earned, and announce the store if it changed."""
    kliq, item = run.services.kliq, tool.scorecard_item
    scored = item is not None and result.scores and not coach.scorecard[item]
    try:
        if scored and item is not None:
            await kliq.put_scorecard(coach.application_id, {item.value: True}, key=f"{key}:score")
        if tool.changes_store or scored:
            coach.store = await kliq.get_store(coach.application_id)
            run.write(StoreChanged(coach.store))
    except OutsideError as error:
        # The action itself succeeded: saying that it failed would make the coach do it twice.
        log.warning("store not read after a tool", tool=tool.name, error=type(error).__name__)
        if scored and item is not None:
            coach.store = replace(coach.store, scorecard=coach.store.scorecard | {item.value: True})
