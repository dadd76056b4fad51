"""Text in, text out: what a typed line means, and how much of a text a terminal shows. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from api.chat.link import Frame

EXCERPT = 60
"""Words of a long post that a terminal shows; /read shows all."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a line means: something said, a button pressed, or a command with its argument."""

    kind: Literal["say", "press", "command"]
    text: str = ""
    button: Frame | None = None


def read_line(line: str, buttons: list[Frame]) -> Typed:
    """The meaning of a line, by the buttons that are on offer."""
    text = line.strip()
    if text.startswith("/say "):
        return Typed("say", text[5:].strip())
    if text.startswith("/") and text[1:2].isalpha():
        return Typed("command", text[1:])
    number = text.rstrip(".)")
    if number.isascii() and number.isdigit() and 1 <= int(number) <= len(buttons):
        return Typed("press", button=buttons[int(number) - 1])
    return Typed("say", text)


def whole_blocks(text: str) -> tuple[str, str]:
    """The paragraphs of a growing text that will not change any more, and the rest."""
    cut = text.rfind("\n\n")
    # Inside a fence a blank line ends nothing.
    while cut >= 0 and text.count("```", 0, cut) % 2:
        cut = text.rfind("\n\n", 0, cut)
    return ("", text) if cut < 0 else (text[:cut], text[cut + 2 :])


def excerpt(text: str, words: int = EXCERPT) -> str:
    """The first words of a text with its line breaks, and an ellipsis where there is more."""
    seen = 0
    for at, line in enumerate(lines := text.split("\n")):
        parts = line.split()
        if seen + len(parts) > words:
            return "\n".join([*lines[:at], " ".join(parts[: words - seen]) + " …"]).strip()
        seen += len(parts)
    return text


def visible(text: str) -> str:
    """A text without what a terminal would obey: whoever wrote it, it is shown and moves no cursor."""
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) != "Cc")


def in_lines(items: Sequence[str], width: int, gap: str = "   ") -> list[list[str]]:
    """Items in rows of at most `width` cells with a gap between them, none broken; one that is too long has its own."""
    rows: list[list[str]] = []
    left = 0
    for item in items:
        cells = cell_len(item)
        if not rows or cells + len(gap) > left:
            rows.append([])
            left = width + len(gap)
        rows[-1].append(item)
        left -= cells + len(gap)
    return rows


def progress_line(progress: Frame, width: int = 20) -> str:
    """Where the coach stands, in one line: a bar, the percentage, the phase, what is ticked and what was skipped."""
    percent = int(progress.get("progressPct", 0))
    full = round(width * percent / 100)
    parts = [f"{'█' * full}{'░' * (width - full)} {percent}%", _spaced(str(progress.get("phase", "")))]
    if done := [_spaced(name) for name, ticked in (progress.get("scorecard") or {}).items() if ticked]:
        parts.append("✓ " + ", ".join(done))
    if skipped := progress.get("skipped"):
        parts.append("skipped: " + ", ".join(map(_spaced, skipped)))
    return " · ".join(parts)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
