"""Linked social accounts: link, read with a fresh token, unlink."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

import httpx
from psycopg.errors import ForeignKeyViolation

import prompts
from avery.domain import Platform, SocialConnection
from avery.errors import (
    NotConnected,
    OutsideError,
    OutsideRefused,
    OutsideUnavailable,
    TokenDead,
    ToolFailed,
    Unreadable,
)
from avery.settings import Settings
from avery.social import oauth
from avery.social.oauth import Dance, Opened
from avery.social.platform import NAMES, Profile, Provider, SocialPost, Tokens
from avery.social.sandbox import SandboxProvider
from avery.store import log, tokens
from avery.store.pool import Connection, Pool
from avery.store.tokens import Account
from avery.vault import Vault

MARGIN = timedelta(minutes=2)
"""A token that ends sooner is renewed before it is used."""

Result = Literal["connected", "cancelled", "refused", "unavailable", "scope", "stale"]
"""How a dance ended. cancelled: the coach said no. refused, unavailable: the platform did. scope: the coach unticked
what Avery needs. stale: the state does not hold, so there is nobody to tell but the page."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Callback:
    """What a platform sent the browser back with."""

    state: str
    code: str | None = None
    error: str | None = None

    def __repr__(self) -> str:
        return f"Callback(error={self.error!r})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How connecting ended."""

    platform: Platform
    result: Result
    username: str | None = None

    @property
    def ok(self) -> bool:
        return self.result == "connected"


