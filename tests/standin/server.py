"""The stand-in's HTTP side: a plain ASGI application, so that it costs little beside what it is measured with."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from tests.standin import brain
from tests.standin.faults import Faults
from tests.standin.validate import Refused, check_chat, check_key

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

HEADERS = [(b"x-standin", b"1")]
FIRST_WORDS = "This is a stand-in for OpenAI's API, for tests: no model, only rules."

faults = Faults()
timing = {"first_ms": 0.0, "token_ms": 0.0}
requests: list[dict[str, Any]] = []


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """All routes."""
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return None
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    method, path = scope["method"], scope["path"]
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    try:
        parsed = json.loads(body) if body else None
        if path.startswith("/standin/"):
            return await _json(send, 200, _control(method, path.rsplit("/", 1)[1], parsed))
        if path == "/":
            return await _json(send, 200, {"about": FIRST_WORDS})
        check_key(headers)
        if path == "/v1/models":
            return await _json(send, 200, {"object": "list", "data": []})
        if path == "/v1/moderations":
            return await _moderate(send, parsed)
        if path == "/v1/chat/completions":
            return await _chat(receive, send, parsed)
        raise Refused(404, f"Invalid URL ({method} {path})")
    except Refused as refused:
        if requests and requests[-1]["status"] is None:
            requests[-1]["status"] = refused.status
        await _json(send, refused.status, refused.body)
    except ValueError as error:
        await _json(send, 400, {"error": {"message": str(error), "type": "invalid_request_error"}})


def _control(method: str, what: str, given: Any) -> Any:
    match (method, what):
        case ("PUT", "timing"):
            timing.update(given)
        case ("POST", "faults"):
            faults.add(given)
        case ("DELETE", "faults"):
            faults.clear()
        case ("GET", "requests"):
            return requests
        case ("DELETE", "requests"):
            requests.clear()
        case _:
            raise ValueError(f"There is no {method} /standin/{what}")
    return {"ok": True}


async def _moderate(send: Send, body: Any) -> None:
    fault = faults.take("/v1/moderations", "")
    if fault:
        raise Refused(fault.get("status", 500), "The server had an error.", kind="server_error")
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    results = [{"flagged": "FLAGME" in text, "categories": {}, "category_scores": {},
                "category_applied_input_types": {}} for text in texts]  # fmt: skip
    await _json(send, 200, {"id": "modr-standin", "model": body.get("model"), "results": results})


async def _chat(receive: Receive, send: Send, body: Any) -> None:
    entry: dict[str, Any] = {
        "path": "/v1/chat/completions", "body": body, "at": time.monotonic(), "first_sent_at": None, "status": None
    }  # fmt: skip
    requests.append(entry)
    check_chat(body)
    users = [str(message["content"]) for message in body["messages"] if message["role"] == "user"]
    fault = faults.take("/v1/chat/completions", users[-1] if users else "") or {}
    kind = fault.get("kind")
    match kind:
        case "hang":
            await _gone(receive)
            return
        case "rate_limit":
            entry["status"] = 429
            more = [(b"retry-after", str(fault["retry_after"]).encode())] if "retry_after" in fault else []
            code = fault.get("code", "rate_limit_exceeded")
            error = {"message": "Rate limit reached.", "type": "requests", "param": None, "code": code}
            await _json(send, 429, {"error": error}, more)
            return
        case "error" if not fault.get("html"):
            raise Refused(fault.get("status", 500), "The server had an error.", kind="server_error")
        case "error" | "page":
            status = 200 if kind == "page" else fault.get("status", 502)
            await _whole(send, status, b"<html>502 Bad Gateway</html>", b"text/html")
            return
    reply = _reply(body, fault)
    entry["status"] = 200
    if not body.get("stream"):
        await asyncio.sleep(timing["first_ms"] / 1000)
        await _json(send, 200, _completion(body, reply, fault))
        return
    await _stream(receive, send, body, reply, fault, entry)


def _reply(body: dict[str, Any], fault: dict[str, Any]) -> brain.Reply:
    match fault.get("kind"):
        case "empty":
            return brain.Reply()
        case "bad_json":
            return brain.Reply(calls=[("update_coach_profile", '{"name": "Zo')])
        case "reply":
            calls = [(call["name"], json.dumps(call["arguments"])) for call in fault.get("calls", [])]
            return brain.Reply(fault.get("text", ""), calls)
        case "length":
            words = brain.answer({**body, "tools": None}).text.split()
            return brain.Reply(" ".join(words[: fault.get("after", 5)]))
        case _:
            return brain.answer(body)


def _finish(reply: brain.Reply, fault: dict[str, Any]) -> str:
    if fault.get("kind") == "length":
        return "length"
    if fault.get("kind") == "refusal" and fault.get("filtered"):
        return "content_filter"
    return "tool_calls" if reply.calls else "stop"


def _usage(body: dict[str, Any], reply: brain.Reply) -> dict[str, Any]:
    sent, said = len(json.dumps(body["messages"])) // 4, max(1, len(reply.text) // 4)
    return {
        "prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said,
        "prompt_tokens_details": {"cached_tokens": sent // 2},
    }  # fmt: skip


def _completion(body: dict[str, Any], reply: brain.Reply, fault: dict[str, Any]) -> dict[str, Any]:
    refused = fault.get("kind") == "refusal"
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if refused or reply.calls else reply.text,
        "refusal": "I'm sorry, I can't help with that." if refused else None,
    }
    if reply.calls:
        message["tool_calls"] = [
            {"id": f"call_standin{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for n, (name, arguments) in enumerate(reply.calls)
        ]
    return {
        "id": "chatcmpl-standin", "object": "chat.completion", "created": int(time.time()), "model": body["model"],
        "system_fingerprint": "standin", "usage": _usage(body, reply),
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(reply, fault), "logprobs": None}],
    }  # fmt: skip


def _deltas(reply: brain.Reply, fault: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message in pieces, as a model makes them."""
    if fault.get("kind") == "refusal" and not fault.get("filtered"):
        for word in ("I'm sorry, ", "I can't help with that."):
            yield {"refusal": word}
        return
    if fault.get("kind") == "clock":
        for _ in range(fault["chunks"]):
            # Read when the chunk is sent: the generator runs one step at a time.
            yield {"content": f"{time.monotonic():.6f} "}
        return
    for word in re.findall(r"\S+\s*", reply.text):
        yield {"content": word}
    for n, (name, arguments) in enumerate(reply.calls):
        head = {"index": n, "id": f"call_standin{n}", "type": "function", "function": {"name": name, "arguments": ""}}
        yield {"tool_calls": [head]}
        for start in range(0, len(arguments), 16):
            yield {"tool_calls": [{"index": n, "function": {"arguments": arguments[start : start + 16]}}]}


