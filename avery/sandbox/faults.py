"""The fault panel: make the next calls to the sandbox fail, get lost, hang or answer slowly.

    POST   /sandbox/faults  {"path": "/api/blogs", "method": "POST", "count": 2, "fault": "fail", "status": 503}
    GET    /sandbox/faults
    DELETE /sandbox/faults

`path` is a prefix, counted from `/sandbox` or, for KLIQ, from `/sandbox/kliq`. The faults are in the database: they
hold for every process on it, and each is suffered exactly `count` times.
"""

# No `from __future__ import annotations`: Litestar reads the handlers' types at run time.
import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from avery.sandbox.problems import MEDIA_TYPE, Problem

Kind = Literal["fail", "lose", "hang", "slow"]

HANG_MS = 60_000
"""How long a call hangs unless the fault says otherwise; whoever hangs up earlier ends it."""
SLOW_MS = 2_000


class FaultRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the panel takes."""

    path: Annotated[str, msgspec.Meta(pattern=r"^/", max_length=200)] = "/"
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    fault: Kind = "fail"
    """fail: answered with `status`, nothing done. lose: done, and then answered with `status`. hang: no answer.
    slow: the right answer, late."""
    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 500
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] | None = None
    retry_after: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    """Seconds, as the Retry-After header."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that a call has to suffer now."""

    kind: Kind
    status: int
    delay: float
    """Seconds."""
    retry_after: int | None

    def problem(self) -> Problem:
        """What KLIQ answers when it fails."""
        wait = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return Problem(self.status, "The fault panel asked for this", headers=wait)


async def take(conn: AsyncConnection[DictRow], method: str, path: str) -> Fault | None:
    """The oldest fault that is meant for this call, used up once; `path` as the server sees it."""
    cursor = await conn.execute(
        """
        UPDATE sandbox.faults SET remaining = remaining - 1
        WHERE id = (
            SELECT id FROM sandbox.faults
            WHERE remaining > 0 AND (method IS NULL OR method = %(method)s)
              AND EXISTS (SELECT FROM unnest(%(paths)s::text[]) AS p WHERE starts_with(p, path))
            ORDER BY id LIMIT 1 FOR UPDATE
        )
        RETURNING fault, status, delay_ms, retry_after
        """,
        {"method": method, "paths": _spellings(path)},
    )
    row = await cursor.fetchone()
    return None if row is None else Fault(row["fault"], row["status"], row["delay_ms"] / 1000, row["retry_after"])


async def suffer(fault: Fault, receive: Receive) -> Problem | None:
    """Go through `fault`: the problem to answer with, or None where the call goes on."""
    match fault.kind:
        case "fail":
            return fault.problem()
        case "slow":
            await asyncio.sleep(fault.delay)
        case "hang":
            await _hang(fault.delay, receive)
            return Problem(504, "The fault panel let this call hang")
        case "lose":
            pass
    return None


class Faults:
    """ASGI middleware: every call below it asks the panel first."""

    def __init__(self, app: ASGIApp, pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> None:
        self.app = app
        self.pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].endswith("/api/store"):  # it asks along with its own query
            await self.app(scope, receive, send)
            return
        async with self.pool.connection() as conn:
            fault = await take(conn, scope["method"], scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
            return
        problem = await suffer(fault, receive)
        if fault.kind == "lose":
            await self.app(scope, receive, _nowhere)
            problem = fault.problem()
        if problem is None:
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        headers += [(name.encode(), value.encode()) for name, value in problem.headers.items()]
        await send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await send({"type": "http.response.body", "body": problem.body(), "more_body": False})


def faults_middleware(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> Any:
    """The middleware on this pool, as Litestar takes one."""

    def build(app: ASGIApp) -> ASGIApp:
        return Faults(app, pool)

    return build


def fault_routes(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> list[HTTPRouteHandler]:
    """The panel itself, below /sandbox."""

    @post("/faults")
    async def add_fault(request: Request[Any, Any, Any]) -> Response[bytes]:
        # A page of another origin can send anything but JSON without asking.
        if request.content_type[0] != "application/json":
            raise Problem(415, "Send application/json")
        try:
            wanted = msgspec.json.decode(await request.body(), type=FaultRequest)
        except msgspec.MsgspecError as error:
            raise Problem(422, str(error)) from None
        delay = wanted.delay_ms if wanted.delay_ms is not None else HANG_MS if wanted.fault == "hang" else SLOW_MS
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM sandbox.faults WHERE remaining <= 0")
            await conn.execute(
                "INSERT INTO sandbox.faults (path, method, fault, status, delay_ms, retry_after, remaining)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (wanted.path, wanted.method, wanted.fault, wanted.status, delay, wanted.retry_after, wanted.count),
            )
            return await _listed(conn, 201)

    @get("/faults")
    async def list_faults() -> Response[bytes]:
        async with pool.connection() as conn:
            return await _listed(conn, 200)

    @delete("/faults", status_code=200)
    async def clear_faults() -> Response[bytes]:
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM sandbox.faults")
            return await _listed(conn, 200)

    return [add_fault, list_faults, clear_faults]


async def _listed(conn: AsyncConnection[DictRow], status: int) -> Response[bytes]:
    cursor = await conn.execute(
        "SELECT id, path, method, fault, status, delay_ms, retry_after, remaining FROM sandbox.faults"
        " WHERE remaining > 0 ORDER BY id"
    )
    body = msgspec.json.encode({"faults": await cursor.fetchall()})
    return Response(body, status_code=status, media_type="application/json")


async def _hang(seconds: float, receive: Receive) -> None:
    """Until the caller hangs up, at most `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


async def _nowhere(_: Message) -> None:
    pass


def _spellings(path: str) -> list[str]:
    return [path, path.removeprefix("/sandbox"), path.removeprefix("/sandbox/kliq")]
