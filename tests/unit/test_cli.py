from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import main

ROOT = Path(__file__).parents[2]
VERBS = ["serve", "worker", "chat", "migrate", "eval", "tokens rotate", "coach export", "coach erase"]


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*verb.split(), "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert "example" in shown
    assert f"avery {verb}".strip() in shown.split("example")[1]


def test_help_loads_no_library() -> None:
    heavy = "pydantic", "litestar", "langgraph", "psycopg", "httpx", "asyncio"
    code = f"import sys, api.cli; api.cli.parser().format_help(); print([n for n in {heavy} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_coach_id_that_is_no_number_is_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["coach", "export", "me"])
    assert left.value.code == 2
    assert "'me'" in capsys.readouterr().err


def test_nothing_is_erased_where_nobody_can_confirm(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["coach", "erase", "42"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_bad_settings_stop_every_verb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVERY_PORT", "x")
    assert main(["migrate"]) == 1
    assert "AVERY_PORT='x'" in capsys.readouterr().err


def test_evals_that_are_not_there_do_not_look_passed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval"]) == 1
    assert main(["worker"]) == 0
