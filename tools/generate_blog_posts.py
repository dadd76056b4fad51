"""generate_blog_posts: write posts as drafts in the coach's store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import structlog
from pydantic import BaseModel, Field, field_validator

from avery import blogs
from avery.clients.kliq import BlogDraft
from avery.domain import BLOGS_WANTED, BlogPost
from avery.errors import ModelFailed, OutsideError, OutsideRefused, ToolFailed
from avery.protocol import Preview
from avery.writing import Writer
from tools.tool import Note, Tool, ToolContext, ToolResult, was_taken

log = structlog.get_logger(__name__)

RETRIES = 2
"""Spec ticket 2.4. The first two tries are the model's, the last is the templates'."""
ALL = "all"


class Arguments(BaseModel):
    """Write blog posts for the coach's store and save them as drafts; they show as cards. Use `custom_topic` when the
    coach names a subject, `replace` when they want a post written again. Nothing is published by this."""

    count: int = Field(BLOGS_WANTED, ge=1, le=BLOGS_WANTED, description="How many posts, 1 to 3; 3 if not given")
    source: Literal["social", "niche"] = Field(
        "niche", description="From the coach's own top social posts, or from their niche (if not given)"
    )
    custom_topic: str | None = Field(
        None, max_length=300, description="The subject of one specific post, in the coach's words"
    )
    replace: str | None = Field(
        None,
        max_length=300,
        description="Id or title of the post to write again, or `all` for all drafts. A draft gives way to the new "
        "one, a published post stays beside it",
    )
    wish: str | None = Field(
        None, max_length=300, description="With replace: what shall be different, in the coach's words (shorter, …)"
    )

    @field_validator("replace")
    @classmethod
    def _all_is_all(cls, said: str | None) -> str | None:
        return ALL if said is not None and said.strip().casefold() == ALL else said


async def generate_blog_posts(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Write and save the drafts; each draft's write has a key of its own, so that a retry doubles none."""
    coach = context.coach
    old = _old(context, arguments.replace)
    if arguments.replace not in (None, ALL) and not old and not arguments.custom_topic and coach.store.blogs:
        titles = [blog.title for blog in coach.store.blogs]
        return ToolResult(
            {"drafts": [], "reason": "no such post", "posts": titles},
            "No such post",
            Note("content_import", "which_blog", {"titles": titles, "said": arguments.replace or ""}),
        )
    if "plans" not in context.kept:
        context.kept["plans"] = await _plans(context, arguments, old)
    drafts = await _drafts(context, old)
    saved, is_rerun = await _save(context, drafts)
    for blog in old:
        # A call that runs again after a crash may find its own posts, or others in the place of those that are gone.
        is_named = arguments.replace in (ALL, blog.id, blog.title)
        if blog.status == "draft" and blog.id not in {each.id for each in saved} and (is_named or not is_rerun):
            await _delete(context, blog)
    titles = [each.draft.title for each in saved]
    key = "custom_written" if arguments.custom_topic else "rewritten" if arguments.replace else "drafted"
    return ToolResult(
        content={"drafts": [{"id": each.id, "title": each.draft.title} for each in saved], "published": False},
        summary=f"Wrote “{titles[0]}”" if len(titles) == 1 else f"Wrote {len(titles)} posts",
        note=Note(
            "content_import",
            key,
            {"n": len(titles), "titles": titles, "title": titles[0] if titles else ""},
            previews=tuple(_preview(each.draft) for each in saved),
        ),
    )


# What to write --------------------------------------------------------------------------------------------------------


def _old(context: ToolContext, said: str | None) -> list[BlogPost]:
    """The posts that are to be written again: the one that is named, drafts first, or all drafts."""
    coach = context.coach
    if said == ALL:
        return [blog for blog in coach.store.blogs if blog.status == "draft"]
    found = (blogs.find(coach, said, status="draft") or blogs.find(coach, said)) if said else None
    return [found] if found else []


async def _plans(context: ToolContext, arguments: Arguments, old: list[BlogPost]) -> list[blogs.Plan]:
    coach = context.coach
    if arguments.custom_topic:
        return [blogs.plan_custom(coach, arguments.custom_topic)]
    if arguments.replace not in (None, ALL) and old and context.writer is not None:
        return [blogs.plan_rewrite(coach, old[0].title, await _body(context, old[0].id), arguments.wish)]
    count = min(arguments.count, len(old)) if old else arguments.count
    if arguments.source == "social" and coach.social_connections:
        return blogs.plan_from_social(coach, await _captions(context), count)
    return blogs.plan_from_niche(coach, count)


async def _body(context: ToolContext, blog_id: str) -> str:
    try:
        return (await context.services.kliq.get_blog(context.coach.application_id, blog_id)).body
    except OutsideError as error:
        # Its title is enough to write it anew.
        log.warning("the earlier post was not read", error=type(error).__name__)
        return ""


