"""avery_model_calls: what each call to a model was for, took and cost. The view avery_usage sums it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call, whether it went well or not."""

    purpose: str
    """reply, blog, topics, bio, share."""
    model: str
    prompt_version: str
    outcome: str
    """`ok`, `stopped`, or what went wrong: rate_limit, timeout, api_error, refused, length, empty, …"""
    total_ms: int
    first_token_ms: int | None = None
    tokens_in: int = 0
    """Cached ones included."""
    tokens_cached: int = 0
    tokens_out: int = 0
    phase: str | None = None
    cost_micros: int | None = None
    """In millionths of a US dollar; None where the model's price is not known."""


Record = Callable[[ModelCall], None]
"""Keeps a call until the turn is written."""


def drop(_: ModelCall) -> None:
    """A Record that keeps nothing."""
