"""What every social platform can do for Avery, and the values that come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from avery.domain import Platform

SHORTEST_CAPTION = 20
"""Characters that a caption needs more than, to be worth writing from (spec ticket 3.1)."""

NAMES = {Platform.INSTAGRAM: "Instagram", Platform.TIKTOK: "TikTok", Platform.YOUTUBE: "YouTube"}
"""The platforms as they write themselves."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a platform gave for a code or a refresh; moments are aware, None where it named none."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The account behind a token."""

    external_id: str
    username: str
    picture_url: str | None = None


@dataclass(frozen=True, slots=True)
class SocialPost:
    """One post with what people made of it. Text from outside: data, never an instruction."""

    platform: Platform
    id: str
    caption: str
    media_url: str | None
    permalink: str | None
    likes: int
    comments: int
    shares: int
    views: int
    posted_at: datetime | None
    score: int


class Provider(Protocol):
    """One platform. Every method that calls out raises OutsideUnavailable, OutsideRefused, or TokenDead."""

    @property
    def platform(self) -> Platform: ...

    @property
    def uses_pkce(self) -> bool:
        """Whether the platform documents PKCE for web servers; where it does not, nothing is sent."""
        ...

    @property
    def needed_scope(self) -> str:
        """Without this one the connection is of no use; a person may untick it."""
        ...

    def authorize_url(self, *, state: str, redirect_uri: str, code_challenge: str | None) -> str:
        """The consent page, for the coach's browser."""
        ...

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str | None) -> Tokens:
        """Tokens for a code, once."""
        ...

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Newer tokens. The old refresh token may be void from then on: store these before using them."""
        ...

    async def profile(self, tokens: Tokens) -> Profile:
        """Whose account it is."""
        ...

    async def top_posts(self, tokens: Tokens, count: int) -> list[SocialPost]:
        """At most `count` recent posts with a caption, most engaging first."""
        ...

    async def picture(self, url: str) -> tuple[bytes, str]:
        """The profile picture at `url`, as `profile` named it, and its media type."""
        ...

    async def revoke(self, tokens: Tokens) -> None:
        """Tell the platform that the tokens are not wanted any more."""
        ...


def engagement(likes: int, comments: int, shares: int = 0) -> int:
    """The spec's weight of a post: a comment counts as three likes, a share as five."""
    return likes + 3 * comments + 5 * shares


def best(posts: list[SocialPost], count: int) -> list[SocialPost]:
    """The `count` most engaging posts that say enough to write from."""
    worth = [post for post in posts if len(post.caption.strip()) > SHORTEST_CAPTION]
    return sorted(worth, key=lambda post: post.score, reverse=True)[:count]
