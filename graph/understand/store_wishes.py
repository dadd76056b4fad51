"""Wishes about the store: its look, live sessions, payouts, sharing, accounts, the price, how it does."""

from __future__ import annotations

import re

from graph.understand.prices import price
from graph.understand.questions import is_question
from graph.understand.text import words
from graph.understand.times import WHEN_SAID
from graph.understand.wishes import ANY_PLATFORM, ASK, ASKS, CHANGE, PLATFORM, Intent, pattern, subject

_PLATFORMS = {
    "instagram": "instagram",
    "insta": "instagram",
    "ig": "instagram",
    "gram": "instagram",
    "tiktok": "tiktok",
    "tik tok": "tiktok",
    "tt": "tiktok",
    "youtube": "youtube",
    "you tube": "youtube",
    "yt": "youtube",
    "facebook": "facebook",
    "fb": "facebook",
    "whatsapp": "whatsapp",
    "whats app": "whatsapp",
    "twitter": "twitter",
    "x": "twitter",
    "linkedin": "linkedin",
    "linked in": "linkedin",
    "email": "email",
    "pinterest": "pinterest",
    "snapchat": "snapchat",
    "threads": "threads",
    "telegram": "telegram",
    "google": "youtube",
    "messenger": "messenger",
    "newsletter": "email",
}


_SOCIALS = r"(?:socials?|social media|social accounts?|accounts?|social channels?|channels?)"


_TEMPLATE = pattern(
    r"\b(?:change|switch|update|pick|choose|use|try|apply|want|like|have|customi[sz]e|set|different|another|new|custom|other|see|show|get|make|need|prefer|edit|tweak|redo|swap|alternative|more|i'd|love|is there|are there|own)\b[^.?!]{0,40}?\b(?P<noun>templates?|theme|themes|look and feel|(?:the|this|that|my|a|another|different|new) look(?= *$|[.!?,]| please)|colou?rs?(?: scheme)?|colou?r palette|layout|fonts?|design|designs|branding|background|appearance|style of (?:my|the) (?:store|page|site)|look of (?:my|the|it))\b(?P<rest>[^.?!]{0,80})"
    r"|\bmake (?:it|my store|the store|my page|the page|my site|everything) (?:look )?(?:a (?:bit|little) )?(?:more )?(?P<look>darker|lighter|brighter|bolder|minimal|minimalist|minimalistic|colou?rful|modern|pink|purple|blue|green|black|white|red|orange|yellow|pastel|elegant|clean|cleaner|prettier|dark|light|bold|bright|nicer)\b"
    r"|\b(?:can|could) (?:it|the (?:store|page|site)) (?:be|look) (?:a (?:bit|little) )?(?:more )?(?P<be>darker|lighter|brighter|bolder|minimal|modern|pink|purple|blue|green|black|white|red|orange|colou?rful|prettier|cleaner)\b|\b(?:different|another|new) (?:look|style|vibe|feel)\b(?! (?:at|for))"
    r"|\b(?:don'?t|do not) like (?:the|this|that|my) (?P<disliked>template|theme|look|colou?rs?|design|layout)\b"
    r"|^(?:the )?(?P<bare>[a-z]+) (?:theme|template)\W*$"
)


_TEMPLATE_TO = pattern(
    r"^\s*(?:to|called|named|with|in|that'?s|:)\s+(?:be |a |an |the |something |more |use )*(?P<value>[^.?!,]{2,60})"
)


_TEMPLATE_WORDS = frozenset(
    "id a an the my different another new other custom some any theme template look of one use try apply change pick choose want like have can could you i we to please switch update set is there see show get make me for your which more need would i'd prefer edit tweak redo swap".split()
)


_LIVE_NOUN = r"(?:live\s*(?:session|class|workout|stream|event|call|q\s?(?:&|and)\s?a|workshop|webinar|lesson|chat|training|show|one)s?|livestreams?|(?:group |zoom )?(?:class|session|workshop|webinar|masterclass|livestream)(?: live)?)"


_LIVE = pattern(
    ASK
    + r"(?:schedule|book|set up|setup|plan|arrange|organi[sz]e|host|run|do|add|create|hold|have|put in|start|make|move|reschedule|go)\b(?: me)?\s+(?:in |my |a |an |the |another |one |first |next |new |quick |free |\w+ )*?"
    + _LIVE_NOUN
    + r"\b"
    r"|^(?:\W|\b(?:please|can|could|you|i|want|to|would|like|i'd|let'?s|need|and|also)\b)*(?:schedule|book)\b(?P<bare>[^.?!]{2,80})|\b(?:schedule|book|plan|arrange|reschedule)\b.{0,60}\blive\b|\blive (?:session|class|workout|stream) (?:on|at|for|tomorrow|next|this|tonight|today)\b"
)


