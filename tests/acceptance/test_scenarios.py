"""The spec's twenty scenarios (ticket 2.3) over the WebSocket: with the stand-in model, and with the script.

What is checked is what a coach would see: which tools ran, what her store holds, where the conversation stands, which
buttons are offered. Words are checked only where the scenario is about words.
"""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.acceptance.client import Client, Frame, coach, join, transcript
from tests.acceptance.consent import allow
from tests.acceptance.server import AVERY, Server, serving
from tests.postgres import database
from tests.standin import standin

pytestmark = pytest.mark.anyio
ids = itertools.count(50_000)


@pytest.fixture(scope="module")
async def servers(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Server]]:
    """Avery with the stand-in for a model, and Avery without one."""
    with database(postgres_url, template) as model_database_url, database(postgres_url, template) as database_url:
        async with (
            standin() as model,
            serving(
                model_database_url, tmp_path_factory.mktemp("ai"), module=AVERY,
                OPENAI_API_KEY="sk-stand-in", OPENAI_BASE_URL=model.url,
            ) as ai,
            serving(database_url, tmp_path_factory.mktemp("scripted"), module=AVERY) as scripted,
        ):  # fmt: skip
            yield {"ai": ai, "scripted": scripted}


@pytest.fixture(params=["ai", "scripted"])
async def talk(request: pytest.FixtureRequest, servers: dict[str, Server]) -> AsyncIterator[Client]:
    """A new coach, by either speaker."""
    async with coach(servers[request.param].url, next(ids)) as client:
        assert client.ready["mode"] == request.param
        yield client


# What a coach sees ---------------------------------------------------------------------------------------------------


def ran(client: Client, since: int = 0) -> list[str]:
    """The tools that ran well, in order."""
    done = [frame["payload"] for frame in client.frames[since:] if frame["type"] == "function_complete"]
    return [call["name"] for call in done if call["ok"]]


def store(client: Client) -> Frame:
    """The store as it was last announced."""
    previews = [frame["payload"]["store"] for frame in client.frames if frame["type"] == "store_preview_update"]
    return dict(previews[-1]) if previews else dict(client.ready["storePreview"])


def progress(client: Client) -> Frame:
    return next(frame["payload"] for frame in reversed(client.frames) if frame["type"] == "progress_update")


def actions(client: Client) -> set[str]:
    return {button["action"] for button in client.buttons}


async def at(client: Client, phase: str) -> None:
    """Lead the coach to a phase by buttons, with what the phases before it need."""
    for _ in range(12):
        here = progress(client)["phase"]
        if here == phase:
            return
        button = next(b for b in client.buttons if b["action"] in ("skip", "decline"))
        await client.press(button["action"], button.get("value"))
    raise AssertionError(f"{phase} was not reached: {progress(client)}")


async def introduced(client: Client) -> None:
    await client.ask("Zoë")
    await client.press("set_niche", "fitness")


async def connected(client: Client, answer: str = "allow") -> None:
    wanted = [frame for frame in client.frames if frame["type"] == "trigger_oauth"]
    await allow(wanted[-1]["payload"]["url"], answer)
    done = await client.next("oauth_complete")
    assert done["payload"]["ok"] == (answer == "allow")
    await client.turn_end()


async def drafted(client: Client) -> list[Frame]:
    """Three drafts from the niche's templates: the messages that show them."""
    await introduced(client)
    await at(client, "content_import")
    return await client.press("generate_blogs")


# The twenty ----------------------------------------------------------------------------------------------------------


async def test_01_the_happy_path_with_fitness_and_instagram(talk: Client) -> None:
    await talk.ask("Zoë")
    await talk.press("set_niche", "fitness")
    await at(talk, "social_connect")
    await talk.press("connect", "instagram")
    await connected(talk)
    await talk.press("generate_blogs")
    await talk.press("publish_blogs")
    await talk.press("use_photo")
    await talk.press("use_bio")
    await talk.press("set_price")
    await talk.press("share")
    await talk.press("schedule_live")
    if progress(talk)["phase"] != "complete":
        await talk.press("decline")
    found = progress(talk)
    assert (found["phase"], found["progressPct"]) == ("complete", 100)
    assert all(found["scorecard"].values()), found["scorecard"]


