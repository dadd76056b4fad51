"""publish_blog_posts: put drafts on the store, at the coach's tap or word."""

from pydantic import BaseModel, Field

from avery import blogs
from avery.domain import BLOGS_WANTED, ScorecardItem
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Publish drafts on the coach's store. Only at the coach's clear word for it, never because a draft is liked.
    Without `posts`, all drafts."""

    posts: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Titles or ids of the drafts that the coach meant; none for all",
    )


async def publish_blog_posts(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Publish the named drafts, or all; a published one stays so, and a name that fits none is told."""
    coach, kliq = context.coach, context.services.kliq
    drafts = [blog for blog in coach.store.blogs if blog.status == "draft"]
    unknown: list[str] = []
    if arguments.posts:
        found = {said: blogs.find(coach, said, status="draft") for said in arguments.posts}
        unknown = [said[:80] for said, blog in found.items() if blog is None]
        wanted = {blog.id for blog in found.values() if blog is not None}
        drafts = [blog for blog in drafts if blog.id in wanted]
    left_out: dict[str, list[str]] = {"no_such_draft": unknown} if unknown else {}
    if not drafts:
        waiting = [blog.title for blog in coach.store.blogs if blog.status == "draft"]
        return ToolResult(
            {"published": [], **left_out, "drafts": waiting},
            "Nothing to publish",
            Note("content_import", "which_blog", {"titles": waiting})
            if waiting
            else Note("content_import", "no_drafts"),
        )
    for blog in drafts:
        await kliq.publish_blog(coach.application_id, blog.id, key=f"{context.key}:{blog.id}")
    count, titles = len(drafts), [blog.title for blog in drafts]
    return ToolResult(
        content={"published": titles, **left_out},
        summary=f"Published {count} post{'s' if count > 1 else ''}",
        note=Note("content_import", "published", {"n": count, "titles": titles, "store_url": coach.store.url}),
        scores=coach.blog_count + count >= BLOGS_WANTED,
    )


TOOL = Tool(
    "publish_blog_posts", Arguments, publish_blog_posts,
    scorecard_item=ScorecardItem.BLOGS_PUBLISHED, changes_store=True,
)  # fmt: skip
