"""The shapes of OpenAI's answers: completions, chunks, usage, moderations, models."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections import deque
from typing import Any

from tests.standin.brain import Reply
from tests.standin.validate import MODELS

FLAG = "FLAGME"
"""What a text must hold to be flagged by the moderation."""
CATEGORIES = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence")
CLOCK = b"{clock}"
"""Where a chunk tells the moment at which it is sent."""
CACHED_FROM, CACHED_STEP = 1024, 128
"""Tokens from which, and in whose multiples, a prompt's beginning is found in the cache."""
CHARACTERS = 4
"""In a token."""


def completion(body: dict[str, Any], reply: Reply, usage: dict[str, Any]) -> dict[str, Any]:
    """A reply in one piece."""
    calls = [{"id": _call_id(), "type": "function", "function": {"name": name, "arguments": arguments}}
             for name, arguments in reply.calls]  # fmt: skip
    message = {"role": "assistant", "content": None if calls or reply.refusal else reply.text,
               "refusal": reply.refusal or None, "annotations": [],
               **({"tool_calls": calls} if calls else {})}  # fmt: skip
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}
    return _frame(body, "chat.completion") | {"choices": [choice], "usage": usage}


def stream(body: dict[str, Any], reply: Reply, usage: dict[str, Any]) -> tuple[bytes, list[bytes], bytes]:
    """A reply as events: the role, the pieces of the content, and the end."""
    first = _event(body, {"role": "assistant", "content": "" if reply.text else None, "refusal": None})
    pieces = [_event(body, delta) for delta in deltas(reply)]
    last = _event(body, {}, _finish(reply))
    if _tells_usage(body):
        told = _frame(body, "chat.completion.chunk") | {"choices": [], "usage": usage}
        last += b"data: " + json.dumps(told).encode() + b"\n\n"
    return first, pieces, last + b"data: [DONE]\n\n"


def clock(body: dict[str, Any]) -> bytes:
    """An event whose content is the moment at which it is sent."""
    return _event(body, {"content": f"{CLOCK.decode()} "})


def deltas(reply: Reply) -> list[dict[str, Any]]:
    """The message in pieces, as a model makes them."""
    pieces: list[dict[str, Any]] = [{"refusal": word} for word in re.findall(r"\s*\S+\s*", reply.refusal)]
    pieces += [{"content": word} for word in re.findall(r"\s*\S+\s*", reply.text)]
    for index, (name, arguments) in enumerate(reply.calls):
        function = {"name": name, "arguments": ""}
        pieces.append({"tool_calls": [{"index": index, "id": _call_id(), "type": "function", "function": function}]})
        pieces += [{"tool_calls": [{"index": index, "function": {"arguments": arguments[start : start + 16]}}]}
                   for start in range(0, len(arguments), 16)]  # fmt: skip
    return pieces


def limited(reply: Reply, body: dict[str, Any]) -> Reply:
    """The reply within its max_tokens."""
    most = CHARACTERS * (body.get("max_completion_tokens") or body.get("max_tokens") or 100_000)
    return reply if len(reply.text) <= most else Reply(reply.text[:most], finish="length")


class PromptCache:
    """What prompts have in common with the beginnings of the last ones before them."""

    def __init__(self) -> None:
        self._prompts: deque[str] = deque(maxlen=16)

    def usage(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """The tokens of a request and its reply."""
        prompt = json.dumps([body["model"], body.get("tools"), body["messages"]])
        said = reply.text + reply.refusal + "".join(name + arguments for name, arguments in reply.calls)
        given, made = len(prompt) // CHARACTERS, max(1, len(said) // CHARACTERS)
        cached = max((_shared(prompt, earlier) for earlier in self._prompts), default=0)
        self._prompts.append(prompt)
        return {
            "prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made,
            "prompt_tokens_details": {"cached_tokens": cached if cached >= CACHED_FROM else 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }  # fmt: skip


def moderation(body: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    """Each text's verdict."""
    results = []
    for text in texts:
        flags = dict.fromkeys(CATEGORIES, False) | {"harassment": FLAG in text}
        results.append({
            "flagged": flags["harassment"], "categories": flags,
            "category_scores": {name: 0.98 if is_set else 0.01 for name, is_set in flags.items()},
            "category_applied_input_types": {name: ["text"] for name in flags},
        })  # fmt: skip
    return {"id": "modr-standin", "model": body.get("model", "omni-moderation-latest"), "results": results}


def models() -> dict[str, Any]:
    """The models that it stands in for."""
    known = [{"id": name, "object": "model", "created": 0, "owned_by": "stand-in"} for name in MODELS]
    return {"object": "list", "data": known}


def rate_limit(code: str | None) -> dict[str, Any]:
    """The error of a request too many, or of a quota that is spent."""
    if code == "insufficient_quota":
        message, kind = "You exceeded your current quota, please check your plan and billing details.", code
    else:
        message, kind = "Rate limit reached on requests per min (RPM): Limit 3, Used 3, Requested 1.", "requests"
    return {"error": {"message": message, "type": kind, "param": None, "code": code or "rate_limit_exceeded"}}


def _event(body: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    usage = {"usage": None} if _tells_usage(body) else {}
    frame = _frame(body, "chat.completion.chunk") | {"choices": [choice]} | usage
    return b"data: " + json.dumps(frame).encode() + b"\n\n"


def _frame(body: dict[str, Any], kind: str) -> dict[str, Any]:
    # The same for all chunks of a reply, since it hangs on the request.
    name = f"chatcmpl-standin{id(body):x}"
    return {"id": name, "object": kind, "created": int(time.time()), "model": body["model"],
            "service_tier": "default", "system_fingerprint": "standin"}  # fmt: skip


def _tells_usage(body: dict[str, Any]) -> bool:
    return bool((body.get("stream_options") or {}).get("include_usage"))


def _call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _finish(reply: Reply) -> str:
    return reply.finish or ("tool_calls" if reply.calls else "stop")


def _shared(prompt: str, earlier: str) -> int:
    """Tokens that both begin with, in steps."""
    step, end = CACHED_STEP * CHARACTERS, 0
    while end + step <= min(len(prompt), len(earlier)) and prompt[end : end + step] == earlier[end : end + step]:
        end += step
    return end // CHARACTERS
