"""A server for one terminal: the one that runs on this machine, or one in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import httpx

from api.chat.link import LinkError
from api.chat.screen import Screen

if TYPE_CHECKING:
    from avery.settings import Settings


@asynccontextmanager
async def server(settings: Settings, screen: Screen, url: str | None) -> AsyncIterator[str]:
    """Where Avery answers: the address that was given, this machine's running server, or one that is started here.

    Raises LinkError, SettingsError and DatabaseError.
    """
    async with AsyncExitStack() as stack:
        if url is not None:
            yield url
        elif await _answers(settings.public_url):
            yield settings.public_url
        else:
            waiting: Any = nullcontext() if screen.plain else screen.console.status("Starting Avery …")
            with waiting:
                address = await stack.enter_async_context(_started(settings))
            yield address


async def _answers(url: str) -> bool:
    """Whether an Avery answers there. LinkError where something else does."""
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        try:
            answer = await http.get(f"{url}/health/live")
        except httpx.HTTPError:
            return False
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise LinkError(f"{url} is not Avery's; AVERY_PORT chooses another port, --url another server")
    return True


@asynccontextmanager
async def _started(settings: Settings) -> AsyncIterator[str]:
    """A server in this process, for the time of the conversation. Its logs keep to what went wrong."""
    # Only here: talking to a server that runs already must not wait for the graph's libraries.
    from functools import partial

    import uvicorn

    from api.app import Server, create_app, uvicorn_config
    from api.logging import configure
    from avery.services import open_services
    from graph.turn import open_graph, run_turn

    ready = asyncio.Event()

    class Quiet(Server):
        """Ctrl-C belongs to the conversation, and nobody needs to be told where the server is."""

        async def startup(self, sockets: Any = None) -> None:
            await uvicorn.Server.startup(self, sockets)
            ready.set()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    settings = settings.model_copy(update={"host": "127.0.0.1", "log_level": "error"})
    configure(settings)
    address = f"http://127.0.0.1:{settings.port}"
    sandbox_url = f"{address}/sandbox" if settings.sandbox else None
    async with open_services(settings, sandbox_url=sandbox_url) as services, open_graph(services) as graphs:
        app = create_app(services, partial(run_turn, graphs))
        running = Quiet(uvicorn_config(app, settings), app.state.sessions, "")
        serving = asyncio.create_task(_serve(running, address))
        waiting = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            yield address
        finally:
            waiting.cancel()
            running.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)


async def _serve(running: Any, address: str) -> None:
    try:
        await running.serve()
    except SystemExit as error:  # uvicorn's way to say that the address is taken
        raise LinkError(f"{address} cannot be listened on; AVERY_PORT chooses another port") from error
