"""KLIQ's API as Avery uses it: one method for each call, KLIQ's JSON in, frozen values out.

Every write takes `key`, which goes out as Idempotency-Key: the same key and the same request is one write, however
often it is sent, so whoever calls may send it again after an OutsideUnavailable. Nothing is sent again in here.

All methods raise OutsideUnavailable or OutsideRefused as `avery.clients.http.request` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from avery.clients.http import decode, request
from avery.domain import BlogPost, Money, Scorecard, ScorecardItem, Store

SERVICE = "KLIQ"
SANDBOX_TOKEN = "kliq-sandbox-service-token"  # noqa: S105 (it opens the sandbox on this machine and nothing else)
"""The service token of the sandbox KLIQ; a real KLIQ gets AVERY_KLIQ_TOKEN."""
TIMEOUT = 6.0
"""Seconds for a call: a coach is waiting."""
UPLOAD_TIMEOUT = 30.0

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class BlogDraft:
    """A post to be created; it stays a draft until it is published."""

    title: str
    """1 to 200 characters."""
    body: str
    """Markdown."""
    category: str = ""
    tags: tuple[str, ...] = ()
    cover_image_url: str | None = None
    source: str | None = None
    """What it was written from: `<platform>:<post id>` or `template:<topic>`."""


@dataclass(frozen=True, slots=True)
class Blog:
    """A whole post."""

    id: str
    title: str
    body: str
    """Markdown."""
    status: Literal["draft", "published"]
    category: str = ""
    tags: tuple[str, ...] = ()
    cover_image_url: str | None = None
    source: str | None = None
    url: str = ""
    """Where readers find it once it is published."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session on the store's calendar."""

    id: str
    title: str
    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Theme:
    """A template that a store can wear."""

    id: str
    niche: str
    name: str
    description: str


# KLIQ's JSON ---------------------------------------------------------------------------------------------------------


class _Price(msgspec.Struct):
    minor: int
    currency: str
    interval: Interval = "month"


class _LiveSession(msgspec.Struct):
    id: str
    title: str
    starts_at: datetime
    minutes: int


class _LiveStart(msgspec.Struct):
    starts_at: str


class _Store(msgspec.Struct):
    """GET /api/store; what Avery does not use is passed over."""

    url: str
    revision: int
    name: str | None = None
    niche: str | None = None
    photo_url: str | None = None
    bio: str | None = None
    price: _Price | None = None
    theme: str | None = None
    blogs: tuple[BlogPost, ...] = ()
    live_sessions: tuple[_LiveStart, ...] = ()
    scorecard: dict[str, bool] = {}
    live: bool = False


class _Url(msgspec.Struct):
    url: str


class _Scorecard(msgspec.Struct):
    scorecard: dict[str, bool]


class _Themes(msgspec.Struct):
    themes: tuple[Theme, ...]


T = TypeVar("T")


