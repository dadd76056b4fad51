"""Registered by hand, checked here: the table, the folder and the words of every phase and tool agree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import prompts
from avery.domain import PHASE_ORDER
from graph.phases import PHASES
from tools import TOOLS

ROOT = Path(__file__).parents[2]
SPEC_TOOLS = (
    "update_coach_profile", "connect_social_account", "generate_blog_posts", "set_subscription_price",
    "apply_store_template", "get_store_analytics", "get_niche_benchmarks", "schedule_live_session",
    "generate_share_content", "update_scorecard", "setup_stripe", "get_social_top_posts",
)  # fmt: skip


def modules(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}


def lines(room: str) -> set[str]:
    return set(prompts.load(f"phases/{room}.toml")["say"])


def test_the_phases_are_the_spec_s_in_its_order() -> None:
    assert tuple(phase.name for phase in PHASES) == PHASE_ORDER


def test_a_phase_is_one_module_and_one_file_of_words() -> None:
    names = {str(phase.name) for phase in PHASES}
    assert modules("graph/phases") == names
    assert names <= {path.stem for path in (ROOT / "prompts/phases").glob("*.toml")}


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: str(phase.name))
def test_every_question_of_a_phase_has_its_words(phase: object) -> None:
    assert phase in PHASES
    found = next(candidate for candidate in PHASES if candidate is phase)
    assert found.asks
    assert {f"ask_{ask.name}" for ask in found.asks} <= lines(found.name)


def test_a_tool_is_one_file_under_its_own_name() -> None:
    assert modules("tools") - {"tool"} == set(TOOLS)
    assert {name: tool.name for name, tool in TOOLS.items()} == {name: name for name in TOOLS}


def test_the_spec_s_twelve_come_first_and_its_scenarios_need_two_more() -> None:
    assert tuple(TOOLS) == (*SPEC_TOOLS, "publish_blog_posts", "delete_blog_post")


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: str(phase.name))
def test_every_tool_that_a_phase_names_exists(phase: object) -> None:
    assert {name for found in PHASES if found is phase for name in found.tools} <= set(TOOLS)


def notes() -> Iterator[tuple[str, str, str]]:
    """Each `Note("room", "key", …)` in the code, with where it stands."""
    for folder in ("graph", "tools"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Note":
                    match node.args[:2]:
                        case [ast.Constant(value=str(room)), ast.Constant(value=str(key))]:
                            yield room, key, f"{path.relative_to(ROOT)}:{node.lineno}"


# A room without a file: its text comes with the note.
SPOKEN = {"said"}


def test_every_line_that_the_code_says_is_written() -> None:
    unwritten = [
        f"{room}.toml [say.{key}], said in {place}"
        for room, key, place in notes()
        if room not in SPOKEN and key not in lines(room)
    ]
    assert unwritten == []
