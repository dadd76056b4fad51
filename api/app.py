"""The service: its routes, its life, and the server that runs it."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TextIO

import structlog
import uvicorn
from litestar import Litestar, Request, Response, asgi
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from api import asyncapi, conversation, health, metrics, socket
from api.demo import demo_routes
from api.logging import configure
from api.oauth import oauth_routes
from api.problems import HANDLERS
from api.sessions import RunTurn, Sessions
from avery.protocol import MAX_FRAME
from avery.sandbox.server import sandbox_router
from avery.services import Services, open_services
from avery.settings import Settings
from graph.turn import open_graph, run_turn

NOTICE_DAYS = 120
"""How long before its end a model is warned of at every start."""

DRAIN_SECONDS = 5.0
"""How long running turns may take to finish before the process ends."""
PING_SECONDS = 30.0
"""Between the pings that find out which sockets are dead."""
MAX_BODY = 256 * 1024

_log = structlog.get_logger(__name__)


def create_app(services: Services, run_turn: RunTurn) -> Litestar:
    """The ASGI application. `run_turn` answers a turn: graph.turn.run_turn with its graph, or a test's own."""
    sessions = Sessions(services, run_turn)
    if services.model is not None:
        breaker = services.model.breaker
        metrics.model_is_down.set_function(lambda: breaker.state != "closed")
    settings = services.settings

    @asgi("/ws/avery", copy_scope=False)
    async def talk(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.WEBSOCKET:
            response: Response[Any] = Response(
                "open a WebSocket here", status_code=426, headers={"Upgrade": "websocket"}
            )
            await response.to_asgi_response(app=None, request=Request(scope))(scope, receive, send)
            return
        await socket.serve(sessions, dict(scope), receive, send)

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        async with sessions.open():
            yield

    handlers: list[ControllerRouterHandler] = [talk, conversation.router, health.router, asyncapi.document]
    handlers.append(oauth_routes(services))
    if settings.sandbox:
        handlers.append(
            sandbox_router(services.pool, public_url=settings.public_url, embedders=settings.allowed_origins)
        )
        if settings.env == "development":
            handlers += demo_routes
    return Litestar(
        route_handlers=handlers,
        lifespan=[life],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "sessions": Provide(lambda: sessions, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        cors_config=CORSConfig(
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            max_age=600,
        ),
        openapi_config=OpenAPIConfig(
            title="Avery", version="1", path="/schema", render_plugins=[JsonRenderPlugin(path="/")]
        ),
        logging_config=None,
        request_max_body_size=MAX_BODY,
        state=State({"sessions": sessions}),
        signature_types=[Services, Sessions],
    )


class Server(uvicorn.Server):
    """uvicorn, with an end that loses nothing: sockets are sent elsewhere and running turns finish first."""

    def __init__(self, config: uvicorn.Config, sessions: Sessions, ready: str) -> None:
        super().__init__(config)
        self._sessions = sessions
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        """Start to serve, and say so once it answers."""
        await super().startup(sockets)
        if self.started:
            _say(self._ready)

    async def shutdown(self, sockets: Any = None) -> None:
        """Send the sockets elsewhere and let turns finish while everything still answers; then stop."""
        await self._sessions.drain(DRAIN_SECONDS)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on SIGINT and SIGTERM. uvicorn's own raises them again afterwards: then nothing is closed properly."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._on_signal)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)

    def _on_signal(self) -> None:
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises SettingsError and DatabaseError before anything answers."""
    configure(settings)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_serve(settings))


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one (not on Windows): measured, a model's reply costs a fifth less."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(settings: Settings) -> None:
    sandbox_url = f"http://{_reachable(settings.host)}:{settings.port}/sandbox" if settings.sandbox else None
    async with open_services(settings, sandbox_url=sandbox_url) as services, open_graph(services) as graphs:
        for line in start_lines(settings):
            _say(line)
        app = create_app(services, partial(run_turn, graphs))
        config = uvicorn_config(app, settings)
        server = Server(config, app.state.sessions, f"Avery is at {settings.public_url}")
        # What start-up made stays for good: measured, a full collection that looks through it again and again stops
        # every conversation for 140 ms.
        gc.collect()
        gc.freeze()
        try:
            await server.serve()
        except SystemExit:
            # uvicorn's way to say that the address is taken.
            _say(
                f"avery: {settings.host}:{settings.port} cannot be listened on; AVERY_PORT chooses another", sys.stderr
            )
            raise


def uvicorn_config(app: Litestar, settings: Settings) -> uvicorn.Config:
    """How uvicorn runs it: the WebSocket implementation that passes Autobahn, small frames, no compression."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ws="wsproto",
        ws_max_size=MAX_FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def start_lines(settings: Settings) -> list[str]:
    """What this process runs on, in three lines."""
    database = (
        "the one in AVERY_DATABASE_URL" if settings.database_url else f"embedded PostgreSQL in {settings.data_dir}"
    )
    model = _model(settings) if settings.mode == "ai" else "none (OPENAI_API_KEY is unset): the scripted Avery"
    kliq = settings.kliq_url or "the sandbox on this machine (AVERY_KLIQ_URL is unset)"
    return [f"Database: {database}", f"Model:    {model}", f"KLIQ:     {kliq}"]


def _model(settings: Settings) -> str:
    """The model, and a warning where its provider ends it soon."""
    # Imported here: the scripted Avery starts without the model's libraries.
    from avery.clients.openai import profile_of

    ends = profile_of(settings.model).ends
    if ends is None or (ends - datetime.now(UTC).date()).days > NOTICE_DAYS:
        return settings.model
    return f"{settings.model}, which its provider switches off on {ends:%-d %B %Y}: choose another in AVERY_MODEL"


def _say(line: str, to: TextIO = sys.stdout) -> None:
    """A line for the person who started this; at once, because whoever waits for it may read from a pipe."""
    to.write(line + "\n")
    to.flush()


def _reachable(host: str) -> str:
    """The address of this machine under which a listener on `host` answers."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
