"""`python -m prompts NAME`: what the model is told, filled for a sample coach."""

from __future__ import annotations

import argparse
import sys

import prompts
from prompts.sample import ASKS, FACTS, KNOWN, TURN

EXAMPLES = """examples:
  python -m prompts system --phase pricing                    the system message of a turn
  python -m prompts system --phase discovery --ask niche
  python -m prompts system --phase pricing --variant brief
  python -m prompts blog/write --fact kind=social --fact tone=professional
  python -m prompts list                                      the templates, and what is a variant
  python -m prompts digest --variant brief                    the version that is stored with each reply
"""


def main(arguments: list[str] | None = None) -> int:
    """Print what was asked for; 2 for a name, phase, question, variant or fact that does not exist."""
    parser = argparse.ArgumentParser(
        prog="python -m prompts", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("name", help="a template (.md may be left out), list or digest")
    parser.add_argument("--phase", default="pricing", choices=list(ASKS), help="the phase of a system message")
    parser.add_argument("--ask", help="the open question; the phase's first one by default")
    parser.add_argument("--variant", choices=prompts.variants(), help="a folder of prompts/variants")
    parser.add_argument(
        "--fact", action="append", default=[], metavar="NAME=TEXT", help="another value for one of the sample's facts"
    )
    given = parser.parse_args(arguments)
    if given.name == "digest":
        return _print(prompts.digest(given.variant))
    if given.name == "list":
        return _print("\n".join([*prompts.templates(), *(f"variant {name}" for name in prompts.variants())]))
    name = given.name if given.name.endswith(".md") else f"{given.name}.md"
    if name not in FACTS:
        parser.error(f"there is no template {name} to fill; there are: {', '.join(FACTS)}")
    phase = name.removeprefix("phases/").removesuffix(".md") if name.startswith("phases/") else given.phase
    ask = given.ask if given.ask is not None else next(iter(ASKS[phase]))
    if ask not in ASKS[phase]:
        parser.error(f"{phase} does not ask {ask}; it asks: {', '.join(ASKS[phase])}")
    turned = name == "system.md" or name.startswith("phases/")
    facts = FACTS[name] | (KNOWN.get(ask, {}) if turned else {})
    facts |= dict(text.partition("=")[::2] for text in given.fact)
    if unknown := facts.keys() - FACTS[name].keys() - TURN.keys():
        parser.error(f"{name} has no fact {', '.join(sorted(unknown))}; it has: {', '.join(FACTS[name])}")
    turn = {fact: value for fact, value in facts.items() if fact in TURN} | {
        "phase": phase, "phase_label": prompts.label(phase), "ask": ask, "buttons": ASKS[phase][ask],
    }  # fmt: skip
    if name == "system.md":
        turn["instructions"] = prompts.instruct(f"phases/{phase}.md", given.variant, **turn)
    return _print(prompts.instruct(name, given.variant, **(facts | turn if turned else facts)))


def _print(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
