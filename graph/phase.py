"""What a phase is: its completion predicate, its questions, its tools, in one value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from avery.domain import Coach, PhaseName
from avery.protocol import Button, Preview
from graph.state import Call, Move

Facts = dict[str, Any]


def no_facts(_: Coach) -> Facts:
    """A question whose line needs no more than the common facts."""
    return {}


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a phase. Its words are `[say.ask_<name>]` of prompts/phases/<phase>.toml."""

    name: str
    is_answered: Callable[[Coach], bool]
    read: Callable[[str, Coach, datetime], Move]
    """The answer in a coach's words: None where the text is no answer to this question."""
    optional: bool = False
    """The phase is complete without it: it is asked once, and "no thanks" or "skip" settles it."""
    line: Callable[[Coach], str] | None = None
    """Another line than ask_<name>, by what is known."""
    facts: Callable[[Coach], Facts] = no_facts
    buttons: Callable[[Coach], list[Button]] | None = None
    """Buttons made by code, before those that stand in the words."""
    preview: Callable[[Coach], Preview | None] | None = None
    before: Callable[[Coach, bool], Call | None] | None = None
    """A tool whose result the question needs, by the facts and whether a model writes the store's texts."""

    def is_open(self, coach: Coach) -> bool:
        return not self.is_answered(coach) and self.name not in coach.data.declined


@dataclass(frozen=True, slots=True)
class Phase:
    """A node of the graph, and a row of the table that script, progress bar, evals and analytics read."""

    name: PhaseName
    asks: tuple[Ask, ...]
    is_complete: Callable[[Coach], bool]
    """The spec's completion predicate (ticket 1.3)."""
    tools: tuple[str, ...] = ()
    """The tools that the model is given in this phase, besides those that serve everywhere."""

    def ask(self, coach: Coach) -> Ask | None:
        """The open question: required ones in their order first, then optional ones; the first one on a revisit."""
        if coach.data.revisiting == self.name:
            return self.asks[0]
        return next((ask for ask in self.asks if ask.is_open(coach)), None)

    def is_done(self, coach: Coach) -> bool:
        """Whether the conversation may move on: skipped, or complete with no optional question left to offer."""
        if coach.data.revisiting == self.name:
            return False
        if self.name in coach.data.skipped:
            return True
        return self.is_complete(coach) and not any(ask.optional and ask.is_open(coach) for ask in self.asks)

    def is_given_up(self, coach: Coach) -> bool:
        """Whether every question is settled and the phase still cannot be complete: then it counts as skipped."""
        return not self.is_complete(coach) and self.ask(coach) is None
