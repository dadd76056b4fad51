"""update_coach_profile: the coach's name, niche, specialty, tone, bio and photo."""

from dataclasses import replace
from html import escape
from typing import Literal

from pydantic import BaseModel, Field

from avery import bio
from avery.domain import Coach, Niche, ScorecardItem
from avery.errors import OutsideRefused, ToolFailed, ToolRetry
from avery.protocol import Preview
from tools.tool import Note, Tool, ToolContext, ToolResult, was_taken

MAX_BIO = 2000
LONGEST_TOLD = 900
"""Characters of a bio that the model reads back."""
NO_PHOTO = "none"
KLIQ_FIELDS: tuple[str, ...] = ("name", "niche", "specialty", "tone", "bio")
PALETTE = ("#6C5CE7", "#00897B", "#C2185B", "#3949AB", "#BF5A00")


class Arguments(BaseModel):
    """Save facts about the coach: name, niche, specialty, tone of voice, bio, profile photo. Give only what changed.

    Names are saved exactly as the coach typed them.
    """

    name: str | None = Field(None, max_length=100, description="What the coach wants to be called, as typed")
    niche: Niche | None = Field(None, description="The nearest of KLIQ's four niches")
    niche_said: str | None = Field(None, max_length=200, description="The coach's own words where no niche fits")
    specialty: str | None = Field(None, max_length=200, description="What they specialise in, in their words")
    tone: Literal["casual", "professional", "motivational", "calm"] | None = Field(
        None, description="The tone of voice for everything written for them"
    )
    bio: str | None = Field(
        None, max_length=MAX_BIO, description="The whole bio in the coach's own words, when they wrote one themselves"
    )
    rewrite_bio: bool = Field(
        False,
        description="Have a new bio written in the coach's tone: give the tone as well where they asked for another. "
        "It is shown as a draft; where a bio is in the store already, the new one replaces it at once",
    )
    bio_wish: str | None = Field(
        None, max_length=300, description="With rewrite_bio: what the coach wants of it, in their words (shorter, …)"
    )
    use_draft: bool = Field(False, description="Save the bio draft that the coach was shown and said yes to")
    photo: Literal["initials", "instagram", "tiktok", "youtube", "none"] | None = Field(
        None,
        description="Take the profile photo from this connected account, or draw one from the initials; none when the "
        "coach wants to leave the photo out",
    )

    @property
    def label(self) -> str:
        """Which of its words in failures.toml the coach reads meanwhile: writing takes longer than saving."""
        return "label_writing" if self.rewrite_bio else "label"


