"""Long answers in short."""

from __future__ import annotations

from graph.understand.smalltalk import wish
from graph.understand.text import fold, is_rubbish, sentences, shorten, tidy

LONGEST_GIST = 300


def gist(text: str) -> str:
    """The first useful sentences of a message, at most LONGEST_GIST characters, with "…" where one was cut."""
    whole = tidy(text)
    if len(whole) <= LONGEST_GIST:
        return whole
    useful = [part for part in sentences(text) if wish(part) is None and not is_rubbish(fold(part[:200]))]
    taken = ""
    for part in useful or [whole]:
        longer = f"{taken} {part}".strip()
        if len(longer) > LONGEST_GIST:
            break
        taken = longer
    return taken or shorten((useful or [whole])[0], LONGEST_GIST - 1) + "…"
