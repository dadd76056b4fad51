"""The wishes that a coach may utter at any moment, whatever question stands open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from graph.understand.blog_wishes import delete_blog, publish, regenerate, write_blog
from graph.understand.flow_wishes import account, goto, human, phrases, question
from graph.understand.profile_wishes import (
    change_name,
    change_niche,
    change_specialty,
    own_bio,
    photo,
    rewrite_bio,
    tone,
)
from graph.understand.smalltalk import wish
from graph.understand.store_wishes import (
    analytics,
    change_price,
    competitors,
    connect,
    disconnect,
    live,
    price_goto,
    share,
    stripe,
    template,
)
from graph.understand.text import TYPOS, is_empty, sentences, tidy
from graph.understand.wishes import OWN_BIO, Intent, pattern, phase_in

_LONGEST_BIO = 4_000


_BIO_LENGTH = 40
"""Characters from which an answer to "what shall your bio say?" is taken for one, unless it begins like a request."""


_REQUEST = pattern(
    r"^\W*(?:(?:ok|okay|yes|no|hmm|well|please|pls|actually|sorry|thanks|great|hi|hey|avery|but|and|so|good|nice|love it|perfect|it'?s (?:good|great|fine|nice|ok|okay))\b[\s,.!]*(?:but )?)*"
    r"(?:(?:can|could|would|will|should|may) (?:you|i|we|it)|make|re-?write|redo|change|write|draft|generate|create|try|skip|shorten|give|use|here'?s|my bio|bio|the bio|this bio|add|mention|remove|take out|include|put|delete|publish|connect|let'?s|go|call me|start|stop|help|tone|too|not|more|less|shorter|longer|another|different|something"
    r"|i (?:don'?t|do not|didn'?t|hate|prefer|need (?:it|you|to)|want (?:it|you|something|a|another|to (?:change|skip|write|use|go|talk|speak|see|stop)))|i'?d (?:like|prefer|rather|want)|i would (?:like|prefer|rather)|i'?ll (?:do|write|use|come)|i'?m (?:lost|confused|not sure|not happy|so confused|stuck|done)|i have to go|it'?s|it (?:should|needs|sounds|is|looks|reads|could)|that'?s|that is|this is (?:too|so|not|confusing|wrong|rubbish|hard)|you (?:got|should|said|forgot|missed)|what|how|why|when|where|who)\b"
)


_ACTIONS = frozenset(
    "analytics competitors delete_blog write_blog regenerate_blog publish template live_session stripe share connect disconnect change_name"
    " change_price change_niche change_specialty change_tone rewrite_bio own_bio photo goto human restart".split()
)


def intent(text: str, asked: str | None = None) -> Intent | None:
    """The wish in a message, or None where it is none (it may then be an answer).

    `asked` names the open question ("name", "niche", "specialty", "photo", "bio", "price", "live", "blogs", "platform",
    "share", "publish"): what would answer it is left to it, and "try again" or "instagram" mean what they mean there.
    """
    if is_empty(text):
        return None
    asked = "blogs" if asked == "publish" else asked
    said = _spelt(tidy(text))
    if kind := wish(text):
        return None if _answers(kind, said, asked) else Intent(*_small(kind, said, asked))
    if asked == "bio" and len(said) >= _BIO_LENGTH and not said.endswith("?") and not _REQUEST.match(said):
        return own_bio(said, asked)
    parts = [_spelt(part) for part in sentences(text)]
    if len(said) <= 300:
        found = _wish_in(said, asked)
        if found is None and len(parts) > 1:
            found = next(
                (part for part in (_wish_in(part, asked) for part in parts) if part and part.kind != "greeting"), None
            )
        if found is None or found.kind not in _ACTIONS or found.kind == "own_bio":
            return found
        return _with_second(found, said, asked)
    if (own := OWN_BIO.match(said[:_LONGEST_BIO])) and asked in (None, "bio"):
        return Intent("own_bio", own["value"].strip())
    if asked in {"bio", "specialty"}:
        return None
    told = [
        found
        for part in (parts[:4] + parts[-4:] if len(parts) > 8 else parts)
        if len(part) <= 300 and (found := _wish_in(part, asked))
    ]
    wanted = [found for found in told if found.kind in _ACTIONS]
    if wanted:
        other = next((found for found in wanted[1:] if found.kind != wanted[0].kind), None)
        return replace(wanted[0], second=other)
    return next((found for found in reversed(told) if found.kind in {"question", "confused", "stop"}), None)


def _spelt(said: str) -> str:
    return re.sub(r"[A-Za-z][A-Za-z-]+", lambda word: _RIGHT.get(word[0].casefold(), word[0]), said)


_RIGHT = {typo: right for typo, right in TYPOS.items() if len(typo) > 2 or typo in {"ig", "yt"}}
_RIGHT.pop("causal", None)


def _answers(kind: str, said: str, asked: str | None) -> bool:
    """Whether a phrase that is a wish elsewhere answers the open question."""
    if asked == "name":
        return said.casefold().strip(" .!") in {"ty", "legend", "ta"}
    if asked in {"niche", "specialty"}:
        return said.casefold().strip(" .!") == "skipping"
    if asked == "live":
        return kind == "skip" and "tomorrow" in said.casefold()
    return False


def _small(kind: str, said: str, asked: str | None) -> tuple[str, str | None]:
    if kind == "skip":
        return kind, phase_in(said)
    return kind, None


_JOINTS = re.compile(
    r"\s*[,;]\s+(?:(?:and|then|but|also)\s+)*|\s+(?:and|then|but|also)\s+(?:(?:also|then|please)\s+)?|(?<=[.!?])\s+"
)


def _with_second(found: Intent, said: str, asked: str | None) -> Intent:
    """The wish with another one that the same message joins to it, in the order in which they were said."""
    pieces = [piece for piece in _JOINTS.split(said) if piece]
    if not 1 < len(pieces) <= 6:
        return found
    wanted = [
        part for piece in pieces if (part := _wish_in(piece, asked)) and part.kind in _ACTIONS - {"own_bio", "goto"}
    ]
    if found.kind not in {part.kind for part in wanted}:
        wanted = [part for part in wanted if found.value is None or part.kind != "template"]
        return replace(found, second=wanted[0]) if wanted and found.value is None else found
    other = next((part for part in wanted if part.kind != wanted[0].kind), None)
    return replace(wanted[0], second=other) if other else found


def _wish_in(said: str, asked: str | None) -> Intent | None:
    if kind := wish(said):
        return None if _answers(kind, said, asked) else Intent(*_small(kind, said, asked))
    for rule in _RULES:
        if found := rule(said, asked):
            return found
    return None


_RULES: tuple[Callable[[str, str | None], Intent | None], ...] = (
    account,
    own_bio,
    human,
    competitors,
    analytics,
    change_name,
    disconnect,
    delete_blog,
    change_specialty,
    change_niche,
    stripe,
    live,
    publish,
    tone,
    rewrite_bio,
    template,
    photo,
    share,
    write_blog,
    regenerate,
    connect,
    change_price,
    goto,
    price_goto,
    phrases,
    question,
)