async def update_coach_profile(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Save what is given, at KLIQ first: Avery remembers only what KLIQ accepted."""
    given = arguments.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
    if not given.keys() - {"bio_wish"}:
        raise ToolRetry("Give at least one of name, niche, specialty, tone, bio, rewrite_bio, use_draft, photo.")
    if sum(name in given for name in ("bio", "rewrite_bio", "use_draft")) > 1:
        raise ToolRetry("Give one of bio, rewrite_bio and use_draft, not several.")
    coach, kliq = context.coach, context.services.kliq
    before = coach.preferred_name
    draft = await _bio(context, arguments)
    if draft is not None and (coach.has_bio or not arguments.rewrite_bio):
        given["bio"] = draft
    fields: dict[str, str] = {name: given[name] for name in KLIQ_FIELDS if name in given}
    if fields:
        try:
            await kliq.put_profile(coach.application_id, fields, key=context.key)
        except OutsideRefused as refused:
            if not was_taken(refused):
                raise
            # An earlier run wrote another bio under this key; that one stands.
            given["bio"] = (await kliq.get_store(coach.application_id)).bio or given["bio"]
    _remember(coach, arguments)
    has_photo = arguments.photo not in (None, NO_PHOTO)
    if arguments.photo == NO_PHOTO:
        coach.data.declined = [*dict.fromkeys([*coach.data.declined, "photo"])]
    elif arguments.photo:
        await _set_photo(context, arguments.photo)
    coach.data.draft_bio = None if "bio" in given else draft or coach.data.draft_bio
    shown = {"bio": given["bio"]} if "bio" in given else {"bio_draft": draft, "status": "shown"} if draft else {}
    return ToolResult(
        content={
            "saved": sorted(fields) + ["photo"] * has_photo,
            **{name: text[:LONGEST_TOLD] for name, text in shown.items()},
        },
        summary=_summary(given),
        note=_note(coach, arguments, given, renamed=before is not None),
        scores=has_photo,
    )


async def _bio(context: ToolContext, arguments: Arguments) -> str | None:
    """The bio that is written or taken; None where the call is not about one."""
    coach, kept = context.coach, context.kept
    if arguments.rewrite_bio:
        if "bio" not in kept:
            would_be = replace(coach, data=replace(coach.data))
            _remember(would_be, arguments)
            kept["bio"] = await bio.write(would_be, context.writer, wish=arguments.bio_wish or "")
        return str(kept["bio"])
    if arguments.use_draft:
        if coach.data.draft_bio is None and not coach.has_bio:
            raise ToolRetry("There is no draft to save: use rewrite_bio for one, or give the bio's text.")
        # A second click finds the draft in the store.
        return coach.data.draft_bio or coach.store.bio
    return None


async def _set_photo(context: ToolContext, source: str) -> None:
    coach, services = context.coach, context.services
    if source == "initials":
        picture, media_type = initials_avatar(coach).encode(), "image/svg+xml"
    else:
        found = await services.accounts.picture(coach.coach_id, source)
        if found is None:
            raise ToolFailed(f"I couldn't find a photo on {source.title()}. Upload one, or I can use your initials.")
        picture, media_type = found
    await services.kliq.upload_photo(coach.application_id, picture, media_type, key=f"{context.key}:photo")


def initials_avatar(coach: Coach) -> str:
    """A square SVG with the coach's initials on a colour that stays the same for the same coach."""
    words = (coach.preferred_name or "").replace(".", " ").split() or ["Coach"]
    initials = "".join(word[0] for word in (words[0], *words[1:][-1:]))[:2].upper()
    colour = PALETTE[coach.coach_id % len(PALETTE)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400">'
        f'<rect width="400" height="400" fill="{colour}"/><text x="200" y="200" dy="0.36em" text-anchor="middle" '
        f'font-family="sans-serif" font-size="160" fill="#fff">{escape(initials)}</text></svg>'
    )


def _remember(coach: Coach, arguments: Arguments) -> None:
    if arguments.name:
        coach.preferred_name = arguments.name
    if arguments.niche:
        coach.niche = arguments.niche.value
        coach.data.niche_said = arguments.niche_said
        coach.data.benchmark = None
    if arguments.specialty:
        coach.specialty = arguments.specialty
    if arguments.tone:
        coach.tone = arguments.tone


def _summary(given: dict[str, str]) -> str:
    if given.get("photo") == NO_PHOTO:
        return "Left the photo out"
    if "rewrite_bio" in given and "bio" not in given:
        return "Wrote your bio"
    labels = {"niche_said": "niche", "rewrite_bio": "bio", "use_draft": "bio", "bio_wish": "bio"}
    return "Saved your " + " and ".join(dict.fromkeys(labels.get(name, name) for name in given))


def _note(coach: Coach, arguments: Arguments, given: dict[str, str], *, renamed: bool) -> Note:
    """The most telling thing that changed, to be acknowledged in words."""
    facts = {
        "name": coach.preferred_name or "",
        "niche": coach.niche or "",
        "specialty": coach.specialty or "",
        "tone": coach.tone,
    }
    if arguments.photo == NO_PHOTO:
        return Note("common", "declined")
    if arguments.photo:
        return Note("profile_setup", "photo_done", facts)
    if "bio" in given:
        shown = (Preview(type="bio", title="Your bio", content=given["bio"]),) if arguments.rewrite_bio else ()
        return Note("profile_setup", "bio_done", facts, previews=shown)
    if arguments.rewrite_bio:
        return Note("profile_setup", "bio_rewritten", facts)
    if arguments.name:
        return Note("discovery", "renamed" if renamed else "ack_name", facts)
    if arguments.niche:
        return Note("discovery", "ack_niche", facts)
    if arguments.specialty:
        return Note("discovery", "ack_specialty", facts)
    return Note("common", "changed_tone", facts)


TOOL = Tool(
    "update_coach_profile", Arguments, update_coach_profile,
    scorecard_item=ScorecardItem.PROFILE_PHOTO, changes_store=True, retries=1,
)  # fmt: skip
