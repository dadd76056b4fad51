"""Wishes about blog posts: write, write again, publish, delete."""

from __future__ import annotations

import re

from graph.understand.questions import is_question
from graph.understand.wishes import ASK, ASKS, BIO_AGAIN, IT_SHORTER, MANNER, Intent, pattern, subject

_BLOGS = r"(?:blog ?posts?|blogs?|posts?|articles?|drafts?|stories|pieces?)"


_DELETE = pattern(
    ASK
    + r"(?:delete|remove|get rid of|bin|trash|scrap|ditch|drop|take down|erase|lose|chuck|unpublish|discard|throw (?:away|out)|dump)\s+(?P<which>(?:the|that|this|my|all|both|every|a|one|an)?\s*[^.?!;]{0,120}?)\s*(?P<noun>\b"
    + _BLOGS
    + r")\b(?P<about>[^.?!;]{0,120})"
)


_DELETE_ORDINAL = pattern(
    ASK
    + r"(?:delete|remove|get rid of|bin|trash|scrap|ditch|take down|discard)\s+(?:the\s+)?(?P<which>first|second|third|fourth|fifth|last|latest|newest|oldest|1st|2nd|3rd|4th|middle|bottom|top|number (?:\d{1,2}|one|two|three)|#?\d{1,2}(?!\d))(?:\s+one)?\b"
)


_DELETE_TITLE = pattern(
    ASK + r"(?:delete|remove|get rid of|bin|scrap)\s+(?:the one called |the )?\"(?P<which>[^\"]{2,120})\""
)


_DELETE_IT = pattern(
    r"^(?:\W|\b(?:please|can you|could you|just|yes|ok|actually|no)\b)*(?:delete|remove|bin|trash|scrap|get rid of)\s+(?P<which>it|this|that|them|these|those|this one|that one|all|all of them|them all|one)(?: please| one)?\W*$"
)


_WRITE = pattern(
    ASK
    + r"(?:write|create|draft|generate|make|do|give|produce|compose|prepare|have|knock up|whip up)\s+(?:me |us |up |out )?(?P<count>a|an|one|another|some|two|three|the|more|my|\d|a few|a new|new|a couple(?: of)?)?\s*(?:new |short |quick |specific |first |more |little |long |custom |other |extra )*"
    + r"(?P<noun>blog ?posts?|blogs?|articles?|post(?!s? (?:to share|for (?:instagram|facebook|tiktok|social)))s?|piece|pieces|one|ones)\b(?P<rest>.*)"
)


_WRITE_ABOUT = pattern(
    ASK + r"(?:write|blog)(?:\s+(?:me|something|another|one|more|some))*\s+(?:about|on)\s+(?P<topic>.+)"
)


_ABOUT_ALONE = pattern(
    r"^(?:\W|\b(?:yes|yeah|ok|okay|maybe|please|just|go ahead and|go on then|sure|i'd like|i want|how about|what about|do|can you|let'?s have)\b)*(?:(?:one|something|them|some|three)?\s*\b(?:about|on)\s+(?P<topic>[^.?!]{2,200})|write(?: (?:them|three|3|some|it|away|all|all three|all of them))?(?: please| for me| then| now)?)\W*$"
)


_NEW_BLOG = pattern(
    r"(?:^|\bi (?:want|need|would like)|\bi'd like|\bhow about|\bwhat about)\s*(?:an?|another|one more)?\s*(?:new )?(?:blog|blog ?post|article)(?: post)?\s*(?:[:\-]|about|on|called|titled|entitled|covering)\s*(?P<topic>.+)"
)


_ABOUT = pattern(
    r"^\s*(?:that (?:is|talks?) )?(?:about|on|called|titled|entitled|covering|explaining|regarding|around|to do with|for|with the title|named|discussing|[:\-])\s+(?P<topic>.+)$|^\s*[:\-]\s*(?P<topic2>.+)$|^\s*(?P<topic3>how to .+|why .+|what .+)$"
)


