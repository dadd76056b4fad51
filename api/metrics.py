"""What operations watches."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

sockets = Gauge("avery_sockets", "Open WebSockets.")
turns = Histogram(
    "avery_turn_seconds",
    "A turn, from its beginning to its last frame.",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
failures = Counter("avery_turn_failures", "Turns that failed unexpectedly.")
closed = Counter("avery_sockets_closed", "Sockets that the server closed.", ["code"])
