"""Who is speaking: the admin panel's JWT for HTTP, a single-use ticket for the WebSocket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import anyio.to_thread
import jwt
from babel import Locale, UnknownLocaleError
from litestar import Request
from litestar.exceptions import NotAuthorizedException

from api.given import Given
from avery.errors import Unauthorised
from avery.services import Services
from avery.settings import Settings
from avery.store import tickets

ALGORITHM = "HS256"
ASYMMETRIC = ["RS256", "RS384", "RS512", "ES256", "ES384", "EdDSA", "PS256"]
"""What a JWKS may sign with; a shared secret is never among them."""
LEEWAY = 30
"""Seconds that clocks may differ."""
MAX_ID = 2**31 - 1
"""Ids are INTEGER in the owner's tables."""
DEFAULT_TZ, DEFAULT_LOCALE = "Europe/London", "en-GB"


@dataclass(frozen=True, slots=True)
class Identity:
    """A coach, as the admin panel vouches for her."""

    coach_id: int
    application_id: int
    tz: str = DEFAULT_TZ
    locale: str = DEFAULT_LOCALE


def identity_of(claims: dict[str, Any]) -> Identity:
    """The identity in a token's claims. Unauthorised where an id is missing or no positive integer.

    A time zone or locale that is not known falls back to the default: it is no reason to turn a coach away.
    """
    return Identity(
        coach_id=_id(claims, "sub"),
        application_id=_id(claims, "application_id"),
        tz=_tz(claims.get("tz")),
        locale=_locale(claims.get("locale")),
    )


async def verify(settings: Settings, token: str) -> Identity:
    """The identity that a token of the admin panel vouches for; Unauthorised where it does not hold."""
    try:
        if settings.jwks_url and not settings.jwt_secret:
            signing = await anyio.to_thread.run_sync(_jwks(settings.jwks_url).get_signing_key_from_jwt, token)
            key, algorithms = signing.key, ASYMMETRIC
        else:
            key, algorithms = settings.secret("jwt"), [ALGORITHM]
        claims = jwt.decode(
            token,
            key,
            algorithms=algorithms,
            audience=settings.jwt_audience,
            leeway=LEEWAY,
            options={"require": ["sub", "exp"], "verify_aud": settings.jwt_audience is not None, "verify_sub": False},
        )
    except jwt.PyJWTError as error:
        raise Unauthorised(f"the token does not hold ({type(error).__name__})") from error
    return identity_of(claims)


def demo_token(settings: Settings, coach_id: int, application_id: int, tz: str, locale: str) -> str:
    """A token as the admin panel would give it, for the demo page; only ever called on the sandbox."""
    claims = {
        "sub": str(coach_id),
        "application_id": application_id,
        "tz": tz,
        "locale": locale,
        "exp": datetime.now(UTC) + timedelta(hours=12),
        **({"aud": settings.jwt_audience} if settings.jwt_audience else {}),
    }
    return jwt.encode(claims, settings.secret("jwt"), algorithm=ALGORITHM)


async def authenticated(request: Request[Any, Any, Any], services: Given[Services]) -> Identity:
    """Litestar's dependency: the coach who makes this request; 401 where the bearer's token does not hold."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthorizedException("send `Authorization: Bearer <the admin panel's token>`")
    try:
        return await verify(services.settings, token.strip())
    except Unauthorised as error:
        raise NotAuthorizedException(str(error)) from error


async def issue_ticket(services: Services, identity: Identity) -> str:
    """A single-use ticket for the WebSocket."""
    async with services.pool.connection() as conn:
        return await tickets.issue(
            conn,
            identity.coach_id,
            identity.application_id,
            {"tz": identity.tz, "locale": identity.locale},
            seconds=services.settings.ticket_seconds,
        )


async def redeem_ticket(services: Services, ticket: str) -> Identity:
    """The identity behind a ticket, once; Unauthorised where it does not hold (any more)."""
    async with services.pool.connection() as conn:
        found = await tickets.redeem(conn, ticket)
    if found is None:
        raise Unauthorised("the ticket does not hold")
    coach_id, application_id, claims = found
    return Identity(coach_id, application_id, _tz(claims.get("tz")), _locale(claims.get("locale")))


def origin_allowed(settings: Settings, origin: str | None) -> bool:
    """Whether a page of this origin may open the WebSocket. Without one it is no browser: its ticket speaks for it."""
    return origin is None or origin.lower() in settings.allowed_origins


def _id(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_ID:
        raise Unauthorised(f"the token's {name} is not a positive whole number")
    return value


def _tz(value: Any) -> str:
    return value if isinstance(value, str) and value in _zones() else DEFAULT_TZ


def _locale(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 35:
        return DEFAULT_LOCALE
    try:
        Locale.parse(value.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return DEFAULT_LOCALE
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _jwks(url: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(url, cache_keys=True, timeout=5)
