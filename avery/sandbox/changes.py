"""What KLIQ takes and what it does with it: each write as its shape, its rules and its SQL.

A change runs in its caller's transaction and answers the status and what becomes the JSON. A Problem undoes it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal
from uuid import uuid4

import msgspec
from babel import Locale
from babel.numbers import get_territory_currencies
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from avery.domain import Niche, ScorecardItem, Tone
from avery.sandbox import themes
from avery.sandbox.problems import Problem, invalid

MAX_PRICE = 100_000_00
"""Minor units."""
LINK_MINUTES = 5
"""How long an account link can be opened."""

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=50_000, pattern=r"\S")]
Category = Annotated[str, msgspec.Meta(max_length=100)]
Tags = Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=40)]], msgspec.Meta(max_length=12)]
Url = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^https?://\S+$")]
Source = Annotated[str, msgspec.Meta(max_length=200)]


class Strict(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What the API takes: a field that it does not know is an error, not a silence."""


class ProfileFields(Strict):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")] | None = None
    niche: Niche | None = None
    specialty: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    bio: Annotated[str, msgspec.Meta(min_length=1, max_length=2000, pattern=r"\S")] | None = None
    tone: Tone | None = None


class NewBlog(Strict):
    title: Title
    body: Body
    category: Category = ""
    tags: Tags = []
    cover_image_url: Url | None = None
    source: Source | None = None


class BlogFields(Strict):
    title: Title | None = None
    body: Body | None = None
    category: Category | None = None
    tags: Tags | None = None
    cover_image_url: Url | None = None
    status: Literal["draft", "published"] | None = None


class Pricing(Strict):
    minor: Annotated[int, msgspec.Meta(gt=0, le=MAX_PRICE)]
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
    interval: Literal["month", "year"] = "month"


class ThemeChoice(Strict):
    template: str


class NewLiveSession(Strict):
    title: Title
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    minutes: Annotated[int, msgspec.Meta(ge=5, le=480)] = 60


class ScorecardMarks(Strict):
    items: dict[ScorecardItem, bool]


class Push(Strict):
    title: Title
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"\S")]


class Nothing(Strict):
    """A write without a body."""


