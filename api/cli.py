"""The `avery` command: one function a verb.

Everything heavy is imported inside its verb, so that `avery --help` answers at once.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from avery.errors import AveryError, SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from avery.settings import Settings

INTERRUPTED = 130
"""The exit code that shells expect after Ctrl-C."""


# The verbs ------------------------------------------------------------------------------------------------------------


def serve(settings: Settings, _: argparse.Namespace) -> int:
    """Serve the demo page, the HTTP routes and the WebSocket until Ctrl-C or SIGTERM."""
    from api.app import serve as serve_app

    _loaded()
    serve_app(settings)
    return 0


def worker(_: Settings, __: argparse.Namespace) -> int:
    """Do the background work; there is none yet, and saying so beats a process that idles."""
    print("Nothing is scheduled yet: weekly posts, nudges and token renewal come with a later version.")
    return 0


def chat(settings: Settings, options: argparse.Namespace) -> int:
    """Hold the conversation in this terminal."""
    import asyncio

    from api.chat import chat as converse

    _loaded()
    application = options.application or options.coach
    asyncio.run(
        converse(settings, coach_id=options.coach, application_id=application, url=options.url, token=options.token)
    )
    return 0


def migrate(settings: Settings, _: argparse.Namespace) -> int:
    """Bring the database's tables up to date, and say what was done."""

    async def run() -> int:
        from avery.store.migrate import migrate as migrate_database

        async with _database(settings) as url:
            applied = await migrate_database(url)
        for name in applied:
            print(f"applied {name}")
        print("The database is up to date." if not applied else f"Applied {len(applied)}.")
        return 0

    return _run(run())


def evaluate(_: Settings, __: argparse.Namespace) -> int:
    """Run the evals; a run that scores nothing must not look like one that passed."""
    print("There are no evals yet: they come with a later version.", file=sys.stderr)
    return 1


def rotate_tokens(settings: Settings, _: argparse.Namespace) -> int:
    """Encrypt every stored social token anew with the first of AVERY_ENCRYPTION_KEYS."""

    async def run() -> int:
        from avery.store import tokens
        from avery.store.pool import open_pool
        from avery.vault import Vault

        async with _database(settings) as url, open_pool(url, max_size=2) as pool:
            count = await tokens.rotate(pool, Vault(settings.key_ring()))
        print(f"{count} tokens are now encrypted with the newest key.")
        return 0

    return _run(run())


def export_coach(settings: Settings, options: argparse.Namespace) -> int:
    """Print everything that Avery keeps of a coach, as JSON."""

    async def run() -> int:
        import msgspec

        from avery.store import coaches
        from avery.store.pool import open_pool

        async with _database(settings) as url, open_pool(url, max_size=2) as pool, pool.connection() as conn:
            if await coaches.load(conn, options.id) is None:
                return _unknown(options.id)
            found = await coaches.export(conn, options.id)
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found, enc_hook=str), indent=2) + b"\n")
        return 0

    return _run(run())


def erase_coach(settings: Settings, options: argparse.Namespace) -> int:
    """Erase everything that Avery keeps of a coach, once the person at the keyboard said so."""

    async def run() -> int:
        from avery.store import coaches
        from avery.store.pool import open_pool

        async with _database(settings) as url, open_pool(url, max_size=2) as pool, pool.connection() as conn:
            if await coaches.load(conn, options.id) is None:
                return _unknown(options.id)
            await coaches.erase(conn, options.id)
        print(f"Everything that Avery kept of coach {options.id} is erased. What KLIQ keeps is KLIQ's to erase.")
        return 0

    if not options.yes and not _confirmed(options.id):
        print("Nothing was erased.", file=sys.stderr)
        return 1
    return _run(run())


# What they share ------------------------------------------------------------------------------------------------------


def _run(work: Coroutine[Any, Any, int]) -> int:
    import asyncio

    _loaded()
    return asyncio.run(work)


def _loaded() -> None:
    """Collect garbage again, from here on: what was imported stays for good and is looked at no more."""
    gc.freeze()
    gc.enable()


def _database(settings: Settings) -> AbstractAsyncContextManager[str]:
    """The database's address for the time of a command: the configured one, or the embedded one, started."""
    from contextlib import asynccontextmanager

    from avery.store.embedded import embedded_postgres

    @asynccontextmanager
    async def configured(url: str) -> AsyncIterator[str]:
        yield url

    return configured(settings.database_url) if settings.database_url else embedded_postgres(settings.data_dir)


