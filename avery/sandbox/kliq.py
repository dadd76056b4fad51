"""KLIQ on this machine: the API that Avery talks to, with its validation, its errors and its idempotency.

Paths are counted from the API's base, `/sandbox/kliq` by default. A call carries the service token as bearer and the
application in X-Application-Id; a write may carry an Idempotency-Key: the same key and request is answered as it was
the first time, also after a restart or from two processes at once, and the same key with another request is a 422.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar
from uuid import uuid4

import msgspec
from babel import Locale
from babel.numbers import get_territory_currencies
from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from avery.clients.kliq import SANDBOX_TOKEN
from avery.domain import Niche, ScorecardItem, Tone
from avery.sandbox import faults, photos, themes
from avery.sandbox.problems import Problem, invalid

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
Conn = AsyncConnection[DictRow]
Req = Request[Any, Any, Any]

MAX_PRICE = 100_000_00
"""Minor units."""
LINK_MINUTES = 5
"""How long an account link can be opened."""
_JSON = "application/json"

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

    conn: Conn
    application_id: int
    base: str
    """What stands before `/sandbox/…` in links, as the caller reached us."""


S = TypeVar("S", bound=msgspec.Struct)
Answer = tuple[int, object]
"""Status and what becomes the JSON; a 204 has None."""

_STORE = """
SELECT EXISTS (SELECT FROM sandbox.faults WHERE remaining > 0) AS armed, json_build_object(
    'url', %(base)s::text || '/sandbox/store/' || a.application_id,
    'revision', coalesce(s.revision, 0),
    'name', s.name, 'niche', s.niche, 'specialty', s.specialty, 'bio', s.bio, 'tone', s.tone,
    'photo_url', %(base)s::text || '/sandbox/photos/' || s.photo_id,
    'price', CASE WHEN s.price_minor IS NOT NULL THEN json_build_object(
        'minor', s.price_minor, 'currency', s.price_currency, 'interval', s.price_interval) END,
    'theme', s.theme,
    'blogs', (SELECT coalesce(json_agg(json_build_object(
            'id', b.id, 'title', b.title, 'status', b.status, 'category', b.category, 'tags', b.tags,
            'cover_image_url', b.cover_image_url) ORDER BY b.position), '[]')
        FROM sandbox.blogs b WHERE b.application_id = a.application_id),
    'live_sessions', (SELECT coalesce(json_agg(json_build_object(
            'id', l.id, 'title', l.title, 'starts_at', l.said, 'minutes', l.minutes) ORDER BY l.starts_at), '[]')
        FROM sandbox.live_sessions l WHERE l.application_id = a.application_id
            AND l.starts_at + l.minutes * interval '1 minute' > now()),
    'scorecard', coalesce(s.scorecard, '{}'),
    'live', s.live_since IS NOT NULL,
    'payments_ready', s.payments_since IS NOT NULL
)::text AS store
FROM (SELECT %(application_id)s::int AS application_id) a LEFT JOIN sandbox.stores s USING (application_id)
"""


class KliqApi:
    """The sandbox's KLIQ on one database."""

    def __init__(self, pool: Pool, public_url: str | None, token: str) -> None:
        self.pool = pool
        self.public_url = public_url
        self._authorization = f"Bearer {token}".encode()

    def base(self, request: Req) -> str:
        """What stands before `/sandbox/…` in the links that leave here."""
        return (self.public_url or str(request.base_url)).rstrip("/")

    def authorise(self, request: Req) -> None:
        """Raises the 401 unless the service token is there."""
        sent = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(sent, self._authorization):
            raise Problem(401, "Send KLIQ's service token as bearer", headers={"www-authenticate": "Bearer"})

    def caller(self, request: Req) -> int:
        """The application that an authorised call speaks for."""
        self.authorise(request)
        said = request.headers.get("x-application-id", "")
        if not (said.isascii() and said.isdigit() and 0 < int(said) < 2**31):
            raise Problem(400, "X-Application-Id is a positive whole number")
        return int(said)

    async def store(self, request: Req) -> Response[bytes]:
        """GET /api/store in one query: PostgreSQL writes the JSON."""
        what = {"application_id": self.caller(request), "base": self.base(request)}
        async with self.pool.connection() as conn:
            row = await (await conn.execute(_STORE, what)).fetchone()
            assert row is not None
            fault = await faults.take(conn, request.method, request.scope["path"]) if row["armed"] else None
        if fault:
            if problem := await faults.suffer(fault, request.receive):
                raise problem
            if fault.kind == "lose":
                raise fault.problem()
        body: bytes = row["store"].encode()
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            return Response(b"", status_code=304, headers={"etag": etag})
        return Response(body, media_type=_JSON, headers={"etag": etag, "cache-control": "no-cache"})

    async def read(self, request: Req, query: str, **values: object) -> list[DictRow]:
        """Rows of the caller's application, which the query names as %(application_id)s."""
        what = {"application_id": self.caller(request), **values}
        async with self.pool.connection() as conn:
            return await (await conn.execute(query.encode(), what)).fetchall()

    async def write(
        self,
        request: Req,
        shape: type[S],
        change: Callable[[Write, S], Awaitable[Answer]],
        *,
        data: S | None = None,
    ) -> Response[bytes]:
        """Read the body as `shape` (unless it is `data` already) and do `change` in one transaction, once for a key."""
        application_id = self.caller(request)
        key = request.headers.get("idempotency-key")
        if key is not None and not (0 < len(key) <= 255 and key.isprintable()):
            raise Problem(400, "An Idempotency-Key has 1 to 255 printable characters")
        if data is None:
            data = _read(await request.body(), shape)
        what = f"{request.method} {request.scope['path']}\n".encode() + msgspec.msgpack.encode(data)
        fingerprint = hashlib.sha256(what).digest()
        async with self.pool.connection() as conn, conn.transaction():
            if key is not None and (earlier := await _claim(conn, application_id, key, fingerprint)):
                return _response(*earlier, replayed=True)
            status, answer = await change(Write(conn, application_id, self.base(request)), data)
            body = b"" if answer is None else msgspec.json.encode(answer)
            if key is not None:
                await conn.execute(
                    "UPDATE sandbox.writes SET status = %s, answer = %s WHERE application_id = %s AND key = %s",
                    (status, body, application_id, key),
                )
        return _response(status, body)


