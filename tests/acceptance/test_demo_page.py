"""The demo page in a real browser, before a real server: what a coach sees and does there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.acceptance.server import Server, serving, start

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

pytestmark = pytest.mark.anyio

PATIENCE_MS = 15_000
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63b8f0f63f0005d102dcb2c4"
    "b7490000000049454e44ae426082"
)
"""One pixel."""


@pytest.fixture(scope="package")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """Chromium, as the system has it; a test that cannot have it says how to get it."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is missing: `make test` installs it")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is missing: `apt install chromium`, or any Chrome on the PATH")
    async with playwright.async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        await chromium.close()


class Coach:
    """Somebody before the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def say(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Message to Avery").fill(text)
        await self.page.keyboard.press("Enter")

    async def hears(self, words: str | re.Pattern[str]) -> Locator:
        """Wait until Avery's finished messages hold these words."""
        found = self.page.get_by_role("log").get_by_text(words).last
        await found.wait_for()
        return found

    def button(self, label: str) -> Locator:
        return self.page.get_by_role("log").get_by_role("button", name=label, disabled=False)

    async def said(self) -> list[str]:
        """The words of all messages, in order."""
        return [text.strip() for text in await self.page.locator("[role=log] .words").all_inner_texts()]

    async def progress(self) -> str:
        return await self.page.get_by_role("progressbar").get_attribute("aria-valuetext") or ""


@asynccontextmanager
async def before_the_page(
    browser: Browser, url: str, coach_id: int, *, size: dict[str, int] = DESKTOP, touch: bool = False
) -> AsyncIterator[Coach]:
    """A coach who has opened the page; at the end nothing may have gone wrong in it."""
    context = await browser.new_context(viewport=size, has_touch=touch, reduced_motion="reduce")  # type: ignore[arg-type]
    coach = Coach(await context.new_page())
    await coach.page.goto(f"{url}/?coach={coach_id}")
    yield coach
    await context.close()
    assert coach.complaints == []


async def test_a_coach_goes_from_the_greeting_to_her_socials(browser: Browser, avery: Server, me: int) -> None:
    async with before_the_page(browser, avery.url, me) as coach:
        await coach.hears("what should I call you?")
        await coach.say("Zoë O'Neil")
        niche = coach.button("Wellness & Mindfulness")
        await niche.click()
        await coach.hears("specialty")
        await coach.say("breathwork")
        await coach.button("Connect Instagram").wait_for()
        assert "Socials" in await coach.progress()
        # The store beside it has grown, and a button of an earlier moment is history.
        await coach.page.frame_locator("iframe.shown").get_by_role("heading", name="Zoë O'Neil").wait_for()
        assert await coach.page.get_by_role("button", name="Fitness & Training").is_disabled()
        assert "chosen" in (await coach.page.get_by_role("button", name="Wellness").get_attribute("class") or "")


async def test_connecting_an_account_opens_a_window_in_the_click_and_avery_goes_on(
    browser: Browser, avery: Server, me: int
) -> None:
    async with before_the_page(browser, avery.url, me) as coach:
        await coach.hears("what should I call you?")
        await coach.say("Sam")
        await coach.button("Fitness & Training").click()
        await coach.hears("specialty")
        await coach.say("strength")
        async with coach.page.expect_popup() as opening:
            await coach.button("Connect Instagram").click()
        consent = await opening.value
        await consent.get_by_text("This is not Instagram").wait_for()
        await consent.get_by_role("button").first.click()
        await coach.hears("Instagram is connected")
        assert "Posts" in await coach.progress()
        await coach.page.get_by_role("listitem").filter(has_text="Socials, done").first.wait_for()
        # The posts are shown folded, and unfold.
        await coach.button("Write my three posts").click()
        await coach.button("Publish all three").wait_for()
        unfold = coach.page.get_by_role("button", name=re.compile("Read all")).first
        await unfold.click()
        assert await coach.page.get_by_role("button", name="Show less").get_attribute("aria-expanded") == "true"


async def test_what_was_asked_for_in_words_opens_by_a_button(browser: Browser, avery: Server, me: int) -> None:
    async with before_the_page(browser, avery.url, me) as coach:
        await coach.hears("what should I call you?")
        await coach.say("connect tiktok")
        async with coach.page.expect_popup() as opening:
            await coach.page.get_by_role("button", name="Open TikTok").click()
        await (await opening.value).get_by_text("This is not TikTok").wait_for()


