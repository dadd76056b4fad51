"""One input → one move: what a coach's click or words ask for. Code only; changes nothing but what is pending."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import prompts
from avery.domain import BLOGS_WANTED, Coach, Money, PhaseName
from graph import understand
from graph.phases import BY_NAME, content_import, discovery, next_steps, pricing, profile_setup
from graph.phases.launch import share_target
from graph.phases.social_connect import platform_in
from graph.state import Call, Go, Move
from tools import Note
from tools.connect_social_account import name_of
from tools.delete_blog_post import ACTION as CONFIRM_DELETE

LONG = 600
"""Characters from which a message is first boiled down."""


def read(given: dict[str, Any], coach: Coach) -> Move:
    """The move for a turn's input, by its kind."""
    match given["kind"]:
        case "message":
            return read_text(given.get("text", ""), coach)
        case "button":
            return read_button(given["button"], coach)
        case "oauth":
            return read_oauth(given)
        case "photo":
            return Note("profile_setup", "photo_done" if given.get("ok", True) else "photo_failed")
        case "welcome_back":
            return Note("common", "welcome_back", {"phase": prompts.label(coach.current_phase)})
        case _:
            return None


# Clicks --------------------------------------------------------------------------------------------------------------


def read_button(button: dict[str, Any], coach: Coach) -> Move:
    """The move for a button as it was sent; one that is unknown or makes no sense any more is answered, not refused."""
    action, value = str(button.get("action")), str(button.get("value") or "")
    if action == CONFIRM_DELETE:
        return Call("delete_blog_post", {"post": value, "confirmation": str(button.get("signature") or "")})
    click = CLICKS.get(action)
    return (click(value, coach) if click else None) or Note("common", "unknown_button")


def _set_price(value: str, _: Coach) -> Move:
    minor, _sep, rest = value.partition(" ")
    currency, _sep, interval = rest.partition(" ")
    if not (minor.isascii() and minor.isdigit() and len(minor) < 12 and len(currency) == 3):
        return None
    return pricing.set_price(Money(int(minor), currency), interval or "month")


def _set_tone(value: str, coach: Coach) -> Move:
    return change_tone(value, coach)


def _schedule(value: str, _: Coach) -> Move:
    try:
        starts_at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return Call("schedule_live_session", {"starts_at": starts_at.isoformat()})


def _regenerate(value: str, coach: Coach) -> Move:
    return regenerate(value or None, coach)


CLICKS: dict[str, Callable[[str, Coach], Move]] = {
    "set_niche": discovery.accept_niche,
    "skip": lambda value, _: Go("skip", value if value in BY_NAME else None),
    "decline": lambda value, _: Go("decline", value),
    "back": lambda _, __: Go("back"),
    "goto": lambda value, _: Go("goto", value) if value in BY_NAME else None,
    "keep": lambda _, __: Go("keep"),
    "next": lambda _, __: Go("keep"),
    "connect": lambda value, _: Call("connect_social_account", {"platform": value}) if platform_in(value) else None,
    "reconnect": lambda value, _: (
        Call("connect_social_account", {"platform": value, "again": True}) if platform_in(value) else None
    ),
    "generate_blogs": lambda _, coach: content_import.write(coach),
    "publish_blogs": lambda value, _: Call("publish_blog_posts", {"posts": [value] if value else []}),
    "regenerate_blogs": _regenerate,
    "upload_photo": lambda _, __: Note("profile_setup", "how_to_upload"),
    "use_photo": profile_setup.use_photo,
    "use_bio": lambda _, __: Call("update_coach_profile", {"use_draft": True}),
    "tone": _set_tone,
    "another_bio": lambda _, coach: another_bio(coach),
    "own_bio": lambda _, __: Note("profile_setup", "ask_own_bio", waits=True),
    "set_price": _set_price,
    "share": lambda value, _: Call("generate_share_content", {"platform": value}) if share_target(value) else None,
    "change_look": lambda _, __: Call("apply_store_template", {}),
    "set_template": lambda value, _: Call("apply_store_template", {"template": value[:60]}) if value else None,
    "schedule_live": _schedule,
    "live_other": lambda _, __: Note("next_steps", "live_when"),
    "stripe": lambda _, __: Call("setup_stripe", {}),
    "analytics": lambda _, __: Call("get_store_analytics", {}),
    "cancel": lambda _, __: Note("common", "cancelled"),
}


