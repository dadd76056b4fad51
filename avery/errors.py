"""The errors that Avery raises on purpose.

AveryError
├── SettingsError        the environment asks for something that cannot be: start-up stops
├── DatabaseError        the embedded PostgreSQL cannot start, or a migration failed: start-up stops
├── Unauthorised         the bearer's token or ticket does not hold
├── OutsideError         an outside service did not do what was asked
│   ├── OutsideUnavailable   it may work in a moment: unreachable, slow, 429 or 5xx
│   └── OutsideRefused       it will not work like this: 4xx, with the service's own words
├── ToolRetry            the arguments do not do; says what would: the speaker tries again
└── ToolFailed           the tool gave up; carries the words for the coach
"""

from __future__ import annotations


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


class ToolRetry(AveryError):
    """The arguments do not do; str() tells the speaker what would. The coach does not see it."""


class ToolFailed(AveryError):
    """The tool gave up. `say` is the sentence for the coach (from prompts/failures.toml)."""

    def __init__(self, say: str, reason: str = "") -> None:
        super().__init__(reason or say)
        self.say = say
