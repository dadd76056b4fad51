"""What becomes of an outside service's answers and silences."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from avery.clients.http import MAX_WORDS, decode, open_http, request, retry_after
from avery.errors import OutsideRefused, OutsideUnavailable

pytestmark = pytest.mark.anyio

SECRET = "tok-3cr3t"


@asynccontextmanager
async def answering(raw: bytes | None) -> AsyncIterator[str]:
    """A server that answers every request with these bytes and hangs up; None: it never answers."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if raw is None:
            await done.wait()
        else:
            writer.write(raw)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        done.set()


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad", "503 Busy", "429 Slow down", "408 Late", "425 Early"])
async def test_what_may_work_in_a_moment_is_unavailable(status: str) -> None:
    async with answering(answer(status, b"", "retry-after: 7")) as url, open_http() as http:
        with pytest.raises(OutsideUnavailable) as caught:
            await request(http, "KLIQ", "GET", url)
    assert (caught.value.status, caught.value.retry_after) == (int(status[:3]), 7.0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"title": "No", "detail": "The price is too high", "errors": [{"message": "minor: at most 100"}]}',
            "The price is too high; minor: at most 100",
        ),
        (b'{"error": "invalid_grant", "error_description": "The code was used"}', "The code was used"),
        (b'{"error": {"message": "Unknown field", "code": 100}}', "Unknown field"),
        (b'{"error": "invalid_grant"}', "invalid_grant"),
        (b"<html>", "Bad Request"),
        (b"[1]", "Bad Request"),
        (b"\xff\xfe", "Bad Request"),
    ],
)
async def test_a_refusal_carries_the_services_own_words(body: bytes, said: str) -> None:
    async with answering(answer("400 Bad Request", body)) as url, open_http() as http:
        with pytest.raises(OutsideRefused) as caught:
            await request(http, "KLIQ", "GET", url)
    assert str(caught.value) == f"KLIQ: 400: {said}"


async def test_a_services_words_are_cut_short() -> None:
    body = msgspec.json.encode({"detail": "no " * 4000})
    async with answering(answer("400 Bad Request", body)) as url, open_http() as http:
        with pytest.raises(OutsideRefused) as caught:
            await request(http, "KLIQ", "GET", url)
    assert len(caught.value.message) <= MAX_WORDS + len("400: ")


async def test_a_redirect_is_not_followed() -> None:
    async with answering(answer("302 Found", b"", "location: http://127.0.0.1:9/")) as url, open_http() as http:
        with pytest.raises(OutsideRefused):
            await request(http, "KLIQ", "GET", url)


async def test_a_service_that_does_not_answer_is_unavailable_within_the_time() -> None:
    async with answering(None) as url, open_http() as http:
        with pytest.raises(OutsideUnavailable, match=r"no answer within 0\.05 s"):
            await request(http, "KLIQ", "GET", url, timeout=0.05)


async def test_a_service_that_cannot_be_reached_is_unavailable() -> None:
    async with answering(answer("200 OK")) as url:
        pass
    async with open_http() as http:
        with pytest.raises(OutsideUnavailable, match="could not be reached"):
            await request(http, "KLIQ", "GET", url)


async def test_an_answer_cut_off_in_the_middle_is_unavailable() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf") as url, open_http() as http:
        with pytest.raises(OutsideUnavailable):
            await request(http, "KLIQ", "GET", url)


async def test_an_answer_of_another_shape_is_unavailable() -> None:
    async with answering(answer("200 OK", b"<html>maintenance</html>")) as url, open_http() as http:
        response = await request(http, "KLIQ", "GET", url)
    with pytest.raises(OutsideUnavailable, match="another shape"):
        decode("KLIQ", response, dict[str, int])


@pytest.mark.parametrize("raw", [answer("401 No"), answer("500 Oops"), b"nonsense", None])
async def test_no_token_reaches_a_log_or_an_error(raw: bytes | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with answering(raw) as url, open_http() as http:
        with pytest.raises((OutsideRefused, OutsideUnavailable)) as caught:
            await request(
                http,
                "KLIQ",
                "GET",
                url,
                headers={"authorization": f"Bearer {SECRET}"},
                params={"access_token": SECRET},
                timeout=0.1,
            )
    error = caught.value
    assert SECRET not in f"{error!r} {error} {vars(error)} {error.__cause__!r}"
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("12", 12.0),
        ("-3", 0.0),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=datetime(2026, 11, 23, 10, tzinfo=UTC)) == seconds