# Words ---------------------------------------------------------------------------------------------------------------


def read_text(text: str, coach: Coach) -> Move:
    """The move for free text: a wish that is possible at any moment, the answer to the open question, or a fact."""
    if understand.is_empty(text):
        return Note("common", "empty")
    now = datetime.now(ZoneInfo(coach.tz))
    phase = BY_NAME.get(coach.current_phase)
    ask = phase.ask(coach) if phase else None
    wish = understand.intent(text, asked=ask.name if ask else None)
    if wish and wish.kind in URGENT and (move := WISHES[wish.kind](wish.value or "", coach)):
        return move
    brief = understand.gist(text) if len(text) > LONG else text
    if ask and (move := ask.read(brief, coach, now)):
        return move
    if wish and wish.kind in WISHES and (move := WISHES[wish.kind](wish.value or "", coach)):
        return move
    if move := _stray_fact(brief, coach):
        return move
    if len(text) > LONG:
        # The answer may stand anywhere in it.
        answers = (ask.read(part, coach, now) for part in understand.sentences(text)) if ask else ()
        return next((move for move in answers if move), Note("common", "long_message"))
    return Note("common", "not_understood")


def _stray_fact(text: str, coach: Coach) -> Move:
    """An answer to another question than the open one, where it cannot be mistaken: a price with its currency."""
    if any(sign in text.casefold() for sign in ("£", "$", "€", "quid", "pound", "dollar", "euro", "a month")):
        found = understand.price(text)
        if found is not None and found.money is not None:
            return pricing.price_move(found)
    if coach.niche is None and (niche := understand.niche(text)) and niche.sure:
        return discovery.accept_niche(niche.value.value, coach)
    if coach.current_phase == PhaseName.COMPLETE and (answer := understand.yes_no(text)) is not None:
        return Note("complete", "glad" if answer else "fine")
    return None


def change_price(value: str, _: Coach) -> Move:
    found = understand.price(value)
    return pricing.price_move(found) if found else Go("goto", PhaseName.PRICING)


def change_name(value: str, coach: Coach) -> Move:
    found = understand.name(value) or value.strip()[:100]
    return Call("update_coach_profile", {"name": found}) if found else Go("goto", PhaseName.DISCOVERY)


def change_niche(value: str, coach: Coach) -> Move:
    found = understand.niche(value)
    if found is None:
        return Go("goto", PhaseName.DISCOVERY)
    arguments = {"niche": found.value.value}
    return Call("update_coach_profile", arguments if found.sure else arguments | {"niche_said": found.said})


def change_tone(value: str, coach: Coach) -> Move:
    """Another tone; where a bio stands to be approved, or stands in the store, it is written anew at once."""
    if value not in ("casual", "professional", "motivational", "calm"):
        return None
    rewrites = coach.has_bio or coach.current_phase == PhaseName.PROFILE_SETUP
    return Call("update_coach_profile", {"tone": value, **({"rewrite_bio": True} if rewrites else {})})


def another_bio(coach: Coach) -> Move:
    if not coach.has_bio and coach.current_phase != PhaseName.PROFILE_SETUP:
        return Go("goto", PhaseName.PROFILE_SETUP)
    return Call("update_coach_profile", {"rewrite_bio": True})


def regenerate(which: str | None, coach: Coach) -> Move:
    """Write again: the named draft, or all that wait."""
    waiting = [blog for blog in coach.store.blogs if blog.status == "draft"]
    if which:
        return Call("generate_blog_posts", {"count": 1, "replace": which[:200], "source": _source(coach)})
    if len(waiting) == 1:
        return Call("generate_blog_posts", {"count": 1, "replace": waiting[0].id, "source": _source(coach)})
    return Call("generate_blog_posts", {"count": BLOGS_WANTED, "replace": "all", "source": _source(coach)})


def which_posts(said: str) -> list[str]:
    """The posts that a wish names ("second", "1 and 3", "first two"), as their tool takes them; none for all."""
    ordinals = ("first", "second", "third")
    if said in ("", "all", "rest"):
        return []
    if said == "first two":
        return list(ordinals[:2])
    return [part.strip() for part in said.replace(",", " and ").split(" and ") if part.strip()]


def _source(coach: Coach) -> str:
    return "social" if coach.social_connections else "niche"


