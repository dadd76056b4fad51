"""generate_share_content: words with which the coach tells the world."""

from typing import Literal

from pydantic import BaseModel, Field

import prompts
from avery.domain import Coach, ScorecardItem
from avery.protocol import Preview
from tools.tool import Note, Tool, ToolContext, ToolResult

SharePlatform = Literal["instagram", "tiktok", "youtube", "facebook", "whatsapp", "linkedin", "x", "email", "link"]
NAMES = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "facebook": "Facebook",
         "whatsapp": "WhatsApp", "linkedin": "LinkedIn", "x": "X", "email": "email", "link": "anywhere"}  # fmt: skip


class Arguments(BaseModel):
    """Write the post with which the coach shares the store on one platform. Ask which platform if it is not clear."""

    platform: SharePlatform = Field(description="Where it will be shared")


async def generate_share_content(context: ToolContext, arguments: Arguments) -> ToolResult:
    """A text for the platform, ready to paste; the store counts as shared from here (spec ticket 2.2)."""
    coach, platform = context.coach, arguments.platform
    text = share_text(coach, platform)
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
