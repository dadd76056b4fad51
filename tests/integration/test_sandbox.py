"""The sandbox's storefront and fault panel, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from avery.clients.http import open_http
from avery.clients.kliq import BlogDraft, Kliq
from avery.domain import Money
from avery.errors import OutsideUnavailable
from avery.sandbox.server import KLIQ_PATH, serve_sandbox
from avery.store.pool import Pool

pytestmark = pytest.mark.anyio

APP = 7
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
async def base(pool: Pool) -> AsyncIterator[str]:
    async with serve_sandbox(pool) as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_http() as client:
        yield client


@pytest.fixture
def kliq(base: str, http: httpx.AsyncClient) -> Kliq:
    return Kliq(http, base + KLIQ_PATH)


# The storefront -------------------------------------------------------------------------------------------------------


async def test_an_empty_store_says_what_will_come(base: str, http: httpx.AsyncClient) -> None:
    page = await http.get(f"{base}/sandbox/store/{APP}")
    assert page.status_code == 200
    for promise in (
        "Your name here",
        "Your bio will appear here",
        "Your price will appear here",
        "Your posts will appear here",
        "Your live sessions will appear here",
        "Opening soon",
    ):
        assert promise in page.text


async def test_a_store_shows_what_it_has(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    starts = datetime.now(timezone(timedelta(hours=2))).replace(hour=18, minute=30) + timedelta(days=3)
    profile = {"name": "Zoë O'Neil", "niche": "wellness", "specialty": "Yin yoga", "bio": "One.\n\nTwo."}
    await kliq.put_profile(APP, profile, key="1")
    await kliq.put_pricing(APP, Money(1299), key="2")
    await kliq.put_theme(APP, "wellness-calm", key="3")
    post = await kliq.create_blog(APP, BlogDraft("Rest well", "It is **easy**.", "Sleep"), key="4")
    await kliq.publish_blog(APP, post.id, key="5")
    await kliq.create_live_session(APP, "Evening flow", starts, 45, key="6")
    await kliq.put_scorecard(APP, {"store_shared": True}, key="7")
    page = (await http.get(f"{base}/sandbox/store/{APP}")).text
    for shown in (
        'data-theme="wellness-calm"',
        "Zoë O&#39;Neil",
        "Wellness &amp; mindfulness",
        "Yin yoga",
        "<p>One.</p><p>Two.</p>",
        "£12.99",
        "a month",
        "Rest well",
        "It is easy.",
        f"/blog/{post.id}",
        "Evening flow",
        f"{starts:%A}, 18:30 (UTC+02:00)",
        "Sandbox",
    ):
        assert shown in page
    for gone in ("will appear here", "Opening soon"):
        assert gone not in page


async def test_drafts_are_seen_only_in_the_preview(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    post = await kliq.create_blog(APP, BlogDraft("Not yet", "Text"), key="1")
    store, blog = f"{base}/sandbox/store/{APP}", f"{base}/sandbox/store/{APP}/blog/{post.id}"
    public, preview = (await http.get(store)).text, (await http.get(store, params={"preview": "1"})).text
    assert ("Not yet" in public, "Not yet" in preview, "Draft" in preview) == (False, True, True)
    statuses = [(await http.get(blog)).status_code, (await http.get(blog, params={"preview": "1"})).status_code]
    assert statuses == [404, 200]


async def test_nothing_that_a_coach_wrote_becomes_markup(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await kliq.put_profile(APP, {"name": HOSTILE, "specialty": HOSTILE, "bio": HOSTILE}, key="1")
    body = f"{HOSTILE}\n\n[x](javascript:alert(1)) ![x](javascript:alert(1)) [ok](https://example.com)"
    cover = 'https://example.com/x.png"onerror="alert(1)'
    post = await kliq.create_blog(APP, BlogDraft(HOSTILE, body, HOSTILE, (HOSTILE,), cover), key="2")
    await kliq.publish_blog(APP, post.id, key="3")
    for path in ("", f"/blog/{post.id}"):
        page = (await http.get(f"{base}/sandbox/store/{APP}{path}")).text
        assert "<script" not in page
        assert 'href="javascript' not in page
        assert 'src="javascript' not in page
        assert '"onerror' not in page
    assert 'rel="nofollow noopener noreferrer"' in page


async def test_the_pages_run_nothing_and_are_framed_only_by_this_machine(base: str, http: httpx.AsyncClient) -> None:
    policy = (await http.get(f"{base}/sandbox/store/{APP}")).headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self' https: data: http://127.0.0.1:* http://localhost:*;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
    )
    assert (await http.get(f"{base}/sandbox/storefront.css")).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    "path",
    [
        "store/0",
        "store/99999999999999999999",
        "store/x",
        "store/7/blog/%00",
        "photos/%00",
        "photos/x",
        "store/7/blog/x",
    ],
)
async def test_a_page_that_is_not_there_is_a_4xx(path: str, base: str, http: httpx.AsyncClient) -> None:
    assert 200 <= (await http.get(f"{base}/sandbox/{path}")).status_code < 500


# The fault panel ------------------------------------------------------------------------------------------------------


async def fault(http: httpx.AsyncClient, base: str, **wanted: object) -> None:
    response = await http.post(f"{base}/sandbox/faults", json=wanted)
    assert response.status_code == 201, response.text


async def test_the_next_calls_fail_as_often_as_asked(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await fault(http, base, path="/api/store", count=2, status=503, retry_after=3)
    for _ in range(2):
        with pytest.raises(OutsideUnavailable) as caught:
            await kliq.get_store(APP)
        assert (caught.value.status, caught.value.retry_after) == (503, 3.0)
    assert (await kliq.get_store(APP)).revision == 0


async def test_a_fault_is_for_its_path_and_method_only(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await fault(http, base, path="/api/blogs", method="POST")
    assert await kliq.get_blogs(APP) == ()
    await kliq.put_profile(APP, {"name": "Zoë"}, key="1")
    with pytest.raises(OutsideUnavailable):
        await kliq.create_blog(APP, BlogDraft("T", "B"), key="2")
    assert (await kliq.create_blog(APP, BlogDraft("T", "B"), key="2")).title == "T"


async def test_a_lost_answer_is_a_write_that_was_done(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await fault(http, base, path="/api/blogs", fault="lose", status=502)
    with pytest.raises(OutsideUnavailable):
        await kliq.create_blog(APP, BlogDraft("T", "B"), key="1")
    post = await kliq.create_blog(APP, BlogDraft("T", "B"), key="1")
    assert await kliq.get_blogs(APP) == (post,)


@pytest.mark.parametrize("path", ["/api/store", "/api/"])
async def test_a_slow_call_is_answered_late(path: str, base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await fault(http, base, path=path, fault="slow", delay_ms=150)
    loop = asyncio.get_running_loop()
    began = loop.time()
    store = await kliq.get_store(APP)
    assert (store.revision, loop.time() - began >= 0.15) == (0, True)


async def test_a_hanging_call_ends_when_the_caller_hangs_up(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await fault(http, base, path="/api/profile", fault="hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await kliq.put_profile(APP, {"name": "Zoë"}, key="1")
    await kliq.put_profile(APP, {"name": "Zoë"}, key="1")
    assert (await kliq.get_store(APP)).revision == 1


async def test_faults_can_be_listed_and_cleared(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    await fault(http, base, path="/api/store", count=3)
    with pytest.raises(OutsideUnavailable):
        await kliq.get_store(APP)
    listed = (await http.get(f"{base}/sandbox/faults")).json()["faults"]
    assert [(row["path"], row["remaining"], row["status"]) for row in listed] == [("/api/store", 2, 500)]
    assert (await http.delete(f"{base}/sandbox/faults")).json() == {"faults": []}
    assert (await kliq.get_store(APP)).revision == 0


async def test_a_fault_holds_for_every_process_on_the_database(pool: Pool, base: str, http: httpx.AsyncClient) -> None:
    await fault(http, base, path="/api/store")
    async with serve_sandbox(pool) as other:
        with pytest.raises(OutsideUnavailable):
            await Kliq(http, other + KLIQ_PATH).get_store(APP)


async def test_one_fault_is_suffered_once_by_calls_at_the_same_time(
    base: str, http: httpx.AsyncClient, kliq: Kliq
) -> None:
    await fault(http, base, path="/api/store", count=3)
    results = await asyncio.gather(*(kliq.get_store(APP) for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(result, OutsideUnavailable) for result in results) == 3


@pytest.mark.parametrize("wanted", [{"fault": "burn"}, {"count": 0}, {"status": 200}, {"path": "api"}, {"surprise": 1}])
async def test_a_fault_that_makes_no_sense_is_refused(
    wanted: dict[str, object], base: str, http: httpx.AsyncClient
) -> None:
    assert (await http.post(f"{base}/sandbox/faults", json=wanted)).status_code == 422


async def test_a_foreign_page_cannot_use_the_panel(base: str, http: httpx.AsyncClient) -> None:
    response = await http.post(
        f"{base}/sandbox/faults", content=b'{"path": "/"}', headers={"content-type": "text/plain"}
    )
    assert response.status_code == 415
