"""Connecting social accounts over HTTP: out to the platform's consent page, back from it, and off again.

The page at the end only says what happened and closes itself; that Avery goes on is the work of the turn that
`Accounts.complete` queued.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import secrets
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

import prompts
from api.auth import Identity, authenticated, redeem_ticket
from api.given import Given
from api.sessions import ForeignConversation
from avery.accounts import Callback, Outcome, Result
from avery.domain import Platform
from avery.errors import ToolFailed, Unauthorised
from avery.services import Services
from avery.social.oauth import LIFETIME
from avery.social.platform import NAMES
from avery.store import coaches

MAX_PARAMETER = 4096
"""Characters in a code or a state; longer ones are nobody's."""

_log = structlog.get_logger(__name__)
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("pages")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Req = Request[Any, Any, Any]


class PostedCallback(msgspec.Struct):
    """What a page of the admin panel got back from the platform, where the redirect address is its own."""

    state: str
    code: str | None = None
    error: str | None = None

    def __repr__(self) -> str:
        return f"PostedCallback(error={self.error!r})"


class Connected(msgspec.Struct):
    """How connecting ended; `status` is `connected` or what went wrong."""

    platform: Platform
    ok: bool
    status: Result
    username: str | None = None
    error: str | None = None


class AuthorizeAddress(msgspec.Struct):
    """Where to send the coach's browser, once."""

    url: str


@get("/api/social/{platform:str}/authorize")
async def authorize(request: Req, services: Given[Services], platform: FromPath[Platform]) -> Response[Any]:
    """Send the coach's browser to the platform's consent page.

    Who it is says the single-use `start` of the address in `trigger_oauth`; or the bearer's token, or a `ticket`. With
    a token and `Accept: application/json` it answers with an address for the browser instead.
    """
    start = request.query_params.get("start")
    if start is not None:
        if _from_elsewhere(request, services) and await services.accounts.holds(platform, start):
            return _ask(platform, start)
        return await _go(request, services, platform, start)
    identity = await _identity(request, services)
    async with services.pool.connection() as conn:
        owner = await coaches.ensure(conn, identity.coach_id, identity.application_id, identity.tz, identity.locale)
    if owner != identity.application_id:
        raise ForeignConversation(f"coach {identity.coach_id} belongs to application {owner}")
    try:
        url = await services.accounts.begin(identity.coach_id, identity.application_id, platform)
    except ToolFailed as error:
        raise NotFoundException(str(error)) from error
    if request.headers.get("accept", "").startswith("application/json"):
        return Response(AuthorizeAddress(url), headers={"Cache-Control": "no-store"})
    return await _go(request, services, platform, dict(parse_qsl(urlsplit(url).query))["start"])


@post("/api/social/{platform:str}/authorize", status_code=303)
async def authorize_after_all(request: Req, services: Given[Services], platform: FromPath[Platform]) -> Response[Any]:
    """The coach pressed the button of the page that asked whether it was her who wanted this."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException("this comes from another page", status_code=403)
    form = dict(parse_qsl((await request.body()).decode(errors="replace")))
    return await _go(request, services, platform, form.get("start", ""), status=303)


@get("/oauth/{platform:str}/callback")
async def returned(request: Req, services: Given[Services], platform: FromPath[Platform]) -> Response[Any]:
    """The platform sent the coach back: finish, let Avery know, and show how it went."""
    query = request.query_params
    state, code, error = (_short(query.get(name)) for name in ("state", "code", "error"))
    browser = request.cookies.get(_cookie_name(services))
    if not state or browser is None:
        outcome = Outcome(platform, "stale")
    else:
        outcome = await services.accounts.complete(platform, Callback(state, code, error), browser=browser)
    _log.info("a coach came back from a platform", platform=platform.value, result=outcome.result)
    return _finished(services, outcome)


@post("/api/social/{platform:str}/callback", status_code=200)
async def posted(
    request: Req,
    services: Given[Services],
    platform: FromPath[Platform],
    data: JSONBody[PostedCallback],
) -> Connected:
    """The same for a page that received the code itself: the coach's token proves whose it is."""
    identity = await authenticated(request, services)
    state, code, error = _short(data.state), _short(data.code), _short(data.error)
    if not state or not (code or error):
        raise HTTPException("send {code, state}, or {error, state}", status_code=400)
    outcome = await services.accounts.complete(platform, Callback(state, code, error), coach_id=identity.coach_id)
    if outcome.result == "stale":
        raise HTTPException("this state does not hold: it was used, is too old, or is another's", status_code=400)
    failed = None if outcome.ok else outcome.result
    return Connected(platform, outcome.ok, outcome.result, outcome.username, failed)


