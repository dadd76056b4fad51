"""One echoing server for the tests that do it no harm: a start costs seconds, a coach of one's own costs nothing."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.server import AVERY, Server, serving
from tests.postgres import database

_coaches = itertools.count(1000)


@pytest.fixture
def me() -> int:
    """A coach whom no other test knows."""
    return next(_coaches)


@pytest.fixture(scope="package")
def echo_database_url(postgres_url: str, template: str) -> Iterator[str]:
    """The echoing server's database: servers that answer differently must not share one, each may take any turn."""
    with database(postgres_url, template) as url:
        yield url


@pytest.fixture(scope="package")
def avery_database_url(postgres_url: str, template: str) -> Iterator[str]:
    """A database for a server with Avery herself."""
    with database(postgres_url, template) as url:
        yield url


@pytest.fixture(scope="package")
async def server(echo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with the echo."""
    folder: Path = tmp_path_factory.mktemp("server")
    async with serving(echo_database_url, folder) as running:
        yield running


@pytest.fixture(scope="package")
async def avery(avery_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The whole service, scripted, on the sandbox."""
    async with serving(avery_database_url, tmp_path_factory.mktemp("avery"), module=AVERY) as running:
        yield running
