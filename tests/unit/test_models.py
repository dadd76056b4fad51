"""Models' profiles and coaches' arms: what is asked of whom, and what it costs."""

from collections import Counter

import pytest

from avery.arms import arm_of, variant_of
from avery.clients.openai import profile_of
from avery.errors import SettingsError
from avery.settings import Settings


def test_gpt_4o_is_asked_as_the_spec_asks_it() -> None:
    settings = Settings()
    profile = profile_of(settings.model)
    assert (settings.model, settings.max_tokens, profile.token_parameter) == ("gpt-4o", 500, "max_tokens")
    assert profile.parameters(settings) == {"temperature": 0.7}
    assert profile.ends is not None


def test_a_successor_is_one_setting_away() -> None:
    settings = Settings(model="gpt-6-luna")
    assert profile_of("gpt-6-luna").parameters(settings) == {"reasoning_effort": "none", "temperature": 0.7}
    thinking = Settings(model="gpt-6-luna", reasoning_effort="low")
    assert profile_of("gpt-6-luna").parameters(thinking) == {"reasoning_effort": "low"}


def test_a_dated_snapshot_is_its_model_and_a_sibling_is_not() -> None:
    assert profile_of("gpt-4o-2024-11-20") == profile_of("gpt-4o")
    assert profile_of("gpt-4o-audio").input is None
    assert profile_of("gpt-4o-audio").token_parameter == "max_tokens"
    assert profile_of("llama-5").cost_micros(10, 0, 10) is None


def test_cost_is_in_millionths_of_a_dollar_and_cached_tokens_are_cheaper() -> None:
    assert profile_of("gpt-4o").cost_micros(1_000_000, 0, 1_000_000) == 12_500_000
    assert profile_of("gpt-4o").cost_micros(1000, 800, 0) == 200 * 2.5 + 800 * 1.25


def test_without_a_key_everybody_meets_the_script() -> None:
    assert {arm_of(coach, Settings(arms=(("ai", 1.0),))) for coach in range(50)} == {"scripted"}


def test_a_coach_keeps_her_arm_and_the_weights_hold() -> None:
    settings = Settings(openai_api_key="sk-x", arms=(("ai", 3.0), ("scripted", 1.0)))
    first = [arm_of(coach, settings) for coach in range(4000)]
    assert first == [arm_of(coach, settings) for coach in range(4000)]
    assert 0.70 < Counter(first)["ai"] / 4000 < 0.80


def test_a_larger_arm_only_takes_coaches_over() -> None:
    small = Settings(openai_api_key="sk-x", arms=(("ai", 10.0), ("scripted", 90.0)))
    large = Settings(openai_api_key="sk-x", arms=(("ai", 50.0), ("scripted", 50.0)))
    was_ai = [coach for coach in range(2000) if arm_of(coach, small) == "ai"]
    assert was_ai
    assert all(arm_of(coach, large) == "ai" for coach in was_ai)


def test_a_variant_is_an_arm_whose_prompts_are_its_own() -> None:
    assert (variant_of("ai"), variant_of("scripted"), variant_of("brief")) == (None, None, "brief")


@pytest.mark.parametrize("value", ["nobody", "ai:-1", "ai:x", ","])
def test_an_arm_that_does_not_exist_is_refused_with_what_would_do(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVERY_ARMS", value)
    with pytest.raises(SettingsError, match=r"AVERY_ARMS.*ai:90,scripted:10"):
        Settings.load()


def test_arms_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVERY_ARMS", "ai:90, scripted:10")
    assert Settings.load().arms == (("ai", 90.0), ("scripted", 10.0))
