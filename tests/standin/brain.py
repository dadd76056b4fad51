"""What the stand-in answers: rules on the last user message, the offered tools and the tools' results. No model.

From the system message it reads the facts alone, as prompts/system.md has them (Coach, Phase, Now, the open question).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

MARK = " 🧪"
"""At the end of its texts, so that a test can tell who spoke."""
SKIPPED, GREETINGS = "skip later pass next".split(), "hi hello hey hiya morning ok okay yes no thanks help what".split()
NO_NAMES = "i i'm it's don't how can why this confused lost stuck sorry sure fine".split()
NICHES = {
    "wellness": "yoga pilates meditation mindfulness sleep nutrition breath breathwork health wellness wellbeing",
    "fitness": "fitness strength kettlebell running boxing gym crossfit weight personal hiit football fit",
    "business": "business executive career leadership sales money finance startup marketing",
    "lifestyle": "lifestyle style fashion cooking food parenting family relationship relationships travel art music",
}
TONES = {"casual": "casual relaxed chatty informal", "professional": "professional formal serious",
         "motivational": "motivational motivating energetic punchy", "calm": "calm calmer gentle soothing"}  # fmt: skip
PHASES = {"basics": "discovery", "social": "social_connect", "blog": "content_import", "post": "content_import",
          "profile": "profile_setup", "bio": "profile_setup", "photo": "profile_setup", "pric": "pricing",
          "shar": "launch"}  # fmt: skip
QUESTIONS = {"call the coach": "Who am I talking to?", "kind of coaching": "Which sort of coaching is yours?",
             "best known for": "What is your strong suit?", "month with them": "What shall it cost a month?",
             "which photo": "Which picture shall it be?", "whether the bio": "Does that bio sound like you?",
             "live session": "When would a first live session suit?"}  # fmt: skip
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
DAY = rf"(?P<day>today|tonight|tomorrow|{'|'.join(DAYS)})"
CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>am|pm)?"
POSTS = r"(?:blog posts?|blogs?|posts?|articles?|drafts?)"
SOCIAL = r"(?P<platform>instagram|insta|tiktok|youtube)"
SHARED = r"(?P<platform>instagram|tiktok|youtube|facebook|whatsapp|linkedin|x|twitter|e-?mail|link)"
WORD = r"[^\W\d_][\w'’\-]*"
NAME = rf"(?P<name>(?!(?:an?|the|not|so|very|just|here|from|in)\b){WORD}(?: (?!(?:and|but|i)\b){WORD}){{0,2}})"


@dataclass
class Reply:
    """Words, tool calls as (name, arguments), or a refusal."""

    text: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    refusal: str = ""
    finish: str = ""
    """Its finish_reason, if it is another than the calls or their absence say."""


@dataclass(frozen=True)
class Moment:
    """What a request says."""

    said: str
    facts: str
    """The system message."""
    quoted: str | None
    """What stands in quotation marks."""

    @property
    def phase(self) -> str:
        found = re.search(r"\bPhase: (\w+)", self.facts)
        return found[1] if found else ""

    def asks(self, what: str) -> bool:
        """Whether the open question is the one with these words."""
        found = re.search(r"Ask next:(.*)", self.facts)
        return found is not None and what in found[1]


def answer(body: dict[str, Any]) -> Reply:
    """The reply to a request."""
    messages = body["messages"]
    facts = "\n".join(_text(message) for message in messages if message["role"] in ("system", "developer"))
    said = next((_text(message) for message in reversed(messages) if message["role"] == "user"), "")
    shape = body.get("response_format") or {}
    if shape.get("type") == "json_schema":
        return Reply(json.dumps(_fill(shape["json_schema"]["schema"], said, facts), ensure_ascii=False))
    quoted = re.search(r"[“\"](.+?)[”\"]", said)
    moment = Moment(said, facts, quoted[1] if quoted else None)
    if messages[-1]["role"] == "tool":
        return Reply(_about(messages, moment) + MARK)
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or []}
    if calls := _wishes(moment, tools):
        return Reply(calls=[(name, json.dumps(given, ensure_ascii=False)) for name, given in calls.items()])
    return Reply(_chat(moment) + MARK)


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


# What the words ask for -----------------------------------------------------------------------------------------------

Arguments = dict[str, Any] | None


def _wishes(moment: Moment, tools: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tool calls that the words ask for; what one rule has understood, the next does not read again."""
    rest, wishes = moment.said.strip(), dict[str, dict[str, Any]]()
    if rest.startswith("["):  # the app's report of a click
        return {}
    for pattern, tool, understand in RULES:
        found = re.search(pattern, rest, re.IGNORECASE)
        if found and tool in tools and (given := understand(found, moment)) is not None:
            wishes.setdefault(tool, {}).update(given)
            rest = f"{rest[: found.start()]}, {rest[found.end() :]}"
    return {tool: complete(tools[tool].get("parameters") or {}, given) for tool, given in wishes.items()}


