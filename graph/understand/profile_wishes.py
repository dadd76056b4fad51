"""Wishes about the coach: name, niche, specialty, tone, bio, photo."""

from __future__ import annotations

import re

from graph.understand.names import name
from graph.understand.niches import clean_subject, niche
from graph.understand.questions import is_question
from graph.understand.wishes import (
    ANY_PLATFORM,
    ASKS,
    BIO,
    BIO_AGAIN,
    CHANGE,
    IT_SHORTER,
    MANNER,
    OWN_BIO,
    Intent,
    pattern,
)

_TONES: dict[str, str] = {
    word: tone
    for tone, text in {
        "casual": "casual informal relaxed friendly friendlier chatty chattier conversational laid-back laidback fun funny funnier playful warm warmer approachable down-to-earth light-hearted lighthearted cheeky human natural personal chilled easygoing breezy humorous witty less-formal",
        "professional": "professional formal serious polished corporate businesslike business-like business-y authoritative expert sophisticated academic grown-up proper smart smarter credible elegant",
        "motivational": "motivational motivating inspiring inspirational uplifting energetic energising energizing punchy punchier hype hyped enthusiastic powerful empowering exciting bold bolder upbeat passionate encouraging dynamic lively pumped positive high-energy",
        "calm": "calm calmer calming gentle gentler soft softer soothing zen peaceful mellow quiet quieter serene relaxing tranquil slower",
    }.items()
    for word in text.split()
}


_TONE_WORD = (
    r"(?P<tone>"
    + "|".join(sorted((re.escape(word).replace(r"\-", "[- ]") for word in _TONES), key=len, reverse=True))
    + r")"
)


_TONE = pattern(
    r"\b(?:make|sound|sounds|be|write|rewrite|keep|turn|need|want|prefer|like|change|set|more|less|bit|little|too|switch|go|have|something|much|tone|try|use|come across|talk|speak)\b(?:\s+(?:it|the|my|this|that|them|a|bit|little|more|less|too|sound|sounding|be|in|to|something|slightly|much|way|lot|so|tone|bio|blog|blogs|posts?|style|voice|of|everything|really|me|as|and|go|with|come|across|far|even|with)){0,8}\s+(?:and )?"
    + _TONE_WORD
    + r"\b"
    r"|\btone\b[^.?!]{0,30}?\b"
    + _TONE_WORD.replace("<tone>", "<tone2>")
    + r"\b|\b"
    + _TONE_WORD.replace("<tone>", "<tone3>")
    + r"\s+(?:tone|voice|style|vibe|please)\b|^(?:less|more|too|a bit|much|a little)\s+(?:more |less |too )?"
    + _TONE_WORD.replace("<tone>", "<tone4>")
    + r"\b"
)


_TONE_ALONE = pattern(
    r"^(?:\W|\b(?:please|a|bit|more|make|it|something|i'd|like|go|with|the|ok|okay|maybe|i|think|prefer|tone|and|let'?s)\b)*"
    + _TONE_WORD
    + r"(?: please| one| tone| sounds good)?\W*$"
)


_TONE_PLAIN = pattern(
    r"\b(?P<down>tone (?:it|this|that) down)\b|\b(?:too|less|so|very|bit|sounds?) (?:salesy|pushy|cheesy|robotic|stiff|ai|corporate|wordy|like (?:a robot|ai|chatgpt|a machine|an advert))\b|\bmore like (?:me|myself|how i (?:talk|speak))\b"
)


_LOOKS = pattern(r"\b(?:templates?|themes?|colou?rs?|fonts?|designs?|background)\b")


_LESS = pattern(r"\b(?:less|too|not so|not as|not)\s+(?:\w+\s+)?$")


_OPPOSITE = {"professional": "casual", "casual": "professional", "motivational": "calm", "calm": "motivational"}


_JUDGED = pattern(
    r"(?:a (?:bit|little|lot)|more|less|too|be|sounds?|shorter|longer|not|wrong|boring|fine|good|great|something)\b"
)


_OWN_BIO_BARE = pattern(
    r"\b(?:write|use|type|do|add|have|paste|got|provide|make|enter)\b[^.?!]{0,12}\b(?:my own|one already|(?:it|one) myself|my existing|one i (?:have|wrote|made|like))\b(?: "
    + BIO
    + r")?|\bmy own (?:bio|words|version)\b|\bi already have (?:a |one|my )?"
    + BIO
    + r"?\b"
)


_REWRITE_BIO = pattern(
    r"\b(?:re-?write|redo|re-?do|re-?generate|change|edit|update|improve|tweak|fix|rework|rephrase|reword|revise|different|new|another|better|shorter|longer|alternative|don'?t like|hate|try|shorten|lengthen|make|write|draft|create|generate|give me|do)\b(?:\s+(?:me|a|an|the|my|this|that|another|again|new|different|better|shorter|longer|whole|entire|of|bit|more|version|up|out)){0,5}\s+"
    + BIO
    + r"\b(?P<rest>[^.?!]{0,60})"
)


