"""Where the conversation is printed: drawn on a terminal, as plain text into a pipe."""

from __future__ import annotations

import sys
from typing import Literal

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from api.chat.link import Frame
from api.chat.words import EXCERPT, excerpt, in_lines, visible

COLOUR = "#8577f0"


class Screen:
    """Where everything is printed: drawn on a terminal, as plain text elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=False)
        self.plain = not self.console.is_terminal

    def said(self, who: Literal["Avery", "You"], text: str) -> None:
        """A whole message."""
        text = visible(text)
        if self.plain:
            self._write(f"{who}: {text}")
        elif who == "You":
            self.console.print(Text(f"you › {text}", style="dim"))
        else:
            self.name()
            self.block(text)

    def name(self) -> None:
        """Who speaks, above what she says."""
        self.console.print(Text("\nAvery", style=f"bold {COLOUR}"))

    def block(self, text: str) -> None:
        """A paragraph of Avery's."""
        self.console.print(drawn(text))

    def buttons(self, buttons: list[Frame], first: int) -> None:
        """The buttons on offer, numbered from `first`."""
        numbered = [(number, visible(str(button.get("label", "")))) for number, button in enumerate(buttons, first)]
        if self.plain:
            for number, label in numbered:
                self._write(f"  {number}) {label}")
            return
        for row in in_lines([f"{number} {label}" for number, label in numbered], self.console.width - 2):
            line = Text("  ")
            for item in row:
                shown, _, label = item.partition(" ")
                line.append(shown, style=f"bold {COLOUR}").append(f" {label}   ")
            line.rstrip()
            self.console.print(line)

    def preview(self, preview: Frame, number: int) -> None:
        """A card: a post, a bio, a text to share, numbers."""
        title, content = (
            visible(str(each)) for each in (preview.get("title") or preview["type"], preview.get("content", ""))
        )
        words = len(content.split())
        shortened = not self.plain and preview["type"] == "blog" and words > 2 * EXCERPT
        if self.plain:
            self._write(f"--- {title} ---\n{content}\n---")
            return
        shown = excerpt(content) if shortened else content
        body: RenderableType = Text(shown) if preview["type"] in ("share_post", "analytics") else Markdown(shown)
        foot = f"/read {number} shows all {words} words" if shortened else None
        card = Panel(body, title=escape(title), title_align="left", subtitle=foot, border_style=COLOUR, padding=(0, 1))
        self.console.print(Padding(card, (0, 0, 0, 2)))

    def note(self, text: str, style: str = "dim") -> None:
        """Something beside the conversation. A pipe gets it on stderr: stdout is the conversation."""
        text = visible(text)
        if self.plain:
            sys.stderr.write(text + "\n")
        else:
            self.console.print(Text(text, style=style))

    def stopped(self) -> None:
        """The coach stopped the reply here."""
        if self.plain:
            self._write("(stopped)")
        else:
            self.console.print(Text("  (stopped)", style="dim"))

    def step(self, text: str, *, ok: bool) -> None:
        """What a tool did."""
        text = visible(text)
        if self.plain:
            self._write(f"  {'✓' if ok else '!'} {text}")
        else:
            self.console.print(Text("  ✓ " if ok else "  ! ", style="green" if ok else "red").append(text, style="dim"))

    def link(self, text: str, url: str) -> None:
        """An address to open; never broken into lines, so that it can be clicked or copied."""
        url = visible(url)
        if self.plain:
            self._write(f"{text}\n{url}")
        else:
            self.console.print(Text(text, style="bold"))
            self.console.print(Text(url, style=f"link {url} underline"), soft_wrap=True)

    def cheer(self, title: str, text: str) -> None:
        """A reason to celebrate."""
        title, text = visible(title), visible(text)
        if self.plain:
            self._write(f"*** {title} *** {text}".rstrip())
        else:
            self.console.print(Panel(Text(text, justify="center"), title=f"🎉 {escape(title)}", border_style="green"))

    def _write(self, text: str) -> None:
        self.console.out(text, highlight=False)
        self.console.file.flush()


def drawn(text: str) -> RenderableType:
    # A single line break is one, as on the page.
    return Padding(Markdown(visible(text).replace("\n", "  \n")), (0, 0, 0, 2))
