"""`make bench`: what a turn costs, how many go through at once, and what an idle socket weighs.

A real server in its own process, a real PostgreSQL of its own, coaches over real WebSockets from this process.
CPU is read from the operating system for each process, so that PostgreSQL's share is told apart. Nothing here passes
or fails: numbers on a shared machine are to be compared with each other.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from websockets.asyncio.client import ClientConnection, connect

from avery.store.embedded import embedded_postgres
from tests.bench.server import Server, serve

TEXTS = ("where were we?", "what next?", "help", "How do live sessions work?", "thanks!", "hmm 🤔")
"""What a bench coach says: each is answered by the script with a line and the open question."""


@dataclass
class Coach:
    """One coach on one socket."""

    socket: ClientConnection

    async def turn(self, text: str) -> float:
        """Say something and wait for the end of the turn: seconds from sending to the last word."""
        started = time.perf_counter()
        frame: dict[str, Any] = {"type": "coach_message", "messageId": str(uuid4()), "payload": {"text": text}}
        await self.socket.send(json.dumps(frame))
        spoken = 0.0
        while True:
            frame = json.loads(await self.socket.recv())
            if frame["type"] == "error":
                raise RuntimeError(frame["payload"]["message"])
            if frame["type"] in ("avery_stream_end", "avery_message") and frame["payload"]["role"] == "avery":
                spoken = time.perf_counter() - started
            if frame["type"] == "avery_typing" and not frame["payload"]["isTyping"] and spoken:
                return spoken


@asynccontextmanager
async def coach(server: Server, number: int, http: httpx.AsyncClient, *, greeted: bool = True) -> AsyncIterator[Coach]:
    """A coach who has been greeted."""
    answer = await http.post("/api/avery/demo-token", json={"coach_id": number, "application_id": number})
    token = answer.raise_for_status().json()["token"]
    answer = await http.post("/api/avery/ticket", headers={"Authorization": f"Bearer {token}"})
    ticket = answer.raise_for_status().json()["ticket"]
    url = server.url.replace("http", "ws") + "/ws/avery"
    async with connect(url, subprotocols=["avery.v1", f"avery.ticket.{ticket}"], compression=None) as socket:  # type: ignore[list-item]
        while greeted:
            frame = json.loads(await socket.recv())
            if frame["type"] == "avery_typing" and not frame["payload"]["isTyping"]:
                break
        yield Coach(socket)


@asynccontextmanager
async def crowd(server: Server, coaches: int, first: int) -> AsyncIterator[list[Coach]]:
    """So many coaches who have been greeted."""
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=server.url, timeout=60) as http:
        yield [await stack.enter_async_context(coach(server, first + n, http)) for n in range(coaches)]


async def turns(talking: list[Coach], each: int) -> list[float]:
    """All talk at once, `each` so many turns: every turn's latency in seconds."""

    async def talk(one: Coach) -> list[float]:
        return [await one.turn(TEXTS[n % len(TEXTS)]) for n in range(each)]

    return [latency for latencies in await asyncio.gather(*map(talk, talking)) for latency in latencies]


async def load(server: Server, coaches: int, each: int, first: int) -> dict[str, Any]:
    """Throughput, latency and CPU for so many coaches at once; joining is not counted."""
    async with crowd(server, coaches, first) as talking:
        before, started = server.cpu(), time.perf_counter()
        latencies = sorted(await turns(talking, each))
        seconds, after = time.perf_counter() - started, server.cpu()
    count = len(latencies)
    return {
        "coaches": coaches,
        "turns/s": round(count / seconds, 1),
        "p50 ms": round(1000 * statistics.median(latencies), 1),
        "p99 ms": round(1000 * latencies[min(count - 1, int(count * 0.99))], 1),
        "CPU ms/turn": round(1000 * (after.avery - before.avery) / count, 2),
        "PostgreSQL ms/turn": round(1000 * (after.postgres - before.postgres) / count, 2),
    }


