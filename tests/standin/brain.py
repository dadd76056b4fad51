"""What the stand-in answers: rules on the last user message, the offered tools and the tools' results. No model."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

MARK = " 🧪"
"""At the end of its texts, so that a test can tell who spoke."""


@dataclass
class Reply:
    """Words, or tool calls as (name, arguments)."""

    text: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)


def answer(body: dict[str, Any]) -> Reply:
    """The reply to a request."""
    messages = body["messages"]
    system = "\n".join(str(message["content"]) for message in messages if message["role"] == "system")
    results: list[str] = []
    for message in reversed(messages):
        if message["role"] == "user":
            break
        if message["role"] == "tool":
            results.insert(0, str(message["content"]))
    users = [message for message in messages if message["role"] == "user"]
    said = str(users[-1]["content"]) if users else ""
    if shape := body.get("response_format"):
        return Reply(json.dumps(_fill(shape["json_schema"]["schema"], said)))
    if results:
        return Reply(_about(results, system) + MARK)
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or []}
    for name, arguments in _wishes(said, system):
        if name in tools:
            return Reply(calls=[(name, json.dumps(_complete(tools[name]["parameters"], arguments)))])
    return Reply(_chat(said, system) + MARK)


def _wishes(said: str, system: str) -> list[tuple[str, dict[str, Any]]]:
    """The tool calls that the words ask for, the likeliest first."""
    low = said.casefold()
    if said.startswith("["):
        return []
    rules: list[tuple[str, tuple[str, dict[str, Any]]]] = [
        (r"casual", ("update_coach_profile", {"tone": "casual", "rewrite_bio": True})),
        (r"how am i doing|my numbers", ("get_store_analytics", {})),
        (r"competitor|others charge", ("get_niche_benchmarks", {})),
        (r"regenerate|write .*again", ("generate_blog_posts", {"count": 3, "source": "niche", "replace": "all"})),
        (r"publish", ("publish_blog_posts", {"posts": []})),
        (r"template|another look", ("apply_store_template", {})),
        (r"connect .*instagram", ("connect_social_account", {"platform": "instagram"})),
        (r"share .*whatsapp", ("generate_share_content", {"platform": "whatsapp"})),
    ]
    found = [wish for pattern, wish in rules if re.search(pattern, low)]
    if subject := re.search(r"write a (?:blog|post)[a-z ]* about (.+?)[?.!]*$", said, re.IGNORECASE):
        found.insert(0, ("generate_blog_posts", {"count": 1, "source": "niche", "custom_topic": subject[1]}))
    if title := re.search(r"delete .*?[“\"](.+?)[”\"]", said):
        found.insert(0, ("delete_blog_post", {"post": title[1]}))
    if price := re.search(r"£\s?(\d+(?:\.\d\d)?)", said):
        found.append(("set_subscription_price", {"amount": float(price[1]), "currency": "GBP", "interval": "month"}))
    if clock := re.search(r"tomorrow at (\d{1,2})\s*(am|pm)", low):
        hour = int(clock[1]) % 12 + (12 if clock[2] == "pm" else 0)
        day = _today(system) + timedelta(days=1)
        found.append(("schedule_live_session", {"starts_at": day.replace(hour=hour).isoformat()}))
    if re.fullmatch(r"(skip|later|not now)\W*", low) and (phase := re.search(r"Phase: (\w+)", system)):
        found.append(("update_scorecard", {"phase": phase[1], "status": "skipped"}))
    if niche := _niche(low):
        found.append(("update_coach_profile", {"niche": niche[0], "specialty": niche[1]}))
    if name := _name(said, system):
        found.append(("update_coach_profile", {"name": name}))
    return found


def _niche(low: str) -> tuple[str, str] | None:
    if not re.search(r"\bi (teach|coach|train|do)\b", low):
        return None
    known = {"yoga": "wellness", "strength": "fitness", "kettlebell": "fitness", "executive": "business"}
    return next(((niche, word) for word, niche in known.items() if word in low), None)


def _name(said: str, system: str) -> str | None:
    if named := re.search(r"(?:my name is|call me|i'm|i am) (.+?)[.!]?$", said, re.IGNORECASE):
        return named[1]
    unknown = "Coach: not known yet" in system
    is_name = re.fullmatch(r"[^\W\d_][\w'’.\- ]{0,40}", said) and said.casefold() not in ("hi", "hello", "hey")
    return said if unknown and is_name and len(said.split()) <= 3 else None


def _today(system: str) -> datetime:
    found = re.search(r"Now: \w+ (\d{1,2} \w+ \d{4}), \d\d:\d\d", system)
    return datetime.strptime(found[1], "%d %B %Y") if found else datetime.now().replace(microsecond=0)  # noqa: DTZ007,DTZ005


def _about(results: list[str], system: str) -> str:
    """A sentence on what tools answered."""
    found = json.loads(results[-1])
    if "error" in found:
        return "That did not work; shall we try once more or skip it?"
    figures = re.findall(r"[£$€][\d.,]+", results[-1])
    if figures and "average" in found:
        return f"KLIQ's benchmarks run from {figures[0]} to {figures[-1]}. What would you like to charge?"
    return f"Noted ({', '.join(sorted(found))[:80]}). {_question(system)}"


def _chat(said: str, system: str) -> str:
    low = said.casefold()
    if "live session" in low:
        return f"A live session is a class at a set time that subscribers join from your store. {_question(system)}"
    if "confus" in low:
        return "Sorry about that! One small step at a time, and you can skip this one."
    return f"I hear you. {_question(system)}"


def _question(system: str) -> str:
    found = re.search(r"Phase: (\w+)", system)
    return f"What about your {found[1].replace('_', ' ')}?" if found else "What next?"


def _complete(schema: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """All properties of a strict schema: those that are given, null where that does, else the first value that does."""
    return {
        name: arguments[name] if name in arguments else _empty(each, schema.get("$defs", {}))
        for name, each in schema["properties"].items()
    }


def _empty(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if ref := schema.get("$ref"):
        return _empty(defs[ref.rsplit("/", 1)[1]], defs)
    options = schema.get("anyOf", [schema])
    if any(option.get("type") == "null" for option in options):
        return None
    if "enum" in options[0]:
        return options[0]["enum"][0]
    return {"string": "GBP", "integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}[options[0]["type"]]


def _fill(schema: dict[str, Any], said: str) -> Any:
    """A value of a schema, from the material's words."""
    words = re.findall(r"[^\W\d_]{4,}", said) or ["coaching"]
    subject = re.search(r"topic[^\n]*\n+(.+)", said)
    about = (subject[1] if subject else " ".join(words[-6:]))[:80]
    paragraph = f"I work on {about} with my clients every week, and I start small. "
    texts = {
        "title": f"What I learned about {about}"[:90],
        "body": "\n\n".join(f"## Step {n}\n\n{paragraph * 7}" for n in range(1, 5)) + "\n\nJoin me on my store.",
        "bio": f"I help people with {about}. Stand-in words, written by rules.",
        "category": "Coaching",
    }

    def value(name: str, each: dict[str, Any]) -> Any:
        if ref := each.get("$ref"):
            each = schema["$defs"][ref.rsplit("/", 1)[1]]
        each = each.get("anyOf", [each])[0]
        match each.get("type"):
            case "array" if name == "tags":
                return words[:3]
            case "array":
                return [f"{value(name.rstrip('s'), each['items'])} {number}" for number in range(1, 6)]
            case "object":
                return {key: value(key, inner) for key, inner in each["properties"].items()}
            case "string":
                return each["enum"][0] if "enum" in each else texts.get(name, f"{about} — {_address(said)}".strip(" —"))
            case "boolean":
                return False
            case _:
                return 1

    return {name: value(name, each) for name, each in schema["properties"].items()}


def _address(said: str) -> str:
    found = re.search(r"https?://[^\s\"<>]+", said)
    return found[0] if found else ""
