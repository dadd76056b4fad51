"""profile_setup: a face and a few words."""

from datetime import datetime

import prompts
from avery.domain import Coach, PhaseName
from avery.protocol import Button, Preview
from graph import understand
from graph.phase import Ask, Phase
from graph.state import Call, Go, Move
from tools import Note
from tools.connect_social_account import name_of

OWN_BIO = 40
"""Characters from which a free text, asked for a bio, is taken for one."""


def read_photo(text: str, coach: Coach, _: datetime) -> Move:
    """Where the photo shall come from."""
    wish = understand.intent(text, asked="photo")
    if wish and wish.kind == "photo":
        return use_photo(wish.value, coach)
    answer = understand.yes_no(text)
    if answer:
        return use_photo("social" if coach.social_connections else "upload", coach)
    return Go("decline", "photo") if answer is False else None


def use_photo(source: str | None, coach: Coach) -> Move:
    """The move for `social`, a platform, `initials` or `upload`."""
    connected = [account.platform.value for account in coach.social_connections]
    if source == "initials":
        return Call("update_coach_profile", {"photo": "initials"})
    if source in connected:
        return Call("update_coach_profile", {"photo": source})
    if source == "social" and connected:
        return Call("update_coach_profile", {"photo": connected[0]})
    return Note("profile_setup", "how_to_upload")


def photo_buttons(coach: Coach) -> list[Button]:
    """One button for each connected account that has a picture to take."""
    return [
        Button(label=f"Use my {name_of(account.platform)} photo", action="use_photo", value=account.platform.value,
               variant="secondary")
        for account in coach.social_connections
    ]  # fmt: skip


def draft_bio(coach: Coach) -> str:
    """The bio that stands to be approved, written from the niche's templates where there is none."""
    if coach.data.draft_bio is None:
        coach.data.draft_bio = next_bio(coach)
    return coach.data.draft_bio


def next_bio(coach: Coach) -> str:
    """The next variant of a bio in the coach's niche and tone."""
    niche = coach.niche or "lifestyle"
    variants: list[str] = prompts.load("bio/bio.toml")[niche][coach.tone]
    turn = coach.data.asked.get("bio", 0)
    coach.data.asked["bio"] = turn + 1
    return " ".join(
        prompts.fill(
            variants[turn % len(variants)],
            name=coach.preferred_name or "your coach",
            specialty=coach.specialty or "",
            niche_word=coach.niche or "coaching",
        ).split()
    )


def read_bio(text: str, coach: Coach, _: datetime) -> Move:
    """Yes to the draft, another one, or the coach's own words."""
    if len(text.strip()) >= OWN_BIO and understand.intent(text, asked="bio") is None:
        return Call("update_coach_profile", {"bio": text.strip()[:2000]})
    answer = understand.yes_no(text)
    if answer:
        return Call("update_coach_profile", {"bio": draft_bio(coach)})
    return Note("profile_setup", "ask_own_bio", waits=True) if answer is False else None


PHASE = Phase(
    name=PhaseName.PROFILE_SETUP,
    asks=(
        Ask("photo", lambda coach: coach.has_profile_photo, read_photo, buttons=photo_buttons),
        Ask(
            "bio",
            lambda coach: coach.has_bio,
            read_bio,
            preview=lambda coach: Preview(type="bio", title="Your bio", content=draft_bio(coach)),
        ),
    ),
    is_complete=lambda coach: coach.has_profile_photo and coach.has_bio,
    tools=("update_coach_profile",),
)