def kliq_routes(api: KliqApi) -> list[HTTPRouteHandler]:
    """The spec's calls (ticket 2.2) and what reading them back needs, below the API's base."""

    @get("/api/store")
    async def get_store(request: Req) -> Response[bytes]:
        return await api.store(request)

    @put("/api/profile")
    async def put_profile(request: Req) -> Response[bytes]:
        return await api.write(request, ProfileFields, _put_profile)

    @get("/api/blogs")
    async def get_blogs(request: Req) -> Response[bytes]:
        rows = await api.read(
            request,
            "SELECT id, title, status, category, tags, cover_image_url FROM sandbox.blogs"
            " WHERE application_id = %(application_id)s ORDER BY position",
        )
        return _response(200, msgspec.json.encode(rows))

    @post("/api/blogs")
    async def create_blog(request: Req) -> Response[bytes]:
        return await api.write(request, NewBlog, _create_blog)

    @get("/api/blogs/{blog_id:str}")
    async def get_blog(request: Req, blog_id: str) -> Response[bytes]:
        rows = await api.read(
            request,
            "SELECT id, title, body, status, category, tags, cover_image_url, source,"
            " %(base)s::text || '/sandbox/store/' || application_id || '/blog/' || id AS url"
            " FROM sandbox.blogs WHERE application_id = %(application_id)s AND id = %(id)s",
            id=blog_id,
            base=api.base(request),
        )
        return _response(200, msgspec.json.encode(_one(rows)))

    @put("/api/blogs/{blog_id:str}")
    async def update_blog(request: Req, blog_id: str) -> Response[bytes]:
        return await api.write(request, BlogFields, lambda write, fields: _update_blog(write, blog_id, fields))

    @post("/api/blogs/{blog_id:str}/publish", status_code=200)
    async def publish_blog(request: Req, blog_id: str) -> Response[bytes]:
        published = BlogFields(status="published")
        return await api.write(request, Nothing, lambda write, _: _update_blog(write, blog_id, published))

    @delete("/api/blogs/{blog_id:str}", status_code=200)
    async def delete_blog(request: Req, blog_id: str) -> Response[bytes]:
        return await api.write(request, Nothing, lambda write, _: _delete_blog(write, blog_id))

    @put("/api/pricing")
    async def put_pricing(request: Req) -> Response[bytes]:
        return await api.write(request, Pricing, _put_pricing)

    @get("/api/themes")
    async def get_themes(request: Req) -> Response[bytes]:
        api.authorise(request)
        niche = request.query_params.get("niche")
        fitting = [t for t in themes.TEMPLATES if niche in (None, t.niche)]
        return _response(200, msgspec.json.encode({"themes": fitting}))

    @put("/api/theme")
    async def put_theme(request: Req) -> Response[bytes]:
        return await api.write(request, ThemeChoice, _put_theme)

    @get("/api/analytics")
    async def get_analytics(request: Req) -> Response[bytes]:
        rows = await api.read(request, _ANALYTICS)
        return _response(200, _one(rows)["analytics"].encode())

    @post("/api/live-sessions")
    async def create_live_session(request: Req) -> Response[bytes]:
        return await api.write(request, NewLiveSession, _create_live_session)

    @put("/api/scorecard")
    async def put_scorecard(request: Req) -> Response[bytes]:
        return await api.write(request, ScorecardMarks, _put_scorecard)

    # Room for a multipart's own lines; the photo itself is measured apart.
    @post("/api/photo", request_max_body_size=photos.MAX_BYTES + 64 * 1024)
    async def post_photo(request: Req) -> Response[bytes]:
        api.caller(request)
        return await api.write(request, Photo, _post_photo, data=await _photo(request))

    @post("/api/push")
    async def post_push(request: Req) -> Response[bytes]:
        return await api.write(request, Push, _post_push)

    @get("/api/push")
    async def get_pushes(request: Req) -> Response[bytes]:
        rows = await api.read(
            request,
            "SELECT id, title, body, created_at FROM sandbox.pushes WHERE application_id = %(application_id)s"
            " ORDER BY created_at DESC LIMIT 50",
        )
        return _response(200, msgspec.json.encode(rows))

    @post("/api/stripe/account-link")
    async def post_account_link(request: Req) -> Response[bytes]:
        return await api.write(request, Nothing, _post_account_link)

    return [
        get_store, put_profile, get_blogs, create_blog, get_blog, update_blog, publish_blog, delete_blog, put_pricing,
        get_themes, put_theme, get_analytics, create_live_session, put_scorecard, post_photo, post_push, get_pushes,
        post_account_link,
    ]


