"""The stand-in's HTTP side: a plain ASGI application, so that it costs little beside what it is measured with.

As with OpenAI, nothing comes before the first token: the head, the role and the first piece of content leave together.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tests.standin import shapes
from tests.standin.faults import CHAT, Faults, spoil
from tests.standin.validate import Refused, check_chat, check_key, check_moderation

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

MODERATIONS = "/v1/moderations"
JSON, SSE = b"application/json", b"text/event-stream; charset=utf-8"
ABOUT = {"about": "This is a stand-in for OpenAI's API, for tests: no model, only rules."}
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
SERVER_ERROR = "The server had an error while processing your request. Sorry about that!"


class Application:
    """One stand-in, with its faults, its timing and its memory of what it was asked."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.timing = {"first_ms": 0.0, "token_ms": 0.0}
        self.requests: list[dict[str, Any]] = []
        self._cache = shapes.PromptCache()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """All routes."""
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        exchange = Exchange(scope, receive, send)
        await exchange.read()
        if exchange.path.startswith("/v1/"):
            self.requests.append(exchange.entry)
        try:
            await self._route(exchange)
        except Refused as refused:
            await exchange.json(refused.body, refused.status)
        except ValueError as error:
            await exchange.json({"error": {"message": str(error), "type": "invalid_request_error"}}, 400)

    async def _route(self, exchange: Exchange) -> None:
        method, path = exchange.method, exchange.path
        if path == "/":
            await exchange.json(ABOUT)
        elif path.startswith("/standin/"):
            await exchange.json(self._control(method, path.rsplit("/", 1)[1], exchange.body))
        else:
            check_key(exchange.headers)
            match (method, path):
                case ("GET", "/v1/models"):
                    await exchange.json(shapes.models())
                case ("POST", "/v1/moderations"):
                    await self._moderate(exchange)
                case ("POST", "/v1/chat/completions"):
                    await self._chat(exchange)
                case _:
                    raise Refused(f"Invalid URL ({method} {path})", status=404)

    def _control(self, method: str, what: str, given: Any) -> Any:
        match (method, what):
            case ("PUT", "timing"):
                self.timing.update(given)
            case ("POST", "faults"):
                self.faults.add(given)
            case ("DELETE", "faults"):
                self.faults.clear()
            case ("GET", "requests"):
                return self.requests
            case ("DELETE", "requests"):
                self.requests.clear()
            case _:
                raise ValueError(f"There is no {method} /standin/{what}")
        return {"ok": True}

    async def _moderate(self, exchange: Exchange) -> None:
        texts = check_moderation(exchange.body)
        if not await exchange.fail(self.faults.take(MODERATIONS, " ".join(texts))):
            await exchange.json(shapes.moderation(exchange.body, texts))

    async def _chat(self, exchange: Exchange) -> None:
        body = exchange.body
        check_chat(body)
        said = {role: [str(each["content"]) for each in body["messages"] if each["role"] == role]
                for role in ("system", "user")}  # fmt: skip
        exchange.entry["said"] = (said["user"] or [""])[-1]
        shape = ((body.get("response_format") or {}).get("json_schema") or {}).get("name", "")
        fault = self.faults.take(CHAT, f"{shape} {exchange.entry['said']}", "\n".join(said["system"]))
        if await exchange.fail(fault):
            return
        reply = shapes.limited(spoil(body, fault), body)
        usage = self._cache.usage(body, reply)
        if body.get("stream"):
            first, pieces, last = shapes.stream(body, reply, usage)
            if fault.get("kind") == "clock":
                pieces = [shapes.clock(body)] * fault["chunks"]
            await exchange.stream(first, pieces, last, fault, self.timing)
        else:
            seconds = self.timing["first_ms"] + self.timing["token_ms"] * len(shapes.deltas(reply))
            await exchange.whole(json.dumps(shapes.completion(body, reply, usage)).encode(), seconds / 1000, fault)


