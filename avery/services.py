"""Everything outside that Avery works with, built in one place."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from avery.accounts import Accounts
from avery.clients.benchmarks import Benchmarks
from avery.clients.http import open_http
from avery.clients.kliq import Kliq
from avery.errors import SettingsError
from avery.sandbox.server import serve_sandbox
from avery.settings import Settings
from avery.store import tokens
from avery.store.embedded import embedded_postgres
from avery.store.migrate import migrate
from avery.store.pool import Pool, open_pool
from avery.vault import Vault

if TYPE_CHECKING:
    from avery.clients.openai import Model


@dataclass(frozen=True, slots=True)
class Services:
    """The outside, as every tool and every route is given it."""

    settings: Settings
    database_url: str
    sandbox_url: str | None
    """Where the sandbox answers; None where a real KLIQ is configured."""
    pool: Pool
    http: httpx.AsyncClient
    kliq: Kliq
    benchmarks: Benchmarks
    accounts: Accounts
    vault: Vault
    model: "Model | None"
    """None without a key: then Avery is scripted."""


@asynccontextmanager
async def open_services(settings: Settings, *, sandbox_url: str | None = None) -> AsyncIterator[Services]:
    """Start the embedded database where none is configured, migrate, and build the clients.

    `sandbox_url` is where the caller itself serves the sandbox (`…/sandbox`); without it and without a KLIQ a sandbox
    is served on a free port of its own. Raises SettingsError and DatabaseError.
    """
    async with AsyncExitStack() as stack:
        database_url = settings.database_url
        if database_url is None:
            database_url = await stack.enter_async_context(embedded_postgres(settings.data_dir))
        await migrate(database_url)
        pool = await stack.enter_async_context(open_pool(database_url))
        http = await stack.enter_async_context(open_http())
        vault = Vault.from_settings(settings)
        async with pool.connection() as connection:
            if unknown := await tokens.unknown_keys(connection, vault):
                raise SettingsError(
                    f"Tokens in the database are sealed with keys that are not here ({', '.join(sorted(unknown))}). "
                    "Add them to AVERY_ENCRYPTION_KEYS, behind the first one."
                )
        if settings.sandbox and sandbox_url is None:
            sandbox_url = f"{await stack.enter_async_context(serve_sandbox(pool))}/sandbox"
        kliq_url = settings.kliq_url or f"{sandbox_url}/kliq"
        token = settings.kliq_token.get_secret_value() if settings.kliq_token else None
        yield Services(
            settings=settings,
            database_url=database_url,
            sandbox_url=sandbox_url if settings.sandbox else None,
            pool=pool,
            http=http,
            kliq=Kliq(http, kliq_url, token),
            benchmarks=Benchmarks(pool, settings),
            accounts=Accounts(pool, http, vault, settings, sandbox_url=sandbox_url),
            vault=vault,
            model=await stack.enter_async_context(_model(settings)),
        )


@asynccontextmanager
async def _model(settings: Settings) -> "AsyncIterator[Model | None]":
    """The model where there is a key. Imported then: without one, its libraries would only make the start slow."""
    if settings.openai_api_key is None:
        yield None
        return
    from avery.clients.openai import open_model

    async with open_model(settings, settings.openai_api_key) as model:
        yield model
