"""What the guides name is there: settings, files, commands, metrics, log lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import api.metrics
from api.cli import parser
from avery.settings import Settings, variable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
INVENTED = {"community", "send_gift_card"}
"""The examples of docs/extend.md."""
OPERATE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")


def quoted(text: str) -> list[str]:
    """What stands in backticks, fences left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    named = set(re.findall(r"\b(?:AVERY|OPENAI)_[A-Z_]+\b", page.read_text(encoding="utf-8")))
    assert named <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    folders = "api|avery|docs|graph|jobs|prompts|tests|tools"
    named = [
        name
        for name in quoted(page.read_text(encoding="utf-8"))
        if re.fullmatch(rf"(?:{folders})/[\w./-]+", name) and not any(word in name for word in INVENTED)
    ]
    # `x` stands for a name of one's own, and so do the words in angle brackets, which do not match.
    missing = [name for name in named if not (ROOT / name).exists() and Path(name).stem != "x"]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_understood(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in quoted(text):
        if found := re.fullmatch(r"avery ((?:[a-z]+ ?)+)((?:ID|[0-9]+)?)", name.strip()):
            parser().parse_args([*found[1].split(), *(["7"] if found[2] else [])])
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    verbs = {name.split()[1] for name in quoted(text) if re.match(r"make [a-z-]+", name)}
    assert verbs <= targets


def test_the_metrics_are_all_explained_and_no_others() -> None:
    assert api.metrics.closed.describe()
    ours = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in REGISTRY.collect()
        if family.name.startswith("avery_")
    }
    told = set(re.findall(r"^\| `(avery_\w+)`", OPERATE, re.MULTILINE))
    assert told == ours


def test_every_log_line_that_is_explained_is_written_somewhere() -> None:
    table = OPERATE.partition("## Logs")[2]
    code = "\n".join(
        path.read_text(encoding="utf-8") for room in ("api", "avery", "graph") for path in (ROOT / room).rglob("*.py")
    )
    lines = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert len(lines) > 5
    assert [line for line in lines if f'"{line}"' not in code] == []


@pytest.mark.parametrize("name", ["PhaseName", "PhaseData", "Store"])
def test_the_kernel_s_values_are_where_the_guide_says(name: str) -> None:
    assert f"class {name}" in (ROOT / "avery" / "domain.py").read_text(encoding="utf-8")
