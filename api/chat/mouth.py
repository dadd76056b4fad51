"""Where the coach types, on a terminal or through a pipe."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from rich.live import Live

from api.chat.link import Link
from api.chat.talk import Talk
from api.chat.words import progress_line, read_line
from avery.protocol import MAX_TEXT

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

T = TypeVar("T")

LEAVE_SECONDS = 3.0
"""A second Ctrl-C within this leaves."""
HELP = """\
Type what you would say, or a button's number.
  /stop         stop the reply that is being written (so does Ctrl-C)
  /history [n]  the last n messages (20)
  /read n       a post in full
  /photo PATH   upload your profile photo
  /state        where you stand
  /say TEXT     say it as it is, even a number
  /quit         leave (so does Ctrl-D); Avery remembers where you were"""


class Interrupted(Exception):
    """Ctrl-C at the prompt. Not KeyboardInterrupt: in a task that ends the whole loop."""


class Mouth:
    """Where the coach types, and what is done with it."""

    def __init__(self, talk: Talk, link: Link) -> None:
        self.talk, self.link, self.screen = talk, link, talk.screen
        self.leaving = asyncio.Event()
        self._asked = -LEAVE_SECONDS
        """When Ctrl-C was pressed last, by the loop's clock."""

    # On a terminal ------------------------------------------------------------------------------------------------

    async def on_terminal(self, data_dir: Path) -> None:
        """Prompt, say, draw the answer, prompt again. What was typed is remembered in `data_dir`."""
        session = _prompt(data_dir)
        self.screen.note("Avery in your terminal. /help says what you can do here.")
        with self._interruptible():
            while True:
                await self._answer_drawn()
                self.talk.tell_progress()
                if self.leaving.is_set():
                    return
                line = await self._prompted(session)
                if line is None or not await self._take(line):
                    return

    async def _answer_drawn(self) -> None:
        talk = self.talk
        if talk.idle.is_set():
            return
        talk.drawing = True
        with Live(console=self.screen.console, get_renderable=talk.being_done, transient=True, refresh_per_second=12):
            await self._unless_leaving(talk.idle.wait())
        talk.drawing = False
        self._asked = -LEAVE_SECONDS  # the Ctrl-C that stopped a reply is not the first of two

    async def _prompted(self, session: PromptSession[str]) -> str | None:
        """The next line; None where the coach leaves."""
        from prompt_toolkit.patch_stdout import patch_stdout

        while not self.leaving.is_set():
            try:
                with patch_stdout(raw=True):
                    return await self._unless_leaving(session.prompt_async("\nyou › ", handle_sigint=False))
            except EOFError:
                return None
            except Interrupted:
                self._on_interrupt()
        return None

    async def _unless_leaving(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` comes to; None where the coach leaves first."""
        working, leaving = asyncio.create_task(work), asyncio.create_task(self.leaving.wait())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Ctrl-C stops the reply; a second one leaves."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._on_interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def _on_interrupt(self) -> None:
        if self._again():
            self.leaving.set()
        elif self.talk.idle.is_set():
            self.screen.note("Ctrl-C again leaves.")
        else:
            self._stopping = asyncio.get_running_loop().create_task(self.link.send("stop_generation"))

    def _again(self) -> bool:
        now = asyncio.get_running_loop().time()
        again, self._asked = now - self._asked < LEAVE_SECONDS, now
        return again

    # Through a pipe -----------------------------------------------------------------------------------------------

    async def on_pipe(self) -> None:
        """A line is a message; each waits for the answer to the one before."""
        await self.talk.idle.wait()
        async for line in _lines():
            typed = read_line(line, self.talk.buttons)
            if typed.kind != "command":
                self.screen.said("You", str(typed.button["label"]) if typed.button else typed.text)
            if not await self._take(line):
                return
            await self.talk.idle.wait()
        self.talk.tell_progress()

    # Either way ---------------------------------------------------------------------------------------------------

    async def _take(self, line: str) -> bool:
        """Do what a line says; False where it says to leave."""
        typed = read_line(line, self.talk.buttons)
        if typed.kind == "command":
            return await self._obey(*_split(typed.text))
        if typed.button is not None:
            if typed.button.get("action") == "upload_photo":
                self.screen.note("/photo PATH uploads one from this machine.")
                return True
            self.talk.wait_for(await self.link.say("button_click", {"button": typed.button}))
        elif len(typed.text) > MAX_TEXT:
            self.screen.note(f"That is {len(typed.text)} characters; {MAX_TEXT} are possible at once.", "red")
        else:
            self.talk.wait_for(await self.link.say("coach_message", {"text": typed.text}))
        return True

    async def _obey(self, command: str, argument: str) -> bool:
        match command:
            case "quit" | "exit" | "q":
                return False
            case "stop":
                await self.link.send("stop_generation")
            case "history":
                await self._history(int(argument) if argument.isdigit() else 20)
            case "read":
                self._read(argument)
            case "photo":
                await self._photo(argument)
            case "state":
                await self._state()
            case "help":
                self.screen.note(HELP, "")
            case _:
                self.screen.note(f"There is no /{command}. /help lists what there is.")
        return True

    async def _history(self, count: int) -> None:
        try:
            found = await self.link.request("GET", "/api/avery/messages", params={"limit": max(1, min(count, 200))})
        except httpx.HTTPError:
            self.screen.note("The history did not come. Try again in a moment.", "red")
            return
        for message in reversed(found["messages"]):
            text = message["content"] or (message.get("preview") or {}).get("title") or ""
            self.screen.said("You" if message["role"] == "coach" else "Avery", text)

    def _read(self, argument: str) -> None:
        posts = self.talk.posts
        if not (argument.isdigit() and 1 <= int(argument) <= len(posts)):
            self.screen.note(
                f"/read takes a number from 1 to {len(posts)}." if posts else "There is nothing to read yet."
            )
            return
        post = posts[int(argument) - 1]
        self.screen.said("Avery", f"# {post.get('title') or ''}\n\n{post.get('content', '')}")

    async def _photo(self, argument: str) -> None:
        path = _path(argument)
        try:
            content = await asyncio.to_thread(path.read_bytes)
            await self.link.request("POST", "/api/avery/photo", files={"photo": (path.name, content)}, timeout=60)
        except OSError as error:
            self.screen.note(f"{path}: {error.strerror}", "red")
        except httpx.HTTPStatusError as error:
            self.screen.note(f"The photo was not taken: {_detail(error.response)}.", "red")
        except httpx.HTTPError:
            self.screen.note("The photo did not get through. Try again?", "red")
        else:
            # Avery goes on by herself: her turn is waited for like an answer.
            self.talk.awaited.add("*")
            self.talk.idle.clear()

    async def _state(self) -> None:
        try:
            now = await self.link.request("GET", "/api/avery/state")
        except httpx.HTTPError:
            self.screen.note("Where you stand did not come. Try again in a moment.", "red")
            return
        coach, preview = now.get("coach", {}), now.get("storePreview", {})
        about = [str(coach[name]) for name in ("preferredName", "niche", "specialty", "tone") if coach.get(name)]
        lines = [
            progress_line(now),
            ", ".join([f"coach {coach.get('coachId')}, application {coach.get('applicationId')}", *about]),
            f"store {preview.get('url', '')}, mode {now.get('mode')}",
        ]
        self.screen.note("\n".join(lines), "")


def _split(text: str) -> tuple[str, str]:
    command, _, argument = text.partition(" ")
    return command.lower(), argument.strip()


def _path(argument: str) -> Path:
    """A path as it was typed or dropped onto the terminal."""
    return Path(argument.strip("'\"")).expanduser()


def _detail(answer: httpx.Response) -> str:
    with suppress(ValueError, AttributeError):
        return str(answer.json().get("detail") or answer.reason_phrase)
    return answer.reason_phrase


def _prompt(data_dir: Path) -> PromptSession[str]:
    """The prompt, with what was typed on other days; without it where the folder cannot be written."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    history: History = InMemoryHistory()
    path = data_dir / "chat-history"
    with suppress(OSError):
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        history = FileHistory(str(path))
    return PromptSession(history=history, interrupt_exception=Interrupted)


async def _lines() -> AsyncIterator[str]:
    """The lines of stdin as they come."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or sys.stdin.isatty()):
        # A file, /dev/null and their like cannot be waited for, and need not be.
        for line in sys.stdin:
            yield line
        return
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode(errors="replace")
