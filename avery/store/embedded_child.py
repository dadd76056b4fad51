"""Becomes PostgreSQL: run by path as a program of its own, never imported by Avery.

    python -I -S embedded_child.py <parent pid> <uid> <gid> <needs override: 0|1> <program> <argument>…

It gives up root (PostgreSQL refuses to run as root), asks the kernel to stop it when its parent dies, and becomes the
program. With `needs override` it keeps one capability, to enter folders that only root may enter (a checkout in /root):
the alternative would be to open those folders to everybody.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def main() -> None:
    parent, uid, gid = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    override, command = sys.argv[4] == "1", sys.argv[5:]
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if os.geteuid() == 0:
        if override and libc is not None:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        if override and libc is not None:
            _keep_override(libc)
    if libc is not None:
        # Set after the change of user, which clears it. SIGINT is PostgreSQL's fast shutdown: nothing is lost.
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent is gone")
    os.execv(command[0], command)


def _keep_override(libc: ctypes.CDLL) -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; low and high words
    if libc.capset(header, data) or libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0):
        sys.exit(f"cannot keep the right to enter the data folder: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
