"""What is done when the model fails: spec ticket 2.4's rows as one table. (A tool's own row is its `retries`.)"""

import random
from dataclasses import dataclass

from tenacity import RetryCallState

from avery.errors import ModelFailed

FIRST_PAUSE = 0.5
"""Seconds before the first retry of a request that came too fast; doubles with each."""
PATIENCE = 6.0
"""A provider that asks for a longer pause than this is not waited for: the script answers meanwhile."""


class Unusable(Exception):
    """The model answered, but not with what a coach could be given: nothing, a refusal, another language."""

    def __init__(self, what: str, *, again: bool) -> None:
        super().__init__(what)
        self.what = what
        self.again = again
        """Whether another try may go better."""


@dataclass(frozen=True, slots=True)
class Row:
    """One error of the table; after the last retry the script answers, in every row."""

    retries: int
    says: str | None = None
    """What the coach reads while it is tried again: a line of failures.toml's [turn]. None: nothing."""


TABLE: dict[str, Row] = {
    "rate_limit": Row(retries=3),
    "timeout": Row(retries=2, says="slow"),
    "api_error": Row(retries=0),
    # Beyond the spec: the breaker knows that the model is down; an answer that is none.
    "open": Row(retries=0),
    "unusable": Row(retries=1),
}


def row_of(error: BaseException) -> Row:
    """The row that an error belongs to."""
    return TABLE[name_of(error)]


def name_of(error: BaseException) -> str:
    """The row's name, as analytics counts it."""
    return error.kind if isinstance(error, ModelFailed) else "unusable"


def is_given_up(attempt: RetryCallState) -> bool:
    """Whether the row's retries are used up, or waiting for the next would be too long (a tenacity `stop`)."""
    error = _error(attempt)
    if isinstance(error, Unusable) and not error.again:
        return True
    return attempt.attempt_number > row_of(error).retries or _asked_pause(error) > PATIENCE


def pause(attempt: RetryCallState) -> float:
    """Seconds until the next try (a tenacity `wait`): what the provider asks for, or growing; none after a timeout."""
    error = _error(attempt)
    if name_of(error) != "rate_limit":
        return 0.0
    growing = FIRST_PAUSE * 2.0 ** (attempt.attempt_number - 1)
    return max(_asked_pause(error), growing * random.uniform(0.75, 1.25))  # noqa: S311  (jitter, not a secret)


def _asked_pause(error: BaseException) -> float:
    return error.retry_after or 0.0 if isinstance(error, ModelFailed) else 0.0


def _error(attempt: RetryCallState) -> BaseException:
    assert attempt.outcome is not None
    error = attempt.outcome.exception()
    assert error is not None
    return error
