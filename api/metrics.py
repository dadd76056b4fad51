"""What operations watches."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from avery.store.usage import ModelCall

sockets = Gauge("avery_sockets", "Open WebSockets.")
turns = Histogram(
    "avery_turn_seconds",
    "A turn, from its beginning to its last frame.",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
failures = Counter("avery_turn_failures", "Turns that failed unexpectedly.")
model_calls = Counter("avery_model_calls", "Calls to the model, by purpose and how they ended.", ["purpose", "outcome"])
model_tokens = Counter("avery_model_tokens", "Tokens, by kind: in (cached ones included), cached, out.", ["kind"])
first_token = Histogram(
    "avery_model_first_token_seconds",
    "From asking the model to its first word.",
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20),
)
model_is_down = Gauge("avery_model_is_down", "1 while the model is known to be down and is not asked.")
closed = Counter("avery_sockets_closed", "Sockets that the server closed.", ["code"])


def count_model_calls(calls: Sequence[ModelCall]) -> None:
    """Count a turn's calls to the model."""
    for call in calls:
        model_calls.labels(call.purpose, call.outcome).inc()
        for kind, tokens in (("in", call.tokens_in), ("cached", call.tokens_cached), ("out", call.tokens_out)):
            model_tokens.labels(kind).inc(tokens)
        if call.first_token_ms is not None:
            first_token.observe(call.first_token_ms / 1000)