async def growth(server: Server, database: str, first: int, at: tuple[int, ...]) -> list[dict[str, Any]]:
    """One coach's turn at several lengths of the conversation: CPU of server and PostgreSQL."""
    rows = []
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as http, coach(server, first, http) as one:
        said = 0
        for length in at:
            while 2 * said < length:
                await one.turn(TEXTS[said % len(TEXTS)])
                said += 1
            before = server.cpu()
            sample = 200
            for n in range(sample):
                await one.turn(TEXTS[n % len(TEXTS)])
            said += sample
            after = server.cpu()
            rows.append(
                {
                    "at message": length,
                    "CPU ms/turn": round(1000 * (after.avery - before.avery) / sample, 2),
                    "PostgreSQL ms/turn": round(1000 * (after.postgres - before.postgres) / sample, 2),
                }
            )
    return rows


async def round_trips(server: Server, database: str, data: Path, first: int) -> float:
    """Statements that PostgreSQL was asked for in a turn, from its own log."""
    log = data / "postgres.log"
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as http, coach(server, first, http) as one:
        await one.turn("help")
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
            await connection.execute("SELECT pg_reload_conf()")
            while (await (await connection.execute("SHOW log_statement")).fetchone()) != ("all",):  # noqa: ASYNC110 - another process changes
                await asyncio.sleep(0.01)
            start = log.stat().st_size
            count = 50
            for n in range(count):
                await one.turn(TEXTS[n % len(TEXTS)])
            text = log.read_bytes()[start:].decode(errors="replace")
            await connection.execute("ALTER SYSTEM RESET log_statement")
            await connection.execute("SELECT pg_reload_conf()")
    statements = [line for line in text.splitlines() if "LOG:  statement: " in line or "LOG:  execute " in line]
    return round(len(statements) / count, 1)


async def idle(server: Server, sockets: int, first: int) -> dict[str, Any]:
    """Memory that so many sockets hold which say nothing."""
    before = server.memory()
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=server.url, timeout=60) as http:
        gate = asyncio.Semaphore(50)

        async def join(number: int) -> None:
            async with gate:
                await stack.enter_async_context(coach(server, number, http))

        await asyncio.gather(*(join(first + n) for n in range(sockets)))
        held = server.memory() - before
    return {"sockets": sockets, "KB each": round(held / sockets / 1024, 1)}


async def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    options = parser.parse_args()
    share = 10 if options.quick else 1
    found: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "python": os.sys.version.split()[0]}}  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory(prefix="avery-bench-") as folder:
        data = Path(folder)
        async with embedded_postgres(data) as database, serve(database, data) as server:
            async with crowd(server, 1, 1) as first:
                await turns(first, 50)  # warm up
            found["load"] = [
                await load(server, coaches, max(2, each // share), 1_000 * number)
                for number, (coaches, each) in enumerate(((1, 1000), (50, 40), (500, 10)), start=1)
            ]
            show("Turns", found["load"])
            found["round trips per turn"] = await round_trips(server, database, data, 9_000)
            print(f"\nDatabase round trips per scripted turn: {found['round trips per turn']}")
            found["growth"] = await growth(server, database, 9_001, (10, 2_000 // share))
            show("The same turn as the conversation grows", found["growth"])
        # A fresh process: one that has answered turns has memory to spare, and sockets would seem to cost nothing.
        async with embedded_postgres(data) as database, serve(database, data) as server:
            async with crowd(server, 20, 100_000):
                pass
            found["idle"] = await idle(server, 5_000 // share, 110_000)
            show("Idle sockets", [found["idle"]])
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows as a table."""
    print(f"\n{title}")
    widths = {name: max(len(name), *(len(str(row[name])) for row in rows)) for name in rows[0]}
    print("  " + "  ".join(name.rjust(width) for name, width in widths.items()))
    for row in rows:
        print("  " + "  ".join(str(row[name]).rjust(width) for name, width in widths.items()))


if __name__ == "__main__":
    asyncio.run(main())
