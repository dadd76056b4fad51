"""Avery with a model: from the facts, the history and the open question to words and tool calls.

The script sets the stage (previews, buttons, the open question); the model has the words. Where it fails for good,
`speak` says so by raising, and the script has the words too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_datetime
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

import prompts
from avery.arms import variant_of
from avery.domain import Coach, PhaseName
from avery.errors import ModelFailed
from avery.store.usage import ModelCall
from graph import failures, language
from graph.failures import Unusable
from graph.phase import Phase
from graph.state import Decision, Run, State, call_id
from graph.version import prompt_version
from tools import TOOLS

if TYPE_CHECKING:
    from avery.clients.openai import Answer, Model

log = structlog.get_logger(__name__)

HISTORY = 20
"""Messages that a request holds besides the instructions (spec ticket 2.1)."""
ROUNDS = 4
"""How often one turn may call tools; after that the model is offered none, and must speak."""

Result = TypeVar("Result")


class Stopped(Exception):
    """The coach stopped the reply."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands around the model's words."""

    phase: Phase | None
    ask: str
    """The open question's name; empty where none is open."""
    question: str
    """The open question in the script's words, for an answer that lost its own."""
    buttons: list[str]
    """The labels of the buttons under the reply."""


async def speak(
    state: State,
    run: Run,
    model: Model,
    stage: Stage,
    on_text: Callable[[str], None],
    begin_again: Callable[[str], None],
) -> tuple[str, Decision | None]:
    """The model's words and, where it wants tools run first, its decision.

    `on_text` gets each piece of the text at once; `begin_again` says that what was given so far does not count, with
    what the coach may read meanwhile. Raises ModelFailed or Unusable when the error table gives up, Stopped when the
    coach does.
    """
    coach, made = state["coach"], run.decisions.made
    if (repeated := state.get("rounds", 0)) < len(made):
        decision = made[repeated]
        if decision["text"]:
            on_text(decision["text"])
        return decision["text"], decision
    offered = tools_for(coach) if state.get("rounds", 0) < ROUNDS else []
    request = _request(state, run, stage)
    version = prompt_version(model, variant_of(run.arm))
    reminder: list[BaseMessage] = []

    def record(call: ModelCall) -> None:
        run.write(call)

    async def once() -> Answer:
        answer = await model.answer(
            [*request, *reminder], offered, on_text=on_text, record=record, prompt_version=version
        )
        return _usable(answer, offered, state, stage)

    def before_retry(attempt: RetryCallState) -> None:
        assert attempt.outcome is not None
        error = attempt.outcome.exception()
        assert error is not None
        says = failures.row_of(error).says
        begin_again(prompts.load("failures.toml")["turn"][says] if says else "")
        if isinstance(error, Unusable) and error.what == "language":
            reminder[:] = [SystemMessage(prompts.instruct("reminder.md"))]
        log.info("the model is asked again", error=failures.name_of(error), attempt=attempt.attempt_number)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type((ModelFailed, Unusable)),
        stop=failures.is_given_up,
        wait=failures.pause,
        before_sleep=before_retry,
        reraise=True,
    )
    answer: Answer = await _unless_stopped(retrying(once), run.stop)
    if not answer.calls:
        return answer.text, None
    place = f"{state['turn_id']}:round {repeated}"
    decision = {
        "text": answer.text,
        "calls": [
            {
                "name": call.name,
                "args": call.args,
                "id": call_id(f"{place}:{number}"),
            }
            for number, call in enumerate(answer.calls)
        ],
    }
    await run.decisions.add(decision)
    return answer.text, decision


def calling(decision: Decision, turn_id: str, number: int) -> AIMessage:
    """A decision as the history holds it. Arguments that were no JSON are none here; their call is marked."""
    return AIMessage(
        decision["text"],
        id=f"{turn_id}-round-{number}",
        tool_calls=[
            {"name": call["name"], "args": call["args"] or {}, "id": call["id"], "type": "tool_call"}
            for call in decision["calls"]
        ],
        additional_kwargs={
            "by": "model",
            "unreadable": [call["id"] for call in decision["calls"] if call["args"] is None],
        },
    )


# What is sent ---------------------------------------------------------------------------------------------------------

POINTLESS: dict[str, Callable[[Coach], bool]] = {
    "get_social_top_posts": lambda coach: not coach.social_connections,
    "publish_blog_posts": lambda coach: not any(blog.status == "draft" for blog in coach.store.blogs),
    "delete_blog_post": lambda coach: not coach.store.blogs,
}
"""When a tool has nothing to work on. All others are offered in every phase: an earlier answer may change at any time,
and a list that stays the same keeps the provider's prompt cache warm."""


