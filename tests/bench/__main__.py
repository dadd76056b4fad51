"""`make bench`: what a turn costs, what it asks of the database, how fast words travel, what an idle socket weighs.

A real server in its own process, a real PostgreSQL of its own; coaches over real WebSockets, and the KLIQ that Avery
calls, in this process. CPU is read from the operating system for each process, so that Avery's own, PostgreSQL's and
everybody else's are told apart. A cost is the median of several rounds, with the lowest and the highest beside it.
Nothing here passes or fails: numbers compare where the yardstick beside them (CPU ms of a fixed piece of work in this
process, after each round) is the same, for a busy machine gives less in a millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from avery.store.embedded import embedded_postgres
from tests.bench.coaches import DEEDS, TALK, crowd, listen, stream, talk
from tests.bench.server import ECHO, Server, serve
from tests.standin import Standin, standin

Row = dict[str, Any]

PIECES, PIECE_SECONDS = 50, 0.02
"""A model's reply: so many chunks, one each so many seconds."""
FIRST_MS = 400
"""Milliseconds that the model takes to its first token."""


@dataclass
class Measured:
    """What several rounds came to: `avery` and `postgres` in CPU ms for one turn, latencies in ms, sorted."""

    avery: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    machine: list[float] = field(default_factory=list)
    """The yardstick after each round."""
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def cpu(self) -> Row:
        """The columns that every table of turns has."""
        return {
            "CPU ms/turn": spread(self.avery),
            "PostgreSQL ms/turn": spread(self.postgres),
            "yardstick": yards(self.machine),
        }


async def measure(server: Server, turns: int, count: int, say: Callable[[], Awaitable[list[float]]]) -> Measured:
    """Let coaches say `turns` things, `count` times. `say` returns latencies in seconds."""
    found = Measured()
    for _ in range(count):
        before, begun = server.cpu(), time.monotonic()
        found.latencies += [1000 * each for each in await say()]
        found.seconds += time.monotonic() - begun
        used = server.cpu() - before
        found.avery.append(1000 * used.avery / turns)
        found.postgres.append(1000 * used.postgres / turns)
        found.machine.append(yardstick())
    found.latencies.sort()
    return found


