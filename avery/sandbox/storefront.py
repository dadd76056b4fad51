"""The coach's store as her clients see it, and the pages that a sandbox KLIQ shows besides: photos, Stripe's stand-in.

    GET /sandbox/store/{application_id}                  ?preview=1 shows drafts too and counts no visit
    GET /sandbox/store/{application_id}/blog/{blog_id}
    GET /sandbox/photos/{photo_id}
    GET, POST /sandbox/stripe/{token}

No scripts anywhere: what a coach (or a model) wrote is text or Markdown without HTML.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from avery.domain import Money
from avery.sandbox import themes

_TEMPLATES = Path(__file__).with_name("templates")
_HERE = "http://127.0.0.1:* http://localhost:*"
"""The demo page is framed and framing under either name of this machine."""
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_NICHES = {
    "fitness": "Fitness & training",
    "wellness": "Wellness & mindfulness",
    "business": "Business & executive",
    "lifestyle": "Lifestyle & creator",
}
_WORDS_A_MINUTE = 220
_EXCERPT = 180

_pages = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLES = ((_TEMPLATES / "storefront.css").read_text(encoding="utf-8") + themes.stylesheet()).encode()
_pages.globals["style"] = hashlib.sha256(_STYLES).hexdigest()[:12]


def _open_link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    tokens[index].attrSet("rel", "nofollow noopener noreferrer")
    tokens[index].attrSet("target", "_blank")
    return renderer.renderToken(tokens, index, options, env)


_markdown = MarkdownIt("commonmark", {"html": False})
_markdown.add_render_rule("link_open", _open_link)


def _headers(embedders: Sequence[str] = ()) -> dict[str, str]:
    """A page's headers; pages of the origins in `embedders` may frame it."""
    ancestors = " ".join(("'self'", _HERE, *embedders))
    return {
        "content-security-policy": (
            f"default-src 'none'; style-src 'self'; img-src 'self' https: data: {_HERE}; form-action 'self';"
            f" base-uri 'none'; frame-ancestors {ancestors}"
        ),
        **_ALWAYS,
    }


def storefront_routes(
    pool: AsyncConnectionPool[AsyncConnection[DictRow]], embedders: Sequence[str] = ()
) -> list[HTTPRouteHandler]:
    """The pages, below /sandbox. The store may stand in a frame of the origins in `embedders`."""
    framed = _headers(embedders)

    @get("/storefront.css")
    async def stylesheet() -> Response[bytes]:
        headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
        return Response(_STYLES, media_type="text/css; charset=utf-8", headers=headers)

    @get("/store/{application_id:int}")
    async def store_page(request: Request[Any, Any, Any], application_id: FromPath[int]) -> Response[bytes]:
        preview = _previewing(request)
        async with pool.connection() as conn:
            store = await _store(conn, application_id)
            blogs = await _blogs(conn, application_id, drafts=preview)
            sessions = await _sessions(conn, application_id)
            if not preview:
                await _count_visit(conn, application_id, "")
        return _page(
            "store.html",
            headers=framed,
            theme=themes.worn(store["theme"]).id,
            store=store,
            initials=initials(store["name"]),
            first_name=_first_name(store["name"] or ""),
            niche=_NICHES.get(store["niche"] or "", store["niche"]),
            bio=[line for line in (store["bio"] or "").splitlines() if line.strip()],
            price=_price(store),
            blogs=[_card(blog) for blog in blogs],
            sessions=[_session(session) for session in sessions],
            suffix="?preview=1" if preview else "",
        )

    @get("/store/{application_id:int}/blog/{blog_id:str}")
    async def blog_page(
        request: Request[Any, Any, Any], application_id: FromPath[int], blog_id: FromPath[str]
    ) -> Response[bytes]:
        preview = _previewing(request)
        async with pool.connection() as conn:
            store = await _store(conn, application_id)
            found = await _blogs(conn, application_id, drafts=preview, blog_id=blog_id)
            if found and not preview:
                await _count_visit(conn, application_id, blog_id)
        if not found:
            return _note(
                404,
                "Not here",
                "This post is not on the store",
                "It may be a draft, or it was taken down.",
                headers=framed,
            )
        blog = found[0]
        published = blog["published_at"]
        return _page(
            "blog.html",
            headers=framed,
            theme=themes.worn(store["theme"]).id,
            store=store,
            initials=initials(store["name"]),
            blog=_card(blog),
            html=Markup(_markdown.render(blog["body"])),  # noqa: S704 (markdown-it with HTML off escapes it)
            date=f"{published.day} {published:%B %Y}" if published else "",
            suffix="?preview=1" if preview else "",
        )

    @get("/photos/{photo_id:str}")
    async def photo(photo_id: FromPath[str]) -> Response[bytes]:
        async with pool.connection() as conn:
            cursor = await conn.execute("SELECT media_type, content FROM sandbox.photos WHERE id = %s", (photo_id,))
            row = await cursor.fetchone()
        if row is None:
            return _note(404, "Not here", "This photo is gone", "A newer one may have taken its place.")
        headers = _ALWAYS | {
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "cache-control": "public, max-age=31536000, immutable",
        }
        return Response(row["content"], media_type=row["media_type"], headers=headers)

    @get("/stripe/{token:str}")
    async def open_account_link(token: FromPath[str]) -> Response[bytes]:
        async with pool.connection() as conn:
            cursor = await conn.execute(
                "UPDATE sandbox.account_links SET opened_at = now()"
                " WHERE token_hash = %s AND opened_at IS NULL AND expires_at > now() RETURNING 1",
                (_hash(token),),
            )
            if await cursor.fetchone() is None:
                return _note(
                    410,
                    "Link closed",
                    "This link no longer opens",
                    "It opens once and only for a few minutes. Ask Avery for a new one.",
                )
        return _note(
            200,
            "Simulation",
            "Get paid with Stripe",
            "On the real KLIQ, Stripe would now ask for your details and your bank account.",
            "This is a simulation on this machine: it asks for nothing and keeps nothing.",
            button="Finish the simulated set-up",
        )

    @post("/stripe/{token:str}", status_code=200)
    async def finish_account_link(token: FromPath[str]) -> Response[bytes]:
        async with pool.connection() as conn:
            cursor = await conn.execute(
                """
                WITH finished AS (
                    UPDATE sandbox.account_links SET finished_at = now()
                    WHERE token_hash = %s AND finished_at IS NULL AND opened_at > now() - interval '30 minutes'
                    RETURNING application_id
                )
                INSERT INTO sandbox.stores AS s (application_id, revision, payments_since)
                SELECT application_id, 1, now() FROM finished
                ON CONFLICT (application_id) DO UPDATE SET revision = s.revision + 1, payments_since = now()
                RETURNING 1
                """,
                (_hash(token),),
            )
            if await cursor.fetchone() is None:
                return _note(410, "Link closed", "This set-up is over", "Ask Avery for a new link to do it again.")
        return _note(
            200, "Simulation", "All set", "Your simulated payouts are ready. Close this window and go back to Avery."
        )

    return [stylesheet, store_page, blog_page, photo, open_account_link, finish_account_link]


