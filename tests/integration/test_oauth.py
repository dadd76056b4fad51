"""Connecting a social account, over real HTTP: Avery, the sandbox's platform, and a browser's cookies between them."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import uvicorn
from litestar import Litestar
from litestar.di import Provide

import prompts
from api.auth import demo_token, identity_of, issue_ticket
from api.oauth import oauth_routes
from api.problems import HANDLERS
from avery.accounts import Result
from avery.domain import Platform
from avery.errors import OutsideUnavailable, TokenDead
from avery.sandbox.server import sandbox_router
from avery.services import Services, open_services
from avery.settings import Settings
from avery.store import coaches, tokens
from avery.store.pool import Pool
from avery.vault import Vault

pytestmark = pytest.mark.anyio
COACH, APP = 41, 4
PLATFORMS = list(Platform)


@dataclass
class Place:
    """A serving Avery with its sandbox."""

    services: Services
    url: str

    def browser(self) -> httpx.AsyncClient:
        """A browser: cookies, no redirects of its own accord."""
        return httpx.AsyncClient(base_url=self.url, follow_redirects=False, trust_env=False)

    def bearer(self, coach_id: int = COACH) -> dict[str, str]:
        token = demo_token(self.services.settings, coach_id, APP, "Europe/London", "en-GB")
        return {"Authorization": f"Bearer {token}"}

    async def turns(self, coach_id: int = COACH) -> list[dict[str, Any]]:
        """What Avery has been told of, in order."""
        async with self.services.pool.connection() as conn:
            cursor = await conn.execute(
                "SELECT kind, input, dedupe_key FROM avery_turns WHERE coach_id = %s ORDER BY id", (coach_id,)
            )
            return await cursor.fetchall()

    async def rows(self) -> list[dict[str, Any]]:
        async with self.services.pool.connection() as conn:
            return await (await conn.execute(f"SELECT {tokens.COLUMNS} FROM avery_social_accounts")).fetchall()

    async def execute(self, statement: str) -> None:
        async with self.services.pool.connection() as conn:
            await conn.execute(statement)

    async def fault(self, http: httpx.AsyncClient, path: str, **more: object) -> None:
        (await http.post("/sandbox/faults", json={"path": path} | more)).raise_for_status()


@asynccontextmanager
async def serving(database_url: str, folder: Path) -> AsyncIterator[Place]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        settings = Settings(database_url=database_url, data_dir=folder, port=port)
        sandbox = f"http://127.0.0.1:{port}/sandbox"
        async with open_services(settings, sandbox_url=sandbox) as services:
            app = Litestar(
                [oauth_routes(services), sandbox_router(services.pool, public_url=settings.public_url)],
                dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
                exception_handlers=HANDLERS,
                signature_types=[Services],
                openapi_config=None,
                logging_config=None,
            )
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
            task = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                async with services.pool.connection() as conn:
                    await coaches.ensure(conn, COACH, APP, "Europe/London", "en-GB")
                yield Place(services, settings.public_url)
            finally:
                server.should_exit = True
                await task


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with serving(database_url, tmp_path) as opened:
        yield opened


async def to_consent(place: Place, http: httpx.AsyncClient, platform: Platform, url: str | None = None) -> str:
    """From Avery's link to the platform's page: its address."""
    url = url or await place.services.accounts.begin(COACH, APP, platform)
    sent = await http.get(url)
    assert sent.status_code == 302, sent.text
    return sent.headers["location"]


async def decide(http: httpx.AsyncClient, consent: str, decision: str, **more: str) -> str:
    """Press a button of the consent page as a browser would: the address that it leads back to."""
    page = await http.get(consent)
    assert page.status_code == 200, page.text
    form = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page.text)}
    answer = await http.post(urlsplit(consent).path, data=form | {"decision": decision} | more)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def connect(
    place: Place, http: httpx.AsyncClient, platform: Platform, decision: str = "allow", **more: str
) -> httpx.Response:
    """The whole dance: the page at its end."""
    return await http.get(await decide(http, await to_consent(place, http, platform), decision, **more))


# The way there and back -----------------------------------------------------------------------------------------------


def test_every_end_of_connecting_has_its_page() -> None:
    assert set(prompts.load("oauth.toml")["page"]) == {"ask", *get_args(Result)}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_coach_who_allows_it_is_connected_and_avery_goes_on(place: Place, platform: Platform) -> None:
    async with place.browser() as http:
        page = await connect(place, http, platform, username="@maya.lind")
    assert page.status_code == 200
    assert "is connected" in page.text
    found = await place.services.accounts.connections(COACH)
    assert [(each.platform, each.username, each.needs_reconnect) for each in found] == [(platform, "maya.lind", False)]
    [turn] = await place.turns()
    assert turn["kind"] == "oauth"
    assert turn["input"] == {"platform": platform.value, "ok": True, "username": "maya.lind", "error": None}
    assert re.fullmatch(r"oauth:[0-9a-f]{64}", turn["dedupe_key"])
    [row] = await place.rows()
    assert row["access_token"].startswith("v1.")
    assert row["expires_at"] is not None
    assert (row["refresh_token"] is None) == (platform is Platform.INSTAGRAM)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_coach_who_cancels_gets_kind_words_and_avery_knows(place: Place, platform: Platform) -> None:
    async with place.browser() as http:
        page = await connect(place, http, platform, "cancel")
    assert page.status_code == 200
    assert "No problem" in page.text
    assert [turn["input"] for turn in await place.turns()] == [
        {"platform": platform.value, "ok": False, "username": None, "error": "cancelled"}
    ]
    assert await place.services.accounts.connections(COACH) == []


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_code_that_the_platform_refuses_connects_nothing(place: Place, platform: Platform) -> None:
    async with place.browser() as http:
        page = await connect(place, http, platform, "fail")
    assert "didn&#39;t go through" in page.text
    assert [turn["input"]["error"] for turn in await place.turns()] == ["refused"]
    assert await place.rows() == []


@pytest.mark.parametrize("path", ["token", "me"])
async def test_a_platform_that_is_down_connects_nothing(place: Place, path: str) -> None:
    async with place.browser() as http:
        await place.fault(http, f"/social/tiktok/{path}", status=500)
        page = await connect(place, http, Platform.TIKTOK)
        assert "isn&#39;t answering" in page.text
        assert [turn["input"]["error"] for turn in await place.turns()] == ["unavailable"]
        assert await place.rows() == []
        await connect(place, http, Platform.TIKTOK)  # and the next try works
    assert [turn["input"]["ok"] for turn in await place.turns()] == [False, True]


async def test_two_dances_at_once_in_one_browser_both_end_well(place: Place) -> None:
    async with place.browser() as http:
        one = await to_consent(place, http, Platform.INSTAGRAM)
        two = await to_consent(place, http, Platform.YOUTUBE)
        for consent in (one, two):
            assert "is connected" in (await http.get(await decide(http, consent, "allow"))).text
    found = await place.services.accounts.connections(COACH)
    assert {each.platform for each in found} == {Platform.INSTAGRAM, Platform.YOUTUBE}


async def test_connecting_again_replaces_the_account(place: Place) -> None:
    async with place.browser() as http:
        await connect(place, http, Platform.TIKTOK, username="first")
        await connect(place, http, Platform.TIKTOK, username="second")
    assert [each.username for each in await place.services.accounts.connections(COACH)] == ["second"]


# What does not hold ---------------------------------------------------------------------------------------------------


async def test_a_state_works_once(place: Place) -> None:
    async with place.browser() as http:
        back = await decide(http, await to_consent(place, http, Platform.INSTAGRAM), "allow")
        assert (await http.get(back)).status_code == 200
        again = await http.get(back)
    assert again.status_code == 400
    assert "has done its work" in again.text
    assert len(await place.turns()) == 1


async def test_a_state_that_is_used_twice_at_once_counts_once(place: Place) -> None:
    async with place.browser() as http:
        back = await decide(http, await to_consent(place, http, Platform.YOUTUBE), "allow")
        statuses = [page.status_code for page in await asyncio.gather(*(http.get(back) for _ in range(4)))]
    assert sorted(statuses) == [200, 400, 400, 400]
    assert len(await place.turns()) == 1


async def test_another_browser_ends_nothing_and_spoils_nothing(place: Place) -> None:
    async with place.browser() as http, place.browser() as stranger, place.browser() as other:
        back = await decide(http, await to_consent(place, http, Platform.INSTAGRAM), "allow")
        await to_consent(place, other, Platform.INSTAGRAM)
        assert other.cookies["avery_oauth"] != http.cookies["avery_oauth"]
        assert (await stranger.get(back)).status_code == 400
        assert (await other.get(back)).status_code == 400
        assert await place.turns() == []
        assert (await http.get(back)).status_code == 200


async def test_a_state_belongs_to_one_platform(place: Place) -> None:
    async with place.browser() as http:
        back = await decide(http, await to_consent(place, http, Platform.INSTAGRAM), "allow")
        assert (await http.get(back.replace("/oauth/instagram/", "/oauth/tiktok/"))).status_code == 400
    assert await place.turns() == []


@pytest.mark.parametrize("query", ["", "code=x", "state=&code=x", "state=nobody&code=x", "state=" + "x" * 9000,
                                   "error=access_denied", "state=%00&error=%ff"])  # fmt: skip
async def test_an_address_that_no_dance_led_to_is_a_clear_page(place: Place, query: str) -> None:
    async with place.browser() as http:
        await to_consent(place, http, Platform.TIKTOK)
        page = await http.get(f"/oauth/tiktok/callback?{query}")
    assert page.status_code == 400
    assert "has done its work" in page.text
    assert "<script" not in page.text


async def test_what_is_too_old_does_not_hold(place: Place) -> None:
    async with place.browser() as http:
        url = await place.services.accounts.begin(COACH, APP, Platform.INSTAGRAM)
        back = await decide(http, await to_consent(place, http, Platform.TIKTOK), "allow")
        await place.execute("UPDATE avery_oauth_states SET expires_at = now() - interval '1 second'")
        assert (await http.get(back)).status_code == 400
        assert (await http.get(url)).status_code == 400
    assert await place.turns() == []


async def test_a_start_works_once_and_for_its_platform(place: Place) -> None:
    async with place.browser() as http:
        url = await place.services.accounts.begin(COACH, APP, Platform.INSTAGRAM)
        assert (await http.get(url.replace("/instagram/", "/youtube/"))).status_code == 400
        assert (await http.get(url)).status_code == 302
        assert (await http.get(url)).status_code == 400
        start = parse_qs(urlsplit(url).query)["start"][0]
        # A start is no state: it cannot end the dance that it began.
        assert (await http.get(f"/oauth/instagram/callback?code=x&state={start}")).status_code == 400


async def test_only_hashes_of_start_state_and_cookie_are_kept(place: Place) -> None:
    async with place.browser() as http:
        await place.services.accounts.begin(COACH, APP, Platform.YOUTUBE)
        consent = await to_consent(place, http, Platform.YOUTUBE)
        state = parse_qs(urlsplit(consent).query)["state"][0]
        async with place.services.pool.connection() as conn:
            kept = str(await (await conn.execute("SELECT * FROM avery_oauth_states")).fetchall())
    assert len(state) == 43
    assert state not in kept
    assert http.cookies["avery_oauth"] not in kept


async def test_a_link_that_somebody_sent_asks_before_it_goes_on(place: Place) -> None:
    async with place.browser() as http:
        url = await place.services.accounts.begin(COACH, APP, Platform.INSTAGRAM)
        start = parse_qs(urlsplit(url).query)["start"][0]
        sent = {"sec-fetch-site": "cross-site", "referer": "https://elsewhere.example/"}
        for headers in (sent, {"sec-fetch-site": "none"}):
            page = await http.get(url, headers=headers)
            assert page.status_code == 200
            assert "If somebody sent you this link" in page.text
        action = "/api/social/instagram/authorize"
        forged = await http.post(action, data={"start": start}, headers={"sec-fetch-site": "cross-site"})
        assert forged.status_code == 403
        gone = await http.post(action, data={"start": start}, headers={"sec-fetch-site": "same-origin"})
        assert gone.status_code == 303
        assert "is connected" in (await http.get(await decide(http, gone.headers["location"], "allow"))).text


async def test_a_page_of_ours_opens_the_platform_at_once(place: Place) -> None:
    headers = [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "cross-site", "referer": place.url.replace("127.0.0.1", "localhost") + "/"},
    ]
    for each in headers:
        async with place.browser() as http:
            url = await place.services.accounts.begin(COACH, APP, Platform.INSTAGRAM)
            assert (await http.get(url, headers=each)).status_code == 302


# The pages ------------------------------------------------------------------------------------------------------------


async def test_the_last_page_gives_nothing_away(place: Place) -> None:
    async with place.browser() as http:
        back = await decide(http, await to_consent(place, http, Platform.TIKTOK), "allow")
        page = await http.get(back)
    query = parse_qs(urlsplit(back).query)
    for secret in (query["code"][0], query["state"][0], http.cookies["avery_oauth"]):
        assert secret not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    [nonce] = set(re.findall(r"'nonce-([^']+)'", policy))
    assert policy.startswith("default-src 'none'")
    assert re.findall(r"<(?:script|style) nonce=\"([^\"]+)\"", page.text) == [nonce] * 3
    assert '"*"' not in page.text
    assert f'"origins": ["{place.url}", "{place.url.replace("127.0.0.1", "localhost")}"]' in page.text
    assert "you can close it" in page.text


async def test_the_cookie_is_for_this_browser_alone(place: Place) -> None:
    async with place.browser() as http:
        url = await place.services.accounts.begin(COACH, APP, Platform.INSTAGRAM)
        cookie = (await http.get(url)).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=lax", "path=/", "max-age=600"):
        assert part in cookie


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_pkce_is_sent_where_the_platform_documents_it(place: Place, platform: Platform) -> None:
    async with place.browser() as http:
        consent = await to_consent(place, http, platform)
        back = await decide(http, consent, "allow")
        assert ("code_challenge" in parse_qs(urlsplit(consent).query)) == (platform is Platform.YOUTUBE)
        if platform is Platform.YOUTUBE:
            # The challenge means something: a stolen code is of no use without the verifier.
            code = parse_qs(urlsplit(back).query)["code"][0]
            form = {"client_id": "sandbox", "grant_type": "authorization_code", "code": code, "code_verifier": "x" * 64,
                    "redirect_uri": f"{place.url}/oauth/youtube/callback"}  # fmt: skip
            stolen = await http.post("/sandbox/social/youtube/token", data=form)
            assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "x"},
        {"response_type": "token"},
        {"state": ""},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_the_consent_page_sends_nobody_to_a_wrong_address(place: Place, change: dict[str, str]) -> None:
    async with place.browser() as http:
        consent = await to_consent(place, http, Platform.INSTAGRAM)
        query = {name: values[0] for name, values in parse_qs(urlsplit(consent).query).items()}
        path = urlsplit(consent).path
        for page in (
            await http.get(f"{path}?{urlencode(query | change)}"),
            await http.post(path, data=query | change | {"decision": "allow"}),
        ):
            assert page.status_code == 400
            assert "This can't go on" in page.text
            assert "<form" not in page.text


async def test_the_consent_page_says_that_it_is_a_simulation(place: Place) -> None:
    async with place.browser() as http:
        page = await http.get(await to_consent(place, http, Platform.TIKTOK))
        style = await http.get(re.findall(r'href="(/[^"]+css[^"]*)"', page.text)[0])
    assert "Sandbox: a simulation" in page.text
    assert 'value="demo.coach"' in page.text
    assert re.findall(r'name="decision" value="(\w+)"', page.text) == ["allow", "cancel", "fail"]
    assert style.headers["content-type"].startswith("text/css")
    assert f"form-action 'self' {place.url};" in page.headers["content-security-policy"]


# The API --------------------------------------------------------------------------------------------------------------


async def test_the_panels_token_or_a_ticket_begins_too(place: Place) -> None:
    async with place.browser() as http:
        sent = await http.get("/api/social/tiktok/authorize", headers=place.bearer())
        assert sent.status_code == 302
        assert (await http.get(await decide(http, sent.headers["location"], "allow"))).status_code == 200
        answer = await http.get("/api/social/tiktok/authorize", headers=place.bearer() | {"accept": "application/json"})
        assert (await http.get(answer.json()["url"])).status_code == 302
        identity = identity_of({"sub": COACH, "application_id": APP})
        ticket = await issue_ticket(place.services, identity)
        by_ticket = f"/api/social/youtube/authorize?ticket={ticket}"
        assert [(await http.get(by_ticket)).status_code for _ in range(2)] == [302, 401]


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/social/tiktok/authorize"), ("DELETE", "/api/social/tiktok"),
                                              ("POST", "/api/social/tiktok/callback")])  # fmt: skip
async def test_without_a_token_there_is_a_401(place: Place, method: str, path: str) -> None:
    async with place.browser() as http:
        answer = await http.request(method, path, json={"state": "x", "code": "y"} if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_page_that_got_the_code_can_end_the_dance_with_the_coachs_token(place: Place) -> None:
    async with place.browser() as http, place.browser() as panel:
        back = await decide(http, await to_consent(place, http, Platform.YOUTUBE), "allow", username="zoe")
        got = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        path = "/api/social/youtube/callback"
        stranger = await panel.post(path, json=got, headers=place.bearer(COACH + 1))
        assert stranger.status_code == 400
        answer = await panel.post(path, json=got, headers=place.bearer())
        assert (answer.status_code, answer.json()) == (
            200, {"platform": "youtube", "ok": True, "status": "connected", "username": "zoe", "error": None}
        )  # fmt: skip
        assert (await panel.post(path, json=got, headers=place.bearer())).status_code == 400
        assert (await panel.post(path, json={"state": "x"}, headers=place.bearer())).status_code == 400
    assert len(await place.turns()) == 1


async def test_an_unknown_platform_is_a_4xx(place: Place) -> None:
    async with place.browser() as http:
        for path in ("/api/social/myspace/authorize?start=x", "/oauth/myspace/callback", "/sandbox/social/myspace/me"):
            assert 400 <= (await http.get(path)).status_code < 500


async def test_disconnecting_forgets_the_account_and_tells_the_platform(place: Place) -> None:
    async with place.browser() as http:
        await connect(place, http, Platform.TIKTOK)
        [row] = await place.rows()
        got = tokens.opened(place.services.vault, row)
        for _ in range(2):
            assert (await http.delete("/api/social/tiktok", headers=place.bearer())).status_code == 204
        assert await place.rows() == []
        bearer = {"Authorization": f"Bearer {got.access_token}"}
        assert (await http.get("/sandbox/social/tiktok/me", headers=bearer)).status_code == 401


async def test_disconnecting_works_while_the_platform_is_down(place: Place) -> None:
    async with place.browser() as http:
        await connect(place, http, Platform.TIKTOK)
        await place.fault(http, "/social/tiktok", count=9)
        assert (await http.delete("/api/social/tiktok", headers=place.bearer())).status_code == 204
    assert await place.services.accounts.connections(COACH) == []


async def test_a_coach_who_was_erased_meanwhile_leaves_nothing_behind(place: Place) -> None:
    async with place.browser() as http:
        back = await decide(http, await to_consent(place, http, Platform.INSTAGRAM), "allow")
        await place.execute(f"DELETE FROM avery_coach_context WHERE coach_id = {COACH}")
        assert (await http.get(back)).status_code == 400
    assert await place.rows() == []


# Posts and pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_top_posts_are_the_most_engaging_with_words_enough(place: Place, platform: Platform) -> None:
    async with place.browser() as http:
        await connect(place, http, platform)
        posts = await place.services.accounts.top_posts(COACH, platform, 5)
        assert len(posts) == 5
        assert [post.score for post in posts] == sorted((post.score for post in posts), reverse=True)
        assert all(len(post.caption) > 20 and post.platform is platform and post.likes > 0 for post in posts)
        assert len({post.id for post in posts}) == 5
        assert posts[0].media_url is not None
        picture = await http.get(posts[0].media_url)
        assert picture.headers["content-type"] == "image/svg+xml"
        everything = await place.services.accounts.top_posts(COACH, platform, 50)
    assert 8 <= len(everything) < 12


async def test_the_profile_picture_is_an_image_that_kliq_takes(place: Place) -> None:
    async with place.browser() as http:
        await connect(place, http, Platform.INSTAGRAM)
    found = await place.services.accounts.picture(COACH, "instagram")
    assert found is not None
    content, media_type = found
    assert (content[:8], media_type) == (b"\x89PNG\r\n\x1a\n", "image/png")
    url = await place.services.kliq.upload_photo(APP, content, media_type, key="1")
    assert url.startswith("http")
    assert await place.services.accounts.picture(COACH, "tiktok") is None
    assert await place.services.accounts.picture(COACH, "upload") is None


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_token_that_ends_is_renewed_once_by_whoever_comes_first(place: Place, platform: Platform) -> None:
    async with place.browser() as http:
        await connect(place, http, platform)
    [before] = await place.rows()
    await place.execute("UPDATE avery_social_accounts SET expires_at = now() + interval '1 minute'")
    results = await asyncio.gather(*(place.services.accounts.top_posts(COACH, platform, 1) for _ in range(4)))
    assert all(results)
    [after] = await place.rows()
    assert after["access_token"] != before["access_token"]
    assert after["expires_at"] > datetime.now(UTC) + timedelta(minutes=50)
    if platform is not Platform.INSTAGRAM:
        old, new = (tokens.opened(place.services.vault, row).refresh_token for row in (before, after))
        assert (old == new) == (platform is Platform.YOUTUBE)


async def test_a_token_that_the_platform_refuses_early_is_renewed(place: Place) -> None:
    async with place.browser() as http:
        await connect(place, http, Platform.TIKTOK)
    await place.execute("UPDATE sandbox.social_grants SET access_until = now()")
    assert await place.services.accounts.top_posts(COACH, Platform.TIKTOK, 1)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_revoked_connection_says_that_it_must_be_made_again(place: Place, platform: Platform) -> None:
    accounts = place.services.accounts
    async with place.browser() as http:
        await connect(place, http, platform)
        await place.execute("UPDATE sandbox.social_grants SET revoked_at = now()")
        for _ in range(2):
            with pytest.raises(TokenDead):
                await accounts.top_posts(COACH, platform, 1)
        assert [each.needs_reconnect for each in await accounts.connections(COACH)] == [True]
        await connect(place, http, platform)
        assert [each.needs_reconnect for each in await accounts.connections(COACH)] == [False]
        assert await accounts.top_posts(COACH, platform, 1)


async def test_a_platform_that_is_down_does_not_cost_the_connection(place: Place) -> None:
    async with place.browser() as http:
        await connect(place, http, Platform.YOUTUBE)
        await place.fault(http, "/social/youtube/media", status=503)
        with pytest.raises(OutsideUnavailable):
            await place.services.accounts.top_posts(COACH, Platform.YOUTUBE, 1)
    assert [each.needs_reconnect for each in await place.services.accounts.connections(COACH)] == [False]
    assert await place.services.accounts.top_posts(COACH, Platform.YOUTUBE, 1)


# Keys -----------------------------------------------------------------------------------------------------------------


def account(coach_id: int, platform: str) -> tokens.Account:
    access, refresh = f"access {coach_id}", f"refresh {platform}"
    return tokens.Account(coach_id, platform, "1", "me", None, access, refresh, "a b", None, None)


async def test_rotating_seals_every_token_with_the_new_key(pool: Pool) -> None:
    old, both, new = Vault([b"o" * 32]), Vault([b"n" * 32, b"o" * 32]), Vault([b"n" * 32])
    async with pool.connection() as conn:
        for coach_id in (1, 2):
            await tokens.save(conn, old, account(coach_id, "tiktok"))
        assert await tokens.unknown_keys(conn, new) == sorted(old.key_ids)
        assert await tokens.rotate(pool, both) == 4
        assert await tokens.rotate(pool, both) == 0
        assert await tokens.unknown_keys(conn, new) == []
        assert await tokens.load(conn, new, 2, "tiktok") == account(2, "tiktok")


async def test_tokens_that_were_moved_to_another_coach_do_not_open(place: Place) -> None:
    vault = place.services.vault
    async with place.services.pool.connection() as conn:
        await tokens.save(conn, vault, account(COACH, "tiktok"))
        await tokens.save(conn, vault, account(COACH + 1, "tiktok"))
        await conn.execute(
            "UPDATE avery_social_accounts SET access_token = (SELECT access_token FROM avery_social_accounts"
            " WHERE coach_id = %s) WHERE coach_id = %s", (COACH + 1, COACH)
        )  # fmt: skip
    with pytest.raises(TokenDead):
        await place.services.accounts.top_posts(COACH, "tiktok", 1)
