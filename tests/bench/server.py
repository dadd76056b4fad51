"""A real server in a process of its own, and what the operating system says that it costs."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import httpx
import psutil
import psycopg

from avery.clients.kliq import SANDBOX_TOKEN
from avery.sandbox.server import KLIQ_PATH, serve_sandbox
from avery.store.migrate import migrate
from avery.store.pool import open_pool

AVERY = ("api.cli", "serve")
ECHO = ("tests.acceptance.echo",)
SECRET = "a secret of the bench that is long enough"


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU so far."""

    avery: float
    postgres: float

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(self.avery - other.avery, self.postgres - other.postgres)


@dataclass
class Server:
    """The process, where it answers, and the database under it."""

    url: str
    process: psutil.Process
    database: str
    postmaster: psutil.Process

    def cpu(self) -> Cpu:
        """CPU of the service and of its PostgreSQL, since their start: nothing of what else runs on the machine."""
        # A backend that has ended is among its parent's children's times.
        ended = self.postmaster.cpu_times()
        postgres = ended.user + ended.system + ended.children_user + ended.children_system
        for backend in self.postmaster.children():
            try:
                found = backend.cpu_times()
            except psutil.NoSuchProcess:
                continue
            postgres += found.user + found.system
        return Cpu(_cpu_seconds(self.process), postgres)

    def memory(self) -> int:
        """Bytes that only this process holds."""
        return int(self.process.memory_full_info().uss)


@asynccontextmanager
async def serve(
    postgres: str, data: Path, *, module: tuple[str, ...] = AVERY, **settings: str
) -> AsyncIterator[Server]:
    """Run the service on a free port, on a new database, until the block ends. `settings` are environment variables.

    KLIQ is played by the process that measures, so that its costs are not taken for Avery's.
    """
    database = await _new_database(postgres)
    await migrate(database)
    async with open_pool(database, max_size=4) as pool, serve_sandbox(pool) as outside:
        port = _free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AVERY_", "OPENAI_"))}
        environment = kept | {
            "AVERY_DATABASE_URL": database, "AVERY_DATA_DIR": str(data), "AVERY_PORT": str(port),
            "AVERY_FRAMES_PER_MINUTE": "1000000", "AVERY_JWT_SECRET": SECRET,
            "AVERY_KLIQ_URL": outside + KLIQ_PATH, "AVERY_KLIQ_TOKEN": SANDBOX_TOKEN,
        } | settings  # fmt: skip
        with (data / "server.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *module, env=environment, stdout=log, stderr=log
            )
        try:
            url = f"http://127.0.0.1:{port}"
            await _ready(url, process, log.name)
            yield Server(url, psutil.Process(process.pid), database, await _postmaster(database))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await process.wait()


def _cpu_seconds(process: psutil.Process) -> float:
    """To the nanosecond where POSIX's clock of another process is there; psutil counts in ticks of 10 ms."""
    clock = ctypes.c_int()
    found = getattr(ctypes.CDLL(None), "clock_getcpuclockid", None)
    if found is not None and found(process.pid, ctypes.byref(clock)) == 0:
        return time.clock_gettime(clock.value)
    times = process.cpu_times()
    return float(times.user + times.system)


async def _new_database(postgres: str) -> str:
    name = f"bench_{uuid4().hex[:12]}"
    async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
    return urlunsplit(urlsplit(postgres)._replace(path=f"/{quote(name)}"))


async def _postmaster(database: str) -> psutil.Process:
    async with await psycopg.AsyncConnection.connect(database) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        found = backend.parent()
    assert found is not None
    return found


async def _ready(url: str, process: asyncio.subprocess.Process, log: str) -> None:
    async with httpx.AsyncClient() as http:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the server ended with {process.returncode}: see {log}")
            try:
                if (await http.get(f"{url}/health/ready")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
