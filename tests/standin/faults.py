"""What a test may have the stand-in do wrong, by kind:

    rate_limit        429; `retry_after` seconds in the header; `code` "insufficient_quota" for a spent quota
    error             `status` (500) with OpenAI's error body; `html` true for a proxy's page instead
    hang              never answers
    stall             `after` chunks, then silence
    cut               `after` chunks, then the connection is gone
    error_mid_stream  `after` chunks, then an error in the stream; `code` names it
    rubbish           `after` chunks, then a line that is no JSON
    page              a 200 with an HTML page
    drip              a chunk each `ms`
    empty             a reply without a word
    refusal           a refusal in the message; `filtered` true for finish_reason content_filter
    length            the reply is cut after `after` words
    bad_json          a tool call whose arguments are no JSON
    reply             exactly `text`, or the tool `calls` [{name, arguments}]
    clock             `chunks` chunks, each the moment at which it is sent (time.monotonic): for whoever measures

`count` calls get it (1); `match` limits it to requests whose last user message or path holds that text; `always` true
keeps it until it is deleted.
"""

from __future__ import annotations

from typing import Any

KINDS = (
    "rate_limit error hang stall cut error_mid_stream rubbish page drip empty refusal length bad_json reply clock"
).split()


class Faults:
    """The queue of what is to go wrong."""

    def __init__(self) -> None:
        self._queue: list[dict[str, Any]] = []

    def add(self, fault: dict[str, Any]) -> None:
        """Queue one; ValueError for a kind that does not exist."""
        if fault.get("kind") not in KINDS:
            raise ValueError(f"There is no fault {fault.get('kind')!r}; there are: {', '.join(KINDS)}")
        self._queue.append({"count": 1, **fault})

    def clear(self) -> None:
        self._queue.clear()

    def take(self, path: str, said: str) -> dict[str, Any] | None:
        """The fault of this request, if it has one."""
        for fault in self._queue:
            if fault.get("match", "") in f"{path} {said}":
                if not fault.get("always"):
                    fault["count"] -= 1
                if fault["count"] <= 0:
                    self._queue.remove(fault)
                return fault
        return None
