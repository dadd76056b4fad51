"""A real server in a process of its own, which a test may stop, or kill."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.acceptance.echo import GATES

AVERY = "api.cli"
ECHO = "tests.acceptance.echo"
START_SECONDS = 30.0


@dataclass
class Server:
    """Where it answers, its process, and its folder."""

    url: str
    process: asyncio.subprocess.Process
    folder: Path
    database_url: str = ""
    """Empty where it is the server's own, embedded."""

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """End it as an operator does: its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    def open_gate(self, name: str) -> None:
        """Let the echo that waits at this gate go on."""
        (self.folder / name).touch()

    @property
    def output(self) -> str:
        return (self.folder / f"{self.process.pid}.log").read_text()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def start(
    database_url: str | None, folder: Path, *, module: str = ECHO, port: int | None = None, **settings: str
) -> Server:
    """Start a server and wait until it is ready. `settings` are environment variables."""
    port = port or free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AVERY_", "OPENAI_"))}
    environment = kept | {"AVERY_PORT": str(port), "AVERY_DATA_DIR": str(folder), GATES: str(folder)} | settings
    if database_url:
        environment["AVERY_DATABASE_URL"] = database_url
    verb = ["serve"] if module == AVERY else []
    draft = folder / f"starting-{port}.log"
    with draft.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *verb, env=environment, stdout=log, stderr=log
        )
    draft.rename(folder / f"{process.pid}.log")
    server = Server(f"http://127.0.0.1:{port}", process, folder, database_url or "")
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
        while True:
            if process.returncode is not None:
                raise AssertionError(f"the server ended with {process.returncode}:\n{server.output}")
            try:
                if (await http.get(f"{server.url}/health/ready")).is_success:
                    return server
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(
    database_url: str | None, folder: Path, *, module: str = ECHO, port: int | None = None, **settings: str
) -> AsyncIterator[Server]:
    """A server for the time of a block."""
    server = await start(database_url, folder, module=module, port=port, **settings)
    try:
        yield server
    finally:
        await server.stop()
