"""A circuit breaker: spares everyone the wait while a service is known to be down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

FAILURES = 4
"""Failures in a row that open it."""
FIRST_PAUSE = 10.0
"""Seconds until the first probe; doubles with each probe that fails."""
LONGEST_PAUSE = 120.0


@dataclass(slots=True)
class Breaker:
    """Closed: all calls go through. Open: none. Half-open, after a pause: one at a time, as a probe.

    One for each process and service. Who was admitted must say how it ended: `succeeded`, `failed` or `abandoned`.
    """

    clock: Callable[[], float] = time.monotonic
    _in_a_row: int = field(default=0, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)
    _open_until: float | None = field(default=None, init=False)
    _probing: bool = field(default=False, init=False)

    @property
    def state(self) -> Literal["closed", "open", "half-open"]:
        if self._open_until is None:
            return "closed"
        return "open" if self._probing or self.clock() < self._open_until else "half-open"

    def admits(self) -> bool:
        """Whether a call may be made now. In the half-open state the first to ask is the probe."""
        if self.state == "half-open":
            self._probing = True
            return True
        return self.state == "closed"

    def succeeded(self) -> None:
        """The service answered: closed."""
        self._in_a_row, self._pause = 0, FIRST_PAUSE
        self._open_until, self._probing = None, False

    def failed(self, wait: float | None = None) -> None:
        """The service did not answer. `wait`: the seconds that it asked for, if it did."""
        self._in_a_row += 1
        if self._probing:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        elif self._in_a_row < FAILURES or self._open_until is not None:
            return
        self._probing = False
        self._open_until = self.clock() + max(self._pause, min(wait or 0.0, LONGEST_PAUSE))

    def abandoned(self) -> None:
        """The call ended without telling anything of the service, as when the coach stopped it."""
        self._probing = False
