"""Blog posts without a model: from the niche's templates, a named topic, or the coach's own social posts."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import prompts
from avery.clients.kliq import BlogDraft
from avery.domain import BlogPost, Coach, Niche
from avery.social.platform import NAMES, SocialPost

T = TypeVar("T")

__all__ = ["SocialPost", "find", "write_custom", "write_from_niche", "write_from_social"]


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


def write_from_niche(coach: Coach, count: int) -> list[BlogDraft]:
    """`count` posts on the niche's next topics, those that the store does not have yet first."""
    niche = coach.niche or Niche.LIFESTYLE
    topics = prompts.load(f"blog/{niche}.toml")["topics"]
    titles = {blog.title for blog in coach.store.blogs}
    start = coach.data.asked.get("blog.topic", 0)
    fresh = [topic for topic in _rotated(topics, start) if _fill(coach, topic["title"]) not in titles]
    chosen = (fresh or _rotated(topics, start))[:count]
    coach.data.asked["blog.topic"] = (start + len(chosen)) % len(topics)
    return [_draft(coach, topic, source="niche") for topic in chosen]


def write_custom(coach: Coach, topic: str) -> BlogDraft:
    """A post on the topic that the coach named, from the next angle, so that a second try differs."""
    angles = prompts.load("blog/custom.toml")["topics"]
    turn = coach.data.asked.get("blog.custom", 0)
    coach.data.asked["blog.custom"] = turn + 1
    topic = topic.strip(" .!?“”\"'")
    return _draft(
        coach, angles[turn % len(angles)], source="custom", topic=topic, topic_title=topic[:1].upper() + topic[1:]
    )


def write_from_social(coach: Coach, posts: list[SocialPost], count: int) -> list[BlogDraft]:
    """Posts that grow from the coach's own captions, best first; the niche's topics fill up what is missing."""
    angles = prompts.load("blog/from_social.toml")["topics"]
    used = coach.data.asked.get("blog.social", 0)
    chosen = _rotated(posts, used)[:count] if posts else []
    coach.data.asked["blog.social"] = (used + len(chosen)) % len(posts) if posts else 0
    drafts = [
        _draft(
            coach,
            angles[number % len(angles)],
            source=post.platform,
            caption=post.caption.strip(),
            caption_title=_headline(post.caption),
            platform=NAMES[post.platform],
            cover=post.media_url,
        )
        for number, post in enumerate(chosen, start=used)
    ]
    return drafts + (write_from_niche(coach, count - len(drafts)) if len(drafts) < count else [])


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
    line = " ".join(word for word in caption.strip().splitlines()[0].split() if not word.startswith(("#", "@")))
    return line if len(line) <= 80 else line[:77].rsplit(" ", 1)[0] + "…"


def _rotated(items: list[T], start: int) -> list[T]:
    start %= max(1, len(items))
    return [*items[start:], *items[:start]]


def _shared_words(said: str, title: str) -> int:
    dull = {"the", "a", "an", "about", "post", "blog", "one", "on", "my", "of", "and", "to", "in", "for", "delete"}
    return len((set(said.split()) - dull) & set(title.casefold().split()))
