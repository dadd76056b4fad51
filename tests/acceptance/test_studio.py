"""The graph as Studio sees it: `langgraph dev`, started as `make studio` does, driven by the official client."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from avery.domain import PHASE_ORDER
from tests.acceptance.server import free_port

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
GRAPH = "avery"
START_SECONDS = 90.0
STOP_SECONDS = 30.0
# What CI or a developer's shell may hold: another store, a key, a tracing account.
FOREIGN = ("AVERY_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_")


@asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[str]:
    """Studio's server, offline, with its own data: its address. It keeps its threads in the folder it runs in."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    log = (folder / "studio.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("langgraph"),
        *("dev", "--config", ROOT / "langgraph.json", "--port", str(port), "--no-browser", "--no-reload"),
        cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        env=kept | {
            "AVERY_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT), "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        },
    )  # fmt: skip
    try:
        await answering(f"http://127.0.0.1:{port}", process, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        log.close()


async def answering(url: str, process: asyncio.subprocess.Process, folder: Path) -> None:
    """Wait until Studio's server answers; a failure with what it said."""
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
            while process.returncode is None:
                try:
                    if (await http.get(f"{url}/ok")).is_success:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    raise AssertionError(f"Studio's server is not there:\n{(folder / 'studio.log').read_text()[-4000:]}")


@pytest.fixture(scope="module")
async def client(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LangGraphClient]:
    async with studio(tmp_path_factory.mktemp("studio")) as url, get_client(url=url, api_key=None) as client:
        yield client


class Thread:
    """One thread, on which a coach talks."""

    def __init__(self, client: LangGraphClient, thread_id: str, context: dict[str, Any] | None) -> None:
        self.client, self.id, self.context = client, thread_id, context

    async def says(self, text: str) -> dict[str, Any]:
        """The values that a run with this message alone ends with."""
        return await self.run(input={"messages": [{"role": "user", "content": text}]})

    async def run(self, **how: Any) -> dict[str, Any]:
        found = await self.client.runs.wait(self.id, GRAPH, context=self.context, **how)
        assert isinstance(found, dict)
        return found

    async def history(self) -> list[Any]:
        """The checkpoints, the newest first."""
        return list(await self.client.threads.get_history(self.id, limit=100))


async def thread(client: LangGraphClient, coach_id: int | None = None) -> Thread:
    """A new thread; without a coach the one that Studio takes when nothing is chosen."""
    context = None if coach_id is None else {"coach_id": coach_id, "application_id": coach_id, "tz": "Europe/Berlin"}
    return Thread(client, (await client.threads.create())["thread_id"], context)


def said(values: dict[str, Any]) -> str:
    """What Avery said last."""
    last = values["messages"][-1]
    assert last["type"] == "ai"
    return str(last["content"])


def names(history: list[Any]) -> set[str]:
    return {checkpoint["checkpoint"]["checkpoint_id"] for checkpoint in history}


def test_make_studio_starts_that_server_and_tells_nobody() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nstudio:", 1)[1].split("\n\n", 1)[0]
    assert "LANGGRAPH_CLI_NO_ANALYTICS=1 $(VENV)/bin/langgraph dev $(ARGS)" in recipe


async def test_the_graph_shows_the_phases_under_their_names(client: LangGraphClient) -> None:
    assistant = (await client.assistants.search(graph_id=GRAPH))[0]
    drawing = await client.assistants.get_graph(assistant["assistant_id"])
    nodes = {node["id"] for node in drawing["nodes"]}
    phases = [phase.value for phase in PHASE_ORDER]
    assert nodes == {"__start__", "intake", *phases, "complete", "tools", "__end__"}
    ways = {(edge["source"], edge["target"]) for edge in drawing["edges"]}
    places = [*phases, "complete"]
    assert set(pairwise(places)) < ways
    assert {("intake", place) for place in places} < ways
    assert {("tools", place) for place in places} < ways
    assert {(place, "tools") for place in places} < ways


async def test_who_the_coach_is_can_be_chosen(client: LangGraphClient) -> None:
    assistant = (await client.assistants.search(graph_id=GRAPH))[0]
    schemas = await client.assistants.get_schemas(assistant["assistant_id"])
    offered = (schemas["context_schema"] or {})["properties"]
    assert {"coach_id", "application_id", "tz", "locale"} <= offered.keys()


async def test_a_message_alone_is_enough_and_the_state_can_be_read(client: LangGraphClient) -> None:
    talk = await thread(client)
    values = await talk.says("I teach yoga")
    assert "what should I call you?" in said(values)
    assert (values["coach"]["niche"], values["coach"]["current_phase"]) == ("wellness", "discovery")
    state = await client.threads.get_state(talk.id)
    kept: Any = state["values"]
    assert [message["type"] for message in kept["messages"]] == ["human", "ai", "tool", "ai"]
    assert kept["messages"][1]["tool_calls"][0]["name"] == "update_coach_profile"
    assert kept["messages"][1]["tool_calls"][0]["args"] == {"niche": "wellness"}
    assert said(kept) == said(values)
    assert (kept["coach"]["niche"], kept["coach"]["current_phase"]) == ("wellness", "discovery")
    assert [call["name"] for call in kept["functions"]] == ["update_coach_profile"]
    assert state["next"] == []


async def test_a_second_run_goes_on_with_the_same_coach(client: LangGraphClient) -> None:
    talk = await thread(client, 301)
    await talk.says("I teach yoga")
    values = await talk.says("call me Zoë")
    assert "Zoë" in said(values)
    assert (values["coach"]["preferred_name"], values["coach"]["niche"]) == ("Zoë", "wellness")
    assert [message["content"] for message in values["messages"] if message["type"] == "human"] == [
        "I teach yoga",
        "call me Zoë",
    ]


async def test_another_coach_is_another_conversation(client: LangGraphClient) -> None:
    mine, theirs = await thread(client, 302), await thread(client, 303)
    await mine.says("call me Sam")
    values = await theirs.says("hi")
    assert (values["coach"]["coach_id"], values["coach"]["preferred_name"]) == (303, None)
    assert "what should I call you?" in said(values)
    # The facts are the coach's, not the thread's.
    again = await (await thread(client, 302)).says("hi")
    assert (again["coach"]["coach_id"], again["coach"]["preferred_name"]) == (302, "Sam")


async def test_the_history_shows_each_step_and_a_turn_can_be_run_again(client: LangGraphClient) -> None:
    talk = await thread(client, 304)
    await talk.says("I teach yoga")
    await talk.says("call me Zoë")
    history = await talk.history()
    steps = [checkpoint["next"] for checkpoint in reversed(history)]
    turn = [["__start__"], ["intake"], ["discovery"], ["tools"], ["discovery"], []]
    assert steps == turn + turn
    # The second turn, from before Avery had read it.
    earlier = next(checkpoint for checkpoint in history if checkpoint["next"] == ["intake"])
    assert [message["content"] for message in earlier["values"]["messages"]][-1] == "call me Zoë"
    values = await talk.run(input=None, checkpoint_id=earlier["checkpoint"]["checkpoint_id"])
    assert values["coach"]["preferred_name"] == "Zoë"
    assert [message["content"] for message in values["messages"] if message["type"] == "human"] == [
        "I teach yoga",
        "call me Zoë",
    ]
    assert said(values)
    # From within the turn: the tool runs again, and the phase speaks again.
    before_tools = next(checkpoint for checkpoint in history if checkpoint["next"] == ["tools"])
    assert before_tools["values"]["coach"]["coach_id"] == 304
    assert said(await talk.run(input=None, checkpoint_id=before_tools["checkpoint"]["checkpoint_id"]))
    # It is a branch: what it was run again from is still there.
    assert names(history) < names(await talk.history())


async def test_the_steps_of_a_turn_can_be_watched(client: LangGraphClient) -> None:
    talk = await thread(client, 305)
    steps: list[str] = []
    said: Any = {"messages": [{"role": "user", "content": "I teach yoga"}]}
    async for event in client.runs.stream(
        talk.id, GRAPH, input=said, context={"coach_id": 305, "application_id": 305}, stream_mode="updates"
    ):
        if event.event == "updates":
            steps += event.data
    assert steps == ["intake", "discovery", "tools", "discovery"]
