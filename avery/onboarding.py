"""A coach's progress, as everybody outside the conversation reads it: the bar, the ticks, the store's public face."""

from __future__ import annotations

from typing import Any

from avery.domain import PHASE_ORDER, Coach, PhaseName, progress


def completed(coach: Coach) -> list[str]:
    """The completed phases in their order; a skipped one is not completed."""
    return [name for name in PHASE_ORDER if name in coach.data.completed and name not in coach.data.skipped]


def progress_pct(coach: Coach) -> int:
    """Per cent for the progress bar: a skipped phase counts as done, because it no longer stands in the way."""
    if coach.current_phase == PhaseName.COMPLETE:
        return 100
    return progress(len(set(coach.data.completed) | set(coach.data.skipped)))


def public_store(coach: Coach) -> dict[str, Any]:
    """The store as its preview shows it: plain JSON, camelCase as on the wire."""
    store = coach.store
    return {
        "name": store.name or coach.preferred_name,
        "niche": store.niche or coach.niche,
        "photoUrl": store.photo_url,
        "bio": store.bio,
        "price": store.price.text(coach.locale.replace("-", "_")) if store.price else None,
        "priceInterval": store.price_interval if store.price else None,
        "theme": store.theme,
        "blogs": [{"id": blog.id, "title": blog.title, "status": blog.status} for blog in store.blogs],
        "liveSessions": list(store.live_sessions),
        "live": store.live,
    }
