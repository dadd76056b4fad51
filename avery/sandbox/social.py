"""Instagram, TikTok and YouTube, played: a consent page, tokens, a profile and a dozen posts for every account.

    GET, POST /sandbox/social/{platform}/authorize   the consent page: allow, cancel, or make it fail
    POST      /sandbox/social/{platform}/token       a code or a refresh token for tokens (form)
    POST      /sandbox/social/{platform}/revoke
    GET       /sandbox/social/{platform}/me          with a bearer
    GET       /sandbox/social/{platform}/media       with a bearer, newest first
    GET       /sandbox/social/{platform}/picture/{username}, /image/{number}

One dialect for all three; refusals are worded and shaped as each platform does it. A code works once and for ten
minutes, tokens live as long as the real ones, and what is stored of either is a hash.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import base64
import hashlib
import hmac
import re
import secrets
import struct
import tomllib
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from avery.domain import Platform
from avery.social.platform import NAMES
from avery.social.sandbox import CLIENT_ID, SCOPES

CODE_SECONDS = 600
ACCESS_SECONDS = {Platform.INSTAGRAM: 60 * 86400, Platform.TIKTOK: 2 * 3600, Platform.YOUTUBE: 3600}
REFRESH_SECONDS: dict[Platform, int | None] = {
    Platform.INSTAGRAM: None,  # the access token renews itself
    Platform.TIKTOK: 180 * 86400,
    Platform.YOUTUBE: 180 * 86400,
}
USERNAME = "demo.coach"
"""What the consent page suggests."""

_HERE = Path(__file__).parent
_THINGS = {Platform.INSTAGRAM: "posts", Platform.TIKTOK: "videos", Platform.YOUTUBE: "videos"}
_KEPT = ("client_id", "redirect_uri", "scope", "state", "response_type", "code_challenge", "code_challenge_method")
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_pages = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLES = (_HERE / "templates" / "consent.css").read_bytes()
_STYLE = hashlib.sha256(_STYLES).hexdigest()[:12]

Req = Request[Any, Any, Any]


def sandbox_social_routes(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> list[HTTPRouteHandler]:
    """The platforms' pages and endpoints below /sandbox."""

    @get("/social/consent.css")
    async def stylesheet() -> Response[bytes]:
        headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
        return Response(_STYLES, media_type="text/css; charset=utf-8", headers=headers)

    @get("/social/{platform:str}/authorize")
    async def consent(request: Req, platform: FromPath[Platform]) -> Response[bytes]:
        query = dict(request.query_params)
        problem = _authorize_problem(platform, query)
        hidden = {name: query[name] for name in _KEPT if name in query}
        return _page(platform, 400 if problem else 200, problem=problem, hidden=hidden, back=query.get("redirect_uri"))

    @post("/social/{platform:str}/authorize", status_code=303)
    async def decide(request: Req, platform: FromPath[Platform]) -> Response[Any]:
        form = await _form(request)
        problem = _authorize_problem(platform, form)
        username = form.get("username", "").strip().removeprefix("@") or USERNAME
        if not problem and not _USERNAME.fullmatch(username):
            problem = "A username here has letters, digits, dots and underscores, at most thirty."
        if problem:
            return _page(platform, 400, problem=problem, hidden={}, back=None)
        decision = form.get("decision")
        if decision not in ("allow", "fail"):
            return _back(form, _cancelled(platform))
        code = secrets.token_urlsafe(32)
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM sandbox.social_grants WHERE code_used_at IS NULL AND code_until < now()")
            await conn.execute(
                "INSERT INTO sandbox.social_grants"
                " (platform, username, origin, redirect_uri, code_challenge, refuses, code_hash, code_until)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s))",
                (platform.value, username, _origin(request), form["redirect_uri"], form.get("code_challenge"),
                 decision == "fail", _hash(code), CODE_SECONDS),
            )  # fmt: skip
        return _back(form, {"code": code})

    @post("/social/{platform:str}/token", status_code=200)
    async def token(request: Req, platform: FromPath[Platform]) -> Response[Any]:
        form = await _form(request)
        if form.get("client_id") != CLIENT_ID:
            return _token_refusal(platform, "invalid_client", "The client is not known")
        async with pool.connection() as conn, conn.transaction():
            match form.get("grant_type"):
                case "authorization_code":
                    grant = await _by_code(conn, platform, form)
                case "refresh_token":
                    grant = await _by_refresh(conn, platform, form.get("refresh_token", ""))
                case _:
                    return _token_refusal(platform, "unsupported_grant_type", "This grant type is not taken")
            if isinstance(grant, str):
                return _token_refusal(platform, "invalid_grant", grant)
            return await _give(conn, platform, grant, first=form["grant_type"] == "authorization_code")

    @post("/social/{platform:str}/revoke", status_code=200)
    async def revoke(request: Req, platform: FromPath[Platform]) -> Response[Any]:
        form = await _form(request)
        async with pool.connection() as conn:
            await conn.execute(
                "UPDATE sandbox.social_grants SET revoked_at = now()"
                " WHERE platform = %(platform)s AND (access_hash = %(token)s OR refresh_hash = %(token)s)",
                {"platform": platform.value, "token": _hash(form.get("token", ""))},
            )
        return _json(200, {})

    @get("/social/{platform:str}/me")
    async def me(request: Req, platform: FromPath[Platform]) -> Response[Any]:
        grant = await _by_bearer(pool, platform, request)
        if grant is None:
            return _api_refusal(platform)
        name = grant["username"]
        return _json(200, {
            "id": str(_number(platform, name)),
            "username": name,
            "picture_url": f"{_origin(request)}/sandbox/social/{platform.value}/picture/{name}",
        })  # fmt: skip

    @get("/social/{platform:str}/media")
    async def media(request: Req, platform: FromPath[Platform]) -> Response[Any]:
        grant = await _by_bearer(pool, platform, request)
        if grant is None:
            return _api_refusal(platform)
        limit = request.query_params.get("limit", "25")
        posts = _posts(platform, grant["username"], grant["origin"])
        return _json(200, {"data": posts[: int(limit) if limit.isascii() and limit.isdigit() else 25]})

    @get("/social/{platform:str}/picture/{username:str}")
    async def picture(platform: FromPath[Platform], username: FromPath[str]) -> Response[bytes]:
        return _image(portrait(_number(platform, username)), "image/png")

    @get("/social/{platform:str}/image/{number:int}")
    async def image(platform: FromPath[Platform], number: FromPath[int]) -> Response[bytes]:
        return _image(_drawing(_number(platform, str(number))).encode(), "image/svg+xml")

    return [stylesheet, consent, decide, token, revoke, me, media, picture, image]


