"""The error tree as avery/errors.py draws it is the tree that there is."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from avery import errors
from avery.errors import AveryError

ROOT = Path(__file__).parents[2]


def drawn() -> set[tuple[str, str]]:
    """Each error of the drawing with the one above it."""
    found, above = set(), ["AveryError"]
    for line in (errors.__doc__ or "").splitlines():
        if branch := re.match(r"([│ ]*)[├└]── (\w+)", line):
            depth = len(branch[1]) // 4 + 1
            found.add((branch[2], above[depth - 1]))
            above[depth:] = [branch[2]]
    return found


def derived(parent: type[AveryError]) -> set[type[AveryError]]:
    return {error for child in parent.__subclasses__() for error in {child, *derived(child)}}


def test_the_drawing_shows_every_error_of_the_kernel_below_its_parent() -> None:
    for path in (ROOT / "avery").rglob("*.py"):
        if "AveryError" in (text := path.read_text(encoding="utf-8")) or "(Outside" in text:
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    kernel = {error for error in derived(AveryError) if error.__module__.startswith("avery.")}
    assert {(error.__name__, error.__bases__[0].__name__) for error in kernel} == drawn()
