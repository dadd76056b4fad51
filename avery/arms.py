"""A/B arms: which Avery a coach meets. The same coach always meets the same one, on every process."""

from __future__ import annotations

import hashlib

from avery.settings import Settings

SCRIPTED = "scripted"
AI = "ai"


def arm_of(coach_id: int, settings: Settings) -> str:
    """The coach's arm: `scripted`, `ai`, or the name of a prompt variant that the model speaks by.

    The coach's hash is a point on a circle that the arms' weights divide (AVERY_ARMS). Without a key for a model all
    arms are `scripted`.
    """
    if settings.openai_api_key is None:
        return SCRIPTED
    arms = settings.arms
    if len(arms) == 1:
        return arms[0][0]
    point = int.from_bytes(hashlib.sha256(f"avery arm {coach_id}".encode()).digest()[:8]) / 2**64
    whole = sum(weight for _, weight in arms)
    for name, weight in arms:
        point -= weight / whole
        if point < 0:
            return name
    return arms[-1][0]


def variant_of(arm: str) -> str | None:
    """The prompt variant that an arm speaks by; None for the prompts as they are."""
    return None if arm in (AI, SCRIPTED) else arm