_REGENERATE = pattern(
    r"\b(?:re-?generate|re-?write|redo|re-?do|re-?draft|rework|revise|re-?create|refresh|replace|improve|rephrase|reword|change|edit|tweak)\b\s*(?P<which>[^.?!;]{0,60}?)\s*\b(?:"
    + _BLOGS
    + r")\b(?P<about>[^.?!;]{0,60})"
    r"|\b(?P<more>different|new|other|better|fresh|alternative|another set of|another batch of|some more|more)\s+(?:blog )?(?:blogs|posts|articles|blog posts|drafts|ideas|topics)\b"
    r"|\b(?:don'?t|do not|didn'?t|not) (?:really |actually |much )?(?:like|love|keen on|happy with|want)\s+(?P<disliked>[^.?!;]{0,40}?)\s*\b"
    + _BLOGS
    + r"\b"
    r"|\b(?P<bad>(?:the|this|that|these|those|my) (?:\w+ )?)"
    + _BLOGS
    + r" (?:is|are|was|were|sounds?|reads?|looks?|feels?) (?:all |a bit |so |too |really |very |quite |not |pretty |kind of )*(?:rubbish|boring|bad|wrong|terrible|awful|long|short|dull|generic|great|good|right|crap|meh|poor|weak|robotic|formal|bland)\b"
    r"|\bmake (?P<made>[^.?!;]{0,30}?)\b"
    + _BLOGS
    + r"(?P<number> \d)? (?:a bit |a little |much |more )?(?:shorter|longer|better|simpler|funnier|snappier|punchier|punchy|interesting|detailed|different|concise|engaging)\b"
)


_THEY_BORE = pattern(
    r"^\W*(?:they|these|those|it)(?:'re| are|'s| is| all)? (?:all |so |too |a bit |really |very |not )*(?:boring|rubbish|bad|wrong|terrible|awful|long|short|dull|generic|crap|meh|good|great|right)\W*$(?<!re good)(?<!re great)(?<!s good)(?<!s great)"
)


_CHANGE_ONE = pattern(
    r"\b(?:change|redo|re-?write|replace|re-?do|regenerate|edit|fix) (?:the )?(?P<which>first|second|third|last|others?|rest|number \d|\d)\b(?: one)?|\b(?:the )?(?P<bad>first|second|third|last|number \d)\b(?: one)? (?:is|isn'?t) (?:wrong|bad|boring|rubbish|not (?:good|right|great))"
)


_PRAISED = pattern(
    r"\b(?:is|are|looks?|sounds?|reads?) (?:all |so |really |very |quite |pretty )*(?:great|good|right)\b"
)


_AGAIN = pattern(
    r"^(?:\W|\b(?:please|pls|can|could|you|we|i|just|ok|okay|no|nah|hmm|actually|let'?s|want|to|like|would|i'd|that'?s not it|not great|not good|meh)\b)*"
    r"(?:try (?:it |that )?(?:again|another|once more|something (?:else|different)|a different one)|re-?generate|re-?write|redo|re-?do|do (?:it|them|that|these|those) (?:again|over)|do over|again|(?:an)?other (?:one|version|try|go|set|batch|option)|(?:a )?different (?:one|ones|version|topics?)|something (?:else|different)|(?:give|show|get) me (?:another|a different|a new|different|new|some other|some more|other|something)(?: one| ones| version| options| set)?|new (?:one|ones|version|topics?)|have another go|one more (?:time|try)|have another (?:try|crack)|start (?:it|them) again|retry|rework|others?|more options)"
    r"(?:\s+(?P<which>it|this|that|them|these|those|all|all of them|the (?:first|second|third|last)(?: one)?|(?:the )?(?:first|second|third|last) one|(?:number )?\d|the (?:others?|rest)|one|ones|again|please|for me|completely|thanks|pls|from scratch|number (?:\d|one|two|three)))*\W*$"
)


_DISLIKE = pattern(
    r"^(?:\W|\b(?:no|hmm|sorry|actually|honestly|but|well)\b)*(?:i )?(?:don'?t|do not|didn'?t|hate|not (?:keen on|happy with|a fan of)|i'm not (?:keen on|happy with|a fan of))\s*(?:really |actually |much )?(?:like |love )?(?:any of )?(?P<which>it|this|that|them|these|those|the (?:first|second|third|last)(?: one)?|(?:this|that) one)\W*(?:much|at all|really|sorry)?\W*$"
)


