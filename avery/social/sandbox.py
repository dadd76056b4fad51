"""The sandbox's social platforms: played on this machine, spoken to over HTTP like real ones.

All three share this one dialect (paths below `/sandbox/social/{platform}`); the real platforms each have their own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import msgspec

from avery.clients.http import decode, request
from avery.domain import Platform
from avery.errors import OutsideRefused, TokenDead
from avery.social.platform import NAMES, Profile, SocialPost, Tokens, best, engagement

CLIENT_ID = "sandbox"
SCOPES = {
    Platform.INSTAGRAM: "instagram_business_basic",
    Platform.TIKTOK: "video.list",
    Platform.YOUTUBE: "https://www.googleapis.com/auth/youtube.readonly",
}
MAX_PICTURE = 5 * 1024 * 1024
"""Bytes in a profile picture."""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    refresh_expires_in: int | None = None


class _Me(msgspec.Struct):
    id: str
    username: str
    picture_url: str | None = None


class _Media(msgspec.Struct):
    id: str
    posted_at: datetime
    caption: str = ""
    media_url: str | None = None
    permalink: str | None = None
    like_count: int = 0
    comment_count: int = 0
    share_count: int = 0
    view_count: int = 0


class _Page(msgspec.Struct):
    data: list[_Media]


class SandboxProvider:
    """One played platform. `base_url` is the sandbox for this process, `public_url` the same for browsers."""

    def __init__(self, http: httpx.AsyncClient, platform: Platform, *, base_url: str, public_url: str) -> None:
        self._http = http
        self._platform = platform
        self._service = f"{NAMES[platform]} (sandbox)"
        self._base = f"{base_url.rstrip('/')}/social/{platform.value}"
        self._public = f"{public_url.rstrip('/')}/social/{platform.value}"

    @property
    def platform(self) -> Platform:
        return self._platform

    @property
    def uses_pkce(self) -> bool:
        return self._platform is Platform.YOUTUBE  # the other two document it for apps only

    @property
    def needed_scope(self) -> str:
        return SCOPES[self._platform]

    def authorize_url(self, *, state: str, redirect_uri: str, code_challenge: str | None) -> str:
        """The sandbox's consent page."""
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": redirect_uri,
            "scope": self.needed_scope,
            "state": state,
        }
        if code_challenge:
            query |= {"code_challenge": code_challenge, "code_challenge_method": "S256"}
        return f"{self._public}/authorize?{urlencode(query)}"

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str | None) -> Tokens:
        """Tokens for a code, once."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if code_verifier:
            form["code_verifier"] = code_verifier
        return await self._token(form)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Newer tokens. TikTok's refresh token changes, YouTube's stays, Instagram's is the access token itself."""
        sent = tokens.refresh_token or tokens.access_token
        try:
            fresh = await self._token({"grant_type": "refresh_token", "refresh_token": sent})
        except OutsideRefused as error:
            raise TokenDead(error.service, error.message, status=error.status) from None
        if fresh.refresh_token is None and tokens.refresh_token is not None:
            return replace(fresh, refresh_token=tokens.refresh_token, refresh_expires_at=tokens.refresh_expires_at)
        return fresh

    async def profile(self, tokens: Tokens) -> Profile:
        """Whose account it is."""
        me = decode(self._service, await self._get("me", tokens), _Me)
        return Profile(me.id, me.username, me.picture_url)

    async def top_posts(self, tokens: Tokens, count: int) -> list[SocialPost]:
        """The newest fifty, ranked here: no platform ranks them for us."""
        page = decode(self._service, await self._get("media", tokens, {"limit": "50"}), _Page)
        return best([self._post(media) for media in page.data], count)

    async def picture(self, url: str) -> tuple[bytes, str]:
        """The profile picture and its media type."""
        response = await request(self._http, self._service, "GET", url)
        if len(response.content) > MAX_PICTURE:
            raise OutsideRefused(self._service, "the profile picture is too large")
        return response.content, response.headers.get("content-type", "").partition(";")[0].strip()

    async def revoke(self, tokens: Tokens) -> None:
        """The platform forgets the connection."""
        await request(self._http, self._service, "POST", f"{self._base}/revoke", data={"token": tokens.access_token})

    async def _token(self, form: dict[str, str]) -> Tokens:
        response = await request(
            self._http, self._service, "POST", f"{self._base}/token", data={"client_id": CLIENT_ID} | form
        )
        now = datetime.now(UTC)
        given = decode(self._service, response, _Token)
        return Tokens(
            access_token=given.access_token,
            refresh_token=given.refresh_token,
            scopes=frozenset(given.scope.replace(",", " ").split()),
            expires_at=now + timedelta(seconds=given.expires_in),
            refresh_expires_at=now + timedelta(seconds=given.refresh_expires_in) if given.refresh_expires_in else None,
        )

    async def _get(self, path: str, tokens: Tokens, params: dict[str, str] | None = None) -> httpx.Response:
        try:
            return await request(
                self._http,
                self._service,
                "GET",
                f"{self._base}/{path}",
                headers={"Authorization": f"Bearer {tokens.access_token}"},
                params=params,
            )
        except OutsideRefused as error:
            if error.status in (400, 401):  # Instagram says 400 (code 190), the others 401
                raise TokenDead(error.service, error.message, status=error.status) from None
            raise

    def _post(self, media: _Media) -> SocialPost:
        return SocialPost(
            platform=self._platform,
            id=media.id,
            caption=media.caption,
            media_url=media.media_url,
            permalink=media.permalink,
            likes=media.like_count,
            comments=media.comment_count,
            shares=media.share_count,
            views=media.view_count,
            posted_at=media.posted_at,
            score=engagement(media.like_count, media.comment_count, media.share_count),
        )
