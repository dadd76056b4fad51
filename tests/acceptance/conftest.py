"""One echoing server for the tests that do it no harm: a start costs seconds, a coach of one's own costs nothing."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.acceptance.server import Server, serving
from tests.postgres import named

_coaches = itertools.count(1000)


@pytest.fixture
def me() -> int:
    """A coach whom no other test knows."""
    return next(_coaches)


@pytest.fixture(scope="package")
def shared_database_url(postgres_url: str, template: str) -> Iterator[str]:
    """The shared server's database."""
    name = f"avery_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="package")
async def server(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with the echo."""
    folder: Path = tmp_path_factory.mktemp("server")
    async with serving(shared_database_url, folder) as running:
        yield running
