"""The facts of an onboarding and the arithmetic on them: pure values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from babel.numbers import format_currency, get_currency_precision


class PhaseName(StrEnum):
    """The onboarding phases in the order in which a coach meets them."""

    DISCOVERY = "discovery"
    SOCIAL_CONNECT = "social_connect"
    CONTENT_IMPORT = "content_import"
    PROFILE_SETUP = "profile_setup"
    PRICING = "pricing"
    LAUNCH = "launch"
    NEXT_STEPS = "next_steps"
    COMPLETE = "complete"


PHASE_ORDER: tuple[PhaseName, ...] = tuple(name for name in PhaseName if name is not PhaseName.COMPLETE)


class Niche(StrEnum):
    """The four niches that KLIQ knows; what a coach said otherwise is kept beside it."""

    FITNESS = "fitness"
    WELLNESS = "wellness"
    BUSINESS = "business"
    LIFESTYLE = "lifestyle"


class Platform(StrEnum):
    """The social platforms that a coach can connect."""

    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"


class ScorecardItem(StrEnum):
    """The five things that make a store ready; spec ticket 2.2 names them."""

    PROFILE_PHOTO = "profile_photo"
    SOCIALS_CONNECTED = "socials_connected"
    BLOGS_PUBLISHED = "blogs_published"
    STORE_SHARED = "store_shared"
    LIVE_SCHEDULED = "live_scheduled"


Scorecard = dict[str, bool]
"""Each ScorecardItem's value to whether it is done; always all five keys, in order."""

Tone = Literal["casual", "professional", "motivational", "calm"]
TONES: tuple[Tone, ...] = ("casual", "professional", "motivational", "calm")

BLOGS_WANTED = 3
"""How many published posts complete the content_import phase (spec ticket 1.3)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's minor unit (pence, cents), so that no cent is ever lost to a float."""

    minor: int
    currency: str = "GBP"

    def text(self, locale: str = "en_GB") -> str:
        """The amount as a coach reads it: `£12.99`, and `£15` where there are no pence."""
        precision = get_currency_precision(self.currency)
        amount = self.minor / 10**precision
        whole = precision > 0 and self.minor % 10**precision == 0
        return format_currency(
            amount, self.currency, format="¤#,##0" if whole else None, locale=locale, currency_digits=not whole
        )


@dataclass(frozen=True, slots=True)
class BlogPost:
    """A post as KLIQ lists it; the body is fetched only where it is shown."""

    id: str
    title: str
    status: Literal["draft", "published"]


@dataclass(frozen=True, slots=True)
class Store:
    """What KLIQ owns of a coach, as its GET /api/store answers."""

    url: str = ""
    revision: int = 0
    name: str | None = None
    niche: str | None = None
    photo_url: str | None = None
    bio: str | None = None
    price: Money | None = None
    price_interval: Literal["month", "year"] = "month"
    theme: str | None = None
    blogs: tuple[BlogPost, ...] = ()
    live_sessions: tuple[str, ...] = ()
    """Start times, ISO 8601 with offset, soonest first."""
    scorecard: Scorecard = field(default_factory=dict)
    live: bool = False


@dataclass(frozen=True, slots=True)
class SocialConnection:
    """A linked account; its tokens are elsewhere, encrypted."""

    platform: Platform
    username: str
    needs_reconnect: bool = False


@dataclass(slots=True)
class PhaseData:
    """What Avery remembers of the conversation itself: stored as `avery_coach_context.phase_data`."""

    skipped: list[str] = field(default_factory=list)
    """Phases that the coach skipped; they stay visible and can be taken up again."""
    declined: list[str] = field(default_factory=list)
    """Optional questions that were answered with "no thanks"."""
    asked: dict[str, int] = field(default_factory=dict)
    """How often each line was said: picks the next variant, so that Avery does not repeat herself."""
    ask: str | None = None
    """The question that stands open: `<phase>.<ask>`."""
    revisiting: str | None = None
    """A completed phase that the coach went back to."""
    completed: list[str] = field(default_factory=list)
    """Phases whose completion was announced, so that each is announced once."""
    niche_said: str | None = None
    """The coach's own word for the niche where it fits none of the four."""
    draft_bio: str | None = None
    written: dict[str, str] = field(default_factory=dict)
    """The last text that the model wrote for a place (`shared.instagram`), so that the next one differs."""
    benchmark: dict[str, int | str] | None = None
    """The niche's prices as last looked up: low, average, high (minor units), currency, source."""
    pending: dict[str, str] = field(default_factory=dict)
    """A thing that waits for a yes: {"action": …, "value": …}."""
    celebrated: bool = False
    """Whether the badge for all five scorecard items was given."""


@dataclass(slots=True)
class Coach:
    """Everything that a turn knows of a coach: Avery's own row, KLIQ's store, the linked accounts."""

    coach_id: int
    application_id: int
    preferred_name: str | None = None
    niche: str | None = None
    specialty: str | None = None
    tone: str = "casual"
    current_phase: str = PhaseName.DISCOVERY
    data: PhaseData = field(default_factory=PhaseData)
    onboarding_complete: bool = False
    tz: str = "Europe/London"
    locale: str = "en-GB"
    store: Store = field(default_factory=Store)
    social_connections: list[SocialConnection] = field(default_factory=list)

    @property
    def has_profile_photo(self) -> bool:
        return bool(self.store.photo_url)

    @property
    def has_bio(self) -> bool:
        return bool(self.store.bio)

    @property
    def blog_count(self) -> int:
        """Published posts: a draft is not yet on the store."""
        return sum(blog.status == "published" for blog in self.store.blogs)

    @property
    def subscription_price(self) -> int:
        """In minor units; 0 where there is none."""
        return self.store.price.minor if self.store.price else 0

    @property
    def store_shared(self) -> bool:
        return self.scorecard[ScorecardItem.STORE_SHARED]

    @property
    def scorecard(self) -> Scorecard:
        """All five items, in order; KLIQ keeps the marks."""
        return {item: bool(self.store.scorecard.get(item)) for item in ScorecardItem}


def progress(done: int, total: int = len(PHASE_ORDER)) -> int:
    """The progress bar's per cent for `done` phases (complete or skipped) of `total`.

    Starts at 20, as the spec's welcome does: a bar that starts at nothing tells a coach that she has done nothing.
    """
    return 20 + round(80 * done / total)
