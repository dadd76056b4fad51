"""The graph for `langgraph dev`: Studio brings its own checkpointer, this brings the services.

Studio calls the factory for every run and every look at the graph, in whatever loop it likes. So what may exist only
once, the embedded PostgreSQL and the sandbox, lives in a thread of its own; a call only connects to it.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import cache

from avery.services import open_services
from avery.settings import Settings
from graph.build import Graph, build_graph

# Studio stops a run that reads a file inside its loop, be it Babel's or zoneinfo's first look at their tables. The
# switch is its own `--allow-blocking`, set here because `langgraph dev` alone shall do.
os.environ["LANGGRAPH_ALLOW_BLOCKING"] = "true"


@asynccontextmanager
async def avery() -> AsyncIterator[Graph]:
    """The compiled graph, on the sandbox and scripted when nothing is configured."""
    settings, sandbox_url = await asyncio.wrap_future(_outside())
    async with open_services(settings, sandbox_url=sandbox_url) as services:
        yield build_graph(services, remembers=True)


@cache
def _outside() -> Future[tuple[Settings, str | None]]:
    """Start the database and the sandbox, once: the settings that lead to them, and the sandbox's address."""
    found: Future[tuple[Settings, str | None]] = Future()

    async def serve() -> None:
        settings = Settings.load()
        async with open_services(settings) as services:
            found.set_result(
                (settings.model_copy(update={"database_url": services.database_url}), services.sandbox_url)
            )
            await asyncio.Event().wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except Exception as error:  # noqa: BLE001 - whoever waits for it shall hear why
            if not found.done():
                found.set_exception(error)

    threading.Thread(target=run, name="avery-outside", daemon=True).start()
    return found
