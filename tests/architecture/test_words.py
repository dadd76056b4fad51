"""Every line that the code says stands in prompts/."""

import ast
from pathlib import Path

import pytest

import prompts
from avery.domain import PhaseName
from graph.phases import PHASES
from graph.read import CLICKS
from tools import TOOLS

ROOT = Path(__file__).parents[2]


def said() -> set[tuple[str, str]]:
    """Every (room, key) that stands as literals in a Note() or words() call of the code."""
    found = set()
    for folder in ("graph", "tools"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                literals = [arg for arg in node.args[:3] if isinstance(arg, ast.Constant | ast.IfExp)]
                if name not in ("Note", "words") or len(literals) < 2:
                    continue
                room, key = literals[0], literals[1]
                if isinstance(room, ast.Constant) and room.value != "said":
                    options = [key] if isinstance(key, ast.Constant) else [key.body, key.orelse]
                    found |= {(str(room.value), str(o.value)) for o in options if isinstance(o, ast.Constant)}
    return found


@pytest.mark.parametrize(("room", "key"), sorted(said()))
def test_a_line_that_the_code_says_has_its_words(room: str, key: str) -> None:
    assert prompts.lines(room)[key]["text"]


@pytest.mark.parametrize("name", list(PhaseName))
def test_every_phase_has_a_name_for_a_person(name: str) -> None:
    assert prompts.label(name)


@pytest.mark.parametrize("name", list(TOOLS))
def test_every_tool_says_what_it_does_and_how_it_fails(name: str) -> None:
    assert {"label", "give_up"} <= prompts.load("failures.toml")["tool"][name].keys()


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_every_question_has_four_wordings_so_that_it_is_never_the_same_three_times(phase) -> None:  # type: ignore[no-untyped-def]
    for ask in phase.asks:
        if ask.line is None:
            assert len(prompts.lines(phase.name)[f"ask_{ask.name}"]["text"]) >= 3


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_every_tool_that_a_phase_names_exists(phase) -> None:  # type: ignore[no-untyped-def]
    assert set(phase.tools) <= TOOLS.keys()


def test_every_button_in_the_words_does_something() -> None:
    actions = {
        button["action"]
        for path in (ROOT / "prompts" / "phases").glob("*.toml")
        for entry in prompts.load(f"phases/{path.name}")["say"].values()
        for button in entry.get("buttons", ())
    }
    assert actions - {"confirm_delete"} <= CLICKS.keys()
