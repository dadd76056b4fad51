"""Wishes about the conversation itself: where to, what for, with whom."""

from __future__ import annotations

import re

from graph.understand.names import name
from graph.understand.niches import niche
from graph.understand.prices import price
from graph.understand.questions import is_question, topic
from graph.understand.text import sentences, words
from graph.understand.times import WHEN_SAID
from graph.understand.wishes import ASKS, Intent, pattern, phase_in

_DELETE_ACCOUNT = pattern(
    r"\b(?:delete|remove|close|deactivate|erase|cancel|get rid of|wipe)\b[^.?!]{0,25}?\b(?:account|everything about me|my data|all my data|my details|my information|my subscription|my store|membership)\b"
)


_HUMAN = pattern(
    r"\b(?:speak|talk|chat|contact|connect me|get (?:hold|in touch)|reach|put me through|get through|email|phone|call|ring|message)\b[^.?!]{0,20}\b(?:human|person|someone|somebody|real person|agent|support|customer (?:service|support)|team|manager|representative|operator|advisor|kliq)\b|\b(?:need|want|get me|is there) an? (?:actual |real |live )?(?:human|person|agent|operator|representative|manager)\b"
)


_RESTART = pattern(
    r"\b(?:start (?:all )?over|start (?:the whole thing |everything |it all |all )?(?:again )?from (?:scratch|the (?:start|beginning|top))|restart (?:everything|the (?:whole )?(?:setup|onboarding|conversation|chat|process))|reset (?:everything|my (?:setup|progress|onboarding)|the (?:chat|conversation))|begin (?:all )?over|start everything again|go back to the (?:very )?(?:start|beginning))\b"
)


_WHERE = pattern(
    r"\b(?:where (?:were|was|are|did) (?:we|i) (?:up to|at|again|get(?: up)? to|leave (?:it|off|things)|left off|stop)?|what (?:were|was) (?:we|i|you) (?:doing|talking about|asking|saying|on about|up to|meant to (?:do|be doing)|supposed to do)|what(?:'?s| was| is) (?:the|your|that) (?:last )?question|what did (?:you|we) (?:ask|say|just (?:ask|say)|do)|remind me (?:where|what)|what have (?:we|i) (?:done|got|finished|completed)|what('?s| is| else is| do (?:i|we) (?:still )?(?:have|need)) left(?: to do)?|how (?:far|much (?:is|more)|many (?:steps|questions|more))\b[^.?!]{0,20}\b(?:left|to go|along|through|remain(?:ing)?)|what step)\b|\blost track\b|\bi forgot what\b|\bi(?:'?ve| have) forgotten what\b"
)


_NEXT = pattern(
    r"\bwhat(?:'?s| is| should (?:i|we) do| do (?:i|we) do| shall we do| can (?:i|we) do| happens| comes| now| do i need to do) (?:next|now|then|after (?:this|that))\b|\b(?:let'?s|can we|shall we|please|happy to|ready to|want to) (?:continue|carry on|keep going|move on|proceed|go on|get on with it|get going|get started|start|begin|crack on|resume|pick up)\b"
)


_BACK = pattern(
    r"\bi(?:'ve| have)? ?made a (?:typo|mistake)\b|\b(?:change|edit|fix|correct) my (?:last |previous |first )?answers?\b|^(?:\W|\b(?:please|pls|can|could|may|i|we|you|let'?s|want|to|need|would|like|i'd|just|wait|no|oops|sorry|actually|hang on|hold on|take|me|us)\b)*(?:go(?:ing)? back|undo|back up|return|step back|go to the previous|revert|take (?:that|it) back)(?: (?:to|a|the|one|step|that|it|this|my|last|previous|question|answer|thing|please|again|change|steps|two|bit|first|one|page|screen|now|and|change|pls))*\W*$"
)