def tools_for(coach: Coach) -> list[dict[str, Any]]:
    """The schemas of the tools that make sense for this coach now."""
    return [_schema(name) for name in TOOLS if name not in POINTLESS or not POINTLESS[name](coach)]


@cache
def _schema(name: str) -> dict[str, Any]:
    return TOOLS[name].as_openai()


def instructions(coach: Coach, stage: Stage, variant: str | None, now: datetime) -> str:
    """The system message: Avery's rules, then the facts and the phase's instructions. No text from outside stands in
    it but the coach's own few words, quoted."""
    phase = stage.phase.name if stage.phase else PhaseName.COMPLETE
    local = now.astimezone(ZoneInfo(coach.tz))
    facts: dict[str, Any] = {
        "name": coach.preferred_name or "",
        "niche": coach.niche or "",
        "niche_said": coach.data.niche_said or "",
        "specialty": coach.specialty or "",
        "tone": coach.tone,
        "phase": phase,
        "phase_label": prompts.label(phase),
        "skipped": [prompts.label(name) for name in coach.data.skipped],
        "store_url": coach.store.url,
        "blog_count": coach.blog_count,
        "draft_count": sum(blog.status == "draft" for blog in coach.store.blogs),
        "price": coach.store.price.text() if coach.store.price else "",
        "scorecard": coach.scorecard,
        "connected": [account.platform.value for account in coach.social_connections],
        "today": format_datetime(local, "EEEE d MMMM y, HH:mm", locale="en_GB"),
        "tz": coach.tz,
        "language": coach.locale,
    }
    about_phase = prompts.instruct(f"phases/{phase}.md", variant, **facts, ask=stage.ask, buttons=stage.buttons)
    return prompts.instruct("system.md", variant, **facts, instructions=about_phase)


def recent(messages: Sequence[AnyMessage], limit: int = HISTORY) -> list[AnyMessage]:
    """The last messages as a provider takes them: beginning with a coach's, every tool call with its answer."""
    kept = list(messages[-limit:])
    first = next((place for place, message in enumerate(kept) if isinstance(message, HumanMessage)), None)
    if first is None:
        # A turn of very many calls: its own input is further back.
        place = next((i for i in reversed(range(len(messages))) if isinstance(messages[i], HumanMessage)), 0)
        kept, first = list(messages[place:]), 0
    kept = kept[first:]
    answered = {message.tool_call_id for message in kept if isinstance(message, ToolMessage)}
    called: set[str] = set()
    valid: list[AnyMessage] = []
    for message in kept:
        if isinstance(message, AIMessage) and message.tool_calls:
            ids = {str(call["id"]) for call in message.tool_calls}
            if not ids <= answered:
                continue
            called |= ids
        if isinstance(message, ToolMessage) and message.tool_call_id not in called:
            continue
        valid.append(message)
    return valid


def _request(state: State, run: Run, stage: Stage) -> list[BaseMessage]:
    coach = state["coach"]
    system = instructions(coach, stage, variant_of(run.arm), datetime.now(ZoneInfo(coach.tz)))
    return [SystemMessage(system), *recent(state["messages"])]


# What comes back ------------------------------------------------------------------------------------------------------


def _usable(answer: Answer, offered: list[dict[str, Any]], state: State, stage: Stage) -> Answer:
    """The answer, made presentable. Raises Unusable where it is nothing to give to a coach."""
    if answer.refusal or answer.finish == "content_filter":
        raise Unusable("refusal", again=False)
    if answer.calls:
        if not offered:
            raise Unusable("loop", again=False)
        if answer.finish == "length" and any(call.args is None for call in answer.calls):
            raise Unusable("length", again=False)
        return answer
    if not answer.text.strip():
        raise Unusable("empty", again=True)
    if not language.fits(answer.text, said=_last_words(state["messages"]), locale=state["coach"].locale):
        raise Unusable("language", again=True)
    if answer.finish == "length":
        answer.text = "\n\n".join(filter(None, [_whole_sentences(answer.text), stage.question]))
    return answer


def _whole_sentences(text: str) -> str:
    """A text that was cut, up to its last full sentence."""
    ends = [match.end() for match in re.finditer(r"[.!?…。！？](?=\s|$)", text)]
    return text[: ends[-1]].strip() if ends else ""


def _last_words(messages: Sequence[AnyMessage]) -> str:
    """What the coach typed last, and a little before: one word has no language."""
    typed = [message.text for message in messages if isinstance(message, HumanMessage)]
    return "\n".join(text for text in typed[-3:] if not text.startswith("["))


async def _unless_stopped(work: Awaitable[Result], stop: asyncio.Event | None) -> Result:
    """The work's result; Stopped, and the work given up, when the coach stops it first."""
    if stop is None:
        return await work
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Stopped
        return task.result()
    finally:
        stopping.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
