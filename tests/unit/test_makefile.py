"""`make run` before anything is installed: what it says where it cannot go on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make")

pytestmark = pytest.mark.skipif(MAKE is None, reason="make is missing: apt install make, or brew install make")


def start(folder: Path, **pythons: str) -> str:
    """What `make run` says in a fresh folder where only these pythons are on the path; it must not succeed."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    path = folder / "path"
    path.mkdir()
    for name, script in pythons.items():
        (path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (path / name).chmod(0o755)
    done = subprocess.run(
        [str(MAKE), "run"], cwd=folder, env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    return done.stderr


def test_without_a_python_it_says_which_one_to_get(tmp_path: Path) -> None:
    assert "needs Python 3.11, 3.12, 3.13 or 3.14" in start(tmp_path)


def test_a_python_that_is_too_old_does_not_count(tmp_path: Path) -> None:
    assert "needs Python 3.11" in start(tmp_path, python3="exit 1")


def test_a_python_without_venv_says_how_to_get_it(tmp_path: Path) -> None:
    said = start(tmp_path, python3='case "$2" in *ensurepip*) exit 1;; esac')
    assert "apt install python3-venv" in said


def test_help_lists_every_public_verb() -> None:
    shown = subprocess.run([str(MAKE), "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    verbs = ("run", "chat", "test", "check", "fmt", "bench", "studio", "lock")
    assert [verb for verb in verbs if f"make {verb} " not in shown] == []