async def load(server: Server, texts: Sequence[str], coaches: int, each: int, count: int) -> Row:
    """Throughput, latency and CPU for so many coaches at once; joining is not counted."""
    async with crowd(server, coaches) as talking:
        await talk(talking, max(2, 30 // coaches), texts)  # warm up
        found = await measure(server, coaches * each, count, lambda: talk(talking, each, texts))
    return {
        "coaches": coaches,
        "turns": len(found.latencies),
        "turns/s": round(len(found.latencies) / found.seconds, 1),
        **quantiles(found.latencies),
        **found.cpu(),
    }


async def growth(server: Server, at: Sequence[int], each: int, count: int) -> list[Row]:
    """One coach's turn at several lengths of the conversation."""
    table, said = [], 0
    async with crowd(server, 1) as talking:
        for length in at:
            missing = max(1, length // 2 - said)
            await talk(talking, missing)
            found = await measure(server, each, count, lambda: talk(talking, each))
            said += missing + each * count
            table.append({"at message": length, **found.cpu()})
    return table


async def statements(server: Server, log: Path, turns: int) -> list[Row]:
    """What PostgreSQL is asked in a turn, from its own log: each statement's beginning, and how often in a turn."""
    async with crowd(server, 1) as talking, await psycopg.AsyncConnection.connect(server.database) as connection:
        await connection.set_autocommit(True)
        await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        await connection.execute("SELECT pg_reload_conf()")
        while (await (await connection.execute("SHOW log_statement")).fetchone()) != ("all",):  # noqa: ASYNC110 (another process changes)
            await asyncio.sleep(0.01)
        await talk(talking, 2)  # each backend reads the new configuration before its next statement
        start = size(log)
        await talk(talking, turns)
        text = read_from(log, start)
        await connection.execute("ALTER SYSTEM RESET log_statement")
        await connection.execute("SELECT pg_reload_conf()")
    asked = re.findall(r"LOG:  (?:statement|execute [^:]*): (.*)", re.sub(r"\n\t", " ", text))
    counted = Counter(" ".join(each.split())[:90] for each in asked)
    table = [{"a turn": f"{times / turns:.2f}", "statement": head} for head, times in counted.most_common()]
    return [*table, {"a turn": f"{len(asked) / turns:.2f}", "statement": "all"}]


async def streaming(server: Server, coaches: int, count: int) -> Row:
    """A reply of 50 chunks through the service alone: how late they come, and what they cost beside the turn itself."""
    async with crowd(server, coaches) as talking:
        await stream(talking, PIECES, PIECE_SECONDS)  # warm up
        found = await measure(server, coaches, count, lambda: stream(talking, PIECES, PIECE_SECONDS))
        bare = await measure(server, coaches, max(count, 300 // coaches), lambda: stream(talking, 0, 0))
    turn = statistics.median(bare.avery)
    return {
        "coaches": coaches,
        "chunks": len(found.latencies),
        **quantiles(found.latencies),
        "CPU ms/reply": spread(found.avery),
        "of it the turn": round(turn, 2),
        "CPU µs/chunk": spread([1000 * (each - turn) / PIECES for each in found.avery], 0),
        "yardstick": yards(found.machine),
    }


async def thinking(server: Server, model: Standin, coaches: int, count: int) -> Row:
    """A model's reply of 50 chunks, through everything: how late its words come, and what it costs."""
    await model.reset()
    await model.timing(FIRST_MS, 1000 * PIECE_SECONDS)
    await model.fault("clock", chunks=PIECES, always=True)
    replies: list[tuple[float, list[float]]] = []

    async def say() -> list[float]:
        heard = await listen(talking)
        replies.extend(heard)
        return [seconds for seconds, _ in heard]

    async with crowd(server, coaches) as talking:
        await listen(talking)  # warm up
        found = await measure(server, coaches, count, say)
    first = sorted(1000 * late[0] for _, late in replies)
    every = sorted(1000 * each for _, late in replies for each in late)
    assert len(every) == PIECES * len(replies), "every chunk comes once"
    alone = FIRST_MS + 1000 * PIECE_SECONDS * PIECES
    return {
        "coaches": coaches,
        "replies": len(replies),
        **{f"first {name}": value for name, value in quantiles(first).items()},
        **{f"chunk {name}": value for name, value in quantiles(every).items()},
        "whole p50 ms": quantiles(found.latencies)["p50 ms"],
        "of it the model": round(alone),
        **found.cpu(),
    }


async def idle(server: Server, sockets: int) -> Row:
    """Memory that so many sockets hold which say nothing."""
    async with crowd(server, 20):
        pass
    before = server.memory()
    async with crowd(server, sockets):
        held = server.memory() - before
    return {"sockets": sockets, "KB each": round(held / sockets / 1024, 1)}


def size(path: Path) -> int:
    """Bytes in a file."""
    return path.stat().st_size


def read_from(path: Path, start: int) -> str:
    """What a file holds from a byte on."""
    return path.read_bytes()[start:].decode(errors="replace")


def quantiles(milliseconds: Sequence[float]) -> Row:
    """Median and 99th percentile of sorted latencies."""
    worst = milliseconds[min(len(milliseconds) - 1, int(len(milliseconds) * 0.99))]
    return {"p50 ms": round(statistics.median(milliseconds), 1), "p99 ms": round(worst, 1)}


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, the lowest and the highest."""
    middle, low, high = (f"{each:.{digits}f}" for each in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low}–{high})"


def yards(machine: Sequence[float]) -> float:
    """How the machine was while a row was measured."""
    return round(statistics.median(machine), 1)


def yardstick() -> float:
    """Milliseconds of CPU for a fixed piece of work: what the machine gives just now."""
    begun = time.process_time()
    json.loads(json.dumps([{"a": n, "b": str(n)} for n in range(20_000)]))
    return 1000 * (time.process_time() - begun)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print rows as a table: words to the left, numbers to the right."""
    print(f"\n{title}", flush=True)
    widths = {name: max(len(name), *(len(str(row[name])) for row in rows)) for name in rows[0]}
    last = [*widths][-1]
    for row in ({name: name for name in widths}, *rows):
        cells = [
            str(row[name]) if name == last and isinstance(rows[0][name], str) else str(row[name]).rjust(width)
            for name, width in widths.items()
        ]
        print("  " + "  ".join(cells), flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: half a minute")
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    options = parser.parse_args()
    quick: bool = options.quick
    found: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "python": platform.python_version()}}

    def tell(title: str, rows: list[Row]) -> None:
        found[title] = rows
        show(title, rows)

    with tempfile.TemporaryDirectory(prefix="avery-bench-") as folder:
        data = Path(folder)
        async with embedded_postgres(data) as postgres:
            async with serve(postgres, data) as server:
                sizes = [(1, 40, 5), (50, 2, 3)] if quick else [(1, 200, 7), (50, 10, 7), (500, 2, 5)]
                tell("Turns of words", [await load(server, TALK, *size) for size in sizes])
                sizes = [(10, 4, 3)] if quick else [(1, 50, 5), (50, 4, 5)]
                tell("Turns that call KLIQ", [await load(server, DEEDS, *size) for size in sizes])
                tell("Statements", await statements(server, data / "postgres.log", 32 if quick else 320))
                lengths, each, count = ((10, 150), 20, 3) if quick else ((10, 2_000), 50, 5)
                tell("The same turn as the conversation grows", await growth(server, lengths, each, count))
            async with serve(postgres, data, module=ECHO) as server:
                crowds, count = ((60,), 3) if quick else ((10, 60, 200), 7)
                tell(
                    f"A reply of {PIECES} chunks, one each {1000 * PIECE_SECONDS:g} ms, without the graph",
                    [await streaming(server, coaches, count) for coaches in crowds],
                )
            async with (
                standin() as model,
                serve(postgres, data, OPENAI_API_KEY="sk-stand-in", OPENAI_BASE_URL=model.url) as server,
            ):
                crowds, count = ((60,), 2) if quick else ((1, 10, 60), 5)
                tell(
                    f"A model's reply of {PIECES} chunks: {FIRST_MS} ms, then {1000 * PIECE_SECONDS:g} each",
                    [await thinking(server, model, coaches, count) for coaches in crowds],
                )
            # A fresh process: one that has answered turns has memory to spare, and sockets would seem to cost nothing.
            async with serve(postgres, data) as server:
                tell("Idle sockets", [await idle(server, 150 if quick else 5_000)])
    if options.json:
        options.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
