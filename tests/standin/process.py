"""The stand-in for the time of a block: in a process of its own, or within this one."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn

from tests.standin.faults import CHAT
from tests.standin.server import Application

START_SECONDS = 20.0


class Standin:
    """A running stand-in: its address, and the tests' say in what it does."""

    def __init__(self, url: str) -> None:
        self.root = url.removesuffix("/v1")
        self.url = f"{self.root}/v1"

    async def timing(self, first_ms: float = 0, token_ms: float = 0) -> None:
        """How long it takes to the first token, and from one to the next."""
        await self._ask("PUT", "timing", {"first_ms": first_ms, "token_ms": token_ms})

    async def fault(self, kind: str, count: int = 1, **more: Any) -> None:
        """What goes wrong with the next `count` calls; faults.py tells the kinds."""
        await self._ask("POST", "faults", {"kind": kind, "count": count, **more})

    async def reset(self) -> None:
        """No faults, no delays, no memory."""
        await self.timing()
        await self._ask("DELETE", "faults")
        await self._ask("DELETE", "requests")

    async def requests(self, path: str = CHAT) -> list[dict[str, Any]]:
        """What was asked of a path since the last reset, as the package's docstring describes it."""
        return [request for request in await self._ask("GET", "requests") if request["path"] == path]

    async def _ask(self, method: str, what: str, body: Any = None) -> Any:
        async with httpx.AsyncClient() as http:
            answer = (await http.request(method, f"{self.root}/standin/{what}", json=body)).raise_for_status()
            return answer.json()


@asynccontextmanager
async def standin() -> AsyncIterator[Standin]:
    """Start one in a process of its own, on a free port."""
    from tests.acceptance.server import free_port

    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.standin", "--port", str(port))
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
            while True:
                try:
                    if (await http.get(f"http://127.0.0.1:{port}/")).is_success:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield Standin(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """Start one within this process, on a free port: yields its base URL, which ends in /v1."""
    config = uvicorn.Config(
        Application(), log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = _Guest(config)
    # IPPROTO_TCP by name: asyncio sets TCP_NODELAY only on a socket that says so.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await running


class _Guest(uvicorn.Server):
    """A server inside somebody else's process: signals are the host's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
