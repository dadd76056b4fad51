"""Every word that Avery says or writes: it fills, it fits, and it is what the spec asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

import prompts

NICHES = ("fitness", "wellness", "business", "lifestyle")
TONES = ("casual", "professional", "motivational", "calm")
SPECIALTIES = ("", "strength training", "helping busy mums over forty to feel strong again")
PHASES = (
    "discovery", "social_connect", "content_import", "profile_setup", "pricing", "launch", "next_steps", "complete",
)  # fmt: skip
ROOMS = (*PHASES, "common", "answers")
TOOLS = (
    "update_coach_profile", "connect_social_account", "generate_blog_posts", "set_subscription_price",
    "apply_store_template", "get_store_analytics", "get_niche_benchmarks", "schedule_live_session",
    "generate_share_content", "update_scorecard", "setup_stripe", "get_social_top_posts", "publish_blog_posts",
    "delete_blog_post",
)  # fmt: skip
TOPICS = (
    "live_sessions", "pricing", "fees", "blogs", "social", "photo", "stripe", "store", "share", "delete_account",
    "privacy", "time", "what_is_kliq", "what_is_avery", "human", "templates", "other", "competitors", "long_message",
    "thanks", "greeting", "confused", "help",
)  # fmt: skip
PLATFORMS = ("instagram", "facebook", "whatsapp", "tiktok", "youtube", "linkedin", "x", "email", "link")

KNOWN: dict[str, Any] = {
    "name": "Sam", "niche": "fitness", "niche_word": "fitness", "specialty": "strength training", "tone": "casual",
    "store_url": "https://sam.kliq.app", "phase": "Your price", "price": "£12.99", "connected": ["instagram"], "n": 3,
    "said": "sword dancing", "nearest": "fitness", "platform": "Instagram", "platform_id": "instagram",
    "username": "sam.lifts", "captions": ["Lift with your legs", "Rest is training"], "titles": ["One", "Two", "Three"],
    "title": "One", "id": "1", "signature": "s", "low": "£9.99", "average": "£14.99", "high": "£24.99",
    "middle": "£12.50", "source": "shipped", "limit": "£10,000", "interval": "week",
    "looks": [{"id": "power", "name": "Power"}, {"id": "calm", "name": "Calm"}, {"id": "sunny", "name": "Sunny"}],
    "when": "Saturday 28 November at 10:00", "left": ["Your price"], "done": 3, "total": 5, "item": "profile photo",
    "numbers": {"visits": 3},
}  # fmt: skip
SPARSE = KNOWN | {
    "name": "", "specialty": "", "n": 1, "captions": [], "titles": ["One"], "left": [], "looks": [], "username": "",
    "store_url": "", "source": "bigquery", "platform": "anywhere",
}  # fmt: skip

EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
AMERICAN = re.compile(
    r"\b(?:\w+izes?d?|\w+izing|\w+ization|colors?|favorites?|behaviors?|centers?|honor|neighbors?|program|gotten|fulfill"
    r"|traveling|canceled|mom|moms|vacation)\b",
    re.IGNORECASE,
)
BRITISH_ALL_THE_SAME = {"size", "sizes", "sized", "prize", "prizes"}


def variants(room: str) -> Iterator[tuple[str, int, str]]:
    for key, entry in prompts.lines(room).items():
        for turn, text in enumerate(entry["text"]):
            if "{{ template }}" not in text:
                yield key, turn, text


def blog(entry: dict[str, Any], part: str, /, **facts: Any) -> str:
    given = {
        "name": "Sam", "niche_word": "fitness", "specialty": "", "tone": "casual", "store_url": "https://sam.kliq.app",
        "topic": "sleep", "topic_title": "Sleep", "platform": "Instagram", "caption": "Lift with your legs #gym",
        "caption_title": "Lift with your legs",
    } | facts  # fmt: skip
    return prompts.fill(entry[part], **given).strip()


def words(markdown: str) -> int:
    """The words that a reader reads: no markup, no address."""
    return len(re.findall(r"[^\W_][\w'’-]*", re.sub(r"\]\([^)]*\)", "]", markdown)))


def topics() -> list[Any]:
    return [
        pytest.param(topic, id=f"{name}-{topic['id']}")
        for name in (*NICHES, "custom", "from_social")
        for topic in prompts.load(f"blog/{name}.toml")["topics"]
    ]


# Lines ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("facts", [KNOWN, SPARSE], ids=["known", "sparse"])
def test_every_line_fills_with_much_known_and_with_little(room: str, facts: dict[str, Any]) -> None:
    for key, turn, _ in variants(room):
        line = prompts.say(room, key, turn, **facts)
        assert line.text == line.text.strip() != ""
        assert "{" not in line.text
        assert len(line.text) <= 330, f"{room}.{key} is longer than a phone's screen likes"
        assert len(EMOJI.findall(line.text)) <= 1
        assert all(button["label"] and "{" not in button["label"] for button in line.buttons)


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_the_new_look_is_called_by_its_name(turn: int) -> None:
    assert "Power" in prompts.say("launch", "template_set", turn, **KNOWN | {"template": "Power"}).text


@pytest.mark.parametrize("room", ROOMS)
def test_no_line_has_a_variant_twice_and_all_that_repeat_have_three(room: str) -> None:
    for key, entry in prompts.lines(room).items():
        assert len(set(entry["text"])) == len(entry["text"])
        fewest = 4 if key.startswith("ask_") else 1 if key == "badge" else 2 if key.startswith("celebrate") else 3
        assert len(entry["text"]) >= fewest, f"{room}.{key}"


def test_what_is_said_again_and_again_has_the_most_variants() -> None:
    common = prompts.lines("common")
    assert len(common["not_understood"]["text"]) >= 6
    assert len(common["empty"]["text"]) >= 4


def test_the_spec_s_opening_lines_stand_to_the_letter() -> None:
    assert prompts.say("discovery", "ask_name").text == (
        "Hey! 👋 I'm Avery, your setup assistant. First — what should I call you?"
    )
    niche = prompts.say("discovery", "ask_niche", name="Zoë")
    assert niche.text == "Great, Zoë! What kind of coaching do you do?"
    assert [(button["label"], button["action"], button["value"], button["variant"]) for button in niche.buttons] == [
        ("Fitness & Training", "set_niche", "fitness", "secondary"),
        ("Wellness & Mindfulness", "set_niche", "wellness", "secondary"),
        ("Business & Executive", "set_niche", "business", "secondary"),
        ("Lifestyle & Creator", "set_niche", "lifestyle", "secondary"),
    ]
    assert prompts.say("discovery", "ask_specialty", niche="yoga").text == "Nice! What's your specialty within yoga?"


def test_the_guessed_niche_is_the_button_to_tap() -> None:
    for niche in NICHES:
        buttons = prompts.say("discovery", "confirm_niche", said="x", nearest=niche).buttons
        assert [button["value"] for button in buttons if button["variant"] == "primary"] == [niche]
        assert [button["value"] for button in buttons if button["label"].startswith("Yes, ")] == [niche]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4])
def test_a_list_of_looks_makes_a_button_for_each_of_the_first_three(number: int) -> None:
    looks = [{"id": f"look-{index}", "name": f"Look {index}"} for index in range(number)]
    buttons = prompts.say("launch", "ask_template", niche="fitness", looks=looks).buttons
    values = {button["value"] for button in buttons if button["action"] == "set_template"} - {""}
    assert values == {look["id"] for look in looks[:3]}


def test_illustrative_prices_are_called_illustrative_where_they_stand() -> None:
    for key in ("ask_price", "benchmarks"):
        for turn, text in enumerate(prompts.lines("pricing")[key]["text"]):
            said = prompts.say("pricing", key, turn, **KNOWN | {"source": "illustrative"}).text
            assert "average" not in text or "llustrative" in said
            assert "llustrative" not in prompts.say("pricing", key, turn, **KNOWN | {"source": "bigquery"}).text


def test_every_topic_that_a_coach_may_ask_about_has_an_answer() -> None:
    assert set(TOPICS) <= set(prompts.lines("answers"))


# Failures -------------------------------------------------------------------------------------------------------------


def test_the_error_table_s_words_stand_to_the_letter() -> None:
    failures = prompts.load("failures.toml")
    assert failures["turn"]["slow"] == "Give me one sec... 🤔"
    assert failures["connection"]["lost"] == "Lost connection. Reconnecting..."
    assert failures["tool"]["update_coach_profile"]["retry"] == "Couldn't update profile. Trying again..."
    assert failures["tool"]["generate_blog_posts"]["retry"] == (
        "Blog generation hit a snag. Trying different approach..."
    )
    assert failures["tool"]["connect_social_account"]["give_up"] == ("Connection didn't go through. Try again or skip?")
    assert prompts.lines("social_connect")["failed"]["text"][0] == "Connection didn't go through. Try again or skip?"


def test_every_tool_has_words_for_its_start_its_retry_and_its_end() -> None:
    tools = prompts.load("failures.toml")["tool"]
    assert set(tools) == set(TOOLS)
    for entry in tools.values():
        assert {key for key in entry if not key.startswith("label_")} == {"label", "done", "retry", "give_up"}
        assert all(entry.values())


# What is written for the coach ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("niche", NICHES)
def test_a_niche_has_at_least_six_topics_under_different_names(niche: str) -> None:
    found = prompts.load(f"blog/{niche}.toml")["topics"]
    assert len({topic["id"] for topic in found}) == len({topic["title"] for topic in found}) == len(found) >= 6
    assert all(topic["category"] and topic["tags"] and topic["keywords"] for topic in found)


def test_a_second_post_on_the_same_topic_comes_from_another_angle() -> None:
    assert len(prompts.load("blog/custom.toml")["topics"]) >= 4
    assert len(prompts.load("blog/from_social.toml")["topics"]) >= 3


@pytest.mark.parametrize("topic", topics())
def test_a_post_is_publishable_in_every_tone_with_and_without_a_specialty(topic: dict[str, Any]) -> None:
    for specialty in SPECIALTIES:
        for tone in TONES:
            body = blog(topic, "body", specialty=specialty, tone=tone)
            assert 300 <= words(body) <= 500
            assert 2 <= len(re.findall(r"^## \S", body, re.MULTILINE)) <= 4
            assert body.count("https://sam.kliq.app") == 1
            assert "https://sam.kliq.app" in body.split("\n\n")[-1], "the invitation stands at the end"
            assert re.search(r"\b(?:I|my|me)\b", body)
            assert not re.search(r"\{|\}|  |\n\n\n| $|\.\.| [,.!?;]", body, re.MULTILINE)
            for before, after in pairwise(body.split("\n")):
                assert not (after.startswith(("## ", "> ")) and before), "Markdown wants an empty line there"
            assert specialty in body.lower()
    casual, professional = (blog(topic, "body", tone=tone).split("\n\n") for tone in ("casual", "professional"))
    assert casual[0] != professional[0]
    assert casual[-1] != professional[-1]


@pytest.mark.parametrize("topic", prompts.load("blog/custom.toml")["topics"], ids=lambda topic: str(topic["id"]))
@pytest.mark.parametrize("said", ["sleep", "how to stay motivated in winter", "why " + "very long topics " * 11])
def test_a_post_on_a_named_topic_keeps_its_length_whatever_the_topic(topic: dict[str, Any], said: str) -> None:
    body = blog(topic, "body", topic=said.strip(), topic_title=said.strip().capitalize(), specialty=SPECIALTIES[2])
    assert said.strip() in body
    assert 300 <= words(body) <= 500
    assert said.strip().capitalize() in blog(topic, "title", topic_title=said.strip().capitalize())


CAPTIONS = (
    "Rest is training too.",
    "Lift with your legs!\n\nAnd breathe 🙌\n#gym #legs @someone",
    "Every morning I tell myself the same thing. " * 60,
    "{{ name }} {% raw %} <script>",
)


@pytest.mark.parametrize("topic", prompts.load("blog/from_social.toml")["topics"], ids=lambda topic: str(topic["id"]))
@pytest.mark.parametrize("caption", CAPTIONS, ids=["short", "hashtags", "long", "hostile"])
def test_a_post_from_a_caption_quotes_it_once_as_it_was(topic: dict[str, Any], caption: str) -> None:
    body = blog(topic, "body", caption=caption, specialty=SPECIALTIES[2])
    quotes = [line for line in body.splitlines() if line.startswith("> ")]
    assert len(quotes) == 1
    quoted = quotes[0].removeprefix("> ").removesuffix("…").split()
    assert quoted == [word for word in caption.split() if not word.startswith("#")][:100]
    assert 300 <= words(body) <= 500


def test_a_caption_of_nothing_but_hashtags_still_gets_a_title() -> None:
    for topic in prompts.load("blog/from_social.toml")["topics"]:
        assert blog(topic, "title", caption_title="")


@pytest.mark.parametrize("niche", NICHES)
@pytest.mark.parametrize("tone", TONES)
def test_a_bio_has_50_to_90_words_in_the_first_person(niche: str, tone: str) -> None:
    bios = prompts.load("bio/bio.toml")[niche][tone]
    assert len(set(bios)) >= 2
    for text in bios:
        for specialty in SPECIALTIES:
            bio = prompts.fill(text, name="Sam", specialty=specialty, niche_word=niche)
            assert 50 <= words(bio) <= 90
            assert "Sam" in bio
            assert specialty in bio
            assert re.search(r"\b(?:I|I'm|my)\b", bio)
            assert not re.search(r"\{|  |\n| [,.!?]", bio)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_share_text_fits_its_platform_and_carries_the_link(platform: str) -> None:
    texts = prompts.load("share.toml")[platform]["text"]
    limit = {"x": 280, "whatsapp": 600, "tiktok": 600, "link": 300}.get(platform, 1500)
    url = "https://" + "a" * 92
    assert len(set(texts)) >= 2
    for text in texts:
        for specialty in (*SPECIALTIES, "everything " * 18):
            shared = prompts.fill(
                text, name="Sam", niche_word="lifestyle", specialty=specialty.strip(), store_url=url
            ).strip()
            assert len(shared) <= limit
            assert shared.count(url) == 1
            assert not re.search(r"\{|  |\n\n\n", shared)


def test_avery_spells_as_the_british_do() -> None:
    found = []
    for path in sorted(prompts.HERE.rglob("*.toml")):
        prose = re.sub(r"\{[{%].*?[%}]\}|^(?:keywords|tags|id|label|buttons).*$", "", path.read_text(encoding="utf-8"),
                       flags=re.MULTILINE)  # fmt: skip
        found += [
            f"{path.name}: {word}" for word in AMERICAN.findall(prose) if word.lower() not in BRITISH_ALL_THE_SAME
        ]
    assert found == []
