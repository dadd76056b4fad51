"""The one-time state of an OAuth dance (RFC 9700): who began it, in which browser, and the PKCE secret.

A dance has two steps. `begin` gives a start: a link that the coach's own browser opens. `open_dance` trades the start
for a state that is bound to a cookie of that browser and travels through the platform. `take` ends it. Starts and
states have 256 bits, live ten minutes, work once, and are stored as hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

from avery.domain import Platform
from avery.store.pool import Connection

LIFETIME = 600
"""Seconds that a start or a state holds."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Dance:
    """What was noted when it began."""

    coach_id: int
    application_id: int
    platform: Platform
    redirect_uri: str
    code_verifier: str | None = field(repr=False)
    key: str
    """The state's hash in hex: names this dance without giving it away."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What goes to the browser: the state and the challenge in the address, the cookie beside it."""

    state: str = field(repr=False)
    browser: str = field(repr=False)
    redirect_uri: str
    code_challenge: str | None


async def begin(conn: Connection, coach_id: int, application_id: int, platform: Platform, redirect_uri: str) -> str:
    """A new start for this coach."""
    start = secrets.token_urlsafe(32)
    await conn.execute(
        """
        INSERT INTO avery_oauth_states (state_hash, coach_id, application_id, platform, redirect_uri, expires_at)
        VALUES (%s, %s, %s, %s, %s, now() + make_interval(secs => %s))
        """,
        (_hash("start", start), coach_id, application_id, platform.value, redirect_uri, LIFETIME),
    )
    return start


async def open_dance(
    conn: Connection, platform: Platform, start: str, *, browser: str | None, pkce: bool
) -> Opened | None:
    """Trade a start for a state, once; None where the start does not hold (any more).

    `browser` is the cookie that the browser sent; it keeps its value, so that two dances at once do not disturb.
    """
    if not _TOKEN.fullmatch(start):
        return None
    browser = browser if browser and _TOKEN.fullmatch(browser) else secrets.token_urlsafe(32)
    state = secrets.token_urlsafe(32)
    verifier = secrets.token_urlsafe(48) if pkce else None
    cursor = await conn.execute(
        """
        WITH begun AS (
            DELETE FROM avery_oauth_states
            WHERE state_hash = %(start)s AND platform = %(platform)s AND browser_hash IS NULL
            RETURNING coach_id, application_id, platform, redirect_uri, expires_at
        )
        INSERT INTO avery_oauth_states
            (state_hash, coach_id, application_id, platform, redirect_uri, code_verifier, browser_hash, expires_at)
        SELECT %(state)s, coach_id, application_id, platform, redirect_uri, %(verifier)s, %(browser)s,
               now() + make_interval(secs => %(lifetime)s)
        FROM begun WHERE expires_at > now()
        RETURNING redirect_uri
        """,
        {
            "start": _hash("start", start),
            "state": _hash("state", state),
            "browser": _hash("browser", browser),
            "platform": platform.value,
            "verifier": verifier,
            "lifetime": LIFETIME,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return Opened(state, browser, row["redirect_uri"], _challenge(verifier) if verifier else None)


async def peek(conn: Connection, platform: Platform, start: str) -> bool:
    """Whether a start still holds, without using it."""
    cursor = await conn.execute(
        "SELECT 1 FROM avery_oauth_states WHERE state_hash = %s AND platform = %s AND browser_hash IS NULL"
        " AND expires_at > now()",
        (_hash("start", start), platform.value),
    )
    return await cursor.fetchone() is not None


async def take(
    conn: Connection, platform: Platform, state: str, *, browser: str | None = None, coach_id: int | None = None
) -> Dance | None:
    """The dance behind a state, once, for the browser that began it or (over the API) for its coach.

    None where it does not hold: unknown, used, too old, another platform's, another browser's, another coach's.
    A stranger's try does not use it up.
    """
    if browser is None and coach_id is None:
        return None
    hashed = _hash("state", state)
    cursor = await conn.execute(
        """
        DELETE FROM avery_oauth_states
        WHERE state_hash = %(state)s AND platform = %(platform)s AND browser_hash IS NOT NULL
          AND (%(browser)s::bytea IS NULL OR browser_hash = %(browser)s)
          AND (%(coach_id)s::int IS NULL OR coach_id = %(coach_id)s)
        RETURNING coach_id, application_id, redirect_uri, code_verifier, expires_at > now() AS holds
        """,
        {
            "state": hashed,
            "platform": platform.value,
            "browser": _hash("browser", browser) if browser is not None else None,
            "coach_id": coach_id,
        },
    )
    row = await cursor.fetchone()
    if row is None or not row["holds"]:
        return None
    return Dance(
        coach_id=row["coach_id"],
        application_id=row["application_id"],
        platform=platform,
        redirect_uri=row["redirect_uri"],
        code_verifier=row["code_verifier"],
        key=hashed.hex(),
    )


async def sweep(conn: Connection) -> None:
    """Remove what nobody finished."""
    await conn.execute("DELETE FROM avery_oauth_states WHERE expires_at < now() - interval '1 minute'")


def _hash(kind: str, token: str) -> bytes:
    # With its kind, so that a start can never pass as a state.
    return hashlib.sha256(f"{kind}:{token}".encode(errors="replace")).digest()


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