def _unknown(coach_id: int) -> int:
    print(f"avery: there is no coach {coach_id} here", file=sys.stderr)
    return 1


def _confirmed(coach_id: int) -> bool:
    if not sys.stdin.isatty():
        print("avery: nobody is here to confirm; say --yes", file=sys.stderr)
        return False
    print(f"This erases coach {coach_id}: conversation, progress, linked accounts. It cannot be undone.")
    return input(f"Type the coach's id ({coach_id}) to go on: ").strip() == str(coach_id)


# The command line -----------------------------------------------------------------------------------------------------

EXAMPLES = """\
examples:
  avery serve                       the whole service on http://127.0.0.1:8000, nothing to set up
  AVERY_PORT=9000 avery serve       the same on another port; settings are environment variables (docs/settings.md)
  avery chat                        the conversation in this terminal
"""


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[Settings, argparse.Namespace], int] | None,
    sentence: str,
    example: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name,
        help=sentence[0].lower() + sentence[1:].rstrip("."),
        description=sentence,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run:
        parser.set_defaults(run=run)
    return parser


def _coach_id(text: str) -> int:
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError
    return number


_coach_id.__name__ = "coach id"  # argparse names the type in its complaint


def parser() -> argparse.ArgumentParser:
    """The command line, complete."""
    root = argparse.ArgumentParser(
        prog="avery",
        description="Avery takes a coach from sign-up to a live store in one conversation.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = root.add_subparsers(metavar="VERB", required=True)

    _verb(verbs, "serve", serve, "Start the service.", "AVERY_PORT=9000 avery serve")
    _verb(verbs, "worker", worker, "Do the background work beside `avery serve`.", "AVERY_WORKER=off avery worker")

    talk = _verb(verbs, "chat", chat, "Talk with Avery in this terminal.", "avery chat --coach 7")
    talk.add_argument("--coach", type=_coach_id, default=1, metavar="ID", help="who you are (default: 1)")
    talk.add_argument("--application", type=_coach_id, metavar="ID", help="your store (default: the coach's id)")
    talk.add_argument("--url", help="a server that runs elsewhere (default: this machine's, started where none runs)")
    talk.add_argument("--token", metavar="JWT", help="the admin panel's token (default: the sandbox gives one)")

    _verb(
        verbs,
        "migrate",
        migrate,
        "Bring the database's tables up to date.",
        "AVERY_DATABASE_URL=postgresql://avery@db/avery avery migrate",
    )

    evals = _verb(verbs, "eval", evaluate, "Score Avery against scenarios.", "avery eval")
    evals.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="only these (default: all)")

    tokens = _verb(verbs, "tokens", None, "Look after the stored social tokens.", "avery tokens rotate")
    _verb(
        tokens.add_subparsers(metavar="VERB", required=True),
        "rotate",
        rotate_tokens,
        "Encrypt every stored token with the newest key.",
        "AVERY_ENCRYPTION_KEYS=NEW,OLD avery tokens rotate",
    )

    coach = _verb(verbs, "coach", None, "Hand over or erase what Avery keeps of a coach.", "avery coach export 42")
    coach_verbs = coach.add_subparsers(metavar="VERB", required=True)
    export = _verb(
        coach_verbs,
        "export",
        export_coach,
        "Print everything that Avery keeps of a coach, as JSON.",
        "avery coach export 42 > coach-42.json",
    )
    erase = _verb(
        coach_verbs, "erase", erase_coach, "Erase everything that Avery keeps of a coach.", "avery coach erase 42 --yes"
    )
    for command in (export, erase):
        command.add_argument("id", type=_coach_id, metavar="ID", help="the coach's id")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns the exit code: 0 done, 1 not done (the reason is on stderr), 2 not understood."""
    options = parser().parse_args(arguments)
    # Importing makes a million objects and no garbage: without the collector it takes a quarter less time.
    gc.disable()
    try:
        from avery.settings import Settings

        return int(options.run(Settings.load(), options))
    except SettingsError as error:
        print(
            f"avery cannot start with these settings (docs/settings.md lists them all):\n{_indented(error)}",
            file=sys.stderr,
        )
    except AveryError as error:
        print(f"avery: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        gc.enable()
    return 1


def _indented(error: SettingsError) -> str:
    return "\n".join(f"  {line}" for line in str(error).splitlines())


def run() -> NoReturn:
    """The module's own way in: `python -m api.cli`."""
    raise SystemExit(main())


if __name__ == "__main__":
    run()