class Accounts:
    """The coaches' linked accounts. `sandbox_url` (`…/sandbox`) is where this process reaches the sandbox, if any."""

    def __init__(
        self, pool: Pool, http: httpx.AsyncClient, vault: Vault, settings: Settings, *, sandbox_url: str | None = None
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._public_url = settings.public_url
        self._providers: dict[Platform, Provider] = {}
        if settings.sandbox and sandbox_url is not None:
            browsers = f"{settings.public_url}/sandbox"
            self._providers = {
                platform: SandboxProvider(http, platform, base_url=sandbox_url, public_url=browsers)
                for platform in Platform
            }

    # Linking ---------------------------------------------------------------------------------------------------------

    async def begin(self, coach_id: int, application_id: int, platform: Platform | str) -> str:
        """Where the coach's browser goes to connect, once, within ten minutes. ToolFailed where that cannot be."""
        provider = self._provider(platform)
        async with self._pool.connection() as conn:
            await oauth.sweep(conn)
            start = await oauth.begin(
                conn, coach_id, application_id, provider.platform, self._redirect_uri(provider.platform)
            )
        return f"{self._public_url}/api/social/{provider.platform.value}/authorize?start={start}"

    async def open_dance(self, platform: Platform, start: str, browser: str | None) -> tuple[str, Opened] | None:
        """The platform's consent page for this start, and what the browser needs; None where it does not hold."""
        provider = self._provider(platform)
        async with self._pool.connection() as conn:
            opened = await oauth.open_dance(conn, platform, start, browser=browser, pkce=provider.uses_pkce)
        if opened is None:
            return None
        url = provider.authorize_url(
            state=opened.state, redirect_uri=opened.redirect_uri, code_challenge=opened.code_challenge
        )
        return url, opened

    async def holds(self, platform: Platform, start: str) -> bool:
        """Whether a start can still be opened."""
        async with self._pool.connection() as conn:
            return await oauth.peek(conn, platform, start)

    async def complete(
        self, platform: Platform, callback: Callback, *, browser: str | None = None, coach_id: int | None = None
    ) -> Outcome:
        """End a dance: the account and Avery's next turn are written together, or (it failed) the turn alone.

        Proof of who ends it is the cookie of the browser that began, or the coach's own token.
        """
        async with self._pool.connection() as conn:
            dance = await oauth.take(conn, platform, callback.state, browser=browser, coach_id=coach_id)
        if dance is None:
            return Outcome(platform, "stale")
        if callback.error is not None or not callback.code:
            return await self._ended(dance, "cancelled" if callback.error in _CANCELS else "refused")
        provider = self._provider(platform)
        got: Tokens | None = None
        try:
            got = await provider.exchange(
                callback.code, redirect_uri=dance.redirect_uri, code_verifier=dance.code_verifier
            )
            if provider.needed_scope not in got.scopes:
                await self._revoke(provider, got)
                return await self._ended(dance, "scope")
            profile = await provider.profile(got)
        except OutsideError as error:
            _log.warning("connecting %s failed: %s %s", platform.value, type(error).__name__, error.status or "")
            if got is not None:
                await self._revoke(provider, got)
            return await self._ended(dance, "unavailable" if isinstance(error, OutsideUnavailable) else "refused")
        return await self._link(provider, dance, profile, got)

    # Using -----------------------------------------------------------------------------------------------------------

    async def connections(self, coach_id: int) -> list[SocialConnection]:
        """The coach's accounts, oldest first."""
        async with self._pool.connection() as conn:
            found = await tokens.linked(conn, coach_id)
        return [SocialConnection(Platform(each.platform), each.username, each.needs_reconnect) for each in found]

    async def top_posts(self, coach_id: int, platform: Platform | str, count: int) -> list[SocialPost]:
        """The coach's best captions there, most engaging first.

        Raises NotConnected, OutsideUnavailable, OutsideRefused; TokenDead where only connecting again helps, and
        from then on the connection says so.
        """
        platform = Platform(platform)
        return await self._with_token(coach_id, platform, lambda provider, got: provider.top_posts(got, count))

    async def picture(self, coach_id: int, platform: Platform | str) -> tuple[bytes, str] | None:
        """The profile picture there and its media type; None where there is no account or no picture."""
        try:
            platform = Platform(platform)
            profile = await self._with_token(coach_id, platform, lambda provider, got: provider.profile(got))
        except (ValueError, NotConnected):
            return None
        return await self._provider(platform).picture(profile.picture_url) if profile.picture_url else None

    async def unlink(self, coach_id: int, platform: Platform | str) -> bool:
        """Forget the account and its tokens, and tell the platform; False where there was none.

        The platform's answer changes nothing: what is forgotten here is not used again.
        """
        platform = Platform(platform)
        async with self._pool.connection() as conn:
            row = await tokens.remove(conn, coach_id, platform.value)
        if row is None:
            return False
        if platform in self._providers:
            try:
                await self._revoke(self._provider(platform), _tokens_of(tokens.opened(self._vault, row)))
            except Unreadable:
                _log.warning("the tokens of an unlinked account could not be opened, so they were not revoked")
        return True

    # Inside ----------------------------------------------------------------------------------------------------------

    def _provider(self, platform: Platform | str) -> Provider:
        platform = Platform(platform)
        if platform not in self._providers:
            name = NAMES[platform]
            say = prompts.fill(prompts.load("oauth.toml")["not_set_up"]["text"], name=name)
            raise ToolFailed(say, f"no {name} app is set up")
        return self._providers[platform]

    def _redirect_uri(self, platform: Platform) -> str:
        return f"{self._public_url}/oauth/{platform.value}/callback"

    async def _link(self, provider: Provider, dance: Dance, profile: Profile, got: Tokens) -> Outcome:
        account = _account(dance.coach_id, dance.platform, profile, got)
        try:
            async with self._pool.connection() as conn, conn.transaction():
                await tokens.save(conn, self._vault, account)
                await _go_on(conn, dance, {"ok": True, "username": profile.username, "error": None})
        except ForeignKeyViolation:
            # The coach was erased meanwhile: nothing is kept, here or there.
            await self._revoke(provider, got)
            return Outcome(dance.platform, "stale")
        return Outcome(dance.platform, "connected", profile.username)

    async def _ended(self, dance: Dance, result: Result) -> Outcome:
        try:
            async with self._pool.connection() as conn:
                await _go_on(conn, dance, {"ok": False, "username": None, "error": result})
        except ForeignKeyViolation:
            return Outcome(dance.platform, "stale")
        return Outcome(dance.platform, result)

    async def _with_token(
        self, coach_id: int, platform: Platform, use: Callable[[Provider, Tokens], Awaitable[T]]
    ) -> T:
        """`use` with a token that holds: renewed before it ends, and once more where the platform refuses it early."""
        provider = self._provider(platform)
        account = await self._fresh(provider, coach_id, renew=None)
        try:
            return await use(provider, _tokens_of(account))
        except TokenDead:
            account = await self._fresh(provider, coach_id, renew=account.access_token)
        try:
            return await use(provider, _tokens_of(account))
        except TokenDead:
            await self._mark_dead(account)
            raise

    async def _fresh(self, provider: Provider, coach_id: int, *, renew: str | None) -> Account:
        """The account with a token that holds. `renew`: an access token that the platform has just refused."""
        platform = provider.platform.value
        try:
            async with self._pool.connection() as conn:
                account = await tokens.load(conn, self._vault, coach_id, platform)
        except Unreadable as error:
            # Whatever became of the key, only new tokens help.
            _log.error("the %s tokens of coach %s do not open: %s", platform, coach_id, error)
            raise TokenDead(NAMES[provider.platform], "the account must be connected again") from None
        if account is None:
            raise _not_connected(provider)
        if account.needs_reconnect:
            raise TokenDead(NAMES[provider.platform], "the account must be connected again")
        if renew is None and not _ends(account):
            return account
        try:
            # The row stays locked across the call: a refresh token may work once, so two must not use it at a time.
            async with self._pool.connection() as conn, conn.transaction():
                account = await tokens.load(conn, self._vault, coach_id, platform, lock=True)
                if account is None:
                    raise _not_connected(provider)
                if account.access_token == renew or _ends(account):
                    got = await provider.refresh(_tokens_of(account))
                    account = _account(
                        coach_id,
                        provider.platform,
                        Profile(account.external_id, account.username, account.picture_url),
                        got,
                    )
                    await tokens.save(conn, self._vault, account)
        except TokenDead:
            assert account is not None
            await self._mark_dead(account)
            raise
        return account

    async def _mark_dead(self, account: Account) -> None:
        async with self._pool.connection() as conn, conn.transaction():
            await tokens.mark_dead(conn, self._vault, account)

    async def _revoke(self, provider: Provider, got: Tokens) -> None:
        try:
            await provider.revoke(got)
        except (OutsideUnavailable, OutsideRefused) as error:
            _log.warning("a token was not revoked: %s", type(error).__name__)


_CANCELS = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})


