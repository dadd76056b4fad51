"""A real `avery serve` in a process of its own, and what the operating system says that it costs."""

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
import psutil


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU so far."""

    avery: float
    postgres: float


@dataclass
class Server:
    """The process and where it answers."""

    url: str
    process: psutil.Process

    def cpu(self) -> Cpu:
        """CPU of the service, and of all PostgreSQL processes of this user, since their start."""
        times = self.process.cpu_times()
        postgres = 0.0
        for child in psutil.process_iter(["name", "cpu_times"]):
            if child.info["name"] == "postgres" and child.info["cpu_times"]:
                postgres += child.info["cpu_times"].user + child.info["cpu_times"].system
        return Cpu(times.user + times.system, postgres)

    def memory(self) -> int:
        """Bytes that only this process holds."""
        return int(self.process.memory_full_info().uss)


@asynccontextmanager
async def serve(database: str, data: Path) -> AsyncIterator[Server]:
    """Run the service on a free port against `database` until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AVERY_", "OPENAI_"))}
    environment = kept | {
        "AVERY_DATABASE_URL": database, "AVERY_DATA_DIR": str(data), "AVERY_PORT": str(port),
        "AVERY_FRAMES_PER_MINUTE": "1000000",
    }  # fmt: skip
    log = (data / "server.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.cli", "serve", env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as http:
            while True:
                if process.returncode is not None:
                    raise RuntimeError((data / "server.log").read_text())
                try:
                    if (await http.get(f"{url}/health/ready")).is_success:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield Server(url, psutil.Process(process.pid))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()
        log.close()