async def _stream(
    receive: Receive, send: Send, body: dict[str, Any], reply: brain.Reply, fault: dict[str, Any], entry: dict[str, Any]
) -> None:
    frame = {
        "id": "chatcmpl-standin", "object": "chat.completion.chunk", "created": int(time.time()),
        "model": body["model"], "system_fingerprint": "standin",
    }  # fmt: skip

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return b"data: " + json.dumps({**frame, "choices": [choice]}).encode() + b"\n\n"

    async def say(data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    await _head(send, 200, b"text/event-stream")
    await say(event({"role": "assistant", "content": "" if reply.text else None, "refusal": None}))
    pause = fault.get("ms", timing["token_ms"]) / 1000
    await asyncio.sleep(timing["first_ms"] / 1000)
    for n, delta in enumerate(_deltas(reply, fault)):
        if n == fault.get("after"):
            match fault["kind"]:
                case "cut":
                    raise ConnectionResetError("as the test asked")
                case "stall":
                    await _gone(receive)
                    return
                case "rubbish":
                    await say(b"data: {not json at all\n\n")
                case "error_mid_stream":
                    error = {"message": "The server had an error.", "type": "server_error", "code": fault.get("code")}
                    await say(b"data: " + json.dumps({"error": error}).encode() + b"\n\n")
        if entry["first_sent_at"] is None:
            entry["first_sent_at"] = time.monotonic()
        await say(event(delta))
        if pause:
            await asyncio.sleep(pause)
    await say(event({}, _finish(reply, fault)))
    if (body.get("stream_options") or {}).get("include_usage"):
        await say(b"data: " + json.dumps({**frame, "choices": [], "usage": _usage(body, reply)}).encode() + b"\n\n")
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def _gone(receive: Receive) -> None:
    """Wait until the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _head(send: Send, status: int, media_type: bytes, more: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", media_type), *HEADERS, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _whole(send: Send, status: int, body: bytes, media_type: bytes) -> None:
    await _head(send, status, media_type)
    await send({"type": "http.response.body", "body": body})


async def _json(send: Send, status: int, body: Any, more: list[tuple[bytes, bytes]] | None = None) -> None:
    await _head(send, status, b"application/json", more)
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