# The writes, each in its caller's transaction -------------------------------------------------------------------------


async def _put_profile(write: Write, fields: ProfileFields) -> Answer:
    changed = {name: value for name, value in msgspec.structs.asdict(fields).items() if value is not None}
    if not changed:
        raise Problem(422, "Name at least one of name, niche, specialty, bio, tone")
    await _set(write, **changed)
    return 200, changed


async def _create_blog(write: Write, blog: NewBlog) -> Answer:
    blog_id = uuid4().hex
    await write.conn.execute(
        "INSERT INTO sandbox.blogs (id, application_id, title, body, category, tags, cover_image_url, source)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (blog_id, write.application_id, blog.title.strip(), blog.body, blog.category, blog.tags,
         blog.cover_image_url, blog.source),
    )
    await _set(write)
    return 201, {"id": blog_id, "title": blog.title.strip(), "status": "draft"}


async def _update_blog(write: Write, blog_id: str, fields: BlogFields) -> Answer:
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
    blog = _one(await cursor.fetchall())
    await _set(write)
    return 200, blog


async def _delete_blog(write: Write, blog_id: str) -> Answer:
    cursor = await write.conn.execute(
        "DELETE FROM sandbox.blogs WHERE application_id = %s AND id = %s RETURNING id",
        (write.application_id, blog_id),
    )
    _one(await cursor.fetchall())
    await _set(write)
    return 204, None


