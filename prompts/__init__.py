"""Every sentence that Avery says or is told. Imports nothing of ours: Python decides, prompts speak.

What the scripted Avery says stands in TOML beside this file (`say`), what the model is told in Markdown (`instruct`).
Jinja2 fills both and refuses a fact that was not given. Files are read once a process: a change shows after a restart.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

HERE = Path(__file__).parent

_jinja = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A filled line: its text and its buttons, each `{label, action, value?, variant?}`."""

    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)


def say(room: str, key: str, turn: int = 0, /, **facts: Any) -> Line:
    """The line `[say.<key>]` of phases/<room>.toml (or answers.toml); `turn` picks the wording, so that repeats differ.

    Raises KeyError for a line that does not exist and jinja2.UndefinedError for a fact that was not given.
    """
    entry = lines(room)[key]
    wordings: list[str] = entry["text"]
    buttons = [{name: fill(text, **facts) for name, text in button.items()} for button in entry.get("buttons", ())]
    return Line(fill(wordings[turn % len(wordings)], **facts), buttons)


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


# What the model is told -----------------------------------------------------------------------------------------------


def instruct(name: str, /, variant: str | None = None, **facts: Any) -> str:
    """The Markdown template `name` ("system.md", "phases/pricing.md"), filled; a file of the variant's own wins.

    Raises LookupError for a template or a variant that does not exist and jinja2.UndefinedError for a fact that was
    not given. docs/prompts.md lists the facts of each template.
    """
    return _instruction(name, variant).render(facts).strip()


def material(nonce: str, /, **texts: str) -> str:
    """A user message that holds untrusted texts, each between markers that carry `nonce` and named by its keyword.

    `nonce` is made anew for each request (`secrets.token_hex(8)`), so that no text can contain its own end. Raises
    ValueError for a nonce that is too short to be one, or that a text contains.
    """
    if len(nonce) < 12 or not nonce.isalnum():
        raise ValueError("The nonce must be 12 or more letters and digits; secrets.token_hex(8) makes one.")
    if any(nonce in text for text in texts.values()):
        raise ValueError("A text contains the nonce; make a new one for each request.")
    return instruct("material.md", nonce=nonce, texts=texts)


def templates(variant: str | None = None) -> list[str]:
    """The names that `instruct` takes, sorted. Raises LookupError for a variant that does not exist."""
    return sorted(name for name in _files(HERE, variant) if name.endswith(".md"))


def variants(folder: Path = HERE) -> list[str]:
    """The prompt variants, sorted: each is a folder under variants/ whose files stand in for those of the same name."""
    return sorted(path.name for path in (folder / "variants").glob("*/") if not path.name.startswith((".", "_")))


@cache
def digest(variant: str | None = None, folder: Path = HERE) -> str:
    """Twelve hex digits over every word that `variant` speaks with: the prompts' version, stored with what was said.

    Pages for people (README.md) and the files of other variants do not count. `folder` is for a copy of this one.
    """
    sha = hashlib.sha256()
    for name, path in sorted(_files(folder, variant).items()):
        sha.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()[:12]


def _files(folder: Path, variant: str | None) -> dict[str, Path]:
    """The files that `variant` (None: the base) speaks with, by their names in the base."""
    places = [folder]
    if variant is not None:
        if variant not in variants(folder):
            raise LookupError(f"There is no prompt variant “{variant}”; there are: {', '.join(variants(folder))}.")
        places.append(folder / "variants" / variant)
    return {
        name: path
        for place in places
        for path in place.rglob("*")
        if path.suffix in {".toml", ".md"}
        and path.name != "README.md"
        and not (name := path.relative_to(place).as_posix()).startswith("variants/")
    }


@cache
def _instruction(name: str, variant: str | None) -> Template:
    if name not in (known := templates(variant)):
        raise LookupError(f"There is no prompt “{name}”; there are: {', '.join(known)}.")
    return _library(variant).get_template(name)


@cache
def _library(variant: str | None) -> Environment:
    sources = {
        name: path.read_text(encoding="utf-8") for name, path in _files(HERE, variant).items() if name.endswith(".md")
    }
    library = Environment(
        loader=DictLoader(sources), undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, auto_reload=False,
    )  # fmt: skip
    library.filters |= {"tojson": _quoted, "plain": _plain}
    return library


def _quoted(words: Any) -> str:
    """`words` as JSON on one line. Jinja's own filter would turn Zoë and O'Neill into escapes, and the model repeats
    names as it reads them; what cannot be seen is escaped, so that nothing hides in a name or breaks out of its line.
    """
    quoted = json.dumps(words, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_seen, quoted))


def _seen(character: str) -> str:
    # The two joiners hold emoji and Persian names together.
    if character.isprintable() or character in "\u200c\u200d":
        return character
    return json.dumps(character)[1:-1]


def _plain(words: str) -> str:
    """`words` on one line, for what is not the coach's own: a URL, a price, a time zone."""
    return words if words.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in words).split())


@cache
def _template(source: str) -> Template:
    return _jinja.from_string(source)