class Photo(Strict):
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was understood, about to be done in one transaction."""

    conn: AsyncConnection[DictRow]
    application_id: int
    base: str
    """What stands before `/sandbox/…` in links, as the caller reached us."""


Answer = tuple[int, object]
"""Status and what becomes the JSON; a 204 has None."""


async def put_profile(write: Write, fields: ProfileFields) -> Answer:
    changed = {name: value for name, value in msgspec.structs.asdict(fields).items() if value is not None}
    if not changed:
        raise Problem(422, "Name at least one of name, niche, specialty, bio, tone")
    await _set(write, **changed)
    return 200, changed


async def create_blog(write: Write, blog: NewBlog) -> Answer:
    blog_id = uuid4().hex
    await write.conn.execute(
        "INSERT INTO sandbox.blogs (id, application_id, title, body, category, tags, cover_image_url, source)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            blog_id,
            write.application_id,
            blog.title.strip(),
            blog.body,
            blog.category,
            blog.tags,
            blog.cover_image_url,
            blog.source,
        ),
    )
    await _set(write)
    return 201, {"id": blog_id, "title": blog.title.strip(), "status": "draft"}


async def update_blog(write: Write, fields: BlogFields, *, blog_id: str) -> Answer:
    cursor = await write.conn.execute(
        """
        UPDATE sandbox.blogs SET
            title = coalesce(%(title)s, title), body = coalesce(%(body)s, body),
            category = coalesce(%(category)s, category), tags = coalesce(%(tags)s, tags),
            cover_image_url = coalesce(%(cover_image_url)s, cover_image_url),
            status = coalesce(%(status)s, status),
            published_at = CASE WHEN %(status)s = 'published' THEN coalesce(published_at, now())
                                WHEN %(status)s = 'draft' THEN NULL ELSE published_at END
        WHERE application_id = %(application_id)s AND id = %(id)s
        RETURNING id, title, status
        """,
        {**msgspec.structs.asdict(fields), "application_id": write.application_id, "id": blog_id},
    )
    blog = one(await cursor.fetchall())
    await _set(write)
    return 200, blog


async def publish_blog(write: Write, _: Nothing, *, blog_id: str) -> Answer:
    return await update_blog(write, BlogFields(status="published"), blog_id=blog_id)


async def delete_blog(write: Write, _: Nothing, *, blog_id: str) -> Answer:
    cursor = await write.conn.execute(
        "DELETE FROM sandbox.blogs WHERE application_id = %s AND id = %s RETURNING id",
        (write.application_id, blog_id),
    )
    one(await cursor.fetchall())
    await _set(write)
    return 204, None


async def put_pricing(write: Write, pricing: Pricing) -> Answer:
    if pricing.currency not in _currencies():
        raise invalid("currency", f"{pricing.currency} is not a currency of ISO 4217 that is in use")
    await _set(write, price_minor=pricing.minor, price_currency=pricing.currency, price_interval=pricing.interval)
    return 200, {"minor": pricing.minor, "currency": pricing.currency, "interval": pricing.interval}


async def put_theme(write: Write, choice: ThemeChoice) -> Answer:
    if choice.template not in themes.BY_ID:
        raise invalid("template", "is none of GET /api/themes")
    await _set(write, theme=choice.template)
    return 200, themes.BY_ID[choice.template]


async def create_live_session(write: Write, session: NewLiveSession) -> Answer:
    if not timedelta(0) < session.starts_at - datetime.now(UTC) < timedelta(days=3 * 366):
        raise invalid("starts_at", "lies in the future, within three years")
    session_id = uuid4().hex
    await write.conn.execute(
        "INSERT INTO sandbox.live_sessions (id, application_id, title, starts_at, said, minutes)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (
            session_id,
            write.application_id,
            session.title.strip(),
            session.starts_at,
            session.starts_at.isoformat(),
            session.minutes,
        ),
    )
    await _set(write)
    return 201, {
        "id": session_id,
        "title": session.title.strip(),
        "starts_at": session.starts_at,
        "minutes": session.minutes,
    }


async def put_scorecard(write: Write, marks: ScorecardMarks) -> Answer:
    cursor = await write.conn.execute(
        """
        INSERT INTO sandbox.stores AS s (application_id, revision, scorecard, live_since)
        VALUES (%(application_id)s, 1, %(marks)s, CASE WHEN %(shared)s THEN now() END)
        ON CONFLICT (application_id) DO UPDATE SET revision = s.revision + 1,
            scorecard = s.scorecard || excluded.scorecard, live_since = coalesce(s.live_since, excluded.live_since)
        RETURNING scorecard, live_since IS NOT NULL AS live
        """,
        {
            "application_id": write.application_id,
            "marks": Jsonb({item.value: done for item, done in marks.items.items()}),
            "shared": marks.items.get(ScorecardItem.STORE_SHARED, False),
        },
    )
    row = one(await cursor.fetchall())
    return 200, {
        "scorecard": {item.value: bool(row["scorecard"].get(item.value)) for item in ScorecardItem},
        "live": row["live"],
    }


async def post_photo(write: Write, photo: Photo) -> Answer:
    photo_id = uuid4().hex
    await write.conn.execute("DELETE FROM sandbox.photos WHERE application_id = %s", (write.application_id,))
    await write.conn.execute(
        "INSERT INTO sandbox.photos (id, application_id, media_type, content) VALUES (%s, %s, %s, %s)",
        (photo_id, write.application_id, photo.media_type, photo.content),
    )
    await _set(write, photo_id=photo_id)
    return 201, {"url": f"{write.base}/sandbox/photos/{photo_id}"}


async def post_push(write: Write, push: Push) -> Answer:
    push_id = uuid4().hex
    await write.conn.execute(
        "INSERT INTO sandbox.pushes (id, application_id, title, body) VALUES (%s, %s, %s, %s)",
        (push_id, write.application_id, push.title.strip(), push.body),
    )
    return 202, {"id": push_id}


async def post_account_link(write: Write, _: Nothing) -> Answer:
    token = secrets.token_urlsafe(24)
    expires_at = datetime.now(UTC) + timedelta(minutes=LINK_MINUTES)
    await write.conn.execute(
        "INSERT INTO sandbox.account_links (token_hash, application_id, expires_at) VALUES (%s, %s, %s)",
        (hashlib.sha256(token.encode()).digest(), write.application_id, expires_at),
    )
    return 201, {"url": f"{write.base}/sandbox/stripe/{token}", "expires_at": expires_at}


_COLUMNS = frozenset(
    {
        "name",
        "niche",
        "specialty",
        "bio",
        "tone",
        "photo_id",
        "price_minor",
        "price_currency",
        "price_interval",
        "theme",
    }
)


async def _set(write: Write, **columns: object) -> None:
    """Set some columns of the store and bump its revision; without columns only the revision."""
    assert columns.keys() <= _COLUMNS
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", %({name})s" for name in columns)
    updates = "".join(f", {name} = excluded.{name}" for name in columns)
    await write.conn.execute(
        f"INSERT INTO sandbox.stores AS s (application_id, revision{names}) VALUES (%(application_id)s, 1{values})"
        f" ON CONFLICT (application_id) DO UPDATE SET revision = s.revision + 1{updates}".encode(),
        {"application_id": write.application_id, **columns},
    )


def one(rows: list[DictRow]) -> DictRow:
    """The only row; a 404 without one."""
    if not rows:
        raise Problem(404, "There is no such thing in this store")
    return rows[0]


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    """ISO 4217 as it is in use today."""
    territories = map(str, Locale("en").territories)
    return frozenset(str(code) for territory in territories for code in get_territory_currencies(territory))
