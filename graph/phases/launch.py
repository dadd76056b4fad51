"""launch: tell the world."""

from datetime import datetime

from avery.domain import Coach, PhaseName
from graph import understand
from graph.phase import Ask, Phase
from graph.state import Call, Go, Move

SPOKEN = {"instagram": "instagram", "insta": "instagram", "ig": "instagram", "facebook": "facebook", "fb": "facebook",
          "whatsapp": "whatsapp", "tiktok": "tiktok", "youtube": "youtube", "linkedin": "linkedin", "twitter": "x",
          "x": "x", "email": "email", "newsletter": "email", "link": "link", "text": "link"}  # fmt: skip


def share_target(text: str) -> str | None:
    """Where a text says to share, as generate_share_content names it."""
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return next((SPOKEN[word] for word in words if word in SPOKEN), None)


def read_share(text: str, _: Coach, __: datetime) -> Move:
    """A platform, or yes for the link alone."""
    if target := share_target(text):
        return Call("generate_share_content", {"platform": target})
    answer = understand.yes_no(text)
    if answer:
        return Call("generate_share_content", {"platform": "link"})
    return Go("skip") if answer is False else None


PHASE = Phase(
    name=PhaseName.LAUNCH,
    asks=(Ask("share", lambda coach: coach.store_shared, read_share),),
    is_complete=lambda coach: coach.store_shared,
    tools=("generate_share_content", "apply_store_template"),
)