def _again(found: re.Match[str], moment: Moment) -> Arguments:
    return {"count": 1 if moment.quoted else 3, "replace": moment.quoted or "all"}


def _delete(found: re.Match[str], moment: Moment) -> Arguments:
    return {"post": moment.quoted or (found["about"] or found["which"] or "").strip(" .!?")}


def _session(found: re.Match[str], moment: Moment) -> Arguments:
    hour, day = int(found["hour"]), found["day"].casefold()
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].casefold() == "pm" else 0)
    elif found["minute"] is None:
        return None  # six in the morning or in the evening?
    today = _today(moment)
    ahead = 1 if day == "tomorrow" else (DAYS.index(day) - today.weekday()) % 7 or 7 if day in DAYS else 0
    when = today.replace(hour=hour % 24, minute=int(found["minute"] or 0)) + timedelta(days=ahead)
    return {"starts_at": when.isoformat(timespec="minutes")}


def _price(found: re.Match[str], moment: Moment) -> Arguments:
    low = moment.said.casefold()
    if re.search(r"\d\s*(?:-|–|to|or)\s*\D?\d|\bbetween\b", low):
        return None  # a range is to be asked about
    signs = {"GBP": "£|pound|gbp|quid", "USD": r"\$|dollar|usd", "EUR": "€|euro|eur"}
    currency = next((code for code, sign in signs.items() if re.search(sign, low)), None)
    if currency is None and not moment.asks("month with them"):
        return None
    amount = float(found["amount"].replace(",", "."))
    interval = "year" if re.search(r"year|annual", low) else "month"
    return {"amount": amount, "interval": interval} | ({"currency": currency} if currency else {})


def _tone(found: re.Match[str], moment: Moment) -> Arguments:
    tone = next(tone for tone, words in TONES.items() if found["tone"].casefold() in words.split())
    return {"tone": tone, "rewrite_bio": True}


def _platform(found: re.Match[str], moment: Moment) -> Arguments:
    said = found["platform"].casefold().replace("-", "")
    return {"platform": {"insta": "instagram", "twitter": "x"}.get(said, said)}


def _back(found: re.Match[str], moment: Moment) -> Arguments:
    return {"phase": next(PHASES[word] for word in PHASES if found["where"].casefold().startswith(word)),
            "status": "open"}  # fmt: skip


def _skip(found: re.Match[str], moment: Moment) -> Arguments:
    return {"phase": moment.phase, "status": "skipped"} if moment.phase not in ("", "complete") else None


def _niche(found: re.Match[str], moment: Moment) -> Arguments:
    words = re.findall(r"\w+", found["what"].casefold())
    niche = next((niche for word in words for niche, known in NICHES.items() if word in known.split()), None)
    return {"niche": niche, "specialty": found["what"].strip()} if niche else None


def _bare_niche(found: re.Match[str], moment: Moment) -> Arguments:
    return _niche(found, moment) if moment.asks("kind of coaching") else None


