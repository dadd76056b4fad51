"""Every sentence that Avery says or is told. Imports nothing of ours: Python decides, prompts speak.

The words stand in TOML (scripted lines, button labels, templates) beside this file; Jinja2 fills them and refuses
a variable that was not given.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

HERE = Path(__file__).parent

_jinja = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A filled line: its text and its buttons, each `{label, action, value?, variant?}`."""

    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)


def say(room: str, key: str, turn: int = 0, /, **facts: Any) -> Line:
    """The line `[say.<key>]` of phases/<room>.toml (or answers.toml); `turn` picks the variant, so that repeats differ.

    Raises KeyError for a line that does not exist and jinja2.UndefinedError for a fact that was not given.
    """
    entry = lines(room)[key]
    variants: list[str] = entry["text"]
    buttons = [{name: fill(text, **facts) for name, text in button.items()} for button in entry.get("buttons", ())]
    return Line(fill(variants[turn % len(variants)], **facts), buttons)


def lines(room: str) -> dict[str, Any]:
    """The lines of a phase, of `common`, or of `answers`, by their keys."""
    lines: dict[str, Any] = load("answers.toml" if room == "answers" else f"phases/{room}.toml")["say"]
    return lines


def label(room: str) -> str:
    """A phase's name for a person."""
    return str(load(f"phases/{room}.toml")["label"])


def fill(template: str, /, **facts: Any) -> str:
    """`template` with its Jinja2 variables filled."""
    return _template(template).render(**facts) if "{" in template else template


@cache
def load(path: str) -> dict[str, Any]:
    """A TOML file of this folder, read once."""
    return tomllib.loads((HERE / path).read_text(encoding="utf-8"))


@cache
def _template(source: str) -> Template:
    return _jinja.from_string(source)


@cache
def digest() -> str:
    """Twelve hex digits over every word here: the prompts' version, stored with what was said."""
    sha = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.suffix in {".toml", ".md"}:
            sha.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()[:12]