def initials(name: str | None) -> str:
    """One or two letters for an avatar, none without a name: `Dr. Zoë O'Neil-Smith` is `ZO`."""
    words = [word for word in (name or "").split() if word[0].isalnum() and not word.endswith(".")]
    words = words or [word for word in (name or "").split() if word[0].isalnum()]
    chosen = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in chosen).upper()


async def _store(conn: AsyncConnection[DictRow], application_id: int) -> DictRow:
    cursor = await conn.execute(
        "SELECT a.application_id, s.name, s.niche, s.specialty, s.bio, s.photo_id, s.price_minor, s.price_currency,"
        " s.price_interval, s.theme, s.live_since"
        " FROM (SELECT %s::bigint AS application_id) a LEFT JOIN sandbox.stores s USING (application_id)",
        (application_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def _blogs(
    conn: AsyncConnection[DictRow], application_id: int, *, drafts: bool, blog_id: str | None = None
) -> list[DictRow]:
    """Newest first."""
    cursor = await conn.execute(
        "SELECT id, title, body, category, tags, cover_image_url, status, published_at FROM sandbox.blogs"
        " WHERE application_id = %(application_id)s AND (status = 'published' OR %(drafts)s)"
        " AND (%(id)s::text IS NULL OR id = %(id)s) ORDER BY position DESC",
        {"application_id": application_id, "drafts": drafts, "id": blog_id},
    )
    return await cursor.fetchall()


async def _sessions(conn: AsyncConnection[DictRow], application_id: int) -> list[DictRow]:
    cursor = await conn.execute(
        "SELECT title, said, minutes FROM sandbox.live_sessions WHERE application_id = %s"
        " AND starts_at + minutes * interval '1 minute' > now() ORDER BY starts_at LIMIT 12",
        (application_id,),
    )
    return await cursor.fetchall()


async def _count_visit(conn: AsyncConnection[DictRow], application_id: int, blog_id: str) -> None:
    await conn.execute(
        "INSERT INTO sandbox.visits AS v (application_id, day, blog_id, views)"
        " SELECT application_id, current_date, %s, 1 FROM sandbox.stores WHERE application_id = %s"
        " ON CONFLICT (application_id, day, blog_id) DO UPDATE SET views = v.views + 1",
        (blog_id, application_id),
    )


def _card(blog: DictRow) -> dict[str, Any]:
    words = len(blog["body"].split())
    return {**blog, "excerpt": _excerpt(blog["body"]), "minutes": max(1, round(words / _WORDS_A_MINUTE))}


def _excerpt(body: str) -> str:
    """The first paragraph's plain text, cut at a word."""
    tokens = _markdown.parse(body[:2000])
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and inline.children:
            text = "".join(" " if child.type == "softbreak" else child.content for child in inline.children).strip()
            if text:
                return text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
    return ""


def _session(session: DictRow) -> dict[str, Any]:
    """When a session is, on the clock of the coach who set it."""
    starts = datetime.fromisoformat(session["said"])
    offset = f"{starts:%z}"
    zone = f"UTC{offset[:3]}:{offset[3:5]}" if starts.utcoffset() else "UTC"
    return {
        "title": session["title"],
        "minutes": session["minutes"],
        "iso": session["said"],
        "month": f"{starts:%b}",
        "day": starts.day,
        "when": f"{starts:%A, %H:%M} ({zone})",
    }


def _first_name(name: str) -> str:
    """`Maya` of `Maya Lind`; with a title the whole name, because a title alone is none."""
    first = name.split(" ", 1)[0]
    return name if first.endswith(".") else first


def _price(store: DictRow) -> str | None:
    return Money(store["price_minor"], store["price_currency"]).text() if store["price_minor"] else None


def _previewing(request: Request[Any, Any, Any]) -> bool:
    return request.query_params.get("preview") == "1"


def _page(
    template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: object
) -> Response[bytes]:
    body = _pages.get_template(template).render(**values).encode()
    return Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=headers or _headers())


def _note(
    status: int, label: str, heading: str, *paragraphs: str, button: str = "", headers: dict[str, str] | None = None
) -> Response[bytes]:
    return _page(
        "page.html",
        status=status,
        headers=headers,
        theme=themes.DEFAULT.id,
        label=label,
        heading=heading,
        paragraphs=paragraphs,
        button=button,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