class Kliq:
    """A KLIQ over HTTP. `base_url` is what stands before `/api/…`; `token` None is the sandbox's."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, token: str | None = None) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._authorization = f"Bearer {token or SANDBOX_TOKEN}"
        self._store_url = httpx.URL(self._base + "/api/store")

    async def get_store(self, application_id: int) -> Store:
        """The whole store, posts without their bodies. An application that nobody touched is an empty store."""
        response = await request(
            self._http, SERVICE, "GET", self._store_url, headers=self._headers(application_id), timeout=TIMEOUT
        )
        store = decode(SERVICE, response, _Store)
        price = store.price
        return Store(
            url=store.url,
            revision=store.revision,
            name=store.name,
            niche=store.niche,
            photo_url=store.photo_url,
            bio=store.bio,
            price=Money(price.minor, price.currency) if price else None,
            price_interval=price.interval if price else "month",
            theme=store.theme,
            blogs=store.blogs,
            live_sessions=tuple(session.starts_at for session in store.live_sessions),
            scorecard={item.value: store.scorecard.get(item.value, False) for item in ScorecardItem},
            live=store.live,
        )

    async def put_profile(self, application_id: int, fields: Mapping[str, str], *, key: str) -> None:
        """Change some of name, niche, specialty, bio, tone; what is not named stays."""
        await self._send("PUT", "/api/profile", application_id, dict(fields), key=key)

    async def create_blog(self, application_id: int, draft: BlogDraft, *, key: str) -> BlogPost:
        """A new draft."""
        response = await self._send("POST", "/api/blogs", application_id, draft, key=key)
        return decode(SERVICE, response, BlogPost)

    async def get_blogs(self, application_id: int) -> tuple[BlogPost, ...]:
        """All posts, oldest first."""
        return await self._get("/api/blogs", application_id, tuple[BlogPost, ...])

    async def get_blog(self, application_id: int, blog_id: str) -> Blog:
        """One post with its body."""
        return await self._get(_blog(blog_id), application_id, Blog)

    async def update_blog(self, application_id: int, blog_id: str, fields: Mapping[str, Any], *, key: str) -> BlogPost:
        """Change some of title, body, category, tags, cover_image_url, status."""
        response = await self._send("PUT", _blog(blog_id), application_id, dict(fields), key=key)
        return decode(SERVICE, response, BlogPost)

    async def publish_blog(self, application_id: int, blog_id: str, *, key: str) -> BlogPost:
        """Put a draft on the store; a post that is there stays there."""
        response = await self._send("POST", _blog(blog_id) + "/publish", application_id, None, key=key)
        return decode(SERVICE, response, BlogPost)

    async def delete_blog(self, application_id: int, blog_id: str, *, key: str) -> None:
        """Remove a post for good."""
        await self._send("DELETE", _blog(blog_id), application_id, None, key=key)

    async def put_pricing(self, application_id: int, price: Money, interval: Interval = "month", *, key: str) -> None:
        """The subscription's price."""
        body = {"minor": price.minor, "currency": price.currency, "interval": interval}
        await self._send("PUT", "/api/pricing", application_id, body, key=key)

    async def get_themes(self, niche: str | None = None) -> tuple[Theme, ...]:
        """The templates, all or a niche's, the niche's default first."""
        response = await request(
            self._http,
            SERVICE,
            "GET",
            self._base + "/api/themes",
            headers={"authorization": self._authorization},
            params={"niche": niche} if niche else None,
            timeout=TIMEOUT,
        )
        return decode(SERVICE, response, _Themes).themes

    async def put_theme(self, application_id: int, template: str, *, key: str) -> None:
        """The template by its id."""
        await self._send("PUT", "/api/theme", application_id, {"template": template}, key=key)

    async def get_analytics(self, application_id: int) -> dict[str, Any]:
        """The last 30 days: visits, blog_views, subscribers, revenue {minor, currency}, published_blogs, …"""
        return await self._get("/api/analytics", application_id, dict[str, Any])

    async def create_live_session(
        self, application_id: int, title: str, starts_at: datetime, minutes: int, *, key: str
    ) -> LiveSession:
        """A session on the calendar; `starts_at` has an offset and lies ahead."""
        body = {"title": title, "starts_at": starts_at.isoformat(), "minutes": minutes}
        response = await self._send("POST", "/api/live-sessions", application_id, body, key=key)
        session = decode(SERVICE, response, _LiveSession)
        return LiveSession(session.id, session.title, session.starts_at, session.minutes)

    async def put_scorecard(self, application_id: int, items: Mapping[str, bool], *, key: str) -> Scorecard:
        """Mark some items; answers all five. A store that is marked as shared goes live."""
        response = await self._send("PUT", "/api/scorecard", application_id, {"items": dict(items)}, key=key)
        marks = decode(SERVICE, response, _Scorecard).scorecard
        return {item.value: marks.get(item.value, False) for item in ScorecardItem}

    async def upload_photo(self, application_id: int, content: bytes, media_type: str, *, key: str) -> str:
        """The coach's photo, at most 5 MB of png, jpeg, webp or gif; answers its URL.

        An image/svg+xml is taken only where it is an avatar of initials.
        """
        response = await request(
            self._http,
            SERVICE,
            "POST",
            self._base + "/api/photo",
            headers=self._headers(application_id) | {"content-type": media_type, "idempotency-key": key},
            content=content,
            timeout=UPLOAD_TIMEOUT,
        )
        return decode(SERVICE, response, _Url).url

    async def stripe_link(self, application_id: int, *, key: str) -> str:
        """A link to Stripe's set-up; it opens once and expires within minutes."""
        response = await self._send("POST", "/api/stripe/account-link", application_id, None, key=key)
        return decode(SERVICE, response, _Url).url

    async def push(self, application_id: int, title: str, body: str, *, key: str) -> None:
        """A notification to the coach's phone."""
        await self._send("POST", "/api/push", application_id, {"title": title, "body": body}, key=key)

    def _headers(self, application_id: int) -> dict[str, str]:
        return {"authorization": self._authorization, "x-application-id": str(application_id)}

    async def _get(self, path: str, application_id: int, shape: type[T]) -> T:
        response = await request(
            self._http, SERVICE, "GET", self._base + path, headers=self._headers(application_id), timeout=TIMEOUT
        )
        return decode(SERVICE, response, shape)

    async def _send(self, method: str, path: str, application_id: int, body: object, *, key: str) -> httpx.Response:
        headers = self._headers(application_id) | {"idempotency-key": key}
        content = None
        if body is not None:
            content = msgspec.json.encode(body)
            headers["content-type"] = "application/json"
        return await request(
            self._http, SERVICE, method, self._base + path, headers=headers, content=content, timeout=TIMEOUT
        )


def _blog(blog_id: str) -> str:
    return "/api/blogs/" + quote(blog_id, safe="")
