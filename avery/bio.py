"""A coach's bio: written by the model where there is one, else the next variant of the niche's templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel, Field

import prompts
from avery.errors import OutsideError
from avery.writing import about, check_addresses

if TYPE_CHECKING:
    from avery.domain import Coach
    from avery.writing import Writer

log = structlog.get_logger(__name__)

TOKENS = 400
LONGEST = 2000
"""Characters that KLIQ takes."""


class Bio(BaseModel):
    """The bio of a coach."""

    text: str = Field(description="Only the bio's text")


async def write(coach: Coach, writer: Writer | None, *, wish: str = "") -> str:
    """A new bio in the coach's tone, other than the one before. `writer` None, down or without luck: a template's."""
    if writer is not None:
        try:
            return await _by_model(coach, writer, wish)
        except OutsideError as error:
            log.warning("the bio is a template's", error=type(error).__name__)
    return from_template(coach)


def from_template(coach: Coach) -> str:
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


async def _by_model(coach: Coach, writer: Writer, wish: str) -> str:
    texts = {"earlier_version": coach.data.draft_bio or coach.store.bio or "", "wish": wish}
    found = await writer.write("bio", "bio.md", texts, Bio, max_tokens=TOKENS, **about(coach))
    text = " ".join(found.text.split())
    check_addresses(text, [coach.store.url])
    return await writer.checked(text, longest=LONGEST)
