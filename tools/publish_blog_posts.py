"""publish_blog_posts: put drafts on the store, at the coach's tap or word."""

from pydantic import BaseModel, Field

from avery import blogs
from avery.domain import BLOGS_WANTED, ScorecardItem
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Publish drafts on the coach's store. Only when the coach says so. Without `posts`, all drafts."""

    posts: list[str] = Field(default_factory=list, max_length=20, description="Ids or titles; empty for all drafts")


async def publish_blog_posts(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Publish the named drafts, or all; a post that is published already stays so."""
    coach, kliq = context.coach, context.services.kliq
    drafts = [blog for blog in coach.store.blogs if blog.status == "draft"]
    if arguments.posts:
        wanted = {found.id for post in arguments.posts if (found := blogs.find(coach, post, status="draft"))}
        drafts = [blog for blog in drafts if blog.id in wanted]
    if not drafts:
        return ToolResult(
            {"published": [], "reason": "no such draft"}, "Nothing to publish", Note("content_import", "no_drafts")
        )
    for blog in drafts:
        await kliq.publish_blog(coach.application_id, blog.id, key=f"{context.key}:{blog.id}")
    count = len(drafts)
    return ToolResult(
        content={"published": [blog.title for blog in drafts]},
        summary=f"Published {count} post{'s' if count > 1 else ''}",
        note=Note(
            "content_import",
            "published",
            {"n": count, "titles": [blog.title for blog in drafts], "store_url": coach.store.url},
        ),
        scores=coach.blog_count + count >= BLOGS_WANTED,
    )


TOOL = Tool(
    "publish_blog_posts", Arguments, publish_blog_posts,
    scorecard_item=ScorecardItem.BLOGS_PUBLISHED, changes_store=True,
)  # fmt: skip
