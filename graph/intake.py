"""The `intake` node: takes the turn's one input, reads the facts, applies what needs no words, mends the history."""

from typing import Any
from uuid import uuid4

import structlog
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolMessage

from avery.domain import Coach, ScorecardItem
from avery.errors import OutsideError
from avery.services import Services
from avery.store import coaches
from graph import understand
from graph.events import Emit, OauthDone, StoreChanged, Tracked
from graph.navigate import go
from graph.read import read
from graph.state import WRITTEN_AT_ONCE, Context, Go, Run, Speaker, State, TurnContext
from tools import Note

log = structlog.get_logger(__name__)


async def take_in(state: State, run: Run) -> dict[str, Any]:
    """Read the input into a move, apply a move through the phases, and note what is to be said of it.

    Where the model fails before anything was done, the run comes back here, and the script reads what was meant for
    the model.
    """
    services, write = run.services, run.write
    is_second_reading = state.get("unread", False)
    if isinstance(run.context, TurnContext):
        given, coach, turn_id = state["input"], state["coach"], run.context.turn_id
    elif is_second_reading:
        given, coach, turn_id = state["input"], state["coach"], state["turn_id"]
    else:
        # Studio's state may still hold the turn before; and it has no queue whose rows would name its turns.
        given, coach, turn_id = input_of(state["messages"]), await load_coach(services, run.context), str(uuid4())
    before = coach.current_phase
    if given["kind"] == "oauth":
        await _take_oauth(coach, services, given, write)
    if given["kind"] == "photo" and given.get("ok", True):
        await _score(coach, services, ScorecardItem.PROFILE_PHOTO, write)
    is_scripted = is_second_reading or given["kind"] in WRITTEN_AT_ONCE or run.model is None
    speaker: Speaker = "script" if is_scripted else "model"
    # The model reads free text by itself; what is no text has nothing for it to read.
    move = None if speaker == "model" and is_free_text(given) else read(given, coach)
    if isinstance(move, Note) and given["kind"] not in ("oauth", "photo"):
        speaker = "script"
    notes = list(state.get("notes", [])) if is_second_reading else []
    if isinstance(move, Go):
        note = go(coach, move)
        if note.key == "skipped":
            write(Tracked("phase_skipped", {"phase": before}))
        if coach.current_phase != before:
            write(Tracked("phase_entered", {"phase": coach.current_phase, "by": move.kind}))
        notes.append(note)
        move = None
    elif isinstance(move, Note):
        notes.append(move)
        move = None
    return {
        "messages": [
            *forget(state.get("messages", []), turn_id),
            *mend(state.get("messages", [])),
            *_as_message(given, turn_id, is_new=isinstance(run.context, TurnContext)),
        ],
        "turn_id": turn_id,
        "input": given,
        "coach": coach,
        "speaker": speaker,
        "unread": False,
        "move": move,
        "notes": notes,
        "spoken": False,
        **({} if is_second_reading else {"functions": [], "rounds": 0, "replies": 0, "broken_off": False}),
    }


def is_free_text(given: dict[str, Any]) -> bool:
    """Whether the input is something that the coach wrote, and more than blanks."""
    return given["kind"] == "message" and not understand.is_empty(given.get("text", ""))


def input_of(messages: list[AnyMessage]) -> dict[str, Any]:
    """The input of a run that was given messages alone, as Studio does."""
    last = messages[-1] if messages else None
    return {"kind": "message", "text": last.text if isinstance(last, HumanMessage) else ""}


async def load_coach(services: Services, context: Context) -> Coach:
    """All facts of a coach: Avery's row, KLIQ's store, the linked accounts. A store that cannot be read is empty."""
    async with services.pool.connection() as connection:
        await coaches.ensure(connection, context.coach_id, context.application_id, context.tz, context.locale)
        coach = await coaches.load(connection, context.coach_id)
    assert coach is not None
    coach.store = await services.kliq.get_store(coach.application_id)
    return coach


def forget(messages: list[AnyMessage], turn_id: str) -> list[RemoveMessage]:
    """Take back what an earlier run of this very turn left in the history: it ended before it was written down."""
    mine = [message.id for message in messages if message.id and message.id.startswith(f"{turn_id}-")]
    return [RemoveMessage(id=each) for each in mine]


def mend(messages: list[AnyMessage]) -> list[RemoveMessage]:
    """What makes the history valid again after a crash or a stop: calls without an answer are answered."""
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    called = {str(call["id"]) for message in messages if isinstance(message, AIMessage) for call in message.tool_calls}
    orphans = [
        RemoveMessage(id=str(message.id))
        for message in messages
        if isinstance(message, AIMessage) and any(str(call["id"]) not in answered for call in message.tool_calls)
    ]
    strays = [
        RemoveMessage(id=str(message.id))
        for message in messages
        if isinstance(message, ToolMessage) and message.tool_call_id not in called
    ]
    return orphans + strays


def _as_message(given: dict[str, Any], turn_id: str, *, is_new: bool) -> list[AnyMessage]:
    """The input as the history holds it; a run that came with its own message has it already."""
    if not is_new:
        return []
    match given["kind"]:
        case "message":
            text = given.get("text", "")
        case "button":
            text = f"[clicked “{given['button'].get('label', '')}”]"
        case "oauth":
            text = f"[connecting {given.get('platform')}: {'done' if given.get('ok') else 'it did not go through'}]"
        case "photo":
            text = "[uploaded a profile photo]"
        case _:
            return []
    return [HumanMessage(text, id=f"{turn_id}-input")]


async def _take_oauth(coach: Coach, services: Services, given: dict[str, Any], write: Emit) -> None:
    """An account was connected, or not: tell the coach's browser, and tick the item."""
    write(OauthDone(given["platform"], bool(given.get("ok")), given.get("username"), given.get("error")))
    if not given.get("ok"):
        write(Tracked("tool_failed", {"tool": "connect_social_account", "platform": given["platform"]}))
        return
    write(Tracked("social_connected", {"platform": given["platform"]}))
    coach.data.skipped = [name for name in coach.data.skipped if name != "social_connect"]
    await _score(coach, services, ScorecardItem.SOCIALS_CONNECTED, write)


async def _score(coach: Coach, services: Services, item: ScorecardItem, write: Emit) -> None:
    """Tick an item that was earned outside the conversation, and look at the store anew."""
    try:
        if not coach.scorecard[item]:
            key = f"score:{coach.coach_id}:{item.value}"
            await services.kliq.put_scorecard(coach.application_id, {item.value: True}, key=key)
        coach.store = await services.kliq.get_store(coach.application_id)
        write(StoreChanged(coach.store))
    except OutsideError as error:
        # What was done is done; the next look at the store shows it.
        log.warning("item not ticked", item=item.value, error=type(error).__name__)
