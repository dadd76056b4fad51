"""Days and times in free text, in the coach's time zone: "tomorrow at 6pm", "next tuesday 18:30", "in two hours"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graph.understand.text import fold


@dataclass(frozen=True, slots=True)
class WhenFound:
    """A moment as said. `at` is aware, in the coach's zone, and None while something is `missing`.

    `past`: it lies before now. `ambiguous`: a guess was made (am or pm, this week's or next week's), so it should be
    confirmed. `day` is the day that was said, also where the time is missing: hand it back to `when` with the answer.
    """

    at: datetime | None
    missing: Literal["day", "time"] | None = None
    past: bool = False
    ambiguous: bool = False
    day: date | None = None


_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon mondays",
            "tuesday tues tue tuesdays",
            "wednesday weds wed wednesdays",
            "thursday thurs thur thu thursdays",
            "friday fri fridays",
            "saturday sat saturdays",
            "sunday sun sundays",
        )
    )
    for name in names.split()
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb febuary",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3, "thirty": 30, "forty": 40, "fifty": 50, "half": 0}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
} | {"thirtieth": 30}
_PARTS = {
    "morning": "am",
    "afternoon": "pm",
    "evening": "pm",
    "night": "pm",
    "tonight": "pm",
    "eve": "pm",
    "lunchtime": "pm",
    "teatime": "pm",
    "dawn": "am",
    "breakfast": "am",
    "afternoons": "pm",
    "evenings": "pm",
    "mornings": "am",
}

_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:t(?=\d)|\b)")
_SLASHED = re.compile(
    r"(?<![\d/.])(?P<day>\d{1,2})[/.](?P<month>\d{1,2})(?:[/.](?P<year>\d{4}|\d{2}))?(?![\d/]|\.\d|\s*(?:am|pm)\b)"
)
_CLOCK = re.compile(
    r"(?<![\d:.,£$€/-])(?P<hour>\d{1,2})\s?[:.h]\s?(?P<minute>\d{2})(?::\d{2})?(?!\d)\s*(?P<half>[ap]\.?\s?m\b\.?|[ap]\b)?"
)
_HALVED = re.compile(r"(?<![\d:.,£$€/-])(?P<hour>\d{1,2})\s*(?:ish\s*)?(?P<half>[ap]\.?\s?m\b\.?|[ap]\b(?!\s*\d))")
_OCLOCK = re.compile(r"(?<![\d:.,£$€/-])(?P<hour>\d{1,2})\s*(?:o'?\s?clock|oclock)\b")
_MILITARY = re.compile(
    r"(?<![\d:.,£$€/-])(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\s*(?:h|hrs|hours)\b|\bat (?P<hour2>[01]\d|2[0-3])(?P<minute2>[0-5]\d)\b(?!\s*(?:/|-|people))"
)
_PAST_TO = re.compile(
    r"\b(?P<amount>half|quarter|\d{1,2})\s*(?:minutes?\s*)?(?P<way>past|to|after|before)\s+(?P<hour>\d{1,2})\b\s*(?P<half>[ap]\.?\s?m\b)?"
)
_HALF_HOUR = re.compile(r"\bhalf\s+(?P<hour>\d{1,2})\b(?!\s*(?:hour|day|an))")
_AT = re.compile(
    r"(?:\bat|@|\baround|\babout|\bfrom|\bby|\bfor)\s*(?P<hour>\d{1,2})(?:\s?ish)?\b(?![:.]\d|\s*(?:st|nd|rd|th|days?|hours?|hrs?|minutes?|mins?|weeks?|months?|people|pounds|quid|euros?|dollars|%|/|[a-z]*\s?(?:person|people|clients|members)|a\s(?:month|week|year|class|session)|per)\b)"
)
_IN = re.compile(
    r"\b(?:in|within)\s+(?:about\s+|around\s+|like\s+|roughly\s+|exactly\s+)?(?P<amount>\d{1,5}(?:\.\d)?|(?:a\s+)?(?:couple|few)(?:\s+of)?|half|an?)\s*(?P<half>an?\s+)?(?P<unit>minutes?|mins?|hours?|hrs?|hr|h|days?|weeks?|wks?|fortnights?|months?)\b(?P<and>\s+and\s+a\s+half|\s+(?:and\s+)?(?P<minutes>\d{1,2})\s*min(?:ute)?s?\b)?(?!'s? time for)"
)
_FROM_NOW = re.compile(
    r"\b(?P<amount>\d{1,5}|(?:a\s+)?(?:couple|few)(?:\s+of)?|half|an?)\s*(?P<half>an?\s+)?(?P<unit>minutes?|mins?|hours?|hrs?|hr|h|days?|weeks?|wks?|fortnights?|months?)'?(?P<and>)(?P<minutes>)\s+(?:from now|from today|time)\b"
)
_DATED = re.compile(
    r"\b(?P<day>\d{1,2})\s*(?:st|nd|rd|th)?\s*(?:of\s+)?(?P<month>"
    + "|".join(sorted(_MONTHS, key=len, reverse=True))
    + r")\b\.?(?:,?\s+(?P<year>\d{4})\b)?"
)
_MONTH_FIRST = re.compile(
    r"\b(?P<month>"
    + "|".join(sorted(_MONTHS, key=len, reverse=True))
    + r")\b\.?\s+(?:the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?!\s*(?:[ap]\.?m|:))(?:,?\s+(?P<year>\d{4})\b)?"
)
_DAY_ONLY = re.compile(
    r"\b(?:on\s+)?(?:the\s+)(?P<day>\d{1,2})\s*(?:st|nd|rd|th)\b|\b(?P<day2>\d{1,2})\s*(?:st|nd|rd|th)\b(?!\s*(?:blog|post|one|time|step))"
)
_WEEKDAY = re.compile(
    r"\b(?P<which>next|this|this coming|coming|following|last|(?:a|\d) weeks? (?:on|from)|week on)?\s*\b(?P<weekday>"
    + "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
    + r")\b(?P<after>\s+(?:week\b(?!end)|next week|after next|next|fortnight))?"
)
_NUMBER_WORD = re.compile(
    r"\b(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\b|\b(?:"
    + "|".join(
        word
        for word in _NUMBERS
        if word not in {"a", "an", "couple", "few", "half", "zero", "twenty", "thirty", "forty", "fifty"}
    )
    + r")\b"
)
_ORDINAL_WORD = re.compile(
    r"\b(?:twenty|thirty)[ -](?:"
    + "|".join(list(_ORDINALS)[:9])
    + r")\b|\b(?:"
    + "|".join(_ORDINALS)
    + r")\b(?=\s+(?:of\b|"
    + "|".join(_MONTHS)
    + r")|\s*$|\s+at\b)|(?<=\bthe )(?:"
    + "|".join(word for word in _ORDINALS if word != "second")
    + r")\b(?!\s+(?:one|blog|post|time))"
)


def _zone(tz: str, now: datetime) -> tzinfo:
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        return now.tzinfo or UTC


def _digits(folded: str) -> str:
    def number(match: re.Match[str]) -> str:
        parts = re.split(r"[ -]", match[0])
        return str(sum(_NUMBERS[part] for part in parts))

    def ordinal(match: re.Match[str]) -> str:
        *tens, last = re.split(r"[ -]", match[0])
        return f"{sum(_NUMBERS[part] for part in tens) + _ORDINALS[last]}th"

    return _NUMBER_WORD.sub(number, _ORDINAL_WORD.sub(ordinal, folded))


def when(text: str, now: datetime, tz: str, day: date | None = None) -> WhenFound | None:
    """The moment that a text names, or None where it names neither a day nor a time.

    `now` is aware; `tz` is an IANA name (`now`'s zone stands in for one that does not exist). `day` is a day from an
    earlier message, for an answer that is only a time. A time that daylight saving skips is moved forward with it.
    """
    zone = _zone(tz, now)
    here = now.astimezone(zone)
    folded = _digits(fold(text[:600]))
    for pattern, right in _SLIPS:
        folded = pattern.sub(right, folded)
    folded = _SPAN_OF_HOURS.sub(_first_hour, folded)
    try:
        found = _when(folded, here, zone, day)
    except (OverflowError, ValueError):
        return None
    if found is not None and found.at is None and _REFUSAL.match(folded):
        return None
    if (
        found is not None
        and found.at is not None
        and (other := _ELSEWHERE.search(folded))
        and other[0].upper() not in (found.at.tzname() or "")
    ):
        return replace(found, ambiguous=True)
    return found


_DAY_WORD = (
    r"(?:tomorrow|today|tonight|(?:next |this )?(?:week|weekend|month|"
    + "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
    + r"))"
)
_SLIPS = (
    (re.compile(r"\bnot (?:on |for |until |this |next )?" + _DAY_WORD + r"\b"), " "),
    (
        re.compile(
            r"\b"
            + _DAY_WORD
            + r" (?:is|isn't|'s|doesn't|won't|does not|will not|can't)\s+(?:not )?(?:bad|no good|good|out|possible|work|suit|great|busy|full|tricky)\b"
        ),
        " ",
    ),
    (
        re.compile(
            r"\b(?:busy|away|working|not free|unavailable|off|can't do|can't make|cannot do|can't) (?:on |all )?"
            + _DAY_WORD
            + r"\b"
        ),
        " ",
    ),
    (re.compile(r"(?<=\d)\s?-?ish\b"), ""),
    (re.compile(r"\bchristmas eve\b"), "24 december"),
    (re.compile(r"\b(?:christmas|xmas)(?: day)?\b"), "25 december"),
    (re.compile(r"\bboxing day\b"), "26 december"),
    (re.compile(r"\bnew year'?s eve\b|\bnye\b"), "31 december"),
    (re.compile(r"\bnew year'?s(?: day)?\b"), "1 january"),
    (re.compile(r"\b(\d{1,2})[/.-](1[3-9]|2\d|3[01])[/.-](\d{4})\b"), r"\2/\1/\3"),
    (re.compile(r"\b(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b"), r"\1-\2-\3"),
    (re.compile(r"\b(\d{1,2})-(\d{1,2})-(\d{4})\b"), r"\1/\2/\3"),
)
"""Days that are refused are taken out; dates in other orders and days with a name are put into the forms below."""
_SPAN_OF_HOURS = re.compile(
    r"\b(?:between |from )?(\d{1,2})((?:[:.]\d{2})?)\s*(?:-|to|til|till|until|and)\s*(\d{1,2})(?:[:.]\d{2})?\s*([ap])\.?m\b"
)
_REFUSAL = re.compile(r"\W*(?:no|nope|nah|not)\b")
_ELSEWHERE = re.compile(r"\b(?:est|edt|pst|pdt|cst|cdt|mst|mdt|cet|cest|eet|ist|jst|aest|aedt|gmt|utc|bst|sgt|hkt)\b")


def _first_hour(span: re.Match[str]) -> str:
    """The first hour of "6-7pm", in the half of the day that fits: "11-1pm" begins in the morning."""
    first, last, half = int(span[1]), int(span[3]), span[4]
    if first % 12 > last % 12:
        half = "a" if half == "p" else "p"
    return f"{first}{span[2]}{half}m"


def _when(folded: str, here: datetime, zone: tzinfo, day: date | None) -> WhenFound | None:
    if soon := _IN.search(folded) or _FROM_NOW.search(folded):
        later = _later(soon, here, zone)
        if isinstance(later, datetime):
            return WhenFound(later, past=later < here, day=later.date())
        if later is not None:
            return _join(_Day(later, folded[: soon.start()] + " " + folded[soon.end() :]), here, zone)
    said = _day(folded, here)
    if said.day is None and not said.open and day is not None:
        said = _Day(day, folded)
    return _join(said, here, zone)


def _later(soon: re.Match[str], here: datetime, zone: tzinfo) -> datetime | date | None:
    said = soon["amount"]
    amount = (
        0.5
        if said == "half"
        else float(said)
        if said[0].isdigit()
        else 2
        if "couple" in said
        else 3
        if "few" in said
        else 1
    )
    unit = soon["unit"][0] if not soon["unit"].startswith(("mo", "mi")) else soon["unit"][:2]
    if soon["and"] and "half" in soon["and"]:
        amount += 0.5
    if amount > 100_000:
        return None
    if unit in ("h", "mi"):
        minutes = amount * (60 if unit == "h" else 1) + int(soon["minutes"] or 0)
        later = (here.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
        return later.replace(second=0, microsecond=0)
    days = amount * {"d": 1, "w": 7, "f": 14, "mo": 30}[unit]
    return here.date() + timedelta(days=round(days)) if 0 < days < 4_000 else None


@dataclass(frozen=True, slots=True)
class _Day:
    """A day, and the text without it."""

    day: date | None
    rest: str
    guessed: bool = False
    open: bool = False
    """Whether a span was said instead of a day: "next week"."""
    weekly: bool = False
    """Whether it is a bare weekday: the coming one, so a week later once its time has passed."""


_RELATIVE = (
    (re.compile(r"\b(?:the )?day after tomorrow\b|\bovermorrow\b"), 2),
    (re.compile(r"\b(?:a|1) week (?:from )?tomorrow\b|\btomorrow week\b"), 8),
    (re.compile(r"\b(?:a|1) week (?:from )?today\b|\btoday week\b|\bthis time next week\b"), 7),
    (re.compile(r"\btomorrow(?:'?s)?\b"), 1),
    (re.compile(r"\byesterday\b"), -1),
    (re.compile(r"\b(?:later )?today\b|\bthis (?=morning|afternoon|evening|lunchtime)|\b(?=tonight\b)"), 0),
)
_SPAN = re.compile(
    r"\b(?:next|this|the) (?:week(?:end)?|month)\b|\b(?:sometime|one day|some day|any day|whenever)\b|\bat the weekend\b"
)


def _day(folded: str, here: datetime) -> _Day:
    today = here.date()

    def without(match: re.Match[str]) -> str:
        return folded[: match.start()] + " " + folded[match.end() :]

    for pattern in (_ISO, _DATED, _MONTH_FIRST, _SLASHED):
        for match in pattern.finditer(folded):
            if pattern is _SLASHED and match["year"] is None and "." in match[0]:
                continue
            month = match["month"]
            number = _MONTHS.get(month) or (int(month) if month.isdigit() else 0)
            found = _calendar(match["year"], number, int(match["day"]), today)
            if found is None and (pattern is not _SLASHED or match["year"]) and (match["year"] or number):
                return _Day(None, without(match), open=True)
            if found:
                swappable = pattern is _SLASHED and int(match["day"]) <= 12 and int(match["day"]) != number
                return _Day(found, without(match), guessed=swappable)
    for relative, ahead in _RELATIVE:
        if said := relative.search(folded):
            return _Day(today + timedelta(days=ahead), without(said))
    dated = _DAY_ONLY.search(folded)
    weekday = next(
        (
            match
            for match in _WEEKDAY.finditer(folded)
            if match["weekday"] not in _WORDS_TOO or _LIKE_A_DAY.search(folded)
        ),
        None,
    )
    if dated and weekday:
        return _Day(
            _weekday_dated(int(dated["day"] or dated["day2"]), _WEEKDAYS[weekday["weekday"]], today), without(dated)
        )
    if weekday:
        found, guess, weekly = _weekday(weekday, folded, today)
        other = _WEEKDAY.search(folded, weekday.end())
        guess = guess or (other is not None and other["weekday"][:3] != weekday["weekday"][:3])
        return _Day(found, without(weekday), guessed=guess, weekly=weekly)
    if dated:
        for ahead in range(3):
            year, month_index = divmod(today.year * 12 + today.month - 1 + ahead, 12)
            found = _calendar(str(year), month_index + 1, int(dated["day"] or dated["day2"]), today)
            if found and found >= today:
                return _Day(found, without(dated))
    return _Day(None, folded, open=_SPAN.search(folded) is not None)


_WORDS_TOO = frozenset({"sun", "sat", "wed", "mon"})
_LIKE_A_DAY = re.compile(
    r"^\W*(?:(?:on|next|this)\s+)?(?:sun|sat|wed|mon)\b(?!\s+(?:down|on|is|in|for))|\b(?:on|next|this) (?:sun|sat|wed|mon)\b|\b(?:sun|sat|wed|mon)\b.*\d|\d.*\b(?:sun|sat|wed|mon)\b"
)


def _weekday_dated(number: int, weekday: int, today: date) -> date | None:
    """The next date with that day of the month on that weekday; None where there is none within a year."""
    for ahead in range(13):
        year, month_index = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        found = _calendar(str(year), month_index + 1, number, today)
        if found and found >= today and found.weekday() == weekday:
            return found
    return None


def _calendar(year: str | None, month: int, day: int, today: date) -> date | None:
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        found = date(today.year, month, day)
        return found if found >= today else date(today.year + 1, month, day)
    except ValueError:
        if not year and (month, day) == (2, 29):
            return next(
                (
                    date(later, 2, 29)
                    for later in range(today.year, today.year + 9)
                    if later % 4 == 0 and date(later, 3, 1) > today
                ),
                None,
            )
        return None


def _weekday(match: re.Match[str], folded: str, today: date) -> tuple[date, bool, bool]:
    """The weekday's date, whether it was a guess, and whether a bare one (the coming) was said."""
    ahead = (_WEEKDAYS[match["weekday"]] - today.weekday()) % 7
    which, after = match["which"] or "", (match["after"] or "").strip()
    if which == "last":
        return today - timedelta(days=(7 - ahead) % 7 or 7), False, False
    if "week" in which or after == "week":
        weeks = int(which[0]) if which[:1].isdigit() else 1
        return today + timedelta(days=(ahead or 7) + 7 * weeks), False, False
    if which == "next" or after in {"next", "next week"} or re.search(r"\bnext week\b", folded):
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
        found = monday + timedelta(days=_WEEKDAYS[match["weekday"]])
        return found, which == "next" and (found - today).days > 7, False
    if after == "after next":
        return today + timedelta(days=(ahead or 7) + 7), True, False
    return today + timedelta(days=ahead), False, True


def _hour(folded: str) -> tuple[int, int, str | None, bool] | None:
    """Hour, minute, "am"/"pm" as said, and whether the form is a 24-hour one."""
    for pattern in (_PAST_TO, _CLOCK, _HALVED, _OCLOCK, _MILITARY, _HALF_HOUR):
        for match in pattern.finditer(folded):
            groups = match.groupdict()
            hour = int(groups.get("hour") or groups.get("hour2") or 99)
            minute = int(groups.get("minute") or groups.get("minute2") or 0)
            half = (groups.get("half") or "")[:1]
            day_form = pattern is _MILITARY or (pattern is _CLOCK and (len(match["hour"]) == 2 and not half))
            if pattern is _PAST_TO:
                if hour > 12:
                    continue
                amount = (
                    30 if match["amount"] == "half" else 15 if match["amount"] == "quarter" else int(match["amount"])
                )
                if match["way"] in ("to", "before"):
                    hour, minute = (hour - 1) or 12, 60 - amount
                else:
                    minute = amount
            if pattern is _HALF_HOUR:
                minute = 30
            if hour > 24 or minute > 59 or minute < 0 or (half and not 1 <= hour <= 12) or (hour == 24 and minute):
                if half == "p" and 12 < hour < 24 and minute <= 59:
                    half, day_form = "", True
                else:
                    continue
            return hour % 24, minute, {"a": "am", "p": "pm"}.get(half), day_form or hour > 12 or hour == 0
    return None


def _join(said: _Day, here: datetime, zone: tzinfo) -> WhenFound | None:
    day, rest, ambiguous, open_day = said.day, said.rest, said.guessed, said.open
    part = next((half for word, half in _PARTS.items() if re.search(rf"\b{word}\b", rest)), None)
    clock: time | None = None
    guess = False
    if re.search(r"\b(?:noon|midday|12 noon|mid-day)\b", rest):
        clock = time(12)
    elif re.search(r"\bmidnight\b", rest):
        clock = time(0)
    elif found := _hour(rest):
        hour, minute, half, day_form = found
        clock, guess = _clock(hour, minute, half or part, day_form)
    elif match := _AT.search(rest):
        hour = int(match["hour"])
        if hour <= 23:
            clock, guess = _clock(hour, 0, part, hour > 12 or match["hour"].startswith("0"))
    elif day is not None and (
        match := re.search(
            r"(?<![\d:.,£$€/-])\b(?P<hour>\d{1,2})\b(?=\s*(?:$|[,.!?;)]|(?:please|pls|in the|on|sharp|til|till|until|to|then|or|uk|gmt|bst|evening|morning|afternoon|night|is|works|would|for|if|and|thanks|my time|ok)\b))",
            rest,
        )
    ):
        hour = int(match["hour"])
        if 1 <= hour <= 23:
            clock, guess = _clock(hour, 0, part, hour > 12)
    if clock is None and re.search(
        r"^\W*(?:right )?now\W*$|\bright now\b|\bstraight away\b|\bimmediately\b|\basap\b", rest
    ):
        return WhenFound(here, day=here.date())
    if clock is None:
        if day is not None:
            return WhenFound(None, "time", day < here.date(), ambiguous, day)
        if open_day:
            return WhenFound(None, "day")
        if (
            part is not None
            and re.search(r"\b(?:in the|this|every|the)?\s*(?:morning|afternoon|evening|lunchtime|tonight)\b", rest)
            and not re.search(r"\bgood (?:morning|afternoon|evening)\b", rest)
        ):
            return WhenFound(None, "time", False, False, here.date() if "tonight" in rest else None)
        return None
    if open_day:
        return WhenFound(None, "day", ambiguous=guess)
    if day is None:
        at = _local(here.date(), clock, zone)
        if at <= here:
            at = _local(here.date() + timedelta(days=1), clock, zone)
        return WhenFound(at, ambiguous=guess, day=at.date())
    midnight = clock == time(0) and re.search(r"\bmidnight\b|\b12\s*am\b", rest) is not None and "tonight" in rest
    at = _local(day + timedelta(days=1) if midnight else day, clock, zone)
    if at <= here and day == here.date() and guess and clock.hour < 12:
        at = _local(day, clock.replace(hour=clock.hour + 12), zone)
    if at <= here and said.weekly:
        at = _local(day + timedelta(days=7), clock, zone)
    return WhenFound(at, past=at < here, ambiguous=ambiguous or guess, day=at.date())


def _clock(hour: int, minute: int, half: str | None, day_form: bool) -> tuple[time, bool]:
    """The time of day, and whether its half of the day was guessed: 1 to 7 are taken for the afternoon."""
    if half == "pm":
        return time(hour + 12 if hour < 12 else hour, minute), False
    if half == "am":
        return time(0 if hour == 12 else hour, minute), False
    if day_form:
        return time(hour, minute), False
    if 1 <= hour <= 7:
        return time(hour + 12, minute), True
    return time(hour, minute), 8 <= hour <= 12


def _local(day: date, clock: time, zone: tzinfo) -> datetime:
    """The moment in the zone; one that daylight saving skips comes out as much later as the clocks jump."""
    return datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone)


WHEN_SAID = re.compile(
    r"\b(?:today|tonight|tomorrow|"
    + "|".join(word for word in _WEEKDAYS if len(word) > 3)
    + r"|next week|noon|midday|midnight|morning|afternoon|evening|\d{1,2}(?:[:.]\d{2})?\s*[ap]\.?m|\d{1,2}:\d{2}|o'?clock|\d{1,2}(?:st|nd|rd|th)|in (?:an?|\d+|two|three) (?:hours?|days?|minutes?|weeks?))\b"
)
"""A cheap look in a folded text for a day or a time: whether it is worth asking `when`."""