_BIO_BAD = pattern(
    r"\b"
    + BIO
    + r" (?:is|'s|isn'?t|sounds?|looks?|reads?|feels?) (?:a bit |so |too |really |very |quite |all |not |pretty )*(?:boring|wrong|bad|rubbish|terrible|awful|long|short|dull|generic|right|great|good|me|out of date|old|crap|meh|robotic|bland)\b(?<!bio is good)(?<!bio is great)(?<!bio is right)"
)


_PHOTO = pattern(
    r"\b(?:photo|picture|pic|pics|photos|image|headshot|selfie|avatar|profile (?:pic|photo|picture|image)|dp|pfp|logo|icon)\b"
)


_PHOTO_SOCIAL = pattern(
    r"\b(?:use|take|grab|pull|get|import|copy|same|from|with|like)\b[^.?!]{0,40}\b(?:instagram|insta|ig|tik ?tok|you ?tube|yt|social|socials|profile)\b|\b(?:instagram|insta|ig|tik ?tok|you ?tube|yt|social) (?:one|photo|pic|picture|image|profile (?:pic|photo|picture|image))\b"
)


_PHOTO_INITIALS = pattern(r"\binitials?\b|\bmonogram\b|\bletters?\b(?= (?:instead|logo|avatar))")


_PHOTO_UPLOAD = pattern(
    r"\b(?:upload|uploading|send|attach|add|from my (?:phone|computer|laptop|device|camera|gallery|files)|have (?:a|one|my own)|new one|take a (?:photo|selfie|picture)|choose (?:a )?file|my own|browse|selfie|camera|take one)\b"
)


_PHOTO_VERB = pattern(
    r"\b(?:change|update|upload|set|add|new|different|another|swap|replace|use|edit|remove|send|pick|choose|want|redo|put|have)\b"
)


_CHANGE_NAME = pattern(
    r"\bactually,? (?:it'?s|call me|my name'?s?|i'?m called|i go by)\b|\bcall me\b|\b"
    + CHANGE
    + r" (?:(?:my|the) (?:\w+ )?)?name\b|\brename me\b|\bmy (?:\w+ )?name(?:'s| is| isn'?t|s)\b|\bname is (?:actually|wrong|spelled|spelt)\b|\bgot my name wrong\b|\bi go by\b|\bi prefer to be called\b|\bthat'?s not my name\b|\b(?:spelled|spelt) my name\b|\bnot my name\b|\bwrong name\b|\bdifferent name\b"
)


_CHANGE_NICHE = pattern(
    r"\b"
    + CHANGE
    + r" (?:my |the )?(?:niche|coaching (?:type|niche|area)|category|field|kind of coaching|type of coaching)\b(?:\s*(?:to|from \w+ to|into|:)\s*(?P<value>.+))?|\bmy niche (?:is|should be|isn'?t)\s+(?:actually |really |wrong|now |not \w+,? (?:it'?s|but) )*(?P<value2>.*)|\b(?:i'?m|i am) (?:actually|really) (?:an? |in )?(?P<value3>\w+(?: \w+)? (?:coach|trainer|teacher|instructor))\b|\bactually,? (?:i'?m an?|i (?:teach|coach|do)|it'?s more)\s+(?P<value4>[^.?!]+)|\b(?:switch|move|change|put) me (?:over )?(?:to|into|in|as|under)\s+(?P<value5>[^.?!]+)|\bmore of an?\s+(?P<value6>[^.?!]+)|\bchanged my mind,? i(?:'m an?| do| teach| coach)\s+(?P<value7>[^.?!]+)|\bwrong niche\b|\bdifferent niche\b"
)


_CHANGE_SPECIALTY = pattern(
    r"\b"
    + CHANGE
    + r" (?:my |the )?(?:specialty|speciality|specialism|focus|specialisation|specialization|expertise)\b(?:\s*(?:to|into|:)\s*(?P<value>.+))?|\bmy (?:specialty|speciality|specialism) (?:is|should be|isn'?t)\s*(?:actually |really |wrong|now )*(?P<value2>.*)|\b(?:i )?(?:actually )?(?:speciali[sz]e) in\s+(?P<value3>[^.?!]+)"
)


def own_bio(said: str, asked: str | None) -> Intent | None:
    if asked not in (None, "bio", "photo") and "bio" not in said.casefold():
        return None
    if (
        (own := OWN_BIO.match(said))
        and not is_question(said)
        and len(own["value"]) > 12
        and not _TONE_ALONE.match(own["value"])
        and not _JUDGED.match(own["value"])
    ):
        return Intent("own_bio", own["value"].strip().strip('"'))
    if _OWN_BIO_BARE.search(said) and (asked == "bio" or "bio" in said.casefold()) and len(said) <= 80:
        return Intent("own_bio")
    return None


