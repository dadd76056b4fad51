"""generate_blog_posts: write posts as drafts in the coach's store."""

from typing import Literal

import structlog
from pydantic import BaseModel, Field

from avery import blogs
from avery.clients.kliq import BlogDraft
from avery.domain import BLOGS_WANTED, BlogPost
from avery.errors import OutsideError
from avery.protocol import Preview
from tools.tool import Note, Tool, ToolContext, ToolResult

log = structlog.get_logger(__name__)


class Arguments(BaseModel):
    """Write blog posts for the coach's store and save them as drafts. Use `custom_topic` when the coach names a
    subject, `replace` when they want a post written again. Nothing is published by this."""

    count: int = Field(BLOGS_WANTED, ge=1, le=BLOGS_WANTED, description="How many posts")
    source: Literal["social", "niche"] = Field(
        "niche", description="From the coach's own top social posts, or from their niche"
    )
    custom_topic: str | None = Field(None, max_length=200, description="The subject of one specific post")
    replace: str | None = Field(None, max_length=200, description="Id or title of the draft to write again, or `all`")


async def generate_blog_posts(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Write and save the drafts; each draft's write has a key of its own, so that a retry doubles none."""
    coach, kliq = context.coach, context.services.kliq
    replaced = _replaced(context, arguments.replace)
    count = min(arguments.count, len(replaced)) if replaced else arguments.count
    if arguments.custom_topic:
        drafts = [blogs.write_custom(coach, arguments.custom_topic)]
    elif arguments.source == "social" and coach.social_connections:
        drafts = blogs.write_from_social(coach, await _captions(context), count)
    else:
        drafts = blogs.write_from_niche(coach, count)
    saved = []
    for number, draft in enumerate(drafts):
        saved.append(await kliq.create_blog(coach.application_id, draft, key=f"{context.key}:{number}"))
    for blog in replaced:
        await kliq.delete_blog(coach.application_id, blog.id, key=f"{context.key}:{blog.id}")
    titles = [blog.title for blog in saved]
    key = "custom_written" if arguments.custom_topic else "rewritten" if arguments.replace else "drafted"
    return ToolResult(
        content={"drafts": [{"id": blog.id, "title": blog.title} for blog in saved]},
        summary=f"Wrote “{titles[0]}”" if len(titles) == 1 else f"Wrote {len(titles)} posts",
        note=Note(
            "content_import",
            key,
            {"n": len(titles), "titles": titles, "title": titles[0]},
            previews=tuple(map(_preview, drafts)),
        ),
    )


def _replaced(context: ToolContext, said: str | None) -> list[BlogPost]:
    """The drafts that the new ones take the place of; a published post is never replaced unasked."""
    coach = context.coach
    if said == "all":
        return [blog for blog in coach.store.blogs if blog.status == "draft"]
    found = blogs.find(coach, said, status="draft") if said else None
    return [found] if found else []


async def _captions(context: ToolContext) -> list[blogs.SocialPost]:
    coach = context.coach
    found = []
    for account in coach.social_connections:
        try:
            found += await context.services.accounts.top_posts(coach.coach_id, account.platform, 2 * BLOGS_WANTED)
        except OutsideError as error:
            # One platform that is away costs its captions, not the posts: the niche's topics fill up.
            log.warning("no captions", platform=account.platform.value, error=type(error).__name__)
    return sorted(found, key=lambda post: post.score, reverse=True)


def _preview(draft: BlogDraft) -> Preview:
    return Preview(type="blog", title=draft.title, content=draft.body, image_url=draft.cover_image_url)


TOOL = Tool("generate_blog_posts", Arguments, generate_blog_posts, changes_store=True, retries=2)
