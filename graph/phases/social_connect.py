"""social_connect: the coach's accounts, from which posts are written."""

from datetime import datetime

from avery.domain import Coach, PhaseName, Platform
from graph import understand
from graph.phase import Ask, Phase
from graph.state import Call, Go, Move
from tools import Note

SPOKEN = {"insta": Platform.INSTAGRAM, "ig": Platform.INSTAGRAM, "instagram": Platform.INSTAGRAM,
          "tiktok": Platform.TIKTOK, "tik tok": Platform.TIKTOK,
          "youtube": Platform.YOUTUBE, "yt": Platform.YOUTUBE, "you tube": Platform.YOUTUBE}  # fmt: skip


def platform_in(text: str) -> Platform | None:
    """The platform that a text names, as people write it."""
    padded = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in text.casefold()).split())} "
    return next((platform for word, platform in SPOKEN.items() if f" {word} " in padded), None)


def read_platform(text: str, _: Coach, __: datetime) -> Move:
    """A platform to connect; a bare yes is asked which."""
    if platform := platform_in(text):
        return Call("connect_social_account", {"platform": platform.value})
    answer = understand.yes_no(text)
    if answer:
        return Note("social_connect", "which_platform")
    return Go("skip") if answer is False else None


PHASE = Phase(
    name=PhaseName.SOCIAL_CONNECT,
    asks=(Ask("platform", lambda coach: bool(coach.social_connections), read_platform),),
    is_complete=lambda coach: len(coach.social_connections) > 0,
    tools=("connect_social_account", "get_social_top_posts"),
)
