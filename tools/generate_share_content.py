"""generate_share_content: words with which the coach tells the world."""

from typing import Literal

import structlog
from pydantic import BaseModel, Field

import prompts
from avery.domain import Coach, ScorecardItem
from avery.errors import ModelRefused, OutsideError
from avery.protocol import Preview
from avery.writing import Writer, about, addresses
from tools.tool import Note, Tool, ToolContext, ToolResult

SharePlatform = Literal["instagram", "tiktok", "youtube", "facebook", "whatsapp", "linkedin", "x", "email", "link"]
NAMES = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "facebook": "Facebook",
         "whatsapp": "WhatsApp", "linkedin": "LinkedIn", "x": "X", "email": "email", "link": "anywhere"}  # fmt: skip


LONGEST = {"instagram": 1200, "tiktok": 600, "youtube": 1000, "facebook": 1100, "whatsapp": 700, "linkedin": 1400,
           "x": 280, "email": 1800, "link": 500}  # fmt: skip
"""Characters that a text for the platform may have; the prompt asks for fewer."""
TOKENS = 600

log = structlog.get_logger(__name__)


class Arguments(BaseModel):
    """Write the post with which the coach shares the store on one platform. Ask which platform if it is not clear."""

    platform: SharePlatform = Field(description="Where it will be shared")


async def generate_share_content(context: ToolContext, arguments: Arguments) -> ToolResult:
    """A text for the platform, ready to paste; the store counts as shared from here (spec ticket 2.2)."""
    coach, platform = context.coach, arguments.platform
    text = await write(coach, platform, context.writer)
    return ToolResult(
        content={"platform": platform, "text": text},
        summary=f"Wrote your post for {NAMES[platform]}",
        note=Note(
            "launch",
            "shared",
            {"platform": NAMES[platform], "store_url": coach.store.url},
            previews=(Preview(type="share_post", title=f"For {NAMES[platform]}", content=text),),
        ),
        scores=True,
    )


class Share(BaseModel):
    """The text with which a coach shares the store."""

    text: str = Field(description="Only the text to paste")


async def write(coach: Coach, platform: str, writer: Writer | None) -> str:
    """The text for a platform, other than the one before. `writer` None, down or without luck: a template's."""
    if writer is not None:
        try:
            return await _by_model(coach, platform, writer)
        except OutsideError as error:
            log.warning("the share text is a template's", error=type(error).__name__)
    return share_text(coach, platform)


async def _by_model(coach: Coach, platform: str, writer: Writer) -> str:
    place = f"shared.{platform}"
    texts = {"earlier_version": coach.data.written[place]} if place in coach.data.written else {}
    found = await writer.write(
        "share", "share.md", texts, Share, max_tokens=TOKENS,
        platform=platform, store_url=coach.store.url, **about(coach),
    )  # fmt: skip
    text = await writer.checked(found.text.strip(), longest=LONGEST[platform])
    if addresses(text) != [coach.store.url]:
        raise ModelRefused("wrote a share text that does not hold the store's address, once and alone")
    coach.data.written[place] = text
    return text


def share_text(coach: Coach, platform: str) -> str:
    """The next variant of the platform's text, filled with what is known."""
    variants: list[str] = prompts.load("share.toml")[platform]["text"]
    turn = coach.data.asked.get(f"share.{platform}", 0)
    coach.data.asked[f"share.{platform}"] = turn + 1
    return prompts.fill(
        variants[turn % len(variants)],
        name=coach.preferred_name or "your coach",
        niche_word=coach.niche or "coaching",
        specialty=coach.specialty or "",
        store_url=coach.store.url,
    ).strip()


TOOL = Tool(
    "generate_share_content", Arguments, generate_share_content,
    scorecard_item=ScorecardItem.STORE_SHARED, changes_store=True,
)  # fmt: skip