_CONFUSED = pattern(
    r"\b(?:this|it|that|everything|all this|the whole thing|setup|this app|this thing|the (?:setup|process|page|site)) ?(?:is|'?s|are|seems?|feels?|looks?|has got|gets?|got) (?:all |just |really |so |too |very |a bit |bit |getting |a little |quite |super |way too |far too |getting too |pretty |kind of |such |very very |really really |totally |unnecessarily |incredibly )*(?:confusing|complicated|complex|hard|difficult|frustrating|annoying|overwhelming|much|stupid|rubbish|useless|terrible|awful|a nightmare|a mess|long|long-winded|tedious|painful|unclear|a faff|faffy|ridiculous|crap|shit|horrible|boring|stressful|a waste of time|tricky|doing my head in|driving me (?:mad|crazy|nuts)|slow|broken|a pain)\b"
    r"|\b(?:i'?m|i am|im|i feel|i'?m feeling|i'?m getting|you'?ve got me|i got|i get|i'?ve got) (?:all |just |really |so |too |very |a bit |bit |getting |a little |quite |super |totally |completely |still |pretty |kind of |very |feeling |absolutely |utterly |a tad |even more |more |so so )*(?:confused|lost|stuck|frustrated|overwhelmed|annoyed|fed up|baffled|bewildered|struggling|muddled|irritated|angry|bored|stressed|losing (?:patience|the will)|clueless)\b(?! (?:in|with my (?:clients|students)|women|people|mums))"
    r"|\bi (?:really |still |just |honestly |literally )*(?:don'?t|do not|didn'?t|can'?t|cannot) (?:really |quite |actually )*(?:understand|get (?:it|this|what|how|why|any)|follow|know (?:what (?:you|this|that|to (?:do|say|put|write|type|choose|pick))|how to (?:answer|do this)|where to (?:start|click)))\b"
    r"|\b(?:makes?|making) no sense\b|\b(?:doesn'?t|don'?t|not) mak(?:e|ing) (?:any )?sense\b|\bdoing my head in\b|\bdriving me (?:mad|crazy|nuts|up the wall)\b|\bwaste of (?:my )?time\b|\bthis (?:sucks|stinks)\b|\bi hate (?:this|it|you|doing this|tech(?:nology)?|computers)\b|\b(?:want|ready|going) to give up\b|\bwhat (?:on earth|the (?:hell|heck|fuck))\b|\b(?:isn'?t|not|doesn'?t|won'?t|never) work(?:ing|s)?\b|\bgoing round in circles\b|\bover my head\b|\b(?:it|that|this)(?: just)? (?:failed|broke|crashed|didn'?t (?:work|load|open|connect|go through))\b|\bnothing happen(?:s|ed)\b|\bpop-?up (?:was |is |got )?blocked\b|\bi? ?can'?t (?:seem to )?(?:connect|log ?in|sign in|upload|get (?:in|it|this|past)|find (?:the|it|my)|do this|see (?:it|the|my))\b|\bi(?:'?m| am) not (?:very )?(?:techy|technical|good (?:with|at) (?:tech|computers|technology|this))\b|\btoo (?:complicated|confusing|difficult|hard|many (?:questions|steps|options))\b|\byou(?:'?re| are) (?:not (?:helping|listening|making sense)|annoying|useless|confusing me)\b"
)


_STOP = pattern(
    r"\b(?:i(?:'?ve| have)?(?: got)? (?:have |need |got )?to (?:go|run|leave|dash|head off|pop out|shoot|stop)\b(?! (?:live|back|to|over|through|with))|(?:i'?ll|i will|let me|i'?m going to|can i|can we|i'?d like to|we can) (?:come back|finish|do (?:the rest|this)|continue|carry on|return|pick this up) (?:this |it |to this |to it |the rest )?(?:later|tomorrow|another (?:time|day)|some other time|in a bit|tonight|next week|after (?:work|lunch|dinner))|(?:that'?s|this is) (?:enough|all) for (?:today|now)|(?:let'?s|can we|i want to|please|i need to|i'?d like to) (?:stop|pause|quit|end)\b(?! (?:doing|being|asking|the))|stop (?:messaging|talking|asking|bothering|it|now)|leave me alone|don'?t (?:message|contact|bother) me|no more (?:questions|messages|please))"
)


_GOTO = pattern(
    r"^(?:\W|\b(?:ok|okay|yes|no|so|right|now|then|well|actually|please|pls|and|but|first|hey|hi|avery|thanks|great|sure|hang on|wait|sorry)\b)*"
    r"(?:(?:can|could|shall|may|should) (?:we|i|you) |let'?s |lets |i(?:'d| would) (?:like|love|prefer|rather)(?: to)? |i (?:want|need|wanna)(?: to)? |i(?:'ll| will) |take me |bring me |show me |i'm ready (?:to|for) |ready (?:to|for) |how about |what about (?:we )?)?(?:(?:please|just|maybe|now|also|first|then|quickly) )*"
    r"(?:(?:go|get|jump|move|skip|head|come|switch|return|come|take me|bring me|carry)(?: (?:back|over|on|ahead|straight|forward|us|me))*(?: (?:to|with|onto))?|back to|do|redo|set ?up|sort(?: out)?|finish(?: off)?|work on|start(?: with| on)?|look at|continue(?: with)?|revisit|change|edit|update|fix|complete|set|tackle|try|add|crack on with|talk about|discuss|on to|onto|see|decide|choose|pick|import|write|create|build)\s+"
    r"(?P<what>(?:(?:the|my|our|a|some|those|on|with|that|this|whole|to|of|about)\s+)*[\w' ]{2,40}?)(?:\s+(?:please|now|first|next|again|instead|thing|part|bit|step|section|phase|page|stuff|question|then|pls|up|today|later|thanks|back|setup|out|done|sorted))*\W*$"
)