async def test_02_who_skips_the_socials_gets_posts_from_the_niche(talk: Client) -> None:
    shown = await drafted(talk)
    previews = [message["preview"] for message in shown if message.get("preview")]
    assert [preview["type"] for preview in previews] == ["blog"] * 3
    assert all("## " in preview["content"] for preview in previews)
    assert [blog["status"] for blog in store(talk)["blogs"]] == ["draft"] * 3


async def test_03_make_it_more_casual_rewrites_the_bio_at_once(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "profile_setup")
    await talk.press("use_photo", "initials")
    await talk.press("use_bio")
    before = store(talk)["bio"]
    since = len(talk.frames)
    await talk.ask("Can you make it more casual?")
    assert "update_coach_profile" in ran(talk, since)
    assert store(talk)["bio"] not in (None, before)


async def test_04_a_price_in_words_is_set(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "pricing")
    await talk.ask("I was thinking £12.99")
    assert "set_subscription_price" in ran(talk)
    assert store(talk)["price"] == "£12.99"
    assert progress(talk)["phase"] == "launch"


async def test_05_a_question_in_between_is_answered_and_the_flow_goes_on(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "pricing")
    replies = await talk.ask("How do live sessions work?")
    assert "live" in replies[-1]["content"].lower()
    assert progress(talk)["phase"] == "pricing"
    assert "set_price" in actions(talk)


async def test_06_who_comes_back_finds_the_conversation_where_it_was(
    request: pytest.FixtureRequest, servers: dict[str, Server]
) -> None:
    for server in servers.values():
        me = next(ids)
        async with coach(server.url, me) as client:
            await introduced(client)
            await at(client, "pricing")
        before = await transcript(server.url, me)
        async with await join(server.url, me) as back:
            ready = await back.next("session_ready")
            assert (ready["payload"]["phase"], ready["payload"]["lastSeq"]) == ("pricing", len(before))
            await back.ask("£20")
            assert store(back)["price"] == "£20"


async def test_07_just_hi_is_answered_in_kind_with_the_open_question(talk: Client) -> None:
    replies = await talk.ask("hi")
    assert replies[-1]["content"]
    assert not ran(talk)
    assert progress(talk)["phase"] == "discovery"


async def test_08_i_teach_yoga_is_wellness(talk: Client) -> None:
    await talk.ask("Zoë")
    await talk.ask("I teach yoga")
    assert store(talk)["niche"] == "wellness"


async def test_09_a_post_is_written_again_on_request(talk: Client) -> None:
    await drafted(talk)
    before = {blog["id"] for blog in store(talk)["blogs"]}
    since = len(talk.frames)
    await talk.ask("Please regenerate the blog posts")
    assert "generate_blog_posts" in ran(talk, since)
    after = {blog["id"] for blog in store(talk)["blogs"]}
    assert len(after) == 3
    assert after != before


@pytest.mark.parametrize("name", ["Jhon", "Zoë O'Neil-Smith", "mARIA"])
async def test_10_a_name_stays_as_it_was_typed(talk: Client, name: str) -> None:
    await talk.ask(f"My name is {name}")
    assert store(talk)["name"] == name


async def test_11_confusion_gets_a_simpler_step_and_a_way_to_skip(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "social_connect")
    await talk.ask("this is confusing")
    assert progress(talk)["phase"] == "social_connect"
    assert "skip" in actions(talk)


async def test_12_competitors_prices_lead_to_kliqs_benchmarks(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "pricing")
    since = len(talk.frames)
    replies = await talk.ask("What do my competitors charge?")
    assert "get_niche_benchmarks" in ran(talk, since)
    assert "£" in replies[-1]["content"]
    assert progress(talk)["phase"] == "pricing"


