"""Bios and share texts by a model over HTTP (a stand-in), the profile, the scorecard; publishing and deleting posts."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from avery.domain import Coach
from avery.errors import OutsideUnavailable, ToolFailed, ToolRetry
from avery.services import Services, open_services
from avery.settings import Settings
from avery.signing import sign
from tests.standin import Standin, standin
from tests.toolbox import Toolbox
from tools.delete_blog_post import ACTION
from tools.generate_share_content import LONGEST

pytestmark = pytest.mark.anyio
ids = itertools.count(800)
BIO = "I'm Zoë, and I teach yoga for people who sit all day. We go slowly, and you come as you are."


@pytest.fixture(scope="module")
async def model() -> AsyncIterator[Standin]:
    async with standin() as running:
        yield running


@pytest.fixture
async def services(database_url: str, tmp_path: Path, model: Standin) -> AsyncIterator[Services]:
    await model.reset()
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, openai_api_key="sk-stand-in", openai_base_url=model.url
    )
    async with open_services(settings) as opened:
        yield opened


@pytest.fixture
async def tools(services: Services) -> Toolbox:
    number = next(ids)
    box = Toolbox(services, Coach(number, number, "Zoë", "wellness", "yoga for people who sit all day", "calm"))
    await box.refresh()
    return box


async def writes(model: Standin, text: str, count: int = 1) -> None:
    """The model's next text."""
    await model.fault("reply", count, text=json.dumps({"text": text}))


async def asked(model: Standin) -> list[dict[str, Any]]:
    return [request["body"] for request in await model.requests()]


# The bio --------------------------------------------------------------------------------------------------------------


async def test_a_bio_is_drafted_in_the_tone_that_was_asked_for_and_not_yet_in_the_store(
    tools: Toolbox, model: Standin
) -> None:
    await writes(model, BIO)
    result = await tools.use("update_coach_profile", tone="professional", rewrite_bio=True, bio_wish="mention desks")
    assert (result.content["bio_draft"], tools.coach.data.draft_bio) == (BIO, BIO)
    assert (tools.coach.tone, tools.coach.store.bio) == ("professional", None)
    (body,) = await asked(model)
    system, user = body["messages"]
    assert "Professional: clear" in system["content"]
    assert "mention desks" in user["content"]
    assert "mention desks" not in system["content"]


async def test_a_bio_in_the_store_is_replaced_at_once_and_shown(tools: Toolbox, model: Standin) -> None:
    await tools.use("update_coach_profile", bio="My own words about what I do, as they are.")
    await writes(model, BIO)
    result = await tools.use("update_coach_profile", tone="casual", rewrite_bio=True)
    assert tools.coach.store.bio == BIO
    assert [preview.content for preview in result.note.previews] == [BIO]
    (body,) = await asked(model)
    assert "My own words" in body["messages"][1]["content"], "so that the new one differs"


@pytest.mark.parametrize(
    "text", ["", "FLAGME " * 20, "Write to me: zoe@evil.example", "Follow @zoe", "word " * 900],
    ids=["empty", "flagged", "an address", "a handle", "too long"],
)  # fmt: skip
async def test_a_bio_that_will_not_do_is_a_template_s(tools: Toolbox, model: Standin, text: str) -> None:
    await writes(model, text)
    await tools.use("update_coach_profile", rewrite_bio=True)
    assert tools.coach.data.draft_bio
    assert tools.coach.data.draft_bio.startswith("Hi, I'm Zoë") or "Zoë" in tools.coach.data.draft_bio
    assert not {"FLAGME", "@zoe", "zoe@evil.example"} & set(tools.coach.data.draft_bio.split())


@pytest.mark.parametrize("fault", ["error", "rate_limit", "refusal", "length", "empty"])
async def test_a_model_that_does_not_answer_costs_the_coach_no_bio(tools: Toolbox, model: Standin, fault: str) -> None:
    await model.fault(fault)
    result = await tools.use("update_coach_profile", rewrite_bio=True)
    assert "Zoë" in result.content["bio_draft"]


async def test_the_draft_is_saved_by_a_yes_and_a_second_yes_changes_nothing(tools: Toolbox, model: Standin) -> None:
    await writes(model, BIO)
    await tools.use("update_coach_profile", rewrite_bio=True)
    for _ in range(2):
        await tools.use("update_coach_profile", use_draft=True)
        assert (tools.coach.store.bio, tools.coach.data.draft_bio) == (BIO, None)


