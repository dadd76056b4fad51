"""Blog posts: from the coach's own social posts, the niche, or a named topic; by the model, or from the templates.

`plan` says what each post is to be about and holds the template that takes its place; `by_model` writes them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import structlog
from pydantic import BaseModel, Field

import prompts
from avery.clients.kliq import BlogDraft
from avery.domain import BlogPost, Coach, Niche
from avery.errors import ModelFailed, ModelRefused
from avery.social.platform import NAMES, SocialPost
from avery.writing import about, check_addresses, without_addresses

if TYPE_CHECKING:
    from avery.writing import Writer

log = structlog.get_logger(__name__)

T = TypeVar("T")

__all__ = [
    "Plan",
    "SocialPost",
    "by_model",
    "find",
    "plan_custom",
    "plan_from_niche",
    "plan_from_social",
    "plan_rewrite",
]


def find(coach: Coach, said: str, *, status: Literal["draft", "published"] | None = None) -> BlogPost | None:
    """The post that the coach means: by id, by its title or a part of it, or the last one. None where none fits."""
    posts = [blog for blog in coach.store.blogs if status in (None, blog.status)]
    wanted = " ".join(said.casefold().strip(" “”\"'.!?").split())
    for matches in (
        lambda blog: blog.id == said,
        lambda blog: blog.title.casefold() == wanted,
        lambda blog: len(wanted) > 3 and wanted in blog.title.casefold(),
        lambda blog: _shared_words(wanted, blog.title) > 0,
    ):
        found = [blog for blog in posts if matches(blog)]
        if found:
            return max(found, key=lambda blog: _shared_words(wanted, blog.title))
    ordinals = {"first": 0, "1": 0, "second": 1, "2": 1, "third": 2, "3": 2, "last": -1, "latest": -1}
    for word, index in ordinals.items():
        if word in wanted.split() and posts and index < len(posts):
            return posts[index]
    return posts[0] if len(posts) == 1 and not wanted else None


# What to write --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """One post to write."""

    kind: Literal["social", "niche", "custom"]
    material: dict[str, str]
    """What it is written from, by the names that blog/write.md knows. Untrusted."""
    template: BlogDraft
    """The post that takes its place without a model, or where the model has no luck."""
    said: tuple[str, ...] = ()
    """The coach's own words for this post: an address in them may be passed on."""


def plan_from_niche(coach: Coach, count: int) -> list[Plan]:
    """`count` posts on the niche's next topics, those that the store does not have yet first."""
    niche = coach.niche or Niche.LIFESTYLE
    topics = prompts.load(f"blog/{niche}.toml")["topics"]
    titles = {blog.title for blog in coach.store.blogs}
    start = coach.data.asked.get("blog.topic", 0)
    fresh = [topic for topic in _rotated(topics, start) if _fill(coach, topic["title"]) not in titles]
    chosen = (fresh or _rotated(topics, start))[:count]
    coach.data.asked["blog.topic"] = (start + len(chosen)) % len(topics)
    drafts = [_draft(coach, topic, source=f"template:{topic['id']}") for topic in chosen]
    return [Plan("niche", {"topic": draft.title}, draft) for draft in drafts]


def plan_custom(coach: Coach, topic: str) -> Plan:
    """A post on the topic that the coach named; the template takes the next angle, so that a second try differs."""
    angles = prompts.load("blog/custom.toml")["topics"]
    turn = coach.data.asked.get("blog.custom", 0)
    coach.data.asked["blog.custom"] = turn + 1
    subject = topic.strip(" .!?“”\"'")
    draft = _draft(
        coach,
        angles[turn % len(angles)],
        source="topic",
        topic=subject,
        topic_title=subject[:1].upper() + subject[1:],
    )
    return Plan("custom", {"topic": topic}, draft, said=(topic,))


