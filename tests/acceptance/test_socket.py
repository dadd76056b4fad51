"""The WebSocket's manners: who is let in, what is a frame, how it closes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from avery.settings import Settings
from tests.acceptance.client import PATIENCE, coach, enter, join, ticket, token
from tests.acceptance.server import Server, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url) as client:
        yield client


async def test_a_ticket_lets_in_once_and_the_protocol_alone_is_echoed(
    server: Server, http: httpx.AsyncClient, me: int
) -> None:
    pass_ = await ticket(http, me)
    async with await enter(server.url, pass_) as first:
        await first.next("session_ready")
        assert first.socket.subprotocol == "avery.v1"
        second = await enter(server.url, pass_)
        assert await second.close_code() == 4001


@pytest.mark.parametrize("made_up", ["", "nonsense", "x" * 500])
async def test_a_made_up_ticket_is_accepted_and_closed_with_4001(server: Server, made_up: str) -> None:
    client = await enter(server.url, made_up)
    assert await client.close_code() == 4001


async def test_a_client_of_another_protocol_is_closed_with_4400(server: Server) -> None:
    async with connect(server.url.replace("http", "ws") + "/ws/avery") as socket:
        await socket.wait_closed()
        assert socket.close_code == 4400


async def test_a_foreign_page_is_refused_and_our_own_is_not(server: Server, http: httpx.AsyncClient, me: int) -> None:
    pass_ = await ticket(http, me)
    with pytest.raises(InvalidStatus, match="403"):
        await enter(server.url, pass_, origin="https://evil.example")
    async with await enter(server.url, pass_, origin=server.url) as client:
        await client.next("session_ready")


async def test_a_conversation_of_another_application_is_closed_with_4003(server: Server, me: int) -> None:
    async with coach(server.url, me, application_id=5):
        pass
    client = await join(server.url, me, application_id=6)
    assert await client.close_code() == 4003


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_tokens_that_do_not_hold_are_refused(server: Server, http: httpx.AsyncClient) -> None:
    secret = Settings(data_dir=server.folder).secret("jwt")
    soon = datetime.now(UTC) + timedelta(minutes=5)
    good = {"sub": "5", "application_id": 5, "exp": soon}

    async def status(claims: dict[str, object], key: bytes | str = secret, algorithm: str = "HS256") -> int:
        bearer = jwt.encode(claims, key, algorithm=algorithm)
        answer = await http.post("/api/avery/ticket", headers={"Authorization": f"Bearer {bearer}"})
        return answer.status_code

    assert await status(good) == 201
    assert await status(good | {"sub": 5}) == 201
    for bad in (
        {"sub": "0"}, {"sub": "-5"}, {"sub": "five"}, {"sub": "1e3"}, {"sub": str(2**31)}, {"application_id": 0},
        {"application_id": True}, {"application_id": 1.5}, {"exp": datetime.now(UTC) - timedelta(minutes=5)},
    ):  # fmt: skip
        assert await status(good | bad) == 401, bad
    for missing in good:
        assert await status({name: value for name, value in good.items() if name != missing}) == 401, missing
    assert await status(good, b"another secret that is long enough.....") == 401
    assert await status(good, secret, "HS512") == 401
    assert await status(good, "", "none") == 401
    answer = await http.post("/api/avery/ticket")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_bad_frames_get_an_error_each_and_the_tenth_closes(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        same = str(uuid4())
        bad: list[str | bytes] = [
            "", "nonsense", b"binary", "[]", "{}", json.dumps({"type": "dance", "messageId": same}),
            json.dumps({"type": "ping", "messageId": "no uuid"}),
            json.dumps({"type": "coach_message", "messageId": same, "payload": {"text": 5}}),
            json.dumps({"type": "resume", "messageId": same, "payload": {}}),
        ]  # fmt: skip
        for frame in bad:
            await client.socket.send(frame)
            error = await client.next("error")
            assert (error["payload"]["code"], error["payload"]["retryable"]) == ("bad_frame", False)
        assert client.frames[-1]["messageId"] == same
        assert [reply["content"] for reply in await client.ask("still there?")] == ["echo: still there?"]
        await client.socket.send("the tenth")
        assert await client.close_code() == 4400


async def test_a_frame_that_is_too_large_closes_with_1009(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        await client.socket.send("x" * (64 * 1024 + 1))
        assert await client.close_code() == 1009


async def test_more_frames_than_allowed_close_with_4008(database_url: str, tmp_path: Path, me: int) -> None:
    async with (
        serving(database_url, tmp_path, AVERY_FRAMES_PER_MINUTE="20") as server,
        coach(server.url, me) as client,
    ):
        assert client.ready["limits"]["framesPerMinute"] == 20
        for _ in range(25):
            await client.socket.send(json.dumps({"type": "typing_start", "messageId": str(uuid4())}))
        assert await client.close_code() == 4008


async def test_a_client_that_does_not_read_is_closed_with_4009(database_url: str, tmp_path: Path, me: int) -> None:
    async with (
        serving(database_url, tmp_path, AVERY_FRAMES_PER_MINUTE="1000000") as server,
        httpx.AsyncClient(base_url=server.url) as http,
        coach(server.url, me) as writer,
    ):
        lazy = await connect(
            server.url.replace("http", "ws") + "/ws/avery",
            subprotocols=[Subprotocol("avery.v1"), Subprotocol(f"avery.ticket.{await ticket(http, me)}")],
            compression=None,
            max_queue=1,
            ping_interval=None,
        )
        # More than the operating system buffers for a socket and the server's own queue.
        for _ in range(400):
            await writer.ask("😀" * 4000)
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosed):
                while True:
                    await lazy.recv()
        assert lazy.close_code == 4009


async def test_a_message_that_is_too_long_is_answered_and_nothing_is_lost(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        sent = await client.say("x" * 4001)
        error = await client.next("error")
        assert (error["payload"]["code"], error["messageId"]) == ("too_long", sent)
        assert len((await client.ask("y" * 4000))[0]["content"]) == 4006


@pytest.mark.parametrize(
    "text", ["", "  ", "nul \0 in the middle", "😀🏳️‍🌈", "مرحبا", "\u202eabc", "'; DROP TABLE avery_messages;--"]
)
async def test_whatever_is_typed_is_kept(server: Server, text: str, me: int) -> None:
    async with coach(server.url, me) as client:
        assert (await client.ask(text))[0]["content"] == f"echo: {text}".replace("\0", "")


async def test_a_ping_is_answered_and_typing_is_not(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        before = len(client.frames)
        await client.send("typing_start")
        await client.send("typing_stop")
        await client.ping()
        assert [frame["type"] for frame in client.frames[before:]] == ["pong"]


async def test_operations_and_documents_answer(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health/live")).json() == {"status": "alive"}
    assert (await http.get("/health/ready")).json() == {"status": "ready"}
    assert "avery_sockets" in (await http.get("/metrics")).text
    assert "/api/avery/ticket" in (await http.get("/schema")).json()["paths"]
    channels = (await http.get("/schema/asyncapi.json")).json()["channels"]
    assert channels["conversation"]["address"] == "/ws/avery"
    nowhere = await http.get("/nowhere")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")
    assert (await http.get("/ws/avery")).status_code == 426


async def test_the_snapshot_and_the_transcript_are_the_coachs_own(
    server: Server, http: httpx.AsyncClient, me: int
) -> None:
    bearer = {"Authorization": f"Bearer {await token(http, me)}"}
    assert (await http.get("/api/avery/state", headers=bearer)).status_code == 404
    async with coach(server.url, me) as client:
        await client.ask("hello")
        state = (await http.get("/api/avery/state", headers=bearer)).json()
        assert (state["coach"]["coachId"], state["lastSeq"], state["mode"]) == (me, 3, "scripted")
        page = (await http.get("/api/avery/messages", params={"limit": 2}, headers=bearer)).json()
        assert [(m["seq"], m["role"]) for m in page["messages"]] == [(3, "avery"), (2, "coach")]
        rest = (await http.get("/api/avery/messages", params={"before": page["nextBefore"]}, headers=bearer)).json()
        assert ([m["seq"] for m in rest["messages"]], rest["nextBefore"]) == ([1], None)
    other = {"Authorization": f"Bearer {await token(http, me, application_id=999_999)}"}
    assert (await http.get("/api/avery/state", headers=other)).status_code == 403
    assert (await http.get("/api/avery/messages", headers=other)).status_code == 403