# Tokens ---------------------------------------------------------------------------------------------------------------


async def _by_code(conn: AsyncConnection[DictRow], platform: Platform, form: dict[str, str]) -> DictRow | str:
    """The grant behind a code, used up by this; or why not."""
    cursor = await conn.execute(
        """
        UPDATE sandbox.social_grants SET code_used_at = now()
        WHERE platform = %s AND code_hash = %s AND code_used_at IS NULL AND code_until > now()
        RETURNING id, username, redirect_uri, code_challenge, refuses
        """,
        (platform.value, _hash(form.get("code", ""))),
    )
    grant = await cursor.fetchone()
    if grant is None or grant["refuses"]:
        return "The authorization code is not valid, was used, or is too old"
    if grant["redirect_uri"] != form.get("redirect_uri"):
        return "The redirect_uri is not the one that the code was asked for with"
    challenge = grant["code_challenge"]
    if challenge and not hmac.compare_digest(challenge.encode(), _challenge(form.get("code_verifier", "")).encode()):
        return "The code_verifier does not fit"
    return grant


async def _by_refresh(conn: AsyncConnection[DictRow], platform: Platform, sent: str) -> DictRow | str:
    """The grant that a refresh token (Instagram: the access token) renews; or why not."""
    column = "access" if platform is Platform.INSTAGRAM else "refresh"
    cursor = await conn.execute(
        f"SELECT id, username FROM sandbox.social_grants WHERE platform = %s AND {column}_hash = %s"
        f" AND {column}_until > now() AND revoked_at IS NULL FOR UPDATE",
        (platform.value, _hash(sent)),
    )
    return await cursor.fetchone() or "The refresh token is not valid or was revoked"


