"""`avery chat`: the conversation in a terminal, before a real server."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import httpx
import pytest

from tests.acceptance.client import transcript
from tests.acceptance.server import Server, free_port

pytestmark = pytest.mark.anyio

PATIENCE = 30.0


def command(url: str, folder: Path, coach_id: int) -> tuple[list[str], dict[str, str]]:
    """How a terminal is started for this coach, and its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AVERY_", "OPENAI_"))}
    settings = {"AVERY_PORT": str(httpx.URL(url).port), "AVERY_DATA_DIR": str(folder), "TERM": "xterm", "NO_COLOR": "1"}
    return [sys.executable, "-m", "api.cli", "chat", "--coach", str(coach_id)], kept | settings


async def piped(url: str, folder: Path, coach_id: int, lines: str) -> tuple[int, str, str]:
    """What a terminal that is fed these lines ends with, and what it wrote on stdout and stderr."""
    arguments, environment = command(url, folder, coach_id)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*arguments, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate(lines.encode())
    return process.returncode or 0, out.decode(), err.decode()


async def test_lines_from_a_pipe_are_answered_one_after_the_other(server: Server, tmp_path: Path, me: int) -> None:
    code, out, err = await piped(server.url, tmp_path, me, "one\ntwo\n/say 1\n/quit\nnever\n")
    assert code == 0, err
    assert out == (
        "Avery: greeting\nYou: one\nAvery: echo: one\nYou: two\nAvery: echo: two\nYou: 1\nAvery: echo: 1\n"
    )  # fmt: skip
    assert "\x1b" not in out


async def test_a_terminal_comes_back_to_its_conversation(server: Server, tmp_path: Path, me: int) -> None:
    await piped(server.url, tmp_path, me, "one\n")
    _, out, _ = await piped(server.url, tmp_path, me, "")
    assert out == "Avery: greeting\nYou: one\nAvery: echo: one\n"


async def test_without_a_server_the_terminal_starts_one_and_leaves_nothing_running(tmp_path: Path, me: int) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, out, err = await piped(url, tmp_path, me, "Sam\n1\n")
    assert code == 0, err
    assert "Great, Sam!" in out
    assert "You: Fitness & Training" in out
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)


async def test_where_a_coach_stands_is_asked_for_anew(tmp_path: Path, avery: Server, me: int) -> None:
    code, _, err = await piped(avery.url, tmp_path, me, "Zoë\n2\nskip\n/state\n")
    assert code == 0, err
    assert "social connect" in err
    assert f"coach {me}, application {me}, Zoë, wellness, casual" in err


CONTROL = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[=>])")
OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""So that Ctrl-C reaches the program and not the tests."""


class Terminal:
    """A terminal with a person before it."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self.process = process
        self.shown = ""
        self._master = master
        self._seen = 0
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    @classmethod
    @asynccontextmanager
    async def running(cls, arguments: list[str], environment: dict[str, str]) -> AsyncIterator[Self]:
        """A program in a terminal of its own, for the time of a block."""
        master, slave = pty.openpty()
        termios.tcsetwinsize(master, (40, 100))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OWN_TERMINAL, *arguments,
            env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        try:
            yield cls(process, master)
        finally:
            asyncio.get_running_loop().remove_reader(master)
            if process.returncode is None:
                process.kill()
                await process.wait()
            os.close(master)

    def _read(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except OSError:  # nobody writes any more
            asyncio.get_running_loop().remove_reader(self._master)
            return
        if b"\x1b[6n" in data:  # the prompt asks where the cursor is
            self.type("\x1b[1;1R")
        self.shown += CONTROL.sub("", data.decode(errors="replace"))
        self._news.set()

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    async def until(self, words: str) -> None:
        """Wait until these words are shown, after those that were waited for before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while (at := self.shown.find(words, self._seen)) < 0:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{words!r} was not shown after {self.shown[self._seen :]!r}") from None
        self._seen = at + len(words)


async def test_ctrl_c_stops_a_reply_and_twice_leaves(server: Server, tmp_path: Path, me: int) -> None:
    async with Terminal.running(*command(server.url, tmp_path, me)) as terminal:
        await terminal.until("greeting")
        await terminal.until("you ›")
        terminal.type(f"gate {me}\r")
        await terminal.until("before")
        terminal.type("\x03")
        await terminal.until("(stopped)")
        await terminal.until("you ›")
        terminal.type("and on\r")
        await terminal.until("echo: and on")
        await terminal.until("you ›")
        terminal.type("\x03")
        await terminal.until("Ctrl-C again leaves.")
        terminal.type("\x03")
        async with asyncio.timeout(PATIENCE):
            assert await terminal.process.wait() == 0
    assert (await transcript(server.url, me))[-1]["content"] == "echo: and on"
