"""A phase's node: passes on when its phase is done, calls a tool, or speaks."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import msgspec
import structlog
from langchain_core.messages import AIMessage, ToolCall

import prompts
from avery import onboarding
from avery.domain import Coach, PhaseName
from avery.errors import ModelFailed
from avery.protocol import FunctionCall
from graph import model, script
from graph.events import Celebrated, Delta, Emit, Reply, Tracked
from graph.failures import Unusable
from graph.phase import Phase
from graph.phases import completed
from graph.script import Speech
from graph.state import WRITTEN_AT_ONCE, Call, Run, State, call_id
from tools import Note

if TYPE_CHECKING:
    from avery.clients.openai import Model

log = structlog.get_logger(__name__)


async def enter(phase: Phase | None, state: State, run: Run) -> dict[str, Any]:
    """What the node of `phase` (None: `complete`) does with the state: the state's update."""
    coach, move = state["coach"], state.get("move")
    if isinstance(move, Call):
        return {"messages": [calling(move, state)], "move": None}
    if phase is not None and phase.is_given_up(coach) and phase.name not in coach.data.skipped:
        coach.data.skipped.append(phase.name)
        run.write(Tracked("phase_skipped", {"phase": phase.name}))
    if phase is not None and phase.is_done(coach):
        return {}
    notes = list(state.get("notes", []))
    here = phase.name if phase else PhaseName.COMPLETE
    if coach.current_phase != here or not coach.data.asked:
        coach.current_phase = here
        run.write(Tracked("phase_entered", {"phase": here}))
    if phase is not None and (call := before(phase, state, run)):
        return {"messages": [calling(call, state, quiet=True)]}
    _note_completions(coach, run.write)
    notes += _celebrate(coach, phase, run.write)
    speaker = run.model if state.get("speaker") == "model" else None
    if speaker is not None and not run.is_stopped:
        return await _speak(phase, notes, state, run, speaker)
    return _recite(phase, notes, state, run)


def before(phase: Phase, state: State, run: Run) -> Call | None:
    """The tool whose result the open question needs, unless it was tried in this turn."""
    ask = phase.ask(state["coach"])
    call = ask.before(state["coach"], run.model is not None) if ask and ask.before else None
    tried = any(done["name"] == call.tool for done in state.get("functions", [])) if call else False
    return None if tried else call


def calling(call: Call, state: State, *, quiet: bool = False) -> AIMessage:
    """The message that calls a tool. Ids repeat when a turn is run again, and so do the idempotency keys."""
    number = len(state.get("functions", []))
    place = f"{state['turn_id']}:{number}:{call.tool}"
    return AIMessage(
        "",
        id=f"{state['turn_id']}-call-{number}",
        tool_calls=[ToolCall(name=call.tool, args=call.arguments, id=call_id(place))],
        additional_kwargs={"quiet": True} if quiet else {},
    )


async def _speak(phase: Phase | None, notes: list[Note], state: State, run: Run, speaker: Model) -> dict[str, Any]:
    """The model's words on the script's stage; its tool calls; or, where it fails, the script's words."""
    coach = state["coach"]
    asked = dict(coach.data.asked)
    speeches = script.speak(coach, phase, notes)
    *shown, last = speeches
    pen = _Pen(state, run.write)
    cards = [replace_words(card, card.preview.title or "") for card in shown if card.preview]
    all_cards = len(cards)
    ask = phase.ask(coach) if phase else None
    stage = model.Stage(
        phase, ask.name if ask else "", last.paragraphs[-1] if ask and last.paragraphs else "",
        [button.label for button in last.buttons],
    )  # fmt: skip

    def on_text(text: str) -> None:
        while cards:
            pen.hand_over(cards.pop(0), coach)
        pen.add(text)

    try:
        text, decision = await model.speak(state, run, speaker, stage, on_text, pen.begin_again)
    except (ModelFailed, Unusable) as failure:
        name = failure.what if isinstance(failure, Unusable) else failure.kind
        log.warning("the script speaks for the model", error=name, phase=coach.current_phase)
        run.write(Tracked("fallback", {"reason": name, "phase": coach.current_phase}))
        update = {"speaker": "script", "broken_off": pen.is_writing, "replies": pen.replies, "notes": notes}
        if state["input"]["kind"] == "message" and not state.get("functions"):
            # Nothing was done yet: the script reads the message anew.
            coach.data.asked = asked
            return {**update, "unread": True}
        return _say(speeches if len(cards) == all_cards else [last], cast(State, {**state, **update}), run)
    except model.Stopped:
        return _stop(pen, coach, state)
    if decision is None:
        if cards:
            on_text("")
        pen.finish(replace_words(last, text), coach, state)
        return {"messages": [AIMessage(text, id=f"{state['turn_id']}-reply")], "spoken": True, "replies": pen.replies}
    if text.strip():
        pen.hand_over(Speech([text]), coach)
        notes = [replace(note, previews=()) for note in notes]
    else:
        coach.data.asked = asked
    number = state.get("rounds", 0)
    return {
        "messages": [model.calling(decision, state["turn_id"], number)],
        "rounds": number + 1,
        "replies": pen.replies,
        "broken_off": pen.is_writing,
        "notes": notes,
    }


