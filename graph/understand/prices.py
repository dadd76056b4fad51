"""Prices in free text, in minor units: "£12.99", "fifteen quid a month", "1.299,00 €", "a tenner", "free"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Literal

from babel.numbers import get_currency_precision

from avery.domain import Money
from graph.understand.text import fold

Interval = Literal["month", "year", "week", "session"]

_TOO_MUCH = 10**13
"""Major units; beyond it a number is rubbish."""
_MOST_AMOUNTS = 12
"""A text with more is a list of numbers, not an offer."""


@dataclass(frozen=True, slots=True)
class PriceFound:
    """A price as said: `money` is None when `free`; `interval` is None when none was named."""

    money: Money | None
    free: bool = False
    interval: Interval | None = None


@dataclass(slots=True)
class _Amount:
    """A number in the text that may be a price; `index` and `end` are token positions, `end` exclusive."""

    value: Decimal
    index: int
    end: int
    currency: str | None = None
    interval: Interval | None = None
    plain: bool = True
    """Whether it stands there as a bare whole number, which may count or date something."""
    spelled: bool = False
    negated: bool = False


_SYMBOLS = {
    "£": "GBP",
    "€": "EUR",
    "$": "$",
    "us$": "USD",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "r$": "BRL",
    "₹": "INR",
    "¥": "¥",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₦": "NGN",
    "₱": "PHP",
    "₫": "VND",
    "₪": "ILS",
    "₴": "UAH",
    "₵": "GHS",
    "฿": "THB",
    "￡": "GBP",
}
_CODES = frozenset(
    "gbp eur usd aud cad nzd inr jpy cny chf sek nok dkk pln czk huf ron zar aed sar qar kwd bhd omr jod ils try rub uah brl mxn ars clp"
    " cop sgd hkd myr thb php idr vnd krw twd ngn kes ghs egp mad pkr bdt lkr".split()
)
_CURRENCY_WORDS = {
    **{code: code.upper() for code in _CODES if code not in {"try", "all", "mad", "cad", "cop"}},
    **dict.fromkeys("pound pounds quid quids sterling squid poundz gbps".split(), "GBP"),
    **dict.fromkeys("euro euros".split(), "EUR"),
    **dict.fromkeys("dollar dollars buck bucks dollarydoos".split(), "$"),
    **dict.fromkeys("rupee rupees rs".split(), "INR"),
    **dict.fromkeys("franc francs".split(), "CHF"),
    **dict.fromkeys("kr krona kronor kroner krone".split(), "kr"),
    **dict.fromkeys("zloty zlotys zł".split(), "PLN"),
    **dict.fromkeys("dirham dirhams dhs".split(), "AED"),
    "yen": "JPY",
    "yuan": "CNY",
    "rmb": "CNY",
    "rand": "ZAR",
    "naira": "NGN",
    "shekels": "ILS",
    "lira": "TRY",
    "reais": "BRL",
    "pesos": "MXN",
}
_MINOR_WORDS = {
    "p": "GBP",
    "pence": "GBP",
    "penny": "GBP",
    "pennies": "GBP",
    "cent": "c",
    "cents": "c",
    "c": "c",
    "ct": "c",
}
_DOLLARS = frozenset("USD AUD CAD NZD SGD HKD".split())
_UNITS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_UNITS |= {"fourty": 40, "fivteen": 15, "forteen": 14, "oh": 0, "twelwe": 12, "ninteen": 19, "fiften": 15}
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)) | {
    "fourty": 40,
    "ninty": 90,
    "twenny": 20,
}
_UNITS.pop("fourty")
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "million": 10**6,
    "mil": 10**6,
    "billion": 10**9,
    "k": 1_000,
    "hundreds": 100,
    "thousands": 1_000,
}
_SLANG = {"tenner": 10, "fiver": 5, "fivers": 5, "tenners": 10, "pony": 25, "monkey": 500}
_ONE = frozenset("pound quid dollar buck euro".split())
_INTERVALS: dict[str, Interval] = {
    **dict.fromkeys("month monthly mo mth months mnth pm pcm mon".split(), "month"),
    **dict.fromkeys("year yearly yr annually annual annum pa years".split(), "year"),
    **dict.fromkeys("week weekly wk pw weeks".split(), "week"),
    **dict.fromkeys(
        "session sessions class classes lesson lessons hour hr hourly pop workshop visit".split(), "session"
    ),
}
_EACH = frozenset({"a", "per", "each", "every", "/", "an", "the", "by", "p", "one", "any"})

_TOKEN = re.compile(
    r"(?:us|au|ca|nz|hk|[acsr])?[$£€₹¥₩₽₺₦₱₫₪₴₵฿]"
    r"|\d[\d.,']*(?<=\d)(?:(?: \d{3})+(?![\d.]\d)(?:[.,]\d{1,2}(?!\d))?)?"
    r"|[^\W\d_]+(?:'[^\W\d_]+)*|[^\s]"
)
_COUNTED = frozenset(
    "blog blogs post posts article articles coach coaches client clients people person persons member members subscriber subscribers sub subs follower followers"
    " day days hours hrs min mins minute minutes second seconds am o'clock oclock percent pct % times time x kg kgs lb lbs km miles mile reps sets st nd rd th things thing"
    " question questions photos photo pictures videos video kids children dogs cats step steps stars star points years yrs months weeks options option sessions classes lessons accounts platforms women men mums moms students ideas courses programmes programs weeks' free-trial minutes' stone calories kcal"
    " °".split()
)
_NUMBERING = frozenset(
    "blog post number no # option step version v phase age aged since year in of top level day week page size ios season episode question chapter part nr room covid type article photo january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_EARNING = frozenset("earn earning earned spend spent invested save saved owe owed".split())
_BOUNDING = frozenset(
    {
        "under",
        "over",
        "below",
        "above",
        "least",
        "most",
        "max",
        "maximum",
        "minimum",
        "min",
        "beyond",
        "exceeding",
        "upto",
    }
)
_OFFERING = frozenset(
    "price priced prices charge charging cost costs thinking think thought say reckon going make set maybe probably let's lets i'd id perhaps sell selling start starting subscription monthly month"
    " change raise lower increase drop bump reduce asking guess suppose prefer suggest fee actually yes ok okay sure".split()
)
_WEAKLY = frozenset(
    "put for at it want would like how what keep try pay fair up down just ask tier worth it's its do go around about roughly approx approximately ~ something i a per please pls and or to then if so"
    " ish thanks thank that is sounds good lol seems might with xx x too each tbh feels works plus not great perfect hmm hm um uh oh well er erm ah no we could should can you by from the my mine now i'll of mate me okay fine cheers avery let us between either somewhere instead rather than below".split()
)
_LAST_WORD = frozenset(
    {
        "now",
        "reduced",
        "down",
        "actually",
        "make",
        "sorry",
        "wait",
        "rather",
        "instead",
        "no",
        "correction",
        "meant",
        "mean",
        "to",
        "but",
        "i'd",
        "i'll",
        "mine",
        "me",
        "hmm",
    }
)
_GENUINE = re.compile(
    r"^\W*(?:(?:so|but|and|ok|okay|well|hmm|um)\W+)?(?:is|isn't|isnt|would|wouldn't|does|do (?:you|people|they|i)|did|are|why|who|when|should|will|shouldn't|what (?:if|does|do|is|would happen)|what's the|how (?:much|many|do|does|is|would|will|long|come)|which|am i|has|have)\b"
)
_FREE_REST = frozenset(
    "free nothing zero gratis nada nowt nought complimentary i i'd i'll id ill want would like to it it's its make be for of charge no cost costs price set give away all"
    " please just totally completely entirely absolutely at the start now first let's lets keep everything should will think thinking was maybe probably on house the my store subscription is charge charging not don't dont money people them they're can as a and yes"
    " membership content go with say ask anything do going am i'm im gonna offer offering £ 0 thanks pls lol ok okay so um well hmm prefer rather actually want wanted mine month year per monthly yearly".split()
)
_FREE_CORE = re.compile(
    r"\b(?:free|gratis|complimentary|zero|on the house|no (?:charge|cost|fee|price)|nowt|nada|(?:don't|do not|not|won't|wouldn't) (?:want to |going to |gonna |wanna )?charge|not charging|without charge)\b"
    r"|^(?:(?:charge|for|it's|i'd charge|i charge|i'll charge|absolutely|i would charge) )?nothing(?: please| thanks| at all)?$|\bcharge (?:them |people )?nothing\b"
)
_NOT_FREE = re.compile(
    r"\bfeel free|\bnot (?:\w+ )?free\b|\bisn't free|\bnot be free|\b(?:sugar|gluten|dairy|pain|stress|meat|nut|debt|hands|drug|guilt)[ -]free|\bfree (?:time|trial|trials|spirit|on|to|at|tomorrow|today|tonight|this|next|world|when|after|before|later|content|session|call|consultation|taster|style|range|will|up|lance|from|if|until)"
    r"|\b(?:am|i'm|are you|you|when|if i'm) free\b(?! of)|\bnot (?:for )?nothing|never free|(?:n't|not|cannot|never|shouldnt|wont|cant) be free|\bset me free|\bzero (?:idea|clue|waste|carbon|stress|to)|\bfree\w"
)


_SLIPS = (
    (re.compile(r"\bp\.\s?m\b\.?"), "pm"),
    (re.compile(r"([$£€]\s?\d{1,5})\s?[:;]\s?(\d\d)\b(?![\d:])"), r"\1.\2"),
    (re.compile(r"([$£€]\s?\d{1,5})(?: \.\s?|\. )(\d\d)\b(?!\d)"), r"\1.\2"),
    (re.compile(r"(^|[\s$£€])\.(\d\d?)\b(?![.\d])"), r"\g<1>0.\2"),
    (re.compile(r"\b(rs|kr|fr)\. ?(?=\d)"), r"\1 "),
    (re.compile(r"(\d)\s?(?:and a half|1/2)\b"), r"\1.50"),
)
"""Forms that are put right before the text is cut into tokens."""


def _digits_plain(text: str) -> str:
    folded = fold(text).replace("٫", ".").replace("٬", ",").replace("،", ",")
    for pattern, right in _SLIPS:
        folded = pattern.sub(right, folded)
    return folded


def price(text: str, currency: str = "GBP") -> PriceFound | None:
    """The price that a coach offers, or None where there is none or more than one.

    `currency` (ISO 4217) is what a bare number means, and which dollar "$" is.
    """
    folded = _digits_plain(text)
    amounts, tokens = _amounts(folded, currency)
    genuine = "?" in folded and bool(_GENUINE.match(folded))
    if not amounts:
        return PriceFound(None, free=True) if not genuine and _is_free(folded, tokens) else None
    if genuine or _range(amounts, tokens) is not None:
        return None
    chosen = _choose(amounts, tokens)
    if chosen is None:
        return None
    if chosen.value == 0:
        return PriceFound(None, free=True, interval=chosen.interval)
    money = _money(chosen, currency)
    return PriceFound(money, interval=chosen.interval) if money.minor else None


def price_range(text: str, currency: str = "GBP") -> tuple[Money, Money] | None:
    """The two amounts, lower first, where a coach names a span: "between 10 and 15", "£10-£15", "10 or 15"."""
    amounts, tokens = _amounts(_digits_plain(text), currency)
    found = _range(amounts, tokens)
    if found is None:
        return None
    low, high = found
    unit = low.currency or high.currency
    low.currency = low.currency or unit
    high.currency = high.currency or unit
    one, other = _money(low, currency), _money(high, currency)
    return (one, other) if one.minor <= other.minor else (other, one)


def _money(amount: _Amount, currency: str) -> Money:
    code = amount.currency or currency
    return Money(int((amount.value * 10 ** _precision(code)).to_integral_value()), code)


@cache
def _precision(code: str) -> int:
    return get_currency_precision(code)


def _currency(sign: str, default: str) -> str:
    if sign == "$":
        return default if default in _DOLLARS else "USD"
    if sign == "¥":
        return default if default in {"CNY", "JPY"} else "JPY"
    if sign == "kr":
        return default if default in {"SEK", "NOK", "DKK"} else "SEK"
    if sign == "c":
        return default if default in _DOLLARS or default in {"EUR", "ZAR"} else "USD"
    return sign


def _number(written: str, *, three_decimals: bool) -> Decimal | None:
    """The value of digits with separators: "1.299,00", "1,299", "12,99", "1 299"; None where they make no number."""
    written = written.replace(" ", "").replace("'", "")
    if len(written) > 20:
        return None
    marks = [character for character in written if character in ".,"]
    if len(set(marks)) == 2:
        decimal = marks[-1]
        whole, _, part = written.rpartition(decimal)
        if decimal in whole or len(part) > 3 or not _grouped(whole, "," if decimal == "." else "."):
            return None
        return Decimal(re.sub(r"[.,]", "", whole) + "." + part)
    if not marks:
        return Decimal(written)
    mark = marks[0]
    if len(marks) > 1:
        return Decimal(written.replace(mark, "")) if _grouped(written, mark) else None
    whole, _, part = written.partition(mark)
    if len(part) == 3 and not three_decimals and whole != "0" and len(whole) <= 3:
        return Decimal(whole + part)
    return Decimal(f"{whole}.{part}") if len(part) <= (4 if mark == "." else 2) else None


def _grouped(whole: str, mark: str) -> bool:
    first, *rest = whole.split(mark)
    return not rest or (1 <= len(first) <= 3 and len(rest[-1]) == 3 and all(len(group) in (2, 3) for group in rest))


def _amounts(folded: str, default: str) -> tuple[list[_Amount], list[str]]:
    tokens = [match[0] for match in _TOKEN.finditer(folded)]
    spans = [match.span() for match in _TOKEN.finditer(folded)]
    found: list[_Amount] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        amount: _Amount | None = None
        if token[0].isdigit() and token.isascii():
            amount = _written(tokens, spans, index, default, folded)
        elif (
            token in _UNITS
            or token in _TENS
            or token in _SLANG
            or token in _SCALES
            or (
                token in {"a", "half"}
                and index + 1 < len(tokens)
                and (
                    tokens[index + 1] in _SCALES
                    or tokens[index + 1] in _SLANG
                    or tokens[index + 1] in _ONE
                    or tokens[index + 1] == "a"
                )
            )
        ):
            amount = _spelled(tokens, index, default)
        if amount is None:
            index += 1
            continue
        if amount.end <= index:
            index += 1
            continue
        index = amount.end
        if amount.value >= 0 and amount.value < _TOO_MUCH:
            _surround(amount, tokens, default)
            if _stands(amount, tokens, folded, spans):
                found.append(amount)
            index = max(index, amount.end)
    if len(found) > _MOST_AMOUNTS:
        return [], tokens
    if found and not any(amount.currency or amount.interval for amount in found):
        found = [amount for amount in found if _offered(amount, tokens, len(found))]
    elif found:
        marked = [amount for amount in found if amount.currency or amount.interval]
        ranged = _range(found, tokens)
        found = found if ranged and any(part in marked for part in ranged) else marked
    return found, tokens


def _written(tokens: list[str], spans: list[tuple[int, int]], index: int, default: str, folded: str) -> _Amount | None:
    token = tokens[index]
    digits = sum(character.isdigit() for character in token)
    if token[0] == "0" and digits >= 5 and "." not in token:
        return _Amount(Decimal(-1), index, index + 1)
    if digits >= 9 and not set(token) & set(".,") and not _near_currency(tokens, index):
        return _Amount(Decimal(-1), index, index + 1)
    nearby = " ".join(tokens[max(0, index - 1) : index + 2])
    value = _number(token, three_decimals=any(code in nearby for code in ("kwd", "bhd", "omr", "jod")))
    if value is None:
        return _Amount(Decimal(-1), index, index + 1)
    amount = _Amount(value, index, index + 1, plain=token.isdigit())
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token.isdigit() and len(token) <= 3 and amount.value:
        joined = index + 2 if following == "and" else index + 1
        pence = _below_hundred(tokens, joined)
        if pence is not None and pence[0] >= 10:
            said = tokens[pence[1]] if pence[1] < len(tokens) else ""
            if (joined == index + 1 and not tokens[joined].isdigit()) or (joined == index + 2 and said in _MINOR_WORDS):
                amount.value += Decimal(pence[0]) / 100
                amount.end, amount.plain = pence[1] + (said in _MINOR_WORDS), False
                if said in _MINOR_WORDS:
                    amount.currency = _currency(_MINOR_WORDS[said], default)
                return amount
    if following in _SCALES and (following != "k" or spans[index + 1][0] == spans[index][1]):
        amount.value *= _SCALES[following]
        amount.end += 1
        amount.plain = following == "k"
    return amount


def _near_currency(tokens: list[str], index: int) -> bool:
    around = tokens[max(0, index - 1) : index] + tokens[index + 1 : index + 2]
    return any(token in _SYMBOLS or token in _CURRENCY_WORDS for token in around)


def _below_hundred(tokens: list[str], index: int) -> tuple[int, int] | None:
    """The number under 100 spelled from `index` on, and where it ends: ["twenty", "five"] is (25, 2)."""
    if index >= len(tokens):
        return None
    token = tokens[index]
    if token in _TENS:
        at = index + 2 if index + 1 < len(tokens) and tokens[index + 1] == "-" else index + 1
        if at < len(tokens) and 1 <= _UNITS.get(tokens[at], 0) <= 9:
            return _TENS[token] + _UNITS[tokens[at]], at + 1
        return _TENS[token], index + 1
    if token in _UNITS and token != "oh":
        return _UNITS[token], index + 1
    if token.isdigit() and token.isascii() and len(token) <= 2:
        return int(token), index + 1
    return None


def _spelled(tokens: list[str], index: int, default: str) -> _Amount | None:
    start = index
    if tokens[index] == "half":
        scale = index + 2 if index + 1 < len(tokens) and tokens[index + 1] == "a" else index + 1
        if scale < len(tokens) and tokens[scale] in _SCALES:
            return _Amount(Decimal(_SCALES[tokens[scale]]) / 2, start, scale + 1, spelled=True, plain=False)
        return None
    if tokens[index] == "a":
        index += 1
    if index >= len(tokens):
        return None
    if tokens[index] in _SLANG:
        if tokens[index] in {"pony", "monkey"}:
            return None
        return _Amount(Decimal(_SLANG[tokens[index]]), start, index + 1, currency=default, spelled=True, plain=False)
    if tokens[index] in _ONE and index > start:
        return _Amount(Decimal(1), start, index, spelled=True, plain=False)
    total, end, part = 0, index, _below_hundred(tokens, index)
    if part is None:
        alone = {"hundred", "thousand"} if index == start else {"hundred", "thousand", "grand", "million", "billion"}
        if tokens[index] not in alone:
            return None
        part = (1, index)
    value, end = part
    scaled = False
    while end < len(tokens) and tokens[end] in _SCALES and tokens[end] != "k":
        value *= _SCALES[tokens[end]]
        if value >= _TOO_MUCH:
            return _Amount(Decimal(-1), start, end + 1)
        end += 1
        scaled = True
        more = _below_hundred(tokens, end + 1 if end < len(tokens) and tokens[end] == "and" else end)
        if more is not None:
            further = more[1] < len(tokens) and tokens[more[1]] in _SCALES
            if further and _SCALES[tokens[more[1]]] < value:
                total += value
                value, end = more
                continue
            if not further:
                value += more[0]
                end = more[1]
    total += value
    amount = _Amount(Decimal(total), start, end, spelled=True, plain=not scaled)
    if tokens[end : end + 3] == ["and", "a", "half"] and not scaled:
        amount.value += Decimal("0.50")
        amount.end, amount.plain = end + 3, False
        return amount
    if end < len(tokens) and tokens[end] == "point":
        decimals = ""
        at = end + 1
        while at < len(tokens) and len(decimals) < 2 and (following := _below_hundred(tokens, at)):
            decimals += str(following[0])
            at = following[1]
        if decimals:
            amount.value = Decimal(f"{total}.{decimals[:2]}")
            amount.end, amount.plain = at, False
        return amount
    if not scaled and 0 < total < 1_000 and end < len(tokens):
        pence = _below_hundred(tokens, end)
        if pence is not None and tokens[end] not in _CURRENCY_WORDS:
            if 10 <= pence[0] <= 99 and (total != 1 or pence[0] >= 20):
                amount.value += Decimal(pence[0]) / 100
                amount.end, amount.plain = pence[1], False
        elif tokens[end] == "oh" and end + 1 < len(tokens) and (pence := _below_hundred(tokens, end + 1)):
            amount.value += Decimal(pence[0]) / 100
            amount.end, amount.plain = pence[1], False
    return amount


def _surround(amount: _Amount, tokens: list[str], default: str) -> None:
    """Reads the currency and the interval beside an amount."""
    before = tokens[amount.index - 1] if amount.index else ""
    if before in _SYMBOLS:
        amount.currency = _currency(_SYMBOLS[before], default)
        amount.index -= 1
    elif before in _CURRENCY_WORDS and (before in _CODES or before in {"rs", "kr"}):
        amount.currency = _currency(_CURRENCY_WORDS[before], default)
        amount.index -= 1
    elif before in {"cad", "cop"} or (before == "fr" and default == "CHF"):
        amount.currency = before.upper() if before != "fr" else "CHF"
        amount.index -= 1
    after = tokens[amount.end] if amount.end < len(tokens) else ""
    if after in _SYMBOLS and (amount.currency is None or _currency(_SYMBOLS[after], default) == amount.currency):
        amount.currency = _currency(_SYMBOLS[after], default)
        amount.end += 1
    elif after in _CURRENCY_WORDS or after in {"cad", "cop"}:
        named = _currency(_CURRENCY_WORDS.get(after, after.upper()), default)
        if amount.currency is None or after in _CODES or (amount.currency in _DOLLARS and named in _DOLLARS):
            amount.currency = named if after in _CODES or amount.currency is None else amount.currency
        amount.end += 1
        if amount.end < len(tokens) and tokens[amount.end] == "sterling":
            amount.end += 1
    elif (
        after in {"us", "australian", "canadian", "american"}
        and amount.end + 1 < len(tokens)
        and _CURRENCY_WORDS.get(tokens[amount.end + 1]) == "$"
    ):
        amount.currency = {"us": "USD", "american": "USD", "australian": "AUD", "canadian": "CAD"}[after]
        amount.end += 2
    elif (
        after in _MINOR_WORDS
        and amount.currency is None
        and not (after in {"p", "c"} and tokens[amount.end + 1 : amount.end + 2] == ["/"])
    ):
        unit = _MINOR_WORDS[after]
        amount.currency = _currency(unit, default)
        amount.value /= 100
        amount.plain = False
        amount.end += 1
    if amount.currency and amount.end < len(tokens) and amount.value == amount.value.to_integral_value():
        at = amount.end + 1 if tokens[amount.end] == "and" else amount.end
        pence = _below_hundred(tokens, at)
        if pence is not None and tokens[at - 1] not in _MINOR_WORDS:
            closing = tokens[pence[1]] if pence[1] < len(tokens) else ""
            two_digits = len(tokens[at]) == 2 or not tokens[at].isdigit()
            if closing in _MINOR_WORDS or (
                at == amount.end
                and two_digits
                and pence[0] >= 10
                and (closing in _EACH or closing in _INTERVALS or closing in {"", ".", "!", ",", "please", "?"})
            ):
                amount.value += Decimal(pence[0]) / 100
                amount.end = pence[1] + (closing in _MINOR_WORDS)
    if amount.currency:
        amount.plain = False
    _read_interval(amount, tokens)
    if amount.interval is None and amount.index:
        ahead = [token for token in tokens[max(0, amount.index - 3) : amount.index] if token not in {":", "-", "is"}]
        if (ahead and ahead[-1] in {"monthly", "yearly", "annually", "weekly"}) or (
            ahead[-2:-1] and ahead[-2] in {"per", "each"} and ahead[-1] in {"month", "year", "week", "session", "class"}
        ):
            amount.interval = _INTERVALS[ahead[-1]]


def _read_interval(amount: _Amount, tokens: list[str]) -> None:
    at = amount.end
    while (
        at < len(tokens)
        and tokens[at] in {"ish", "-", "or", "so", "+", "only", "just", ",", "("}
        and at < amount.end + 3
    ):
        at += 1
    if at >= len(tokens):
        return
    token = tokens[at]
    if token in {
        "month",
        "monthly",
        "pm",
        "pcm",
        "mo",
        "mth",
        "yearly",
        "annually",
        "pa",
        "weekly",
        "pw",
        "hourly",
        "yr",
    }:
        if token == "pm" and amount.currency is None and _is_hour(amount.value):
            return
        if token == "month" and amount.currency is None and amount.plain and not amount.spelled and amount.value <= 12:
            return
        amount.interval = _INTERVALS[token]
        amount.end = at + 1
        return
    if token in _EACH and at + 1 < len(tokens):
        following = tokens[at + 1]
        if token == "p" and following == "/":
            following = {"m": "month", "y": "year", "w": "week", "h": "hour"}.get(
                tokens[at + 2] if at + 2 < len(tokens) else "", ""
            )
        if token == "/" and following in {"m", "y", "w", "h", "a"}:
            following = {"m": "month", "y": "year", "w": "week", "h": "hour"}.get(following, "")
        if following in {"single", "calendar", "live"} and at + 2 < len(tokens):
            following = tokens[at + 2]
        if following in _INTERVALS:
            amount.interval = _INTERVALS[following]
            amount.end = at + 2


def _is_hour(value: Decimal) -> bool:
    """Whether "pm" after it makes it a time of day: 6, 6.30, but not 15 nor 9.99."""
    return value < 13 and value % 1 < Decimal("0.60")


def _joins(tokens: list[str], dash: int) -> bool:
    """Whether the dash at this position stands between two amounts, so that it is no minus."""
    before = tokens[dash - 1] if dash else ""
    if before in _SYMBOLS:
        return dash > 1 and tokens[dash - 2][-1].isdigit()
    return before[-1:].isdigit() or before in _CURRENCY_WORDS or before in _INTERVALS or before == "k"


def _stands(amount: _Amount, tokens: list[str], folded: str, spans: list[tuple[int, int]]) -> bool:
    """Whether the amount is one at all, and not a time, a date, a count, a discount or a bound."""
    before = tokens[amount.index - 1] if amount.index else ""
    earlier = tokens[amount.index - 2] if amount.index > 1 else ""
    after = tokens[amount.end] if amount.end < len(tokens) else ""
    close_before = amount.index > 0 and spans[amount.index - 1][1] == spans[amount.index][0]
    close_after = amount.end < len(tokens) and spans[amount.end][0] == spans[amount.end - 1][1]
    if before == "-" and close_before and not _joins(tokens, amount.index - 1):
        detached = amount.index < 2 or spans[amount.index - 2][1] < spans[amount.index - 1][0]
        if detached or not earlier.isalpha():
            return False
    if before in {"minus", "negative"} or (before in _SYMBOLS and earlier == "-"):
        return False
    if (
        after in {"off", "discount", "more", "less", "cheaper", "extra", "dearer", "higher", "lower", "%"}
        or before == "by"
    ):
        return False
    if (
        tokens[amount.index - 2 : amount.index] == ["anything", "but"]
        or set(tokens[max(0, amount.index - 3) : amount.index]) & _EARNING
    ):
        return False
    if before == "make" and earlier == "i":
        return False
    if (
        before in _BOUNDING
        or (before == "than" and earlier in {"more", "less", "fewer", "lower", "higher", "cheaper"})
        or (before == "to" and earlier == "up")
    ):
        return False
    if amount.currency or (amount.interval and not amount.plain):
        return True
    if before.isdigit() and len(before) + len(tokens[amount.end - 1]) >= 8 and amount.plain:
        return False
    if (
        before == "+"
        or (close_before and before in {":", "/", "#", "@", "_", "\\", "="})
        or (close_after and after in {":", "/", "@", "%", "_", "\\", "°"} and after != "/")
    ):
        return False
    if close_after and after == "/" and amount.end + 1 < len(tokens) and tokens[amount.end + 1][0].isdigit():
        return False
    if close_before and (before.isalpha() or before == ":"):
        return False
    if (
        after in _COUNTED
        or (after == "pm" and _is_hour(amount.value))
        or (
            after == "-"
            and amount.end + 1 < len(tokens)
            and tokens[amount.end + 1] in {"year", "month", "week", "day", "minute", "hour", "step", "part", "session"}
        )
    ):
        return False
    if after == "a" and tokens[amount.end + 1 : amount.end + 3] == [".", "m"]:
        return False
    if after.isalpha() and close_after and after not in {"ish", "pm", "pcm"} and not amount.interval:
        return False
    if amount.interval:
        return True
    if before in _NUMBERING and amount.plain:
        return False
    a_year = amount.plain and not amount.spelled and 1_900 <= amount.value <= 2_099
    return not a_year


def _offered(amount: _Amount, tokens: list[str], how_many: int) -> bool:
    """Whether a number without currency or interval is offered as a price, judged by the words around it."""
    others = [
        token
        for position, token in enumerate(tokens)
        if not amount.index <= position < amount.end and token[0].isalnum()
    ]
    if not others:
        return True
    offering = sum(token in _OFFERING for token in others)
    if amount.spelled and amount.plain and amount.value <= 3:
        return len(others) <= 3 and all(token in _OFFERING or token in {"i", "a", "please"} for token in others)
    after = tokens[amount.end] if amount.end < len(tokens) else ""
    if amount.spelled and (after in _UNITS or (amount.index and tokens[amount.index - 1] in _UNITS)):
        return False
    if after.isalpha() and after not in _OFFERING and after not in _AFTER and amount.plain and after not in _LAST_WORD:
        return False
    before = tokens[amount.index - 1] if amount.index else ""
    if (
        before == "at"
        and (len(others) > 1 or amount.value <= 12)
        and not any(
            token
            in {"price", "set", "start", "starting", "charge", "sell", "put", "keep", "priced", "it", "subscription"}
            for token in others
        )
    ):
        return False
    if not amount.plain:
        return True
    return offering > 0 or all(
        token in _WEAKLY or token in _OFFERING or token[0].isdigit() or token in _UNITS or token in _TENS
        for token in others
    )


_AFTER = frozenset(
    "please pls and or to maybe thanks thank if then so ish instead because since as is sounds i but lol that from seems might with xx x too each mate tbh at feels good works plus ok okay not".split()
)


def _range(amounts: list[_Amount], tokens: list[str]) -> tuple[_Amount, _Amount] | None:
    """Two amounts that span a range or leave a choice open."""
    for low, high in pairwise(amounts):
        between = tokens[low.end : high.index]
        before = tokens[max(0, low.index - 2) : low.index]
        if low.interval and high.interval and low.interval != high.interval:
            continue
        marked = low.currency or high.currency or low.interval or high.interval
        if not marked and (
            (int(low.value), int(high.value)) == (9, 5) or max(low.value, high.value) > 8 * min(low.value, high.value)
        ):
            continue
        if between in (
            ["-"],
            ["to"],
            ["or"],
            ["or", "maybe"],
            ["/"],
            ["or", "even"],
            ["up", "to"],
            ["-", "-"],
            [".", "."],
            [",", "or"],
            ["or", "perhaps"],
            ["or", "is", "it"],
        ):
            if (
                between == ["to"]
                and "from" in before
                and any(
                    token
                    in {
                        "change",
                        "raise",
                        "increase",
                        "drop",
                        "lower",
                        "move",
                        "bump",
                        "switch",
                        "go",
                        "put",
                        "reduce",
                        "update",
                    }
                    for token in tokens[: low.index]
                )
            ):
                continue
            return low, high
        if between in (["and"], ["&"]) and "between" in before:
            return low, high
    return None


def _choose(amounts: list[_Amount], tokens: list[str]) -> _Amount | None:
    """The one amount that is meant: not a denied one, the corrected one, the monthly one; None where that stays open."""
    for amount in amounts:
        near = tokens[max(0, amount.index - 3) : amount.index]
        amount.negated = bool(near) and (
            near[-1] in {"not", "than", "isn't", "never", "wasn't"}
            or near[-2:] in (["instead", "of"], ["not", "for"], ["not", "at"])
            or (near[-1] == "from" and len(amounts) > 1)
        )
    kept = [amount for amount in amounts if not amount.negated]
    if not kept:
        return None
    if any(one.end == other.index and not other.currency for one, other in pairwise(kept)):
        return None
    if len({(amount.value, amount.currency, amount.interval) for amount in kept}) == 1:
        return kept[-1]
    last = kept[-1]
    gap = tokens[kept[-2].end : last.index]
    corrected = bool(set(gap) & (_LAST_WORD - {"to"})) or ("to" in gap and "from" in tokens)
    if corrected and (last.interval in (None, "month", kept[-2].interval) or kept[-2].interval is None):
        return last
    monthly = [amount for amount in kept if amount.interval == "month"]
    if len(monthly) == 1:
        return monthly[0]
    if (
        len(kept) == 2
        and {amount.interval for amount in kept} <= {"month", "year", "week", "session", None}
        and kept[0].interval != kept[1].interval
    ):
        for preferred in (None, "year", "week"):
            for amount in kept:
                if amount.interval == preferred:
                    return amount
    return None


def _is_free(folded: str, tokens: list[str]) -> bool:
    if not _FREE_CORE.search(folded) or _NOT_FREE.search(folded):
        return False
    said = [token for token in tokens if token[0].isalnum()]
    return len(said) <= 16 and sum(token not in _FREE_REST for token in said) <= max(1, len(said) // 3)
