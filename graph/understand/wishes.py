"""What the wishes have in common: the value that one is, and the words that several of them need."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graph.understand.text import shorten


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish. `value` is what it is about, as said (None: the coach did not say); `second` another one in the same message."""

    kind: str
    value: str | None = None
    second: Intent | None = None


KINDS = frozenset(
    "skip back help where next greeting thanks confused analytics competitors delete_blog write_blog regenerate_blog publish template"
    " live_session stripe share connect disconnect change_name change_price change_niche change_specialty change_tone rewrite_bio"
    " own_bio photo goto question human restart stop".split()
)


_LONGEST_VALUE = 300


PLATFORM = r"(?P<platform>instagram|insta|ig|the gram|tik ?tok|tt|you ?tube|yt|facebook|fb|whats ?app|twitter|linked ?in|email|pinterest|snapchat|threads|telegram|google)"


ASK = r"(?:^|\b(?:please|pls|can|could|would|will|may|might|you|we|to|want|wanna|need|like|let'?s|lets|just|then|and|i'll|i'd|i|now|also|ok|okay|yes|actually|but|so|or|should|gonna|avery|no|hey|hi)[\s,]+|[.!?,;:-]\s*)"


def pattern(expression: str) -> re.Pattern[str]:
    """A pattern that takes no notice of case."""
    return re.compile(expression, re.IGNORECASE)


ASKS = pattern(
    r"\W*(?:(?:so|and|but|ok|okay|well|hi|hey|hello|um|also|sorry|avery|wait)\W+)*(?:how|what|what'?s|why|when|where|who|which|does|do (?:i|you|we|they|people|my|coaches)|did|is|are|should|am|has|have (?:you|i|we|they)"
    r"|(?:will|would) (?!you\b|it be ok|u\b))\b(?! about)"
)


BIO = r"(?:bio|biography|about me|about section|intro|profile text|description)"


OWN_BIO = pattern(
    r"^(?:\W|\b(?:ok|okay|yes|no|sure|well|actually|hi|hey|please|let'?s)\b)*(?:(?:(?:here'?s|here is|this is|use this(?: as| for)?|use the following(?: as| for)?|i(?:'d| would) like this(?: as| for)?|set|use|change|update|paste|make|put|save)\s+)?(?:my|the|this|as|for|own|new|your)?\s*(?:my|the|own|new)?\s*(?:own |new )?"
    + BIO
    + r"(?:\s+(?:to|is|should be|should say|as|with))?\s*(?P<mark>[:\-]|\bis\b|\bto\b|\bsay\b|\bbe\b|(?=\"))|use (?:this|mine|my own|this one)(?: instead)?\s*[:\-]|how about this\s*[:\-]|this one\s*[:\-])\s*(?P<value>\S.+)$"
)


IT_SHORTER = pattern(
    r"^(?:\W|\b(?:please|can|could|you|just|ok|now|a|bit|little|much|make|it|them|all|that|this|be)\b)*(?:shorter|longer|simpler|snappier|punchier|funnier|more concise)(?: please)?\W*$"
)


MANNER = pattern(
    r"\b(?P<manner>shorter|longer|simpler|shorten|lengthen|funnier|snappier|punchier|more detail(?:ed)?|less wordy|first person|third person|more concise|concise|briefer|brief)\b"
)


CHANGE = r"(?:change|update|switch|set|correct|edit|fix|amend|rename|modify|alter|swap|move|adjust)"


_PHASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (phase, pattern(r"\b(?:" + words_for_it + r")\b"))
    for phase, words_for_it in (
        ("social_connect", r"socials?|social media|social accounts?|connecting|connections?|social connect|accounts?"),
        ("content_import", r"blogs?|blog ?posts?|posts|articles?|content(?: import)?|drafts"),
        ("profile_setup", r"profile(?: setup)?|bio|photo|picture|about me"),
        ("pricing", r"pric(?:e|es|ing)|subscription|money(?: bit| part)?|what i charge"),
        ("launch", r"launch(?:ing)?|sharing|share|go(?:ing)? live|publish my store"),
        ("next_steps", r"next steps|live sessions?|stripe|payments"),
        (
            "discovery",
            r"first (?:question|questions|bit|step|part)|discovery|name|niche|speciali?ty|about (?:myself|my coaching)|basics|beginning|intro",
        ),
    )
)


BIO_AGAIN = pattern(
    r"^(?:\W|\b(?:no|hmm|sorry|actually|it'?s|that'?s|this is|a bit|just|well|way|far|much)\b)*(?:not (?:quite |really )?(?:right|me|it|like me|there)|write another(?: one)?|different|something different|too (?P<size>long|short|wordy)|nope?,? try again|not good|boring|rubbish|meh)\W*$"
)


ANY_PLATFORM = pattern(r"\b" + PLATFORM + r"\b")


def phase_in(said: str) -> str | None:
    low = said.casefold()
    return next((phase for phase, named in _PHASES if named.search(low)), None)


def subject(value: str | None) -> str | None:
    if value is None:
        return None
    cut = re.sub(
        r"(?:[\s,]+(?:please|pls|thanks|thank you|for me|instead|now|too|as well))*[\s.!?,;:\"'-]*$",
        "",
        value,
        flags=re.IGNORECASE,
    )
    cut = cut.strip(" \"'.:;,-")
    return shorten(cut, _LONGEST_VALUE) or None