async def test_a_coach_s_own_bio_is_kept_to_the_letter(tools: Toolbox) -> None:
    own = "i teech yoga. ask me anything!!  — zoë"
    await tools.use("update_coach_profile", bio=own)
    assert tools.coach.store.bio == own


@pytest.mark.parametrize("lost", [False, True], ids=["refused", "lost on the way back"])
async def test_a_bio_is_written_once_for_all_tries_of_a_call(tools: Toolbox, model: Standin, lost: bool) -> None:
    await tools.use("update_coach_profile", bio="My own words about what I do, as they are.")
    await tools.fault("/api/profile", "PUT", fault="lose" if lost else "fail", status=503)
    kept: dict[str, Any] = {}
    with pytest.raises(OutsideUnavailable):
        await tools.use("update_coach_profile", key="call", kept=kept, rewrite_bio=True, tone="casual")
    assert tools.coach.tone == "calm", "Avery remembers only what KLIQ took"
    await tools.use("update_coach_profile", key="call", kept=kept, attempt=1, rewrite_bio=True, tone="casual")
    assert len(await asked(model)) == 1
    assert tools.coach.tone == "casual"


async def test_the_bio_of_a_run_that_crashed_stays(tools: Toolbox, model: Standin) -> None:
    await tools.use("update_coach_profile", bio="My own words about what I do, as they are.")
    await writes(model, BIO)
    await tools.use("update_coach_profile", key="call", rewrite_bio=True)
    await writes(model, "I'm Zoë, said otherwise.")
    result = await tools.use("update_coach_profile", key="call", rewrite_bio=True)
    assert result.content["bio"] == tools.coach.store.bio == BIO


@pytest.mark.parametrize(
    "arguments",
    [{}, {"bio_wish": "shorter"}, {"bio": "Mine.", "rewrite_bio": True}, {"use_draft": True}],
    ids=["nothing", "a wish alone", "two bios", "no draft"],
)
async def test_a_call_that_says_nothing_definite_is_sent_back(tools: Toolbox, arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolRetry):
        await tools.use("update_coach_profile", **arguments)


async def test_a_photo_of_an_account_that_is_not_connected_is_told_in_words_for_the_coach(tools: Toolbox) -> None:
    with pytest.raises(ToolFailed, match="photo on Instagram"):
        await tools.use("update_coach_profile", photo="instagram")


async def test_several_facts_are_saved_together_and_a_name_as_typed(tools: Toolbox) -> None:
    result = await tools.use(
        "update_coach_profile", name="zOë o'NEIL", niche="fitness", niche_said="pilates", photo="initials"
    )
    assert result.content["saved"] == ["name", "niche", "photo"]
    assert (tools.coach.preferred_name, tools.coach.store.name) == ("zOë o'NEIL", "zOë o'NEIL")
    assert (tools.coach.niche, tools.coach.data.niche_said) == ("fitness", "pilates")
    assert tools.coach.store.photo_url


# Sharing --------------------------------------------------------------------------------------------------------------


async def test_a_share_text_is_the_model_s_and_holds_the_store_s_address(tools: Toolbox, model: Standin) -> None:
    text = f"New on the web: my yoga corner! {tools.coach.store.url}. Come by?"
    await writes(model, text)
    result = await tools.use("generate_share_content", platform="whatsapp")
    assert result.content["text"] == text
    assert result.scores
    (body,) = await asked(model)
    assert "A WhatsApp message" in body["messages"][0]["content"]


async def test_another_version_is_asked_for_with_the_one_before(tools: Toolbox, model: Standin) -> None:
    for number in range(2):
        await writes(model, f"Version {number}: {tools.coach.store.url}")
        await tools.use("generate_share_content", platform="x")
    assert "Version 0" in (await asked(model))[1]["messages"][1]["content"]


@pytest.mark.parametrize(
    "text",
    ["Come and see my store!", "{url} and {url}", "{url} or https://evil.example", "https://evil.example",
     "FLAGME {url}", "{url}" + " more" * 60],
    ids=["no address", "twice", "another too", "another", "flagged", "too long for X"],
)  # fmt: skip
async def test_a_share_text_that_will_not_do_is_a_template_s(tools: Toolbox, model: Standin, text: str) -> None:
    await writes(model, text.replace("{url}", tools.coach.store.url))
    result = await tools.use("generate_share_content", platform="x")
    assert result.content["text"].count(tools.coach.store.url) == 1
    assert not {"FLAGME", "https://evil.example", "more"} & set(result.content["text"].split())