async def _give(conn: AsyncConnection[DictRow], platform: Platform, grant: DictRow, *, first: bool) -> Response[Any]:
    access = secrets.token_urlsafe(48)
    seconds = REFRESH_SECONDS[platform]
    # TikTok gives a new refresh token each time, Google only the first time.
    renewed = seconds is not None and (first or platform is Platform.TIKTOK)
    refresh = secrets.token_urlsafe(48) if renewed else None
    await conn.execute(
        """
        UPDATE sandbox.social_grants
        SET access_hash = %(access)s, access_until = now() + make_interval(secs => %(access_seconds)s),
            refresh_hash = COALESCE(%(refresh)s, refresh_hash),
            refresh_until = CASE WHEN %(refresh)s::bytea IS NULL THEN refresh_until
                                 ELSE now() + make_interval(secs => %(refresh_seconds)s) END
        WHERE id = %(id)s
        """,
        {
            "id": grant["id"],
            "access": _hash(access),
            "access_seconds": ACCESS_SECONDS[platform],
            "refresh": _hash(refresh) if refresh else None,
            "refresh_seconds": seconds or 0,
        },
    )
    given: dict[str, Any] = {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS[platform],
        "scope": SCOPES[platform],
    }
    if refresh:
        given |= {"refresh_token": refresh, "refresh_expires_in": seconds}
    return _json(200, given)


async def _by_bearer(
    pool: AsyncConnectionPool[AsyncConnection[DictRow]], platform: Platform, request: Req
) -> DictRow | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT username, origin FROM sandbox.social_grants WHERE platform = %s AND access_hash = %s"
            " AND access_until > now() AND revoked_at IS NULL",
            (platform.value, _hash(token.strip())),
        )
        return await cursor.fetchone()


# How each platform says no --------------------------------------------------------------------------------------------


def _cancelled(platform: Platform) -> dict[str, str]:
    """What a platform adds to the redirect of somebody who said no."""
    if platform is Platform.INSTAGRAM:
        return {
            "error": "access_denied",
            "error_reason": "user_denied",
            "error_description": "The user denied your request",
        }
    return {"error": "access_denied"}


def _token_refusal(platform: Platform, error: str, said: str) -> Response[Any]:
    match platform:
        case Platform.INSTAGRAM:
            return _json(400, {"error_type": "OAuthException", "code": 400, "error_message": said})
        case Platform.TIKTOK:
            return _json(400, {"error": error, "error_description": said, "log_id": secrets.token_hex(16)})
        case Platform.YOUTUBE:
            return _json(401 if error == "invalid_client" else 400, {"error": error, "error_description": said})


def _api_refusal(platform: Platform) -> Response[Any]:
    said = "The access token is not valid or has ended"
    match platform:
        case Platform.INSTAGRAM:
            return _json(400, {"error": {"message": said, "type": "OAuthException", "code": 190,
                                         "fbtrace_id": secrets.token_hex(8)}})  # fmt: skip
        case Platform.TIKTOK:
            return _json(401, {"error": {"code": "access_token_invalid", "message": said,
                                         "log_id": secrets.token_hex(16)}})  # fmt: skip
        case Platform.YOUTUBE:
            return _json(401, {"error": {"code": 401, "message": said, "status": "UNAUTHENTICATED"}})


# Pages, posts and pictures --------------------------------------------------------------------------------------------


def _authorize_problem(platform: Platform, given: dict[str, str]) -> str | None:
    """What is wrong with a request to authorize; the person is told, never sent on."""
    redirect = urlsplit(given.get("redirect_uri", ""))
    if given.get("client_id") != CLIENT_ID:
        return "The app that sent you here is not known."
    agreed = redirect.path == f"/oauth/{platform.value}/callback" and not redirect.query
    if redirect.scheme not in ("http", "https") or not agreed:
        return "The address to come back to is not the one that was agreed."
    if given.get("response_type") != "code" or not given.get("state"):
        return "The request of the app that sent you here is not complete."
    return None


