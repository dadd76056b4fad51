"""Becomes a PostgreSQL program that does not outlive Avery. Run as a script: a fork of a process with threads must not
run Python code, so the steps between fork and exec are taken here, in a process of their own.

Arguments: the parent's process id, the signal for its death, user id, group id (-1: stay who we are), the command.
Where the kernel has no parent-death signal, standard input must be a pipe that closes when the parent dies.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def main(parent: int, death: int, uid: int, gid: int, command: list[str]) -> None:
    """Drop privileges, arrange to die with `parent`, and become `command`."""
    prctl = _prctl() if sys.platform == "linux" else None  # loaded while we may still read Python's own files
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if prctl:
        if prctl(PR_SET_PDEATHSIG, death, 0, 0, 0) != 0:  # after setuid, which forgets it
            sys.exit("the kernel has no parent-death signal")
        if os.getppid() != parent:
            sys.exit(f"process {parent} was gone before {command[0]} could start")
    else:
        _watch_parent(death)
    os.execv(command[0], command)  # noqa: S606  (its own argument list, no shell)


def _prctl() -> Callable[..., int]:
    import ctypes

    prctl: Callable[..., int] = ctypes.CDLL(None).prctl
    return prctl


def _watch_parent(death: int) -> None:
    """Leave a child behind that signals us when standard input closes."""
    server = os.getpid()
    if os.fork() == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.closerange(3, 256)  # the lock is the server's alone
        while os.read(0, 1):
            pass
        if os.getppid() == server:
            os.kill(server, death)
        os._exit(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:5]), sys.argv[5:])  # type: ignore[call-arg, arg-type]
