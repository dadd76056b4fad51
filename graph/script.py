"""Avery without a model: from the facts and what happened to words, buttons and previews. No I/O."""

from dataclasses import dataclass, field
from typing import Any

import prompts
from avery.domain import Coach, PhaseName
from avery.protocol import Button, Preview
from graph.phase import Ask, Phase
from graph.phases import PHASES
from tools import Note


@dataclass(slots=True)
class Speech:
    """One message that is about to be said."""

    paragraphs: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    preview: Preview | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def speak(coach: Coach, phase: Phase | None, notes: list[Note]) -> list[Speech]:
    """What Avery says: what happened, its previews, and the open question of `phase` (None where all is complete)."""
    speeches, current = [], Speech()
    waits = False
    for note in notes:
        line = words(coach, note.room, note.key, **note.facts)
        current.paragraphs.append(line.text)
        waits = note.waits
        if note.waits or note.offers:
            current.buttons += [as_button(button) for button in line.buttons]
        if len(note.previews) == 1 and current.preview is None:
            current.preview = note.previews[0]
        elif note.previews:
            speeches += [current, *(Speech([preview.title or ""], preview=preview) for preview in note.previews)]
            current = Speech()
    if waits:
        current.buttons = with_way_out(current.buttons)
    elif phase is not None:
        if current.preview is not None and _has_preview(coach, phase):
            speeches.append(current)
            current = Speech()
        ask_question(coach, phase, current)
    elif not any(note.room == "complete" or note.key == "celebration" for note in notes):
        line = words(coach, "complete", "idle", left=left(coach))
        current.paragraphs.append(line.text)
        current.buttons += ways_on(coach) + [as_button(button) for button in line.buttons]
    else:
        current.buttons += ways_on(coach)
    return [*speeches, current]


def ask_question(coach: Coach, phase: Phase, speech: Speech) -> None:
    """Put the phase's open question, its preview and its buttons at the end of `speech`."""
    ask = phase.ask(coach)
    if ask is None:
        return
    coach.data.ask = f"{phase.name}.{ask.name}"
    key = ask.line(coach) if ask.line else f"ask_{ask.name}"
    line = words(coach, phase.name, key, **ask.facts(coach))
    speech.paragraphs.append(line.text)
    buttons = ask.buttons(coach) if ask.buttons else []
    if ask.preview and (preview := ask.preview(coach)):
        speech.preview = preview
    if coach.data.revisiting == phase.name:
        buttons.insert(0, Button(label="Keep it as it is", action="keep", variant="primary"))
    speech.buttons += with_way_out([*buttons, *(as_button(button) for button in line.buttons)], ask)


def with_way_out(buttons: list[Button], ask: Ask | None = None) -> list[Button]:
    """The buttons with a way to skip, if none of them is one, and no button twice."""
    if not any(button.action in ("skip", "decline", "keep", "cancel") for button in buttons):
        if ask is not None and ask.optional:
            buttons.append(Button(label="Not now", action="decline", value=ask.name, variant="skip"))
        else:
            buttons.append(Button(label="Skip for now", action="skip", variant="skip"))
    return list({(button.action, button.value): button for button in buttons}.values())


def words(coach: Coach, room: str, key: str, /, **facts: Any) -> prompts.Line:
    """The line's next variant, filled with what is known; counts it, so that Avery does not repeat herself.

    The room `said` holds no lines: its `text` is said as it is.
    """
    if room == "said":
        return prompts.Line(str(facts["text"]))
    place = f"{room}.{key}"
    turn = coach.data.asked.get(place, 0)
    coach.data.asked[place] = turn + 1
    return prompts.say(room, key, turn, **common_facts(coach) | facts)


def common_facts(coach: Coach) -> dict[str, Any]:
    """What every line may use."""
    return {
        "name": coach.preferred_name or "",
        "niche": coach.niche or "",
        "niche_word": coach.data.niche_said or coach.niche or "coaching",
        "specialty": coach.specialty or "",
        "tone": coach.tone,
        "store_url": coach.store.url,
        "phase": prompts.label(coach.current_phase),
        "price": coach.store.price.text() if coach.store.price else "",
        "connected": [account.platform.value for account in coach.social_connections],
        "n": 0,
    }


def left(coach: Coach) -> list[str]:
    """The names of the phases that were skipped and could be taken up."""
    return [prompts.label(phase.name) for phase in PHASES if phase.name in coach.data.skipped]


def ways_on(coach: Coach) -> list[Button]:
    """Buttons for a coach who is through: what was skipped, and what one does next."""
    buttons = [
        Button(label=prompts.label(phase.name), action="goto", value=phase.name, variant="primary")
        for phase in PHASES
        if phase.name in coach.data.skipped
    ]
    if not coach.scorecard["live_scheduled"]:
        buttons.append(Button(label=prompts.label(PhaseName.NEXT_STEPS), action="goto", value=PhaseName.NEXT_STEPS))
    return [*buttons, Button(label="How am I doing?", action="analytics")]


def as_button(button: dict[str, str]) -> Button:
    """A button as the words hold it."""
    return Button(
        label=button["label"], action=button["action"], value=button.get("value") or None,
        variant=button.get("variant", "secondary"), icon=button.get("icon") or None,  # type: ignore[arg-type]
        signature=button.get("signature") or None,
    )  # fmt: skip


def _has_preview(coach: Coach, phase: Phase) -> bool:
    ask = phase.ask(coach)
    return ask is not None and ask.preview is not None