async def test_a_photo_is_picked_and_shown_in_the_store(browser: Browser, avery: Server, me: int) -> None:
    async with before_the_page(browser, avery.url, me) as coach:
        await coach.hears("what should I call you?")
        async with coach.page.expect_file_chooser() as choosing:
            await coach.page.get_by_role("button", name="Upload a profile photo").click()
        from playwright.async_api import FilePayload

        chooser = await choosing.value
        await chooser.set_files(FilePayload(name="me.png", mimeType="image/png", buffer=PNG))
        await coach.hears("photo is on your store")
        await coach.page.goto(f"{avery.url}/sandbox/store/{me}")
        await coach.page.locator("img.avatar").wait_for()


async def test_a_name_is_text_whatever_it_looks_like(browser: Browser, avery: Server, me: int) -> None:
    async with before_the_page(browser, avery.url, me) as coach:
        await coach.hears("what should I call you?")
        await coach.say("my name is <img src=x onerror=alert(1)> [x](javascript:alert(1))")
        await coach.page.locator(".message.coach:not(.waiting)").wait_for()
        await coach.page.locator("[role=log] .message.avery").nth(1).wait_for()
        assert await coach.page.locator("[role=log] img, [role=log] a[href^=javascript]").count() == 0


async def test_on_a_phone_the_chat_is_full_width_and_the_store_behind_a_button(
    browser: Browser, avery: Server, me: int
) -> None:
    async with before_the_page(browser, avery.url, me, size=PHONE, touch=True) as coach:
        await coach.hears("what should I call you?")
        box = await coach.page.get_by_role("main").bounding_box()
        assert box is not None
        assert box["width"] == PHONE["width"]
        assert await coach.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        store = coach.page.get_by_role("complementary", name="Your store")
        assert not await store.is_visible()
        await coach.page.get_by_role("button", name="See your store").click()
        await store.wait_for(state="visible")
        await coach.page.get_by_role("button", name="Back to the chat").click()
        await store.wait_for(state="hidden")


async def test_a_reply_is_seen_while_it_is_written_and_can_be_stopped(
    browser: Browser, server: Server, me: int
) -> None:
    async with before_the_page(browser, server.url, me) as coach:
        await coach.hears("greeting")
        await coach.say(f"gate a{me}")
        await coach.page.locator("#streams").get_by_text("before").wait_for()
        server.open_gate(f"a{me}")
        await coach.hears("before after")
        await coach.say(f"gate b{me}")
        await coach.page.locator("#streams").get_by_text("before").wait_for()
        await coach.page.get_by_role("button", name="Stop writing").click()
        await coach.hears("You stopped Avery here.")
        await coach.say("and on")
        await coach.hears("echo: and on")


async def test_a_second_tab_and_a_reload_show_the_same_conversation(browser: Browser, server: Server, me: int) -> None:
    async with before_the_page(browser, server.url, me) as coach:
        await coach.hears("greeting")
        async with before_the_page(browser, server.url, me) as tab:
            await tab.hears("greeting")
            await coach.say("one")
            await coach.hears("echo: one")
            await tab.hears("echo: one")
            assert await tab.said() == await coach.said()
        before = await coach.said()
        await coach.page.reload()
        await coach.hears("echo: one")
        assert await coach.said() == before


async def test_what_is_said_while_the_server_is_away_arrives_once(
    browser: Browser, database_url: str, tmp_path: Path, me: int
) -> None:
    first = await start(database_url, tmp_path)
    port = httpx.URL(first.url).port
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    coach = Coach(await context.new_page())
    await coach.page.goto(f"{first.url}/?coach={me}")
    await coach.hears("greeting")
    await coach.say("one")
    await coach.hears("echo: one")
    await first.kill()
    await coach.page.get_by_role("status").get_by_text("Lost connection. Reconnecting…").wait_for()
    await coach.say("two")
    async with serving(database_url, tmp_path, port=port):
        await coach.hears("echo: two")
        # A new tab has nothing but the transcript: it tells what really arrived.
        other = Coach(await context.new_page())
        await other.page.goto(f"{first.url}/?coach={me}")
        await other.hears("echo: two")
        assert await other.said() == ["greeting", "one", "echo: one", "two", "echo: two"]
        assert await coach.said() == await other.said()
    await context.close()