def plan_from_social(coach: Coach, posts: Sequence[SocialPost], count: int) -> list[Plan]:
    """Posts that grow from the coach's own captions, best first; the niche's topics fill up what is missing."""
    angles = prompts.load("blog/from_social.toml")["topics"]
    used = coach.data.asked.get("blog.social", 0)
    chosen = _rotated(list(posts), used)[:count] if posts else []
    coach.data.asked["blog.social"] = (used + len(chosen)) % len(posts) if posts else 0
    plans = [
        Plan(
            "social",
            {
                "caption": post.caption[:LONGEST_CAPTION],
                "source": NAMES[post.platform],
                "engagement": f"{post.likes} likes, {post.comments} comments",
            },
            _draft(
                coach,
                angles[number % len(angles)],
                source=f"{post.platform}:{post.id}"[:200],
                caption=without_addresses(post.caption),
                caption_title=_headline(post.caption),
                platform=NAMES[post.platform],
                cover=post.media_url,
            ),
        )
        for number, post in enumerate(chosen, start=used)
    ]
    return plans + (plan_from_niche(coach, count - len(plans)) if len(plans) < count else [])


def plan_rewrite(coach: Coach, title: str, body: str, wish: str | None) -> Plan:
    """The post that is there, written anew; the template is the niche's next topic, since it cannot rewrite."""
    topic = f"{title} ({wish})" if wish else title
    return Plan(
        "custom",
        {"topic": topic, "earlier_version": body[:LONGEST_CAPTION]},
        plan_from_niche(coach, 1)[0].template,
        said=(wish,) if wish else (),
    )


# By the model ---------------------------------------------------------------------------------------------------------

TOKENS = 1500
"""For a post (spec ticket 3.4)."""
WORDS = range(200, 701)
"""Words of a body that is taken; the prompt asks for 300 to 500 (spec ticket 3.4)."""
WRITE_SECONDS = 40.0
TOPICS_SECONDS = 15.0
LONGEST_CAPTION = 4000
LONGEST_BODY = 20_000
"""Characters."""


class Blog(BaseModel):
    """A blog post."""

    title: str = Field(description="At most 80 characters")
    body: str = Field(description="Markdown, 300 to 500 words with H2 headings")
    category: str = Field(description="One or two words")
    tags: list[str] = Field(description="Three to five, lower case, without #")


class Topics(BaseModel):
    """Topics for blog posts."""

    topics: list[str] = Field(description="Working titles, each of at most 80 characters")


@dataclass(slots=True)
class Written:
    """What came of some plans: a draft for each that the model wrote or the template had to, None where it is due."""

    drafts: list[BlogDraft | None]
    failed: ModelFailed | None = None
    """Why some are due: the model did not answer."""


async def by_model(coach: Coach, writer: Writer, plans: Sequence[Plan], titles: Sequence[str]) -> Written:
    """Write the plans at once. What the model declines, flags or gets wrong is a template's; what it did not answer
    is due. `titles`: those of the posts that stay, so that none is written twice.

    At most BLOGS_WANTED plans at a time, since the tool takes no more: that bounds the calls at once.
    """
    found = await asyncio.gather(*(_written(coach, writer, plan, titles) for plan in plans), return_exceptions=True)
    result = Written([])
    taken = {title.casefold() for title in titles}
    for plan, draft in zip(plans, found, strict=True):
        if isinstance(draft, BlogDraft) and draft.title.casefold() not in taken:
            taken.add(draft.title.casefold())
            result.drafts.append(draft)
        elif isinstance(draft, BlogDraft | ModelRefused):
            log.warning("a post is a template's", error=str(draft) if isinstance(draft, ModelRefused) else "same title")
            result.drafts.append(plan.template)
        elif isinstance(draft, ModelFailed):
            result.drafts.append(None)
            result.failed = result.failed or draft
        else:
            raise draft
    return result


async def with_topics(coach: Coach, writer: Writer, plans: Sequence[Plan], titles: Sequence[str]) -> list[Plan]:
    """The plans with topics of the model's own for the niche's posts; the templates' titles where it finds none.

    Raises ModelFailed: a model that does not answer would not write the posts either.
    """
    count = sum(plan.kind == "niche" for plan in plans)
    if not count:
        return list(plans)
    try:
        found = await writer.write(
            "topics", "blog/topics.md", {"titles": "\n".join(titles)}, Topics,
            max_tokens=300, seconds=TOPICS_SECONDS, count=count, **about(coach),
        )  # fmt: skip
    except ModelRefused as refused:
        log.warning("the topics are the templates'", error=str(refused))
        return list(plans)
    known = {title.casefold() for title in titles}
    topics = iter(
        [topic for each in found.topics if (topic := " ".join(each.split())[:200]) and topic.casefold() not in known]
    )
    return [
        Plan("niche", {"topic": next(topics, plan.material["topic"])}, plan.template) if plan.kind == "niche" else plan
        for plan in plans
    ]