_PUBLISH = pattern(
    ASK
    + r"(?:publish|post|release|put|push|make|take|send|get)\s+(?P<which>(?:them|it|this|that|these|those|all|both|the|my|everything|every|blogs?|posts?|drafts?|one|first|second|third|last|two|three|of|all of them|number|\d|now|and|articles?|up|live|public|out|rest|others?)(?:\s+(?:them|it|this|these|those|all|both|the|my|everything|blogs?|posts?|drafts?|one|ones|first|second|third|last|two|three|of|number|\d|now|and|articles?|up|live|public|out|rest|others?|please|for me|to my store|to the store|on my store|thanks|then|straight away|yes))*)\W*$"
)


_PUBLISH_BARE = pattern(
    r"^(?:\W|\b(?:yes|yeah|yep|ok|okay|please|pls|just|go ahead and|great|perfect|can you|could you|let'?s|i want to|looks good|love it|love them|now|and|then)\b)*publish(?: now| please| away|(?P<all> all)| away please| straight away)?(?: please)?\W*$"
)


_NUMBERS_SAID = pattern(
    r"^(?:the|that|this|my|a|an|one of|all (?:of )?(?:the|my)|your|those|these|blog|post|of|me)\b\s*|^\s+"
)


def _which(said: str, about: str = "") -> str | None:
    """Which blog is meant: "second", "2", "sleep"; None where it was not said."""
    after = re.sub(
        r"^\s*(?:posts?\b|number\b|no\.?\s|#)*\s*(?:(?:that(?:'s| is)|which is|you wrote)?\s*(?:about|on|called|titled|named|with)\s+)?",
        "",
        about,
        flags=re.IGNORECASE,
    )
    after = re.sub(
        r"^(?:please|pls|for me|again|now|you wrote|thanks|to be|so|and|but|because|in|is|are|more|a bit|it|as|live|into|with|to)\b.*$",
        "",
        after.strip(),
        flags=re.IGNORECASE,
    )
    which = re.sub(
        r"\b(?:title|name|headline|topic|intro|ending|start|end|length|tone) (?:of|on|for)\b",
        "",
        said,
        flags=re.IGNORECASE,
    ).strip()
    for _ in range(4):
        shorter = _NUMBERS_SAID.sub("", which, count=1)
        if shorter == which:
            break
        which = shorter
    which = re.sub(r"\b(?:blog|post|one|of|the|my)\b\s*$", "", which.strip(), flags=re.IGNORECASE).strip()
    if said.strip().casefold().startswith("all") or which.casefold() in {"all", "every", "everything", "both"}:
        return "all"
    if after and not which:
        return subject(after)
    if which.casefold() in {"", "it", "them", "that", "this", "new", "these", "those", "any", "some", "one"}:
        return subject(after) if after else None
    return subject(which)


def delete_blog(said: str, asked: str | None) -> Intent | None:
    if is_question(said) and ASKS.match(said):
        return None
    if asked in {"name", "niche", "specialty"} and not _DELETE.search(said):
        return None
    if match := _DELETE.search(said):
        return Intent("delete_blog", _which(match["which"], match["about"]))
    if match := _DELETE_TITLE.search(said):
        return Intent("delete_blog", subject(match["which"]))
    if asked in {None, "blogs"} and (match := _DELETE_ORDINAL.search(said)):
        return Intent("delete_blog", subject(match["which"]))
    if asked == "blogs" and (match := _DELETE_IT.match(said)):
        return Intent("delete_blog", "all" if re.match(r"all|them", match["which"], re.IGNORECASE) else None)
    return None