async def test_an_unsent_message_outlives_the_page(browser: Browser, server: Server, me: int) -> None:
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    coach = Coach(await context.new_page())
    await coach.page.goto(f"{server.url}/?coach={me}")
    await coach.hears("greeting")
    # A socket that swallows what is sent, as a dead network does.
    await coach.page.evaluate("WebSocket.prototype.send = () => {}")
    await coach.say("do not lose me")
    await coach.page.locator(".message.coach.waiting").wait_for()
    await coach.page.reload()
    await coach.hears("echo: do not lose me")
    assert (await coach.said()).count("do not lose me") == 1
    await context.close()


async def test_avery_is_told_that_somebody_types_once_and_not_with_every_key(
    browser: Browser, server: Server, me: int
) -> None:
    async with before_the_page(browser, server.url, me) as coach:
        sent: list[str] = []
        coach.page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(json.loads(frame)["type"])),
        )
        await coach.page.reload()
        await coach.hears("greeting")
        text = coach.page.get_by_role("textbox", name="Message to Avery")
        await text.press_sequentially("hello there")
        await text.fill("")
        await text.press_sequentially("hi")
        await text.press("Enter")
        await coach.hears("echo: hi")
        assert [each for each in sent if each not in ("resume", "ping")] == [
            "typing_start", "typing_stop", "typing_start", "typing_stop", "coach_message",
        ]  # fmt: skip


async def test_the_celebration_at_the_end_closes_with_a_key(browser: Browser, avery: Server, me: int) -> None:
    async with before_the_page(browser, avery.url, me) as coach:
        await coach.hears("what should I call you?")
        party = coach.page.locator("#party .cheer")
        await coach.say("Sam")
        await coach.hears("What kind of coaching")
        heard = coach.page.locator("[role=log] .message.avery")
        for _ in range(20):
            before = await heard.count()
            await coach.say("skip")
            await heard.nth(before).wait_for()
            if "100 percent" in await coach.progress():
                break
        await party.wait_for()
        await coach.page.keyboard.press("Escape")
        await party.wait_for(state="detached")


async def test_reading_is_never_interrupted_by_news(browser: Browser, server: Server, me: int) -> None:
    async with before_the_page(browser, server.url, me) as coach:
        await coach.hears("greeting")
        for number in range(12):
            await coach.say(f"line {number}\n" * 3)
            await coach.hears(f"echo: line {number}")
        region = coach.page.get_by_role("region", name="Messages")
        await region.evaluate("node => node.scrollTo(0, 0)")
        latest = coach.page.get_by_role("button", name=re.compile("jump to the latest", re.IGNORECASE))
        await latest.wait_for()
        async with before_the_page(browser, server.url, me) as tab:
            await tab.say("from elsewhere")
            await coach.hears("echo: from elsewhere")
        assert await region.evaluate("node => node.scrollTop") == 0
        await latest.click()
        await latest.wait_for(state="hidden")


async def test_too_long_a_message_is_counted_and_held_back(browser: Browser, server: Server, me: int) -> None:
    async with before_the_page(browser, server.url, me) as coach:
        await coach.hears("greeting")
        text = coach.page.get_by_role("textbox", name="Message to Avery")
        await text.fill("🙂" * 4001)
        await coach.page.get_by_text("4,001 of 4,000 characters").wait_for()
        assert await coach.page.get_by_role("button", name="Send").is_disabled()
        await text.fill("🙂" * 4000)
        await coach.page.get_by_role("button", name="Send").click()
        await coach.hears(re.compile("echo: 🙂🙂"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_page(
    browser: Browser, avery: Server, me: int, size: dict[str, int], scheme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.async_playwright", reason="axe is missing: `make test` installs it"
    )
    context = await browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    coach = Coach(await context.new_page())
    await coach.page.goto(f"{avery.url}/?coach={me}")
    await coach.hears("what should I call you?")
    await coach.say("Sam")
    await coach.button("Skip for now").click()
    await coach.button("Connect Instagram").wait_for()
    # The store in the frame is a page of its own.
    found = await axe.Axe().run(coach.page, context={"exclude": [["iframe"]]})
    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found.response["violations"]] == []
    await context.close()


async def test_the_page_allows_nothing_but_itself(avery: Server) -> None:
    async with httpx.AsyncClient(base_url=avery.url) as http:
        page = await http.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-cache"
        assert "<script>" not in page.text
        assert "style=" not in page.text
        again = await http.get("/avery.js", headers={"If-None-Match": (await http.get("/avery.js")).headers["etag"]})
        assert again.status_code == 304
        assert (await http.get("/__init__.py")).status_code == 404
