"""KLIQ on this machine: the API that Avery talks to, with its validation, its errors and its idempotency.

Paths are counted from the API's base, `/sandbox/kliq` by default. A call carries the service token as bearer and the
application in X-Application-Id; a write may carry an Idempotency-Key: the same key and request is answered as it was
the first time, also after a restart or from two processes at once, and the same key with another request is a 422.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from avery.sandbox import changes, faults, photos, themes
from avery.sandbox.problems import Problem, invalid

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
Conn = AsyncConnection[DictRow]
Req = Request[Any, Any, Any]

KEYS_HOLD = timedelta(days=2)
"""How long an Idempotency-Key is known."""
SWEEP_SECONDS = 3600.0

_JSON = "application/json"
S = TypeVar("S", bound=msgspec.Struct)

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
        self._swept: float | None = None

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
        change: Callable[[changes.Write, S], Awaitable[changes.Answer]],
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
        await self._sweep()
        async with self.pool.connection() as conn, conn.transaction():
            if key is not None and (earlier := await _claim(conn, application_id, key, fingerprint)):
                return _response(*earlier, replayed=True)
            status, answer = await change(changes.Write(conn, application_id, self.base(request)), data)
            body = b"" if answer is None else msgspec.json.encode(answer)
            if key is not None:
                await conn.execute(
                    "UPDATE sandbox.writes SET status = %s, answer = %s WHERE application_id = %s AND key = %s",
                    (status, body, application_id, key),
                )
        return _response(status, body)

    async def _sweep(self) -> None:
        """Forget old keys: nobody tries again after days. Now and then, because it reads the whole table."""
        now = time.monotonic()
        if self._swept is not None and now - self._swept < SWEEP_SECONDS:
            return
        self._swept = now
        async with self.pool.connection() as conn:
            await conn.execute("DELETE FROM sandbox.writes WHERE created_at < now() - %s", (KEYS_HOLD,))


def kliq_routes(api: KliqApi) -> list[HTTPRouteHandler]:
    """The spec's calls (ticket 2.2) and what reading them back needs, below the API's base."""

    @get("/api/store")
    async def get_store(request: Req) -> Response[bytes]:
        return await api.store(request)

    @put("/api/profile")
    async def put_profile(request: Req) -> Response[bytes]:
        return await api.write(request, changes.ProfileFields, changes.put_profile)

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
        return await api.write(request, changes.NewBlog, changes.create_blog)

    @get("/api/blogs/{blog_id:str}")
    async def get_blog(request: Req, blog_id: FromPath[str]) -> Response[bytes]:
        rows = await api.read(
            request,
            "SELECT id, title, body, status, category, tags, cover_image_url, source,"
            " %(base)s::text || '/sandbox/store/' || application_id || '/blog/' || id AS url"
            " FROM sandbox.blogs WHERE application_id = %(application_id)s AND id = %(id)s",
            id=blog_id,
            base=api.base(request),
        )
        return _response(200, msgspec.json.encode(changes.one(rows)))

    @put("/api/blogs/{blog_id:str}")
    async def update_blog(request: Req, blog_id: FromPath[str]) -> Response[bytes]:
        return await api.write(request, changes.BlogFields, partial(changes.update_blog, blog_id=blog_id))

    @post("/api/blogs/{blog_id:str}/publish", status_code=200)
    async def publish_blog(request: Req, blog_id: FromPath[str]) -> Response[bytes]:
        return await api.write(request, changes.Nothing, partial(changes.publish_blog, blog_id=blog_id))

    @delete("/api/blogs/{blog_id:str}", status_code=200)
    async def delete_blog(request: Req, blog_id: FromPath[str]) -> Response[bytes]:
        return await api.write(request, changes.Nothing, partial(changes.delete_blog, blog_id=blog_id))

    @put("/api/pricing")
    async def put_pricing(request: Req) -> Response[bytes]:
        return await api.write(request, changes.Pricing, changes.put_pricing)

    @get("/api/themes")
    async def get_themes(request: Req) -> Response[bytes]:
        api.authorise(request)
        niche = request.query_params.get("niche")
        fitting = [t for t in themes.TEMPLATES if niche in (None, t.niche)]
        return _response(200, msgspec.json.encode({"themes": fitting}))

    @put("/api/theme")
    async def put_theme(request: Req) -> Response[bytes]:
        return await api.write(request, changes.ThemeChoice, changes.put_theme)

    @get("/api/analytics")
    async def get_analytics(request: Req) -> Response[bytes]:
        rows = await api.read(request, _ANALYTICS)
        return _response(200, changes.one(rows)["analytics"].encode())

    @post("/api/live-sessions")
    async def create_live_session(request: Req) -> Response[bytes]:
        return await api.write(request, changes.NewLiveSession, changes.create_live_session)

    @put("/api/scorecard")
    async def put_scorecard(request: Req) -> Response[bytes]:
        return await api.write(request, changes.ScorecardMarks, changes.put_scorecard)

    # Room for a multipart's own lines; the photo itself is measured apart.
    @post("/api/photo", request_max_body_size=photos.MAX_BYTES + 64 * 1024)
    async def post_photo(request: Req) -> Response[bytes]:
        api.caller(request)
        return await api.write(request, changes.Photo, changes.post_photo, data=await _photo(request))

    @post("/api/push")
    async def post_push(request: Req) -> Response[bytes]:
        return await api.write(request, changes.Push, changes.post_push)

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
        return await api.write(request, changes.Nothing, changes.post_account_link)

    return [
        get_store,
        put_profile,
        get_blogs,
        create_blog,
        get_blog,
        update_blog,
        publish_blog,
        delete_blog,
        put_pricing,
        get_themes,
        put_theme,
        get_analytics,
        create_live_session,
        put_scorecard,
        post_photo,
        post_push,
        get_pushes,
        post_account_link,
    ]


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
    row = changes.one(await cursor.fetchall())
    if row["fingerprint"] != fingerprint:
        raise Problem(422, "This Idempotency-Key was used for another request")
    return row["status"], row["answer"]


def _read(raw: bytes, shape: type[S]) -> S:
    try:
        return msgspec.json.decode(raw or b"{}", type=shape)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        field = where.removeprefix("$").strip(".`") or "body"
        raise invalid(field, message) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "The body is not JSON") from None


async def _photo(request: Req) -> changes.Photo:
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
        return changes.Photo(photos.SVG, content)
    found = photos.media_type(content)
    if found is None:
        raise Problem(415, "A photo is a PNG, JPEG, WebP or GIF")
    return changes.Photo(found, content)


def _response(status: int, body: bytes, *, replayed: bool = False) -> Response[bytes]:
    headers = {"idempotency-replayed": "true"} if replayed else {}
    return Response(body, status_code=status, media_type=_JSON, headers=headers)


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