class Exchange:
    """One request and what is answered. uvicorn cuts the connection of a response that is left unfinished."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.method, self.path = scope["method"], scope["path"]
        self.headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        self.body: Any = None
        self.entry: dict[str, Any] = {
            "path": self.path,
            "headers": {name: value for name, value in self.headers.items() if name != "authorization"},
            "body": None, "said": "", "at": time.monotonic(), "first_sent_at": None, "status": None, "end": None,
        }  # fmt: skip

    async def read(self) -> None:
        """Take in the request's body."""
        raw = b""
        while True:
            message = await self._receive()
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            self.body = self.entry["body"] = json.loads(raw) if raw else None
        except ValueError:
            self.body = None  # and the checks refuse it

    async def json(self, body: Any, status: int = 200, **headers: str) -> None:
        """Answer with JSON."""
        await self.answer(json.dumps(body).encode(), status, JSON, **headers)

    async def answer(self, data: bytes, status: int = 200, media_type: bytes = JSON, **headers: str) -> None:
        """Answer in one piece."""
        self.entry["end"] = self.entry["end"] or ("whole" if status < 400 else "fault")
        await self._head(status, media_type, **headers)
        await self._send({"type": "http.response.body", "body": data})

    async def fail(self, fault: dict[str, Any]) -> bool:
        """Whether the fault stands in place of the true answer."""
        match fault.get("kind"):
            case "hang":
                await self._left(None)
            case "rate_limit":
                headers = {"retry-after": str(fault["retry_after"])} if "retry_after" in fault else {}
                await self.json(shapes.rate_limit(fault.get("code")), 429, **headers)
            case "error" if not fault.get("html"):
                raise Refused(
                    SERVER_ERROR, status=fault.get("status", 500), kind="server_error", code=fault.get("code")
                )
            case "error" | "page":
                self.entry["end"] = "fault"
                await self.answer(HTML, 200 if fault["kind"] == "page" else fault.get("status", 502), b"text/html")
            case _:
                return False
        return True

    async def whole(self, data: bytes, seconds: float, fault: dict[str, Any]) -> None:
        """A reply in one piece, after the time that its tokens take."""
        if await self._left(seconds):
            return
        self.entry["first_sent_at"] = time.monotonic()
        match fault.get("kind"):
            case "stall":
                await self._left(None)
            case "error_mid_stream":
                raise Refused(SERVER_ERROR, status=500, kind="server_error", code=fault.get("code"))
            case "rubbish":
                await self.answer(b"{not json at all")
            case "cut":
                self.entry["end"] = "fault"
                await self._head(200, JSON, **{"content-length": str(len(data))})
                await self._say(data[: len(data) // 2])
            case _:
                await self.answer(data)

    async def stream(
        self, first: bytes, pieces: Iterable[bytes], last: bytes, fault: dict[str, Any], timing: dict[str, float]
    ) -> None:
        """A reply in pieces, each at its time; `{clock}` in a piece becomes the moment at which it is sent."""
        loop = asyncio.get_running_loop()
        gone = asyncio.ensure_future(self._gone())
        due = loop.time() + timing["first_ms"] / 1000
        breaks = fault.get("after", 0) if fault.get("kind") in ("cut", "stall", "rubbish", "error_mid_stream") else None
        sent = 0
        try:
            for piece in [*pieces, None]:
                if (pause := due - loop.time()) > 0:
                    await asyncio.sleep(pause)
                due += fault.get("ms", timing["token_ms"]) / 1000
                if sent == 0:
                    await self._head(200, SSE)
                    await self._say(first)
                if breaks is not None and (sent == breaks or piece is None):
                    await self._break(fault, gone)
                    return
                if gone.done():
                    self.entry["end"] = "left"
                    return
                if piece is None:
                    break
                if sent == 0:
                    self.entry["first_sent_at"] = time.monotonic()
                await self._say(piece.replace(shapes.CLOCK, b"%.6f" % time.monotonic()))
                sent += 1
        finally:
            gone.cancel()
        self.entry["end"] = "whole"
        await self._send({"type": "http.response.body", "body": last})

    async def _break(self, fault: dict[str, Any], gone: asyncio.Future[None]) -> None:
        self.entry["end"] = "fault"
        match fault["kind"]:
            case "stall":
                await gone
                self.entry["end"] = "left"
            case "rubbish":
                await self._say(b"data: {not json at all\n\n")
            case "error_mid_stream":
                error = {"message": SERVER_ERROR, "type": "server_error", "param": None, "code": fault.get("code")}
                await self._say(b"data: " + json.dumps({"error": error}).encode() + b"\n\n")

    async def _left(self, seconds: float | None) -> bool:
        """Wait so long, or for good; whether the client left meanwhile."""
        if seconds == 0:
            return False
        try:
            await asyncio.wait_for(self._gone(), seconds)
        except TimeoutError:
            return False
        self.entry["end"] = "left"
        return True

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _head(self, status: int, media_type: bytes, **headers: str) -> None:
        self.entry["status"] = status
        more = [(name.encode(), value.encode()) for name, value in headers.items()]
        lines = [(b"content-type", media_type), (b"x-standin", b"1"), *more]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})

    async def _say(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