_GO_LIVE = pattern(r"\b(?:go|going) live\b")


_CANCEL_LIVE = pattern(r"\b(?:cancel|delete|remove)\b.{0,30}\blive\b")


_STRIPE = pattern(
    ASK
    + r"(?:set up|setup|connect|link|add|sort(?: out)?|do|start|open|configure|create|enter|put in|finish|enable|turn on|update|change)\s+(?:\w+\s+){0,3}?(?:stripe|payments?|payouts?|bank(?: account| details)?|billing|paypal|payment (?:method|details|account))\b"
    r"|^(?:\W|\b(?:i|want|to|let'?s|can|we|please|do|the|my|need|would|like|i'd)\b)*(?:stripe|payments?|payouts?|payment setup|stripe setup|get paid|getting paid|take payments|accept payments|start getting paid|collect payments|receive payments|bank details)(?: please| now| first| stuff| setup| set up)?\W*$"
)


_SHARE = pattern(
    ASK
    + r"(?:share|promote|advertise|tell people about|spread the word|announce|shout about|post about)\b(?!\s+(?:more|my (?:thoughts|story|experience|experiences|knowledge|passion|expertise|journey|tips|recipes|love)|with you|your)\b)(?P<rest>[^.?!]{0,80})"
    r"|\b(?:share|sharing|promo|promotional|launch|announcement) (?:link|post|posts|text|texts|caption|captions|message|content|copy)\b(?P<rest2>[^.?!]{0,60})"
    r"|\b(?:captions?|announcement)\b.{0,20}\b(?:for|on)\b(?P<rest3>[^.?!]{0,40})"
    r"|\bpost (?:it |this |that |them |about it |one )?(?:on|to|in) (?:my )?(?:the )?(?:instagram|insta|ig|facebook|fb|linkedin|tiktok|twitter|whatsapp|youtube|socials?|social media)\b(?P<rest6>)|\btell (?:all )?my (?:followers|audience|people|clients|community|friends)\b(?P<rest7>)|\b(?:instagram|insta|facebook|linkedin|tiktok|twitter|whatsapp|email) (?:message|post|caption|story|tweet|text|status)\b(?P<rest8>)|\b(?:a|some|another|the) captions?\b(?P<rest9>)"
    r"|\b(?:give|send|get|what'?s|copy|show|have) (?:me |us )?(?:my|the) (?:store |shop |page |site )?(?:link|url|address)\b(?P<rest4>)"
    r"|\b(?:write|make|create|draft|give) (?:me )?(?:a|an|the|some|another)?\s*(?:social (?:media )?)?(?:posts? (?:to share|for)|(?:instagram|insta|tiktok|facebook|linkedin|twitter|whatsapp|youtube|social(?: media)?) (?:post|caption|story|message|tweet))\b(?P<rest5>[^.?!]{0,40})"
)


_SHARED = pattern(
    r"^(?:\W|\b(?:yes|ok|okay|done|just|already|now|there|i|i've|i have|have|ive)\b)*(?:shared(?: it| my store| the link)?|posted it|i shared it)(?: now| already| today| just now)?\W*$"
)


_CONNECT = pattern(
    ASK
    + r"(?:re-?connect|connect|link|add|hook up|hookup|sync|import from|log in(?: to)?|login(?: to| with)?|sign in(?: to| with)?|attach|integrate|pull (?:in )?from|use|try|authori[sz]e|join)\s+(?:up |with |to |my |the |from |in |via |posts from my |posts from |content from my |content from |it to |a |both |again )*"
    + PLATFORM
    + r"\b"
    r"|^(?:\W|\b(?:let'?s|do|try|go|with|my|the|i|want|use|have|mostly|mainly|only|on|am|i'm|just|prefer|please|yes|yeah|ok|okay|maybe|i'd|say|pick|choose|retry|again|use|post|am on|got|a|an)\b)*"
    + PLATFORM.replace("platform", "bare")
    + r"(?: please| account| again| first| one| instead| then| pls| thanks| is (?:fine|good|best)|\s+(?:mostly|mainly|and|or|,|&)\b.*)?\W*$"
)


_CONNECT_ANY = pattern(
    ASK
    + r"(?:re-?connect|connect|link|add|sync|hook up)\s+(?:up )?(?:my |the |all |some |our |a |all my |more )*"
    + _SOCIALS
    + r"\b"
)


