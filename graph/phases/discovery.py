"""discovery: who the coach is and what they coach."""

from datetime import datetime

from avery.domain import Coach, Niche, PhaseName
from graph import understand
from graph.phase import Ask, Phase
from graph.state import Call, Move
from tools import Note


def read_name(text: str, coach: Coach, _: datetime) -> Move:
    """A name; with it the niche, where one sentence holds both."""
    found = understand.name(text)
    if found is None:
        return None
    arguments: dict[str, str] = {"name": found}
    niche = understand.niche(text) if len(text) > len(found) + 8 else None
    if niche and niche.sure and coach.niche is None:
        arguments["niche"] = niche.value.value
    return Call("update_coach_profile", arguments)


def read_niche(text: str, coach: Coach, _: datetime) -> Move:
    """One of the four niches; what fits none is kept as said and mapped to the nearest with a question."""
    pending = coach.data.pending
    if pending.get("action") == "niche":
        answer = understand.yes_no(text)
        if answer:
            return accept_niche(pending["value"], coach)
        if answer is False:
            coach.data.pending = {"action": "niche_refused", "said": pending["said"]}
            return Note("discovery", "choose_niche")
    found = understand.niche(text)
    if found is None:
        return None
    if found.sure:
        return accept_niche(found.value.value, coach)
    coach.data.pending = {"action": "niche", "value": found.value.value, "said": found.said}
    return Note("discovery", "noted_niche", {"said": found.said})


def accept_niche(value: str, coach: Coach) -> Move:
    """Save the niche, with the coach's own words for it as the specialty where they were the richer ones."""
    if value not in set(Niche):
        return None
    arguments = {"niche": value}
    if said := coach.data.pending.get("said"):
        arguments |= {"niche_said": said} | ({} if coach.specialty else {"specialty": said})
    coach.data.pending = {}
    return Call("update_coach_profile", arguments)


def read_specialty(text: str, _: Coach, __: datetime) -> Move:
    """Whatever the coach says it is."""
    found = understand.specialty(text)
    return Call("update_coach_profile", {"specialty": found}) if found else None


def niche_line(coach: Coach) -> str:
    return "confirm_niche" if coach.data.pending.get("action") == "niche" else "ask_niche"


PHASE = Phase(
    name=PhaseName.DISCOVERY,
    asks=(
        Ask("name", lambda coach: bool(coach.preferred_name), read_name),
        Ask(
            "niche",
            lambda coach: bool(coach.niche),
            read_niche,
            line=niche_line,
            facts=lambda coach: {
                "said": coach.data.pending.get("said", ""), "nearest": coach.data.pending.get("value", "")
            },
        ),
        Ask("specialty", lambda coach: bool(coach.specialty), read_specialty, optional=True),
    ),
    is_complete=lambda coach: bool(coach.preferred_name) and bool(coach.niche),
    tools=("update_coach_profile",),
)  # fmt: skip
