"""The circuit breaker, with a clock of the test's own."""

from hypothesis import given
from hypothesis import strategies as st

from avery.clients.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = opened(Clock())
    assert breaker.state == "open"
    assert not breaker.admits()


def test_a_success_in_between_keeps_it_closed() -> None:
    breaker = Breaker(Clock())
    for _ in range(10):
        for _ in range(FAILURES - 1):
            breaker.failed()
        breaker.succeeded()
    assert breaker.state == "closed"


def test_after_the_pause_one_probe_goes_through_at_a_time() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = FIRST_PAUSE + 1
    assert breaker.state == "half-open"
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.admits()


def test_a_probe_that_fails_doubles_the_pause_up_to_a_limit() -> None:
    clock = Clock()
    breaker = opened(clock)
    pause = FIRST_PAUSE
    for _ in range(8):
        clock.now += pause - 0.1
        assert not breaker.admits()
        clock.now += 0.2
        assert breaker.admits()
        breaker.failed()
        pause = min(2 * pause, LONGEST_PAUSE)
    assert pause == LONGEST_PAUSE


def test_a_probe_that_was_stopped_lets_the_next_one_through() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = FIRST_PAUSE + 1
    assert breaker.admits()
    breaker.abandoned()
    assert breaker.admits()


def test_the_pause_that_the_service_asked_for_is_kept() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.failed(wait=60)
    clock.now = FIRST_PAUSE + 1
    assert not breaker.admits()
    clock.now = 61
    assert breaker.admits()


def test_calls_that_were_under_way_when_it_opened_do_not_lengthen_the_pause() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now = FIRST_PAUSE - 1
    for _ in range(20):
        breaker.failed()
    clock.now = FIRST_PAUSE + 1
    assert breaker.admits()


@given(st.lists(st.sampled_from(["ask", "succeed", "fail", "abandon", "wait"]), max_size=80))
def test_whatever_happens_it_lets_somebody_through_again(steps: list[str]) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for step in steps:
        match step:
            case "ask":
                breaker.admits()
            case "succeed":
                breaker.succeeded()
            case "fail":
                breaker.failed()
            case "abandon":
                breaker.abandoned()
            case _:
                clock.now += 7.0
    breaker.abandoned()
    clock.now += LONGEST_PAUSE + 1
    assert breaker.admits()
