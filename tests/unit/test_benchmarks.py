"""The shipped benchmarks."""

from __future__ import annotations

import pytest

from avery.clients.benchmarks import shipped
from avery.domain import Niche


@pytest.mark.parametrize(
    ("niche", "specialty", "narrowed_to"),
    [
        ("fitness", "Strength for women over 40", "strength coaches"),
        ("wellness", "I teach vinyasa YOGA", "yoga teachers"),
        ("wellness", "knitting", "wellness coaches"),
        ("wellness", None, "wellness coaches"),
        ("fitness", "marathons of Netflix", "fitness coaches"),
        ("business", "career moves for executive women", "executive and leadership coaches"),
        ("gardening", "yoga", "coaches on KLIQ"),
        (None, None, "coaches on KLIQ"),
    ],
)
def test_a_lookup_takes_the_narrowest_group_that_fits(
    niche: str | None, specialty: str | None, narrowed_to: str
) -> None:
    assert shipped(niche, specialty).narrowed_to == narrowed_to


@pytest.mark.parametrize(("asked", "answered"), [("GBP", "GBP"), ("EUR", "EUR"), ("USD", "USD"), ("AUD", "GBP")])
def test_all_amounts_are_in_one_currency(asked: str, answered: str) -> None:
    found = shipped("fitness", "strength", asked)
    amounts = (found.avg_price, found.min_price, found.max_price, found.avg_mrr, found.top_mrr)
    assert {amount.currency for amount in amounts} == {answered}


@pytest.mark.parametrize("currency", ["GBP", "USD", "EUR"])
@pytest.mark.parametrize("niche", [*Niche, None])
def test_every_group_is_in_order_and_says_that_it_is_shipped(niche: str | None, currency: str) -> None:
    found = shipped(niche, None, currency)
    assert 0 < found.min_price.minor < found.avg_price.minor < found.max_price.minor
    assert 0 < found.avg_mrr.minor < found.top_mrr.minor
    assert found.source == "shipped"