@delete("/api/social/{platform:str}", status_code=204)
async def disconnect(request: Req, services: Given[Services], platform: FromPath[Platform]) -> None:
    """Forget the account and its tokens; done already is done too."""
    identity = await authenticated(request, services)
    await services.accounts.unlink(identity.coach_id, platform)


def oauth_routes(_: Services) -> Router:
    """The routes of this module."""
    return Router("/", route_handlers=[authorize, authorize_after_all, returned, posted, disconnect], tags=["social"])


async def _identity(request: Req, services: Services) -> Identity:
    ticket = request.query_params.get("ticket")
    if ticket is None:
        return await authenticated(request, services)
    try:
        return await redeem_ticket(services, ticket)
    except Unauthorised as error:
        raise NotAuthorizedException(str(error)) from error


async def _go(
    request: Req, services: Services, platform: Platform, start: str, *, status: Literal[302, 303] = 302
) -> Response[Any]:
    """To the platform, with the cookie that ties the way back to this browser."""
    name = _cookie_name(services)
    try:
        opened = await services.accounts.open_dance(platform, start, request.cookies.get(name))
    except ToolFailed as error:
        raise NotFoundException(str(error)) from error
    if opened is None:
        return _finished(services, Outcome(platform, "stale"), hint=False)
    url, dance = opened
    cookie = Cookie(
        key=name,
        value=dance.browser,
        path="/",
        max_age=LIFETIME,
        httponly=True,
        secure=services.settings.public_url.startswith("https:"),
        samesite="lax",
    )
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Redirect(url, status_code=status, cookies=[cookie], headers=headers)


def _from_elsewhere(request: Req, services: Services) -> bool:
    """Whether a page that is none of ours, or no page at all, sent the browser here.

    A start is good for whoever opens it, so somebody could send hers to another coach and get that coach's account.
    Where the browser does not say that a page of ours opened it, the coach is asked first.
    """
    site = request.headers.get("sec-fetch-site")
    if site is None or site == "same-origin":
        return False
    referrer = urlsplit(request.headers.get("referer", ""))
    return f"{referrer.scheme}://{referrer.netloc}".lower() not in services.settings.allowed_origins


def _cookie_name(services: Services) -> str:
    # With this prefix no other subdomain can plant one.
    return "__Host-avery_oauth" if services.settings.public_url.startswith("https:") else "avery_oauth"


def _short(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_PARAMETER else None


def _ask(platform: Platform, start: str) -> Response[bytes]:
    name = NAMES[platform]
    return _page(
        200,
        **_words("ask", name),
        start=start,
        action=f"/api/social/{platform.value}/authorize",
        hint=None,
    )


def _finished(services: Services, outcome: Outcome, *, hint: bool = True) -> Response[bytes]:
    message = {
        "type": "oauth_callback",
        "platform": outcome.platform.value,
        "ok": outcome.ok,
        "status": "ok" if outcome.ok else outcome.result,
    }
    told = {"message": message, "origins": sorted(services.settings.allowed_origins)}
    return _page(
        400 if outcome.result == "stale" else 200,
        **_words(outcome.result, NAMES[outcome.platform]),
        start=None,
        action="",
        # A page that nobody's dance led to has nothing to tell.
        hint=told if hint and outcome.result != "stale" else None,
    )


def _words(page: Result | Literal["ask"], name: str) -> dict[str, str]:
    """A page's title and text, and what stands below them: a button, or that the window may be closed."""
    words = prompts.load("oauth.toml")
    found = {"button": "", "foot": words["foot"]["text"], **words["page"][page]}
    return {key: prompts.fill(text, name=name) for key, text in found.items()}


def _page(status: int, **values: object) -> Response[bytes]:
    nonce = secrets.token_urlsafe(16)
    body = _pages.get_template("oauth.html").render(nonce=nonce, **values)
    form = "'self' http: https:" if values["start"] else "'none'"  # the platform's page follows the form
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:;"
            f" form-action {form}; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body.encode(), status_code=status, media_type="text/html; charset=utf-8", headers=headers)
