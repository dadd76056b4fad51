"""profile_setup: a face and a few words."""

from datetime import datetime

from avery import bio
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
    """The bio that stands to be approved; a template's where none was written."""
    if coach.data.draft_bio is None:
        coach.data.draft_bio = bio.from_template(coach)
    return coach.data.draft_bio


def read_bio(text: str, _: Coach, __: datetime) -> Move:
    """Yes to the draft, another one, or the coach's own words."""
    if len(text.strip()) >= OWN_BIO and understand.intent(text, asked="bio") is None:
        return Call("update_coach_profile", {"bio": text.strip()[:2000]})
    answer = understand.yes_no(text)
    if answer:
        return Call("update_coach_profile", {"use_draft": True})
    return Note("profile_setup", "ask_own_bio", waits=True) if answer is False else None


PHASE = Phase(
    name=PhaseName.PROFILE_SETUP,
    asks=(
        Ask("photo", lambda coach: coach.has_profile_photo, read_photo, buttons=photo_buttons),
        Ask(
            "bio",
            lambda coach: coach.has_bio,
            read_bio,
            # A template's draft is at hand at once; a model's must be asked for.
            before=lambda coach, writes: (
                Call("update_coach_profile", {"rewrite_bio": True}) if writes and coach.data.draft_bio is None else None
            ),
            preview=lambda coach: Preview(type="bio", title="Your bio", content=draft_bio(coach)),
        ),
    ),
    is_complete=lambda coach: coach.has_profile_photo and coach.has_bio,
    tools=("update_coach_profile",),
)
