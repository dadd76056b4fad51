"""Whether this process lives, whether it can work, and its numbers."""

import asyncio

from litestar import Response, Router, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.given import Given
from api.problems import Problem, problem
from api.sessions import DATABASE_AWAY, Sessions
from avery.services import Services

READY_SECONDS = 2.0


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@get("/health/ready")
async def ready(services: Given[Services], sessions: Given[Sessions]) -> Response[dict[str, str]] | Response[Problem]:
    """The process can work: the database answers, and it is not about to stop."""
    if sessions.draining:
        return problem(503, "Stopping", "this server is about to stop")
    try:
        async with asyncio.timeout(READY_SECONDS), services.pool.connection(timeout=READY_SECONDS) as conn:
            await conn.execute("SELECT 1")
    except (*DATABASE_AWAY, TimeoutError):
        return problem(503, "Not ready", "the database does not answer")
    return Response({"status": "ready"})


@get("/metrics", sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


router = Router("/", route_handlers=[live, ready, metrics], tags=["operations"])
