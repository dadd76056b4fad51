"""The outside world on this machine: KLIQ, the social platforms, the storefront and the fault panel, over real HTTP.

/sandbox/kliq/api/…                 KLIQ's API
/sandbox/store/{application_id}     the coach's store as her clients see it
/sandbox/faults                     the fault panel
and what `avery.sandbox.social` plays of the platforms
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from litestar import Litestar, Router
from litestar.exceptions import HTTPException
from psycopg import AsyncConnection, DataError
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from avery.clients.kliq import SANDBOX_TOKEN
from avery.sandbox.faults import fault_routes, faults_middleware
from avery.sandbox.kliq import KliqApi, kliq_routes
from avery.sandbox.problems import Problem, answer_data, answer_http, answer_problem
from avery.sandbox.social import sandbox_social_routes
from avery.sandbox.storefront import storefront_routes

KLIQ_PATH = "/sandbox/kliq"
"""KLIQ's base, counted from the server's address."""


def sandbox_router(
    pool: AsyncConnectionPool[AsyncConnection[DictRow]],
    *,
    public_url: str | None = None,
    embedders: Sequence[str] = (),
    token: str = SANDBOX_TOKEN,
) -> Router:
    """Everything below /sandbox, on `pool`, whose database is migrated.

    Links (the store, photos, Stripe) begin with `public_url`, or with the address that the caller used. Pages of
    the origins in `embedders` may show the store in a frame.
    """
    faulty = [faults_middleware(pool)]
    return Router(
        path="/sandbox",
        route_handlers=[
            Router(path="/kliq", route_handlers=kliq_routes(KliqApi(pool, public_url, token)), middleware=faulty),
            Router(path="/", route_handlers=sandbox_social_routes(pool), middleware=faulty),
            *fault_routes(pool),
            *storefront_routes(pool, embedders),
        ],
        exception_handlers={Problem: answer_problem, HTTPException: answer_http, DataError: answer_data},
        include_in_schema=False,
    )


@asynccontextmanager
async def serve_sandbox(
    pool: AsyncConnectionPool[AsyncConnection[DictRow]], *, token: str = SANDBOX_TOKEN
) -> AsyncIterator[str]:
    """The sandbox on a free port of this machine: yields `http://127.0.0.1:<port>`; KLIQ is at that + KLIQ_PATH."""
    app = Litestar(route_handlers=[sandbox_router(pool, token=token)], openapi_config=None, logging_config=None)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = _Guest(config)
    # IPPROTO_TCP by name: asyncio sets TCP_NODELAY only on a socket that says so; without it each answer waits 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await serving


class _Guest(uvicorn.Server):
    """A server inside somebody else's process: signals are the host's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