_DISCONNECT = pattern(
    r"\b(?:disconnect|unlink|unconnect|de-?link|revoke|log out of|sign out of|unsync|(?:remove|delete|take off) (?:my |the )?(?=instagram|insta|ig|tik ?tok|you ?tube|yt|facebook|social (?:account|media|connection)))\b[^.?!]{0,30}?(?:"
    + PLATFORM
    + r"\b|(?P<any>"
    + _SOCIALS
    + r"|it|everything|them))|\b(?:disconnect|unlink)\W*$"
)


_ANALYTICS = pattern(
    r"\bhow(?:'?s| is| are|'?re| am)? (?:i|we|my (?:store|shop|page|business|blogs?|posts?|numbers|sales|stats|site)|things|am i|is my (?:store|shop|page|business)|are my (?:blogs|posts|sales|numbers))(?: am| are)? (?:doing|performing|getting on|going|looking|progressing)\b"
    r"|\bhow am i (?:doing|getting on|performing|looking|progressing)\b|\bhow('?s| is) (?:it|business|my store|my shop|my page) (?:doing|performing|looking)\b"
    r"|\b(?:my|the|see|show|check|view|any|get|me|some|store|open)\s+(?:me )?(?:my |the |some |latest |store |any )*(?:stats|analytics|numbers|metrics|statistics|insights|performance|dashboard|revenue|earnings|sales|visitor numbers|traffic|mrr|figures)\b|^\W*(?:stats|analytics|metrics|insights|statistics|performance|dashboard|numbers|earnings|revenue)\W*(?:please)?\W*$"
    r"|\bhow (?:many|much) (?:subscribers?|subs|visitors?|visits|views|followers|sales|members|people|sign ?ups|clicks|money)\b[^.?!]{0,20}\b(?:do i have|have i|i have|i've|so far|did i|visited|viewed|signed up|subscribed|have joined|joined|i got|i made|made|have seen|am i|i earned|earned)\b"
)


_COMPETITORS = pattern(
    r"\b(?:what|how much|how|which)\b[^.?!]{0,30}?\b(?:others?|other (?:\w+ ){0,3}(?:coaches|people|trainers|teachers|instructors|creators|businesses|pts?|experts|studios)|competitors?|(?:most|similar|comparable|successful|top|the best|everyone|everybody) ?(?:\w+ ){0,2}(?:coaches|people|trainers|teachers|instructors|creators|else)?|everyone else|people like me|coaches|yoga teachers|personal trainers|the competition|my rivals|rivals|anyone else|peers)\b[^.?!]{0,40}?\b(?:charg(?:e|ing|es)|pric(?:e|ing|es)|ask(?:ing)?|pay(?:ing)?|cost|earn(?:ing)?|mak(?:e|ing)|sell(?:ing)?|set|do for price|doing for price)\b"
    r"|\bcompetitors?'?s? ?(?:pric\w+|rates?|charges?|fees?|subscriptions?)?\b|\bcompetition\b|\b(?:going|market|average|typical|usual|normal|standard) (?:rate|price|pricing|fee|cost|charge|prices|rates)\b|\bbenchmarks?\b|\b(?:price|pricing) (?:of|for|compared|comparison|vs)\b[^.?!]{0,30}\b(?:others?|similar|coaches)\b|\bwhat(?:'?s| is| does| do) \w+(?: \w+)? charge\b|\bcompare (?:my )?(?:price|pricing)\b|\bwhat'?s everyone(?: else)? charging\b|\b(?:peloton|patreon|kajabi|mindvalley|onlyfans|trainerize|teachable|substack)\b[^.?!]{0,30}\b(?:charg|pric|cost)\w*"
)


_CHANGE_PRICE = pattern(
    r"\b(?:make (?:it|that|the price|my price|them)|"
    + CHANGE
    + r"|charge|price|pricing|thinking|raise|lower|increase|decrease|reduce|drop|bump|put|how about|what about|let'?s (?:say|do|go (?:with|for))|go (?:with|for)|i'?d (?:say|like|go)|subscription|instead|actually|cost|costs|rather|prefer|maybe|do)\b"
)


_MONEY = pattern(
    r"[£€$₹¥]\s*\d|\d\s*[£€₹]|\b\d[\d.,]*\s*(?:pounds?|quid|euros?|dollars?|bucks?|gbp|usd|eur|p(?:er)? ?(?:month|/m|mo\b)|/ ?mo(?:nth)?\b|a month|per month|pm\b)|\b(?:quid|tenner|fiver|bucks|pounds)\b|\b(?:gbp|usd|eur) ?\d"
)