def _recite(phase: Phase | None, notes: list[Note], state: State, run: Run) -> dict[str, Any]:
    """The script's words."""
    return _say(script.speak(state["coach"], phase, notes), state, run)


def _say(speeches: list[Speech], state: State, run: Run) -> dict[str, Any]:
    """Hand every speech over; the last one carries what the turn did."""
    pen = _Pen(state, run.write)
    streams = state["input"]["kind"] not in WRITTEN_AT_ONCE
    *shown, last = [speech for speech in speeches if speech.text]
    for speech in shown:
        pen.hand_over(speech, state["coach"], streams=streams)
    pen.finish(last, state["coach"], state, streams=streams, stopped=run.is_stopped)
    text = "\n\n".join(speech.text for speech in (*shown, last))
    return {
        "messages": [AIMessage(text, id=f"{state['turn_id']}-reply")],
        "spoken": True,
        "replies": pen.replies,
    }


def _stop(pen: _Pen, coach: Coach, state: State) -> dict[str, Any]:
    """The coach stopped the reply: the text so far stays."""
    text = pen.text
    pen.finish(
        Speech([text if text.strip() else prompts.load("failures.toml")["turn"]["stopped"]]), coach, state, stopped=True
    )
    # A request may not hold an assistant's message without words.
    messages = [AIMessage(text, id=f"{state['turn_id']}-reply")] if text.strip() else []
    return {"messages": messages, "spoken": True, "replies": pen.replies}


class _Pen:
    """Writes a turn's messages: pieces as they come, then each message whole."""

    def __init__(self, state: State, write: Emit) -> None:
        self.replies = state.get("replies", 0)
        self._turn_id, self._write = state["turn_id"], write
        self._is_replacing = state.get("broken_off", False)
        self._pieces: list[str] = []
        self._is_waiting = False
        self._id = self._next_id()

    @property
    def text(self) -> str:
        return "" if self._is_waiting else "".join(self._pieces)

    @property
    def is_writing(self) -> bool:
        """Whether the coach sees a piece of a message that is not whole yet."""
        return bool(self._pieces) or self._is_replacing

    def add(self, text: str) -> None:
        """A piece of the current message; the first one takes the place of what was broken off."""
        if not text:
            return
        if self._is_waiting:
            self._pieces, self._is_waiting = [], False
        self._write(Delta(self._id, text, len(self._pieces), replace=self._is_replacing))
        self._pieces.append(text)
        self._is_replacing = False

    def begin_again(self, words: str) -> None:
        """What was written does not count; `words` (or what stands there) until the next piece takes its place."""
        self._is_replacing = self.is_writing
        self._pieces = []
        if words:
            self._write(Delta(self._id, words, 0, replace=self._is_replacing))
            self._is_waiting, self._is_replacing = True, True

    def hand_over(self, speech: Speech, coach: Coach, *, streams: bool = True) -> None:
        """A whole message that is not the turn's last."""
        self._whole(self._reply(speech, coach), streams)

    def finish(
        self, speech: Speech, coach: Coach, state: State, *, streams: bool = True, stopped: bool = False
    ) -> None:
        """The turn's last message."""
        reply = replace(
            self._reply(speech, coach),
            progress_pct=onboarding.progress_pct(coach),
            function_calls=msgspec.convert(state.get("functions"), list[FunctionCall] | None) or None,
            stopped=stopped,
        )
        self._whole(reply, streams)

    def _whole(self, reply: Reply, streams: bool) -> None:
        if streams and "".join(self._pieces) != reply.content:
            if self._pieces:
                self.begin_again("")
            for piece in pieces(reply.content):
                self.add(piece)
        self._write(replace(reply, streamed=streams))
        self.replies += 1
        self._id = self._next_id()
        self._pieces, self._is_replacing, self._is_waiting = [], False, False

    def _reply(self, speech: Speech, coach: Coach) -> Reply:
        return Reply(
            id=self._id,
            content=speech.text,
            phase=coach.current_phase,
            buttons=speech.buttons or None,
            preview=speech.preview,
        )

    def _next_id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._turn_id}:{self.replies}"))


def pieces(text: str) -> list[str]:
    """A text in the pieces in which it is streamed: its paragraphs."""
    parts = text.split("\n\n")
    return [part + "\n\n" for part in parts[:-1]] + parts[-1:]


def replace_words(speech: Speech, text: str) -> Speech:
    """The speech with its preview and buttons, in other words."""
    return replace(speech, paragraphs=[text])


def _note_completions(coach: Coach, write: Emit) -> None:
    now = completed(coach)
    for name in now:
        if name not in coach.data.completed:
            write(Tracked("phase_completed", {"phase": name}))
    coach.data.completed = now


def _celebrate(coach: Coach, phase: Phase | None, write: Emit) -> list[Note]:
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
            notes.append(Note("said", "celebration", {"text": line.text}))
    return notes
