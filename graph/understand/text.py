"""Views of a coach's text that the other modules read: tidied for values, folded for matching."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4_000
"""Characters that are read at all; the protocol accepts no more."""

_SAME_LENGTH = str.maketrans(
    dict.fromkeys("’‘ʼ`´＇‛", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("\u00a0\u202f\u2007", " ")
)
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_JOINERS = re.compile("[\u200c\u200d\ufe0e\ufe0f]")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_TYPED = re.compile(r"[a-z0-9][a-z0-9;-]*(?![$£€])")
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？؟])\s+|\n+")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz")

TYPOS = {
    typo: right
    for right, typos in {
        "skip": "skp skipp sklip skeep siip",
        "yes": "yess yers yse yea",
        "yeah": "yeh yah yeaah yeha",
        "no": "noo nooo",
        "please": "pls plz plase pleas plese pleaase",
        "thanks": "thx thanx tnx thnx thnks thansk tahnks",
        "tomorrow": "tommorow tomorow tommorrow tomorrrow tmrw tmr tmw tomoz 2moro 2morrow tomorro tommorw tomoro",
        "schedule": "shedule schedual shcedule scedule schedul",
        "session": "sesion sessoin seesion",
        "instagram": "insta ig instagramm instgram insagram intagram",
        "tiktok": "tictoc tiktoc ticktock titkok tik-tok",
        "youtube": "yt utube youtub you-tube",
        "publish": "publsh pubish publich",
        "change": "chnage chage cahnge",
        "confusing": "confuseing cofusing confsing",
        "confused": "confussed cofused",
        "delete": "delte deleet detele",
        "rewrite": "re-write rewite rerite",
        "professional": "profesional proffesional proffessional",
        "casual": "causal casul",
        "price": "prise pirce",
        "continue": "contine continu continune",
        "competitors": "competiters competators",
        "analytics": "analitics anylitics",
        "don't": "dont don;t",
        "you": "u yu",
        "your": "ur yr",
        "are": "r",
        "because": "cos cuz coz bc",
        "what": "wat wot waht",
        "help": "hlep hepl halp",
        "back": "bak bakc",
        "next": "nxt nex",
        "later": "latr l8r latter laterz",
        "hello": "helo hallo helloo hullo ello",
        "people": "ppl",
        "tuesday": "tuseday teusday tues tue",
        "wednesday": "wensday wednsday weds wed",
        "thursday": "thurday thrusday thurs thur thu",
        "saturday": "satuday saterday",
    }.items()
    for typo in typos.split()
}


def plain(text: str) -> str:
    """The text at the same length with apostrophes, dashes and spaces made plain: positions hold in the original."""
    return text[:LONGEST].translate(_SAME_LENGTH)


def tidy(text: str) -> str:
    """The text as typed, on one line, without what cannot be seen: fit to be kept as a value."""
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", plain(text))).split())


def fold(text: str) -> str:
    """The text for matching: lower case, plain digits and letters, "yesss" as "yes", known typos put right."""
    folded = unicodedata.normalize("NFKC", _JOINERS.sub("", tidy(text)))[:LONGEST].casefold()
    if not folded.isascii():
        folded = "".join(
            str(unicodedata.digit(character)) if character.isdigit() and not character.isascii() else character
            for character in folded.translate(_SAME_LENGTH)
        )
    folded = _STRETCHED.sub(r"\1", folded)
    return _TYPED.sub(lambda word: TYPOS.get(word[0], word[0]), folded)


def words(folded: str) -> list[str]:
    """The words of a folded text, apostrophes dropped: "let's go!" is ["lets", "go"]."""
    return [word.replace("'", "") for word in _WORD.findall(folded)]


def sentences(text: str) -> list[str]:
    """The text's sentences and lines, tidied, none empty."""
    return [tidied for part in _SENTENCE_END.split(text[:LONGEST]) if (tidied := tidy(part))]


def is_empty(text: str) -> bool:
    """Whether nothing was said: blanks, invisible characters and punctuation only. An emoji says something."""
    return not any(
        unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "So"
        for character in text[:LONGEST]
    )


def is_rubbish(folded: str) -> bool:
    """Whether a folded text is a hand on the keyboard: no word in it could be one."""
    found = words(folded)
    return not any(map(_could_be_word, found))


def _could_be_word(word: str) -> bool:
    letters = sum(character.isalpha() for character in word)
    if letters == 0 or len(word) - letters >= max(letters, 3) or len(word) > 40:
        return False
    if len(word) >= 4 and any(word in row for row in _KEYBOARD):
        return False
    if len(word) >= 6 and any(word[:4] in row and len(set(word)) < len(word) for row in _KEYBOARD[1:2]):
        return False
    if len(word) >= 4 and len(set(word)) == 1:
        return False
    return not (len(word) >= 5 and word.isascii() and word.isalpha() and not set(word) & set("aeiouy"))


def shorten(text: str, most: int) -> str:
    """The text cut at a word's end to at most `most` characters; no mark is put where it was cut."""
    if len(text) <= most:
        return text
    cut = text[:most]
    if text[most] != " " and " " in cut[most // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:-")
