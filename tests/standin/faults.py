"""What a test may have the stand-in do wrong, by kind:

    rate_limit        429; `retry_after` seconds in the header; `code` "insufficient_quota" for a spent quota
    error             `status` (500) with OpenAI's error body; `html` true for a proxy's page instead
    page              a 200 with an HTML page
    hang              never answers, until the client leaves
    stall             `after` chunks of content, then silence
    cut               `after` chunks, then the connection is gone
    error_mid_stream  `after` chunks, then an error in the stream; `code` names it
    rubbish           `after` chunks, then a line that is no JSON
    drip              a chunk each `ms`
    empty             a reply without a word
    refusal           a refusal in the message; `filtered` true for finish_reason content_filter
    length            the reply ends after `after` words, or within the arguments of its tool call
    bad_json          a tool call whose arguments are no JSON
    unknown_tool      a call of a tool that nobody offered
    five_calls        five calls at once, nine_calls nine
    tool_loop         one more tool call, whatever the tools answered, as long as any is offered
    wrong_language    a German reply; `language` "zh" for a Chinese one
    reply             exactly `text` and the tool `calls` [{name, arguments}]
    clock             `chunks` chunks, each the moment at which it is sent (time.monotonic): for whoever measures

`count` requests get it (1), or all until it is deleted with `always` true. `match` limits it to requests whose path,
last user message or response_format's name holds that text, `system` to those whose system message does. The first four
can happen to moderations too, the others to chat completions only.
"""

from __future__ import annotations

import json
from typing import Any

from tests.standin import brain

ANYWHERE = "rate_limit error page hang".split()
KINDS = ANYWHERE + (
    "stall cut error_mid_stream rubbish drip empty refusal length bad_json unknown_tool five_calls nine_calls "
    "tool_loop wrong_language reply clock".split()
)
CHAT = "/v1/chat/completions"
FOREIGN = {
    "de": "Das ist eine sehr gute Frage, und ich helfe dir gerne weiter. Lass uns jetzt gemeinsam deinen Preis "
    "festlegen, damit deine Kunden wissen, was sie erwartet." + brain.MARK,
    "zh": "这是一个很好的问题，我很乐意帮助你。让我们一起设定你的价格，这样你的客户就知道会得到什么。" + brain.MARK,
}
HARMLESS = ["get_store_analytics", "get_niche_benchmarks", "apply_store_template", "get_social_top_posts"]
"""Tools that change nothing when they are called without arguments."""


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
        """Forget them all."""
        self._queue.clear()

    def take(self, path: str, said: str = "", system: str = "") -> dict[str, Any]:
        """The fault of this request; empty if it has none. `said` is what `match` looks at besides the path."""
        for fault in self._queue:
            if path != CHAT and fault["kind"] not in ANYWHERE:
                continue
            if fault.get("match", "") in f"{path} {said}" and fault.get("system", "") in system:
                if not fault.get("always"):
                    fault["count"] -= 1
                if fault["count"] <= 0:
                    self._queue.remove(fault)
                return fault
        return {}


def spoil(body: dict[str, Any], fault: dict[str, Any]) -> brain.Reply:
    """What the brain answers, or what the fault makes of it."""
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or []}
    match fault.get("kind"):
        case "empty":
            return brain.Reply()
        case "refusal" if fault.get("filtered"):
            return brain.Reply(finish="content_filter")
        case "refusal":
            return brain.Reply(refusal="I'm sorry, I can't help with that.")
        case "length":
            return _cut(brain.answer(body), fault.get("after", 5))
        case "bad_json":
            return brain.Reply(calls=[(next(iter(tools), "update_coach_profile"), '{"name": "Zo')])
        case "unknown_tool":
            return brain.Reply(calls=[("make_coffee", '{"sugar": true}')])
        case ("five_calls" | "nine_calls") as kind:
            return brain.Reply(calls=_calls(tools, 5 if kind == "five_calls" else 9))
        case "tool_loop" if tools:
            return brain.Reply(calls=_calls(tools, 1))
        case "wrong_language":
            return brain.Reply(FOREIGN[fault.get("language", "de")])
        case "reply":
            calls = [(call["name"], json.dumps(call["arguments"])) for call in fault.get("calls", [])]
            return brain.Reply(fault.get("text", ""), calls)
        case _:
            return brain.answer(body)


def _cut(reply: brain.Reply, words: int) -> brain.Reply:
    calls = [(name, arguments[: len(arguments) // 2]) for name, arguments in reply.calls]
    return brain.Reply(" ".join(reply.text.split()[:words]), calls, finish="length")


def _calls(tools: dict[str, Any], count: int) -> list[tuple[str, str]]:
    names = [name for name in HARMLESS if name in tools] or list(tools)
    calls = [(name, json.dumps(brain.complete(tools[name].get("parameters") or {}, {}))) for name in names]
    return [calls[n % len(calls)] for n in range(count)] if calls else []