async def _put_pricing(write: Write, pricing: Pricing) -> Answer:
    if pricing.currency not in _currencies():
        raise invalid("currency", f"{pricing.currency} is not a currency of ISO 4217 that is in use")
    await _set(
        write, price_minor=pricing.minor, price_currency=pricing.currency, price_interval=pricing.interval
    )
    return 200, {"minor": pricing.minor, "currency": pricing.currency, "interval": pricing.interval}


async def _put_theme(write: Write, choice: ThemeChoice) -> Answer:
    if choice.template not in themes.BY_ID:
        raise invalid("template", "is none of GET /api/themes")
    await _set(write, theme=choice.template)
    return 200, themes.BY_ID[choice.template]


async def _create_live_session(write: Write, session: NewLiveSession) -> Answer:
    if not timedelta(0) < session.starts_at - datetime.now(UTC) < timedelta(days=366):
        raise invalid("starts_at", "lies in the future, within a year")
    session_id = uuid4().hex
    await write.conn.execute(
        "INSERT INTO sandbox.live_sessions (id, application_id, title, starts_at, said, minutes)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (session_id, write.application_id, session.title.strip(), session.starts_at, session.starts_at.isoformat(),
         session.minutes),
    )
    await _set(write)
    return 201, {
        "id": session_id, "title": session.title.strip(), "starts_at": session.starts_at, "minutes": session.minutes,
    }


async def _put_scorecard(write: Write, marks: ScorecardMarks) -> Answer:
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
    row = _one(await cursor.fetchall())
    return 200, {
        "scorecard": {item.value: bool(row["scorecard"].get(item.value)) for item in ScorecardItem},
        "live": row["live"],
    }


async def _post_photo(write: Write, photo: Photo) -> Answer:
    photo_id = uuid4().hex
    await write.conn.execute("DELETE FROM sandbox.photos WHERE application_id = %s", (write.application_id,))
    await write.conn.execute(
        "INSERT INTO sandbox.photos (id, application_id, media_type, content) VALUES (%s, %s, %s, %s)",
        (photo_id, write.application_id, photo.media_type, photo.content),
    )
    await _set(write, photo_id=photo_id)
    return 201, {"url": f"{write.base}/sandbox/photos/{photo_id}"}


async def _post_push(write: Write, push: Push) -> Answer:
    push_id = uuid4().hex
    await write.conn.execute(
        "INSERT INTO sandbox.pushes (id, application_id, title, body) VALUES (%s, %s, %s, %s)",
        (push_id, write.application_id, push.title.strip(), push.body),
    )
    return 202, {"id": push_id}


async def _post_account_link(write: Write, _: Nothing) -> Answer:
    token = secrets.token_urlsafe(24)
    expires_at = datetime.now(UTC) + timedelta(minutes=LINK_MINUTES)
    await write.conn.execute(
        "INSERT INTO sandbox.account_links (token_hash, application_id, expires_at) VALUES (%s, %s, %s)",
        (hashlib.sha256(token.encode()).digest(), write.application_id, expires_at),
    )
    return 201, {"url": f"{write.base}/sandbox/stripe/{token}", "expires_at": expires_at}


