"""The errors that Avery raises on purpose.

AveryError
├── SettingsError        the environment asks for something that cannot be: start-up stops
├── DatabaseError        the embedded PostgreSQL cannot start, or a migration failed: start-up stops
├── Unauthorised         the bearer's token or ticket does not hold
├── Unreadable           a sealed token does not open
├── LeaseLost            another process answers this conversation now (store/log.py)
├── OutsideError         an outside service did not do what was asked
│   ├── OutsideUnavailable   it may work in a moment: unreachable, slow, 429 or 5xx
│   │   └── ModelFailed      the model did not answer (clients/openai.py)
│   └── OutsideRefused       it will not work like this: 4xx, with the service's own words
│       ├── NotConnected     the coach has no account on this platform
│       ├── TokenDead        the platform no longer takes the token: only connecting again helps
│       └── ModelRefused     the model answered with something that cannot be used (clients/openai.py)
├── ToolRetry            the arguments do not do; says what would: the speaker tries again
└── ToolFailed           the tool gave up; carries the words for the coach

An error that only one module raises and its own callers catch stands in that module, and in this drawing.
"""

from __future__ import annotations

from typing import Literal


class AveryError(Exception):
    """The root of what Avery raises on purpose; str() is for an engineer, never for a coach."""


class SettingsError(AveryError):
    """One or more settings cannot be used; str() lists each with what would do."""


class DatabaseError(AveryError):
    """The database cannot be used; str() says why and what would do."""


class Unauthorised(AveryError):
    """The token or ticket does not hold; str() says which claim, never the token."""


class OutsideError(AveryError):
    """An outside service did not do what was asked; `service` names it."""

    def __init__(self, service: str, message: str, *, status: int | None = None) -> None:
        super().__init__(f"{service}: {message}")
        self.service = service
        self.message = message
        self.status = status


class OutsideUnavailable(OutsideError):
    """Unreachable, too slow, 429 or 5xx: the same request may work in a moment. `retry_after` in seconds."""

    def __init__(
        self, service: str, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(service, message, status=status)
        self.retry_after = retry_after


class OutsideRefused(OutsideError):
    """The service understood and said no (4xx): the same request will not work again."""


class NotConnected(OutsideRefused):
    """The coach has no account on this platform (any more)."""


class TokenDead(OutsideRefused):
    """The platform no longer takes the token: only connecting again helps."""


class Unreadable(AveryError):
    """A sealed text does not open: an unknown key, another place, or it was changed. str() names no secret."""


class ModelFailed(OutsideUnavailable):
    """The model did not answer. `kind` names the row of the error table; `open`: it was not even asked."""

    def __init__(
        self,
        kind: Literal["rate_limit", "timeout", "api_error", "open"],
        message: str,
        *,
        retry_after: float | None = None,
        blame: bool = True,
    ) -> None:
        super().__init__("the model", message, retry_after=retry_after)
        self.kind = kind
        self.blame = blame
        """Whether others would fare the same: not where this one request was not to its liking."""


class ModelRefused(OutsideRefused):
    """The model answered with something that cannot be used: a refusal, a cut text, another shape than agreed."""

    def __init__(self, message: str) -> None:
        super().__init__("the model", message)


class ToolRetry(AveryError):
    """The arguments do not do; str() tells the speaker what would. The coach does not see it."""


class ToolFailed(AveryError):
    """The tool gave up. `say` is the sentence for the coach (from prompts/failures.toml)."""

    def __init__(self, say: str, reason: str = "") -> None:
        super().__init__(reason or say)
        self.say = say