_TO_LAUNCH = pattern(
    r"^(?:\W|\b(?:ok|okay|yes|now|please|can|could|we|i|i'm|am|want|to|let'?s|ready|just|would|like|i'd|time|the|and|you|my|it'?s)\b)*(?:launch(?: (?:it|my store|the store|now|my shop))?|go live|publish (?:my|the) (?:store|shop|page|site)|put (?:my|the) (?:store|shop|page|site) live|make (?:my|the) (?:store|shop|page|site) live)(?: now| please| today)?\W*$"
)


_ASKED_IN = {
    "blogs": "content_import",
    "price": "pricing",
    "photo": "profile_setup",
    "live": "next_steps",
    "payouts": "next_steps",
}


_PHASE_ALONE = {
    phrase: phase
    for phase, phrases in {
        "social_connect": "socials|social|social media|my socials|social accounts",
        "content_import": "blogs|blog|the blogs|my blogs|blog posts|content|blogging",
        "profile_setup": "profile|my profile|bio|my bio|profile setup",
        "pricing": "pricing|price|prices|my price|the price|my pricing|subscription",
        "launch": "launch|the launch",
        "next_steps": "next steps",
    }.items()
    for phrase in phrases.split("|")
}


def account(said: str, asked: str | None) -> Intent | None:
    return Intent("question", "delete_account") if _DELETE_ACCOUNT.search(said) else None


def human(said: str, asked: str | None) -> Intent | None:
    if asked in {"specialty", "niche", "bio", "name"} and not (
        is_question(said) or re.search(r"\b(?:human|agent|support|real person)\b", said, re.IGNORECASE)
    ):
        return None
    return Intent("human") if _HUMAN.search(said) and len(said) <= 160 else None


_OWN_WORK = pattern(
    r"^\W*(?:(?:i|we) (?:\w+ )?(?:help|teach|coach|work with|want to help|support|guide|love helping|show|train|empower)|helping|teaching|coaching|people|women|men|clients|for people)\b"
)


def phrases(said: str, asked: str | None) -> Intent | None:
    """Wishes of more words than `wish` knows; not looked for in an answer that tells a story."""
    telling = asked in {"name", "niche", "specialty", "bio"}
    count = len(said.split())
    if telling and (count > 14 or _OWN_WORK.match(said)):
        return None
    for kind, form in (("restart", _RESTART), ("where", _WHERE), ("stop", _STOP), ("next", _NEXT), ("back", _BACK)):
        if form.search(said) and (not telling or count <= 9):
            return Intent(kind)
    if confused := _CONFUSED.search(said):
        owner = re.search(
            r"\b(?:people|clients?|women|men|mums?|moms?|who|those|students|anyone|coaches|beginners)\b",
            said[: confused.start()],
            re.IGNORECASE,
        )
        if owner is None:
            return Intent("confused")
    return None


def goto(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty"} and not re.search(r"\b(?:go|back|skip|jump|move|let'?s)\b", said, re.IGNORECASE):
        return None
    if (
        asked not in {"name", "niche", "specialty", "bio", "share", "platform"}
        and (phase := _PHASE_ALONE.get(" ".join(words(said.casefold()))))
        and phase != _ASKED_IN.get(asked or "")
    ):
        return Intent("goto", phase)
    if asked != "live" and _TO_LAUNCH.match(said):
        return Intent("goto", "launch")
    if (
        ASKS.match(said)
        or (is_question(said) and re.search(r"\blater\b|\bhave to\b|\bneed\b", said, re.IGNORECASE))
        or not (match := _GOTO.match(said))
    ):
        return None
    what = match["what"].casefold()
    if (phase := phase_in(what)) is None or len(words(what)) > 6:
        return None
    if phase == "discovery" and not re.search(r"\b(?:back|go|redo|change|edit|update)\b", said, re.IGNORECASE):
        return None
    return Intent("goto", phase)


def question(said: str, asked: str | None) -> Intent | None:
    if not is_question(said, asked):
        return None
    if asked == "price" and price(said) is not None:
        return None
    if (
        asked in {"niche", "specialty"}
        and re.match(r"\W*(?:how about|what about|maybe|is|does)\b", said, re.IGNORECASE)
        and (found := niche(said))
        and found.sure
    ):
        return None
    if (
        asked == "live"
        and WHEN_SAID.search(said.casefold())
        and re.match(
            r"\W*(?:how about|what about|can we|could we|can i|shall we|is|would|does|maybe|\w+ (?:at|\d))",
            said,
            re.IGNORECASE,
        )
    ):
        return None
    if asked == "name" and name(said) is not None:
        return None
    about = topic(said)
    if (
        about == "other"
        and asked in {"niche", "specialty", "price", "live"}
        and len(parts := sentences(said)) > 1
        and not is_question(parts[0])
    ):
        return None
    return Intent("question", about)
