"""Moving through the phases by the coach's wish: skip, decline, back, take up again. Changes facts, says notes."""

import prompts
from avery.domain import PHASE_ORDER, Coach, PhaseName
from graph.phases import BY_NAME
from graph.state import Go
from tools import Note


def go(coach: Coach, wish: Go) -> Note:
    """Apply the wish to the coach's facts and return the line that acknowledges it."""
    match wish.kind:
        case "skip":
            return skip(coach, wish.value)
        case "decline":
            return decline(coach, wish.value or "")
        case "back":
            return back(coach)
        case "goto":
            return take_up(coach, wish.value or "")
        case _:
            return keep(coach)


def skip(coach: Coach, name: str | None = None) -> Note:
    """Skip the named phase, by default the current one; an optional question is only declined."""
    phase = BY_NAME.get(name or coach.current_phase)
    if phase is None:
        return Note("common", "nothing_to_skip")
    ask = phase.ask(coach)
    is_here = name in (None, coach.current_phase)
    if is_here and ask is not None and ask.optional and phase.is_complete(coach):
        return decline(coach, ask.name)
    if coach.data.revisiting == phase.name and phase.is_complete(coach):
        return keep(coach)
    coach.data.revisiting = None
    coach.data.pending = {}
    if phase.name not in coach.data.skipped and not phase.is_complete(coach):
        coach.data.skipped.append(phase.name)
    return Note("common", "skipped", {"phase": prompts.label(phase.name)})


def decline(coach: Coach, ask: str) -> Note:
    """Settle one question with "no thanks"; a phase that cannot be complete any more counts as skipped."""
    coach.data.pending = {}
    if ask and ask not in coach.data.declined:
        coach.data.declined.append(ask)
    phase = BY_NAME.get(coach.current_phase)
    if phase is not None and phase.is_given_up(coach) and phase.name not in coach.data.skipped:
        coach.data.skipped.append(phase.name)
        return Note("common", "skipped", {"phase": prompts.label(phase.name)})
    return Note("common", "declined")


def back(coach: Coach) -> Note:
    """To the phase before the current one."""
    here = coach.data.revisiting or coach.current_phase
    place = PHASE_ORDER.index(PhaseName(here)) if here in BY_NAME else len(PHASE_ORDER)
    if place == 0:
        return Note("common", "at_the_start")
    return take_up(coach, PHASE_ORDER[place - 1], key="back")


def take_up(coach: Coach, name: str, key: str = "taken_up") -> Note:
    """To any phase: a skipped one is open again, a complete one is shown with what it holds."""
    phase = BY_NAME.get(name)
    if phase is None:
        return Note("common", "unknown_button")
    if name in coach.data.skipped:
        coach.data.skipped.remove(name)
    coach.data.declined = [ask for ask in coach.data.declined if ask not in {each.name for each in phase.asks}]
    coach.data.pending = {}
    coach.current_phase = name
    coach.data.revisiting = name if phase.is_done(coach) else None
    return Note("common", key, {"phase": prompts.label(name)})


def keep(coach: Coach) -> Note:
    """Leave a revisited phase as it is."""
    coach.data.revisiting = None
    coach.data.pending = {}
    return Note("common", "kept")
