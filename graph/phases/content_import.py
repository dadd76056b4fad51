"""content_import: three blog posts, written, read, published."""

from datetime import datetime

from avery.domain import BLOGS_WANTED, Coach, PhaseName
from graph import understand
from graph.phase import Ask, Phase
from graph.state import Call, Go, Move


def drafts(coach: Coach) -> list[str]:
    """The titles that wait for the coach's word."""
    return [blog.title for blog in coach.store.blogs if blog.status == "draft"]


def missing(coach: Coach) -> int:
    """How many posts are to be written before three can be published."""
    return max(0, BLOGS_WANTED - coach.blog_count - len(drafts(coach)))


def write(coach: Coach) -> Call:
    """Write what is missing, from the coach's own posts where an account is connected."""
    source = "social" if coach.social_connections else "niche"
    return Call("generate_blog_posts", {"count": missing(coach) or BLOGS_WANTED, "source": source})


def read_blogs(text: str, coach: Coach, _: datetime) -> Move:
    """Whether to write."""
    answer = understand.yes_no(text)
    if answer is None:
        return None
    return write(coach) if answer else Go("skip")


def read_publish(text: str, _: Coach, __: datetime) -> Move:
    """Whether to publish what was written."""
    answer = understand.yes_no(text)
    if answer is None:
        return None
    return Call("publish_blog_posts", {}) if answer else Go("skip")


PHASE = Phase(
    name=PhaseName.CONTENT_IMPORT,
    asks=(
        Ask(
            "blogs",
            lambda coach: missing(coach) == 0,
            read_blogs,
            line=lambda coach: "ask_blogs_social" if coach.social_connections else "ask_blogs_niche",
            facts=lambda coach: {"n": missing(coach)},
        ),
        Ask(
            "publish",
            lambda coach: coach.blog_count >= BLOGS_WANTED,
            read_publish,
            facts=lambda coach: {"n": len(drafts(coach)), "titles": drafts(coach)},
        ),
    ),
    is_complete=lambda coach: coach.blog_count >= BLOGS_WANTED,
    tools=("get_social_top_posts", "generate_blog_posts", "publish_blog_posts", "delete_blog_post"),
)
