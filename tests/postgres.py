"""A real PostgreSQL for the tests: one server a session, a migrated template, a fresh database for each test."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from anyio.from_thread import start_blocking_portal

from avery.store.embedded import embedded_postgres
from avery.store.migrate import migrate
from avery.store.pool import Pool, open_pool

TEMPLATE = "avery_template"
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
"""What a test writes need not outlive a power cut."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server's own database: AVERY_TEST_DATABASE_URL, or an embedded server for this session."""
    given = os.environ.get("AVERY_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with (
        tempfile.TemporaryDirectory(prefix="avery-test-") as folder,
        # A loop and a thread of its own, because the tests' event loops come and go.
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(embedded_postgres(Path(folder), settings=FORGETFUL)) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """A migrated database to copy from: its name."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    asyncio.run(migrate(named(postgres_url, TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    with database(postgres_url, "template0") as url:
        yield url


@pytest.fixture
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    with database(postgres_url, template) as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's own database."""
    async with open_pool(database_url, max_size=10) as opened:
        yield opened


def named(url: str, database: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextlib.contextmanager
def database(url: str, template: str) -> Iterator[str]:
    """A new database for the time of a block."""
    name = f"avery_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield named(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
