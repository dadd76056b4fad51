"""A phase's node: passes on when its phase is done, calls a tool, or speaks."""

import uuid
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langgraph.types import StreamWriter

from avery import onboarding
from avery.domain import Coach, PhaseName
from graph import script
from graph.events import Celebrated, Delta, Reply, Tracked
from graph.phase import Phase
from graph.phases import completed
from graph.state import Call, State
from tools import Note

WRITTEN_AT_ONCE = frozenset({"greeting", "welcome_back"})
"""Inputs whose reply appears whole: nobody waits for a greeting to be typed."""


def enter(phase: Phase | None, state: State, write: StreamWriter) -> dict[str, Any]:
    """What the node of `phase` (None: `complete`) does with the state: the state's update."""
    coach, move = state["coach"], state.get("move")
    if isinstance(move, Call):
        return {"messages": [calling(move, state)], "move": None}
    if phase is not None and phase.is_done(coach):
        return {}
    notes = list(state.get("notes", []))
    here = phase.name if phase else PhaseName.COMPLETE
    if coach.current_phase != here or not coach.data.asked:
        coach.current_phase = here
        write(Tracked("phase_entered", {"phase": here}))
    if phase is not None and (call := before(phase, state)):
        return {"messages": [calling(call, state, quiet=True)]}
    _note_completions(coach, write)
    notes += _celebrate(coach, phase, write)
    return say(coach, phase, notes, state, write)


def before(phase: Phase, state: State) -> Call | None:
    """The tool whose result the open question needs, unless it was tried in this turn."""
    ask = phase.ask(state["coach"])
    call = ask.before(state["coach"]) if ask and ask.before else None
    tried = any(done.name == call.tool for done in state.get("functions", [])) if call else False
    return None if tried else call


def calling(call: Call, state: State, *, quiet: bool = False) -> AIMessage:
    """The message that calls a tool. Ids repeat when a turn is run again, and so do the idempotency keys."""
    number = len(state.get("functions", []))
    return AIMessage(
        "",
        id=f"{state['turn_id']}-call-{number}",
        tool_calls=[ToolCall(name=call.tool, args=call.arguments, id=f"call-{number}-{call.tool}")],
        additional_kwargs={"quiet": True} if quiet else {},
    )


def say(coach: Coach, phase: Phase | None, notes: list[Note], state: State, write: StreamWriter) -> dict[str, Any]:
    """Speak: stream the last message's text, then hand over every message whole."""
    speeches = script.speak(coach, phase, notes)
    turn_id = state["turn_id"]
    streams = state["input"]["kind"] not in WRITTEN_AT_ONCE
    replies = [
        Reply(
            id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{turn_id}:{number}")),
            content=speech.text,
            phase=coach.current_phase,
            buttons=speech.buttons or None,
            preview=speech.preview,
        )
        for number, speech in enumerate(speeches)
        if speech.text
    ]
    replies[-1] = replace(
        replies[-1],
        progress_pct=onboarding.progress_pct(coach),
        function_calls=state.get("functions") or None,
        streamed=streams,
    )
    for reply in replies:
        if reply.streamed:
            for index, text in enumerate(pieces(reply.content)):
                write(Delta(reply.id, text, index))
        write(reply)
    text = "\n\n".join(reply.content for reply in replies)
    return {"messages": [AIMessage(text, id=f"{turn_id}-reply")], "spoken": True}


def pieces(text: str) -> list[str]:
    """A text in the pieces in which it is streamed: its paragraphs."""
    parts = text.split("\n\n")
    return [part + "\n\n" for part in parts[:-1]] + parts[-1:]


def _note_completions(coach: Coach, write: StreamWriter) -> None:
    now = completed(coach)
    for name in now:
        if name not in coach.data.completed:
            write(Tracked("phase_completed", {"phase": name}))
    coach.data.completed = now


def _celebrate(coach: Coach, phase: Phase | None, write: StreamWriter) -> list[Note]:
    """The badge for all five items, once; and the end of the onboarding, once."""
    notes = []
    done = sum(coach.scorecard.values())
    if done == len(coach.scorecard) and not coach.data.celebrated:
        coach.data.celebrated = True
        line = script.words(coach, "complete", "badge")
        write(Celebrated("badge", "Store ready", line.text))
        notes.append(Note("complete", "celebrate_all"))
    if phase is None and not coach.onboarding_complete:
        coach.onboarding_complete = True
        write(Tracked("onboarding_complete", {"scorecard": done, "skipped": list(coach.data.skipped)}))
        if not notes and done < len(coach.scorecard):
            line = script.words(coach, "complete", "celebrate_some", left=script.left(coach), done=done)
            write(Celebrated("launch", "You're through", line.text))
            notes.append(Note("said", "text", {"text": line.text}))
    return notes