_COLUMNS = frozenset(
    {"name", "niche", "specialty", "bio", "tone", "photo_id", "price_minor", "price_currency", "price_interval", "theme"}
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


# Reading and answering ------------------------------------------------------------------------------------------------


async def _claim(conn: Conn, application_id: int, key: str, fingerprint: bytes) -> tuple[int, bytes] | None:
    """Take `key` for this transaction: None, or the answer that it has. Waits for another that is at work on it."""
    cursor = await conn.execute(
        "INSERT INTO sandbox.writes (application_id, key, fingerprint) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING key",
        (application_id, key, fingerprint),
    )
    if await cursor.fetchone():
        return None
    cursor = await conn.execute(
        "SELECT fingerprint, status, answer FROM sandbox.writes WHERE application_id = %s AND key = %s",
        (application_id, key),
    )
    row = _one(await cursor.fetchall())
    if row["fingerprint"] != fingerprint:
        raise Problem(422, "This Idempotency-Key was used for another request")
    return row["status"], row["answer"]


def _read(raw: bytes, shape: type[S]) -> S:
    try:
        return msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        field = where.removeprefix("$").strip(".`") or "body"
        raise Problem(422, "KLIQ cannot take this", errors=[{"field": field, "message": f"{field}: {message}"}]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "The body is not JSON") from None


async def _photo(request: Req) -> Photo:
    """The image of a raw or a multipart body, judged by its bytes."""
    said = request.content_type[0]
    if said == "multipart/form-data":
        form = await request.form()
        files = [part for part in form.values() if isinstance(part, UploadFile)]
        if len(files) != 1:
            raise Problem(422, "Send one file")
        said, content = files[0].content_type, await files[0].read()
    else:
        content = await request.body()
    if len(content) > photos.MAX_BYTES:
        raise Problem(413, "A photo has at most 5 MB")
    if said == photos.SVG:
        if not photos.is_initials_avatar(content):
            raise Problem(415, "An SVG is taken only as an avatar of initials")
        return Photo(photos.SVG, content)
    found = photos.media_type(content)
    if found is None:
        raise Problem(415, "A photo is a PNG, JPEG, WebP or GIF")
    return Photo(found, content)


def _response(status: int, body: bytes, *, replayed: bool = False) -> Response[bytes]:
    headers = {"idempotency-replayed": "true"} if replayed else {}
    return Response(body, status_code=status, media_type=_JSON, headers=headers)


def _one(rows: list[DictRow]) -> DictRow:
    if not rows:
        raise Problem(404, "There is no such thing in this store")
    return rows[0]


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    """ISO 4217 as it is in use today."""
    return frozenset(code for territory in Locale("en").territories for code in get_territory_currencies(territory))


_ANALYTICS = """
SELECT json_build_object(
    'period_days', 30,
    'visits', (SELECT coalesce(sum(views), 0) FROM sandbox.visits v
        WHERE v.application_id = %(application_id)s AND v.blog_id = '' AND v.day > current_date - 30),
    'blog_views', (SELECT coalesce(json_agg(r), '[]') FROM (
        SELECT b.id, b.title, sum(v.views) AS views FROM sandbox.visits v JOIN sandbox.blogs b ON b.id = v.blog_id
        WHERE v.application_id = %(application_id)s AND v.day > current_date - 30
        GROUP BY b.id, b.title ORDER BY views DESC, b.title LIMIT 10) r),
    'published_blogs', (SELECT count(*) FROM sandbox.blogs
        WHERE application_id = %(application_id)s AND status = 'published'),
    'upcoming_live_sessions', (SELECT count(*) FROM sandbox.live_sessions
        WHERE application_id = %(application_id)s AND starts_at > now()),
    'subscribers', 0,
    'revenue', json_build_object('minor', 0, 'currency', coalesce(
        (SELECT price_currency FROM sandbox.stores WHERE application_id = %(application_id)s), 'GBP'))
)::text AS analytics
"""