def _name(found: re.Match[str], moment: Moment) -> Arguments:
    return {"name": found["name"]}


def _new_name(found: re.Match[str], moment: Moment) -> Arguments:
    first = found["name"].split()[0].casefold()
    is_open = "Coach: not known yet" in moment.facts
    is_word = first in (*GREETINGS, *SKIPPED, *NO_NAMES) or first.endswith("ing")
    return _name(found, moment) if is_open and not is_word and "?" not in moment.said else None


def _always(**given: Any) -> Callable[[re.Match[str], Moment], Arguments]:
    return lambda found, moment: dict(given)


RULES: list[tuple[str, str, Callable[[re.Match[str], Moment], Arguments]]] = [
    (rf"\b(?:write|draft|create|do|make)\b[^.?!]{{0,20}}\b{POSTS}\b[^.?!]{{0,20}}?\b(?:about|on)\s+(?P<topic>[^.?!\n]+)",
     "generate_blog_posts", lambda found, _: {"count": 1, "custom_topic": found["topic"].strip()}),
    (rf"\b(?:regenerate|rewrite|redo)\b[^.?!]*\b{POSTS}\b|\b(?:different|other|new) (?:ones|{POSTS})|\b{POSTS} again",
     "generate_blog_posts", _again),
    (rf"\b(?:delete|remove)(?: the| my| that)? (?P<which>[^.?!]*?)\b{POSTS}\b(?: (?:called|about) (?P<about>[^.?!]+))?",
     "delete_blog_post", _delete),
    (rf"(?<!n't )(?<!not )\bpublish\b(?: (?:them|it|all|everything|my|the|{POSTS}))*", "publish_blog_posts",
     lambda found, moment: {"posts": [moment.quoted]} if moment.quoted else {}),
    (rf"\b(?:write|draft|create)\b[^.?!]{{0,20}}\b{POSTS}\b", "generate_blog_posts", _always(count=3)),
    (rf"\b{DAY}\b[^.?!\d]{{0,15}}{CLOCK}\b", "schedule_live_session", _session),
    (rf"\b{CLOCK}[^.?!\d]{{0,12}}\b{DAY}\b", "schedule_live_session", _session),
    (r"[£$€]?\s?(?<![\d.,])(?P<amount>\d{1,6}(?:[.,]\d{1,2})?)(?![\d.,]*\d)\s*(?:pounds|gbp|quid|dollars|usd|euros?)?",
     "set_subscription_price", _price),
    (rf"\b(?:more|less|sound|be|make it|keep it)\b[^.?!]*?\b(?P<tone>{'|'.join(' '.join(TONES.values()).split())})\b",
     "update_coach_profile", _tone),
    (r"\b(?:another|new|different|rewrite)\b[^.?!]{0,12}\b(?:bio|version)\b", "update_coach_profile",
     _always(rewrite_bio=True)),
    (r"\bhow am i doing\b|\bhow(?:'s| is) my store\b|\bmy (?:numbers|stats|figures)\b|\bhow many (?:visit|sub|view)",
     "get_store_analytics", _always()),
    (r"\bcompetit\w+|\bothers?\b[^.?!]{0,20}\bcharge|\b(?:going|average|usual|typical) (?:rate|price)s?\b",
     "get_niche_benchmarks", _always()),
    (rf"\b(?:connect|link|hook up)\b[^.?!]*\b{SOCIAL}\b", "connect_social_account", _platform),
    (rf"\bshare\b[^.?!]*\b{SHARED}\b", "generate_share_content", _platform),
    (r"\b(?:custom|another|different|new|change|other)\b[^.?!]{0,15}\b(?:templates?|themes?|looks?|designs?|colou?rs?)\b",
     "apply_store_template", lambda found, moment: {"template": moment.quoted} if moment.quoted else {}),
    (r"\b(?:set ?up|connect|open)\b[^.?!]*\b(?:stripe|payouts?)\b|\bget paid\b", "setup_stripe", _always()),
    (r"\b(?:best|top|most popular)\b[^.?!]*\b(?:posts?|videos?|reels?)\b", "get_social_top_posts", _always()),
    (r"\bback to (?:the |my )?(?P<where>(?:basics|social|blog|post|profile|bio|photo|pric|shar)\w*)",
     "update_scorecard", _back),
    (rf"\A(?:please )?(?:{'|'.join(SKIPPED)}|not now|no thanks|maybe later)\b|\bskip (?:this|it|that)\b",
     "update_scorecard", _skip),
    (r"\bI(?:'m| am)? (?:also )?(?:teach|coach|train|run|do|offer|into)\s+(?P<what>[^.!?\n,]{3,80})",
     "update_coach_profile", _niche),
    (r"\bI(?:'m| am) an?\s+(?P<what>[^.!?\n,]{3,60}?)\s*(?:coach|teacher|trainer|instructor)\b", "update_coach_profile",
     _niche),
    (r"\A(?P<what>[\w &,]{3,50})[.!]?\Z", "update_coach_profile", _bare_niche),
    (rf"\b(?:my name is|my name's|(?<!can )(?<!to )call me)\s+{NAME}", "update_coach_profile", _name),
    (rf"\b(?:i'm|i am|this is|it's)\s+{NAME}(?=\s*(?:[.,!]|\Z|and\b))", "update_coach_profile", _new_name),
    (rf"\A{NAME}[.!]?\Z", "update_coach_profile", _new_name),
]  # fmt: skip
"""Pattern, tool, and its arguments, or None where the words do not mean it after all. The narrow ones first."""