def change_name(said: str, asked: str | None) -> Intent | None:
    if asked == "name" or not _CHANGE_NAME.search(said):
        return None
    found = name(said)
    clear = re.search(r"\b(?:name|rename|wrong)\b", said, re.IGNORECASE)
    return (
        Intent("change_name", found)
        if found or (clear and not is_question(said)) or (clear and "change" in said.casefold())
        else None
    )


def change_specialty(said: str, asked: str | None) -> Intent | None:
    if asked in {"specialty", "niche"} or not (match := _CHANGE_SPECIALTY.search(said)):
        return None
    value = match["value"] or match["value2"] or match["value3"]
    return Intent("change_specialty", clean_subject(value, 200) if value else None)


def change_niche(said: str, asked: str | None) -> Intent | None:
    if (
        asked == "niche"
        or (asked == "specialty" and "niche" not in said.casefold())
        or not (match := _CHANGE_NICHE.search(said))
    ):
        return None
    loose = next((match[group] for group in ("value3", "value4", "value5", "value6", "value7") if match[group]), None)
    value = match["value"] or match["value2"] or loose
    if loose and ((found := niche(loose)) is None or not found.sure):
        return None
    return Intent("change_niche", clean_subject(value, 100) if value else None)


def tone(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty"} and not re.search(
        r"\b(?:tone|make (?:it|this|that)|bio|sound)\b", said, re.IGNORECASE
    ):
        return None
    match = _TONE.search(said)
    if match is None and asked in {"bio", "tone"}:
        match = _TONE_ALONE.match(said)
    if match is None and asked in {None, "bio", "blogs", "tone"} and (plain := _TONE_PLAIN.search(said)):
        return Intent("change_tone", "calm" if plain["down"] else "casual")
    if match is None or ASKS.match(said) or _LOOKS.search(said):
        return None
    if len(said) > 120 and asked == "bio" and "tone" not in said.casefold():
        return None
    group = next(key for key in ("tone", "tone2", "tone3", "tone4") if match.groupdict().get(key))
    word = match[group].casefold()
    tone = _TONES.get(word) or _TONES.get(word.replace(" ", "-"))
    if tone is None:
        return None
    if _LESS.search(said[max(0, match.start(group) - 24) : match.start(group)]):
        tone = _OPPOSITE[tone]
    return Intent("change_tone", tone)


def photo(said: str, asked: str | None) -> Intent | None:
    pictured = bool(_PHOTO.search(said))
    if asked != "photo" and not pictured:
        return (
            Intent("photo", "initials")
            if asked is None
            and re.search(
                r"^\W*(?:(?:just|please|can you|i'd like) )?(?:use )?(?:my |the )?initials\b", said, re.IGNORECASE
            )
            else None
        )
    if asked in {"niche", "specialty", "name"} and not re.search(
        r"\bmy (?:profile )?(?:photo|picture|pic|headshot)\b", said, re.IGNORECASE
    ):
        return None
    asking = ASKS.match(said)
    if asking or len(said) > 160:
        return None
    if _PHOTO_INITIALS.search(said):
        return Intent("photo", "initials")
    if re.search(
        r"\bno (?:photo|pic|picture)\b|\bwithout a\b|\b(?:don'?t|do not) (?:really )?(?:have|want|like)\b|\bhaven'?t got\b",
        said,
        re.IGNORECASE,
    ):
        return Intent("skip") if asked == "photo" else None
    if asked == "photo" and re.match(r"\W*(?:from |use )?(?:my |the )?socials?\b", said, re.IGNORECASE):
        return Intent("photo", "social")
    if _PHOTO_SOCIAL.search(said) or (asked == "photo" and ANY_PLATFORM.search(said)):
        return Intent("photo", "social")
    if _PHOTO_UPLOAD.search(said):
        return Intent("photo", "upload")
    if pictured and _PHOTO_VERB.search(said) and not re.search(r"\bblogs?\b|\bcover\b", said, re.IGNORECASE):
        return Intent("photo")
    return None


def rewrite_bio(said: str, asked: str | None) -> Intent | None:
    manner = MANNER.search(said)
    asking = ASKS.match(said)
    if (
        not asking
        and _REWRITE_BIO.search(said)
        and (asked != "specialty" or "my bio" in said.casefold())
        and len(said) <= 160
    ):
        return Intent("rewrite_bio", manner["manner"].casefold() if manner else None)
    if asked in {"bio", None} and manner and len(said) <= 60 and not asking and (asked or IT_SHORTER.match(said)):
        return Intent("rewrite_bio", manner["manner"].casefold())
    if asked == "bio" and (again := BIO_AGAIN.match(said)):
        return Intent(
            "rewrite_bio", {"long": "shorter", "wordy": "shorter", "short": "longer"}.get(again["size"] or "")
        )
    if asked in {"bio", None} and _BIO_BAD.search(said) and len(said) <= 100:
        return Intent("rewrite_bio", manner["manner"].casefold() if manner else None)
    return None