async def _written(coach: Coach, writer: Writer, plan: Plan, titles: Sequence[str]) -> BlogDraft:
    """One post, checked and moderated. Raises ModelFailed and ModelRefused."""
    found = await writer.write(
        "blog", "blog/write.md", plan.material | {"titles": "\n".join(titles)}, Blog,
        max_tokens=TOKENS, seconds=WRITE_SECONDS, kind=plan.kind, **about(coach),
    )  # fmt: skip
    draft = _tidy(found, plan)
    if not draft.title:
        raise ModelRefused("wrote a post without a title")
    if (words := count_words(draft.body)) not in WORDS:
        raise ModelRefused(f"wrote a post of {words} words, {WORDS.start} to {WORDS.stop - 1} would do")
    if not re.search(r"^## +\S", draft.body, re.MULTILINE):
        raise ModelRefused("wrote a post without H2 headings")
    whole = "\n\n".join([draft.title, draft.body, draft.category, ", ".join(draft.tags)])
    check_addresses(whole, [coach.store.url, *plan.said])
    await writer.checked(whole, longest=LONGEST_BODY)
    return draft


def _tidy(blog: Blog, plan: Plan) -> BlogDraft:
    """The post as KLIQ takes it: on the title one line, no H1 over the body, a few short tags."""
    body = re.sub(r"\A\s*# [^\n]*\n", "", blog.body).strip()
    tags = (" ".join(tag.split()).lstrip("#").casefold()[:40] for tag in blog.tags)
    return BlogDraft(
        title=" ".join(blog.title.split()).strip("#* ")[:200],
        body=body,
        category=" ".join(blog.category.split())[:100],
        tags=tuple(dict.fromkeys(filter(None, tags)))[:6],
        cover_image_url=plan.template.cover_image_url if plan.kind == "social" else None,
        source=plan.template.source if plan.kind == "social" else "niche" if plan.kind == "niche" else "topic",
    )


def count_words(text: str) -> int:
    """Words of a text; in scripts that put no space between them, two characters count as one."""
    unspaced = re.findall(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\u1780-\u17ff\u0e80-\u0eff]", text)
    return max(len(text.split()), len(unspaced) // 2)


# Inside ---------------------------------------------------------------------------------------------------------------


def _draft(coach: Coach, entry: dict[str, Any], /, *, source: str, cover: str | None = None, **facts: str) -> BlogDraft:
    return BlogDraft(
        title=_fill(coach, entry["title"], **facts)[:200],
        body=_fill(coach, entry["body"], **facts),
        category=_fill(coach, entry.get("category", "Coaching"), **facts),
        tags=tuple(_fill(coach, tag, **facts) for tag in entry.get("tags", [])),
        cover_image_url=cover,
        source=source,
    )


def _fill(coach: Coach, template: str, /, **facts: str) -> str:
    return prompts.fill(
        template, name=coach.preferred_name or "your coach", specialty=coach.specialty or "", tone=coach.tone,
        niche_word=coach.niche or "coaching", store_url=coach.store.url, **facts,
    ).strip()  # fmt: skip


def _headline(caption: str) -> str:
    """A caption's first line, short enough for a title and without its hashtags."""
    first = next(iter(without_addresses(caption).splitlines()), "")
    line = " ".join(word for word in first.split() if not word.startswith("#"))
    return line if len(line) <= 80 else line[:77].rsplit(" ", 1)[0] + "…"


def _rotated(items: list[T], start: int) -> list[T]:
    start %= max(1, len(items))
    return [*items[start:], *items[:start]]


def _shared_words(said: str, title: str) -> int:
    dull = {"the", "a", "an", "about", "post", "blog", "one", "on", "my", "of", "and", "to", "in", "for", "delete"}
    return len((set(said.split()) - dull) & set(title.casefold().split()))
