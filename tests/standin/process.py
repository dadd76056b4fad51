"""The stand-in in a process of its own, for the time of a block."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

START_SECONDS = 20.0


class Standin:
    """A running stand-in: its address, and the tests' say in what it does."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    async def timing(self, first_ms: float = 0, token_ms: float = 0) -> None:
        """How long it takes to the first token, and from one to the next."""
        await self._ask("PUT", "timing", {"first_ms": first_ms, "token_ms": token_ms})

    async def fault(self, kind: str, count: int = 1, **more: Any) -> None:
        """What goes wrong with the next `count` calls."""
        await self._ask("POST", "faults", {"kind": kind, "count": count, **more})

    async def reset(self) -> None:
        """No faults, no delays, no memory."""
        await self.timing()
        await self._ask("DELETE", "faults")
        await self._ask("DELETE", "requests")

    async def requests(self) -> list[dict[str, Any]]:
        """What was asked since the last reset: `{path, body, at, first_sent_at, status}`."""
        found: list[dict[str, Any]] = await self._ask("GET", "requests")
        return found

    async def _ask(self, method: str, what: str, body: Any = None) -> Any:
        async with httpx.AsyncClient() as http:
            answer = (await http.request(method, f"{self.root}/standin/{what}", json=body)).raise_for_status()
            return answer.json()


@asynccontextmanager
async def standin() -> AsyncIterator[Standin]:
    """Start one on a free port."""
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
        yield Standin(port)
    finally:
        process.kill()
        await process.wait()
