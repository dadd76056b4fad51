"""The routes beside the socket: photos, other pages' requests, errors as problem details."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from api.sessions import RunTurn
from avery.services import open_services
from avery.settings import Settings
from tests.acceptance.client import PATIENCE, coach, token
from tests.acceptance.server import Server

pytestmark = pytest.mark.anyio

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as client:
        yield client


async def test_a_photo_goes_to_kliq_once_and_avery_goes_on_by_herself(
    server: Server, http: httpx.AsyncClient, me: int
) -> None:
    async with coach(server.url, me) as client:
        bearer = {"Authorization": f"Bearer {await token(http, me)}"}
        upload = {"photo": ("me.png", PIXEL, "application/octet-stream")}
        same = {"messageId": str(uuid4())}
        answers = [await http.post("/api/avery/photo", headers=bearer, files=upload, data=same) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json()["url"] == answers[1].json()["url"]
        await client.turn_end()
        assert client.replies[-1]["content"] == "photo"
        await client.ask("and now?")
        assert [reply["content"] for reply in client.replies] == ["greeting", "photo", "echo: and now?"]
        assert (await http.get(answers[0].json()["url"])).content == PIXEL


@pytest.mark.parametrize(
    ("content", "status"), [(b"GIF89a not one of ours", 415), (b"", 415), (PIXEL + bytes(10 * 1024 * 1024), 413)]
)
async def test_what_is_no_photo_is_refused(http: httpx.AsyncClient, me: int, content: bytes, status: int) -> None:
    bearer = {"Authorization": f"Bearer {await token(http, me)}"}
    answer = await http.post("/api/avery/photo", headers=bearer, files={"photo": ("x.png", content, "image/png")})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_photo_without_a_file_or_a_token_is_refused(http: httpx.AsyncClient, me: int) -> None:
    bearer = {"Authorization": f"Bearer {await token(http, me)}"}
    assert (await http.post("/api/avery/photo", headers=bearer, files={"note": (None, "hi")})).status_code == 400
    assert (await http.post("/api/avery/photo", files={"photo": ("x.png", PIXEL)})).status_code == 401


async def test_only_an_allowed_page_may_ask_for_tickets(server: Server, http: httpx.AsyncClient) -> None:
    async def preflight(origin: str) -> httpx.Response:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        return await http.options("/api/avery/ticket", headers={"Origin": origin} | asked)

    assert (await preflight(server.url)).headers["access-control-allow-origin"] == server.url
    assert "access-control-allow-origin" not in (await preflight("https://evil.example")).headers


async def test_the_store_can_stand_in_a_frame_of_the_pages_that_may_connect(
    server: Server, http: httpx.AsyncClient, me: int
) -> None:
    """A server's own page may always connect."""
    for path in ("", "/blog/none"):
        answer = await http.get(f"/sandbox/store/{me}{path}")
        ancestors = answer.headers["content-security-policy"].partition("frame-ancestors ")[2]
        assert server.url in ancestors.split()
    assert "x-frame-options" not in answer.headers


async def test_nothing_that_the_service_is_made_of_is_deprecated(database_url: str, tmp_path: Path) -> None:
    """Warnings are errors here: Litestar's come when the routes are registered."""

    async def answer_nothing(*_: object) -> None: ...

    async with open_services(Settings(database_url=database_url, data_dir=tmp_path)) as services:
        assert create_app(services, cast("RunTurn", answer_nothing)).routes


@pytest.mark.parametrize("body", [{}, {"coach_id": 0, "application_id": 1}, {"coach_id": "x", "application_id": 1}, []])
async def test_a_body_that_will_not_do_is_a_problem(http: httpx.AsyncClient, body: object) -> None:
    answer = await http.post("/api/avery/demo-token", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert {"type", "title", "status"} <= answer.json().keys()