_FREE = pattern(
    r"\b(?:make|keep) (?:it|the store|my store|everything|the subscription|my subscription|the price) (?:totally |completely )?free\b|\bfree of charge\b"
)


_OTHERS = pattern(
    r"\b(?:everyone|everybody|others|they|people|competitors?|other coaches|my gym|he|she|most (?:people|coaches)) (?:\w+ )?(?:charges?|charging|asks?|costs?|pays?)\b(?![^.?!]*\b(?:i'd|i'll|make|me|mine|so|let'?s)\b)"
)


_PRICE_WISH = pattern(
    r"\b(?:"
    + CHANGE
    + r"|raise|lower|increase|decrease|reduce|drop|bump)\b[^.?!]{0,20}\b(?:price|pricing|subscription|cost|rate|fee)s?\b|\b(?:too (?:expensive|cheap|high|low|pricey))\b"
)


def _platform_of(match: re.Match[str] | None, *groups: str) -> str | None:
    if match is None:
        return None
    for group in groups:
        if said := match.groupdict().get(group):
            return _PLATFORMS.get(" ".join(said.casefold().removeprefix("the ").split())) or _PLATFORMS.get(
                said.casefold().replace(" ", "")
            )
    return None


def competitors(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty", "bio", "name"} and not is_question(said):
        return None
    return Intent("competitors") if _COMPETITORS.search(said) else None


def analytics(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty", "bio"} and not is_question(said) and len(said) > 25:
        return None
    return Intent("analytics") if _ANALYTICS.search(said) else None


def disconnect(said: str, asked: str | None) -> Intent | None:
    if (match := _DISCONNECT.search(said)) and not (is_question(said) and ASKS.match(said)):
        return Intent("disconnect", _platform_of(match, "platform"))
    return None


def stripe(said: str, asked: str | None) -> Intent | None:
    asking = ASKS.match(said)
    return Intent("stripe") if not asking and _STRIPE.search(said) else None


def live(said: str, asked: str | None) -> Intent | None:
    if ASKS.match(said) or asked in {"specialty", "niche", "bio"}:
        return None
    if _CANCEL_LIVE.search(said):
        return Intent("question", "live_sessions")
    if (
        asked != "live"
        and re.match(r"\W*(?:can|could|may) i\b", said, re.IGNORECASE)
        and not WHEN_SAID.search(said.casefold())
    ):
        return None
    if match := _LIVE.search(said):
        if match["bare"] is not None and "live" not in said.casefold():
            return Intent("live_session", said) if asked != "live" and WHEN_SAID.search(said.casefold()) else None
        if re.search(
            r"\blive\b|\b(?:webinar|workshop|masterclass|livestream)\b|\bschedule\b|\bbook\b", said, re.IGNORECASE
        ):
            return (
                None
                if asked == "live" and not re.search(r"\blive\b", said, re.IGNORECASE)
                else Intent("live_session", said)
            )
    if (
        _GO_LIVE.search(said)
        and WHEN_SAID.search(said.casefold())
        and not re.search(r"\b(?:blogs?|posts?|store|drafts?)\b", said, re.IGNORECASE)
    ):
        return Intent("live_session", said)
    return None


def template(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty", "name", "bio"} and not re.search(
        r"\b(?:template|theme|colou?rs?)\b", said, re.IGNORECASE
    ):
        return None
    if re.search(r"\b(?:niche|blog|post|caption|bio|email) templates?\b", said, re.IGNORECASE) or ASKS.match(said):
        return None
    if not (match := _TEMPLATE.search(said)):
        return None
    if value := match["look"] or match["bare"] or match["be"]:
        return Intent("template", value)
    if match["rest"] and (to := _TEMPLATE_TO.match(match["rest"])):
        return Intent("template", subject(re.sub(r"\s+(?:one|theme|template|please|instead)\b.*$", "", to["value"])))
    if match["noun"]:
        before = words(said[match.start() : match.start("noun")].casefold())
        kept = [word for word in before[-3:] if word not in _TEMPLATE_WORDS]
        if "custom" in before[-3:] or "own" in before[-3:]:
            kept = ["custom"]
        return Intent("template", " ".join(kept) or None)
    return Intent("template")


def share(said: str, asked: str | None) -> Intent | None:
    platform = _platform_of(ANY_PLATFORM.search(said), "platform")
    asking = ASKS.match(said) and not re.match(r"\W*what'?s? .*\b(?:link|url|address)\b", said, re.IGNORECASE)
    if asked in {"niche", "specialty", "bio", "name"}:
        return (
            Intent("share", platform)
            if _SHARE.search(said)
            and re.search(r"\bmy (?:store|shop|page)\b|\blink\b", said, re.IGNORECASE)
            and not asking
            else None
        )
    if asked == "share" and platform and len(said) <= 60 and not asking:
        return Intent("share", platform)
    if asked == "share" and re.match(
        r"\W*(?:just |only |copy |get |give me |my |the |send |yes )*(?:link|url)(?: please| pls)?\W*$",
        said,
        re.IGNORECASE,
    ):
        return Intent("share", "link")
    if asked == "share" and re.match(r"\W*x\W*$", said, re.IGNORECASE):
        return Intent("share", "twitter")
    if asked == "share" and _SHARED.match(said):
        return Intent("share")
    return Intent("share", platform) if not asking and _SHARE.search(said) else None


def connect(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty", "share", "photo"} and not re.search(
        r"\b(?:connect|link)\b", said, re.IGNORECASE
    ):
        return None
    asking = ASKS.match(said)
    if not asking and asked == "platform" and len(said) <= 80 and (kept := _kept_platform(said)):
        return Intent("connect", kept)
    if asking or _REFUSED.search(said[: _first_platform(said)]):
        if asked == "platform" and not asking:
            return Intent("skip")
        return None
    match = _CONNECT.search(said)
    if match and match["bare"] and asked != "platform":
        match = None
    if match and (platform := _platform_of(match, "platform", "bare")):
        return Intent("connect", platform)
    if asked == "platform":
        platform = _platform_of(ANY_PLATFORM.search(said), "platform")
        if platform and len(said) <= 80:
            return Intent("connect", platform)
        if _NO_SOCIALS.search(said):
            return Intent("skip")
    if _CONNECT_ANY.search(said) or re.match(r"\W*connect(?: now| please)?\W*$", said, re.IGNORECASE):
        return Intent("connect")
    return None


_NO_SOCIALS = pattern(
    r"\b(?:don'?t|do not|haven'?t|not|no|never|none)\b[^.?!]{0,30}\b(?:social|socials|social media|any|them|these|accounts?|either|one|online)\b|^\W*none\b"
)


_REFUSED = pattern(r"\b(?:don'?t|do not|no|not|never|haven'?t|without)\b[^.?!,]{0,30}$")


def _kept_platform(said: str) -> str | None:
    """The first platform that is not refused: TikTok in "not instagram, tiktok"."""
    behind = 0
    for match in ANY_PLATFORM.finditer(said):
        before = re.split(r"\bbut\b", said[behind : match.start()], flags=re.IGNORECASE)[-1]
        if not _REFUSED.search(before):
            return _platform_of(match, "platform")
        behind = match.end()
    return None


def _first_platform(said: str) -> int:
    match = ANY_PLATFORM.search(said)
    return match.start() if match else len(said)


def change_price(said: str, asked: str | None) -> Intent | None:
    if re.match(r"\W*(?:how much|how many|what'?s|why|when|who|is|does|are|would|should|do)\b", said, re.IGNORECASE):
        return None
    wanted = bool(_CHANGE_PRICE.search(said))
    money = bool(_MONEY.search(said))
    if asked in {"niche", "specialty", "bio", "name"} and (len(said) > 60 or not wanted):
        return None
    if asked == "price" and not re.search(
        r"\b(?:make (?:it|that)|" + CHANGE + r"|raise|lower|increase|decrease|reduce|drop|bump)\b", said, re.IGNORECASE
    ):
        return None
    if _OTHERS.search(said):
        return None
    if _FREE.search(said) and not is_question(said):
        return Intent("change_price", said)
    if (wanted and not WHEN_SAID.search(said.casefold())) or money:
        found = price(said)
        if (
            found is not None
            and (money or re.search(r"\b(?:make (?:it|that)|price|pricing|charge|subscription)\b", said, re.IGNORECASE))
            and (wanted or len(said) <= 50)
        ):
            return Intent("change_price", said)
    return None


def price_goto(said: str, asked: str | None) -> Intent | None:
    if asked in {"price", "niche", "specialty", "bio", "name"} or (
        is_question(said)
        and not re.match(r"\W*(?:can|could) (?:i|we|you) (?:change|lower|raise|reduce|drop)\b", said, re.IGNORECASE)
    ):
        return None
    if re.search(r"\blater\b", said, re.IGNORECASE):
        return None
    return Intent("goto", "pricing") if _PRICE_WISH.search(said) else None
