"""The graph for `langgraph dev`: Studio brings its own checkpointer, this brings the services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from avery.services import open_services
from avery.settings import Settings
from graph.build import Graph, build_graph


@asynccontextmanager
async def avery() -> AsyncIterator[Graph]:
    """The compiled graph, on the sandbox and scripted when nothing is configured."""
    async with open_services(Settings.load()) as services:
        yield build_graph(services)
