"""The scripted onboarding from the welcome to the celebration, on a real database and a real sandbox."""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from avery.domain import PHASE_ORDER, PhaseName, ScorecardItem
from avery.protocol import Button
from avery.services import Services, open_services
from avery.settings import Settings
from graph.state import WINDOW
from graph.turn import TurnInput, open_graph
from tests.conversation import Conversation

pytestmark = pytest.mark.anyio
ids = itertools.count(100)


@pytest.fixture
async def services(database_url: str, tmp_path) -> AsyncIterator[Services]:  # type: ignore[no-untyped-def]
    async with open_services(Settings(database_url=database_url, data_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
async def talk(services: Services) -> AsyncIterator[Conversation]:
    async with open_graph(services) as graphs:
        number = next(ids)
        conversation = Conversation(services, graphs, number, number)
        await conversation.begin()
        yield conversation


async def named(talk: Conversation) -> None:
    await talk.say("I'm Dr. Zoë O'Neil-Smith")
    await talk.click("set_niche", "wellness")
    await talk.click("decline")


async def test_the_welcome_is_the_specs_and_comes_at_twenty_per_cent(talk: Conversation) -> None:
    reply = talk.replies[0]
    assert reply.content == "Hey! 👋 I'm Avery, your setup assistant. First — what should I call you?"
    assert (reply.progress_pct, reply.phase, reply.streamed) == (20, "discovery", False)


async def test_a_name_is_kept_as_typed(talk: Conversation) -> None:
    await talk.say("I'm Dr. Zoë O'Neil-Smith")
    assert talk.coach.preferred_name == "Dr. Zoë O'Neil-Smith"
    assert [button.value for button in talk.buttons if button.action == "set_niche"] == [
        "fitness", "wellness", "business", "lifestyle",
    ]  # fmt: skip


async def test_yoga_is_wellness_and_the_specialty_is_asked_for(talk: Conversation) -> None:
    await talk.say("Zoe")
    await talk.say("I teach yoga")
    assert (talk.coach.niche, talk.phase) == ("wellness", "discovery")
    await talk.say("prenatal yoga")
    assert (talk.coach.specialty, talk.phase) == ("prenatal yoga", "social_connect")


async def test_a_niche_that_fits_none_is_kept_as_said_and_the_nearest_is_asked_for(talk: Conversation) -> None:
    await talk.say("Bo")
    answer = await talk.say("I teach beekeeping")
    assert "beekeeping" in answer
    assert talk.coach.data.pending["action"] == "niche"
    await talk.say("yes")
    assert talk.coach.niche is not None
    assert "beekeeping" in (talk.coach.data.niche_said or "")


async def test_skipping_everything_reaches_complete_and_shows_what_was_skipped(talk: Conversation) -> None:
    for _ in range(12):
        if talk.phase == PhaseName.COMPLETE:
            break
        await talk.say("skip")
    assert talk.phase == PhaseName.COMPLETE
    assert set(talk.coach.data.skipped) == set(PHASE_ORDER) - {"next_steps"}
    assert talk.last.celebration is not None


async def test_skipping_by_buttons_reaches_complete(talk: Conversation) -> None:
    for _ in range(15):
        if talk.phase == PhaseName.COMPLETE:
            break
        way_out = next(button for button in talk.buttons if button.action in ("skip", "decline"))
        await talk.press(way_out)
    assert talk.phase == PhaseName.COMPLETE


async def test_a_skipped_phase_can_be_taken_up_again(talk: Conversation) -> None:
    for _ in range(12):
        if talk.phase == PhaseName.COMPLETE:
            break
        await talk.say("skip")
    await talk.click("goto", "pricing")
    assert (talk.phase, "pricing" in talk.coach.data.skipped) == ("pricing", False)
    await talk.say("15 quid a month")
    assert talk.coach.subscription_price == 1500
    # With a price there is something to be paid out, so that question is due now.
    assert talk.coach.data.ask == "next_steps.payouts"
    await talk.say("no")
    assert talk.phase == PhaseName.COMPLETE


async def test_three_posts_are_written_and_published_once(talk: Conversation) -> None:
    await named(talk)
    await talk.say("skip")
    assert talk.phase == "content_import"
    await talk.click("generate_blogs")
    previews = [reply.preview for reply in talk.last.replies if reply.preview]
    assert len(previews) == 3
    assert all(300 <= len(preview.content.split()) <= 520 for preview in previews)
    assert [blog.status for blog in talk.coach.store.blogs] == ["draft"] * 3
    await talk.click("publish_blogs")
    assert talk.coach.blog_count == 3
    assert talk.coach.scorecard[ScorecardItem.BLOGS_PUBLISHED]
    assert talk.phase == "profile_setup"


async def test_the_bio_is_rewritten_at_once_when_asked_for_more_casual(talk: Conversation) -> None:
    await named(talk)
    await talk.say("skip")
    await talk.say("skip")
    assert talk.phase == "profile_setup"
    await talk.click("use_photo", "initials")
    first = talk.last.replies[-1].preview
    await talk.say("Can you make it more professional?")
    second = talk.last.replies[-1].preview
    assert first
    assert second
    assert first.content != second.content
    assert talk.coach.tone == "professional"
    await talk.click("use_bio")
    assert talk.coach.store.bio == second.content
    assert talk.phase == "pricing"


@pytest.mark.parametrize(
    ("said", "minor", "currency"),
    [("I was thinking £12.99", 1299, "GBP"), ("twelve ninety nine", 1299, "GBP"), ("15 quid a month", 1500, "GBP"),
     ("1.299,00 €", 129900, "EUR"), ("$20/mo", 2000, "USD")],
)  # fmt: skip
async def test_a_price_is_understood_in_many_forms(talk: Conversation, said: str, minor: int, currency: str) -> None:
    await talk.click("goto", "pricing") if any(b.action == "goto" for b in talk.buttons) else None
    await talk.press(Button(label="Price", action="goto", value="pricing"))
    await talk.say(said)
    assert talk.coach.store.price is not None
    assert (talk.coach.store.price.minor, talk.coach.store.price.currency) == (minor, currency)


async def test_free_is_explained_and_does_not_end_pricing(talk: Conversation) -> None:
    await talk.press(Button(label="Price", action="goto", value="pricing"))
    await talk.say("free")
    assert (talk.coach.subscription_price, talk.phase) == (0, "pricing")


async def test_a_change_of_mind_works_in_every_phase(talk: Conversation) -> None:
    await talk.say("Zoe")
    await talk.say("actually call me Sam")
    assert talk.coach.preferred_name == "Sam"
    for name in PHASE_ORDER:
        await talk.press(Button(label=name, action="goto", value=name))
        await talk.say(f"actually call me Sam{name[0].upper()}")
        assert talk.coach.preferred_name == f"Sam{name[0].upper()}"
        await talk.say("make it £15")
        assert talk.coach.subscription_price == 1500


async def test_rubbish_is_never_answered_with_the_same_sentence_three_times(talk: Conversation) -> None:
    answers = [await talk.say("qzx ;;; 77 vv") for _ in range(9)]
    for one, two, three in zip(answers, answers[1:], answers[2:], strict=False):
        shared = set(one.split("\n")) & set(two.split("\n")) & set(three.split("\n")) - {""}
        assert not shared


async def test_an_empty_message_brings_the_current_question_again(talk: Conversation) -> None:
    await talk.say("Zoe")
    answer = await talk.say("   ")
    assert talk.phase == "discovery"
    assert any(button.action == "set_niche" for button in talk.buttons)
    assert answer


async def test_a_long_message_is_answered_briefly(talk: Conversation) -> None:
    await talk.say("Zoe")
    answer = await talk.say("I have been thinking about so many things lately. " * 80)
    assert len(answer) < 700
    assert any(button.action == "set_niche" for button in talk.buttons)


async def test_deleting_a_post_asks_first_and_a_forged_click_deletes_nothing(talk: Conversation) -> None:
    await named(talk)
    await talk.say("skip")
    await talk.click("generate_blogs")
    title = talk.coach.store.blogs[0].title
    await talk.say(f"delete the blog {title}")
    assert len(talk.coach.store.blogs) == 3
    confirm = next(button for button in talk.buttons if button.action == "confirm_delete")
    await talk.press(Button(label="x", action="confirm_delete", value=confirm.value, signature="1.x"))
    assert len(talk.coach.store.blogs) == 3
    await talk.press(confirm)
    assert len(talk.coach.store.blogs) == 2


async def test_a_turn_that_runs_twice_writes_its_posts_once(talk: Conversation) -> None:
    await named(talk)
    await talk.say("skip")
    before = talk.coach
    given = TurnInput("button", button=Button(label="Write", action="generate_blogs"))
    await talk.give(given, turn_id="turn-1")
    first = [blog.id for blog in talk.coach.store.blogs]
    talk.coach = before
    await talk.give(given, turn_id="turn-1")
    assert [blog.id for blog in talk.coach.store.blogs] == first


async def test_checkpoints_and_their_messages_do_not_grow_with_the_conversation(talk: Conversation) -> None:
    async def held() -> tuple[int, int]:
        async with talk.services.pool.connection() as connection:
            row = await (await connection.execute(
                "SELECT count(*) AS n FROM checkpoints WHERE thread_id = %s", (str(talk.coach_id),)
            )).fetchone()  # fmt: skip
        state = await talk.graphs.of(talk.coach_id).aget_state({"configurable": {"thread_id": str(talk.coach_id)}})
        assert row
        return row["n"], len(state.values["messages"])

    for number in range(120):
        await talk.give(TurnInput("message", text="what next?"), turn_id=f"turn-{number}")
    rows, messages = await held()
    assert rows < 80
    assert messages <= WINDOW


async def test_a_checkpoint_holds_messages_and_nothing_that_a_row_holds(talk: Conversation) -> None:
    await talk.say("I'm Zoe")
    state = await talk.graphs.of(talk.coach_id).aget_state({"configurable": {"thread_id": str(talk.coach_id)}})
    assert set(state.values) == {"messages"}


async def test_a_day_and_then_a_time_make_one_moment(talk: Conversation) -> None:
    await talk.press(Button(label="Live", action="goto", value="next_steps"))
    await talk.say("tomorrow")
    await talk.say("6pm")
    tomorrow = datetime.now(ZoneInfo(talk.coach.tz)) + timedelta(days=1)
    assert talk.coach.store.live_sessions[0].startswith(f"{tomorrow:%Y-%m-%d}T18:00")


async def test_an_uploaded_photo_counts_and_is_not_asked_for_again(talk: Conversation) -> None:
    await talk.press(Button(label="Profile", action="goto", value="profile_setup"))
    pixel = b"\x89PNG\r\n\x1a\n" + bytes(64)
    await talk.services.kliq.upload_photo(talk.coach.application_id, pixel, "image/png", key="upload-1")
    await talk.give(TurnInput("photo", data={"ok": True}))
    assert talk.coach.scorecard[ScorecardItem.PROFILE_PHOTO]
    assert talk.coach.data.ask == "profile_setup.bio"


async def test_a_phase_that_cannot_be_complete_any_more_is_skipped_and_no_dead_end(talk: Conversation) -> None:
    await named(talk)
    await talk.say("skip")
    await talk.click("generate_blogs")
    await talk.click("publish_blogs")
    await talk.click("decline", "photo")
    await talk.click("use_bio")
    assert (talk.phase, talk.coach.data.skipped) == ("pricing", ["social_connect", "profile_setup"])
    assert "set_price" in {button.action for button in talk.buttons}