def _page(
    platform: Platform, status: int, *, problem: str | None, hidden: dict[str, str], back: str | None
) -> Response[bytes]:
    body = _pages.get_template("consent.html").render(
        platform=platform.value, name=NAMES[platform], things=_THINGS[platform], username=USERNAME, problem=problem,
        hidden=hidden, style=_STYLE,
    )  # fmt: skip
    # Some browsers hold a form to its policy even where it is redirected to.
    away = f" {urlsplit(back).scheme}://{urlsplit(back).netloc}" if back and not problem else ""
    headers = {
        "content-security-policy": (
            f"default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{away};"
            " base-uri 'none'; frame-ancestors 'none'"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return Response(body.encode(), status_code=status, media_type="text/html; charset=utf-8", headers=headers)


def _back(form: dict[str, str], answer: dict[str, str]) -> Redirect:
    query = urlencode(answer | {"state": form["state"]})
    return Redirect(f"{form['redirect_uri']}?{query}", status_code=303, headers={"referrer-policy": "no-referrer"})


@cache
def _captions() -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = tomllib.loads((_HERE / "posts.toml").read_text(encoding="utf-8"))["post"]
    return posts


def _posts(platform: Platform, username: str, origin: str) -> list[dict[str, Any]]:
    """The account's posts, newest first: the same ones at every call, with counts of its own."""
    base = f"{origin}/sandbox/social/{platform.value}"
    usual = 60 + _number(platform, username) % 400
    posts = []
    for number, each in enumerate(_captions(), 1):
        likes = max(3, usual * each["heat"] // 100 + _number(platform, f"{username}:{number}") % 9)
        posted = datetime.now(UTC).replace(hour=17, minute=30, second=0, microsecond=0) - timedelta(days=each["days"])
        media: dict[str, Any] = {
            "id": str(_number(platform, f"{username}#{number}")),
            "caption": each["caption"].strip(),
            "media_url": f"{base}/image/{number}",
            "permalink": f"{base}/image/{number}",
            "posted_at": posted.isoformat(),
            "like_count": likes,
            "comment_count": likes // 11,
        }
        if platform is not Platform.INSTAGRAM:
            media |= {"view_count": likes * 23, "share_count": likes // 17 if platform is Platform.TIKTOK else 0}
        posts.append(media)
    return posts


@lru_cache(maxsize=64)
def portrait(seed: int, size: int = 192) -> bytes:
    """A square PNG of somebody: head and shoulders before a ground, in colours that follow from `seed`."""
    ground = _colour(seed, 0.6)
    shape = bytes(255 - (255 - part) * 3 // 10 for part in ground)
    half, rows = size / 2, bytearray()
    for y in range(size):
        rows.append(0)  # this row is not filtered
        for x in range(size):
            head = (x - half) ** 2 + (y - size * 0.4) ** 2 < (size * 0.18) ** 2
            shoulders = ((x - half) / (size * 0.36)) ** 2 + ((y - size * 1.02) / (size * 0.38)) ** 2 < 1
            rows.extend(shape if head or shoulders else ground)
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _drawing(seed: int) -> str:
    """A picture of nothing in particular, for a post."""
    one, two = "#" + bytes(_colour(seed, 0.7)).hex(), "#" + bytes(_colour(seed // 11, 0.9)).hex()
    x, y, r = 200 + seed % 700, 100 + seed // 3 % 400, 120 + seed // 5 % 180
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" viewBox="0 0 1200 630" role="img">'
        f'<title>A picture from the sandbox</title><rect width="1200" height="630" fill="{one}"/>'
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{two}"/><circle cx="{1100 - x // 2}" cy="{630 - y // 2}" r="{r // 2}"'
        f' fill="{two}" fill-opacity=".6"/></svg>'
    )


def _colour(seed: int, light: float) -> tuple[int, int, int]:
    parts = hashlib.sha256(str(seed).encode()).digest()[:3]
    return (int((96 + parts[0] * 0.6) * light), int((96 + parts[1] * 0.6) * light), int((96 + parts[2] * 0.6) * light))


def _image(content: bytes, media_type: str) -> Response[bytes]:
    headers = {
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "public, max-age=86400",
    }
    return Response(content, media_type=media_type, headers=headers)


def _json(status: int, body: dict[str, Any]) -> Response[Any]:
    return Response(body, status_code=status, media_type="application/json", headers={"cache-control": "no-store"})


async def _form(request: Req) -> dict[str, str]:
    """The form's fields; the last one where a name comes twice."""
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


def _origin(request: Req) -> str:
    return str(request.base_url).rstrip("/")


def _number(platform: Platform, what: str) -> int:
    """A number that is always the same for the same thing."""
    return int.from_bytes(hashlib.sha256(f"{platform.value}:{what}".encode()).digest()[:6])


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode(errors="replace")).digest()).decode().rstrip("=")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