def _today(moment: Moment) -> datetime:
    found = re.search(r"Now: \w+ (\d{1,2} \w+ \d{4}), \d\d:\d\d", moment.facts)
    return datetime.strptime(found[1], "%d %B %Y") if found else datetime.now().replace(hour=0, minute=0)  # noqa: DTZ007,DTZ005


# What it says ---------------------------------------------------------------------------------------------------------


def _chat(moment: Moment) -> str:
    low = moment.said.casefold()
    if re.search(r"confus|annoy|stupid|don't (?:get|understand)|frustrat|too much|complicated", low):
        return (
            f"Sorry, that was too much at once. Small bites from now on, and this one may be skipped. {_next(moment)}"
        )
    if "live session" in low:
        return f"A live session is a class at a set hour that subscribers join through your store. {_next(moment)}"
    if low.strip(" !.👋") in GREETINGS:
        return f"Good to see you! {_next(moment)}"
    if low.rstrip().endswith("?"):
        return f"Fair question, and KLIQ's team knows that better than I do. {_next(moment)}"
    return f"I hear you. {_next(moment)}"


def _about(messages: list[dict[str, Any]], moment: Moment) -> str:
    """A sentence on what the last tool answered."""
    calls = {call["id"]: call["function"]["name"] for message in messages for call in message.get("tool_calls") or []}
    name, text = calls.get(messages[-1]["tool_call_id"], ""), _text(messages[-1])
    try:
        found = json.loads(text)
    except ValueError:
        found = {}
    if not isinstance(found, dict) or not found or "error" in found:
        return "That one would not go through. Once more, or shall we skip it?"
    prices = re.findall(r"[£$€]\s?[\d.,]*\d", text)
    if name == "get_niche_benchmarks" and prices:
        return f"KLIQ's benchmarks run from {prices[0]} to {prices[-1]} ({found.get('source')}). {_next(moment)}"
    if name == "delete_blog_post" and found.get("deleted") is False:
        return "One tap on the button and it goes; until then it stays."
    return f"Here is what came of it: {', '.join(_told(found))[:300]}. {_next(moment)}"


def _told(found: Any, name: str = "") -> list[str]:
    """A result's figures and words."""
    if isinstance(found, dict):
        return [each for key, value in found.items() for each in _told(value, key.replace("_", " "))]
    if isinstance(found, list):
        return [each for value in found[:3] for each in _told(value, name)]
    return [f"{name} {str(found)[:80]}"] if found is not None and name != "id" else []


