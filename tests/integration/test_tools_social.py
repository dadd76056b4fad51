"""connect_social_account and get_social_top_posts, against the sandbox's platforms over HTTP."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from avery.domain import Coach, Platform, SocialConnection
from avery.errors import OutsideUnavailable
from avery.social.platform import SocialPost
from tests.integration.test_oauth import APP, COACH, Place, connect, serving
from tools import TOOLS, ToolContext, ToolResult
from tools.get_social_top_posts import MAX_BYTES, _content

pytestmark = pytest.mark.anyio
INSTAGRAM, TIKTOK = Platform.INSTAGRAM, Platform.TIKTOK


@pytest.fixture
async def avery(database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with serving(database_url, tmp_path) as opened:
        yield opened


async def connected(avery: Place, http: httpx.AsyncClient, *platforms: Platform) -> Coach:
    for platform in platforms:
        await connect(avery, http, platform)
    return Coach(COACH, APP, social_connections=await avery.services.accounts.connections(COACH))


async def run(avery: Place, coach: Coach, name: str, **arguments: Any) -> ToolResult:
    tool = TOOLS[name]
    return await tool.run(ToolContext(coach, avery.services, "turn:call"), tool.parse(arguments))


# connect_social_account -----------------------------------------------------------------------------------------------


async def test_a_platform_s_page_opens_in_the_browser_and_its_address_nowhere_else(avery: Place) -> None:
    result = await run(avery, Coach(COACH, APP), "connect_social_account", platform="instagram")
    assert result.oauth is not None
    platform, url = result.oauth
    assert (platform, "start=" in url) == ("instagram", True)
    assert "http" not in json.dumps(result.content) + result.summary + repr(result.note)
    assert not result.scores


async def test_what_is_connected_is_reported_and_opened_only_when_asked_for_again(avery: Place) -> None:
    async with avery.browser() as http:
        coach = await connected(avery, http, INSTAGRAM)
    reported = await run(avery, coach, "connect_social_account", platform="instagram")
    assert (reported.content["connected"], reported.oauth, reported.note.key) == ("instagram", None, "already")
    assert (await run(avery, coach, "connect_social_account", platform="tiktok")).oauth is not None
    assert (await run(avery, coach, "connect_social_account", platform="instagram", again=True)).oauth is not None


async def test_a_connection_that_has_died_is_opened_again(avery: Place) -> None:
    coach = Coach(COACH, APP, social_connections=[SocialConnection(TIKTOK, "me", needs_reconnect=True)])
    assert (await run(avery, coach, "connect_social_account", platform="tiktok")).oauth is not None


# get_social_top_posts -------------------------------------------------------------------------------------------------


async def test_the_best_of_all_platforms_come_together_and_stay_small(avery: Place) -> None:
    async with avery.browser() as http:
        coach = await connected(avery, http, INSTAGRAM, TIKTOK)
    result = await run(avery, coach, "get_social_top_posts", count=10)
    posts = result.content["posts"]
    assert len(posts) == 10
    assert all(len(post["caption"]) <= 300 for post in posts)
    assert "could_not_read" not in result.content
    only = await run(avery, coach, "get_social_top_posts", platform="tiktok", count=2)
    assert [post["platform"] for post in only.content["posts"]] == ["tiktok", "tiktok"]
    assert (result.summary, only.summary) == (
        "Read your top posts on Instagram and TikTok", "Read your top posts on TikTok",
    )  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "é", "字", "💪"])
def test_the_longest_captions_in_any_script_fit(letter: str) -> None:
    post = SocialPost(INSTAGRAM, "1", letter * 2200, None, None, 1, 1, 1, 1, None, 1)
    content = _content([replace(post, id=str(number)) for number in range(5)], {"youtube": "did not answer"})
    assert len(json.dumps(content, ensure_ascii=False).encode()) < MAX_BYTES
    assert len(_content([post], {})["posts"][0]["caption"]) == 300


async def test_one_platform_that_is_down_does_not_cost_the_other_s_posts(avery: Place) -> None:
    async with avery.browser() as http:
        coach = await connected(avery, http, INSTAGRAM, TIKTOK)
        await avery.fault(http, "/social/tiktok", status=503)
    result = await run(avery, coach, "get_social_top_posts")
    assert {post["platform"] for post in result.content["posts"]} == {"instagram"}
    assert result.content["could_not_read"] == {"tiktok": "did not answer; may work later"}
    assert result.note.facts["unread"] == "TikTok"


async def test_all_platforms_down_is_the_call_s_own_failure(avery: Place) -> None:
    async with avery.browser() as http:
        coach = await connected(avery, http, INSTAGRAM)
        await avery.fault(http, "/social/instagram", status=503)
    with pytest.raises(OutsideUnavailable):
        await run(avery, coach, "get_social_top_posts")


async def test_a_connection_that_was_revoked_is_to_be_made_again(avery: Place) -> None:
    async with avery.browser() as http:
        coach = await connected(avery, http, INSTAGRAM)
    await avery.execute("UPDATE sandbox.social_grants SET revoked_at = now()")
    result = await run(avery, coach, "get_social_top_posts")
    assert result.content == {"posts": [], "could_not_read": {"instagram": "the account must be connected again"}}
    assert (result.note.key, result.note.facts["platform_id"]) == ("unread", "instagram")
    assert coach.social_connections[0].needs_reconnect
    assert (await run(avery, coach, "connect_social_account", platform="instagram")).oauth is not None


async def test_without_an_account_there_is_nothing_to_read(avery: Place) -> None:
    result = await run(avery, Coach(COACH, APP), "get_social_top_posts", platform="youtube")
    assert result.content == {"posts": [], "reason": "not connected", "connected": []}
    assert "no instructions" in TOOLS["get_social_top_posts"].as_openai()["function"]["description"]