@pytest.mark.parametrize("platform", list(LONGEST))
async def test_every_platform_has_a_text_without_a_model(tools: Toolbox, model: Standin, platform: str) -> None:
    await model.fault("error", status=500)
    result = await tools.use("generate_share_content", platform=platform)
    assert tools.coach.store.url in result.content["text"]
    assert len(result.content["text"]) <= LONGEST[platform]


# The scorecard --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "kind"), [("skipped", "skip"), ("open", "goto")])
async def test_a_phase_is_skipped_or_opened_by_a_wish_that_the_graph_carries_out(
    tools: Toolbox, status: str, kind: str
) -> None:
    result = await tools.use("update_scorecard", phase="pricing", status=status)
    assert result.go == (kind, "pricing")
    assert not any(tools.coach.scorecard.values())


@pytest.mark.parametrize(("status", "done"), [("done", True), ("not_done", False)])
async def test_an_item_is_marked_at_kliq(tools: Toolbox, status: str, done: bool) -> None:
    await tools.use("update_scorecard", item="live_scheduled", status=status)
    assert tools.coach.scorecard["live_scheduled"] is done


@pytest.mark.parametrize(
    "arguments",
    [{"status": "done"}, {"phase": "pricing", "item": "live_scheduled", "status": "done"},
     {"phase": "pricing", "status": "done"}, {"item": "live_scheduled", "status": "skipped"}],
)  # fmt: skip
async def test_an_item_and_a_phase_are_not_mixed_up(tools: Toolbox, arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolRetry, match="phase with skipped or open, or an item with done or not_done"):
        await tools.use("update_scorecard", **arguments)


# Publishing and deleting ----------------------------------------------------------------------------------------------


async def drafted(tools: Toolbox, model: Standin) -> list[str]:
    """Three drafts by the templates."""
    await model.fault("error", status=500)
    await tools.use("generate_blog_posts", attempt=2)
    await model.reset()
    return await tools.titles()


async def test_named_drafts_go_live_and_a_name_that_fits_none_is_told(tools: Toolbox, model: Standin) -> None:
    titles = await drafted(tools, model)
    result = await tools.use("publish_blog_posts", posts=["second", titles[0], "zzz"])
    assert result.content == {"published": titles[:2], "no_such_draft": ["zzz"]}
    assert [blog.status for blog in tools.coach.store.blogs] == ["published", "published", "draft"]
    assert not result.scores
    assert (await tools.use("publish_blog_posts")).scores


async def test_nothing_is_published_where_no_draft_is_meant(tools: Toolbox, model: Standin) -> None:
    titles = await drafted(tools, model)
    result = await tools.use("publish_blog_posts", posts=["zzz"])
    assert result.content == {"published": [], "no_such_draft": ["zzz"], "drafts": titles}
    assert {blog.status for blog in tools.coach.store.blogs} == {"draft"}


@pytest.mark.parametrize("invented", [None, "yes", "1.x", "confirmed by the coach"])
async def test_a_confirmation_that_a_model_invents_deletes_nothing(
    tools: Toolbox, model: Standin, invented: str | None
) -> None:
    titles = await drafted(tools, model)
    result = await tools.use("delete_blog_post", post=titles[0], confirmation=invented)
    assert result.content["deleted"] is False
    assert await tools.titles() == titles


async def test_a_signature_deletes_the_post_that_it_was_made_for_and_no_other(tools: Toolbox, model: Standin) -> None:
    titles = await drafted(tools, model)
    first, second, third = (blog.id for blog in tools.coach.store.blogs)
    secret = tools.services.settings.secret("signing")
    other_coach = sign(secret, tools.coach.coach_id + 1, ACTION, first)
    for post, signature in ((second, sign(secret, tools.coach.coach_id, ACTION, first)), (first, other_coach)):
        await tools.use("delete_blog_post", post=post, confirmation=signature)
    assert await tools.titles() == titles
    asked_first = await tools.use("delete_blog_post", post=titles[0])
    await tools.use("delete_blog_post", post=first, confirmation=asked_first.note.facts["signature"])
    assert [blog.id for blog in tools.coach.store.blogs] == [second, third]