def regenerate(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty"}:
        return None
    asking = ASKS.match(said)
    if (
        (match := _REGENERATE.search(said))
        and not asking
        and not (match["which"] and re.search(r"\b(?:price|bio|name|photo)\b", match["which"], re.IGNORECASE))
    ):
        if match["which"] is not None and re.search(r"\bback\b|\bnew\b\s*$", match["which"], re.IGNORECASE) is None:
            return Intent("regenerate_blog", _which(match["which"], match["about"] or ""))
        if match["more"] and not re.search(r"\b(?:write|about)\b", said, re.IGNORECASE):
            return Intent("regenerate_blog")
        if match["disliked"] is not None:
            return Intent("regenerate_blog", _which(match["disliked"]))
        if match["bad"] is not None and not _PRAISED.search(said):
            return Intent("regenerate_blog", _which(match["bad"]))
        if match["made"] is not None:
            return Intent("regenerate_blog", _which(match["made"], match["number"] or ""))
    if asked == "blogs":
        if IT_SHORTER.match(said) or BIO_AGAIN.match(said) or _THEY_BORE.match(said):
            return Intent("regenerate_blog")
        if one := _CHANGE_ONE.search(said):
            return Intent("regenerate_blog", _which(one["which"] or one["bad"]))
    again = _AGAIN.match(said) or (_DISLIKE.match(said) if asked in {"blogs", "bio", "share"} else None)
    if again is None:
        return None
    which = again["which"]
    match asked:
        case "bio":
            manner = MANNER.search(said)
            return Intent("rewrite_bio", manner["manner"] if manner else None)
        case "share":
            return Intent("share")
        case "platform":
            return Intent("connect")
        case "blogs" | None:
            return Intent(
                "regenerate_blog",
                _which(which or "") if which and which.casefold() not in {"please", "again", "for me"} else None,
            )
    return None


def write_blog(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty"} and not re.search(
        r"\b(?:write|create|draft|generate) (?:me |us )?(?:a|an|another|some)\b", said, re.IGNORECASE
    ):
        return None
    if ASKS.match(said):
        return None
    if asked == "share" and "blog" not in said.casefold():
        return None
    if asked == "blogs" and (told := _ABOUT_ALONE.match(said)):
        return Intent("write_blog", subject(told["topic"]) if told["topic"] else None)
    for form in (_WRITE, _WRITE_ABOUT, _NEW_BLOG):
        if not (match := form.search(said)):
            continue
        groups = match.groupdict()
        if form is not _WRITE:
            return Intent("write_blog", subject(groups["topic"]))
        if groups["noun"].casefold() in {"one", "ones"} and (asked != "blogs" or not _ABOUT.match(groups["rest"])):
            continue
        if (
            re.search(r"\b(?:instagram|tiktok|facebook|linkedin|social|share)\b", groups["rest"], re.IGNORECASE)
            and "blog" not in groups["noun"].casefold()
        ):
            continue
        about = _ABOUT.match(groups["rest"])
        if (
            groups["count"] in ("the", "my")
            and not about
            and not re.search(r"\b(?:write|create|draft|generate)\b", match[0], re.IGNORECASE)
        ):
            continue
        value = (about["topic"] or about["topic2"] or about["topic3"]) if about else None
        if value and re.match(r"(?:me|us|my (?:store|page|site)|this|it|now|the store)\W*$", value, re.IGNORECASE):
            value = None
        return Intent("write_blog", subject(value))
    return None


def publish(said: str, asked: str | None) -> Intent | None:
    if bare := _PUBLISH_BARE.match(said):
        return Intent("publish", "all" if bare["all"] else None)
    if not (match := _PUBLISH.search(said)):
        return None
    which = match["which"].casefold()
    verb = match[0].casefold()
    if not re.search(r"\b(?:publish|post|release)\b", verb) and not re.search(r"\b(?:live|public|up|out)\b", which):
        return None
    if asked in {"name", "niche", "specialty", "photo", "share"} and "publish" not in verb:
        return None
    if (is_question(said) and ASKS.match(said)) or re.search(
        r"\b(?:don'?t|do not|not|never)\b", said[: match.end()], re.IGNORECASE
    ):
        return None
    some = re.findall(r"\b(?:first two|last two|first|second|third|last|rest|\d)\b", which)
    everything = re.search(r"\b(?:all|both|everything|three|every)\b", which)
    return Intent("publish", " and ".join(some) if some else "all" if everything else None)
