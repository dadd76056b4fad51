"""The KLIQ client and the sandbox KLIQ, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avery.clients.http import open_http
from avery.clients.kliq import SANDBOX_TOKEN, BlogDraft, Kliq
from avery.domain import BlogPost, Money, Scorecard, ScorecardItem, Store
from avery.errors import OutsideRefused, OutsideUnavailable
from avery.sandbox.server import KLIQ_PATH, serve_sandbox
from avery.store.pool import Pool

pytestmark = pytest.mark.anyio

APP = 41
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
DRAFT = BlogDraft("Five warm-ups", "## Start\n\nSlowly.", "Training", ("strength",), None, "template:warm-ups")
NOTHING_DONE: Scorecard = {item.value: False for item in ScorecardItem}


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


def in_days(days: int) -> datetime:
    return datetime.now(timezone(timedelta(hours=1))).replace(microsecond=0) + timedelta(days=days)


async def test_a_store_that_nobody_touched_is_empty(kliq: Kliq, base: str) -> None:
    assert await kliq.get_store(APP) == Store(url=f"{base}/sandbox/store/{APP}", scorecard=NOTHING_DONE)


async def test_a_store_shows_all_that_was_written(kliq: Kliq, base: str) -> None:
    later, sooner = in_days(9), in_days(2)
    await kliq.put_profile(APP, {"name": "Zoë", "niche": "fitness", "bio": "Hi!", "tone": "calm"}, key="1")
    await kliq.put_profile(APP, {"specialty": "Strength"}, key="2")
    first = await kliq.create_blog(APP, DRAFT, key="3")
    second = await kliq.create_blog(APP, BlogDraft("Another", "Text"), key="4")
    published = await kliq.publish_blog(APP, first.id, key="5")
    await kliq.put_pricing(APP, Money(1299), "year", key="6")
    await kliq.put_theme(APP, "fitness-fresh", key="7")
    await kliq.create_live_session(APP, "Later", later, 45, key="8")
    await kliq.create_live_session(APP, "Sooner", sooner, 45, key="9")
    photo = await kliq.upload_photo(APP, PNG, "image/png", key="10")
    scorecard = await kliq.put_scorecard(APP, {"profile_photo": True, "store_shared": True}, key="11")
    assert await kliq.get_store(APP) == Store(
        url=f"{base}/sandbox/store/{APP}",
        revision=11,
        name="Zoë",
        niche="fitness",
        photo_url=photo,
        bio="Hi!",
        price=Money(1299),
        price_interval="year",
        theme="fitness-fresh",
        blogs=(BlogPost(first.id, "Five warm-ups", "published"), second),
        live_sessions=(sooner.isoformat(), later.isoformat()),
        scorecard=scorecard,
        live=True,
    )
    assert published == BlogPost(first.id, "Five warm-ups", "published")
    assert scorecard == NOTHING_DONE | {"profile_photo": True, "store_shared": True}


async def test_a_store_goes_live_when_it_is_shared_and_stays_live(kliq: Kliq) -> None:
    await kliq.put_scorecard(APP, {"profile_photo": True}, key="1")
    before = (await kliq.get_store(APP)).live
    await kliq.put_scorecard(APP, {"store_shared": True}, key="2")
    await kliq.put_scorecard(APP, {"store_shared": False}, key="3")
    assert (before, (await kliq.get_store(APP)).live) == (False, True)


async def test_a_post_can_be_read_changed_and_deleted(kliq: Kliq, base: str) -> None:
    post = await kliq.create_blog(APP, DRAFT, key="1")
    blog = await kliq.get_blog(APP, post.id)
    assert (blog.title, blog.body, blog.category, blog.tags, blog.source, blog.status) == (
        DRAFT.title,
        DRAFT.body,
        DRAFT.category,
        DRAFT.tags,
        DRAFT.source,
        "draft",
    )
    changed = await kliq.update_blog(APP, post.id, {"title": "Six warm-ups", "status": "published"}, key="2")
    assert changed == BlogPost(post.id, "Six warm-ups", "published")
    assert (await kliq.get_blog(APP, post.id)).body == DRAFT.body
    await kliq.delete_blog(APP, post.id, key="3")
    assert await kliq.get_blogs(APP) == ()
    with pytest.raises(OutsideRefused) as caught:
        await kliq.get_blog(APP, post.id)
    assert caught.value.status == 404


async def test_an_application_sees_and_touches_only_its_own(kliq: Kliq) -> None:
    post = await kliq.create_blog(APP, DRAFT, key="1")
    for attempt in (
        kliq.get_blog(99, post.id),
        kliq.update_blog(99, post.id, {"title": "Mine"}, key="1"),
        kliq.publish_blog(99, post.id, key="2"),
        kliq.delete_blog(99, post.id, key="3"),
    ):
        with pytest.raises(OutsideRefused) as caught:
            await attempt
        assert caught.value.status == 404
    assert ((await kliq.get_store(99)).blogs, (await kliq.get_store(APP)).blogs) == ((), (post,))


async def test_templates_are_listed_by_niche(kliq: Kliq) -> None:
    assert {theme.niche for theme in await kliq.get_themes()} == {"fitness", "wellness", "business", "lifestyle"}
    assert {theme.niche for theme in await kliq.get_themes("wellness")} == {"wellness"}


async def test_a_wrong_token_is_refused(base: str, http: httpx.AsyncClient) -> None:
    with pytest.raises(OutsideRefused) as caught:
        await Kliq(http, base + KLIQ_PATH, "wrong").get_store(APP)
    assert caught.value.status == 401


async def test_notifications_and_analytics_are_kept(kliq: Kliq, http: httpx.AsyncClient, base: str) -> None:
    post = await kliq.create_blog(APP, DRAFT, key="1")
    await kliq.publish_blog(APP, post.id, key="2")
    await kliq.push(APP, "Two new drafts", "Have a look", key="3")
    for path in ("", "", "?preview=1", f"/blog/{post.id}"):
        assert (await http.get(f"{base}/sandbox/store/{APP}{path}")).status_code == 200
    analytics = await kliq.get_analytics(APP)
    pushed = (await http.get(f"{base}{KLIQ_PATH}/api/push", headers=headers())).json()
    assert (analytics["visits"], analytics["blog_views"], analytics["published_blogs"]) == (
        2,
        [{"id": post.id, "title": DRAFT.title, "views": 1}],
        1,
    )
    assert [(push["title"], push["body"]) for push in pushed] == [("Two new drafts", "Have a look")]


# Idempotency ----------------------------------------------------------------------------------------------------------


async def test_the_same_key_and_request_is_one_write(kliq: Kliq) -> None:
    posts = [await kliq.create_blog(APP, DRAFT, key="once") for _ in range(3)]
    assert len(set(posts)) == 1
    assert (await kliq.get_store(APP)).blogs == (posts[0],)


async def test_the_same_key_twenty_times_at_once_is_one_write(kliq: Kliq) -> None:
    posts = await asyncio.gather(*(kliq.create_blog(APP, DRAFT, key="once") for _ in range(20)))
    store = await kliq.get_store(APP)
    assert (set(posts), store.blogs, store.revision) == ({posts[0]}, (posts[0],), 1)


async def test_a_key_holds_over_a_restart_and_in_another_process(pool: Pool, http: httpx.AsyncClient) -> None:
    answers = []
    for _ in range(2):
        async with serve_sandbox(pool) as base:
            answers.append(await Kliq(http, base + KLIQ_PATH).create_blog(APP, DRAFT, key="once"))
    assert answers[0] == answers[1]


async def test_keys_are_forgotten_after_days(pool: Pool, http: httpx.AsyncClient) -> None:
    async with serve_sandbox(pool) as base:
        kliq = Kliq(http, base + KLIQ_PATH)
        for key in ("old", "young"):
            await kliq.create_blog(APP, DRAFT, key=key)
    async with pool.connection() as conn:
        await conn.execute("UPDATE sandbox.writes SET created_at = now() - interval '3 days' WHERE key = 'old'")
    async with serve_sandbox(pool) as base:
        await Kliq(http, base + KLIQ_PATH).create_blog(APP, DRAFT, key="new")
    async with pool.connection() as conn:
        keys = [row["key"] for row in await (await conn.execute("SELECT key FROM sandbox.writes")).fetchall()]
    assert sorted(keys) == ["new", "young"]


async def test_a_key_belongs_to_its_application(kliq: Kliq) -> None:
    mine, theirs = [await kliq.create_blog(app, DRAFT, key="once") for app in (APP, 99)]
    assert mine.id != theirs.id


async def test_the_same_key_with_another_request_is_refused(kliq: Kliq) -> None:
    post = await kliq.create_blog(APP, DRAFT, key="once")
    for attempt in (
        kliq.create_blog(APP, BlogDraft("Other", "Text"), key="once"),
        kliq.publish_blog(APP, post.id, key="once"),
    ):
        with pytest.raises(OutsideRefused, match="used for another request") as caught:
            await attempt
        assert caught.value.status == 422
    assert (await kliq.get_store(APP)).blogs == (post,)


async def test_a_refused_write_leaves_its_key_free(kliq: Kliq) -> None:
    with pytest.raises(OutsideRefused):
        await kliq.put_theme(APP, "no-such-template", key="once")
    await kliq.put_theme(APP, "fitness-power", key="once")
    assert (await kliq.get_store(APP)).theme == "fitness-power"


async def test_a_deletion_that_is_sent_again_is_answered_as_before(kliq: Kliq) -> None:
    post = await kliq.create_blog(APP, DRAFT, key="1")
    await kliq.delete_blog(APP, post.id, key="2")
    await kliq.delete_blog(APP, post.id, key="2")


# Validation -----------------------------------------------------------------------------------------------------------

Call = Callable[[Kliq], Awaitable[Any]]
REFUSED: dict[str, tuple[Call, str]] = {
    "a profile of nothing": (lambda k: k.put_profile(APP, {}, key="1"), "Name at least one"),
    "an unknown field": (lambda k: k.put_profile(APP, {"age": "5"}, key="1"), "unknown field `age`"),
    "an unknown niche": (lambda k: k.put_profile(APP, {"niche": "gardening"}, key="1"), "niche: "),
    "an unknown tone": (lambda k: k.put_profile(APP, {"tone": "rude"}, key="1"), "tone: "),
    "an empty name": (lambda k: k.put_profile(APP, {"name": "  "}, key="1"), "name: "),
    "a long bio": (lambda k: k.put_profile(APP, {"bio": "x" * 2001}, key="1"), "bio: "),
    "a name with a NUL": (lambda k: k.put_profile(APP, {"name": "Zo\x00e"}, key="1"), "cannot keep"),
    "a title of 201": (lambda k: k.create_blog(APP, BlogDraft("x" * 201, "Text"), key="1"), "title: "),
    "a blank title": (lambda k: k.create_blog(APP, BlogDraft(" ", "Text"), key="1"), "title: "),
    "an empty body": (lambda k: k.create_blog(APP, BlogDraft("Title", ""), key="1"), "body: "),
    "a cover of a script": (
        lambda k: k.create_blog(APP, BlogDraft("T", "B", cover_image_url="javascript:alert(1)"), key="1"),
        "cover_image_url: ",
    ),
    "a price of nothing": (lambda k: k.put_pricing(APP, Money(0), key="1"), "minor: "),
    "a negative price": (lambda k: k.put_pricing(APP, Money(-5), key="1"), "minor: "),
    "a huge price": (lambda k: k.put_pricing(APP, Money(100_000_01), key="1"), "minor: "),
    "a made-up currency": (lambda k: k.put_pricing(APP, Money(100, "ABC"), key="1"), "currency: "),
    "a currency of the past": (lambda k: k.put_pricing(APP, Money(100, "DEM"), key="1"), "currency: "),
    "a made-up template": (lambda k: k.put_theme(APP, "nope", key="1"), "template: "),
    "a session in the past": (lambda k: k.create_live_session(APP, "T", in_days(-1), 45, key="1"), "starts_at: "),
    "a session in ten years": (lambda k: k.create_live_session(APP, "T", in_days(3650), 45, key="1"), "starts_at: "),
    "a session without a zone": (
        lambda k: k.create_live_session(APP, "T", in_days(1).replace(tzinfo=None), 45, key="1"),
        "starts_at: ",
    ),
    "a session of a minute": (lambda k: k.create_live_session(APP, "T", in_days(1), 1, key="1"), "minutes: "),
    "an unknown mark": (lambda k: k.put_scorecard(APP, {"rich": True}, key="1"), "items"),
    "a text as a photo": (lambda k: k.upload_photo(APP, b"hello", "image/png", key="1"), "PNG, JPEG, WebP or GIF"),
    "a script as a photo": (
        lambda k: k.upload_photo(
            APP, b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "image/svg+xml", key="1"
        ),
        "avatar of initials",
    ),
    "a photo of 6 MB": (lambda k: k.upload_photo(APP, PNG + bytes(6 << 20), "image/png", key="1"), ""),
    "an application of 0": (lambda k: k.get_store(0), "X-Application-Id"),
    "a post that is not there": (lambda k: k.publish_blog(APP, "nothing", key="1"), "no such thing"),
    "a post of another path": (lambda k: k.publish_blog(APP, "../../store", key="1"), "404"),
    "a push without words": (lambda k: k.push(APP, "Hi", " ", key="1"), "body: "),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_kliq_refuses_and_says_why_and_changes_nothing(what: str, kliq: Kliq) -> None:
    call, said = REFUSED[what]
    with pytest.raises(OutsideRefused) as caught:
        await call(kliq)
    assert said in caught.value.message
    assert (await kliq.get_store(APP)).revision == 0


async def test_a_refusal_is_a_problem_of_rfc_9457(base: str, http: httpx.AsyncClient) -> None:
    response = await http.put(f"{base}{KLIQ_PATH}/api/pricing", headers=headers(), json={"minor": 0, "currency": "GBP"})
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json() == {
        "type": "/problems/validation",
        "title": "Some of this is not as it should be",
        "status": 422,
        "detail": "KLIQ cannot take this",
        "errors": [{"field": "minor", "message": "minor: Expected `int` >= 1"}],
    }


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
async def test_rubbish_is_a_problem_and_never_a_500(method: str, base: str, http: httpx.AsyncClient) -> None:
    paths = (
        "profile",
        "blogs",
        "blogs/x",
        "blogs/x/publish",
        "pricing",
        "theme",
        "live-sessions",
        "scorecard",
        "photo",
        "push",
        "store",
    )
    bodies = (b"", b"{", b"[]", b"null", b'"text"', b"\xff", b'{"title": 5}', b'{"starts_at": "tomorrow"}')
    for path in paths:
        for body in bodies:
            url = f"{base}{KLIQ_PATH}/api/{path}"
            response = await http.request(method, url, headers=headers(), content=body)
            assert 400 <= response.status_code < 500, (path, body, response.text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(text=st.text(min_size=1, max_size=100))
async def test_a_name_comes_back_as_it_was_typed_or_is_refused(text: str, kliq: Kliq) -> None:
    try:
        await kliq.put_profile(APP, {"name": text}, key=str(uuid4()))
    except OutsideRefused:
        assert not text.strip() or "\x00" in text or not encodable(text)
    else:
        assert (await kliq.get_store(APP)).name == text


# Photos and Stripe ----------------------------------------------------------------------------------------------------


async def test_a_photo_is_served_as_what_its_bytes_are(kliq: Kliq, http: httpx.AsyncClient) -> None:
    url = await kliq.upload_photo(APP, PNG, "image/jpeg", key="1")
    response = await http.get(url)
    assert (response.content, response.headers["content-type"]) == (PNG, "image/png")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


async def test_a_newer_photo_takes_the_place_of_the_older(kliq: Kliq, http: httpx.AsyncClient) -> None:
    old = await kliq.upload_photo(APP, PNG, "image/png", key="1")
    new = await kliq.upload_photo(APP, PNG, "image/png", key="2")
    assert ((await http.get(old)).status_code, (await kliq.get_store(APP)).photo_url) == (404, new)


async def test_a_photo_may_come_as_multipart(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    response = await http.post(
        f"{base}{KLIQ_PATH}/api/photo", headers=headers(), files={"photo": ("me.png", PNG, "image/png")}
    )
    assert (response.status_code, (await kliq.get_store(APP)).photo_url) == (201, response.json()["url"])


async def test_an_avatar_of_initials_is_taken(kliq: Kliq, http: httpx.AsyncClient) -> None:
    avatar = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text x="4" y="4">ZO</text></svg>'
    url = await kliq.upload_photo(APP, avatar, "image/svg+xml", key="1")
    assert (await http.get(url)).headers["content-type"] == "image/svg+xml"


async def test_an_account_link_opens_once_and_can_be_finished_once(kliq: Kliq, http: httpx.AsyncClient) -> None:
    link = await kliq.stripe_link(APP, key="1")
    steps = [await http.get(link), await http.get(link), await http.post(link), await http.post(link)]
    assert [step.status_code for step in steps] == [200, 410, 200, 410]
    assert "simulation" in steps[0].text
    assert (await kliq.get_store(APP)).revision == 1


async def test_an_account_link_expires(kliq: Kliq, http: httpx.AsyncClient, pool: Pool) -> None:
    link = await kliq.stripe_link(APP, key="1")
    async with pool.connection() as conn:
        await conn.execute("UPDATE sandbox.account_links SET expires_at = now() - interval '1 second'")
    assert ((await http.get(link)).status_code, (await http.post(link)).status_code) == (410, 410)


# A KLIQ that is down --------------------------------------------------------------------------------------------------


async def test_an_unreachable_kliq_is_unavailable(http: httpx.AsyncClient, pool: Pool) -> None:
    async with serve_sandbox(pool) as base:
        pass
    with pytest.raises(OutsideUnavailable):
        await Kliq(http, base + KLIQ_PATH).get_store(APP)


async def test_the_store_says_when_nothing_changed(base: str, http: httpx.AsyncClient, kliq: Kliq) -> None:
    url = f"{base}{KLIQ_PATH}/api/store"
    etag = (await http.get(url, headers=headers())).headers["etag"]
    same = await http.get(url, headers=headers() | {"if-none-match": etag})
    await kliq.put_profile(APP, {"name": "Zoë"}, key="1")
    other = await http.get(url, headers=headers() | {"if-none-match": etag})
    assert (same.status_code, other.status_code) == (304, 200)


def headers() -> dict[str, str]:
    return {"authorization": f"Bearer {SANDBOX_TOKEN}", "x-application-id": str(APP)}


def encodable(text: str) -> bool:
    try:
        msgspec.json.encode(text)
    except UnicodeEncodeError:
        return False
    return True