async def _go_on(conn: Connection, dance: Dance, how: dict[str, Any]) -> None:
    """Queue the turn in which Avery says how it went."""
    given = {"platform": dance.platform.value} | how
    await log.enqueue(conn, dance.coach_id, "oauth", given, f"oauth:{dance.key}")


def _not_connected(provider: Provider) -> NotConnected:
    return NotConnected(NAMES[provider.platform], "no account is connected")


def _ends(account: Account) -> bool:
    return account.expires_at is not None and account.expires_at < datetime.now(UTC) + MARGIN


def _tokens_of(account: Account) -> Tokens:
    return Tokens(
        access_token=account.access_token,
        refresh_token=account.refresh_token,
        scopes=frozenset(account.scopes.split()),
        expires_at=account.expires_at,
        refresh_expires_at=account.refresh_expires_at,
    )


def _account(coach_id: int, platform: Platform, profile: Profile, got: Tokens) -> Account:
    return Account(
        coach_id=coach_id,
        platform=platform.value,
        external_id=profile.external_id,
        username=profile.username,
        picture_url=profile.picture_url,
        access_token=got.access_token,
        refresh_token=got.refresh_token,
        scopes=" ".join(sorted(got.scopes)),
        expires_at=got.expires_at,
        refresh_expires_at=got.refresh_expires_at,
    )