def _next(moment: Moment) -> str:
    return next((question for what, question in QUESTIONS.items() if moment.asks(what)), "Where to from here?")


# Filling schemas ------------------------------------------------------------------------------------------------------


def complete(schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """All properties of a strict schema: those that are given, null where that does, else something that does."""
    return {
        name: given[name] if name in given else _empty(each, schema.get("$defs", {}))
        for name, each in schema.get("properties", {}).items()
    }


def _empty(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    options = [_resolved(option, defs) for option in schema.get("anyOf", [schema])]
    if any(option.get("type") == "null" for option in options):
        return None
    if "enum" in options[0]:
        return options[0]["enum"][0]
    return {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}.get(options[0].get("type", ""), "")


def _resolved(schema: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    return defs[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


SENTENCES = (
    "When I work on {about} I begin with one small thing that I can do on a tired day.",
    "I write down what I notice about it, because a note in the evening tells me more than a plan in the morning.",
    "If {about} feels heavy, halve it: half the time, half the effort, and the same hour of the day.",
    "I keep the rest of the week simple, so that there is room for it and no reason to put it off.",
    "You can tell that it works when you stop looking at the clock and start looking forward to the next time.",
    "Ask somebody to do it with you once; what is shared is kept, and I have seldom regretted asking.",
)


def _fill(schema: dict[str, Any], said: str, facts: str) -> Any:
    """A value of a schema, from the words of the user message: the texts between its markers, if there are any."""
    texts = {
        label: text for label, _, text in re.findall(r"<<<([\w ]+?) (\w+)>>>\n(.*?)\n<<<end of \1", said, re.DOTALL)
    }
    known = re.search(r'Specialty: "([^"]+)"', facts) or re.search(r"Niche: (\w+)", facts)
    subject = texts.get("topic") or texts.get("caption") or (known[1] if known else "")
    words = re.findall(r"[^\W\d_]{4,}", subject or said) or ["coaching"]
    about = (subject.strip().splitlines() or [" ".join(words[:6])])[0][:60].strip()
    sentences = [sentence.format(about=about) for sentence in SENTENCES]
    sections = [f"## Step {number} of three\n\n{' '.join(sentences)}" for number in (1, 2, 3)]
    address = re.search(r"https?://[^\s\"<>]+", facts)
    count = re.search(r"Exactly (\d+)", facts)
    taken = texts.get("titles", "").count("Stand-in thoughts")
    tone = re.search(r"Tone: (\w+)", facts)
    bio = f"I coach with {tone[1] if tone else 'plain'} words on {about}. Come and see."
    if earlier := texts.get("earlier_version"):
        bio += " Told anew." * (1 + earlier.count("Told anew."))
    plain = {
        "title": f"Stand-in thoughts on {about}",
        "body": "\n\n".join([sentences[0], *sections, "Try one step today, then join me here in the store."]),
        "category": "Coaching",
        "text": f"{bio} {address[0] if address else ''}".strip(),
    }

    def value(name: str, each: dict[str, Any]) -> Any:
        each = _resolved(each.get("anyOf", [each])[0], schema.get("$defs", {}))
        if "enum" in each or "const" in each:
            return each["const"] if "const" in each else each["enum"][0]
        match each.get("type"):
            case "array" if name == "tags":
                return [word.casefold() for word in dict.fromkeys(words)][:3]
            case "array":
                numbers = range(1 + taken, 1 + taken + (int(count[1]) if count else 3))
                items = [value(name, each["items"]) for _ in numbers]
                return [f"{item} {number}" if isinstance(item, str) else item
                        for item, number in zip(items, numbers, strict=True)]  # fmt: skip
            case "object":
                return {key: value(key, inner) for key, inner in each["properties"].items()}
            case "boolean":
                return False
            case "integer" | "number":
                return 1
            case _:
                return plain.get(name, about)

    return value("", schema)
