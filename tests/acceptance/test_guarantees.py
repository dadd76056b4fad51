"""What holds: whatever happens to sockets, processes and the database, the transcript is whole, in order, once."""

import asyncio
import os
import signal
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.acceptance.client import PATIENCE, Frame, coach, join, token, transcript
from tests.acceptance.server import AVERY, Server, free_port, serving, start

pytestmark = pytest.mark.anyio


def told(frames: list[Frame]) -> list[str]:
    return [frame["type"] for frame in frames]


async def said(url: str, coach_id: int) -> list[tuple[str, str]]:
    """The transcript as (role, content), once its seqs were found to be gapless."""
    found = await transcript(url, coach_id)
    assert [message["seq"] for message in found] == list(range(1, len(found) + 1))
    return [(message["role"], message["content"]) for message in found]


async def test_the_greeting_comes_by_itself_and_once(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        assert told(client.frames) == [
            "session_ready", "avery_typing", "avery_message", "progress_update", "avery_typing",
        ]  # fmt: skip
    async with await join(server.url, me) as back:
        await back.next("session_ready")
        await back.ping()
    assert await said(server.url, me) == [("avery", "greeting")]


async def test_a_turns_frames_come_in_the_contracts_order(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        start = len(client.frames)
        sent = await client.say(f"gate {me}")
        await client.next("avery_stream_chunk")
        server.open_gate(str(me))
        await client.turn_end()
        frames = client.frames[start:]
        assert told(frames) == [
            "ack", "avery_typing", "avery_stream_chunk", "avery_stream_chunk", "avery_stream_end", "progress_update",
            "avery_typing",
        ]  # fmt: skip
        assert frames[0]["payload"] == {"messageId": sent, "seq": 2, "duplicate": False}
        assert {frame.get("inReplyTo") for frame in frames[1:]} == {sent}
        reply = frames[4]
        assert {frame["messageId"] for frame in frames[2:5]} == {reply["payload"]["id"]}
        assert (reply["seq"], reply["payload"]["content"]) == (3, "before after")
        assert client.seqs == [1, 2, 3]


async def test_the_same_message_twice_is_one_message_and_one_turn(server: Server, me: int) -> None:
    same = str(uuid4())
    async with coach(server.url, me) as client, await join(server.url, me, after=1) as tab:
        await asyncio.gather(*(each.say("hello", same) for each in (client, tab, client, tab)))
        await client.turn_end()
        await asyncio.gather(client.ping(), tab.ping())
        acks = [frame["payload"] for each in (client, tab) for frame in each.frames if frame["type"] == "ack"]
        assert sorted(ack["duplicate"] for ack in acks) == [False, True, True, True]
        assert {ack["seq"] for ack in acks} == {2}
    assert await said(server.url, me) == [("avery", "greeting"), ("coach", "hello"), ("avery", "echo: hello")]


async def test_two_messages_at_once_are_two_turns_in_order(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        for n in range(5):
            await client.say(str(n))
        for _ in range(5):
            await client.turn_end()
        assert client.seqs == list(range(1, 12))
    found = await said(server.url, me)
    assert [text for role, text in found if role == "coach"] == ["0", "1", "2", "3", "4"]
    assert [text for role, text in found[1:] if role == "avery"] == [f"echo: {n}" for n in range(5)]


async def test_a_second_tab_sees_the_same_transcript(server: Server, me: int) -> None:
    async with coach(server.url, me) as first, await join(server.url, me, after=0) as second:
        await second.until(lambda frame: frame.get("seq") == 1)
        await first.ask("hello")
        await second.turn_end()
        await second.ask("from the other side")
        await first.turn_end()
        assert first.seqs == second.seqs == [1, 2, 3, 4, 5]
        mine = next(frame for frame in second.frames if frame.get("seq") == 2)
        assert (mine["type"], mine["payload"]["role"], mine["payload"]["content"]) == (
            "avery_message",
            "coach",
            "hello",
        )


async def test_closing_every_socket_changes_nothing_about_the_reply(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        await client.say(f"gate {me}")
        await client.next("avery_stream_chunk")
    server.open_gate(str(me))
    async with await join(server.url, me, after=1) as back:
        await back.until(lambda frame: frame.get("seq") == 3)
        assert back.seqs == [2, 3]
    assert (await said(server.url, me))[-1] == ("avery", "before after")


async def test_who_comes_back_in_the_middle_gets_what_was_missed_and_the_text_so_far(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        await client.ask("one")
        await client.say(f"gate {me}")
        await client.next("avery_stream_chunk")
        async with await join(server.url, me, after=1) as back:
            await back.next("avery_stream_chunk")
            assert told(back.frames)[1:] == [
                "avery_message", "avery_message", "avery_message", "avery_typing", "avery_stream_chunk",
            ]  # fmt: skip
            chunk = back.frames[-1]["payload"]
            assert (chunk["text"], chunk["replace"]) == ("before ", True)
            assert back.ready["pending"] == {"inReplyTo": client.frames[-1]["inReplyTo"]}
            server.open_gate(str(me))
            await back.turn_end()
            assert back.seqs == [2, 3, 4, 5]


async def test_a_long_absence_is_made_up_for_in_order(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        for n in range(50):
            await client.ask(str(n))
        async with await join(server.url, me, after=1) as back:
            await client.ask("live")
            await back.until(lambda frame: frame.get("seq") == 103)
            assert back.seqs == list(range(2, 104))


async def test_a_client_that_found_a_gap_may_resume_at_any_time(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        await client.ask("one")
        await client.send("resume", {"after": 1})
        await client.ping()
        assert client.seqs == [1, 2, 3, 2, 3]


async def test_stop_keeps_the_text_so_far_and_the_next_turn_works(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        await client.say("gate never")
        await client.next("avery_stream_chunk")
        await client.send("stop_generation")
        frames = await client.turn_end()
        end = next(frame["payload"] for frame in frames if frame["type"] == "avery_stream_end")
        assert (end["content"], end["stopped"]) == ("before ", True)
        assert (await client.ask("next"))[0]["content"] == "echo: next"


async def test_a_turn_that_fails_once_is_run_again_and_replaces_what_it_wrote(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        assert (await client.ask("boom once"))[0]["content"] == "echo: boom once"


async def test_a_turn_that_keeps_failing_is_answered_with_an_apology(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        (reply,) = await client.ask("boom")
        assert "sorry" in reply["content"]
        assert reply["phase"] == "discovery"
        assert (await client.ask("next"))[0]["content"] == "echo: next"


async def test_a_click_is_shown_by_its_label_and_run_by_its_action(server: Server, me: int) -> None:
    async with coach(server.url, me) as client:
        sent = await client.click(
            {"label": "Fitness", "action": "set_niche", "value": "fitness", "variant": "secondary"}
        )
        await client.turn_end()
        assert client.replies[-1]["content"] == "button: set_niche"
        assert client.frames[-1]["inReplyTo"] == sent
    assert (await said(server.url, me))[1] == ("coach", "Fitness")


async def test_a_killed_server_loses_nothing_and_the_next_one_answers(
    database_url: str, tmp_path: Path, me: int
) -> None:
    port = free_port()
    first = await start(database_url, tmp_path, port=port, AVERY_LEASE_SECONDS="1")
    client = await join(first.url, me)
    await client.turn_end()
    await client.say(f"gate {me}")
    await client.next("avery_stream_chunk")
    await client.say("after it")
    await client.next("ack")
    await first.kill()
    first.open_gate(str(me))
    async with (
        serving(database_url, tmp_path, port=port, AVERY_LEASE_SECONDS="1") as second,
        await join(second.url, me, after=1) as back,
    ):
        await back.until(lambda frame: frame.get("seq") == 5)
        assert back.seqs == [2, 3, 4, 5]
        assert await said(second.url, me) == [
            ("avery", "greeting"), ("coach", f"gate {me}"), ("coach", "after it"), ("avery", "before after"),
            ("avery", "echo: after it"),
        ]  # fmt: skip


async def test_a_turn_of_a_coach_who_never_comes_back_is_answered_too(
    database_url: str, tmp_path: Path, me: int
) -> None:
    first = await start(database_url, tmp_path, AVERY_LEASE_SECONDS="1")
    client = await join(first.url, me)
    await client.turn_end()
    await client.say(f"gate {me}")
    await client.next("avery_stream_chunk")
    await first.kill()
    first.open_gate(str(me))
    async with (
        serving(database_url, tmp_path, AVERY_LEASE_SECONDS="1"),
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn,
        asyncio.timeout(PATIENCE),
    ):
        await conn.execute("LISTEN avery")
        pending = "SELECT 1 FROM avery_turns WHERE status = 'pending'"
        if await (await conn.execute(pending)).fetchone():
            async for notify in conn.notifies():
                if " reply " in notify.payload:
                    break
        assert await (await conn.execute(pending)).fetchone() is None


async def test_two_servers_on_one_database_show_one_conversation(database_url: str, tmp_path: Path, me: int) -> None:
    async with (
        serving(database_url, tmp_path) as one,
        serving(database_url, tmp_path) as two,
        coach(one.url, me) as here,
        await join(two.url, me, after=0) as there,
    ):
        await there.until(lambda frame: frame.get("seq") == 1)
        for n in range(5):
            await asyncio.gather(here.say(f"here {n}"), there.say(f"there {n}"))
        for each in (here, there):
            await each.until(lambda frame: frame.get("seq") == 21)
            assert each.seqs == list(range(1, 22))
        found = await said(one.url, me)
        asked = [text for role, text in found if role == "coach"]
        assert [text for role, text in found[1:] if role == "avery"] == [f"echo: {text}" for text in asked]
        for place in ("here", "there"):
            assert [text for text in asked if text.startswith(place)] == [f"{place} {n}" for n in range(5)]
        # A stop reaches the server that writes, whichever that is.
        await here.say("gate never")
        chunks = {
            asyncio.create_task(each.next("avery_stream_chunk")): other
            for each, other in ((here, there), (there, here))
        }
        done, waiting = await asyncio.wait(chunks, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await chunks[done.pop()].send("stop_generation")
        for each in (here, there):
            while not (each.replies and each.replies[-1].get("stopped")):
                await each.until(lambda frame: frame["type"] in ("avery_message", "avery_stream_end"))


async def test_a_servers_end_lets_the_running_turn_finish(database_url: str, tmp_path: Path, me: int) -> None:
    server = await start(database_url, tmp_path)
    client = await join(server.url, me)
    await client.turn_end()
    await client.say(f"gate {me}")
    await client.next("avery_stream_chunk")
    server.process.send_signal(signal.SIGTERM)
    assert (await client.next("reconnect"))["payload"]["afterMs"] > 0
    server.open_gate(str(me))
    await client.next("avery_stream_end")
    assert await client.close_code() == 1012
    assert await server.process.wait() == 0


async def test_a_turn_that_does_not_finish_in_time_is_left_to_the_next_server(
    database_url: str, tmp_path: Path, me: int
) -> None:
    server = await start(database_url, tmp_path, AVERY_LEASE_SECONDS="60")
    client = await join(server.url, me)
    await client.turn_end()
    await client.say(f"gate {me}")
    await client.next("avery_stream_chunk")
    assert await server.stop() == 0
    server.open_gate(str(me))
    async with serving(database_url, tmp_path) as second, await join(second.url, me, after=2) as back:
        await back.until(lambda frame: frame.get("seq") == 3)
        assert back.replies[-1]["content"] == "before after"


async def test_a_crash_of_the_database_loses_nothing(database_url: str, tmp_path: Path, me: int) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        # The tests' server may be a forgetful one.
        await conn.execute(f"ALTER DATABASE {conn.info.dbname} SET synchronous_commit = on")

    async def crash() -> None:
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
            row = await (await conn.execute("SELECT pg_backend_pid()")).fetchone()
            assert row is not None
            try:
                os.kill(row[0], signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pytest.skip("the database runs elsewhere; leave AVERY_TEST_DATABASE_URL out to use the embedded one")

    async with serving(database_url, tmp_path) as server, coach(server.url, me) as client:
        await client.say(f"gate {me}")
        await client.next("avery_stream_chunk")
        await crash()
        await client.say("during")
        await client.next("ack")
        server.open_gate(str(me))
        await client.turn_end()
        await client.turn_end()
        await crash()
        await client.ask("after")
        assert client.seqs == list(range(1, 8))
        assert [text for _, text in await said(server.url, me)] == [
        "greeting", f"gate {me}", "during", "before after", "echo: during", "after", "echo: after",
    ]  # fmt: skip


async def test_one_who_was_away_is_welcomed_back_once(database_url: str, tmp_path: Path, me: int) -> None:
    async with serving(database_url, tmp_path) as server, coach(server.url, me) as client:
        await client.ask("hello")
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute("UPDATE avery_coach_context SET last_interaction_at = now() - interval '31 minutes'")
    async with serving(database_url, tmp_path) as server:
        async with await join(server.url, me) as back:
            await back.turn_end()
            assert back.replies[-1]["content"] == "welcome_back"
        async with await join(server.url, me) as again:
            await again.next("session_ready")
            await again.ping()
        assert [text for _, text in await said(server.url, me)][3:] == ["welcome_back"]


async def test_posts_are_written_once_though_the_server_is_killed_while_it_writes_them(
    database_url: str, tmp_path: Path, me: int
) -> None:
    port = free_port()
    first = await start(database_url, tmp_path, module=AVERY, port=port, AVERY_LEASE_SECONDS="1")
    client = await join(first.url, me)
    await client.turn_end()
    for text in ("I'm Zoë", "yoga", "prenatal yoga"):
        await client.ask(text)
    await client.press("skip")
    slow = {"path": "/api/blogs", "method": "POST", "count": 2, "fault": "slow", "delay_ms": 1500}
    async with httpx.AsyncClient(base_url=first.url) as http:
        (await http.post("/sandbox/faults", json=slow)).raise_for_status()
    await client.click(next(button for button in client.buttons if button["action"] == "generate_blogs"))
    await client.next("function_executing")
    await first.kill()
    async with (
        serving(database_url, tmp_path, module=AVERY, port=port, AVERY_LEASE_SECONDS="1") as second,
        await join(second.url, me, after=client.seqs[-1]) as back,
    ):
        await back.until(lambda frame: frame["type"] == "progress_update" and frame.get("inReplyTo") is not None)
        async with httpx.AsyncClient(base_url=second.url) as http:
            bearer = {"Authorization": f"Bearer {await token(http, me)}"}
            state = (await http.get("/api/avery/state", headers=bearer)).json()
        titles = [blog["title"] for blog in state["storePreview"]["store"]["blogs"]]
        assert (len(titles), len(set(titles))) == (3, 3)
        await said(second.url, me)
