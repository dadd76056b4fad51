"""A sample coach: every fact that a template is given, with which `python -m prompts` and the tests fill them."""

from __future__ import annotations

from typing import Any

TURN: dict[str, Any] = {
    "name": "Zoë",
    "niche": "wellness",
    "niche_said": "yoga",
    "specialty": "yoga for people who sit all day",
    "tone": "casual",
    "phase": "pricing",
    "phase_label": "Your price",
    "skipped": ["Your socials"],
    "store_url": "https://zoe.kliq.app",
    "blog_count": 3,
    "draft_count": 0,
    "price": "",
    "scorecard": {
        "profile_photo": True,
        "socials_connected": False,
        "blogs_published": True,
        "store_shared": False,
        "live_scheduled": False,
    },
    "connected": [],
    "today": "Monday 23 November 2026, 10:15",
    "tz": "Europe/London",
    "language": "en-GB",
}
"""What system.md and the phases' templates are given in a turn; each of them is given two more (see FACTS)."""

ASKS: dict[str, dict[str, list[str]]] = {
    "discovery": {
        "name": ["Skip for now"],
        "niche": [
            "Fitness & Training", "Wellness & Mindfulness", "Business & Executive", "Lifestyle & Creator",
            "Skip for now",
        ],
        "specialty": ["Skip this one"],
    },
    "social_connect": {"platform": ["Connect Instagram", "Connect TikTok", "Connect YouTube", "Skip for now"]},
    "content_import": {
        "blogs": ["Write my three posts", "Skip for now"],
        "publish": ["Publish all three", "Write different ones", "Keep as drafts"],
    },
    "profile_setup": {
        "photo": ["Upload a photo", "Use my initials", "Skip the photo"],
        "bio": ["Use this bio", "More casual", "More professional", "Another version", "I'll write my own"],
    },
    "pricing": {"price": ["£9.99 a month", "£14.99 a month", "£19.99 a month", "Decide later"]},
    "launch": {"share": ["Instagram", "WhatsApp", "Just the link", "Change the look first", "Skip for now"]},
    "next_steps": {
        "live": ["Tue 24 Nov, 18:00", "Sat 28 Nov, 10:00", "Another time", "Not now"],
        "payouts": ["Set up payouts", "Not now"],
    },
    "complete": {"": ["Your socials", "How am I doing?"]},
}  # fmt: skip
"""Each phase's questions in their order, with the buttons that stand under them."""

KNOWN: dict[str, dict[str, Any]] = {
    "name": {"name": "", "niche": "", "niche_said": "", "specialty": "", "skipped": [], "blog_count": 0},
    "niche": {"niche": "", "niche_said": "", "specialty": "", "skipped": [], "blog_count": 0},
    "specialty": {"specialty": "", "skipped": [], "blog_count": 0},
    "platform": {"skipped": [], "blog_count": 0},
    "blogs": {"blog_count": 0},
    "publish": {"blog_count": 0, "draft_count": 3},
    "share": {"price": "£12.99"},
    "live": {"price": "£12.99"},
    "payouts": {"price": "£12.99"},
}
"""What the sample coach has told by the time that a question is asked, where it differs from TURN."""

_COACH: dict[str, Any] = {
    "name": "Zoë",
    "niche": "wellness",
    "niche_word": "yoga",
    "specialty": "yoga for people who sit all day",
    "tone": "calm",
    "language": "en-GB",
}

FACTS: dict[str, dict[str, Any]] = {
    "system.md": TURN | {"instructions": "(what phases/<phase>.md says)"},
    **{
        f"phases/{phase}.md": TURN | {"phase": phase, "ask": ask, "buttons": buttons}
        for phase, asks in ASKS.items()
        for ask, buttons in [next(iter(asks.items()))]
    },
    "bio.md": _COACH,
    "share.md": _COACH | {"platform": "instagram", "store_url": "https://zoe.kliq.app"},
    "blog/write.md": _COACH | {"kind": "niche"},
    "blog/topics.md": _COACH | {"count": 3},
    "reminder.md": {},
    "material.md": {"nonce": "5f3a9c01d27be844", "texts": {"caption": "Five minutes on the mat beat none."}},
}
"""The facts of each template that code renders, by its name; the other templates are parts that these include."""