async def test_13_a_connection_that_fails_can_be_tried_again_or_skipped(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "social_connect")
    await talk.press("connect", "instagram")
    await connected(talk, answer="cancel")
    assert {"connect", "skip"} <= actions(talk)
    assert progress(talk)["phase"] == "social_connect"


async def test_14_another_look_is_offered_from_those_of_the_niche(talk: Client) -> None:
    await introduced(talk)
    await talk.ask("Can I have a custom template?")
    looks = [button for button in talk.buttons if button["action"] == "set_template"]
    assert len(looks) >= 2
    await talk.press("set_template", looks[0]["value"])
    assert store(talk)["theme"] == looks[0]["value"]


async def test_15_how_am_i_doing_shows_the_stores_numbers(talk: Client) -> None:
    await introduced(talk)
    replies = await talk.ask("how am I doing?")
    assert "get_store_analytics" in ran(talk)
    assert any((message.get("preview") or {}).get("type") == "analytics" for message in replies)


async def test_16_a_post_on_a_named_subject_is_written(talk: Client) -> None:
    await introduced(talk)
    replies = await talk.ask("Can you write a blog about kettlebell training for beginners?")
    assert "generate_blog_posts" in ran(talk)
    (preview,) = [message["preview"] for message in replies if message.get("preview")]
    assert "kettlebell" in (preview["title"] + preview["content"]).lower()
    assert len(store(talk)["blogs"]) == 1


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b"])
async def test_17_an_empty_message_brings_the_question_again(talk: Client, nothing: str) -> None:
    await talk.ask("Zoë")
    replies = await talk.ask(nothing)
    assert "coaching" in replies[-1]["content"].lower()
    assert "set_niche" in actions(talk)


async def test_18_a_very_long_message_is_boiled_down(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "pricing")
    story = "I have been coaching for many years and I love what I do with all my heart. " * 40
    replies = await talk.ask((story + "So I was thinking £12.99 a month. " + story)[:3990])
    assert store(talk)["price"] == "£12.99"
    assert len(replies[-1]["content"]) < 700


async def test_19_a_post_is_deleted_only_after_the_coachs_own_click(talk: Client) -> None:
    await drafted(talk)
    title = store(talk)["blogs"][0]["title"]
    await talk.ask(f"delete the post “{title}”")
    assert len(store(talk)["blogs"]) == 3
    assert "confirm_delete" in actions(talk)
    await talk.press("confirm_delete")
    assert title not in [blog["title"] for blog in store(talk)["blogs"]]
    assert len(store(talk)["blogs"]) == 2


async def test_20_all_five_items_bring_the_celebration_and_the_badge(talk: Client) -> None:
    await introduced(talk)
    await at(talk, "social_connect")
    await talk.press("connect", "youtube")
    await connected(talk)
    await talk.press("generate_blogs")
    await talk.press("publish_blogs")
    await talk.press("use_photo", "youtube")
    await talk.press("skip")
    await at(talk, "launch")
    await talk.press("share")
    tomorrow = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=1)
    await talk.ask("tomorrow at 6pm")
    sessions = store(talk)["liveSessions"]
    assert datetime.fromisoformat(sessions[0]).astimezone(ZoneInfo("Europe/London")) == tomorrow.replace(
        hour=18, minute=0, second=0, microsecond=0
    )
    celebrations = [
        frame["payload"]["celebration"]
        for frame in talk.frames
        if frame["type"] == "progress_update" and frame["payload"].get("celebration")
    ]
    assert celebrations[0]["kind"] == "badge"


async def test_the_model_speaks_in_one_arm_and_the_script_in_the_other(servers: dict[str, Server]) -> None:
    said: dict[str, Any] = {}
    for mode, server in servers.items():
        async with coach(server.url, next(ids)) as client:
            said[mode] = (await client.ask("hi"))[-1]["content"]
    assert "🧪" in said["ai"]
    assert "🧪" not in said["scripted"]
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{servers['ai'].url}/health/ready")).is_success