async def _captions(context: ToolContext) -> list[blogs.SocialPost]:
    coach = context.coach
    found = []
    for account in coach.social_connections:
        try:
            found += await context.services.accounts.top_posts(coach.coach_id, account.platform, 2 * BLOGS_WANTED)
        except (OutsideError, ToolFailed) as error:
            # One platform that is away costs its captions, not the posts: the niche's topics fill up.
            log.warning("no captions", platform=account.platform.value, error=type(error).__name__)
    return sorted(found, key=lambda post: post.score, reverse=True)


# Writing --------------------------------------------------------------------------------------------------------------


async def _drafts(context: ToolContext, old: Sequence[BlogPost]) -> list[BlogDraft]:
    """A draft for each plan, the model's or the template's. Raises ModelFailed while a try is left."""
    if context.writer is not None and context.attempt < RETRIES:
        try:
            await _ask_model(context, context.writer, old)
        except ModelFailed as failed:
            # A model that is known to be down was not even asked, and would not be the next time.
            if failed.kind != "open":
                raise
    plans: list[blogs.Plan] = context.kept["plans"]
    drafts: list[BlogDraft | None] = context.kept.setdefault("drafts", [None] * len(plans))
    # From here on these are the call's posts: a try that only saves again saves the same.
    drafts[:] = [draft or plan.template for draft, plan in zip(drafts, plans, strict=True)]
    return [draft for draft in drafts if draft is not None]


async def _ask_model(context: ToolContext, writer: Writer, old: Sequence[BlogPost]) -> None:
    """Fill `kept` with what the model writes; what an earlier try has written stays."""
    coach, kept = context.coach, context.kept
    gone = {blog.id for blog in old} if len(old) == 1 else set()
    titles = [blog.title for blog in coach.store.blogs if blog.id not in gone]
    if "drafts" not in kept:
        kept["plans"] = await blogs.with_topics(coach, writer, kept["plans"], titles)
        kept["drafts"] = [None] * len(kept["plans"])
    plans, drafts = kept["plans"], kept["drafts"]
    due = [number for number, draft in enumerate(drafts) if draft is None]
    if not due:
        return
    titles += [draft.title for draft in drafts if draft is not None]
    written = await blogs.by_model(coach, writer, [plans[number] for number in due], titles)
    for number, draft in zip(due, written.drafts, strict=True):
        drafts[number] = draft
    if written.failed is not None:
        raise written.failed


def _preview(draft: BlogDraft) -> Preview:
    return Preview(type="blog", title=draft.title, content=draft.body, image_url=draft.cover_image_url)


# Saving ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Saved:
    id: str
    draft: BlogDraft


async def _save(context: ToolContext, drafts: Sequence[BlogDraft]) -> tuple[list[_Saved], bool]:
    """The drafts as they are in the store now, and whether an earlier run of this call had saved any of them.

    A run that is repeated after a crash writes other words under the same keys; the words of the first run stay.
    """
    coach, kliq = context.coach, context.services.kliq
    saved: list[_Saved] = []
    taken = 0
    for number, draft in enumerate(drafts):
        try:
            blog = await kliq.create_blog(coach.application_id, draft, key=f"{context.key}:{number}")
        except OutsideRefused as refused:
            if not was_taken(refused):
                raise
            taken += 1
        else:
            saved.append(_Saved(blog.id, draft))
    known = {blog.id for blog in coach.store.blogs}
    is_rerun = bool(taken) or any(each.id in known for each in saved)
    if taken:
        saved = [*await _earlier(context, taken, {each.id for each in saved}), *saved]
    return saved, is_rerun


async def _earlier(context: ToolContext, count: int, besides: set[str]) -> list[_Saved]:
    """The newest drafts in the store: those that the earlier run of this call saved, since turns come one by one."""
    application, kliq = context.coach.application_id, context.services.kliq
    posts = [blog for blog in await kliq.get_blogs(application) if blog.status == "draft" and blog.id not in besides]
    found = [await kliq.get_blog(application, blog.id) for blog in posts[-count:]]
    return [
        _Saved(
            blog.id,
            BlogDraft(blog.title, blog.body, blog.category, blog.tags, blog.cover_image_url, blog.source),
        )
        for blog in found
    ]


async def _delete(context: ToolContext, blog: BlogPost) -> None:
    try:
        await context.services.kliq.delete_blog(context.coach.application_id, blog.id, key=f"{context.key}:{blog.id}")
    except OutsideRefused as refused:
        if refused.status != 404:
            raise


TOOL = Tool("generate_blog_posts", Arguments, generate_blog_posts, changes_store=True, retries=RETRIES)