def answer(topic: str) -> Note:
    """Avery's answer to a question: the topic's words, then the open question again."""
    return Note("answers", topic)


def question(value: str, _: Coach) -> Move:
    return answer(value if value in prompts.lines("answers") else "other")


def connect(value: str, _: Coach) -> Move:
    platform = platform_in(value)
    return Call("connect_social_account", {"platform": platform.value}) if platform else Go("goto", "social_connect")


def share(value: str, coach: Coach) -> Move:
    target = share_target(value)
    if target is None and coach.current_phase == PhaseName.LAUNCH:
        return None
    return Call("generate_share_content", {"platform": target}) if target else Go("goto", PhaseName.LAUNCH)


def schedule(value: str, coach: Coach) -> Move:
    now = datetime.now(ZoneInfo(coach.tz))
    return next_steps.read_live(value, coach, now) if value else Note("next_steps", "live_when")


def own_bio(value: str, _: Coach) -> Move:
    if value:
        return Call("update_coach_profile", {"bio": value[:2000]})
    return Note("profile_setup", "ask_own_bio", waits=True)


def show_photo(value: str, coach: Coach) -> Move:
    return profile_setup.use_photo(value, coach)


def disconnect(value: str, coach: Coach) -> Move:
    return Note("social_connect", "how_to_disconnect")


def goto(value: str, _: Coach) -> Move:
    return Go("goto", value) if value in BY_NAME else None


def carry_on(_: str, coach: Coach) -> Move:
    """ "What next?": in a revisited phase it means keep; elsewhere the open question is the answer."""
    return Go("keep") if coach.data.revisiting else Note("common", "next")


WISHES: dict[str, Callable[[str, Coach], Move]] = {
    "skip": lambda value, _: Go("skip", value if value in BY_NAME else None),
    "back": lambda _, __: Go("back"),
    "help": lambda _, __: answer("help"),
    "where": lambda _, coach: Note("common", "where", {"phase": prompts.label(coach.current_phase)}),
    "next": carry_on,
    "greeting": lambda _, __: Note("common", "greeting_reply"),
    "thanks": lambda _, __: answer("thanks"),
    "confused": lambda _, __: answer("confused"),
    "analytics": lambda _, __: Call("get_store_analytics", {}),
    "competitors": lambda _, __: Call("get_niche_benchmarks", {"asked": True}),
    "delete_blog": lambda value, _: Call("delete_blog_post", {"post": value[:300]}),
    "write_blog": lambda value, coach: (
        Call("generate_blog_posts", {"count": 1, "custom_topic": value[:200]}) if value else content_import.write(coach)
    ),
    "regenerate_blog": lambda value, coach: regenerate(value or None, coach),
    "publish": lambda value, _: Call("publish_blog_posts", {"posts": which_posts(value)}),
    "template": lambda value, _: Call("apply_store_template", {"template": value[:60]} if value else {}),
    "live_session": schedule,
    "stripe": lambda _, __: Call("setup_stripe", {}),
    "share": share,
    "connect": connect,
    "disconnect": disconnect,
    "change_name": change_name,
    "change_price": change_price,
    "change_niche": change_niche,
    "change_specialty": lambda value, _: Call("update_coach_profile", {"specialty": value[:200]}) if value else None,
    "change_tone": change_tone,
    "rewrite_bio": lambda _, coach: another_bio(coach),
    "own_bio": own_bio,
    "photo": show_photo,
    "goto": goto,
    "question": question,
    "human": lambda _, __: answer("human"),
    "restart": lambda _, __: Go("goto", PhaseName.DISCOVERY),
    "stop": lambda _, __: Note("common", "pause"),
}  # fmt: skip

URGENT = frozenset(WISHES) - {"greeting", "thanks", "stop", "publish", "share", "next", "photo", "live_session"}
"""Wishes that come before the open question; the others are first tried as its answer."""


# What happened elsewhere ---------------------------------------------------------------------------------------------


def read_oauth(given: dict[str, Any]) -> Move:
    """How connecting ended, as the server's own record says."""
    platform = str(given.get("platform", ""))
    facts = {"platform": name_of(platform), "platform_id": platform, "username": given.get("username") or ""}
    if given.get("ok"):
        return Note("social_connect", "connected", facts)
    return Note("social_connect", "failed", facts, waits=True)
