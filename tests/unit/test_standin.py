"""The stand-in for OpenAI's API, asked by OpenAI's own SDK and, where that would not send it, by hand."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel

import prompts
from prompts.sample import TURN
from tests.standin import Standin, serving
from tests.standin.brain import MARK, answer
from tests.standin.faults import KINDS
from tests.standin.validate import Refused, check_chat
from tools import TOOLS

pytestmark = pytest.mark.anyio
OFFERED = [tool.as_openai() for tool in TOOLS.values()]


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    async with serving() as running:
        yield running


@pytest.fixture
async def standin(url: str) -> Standin:
    running = Standin(url)
    await running.reset()
    return running


@pytest.fixture
async def sdk(standin: Standin) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key="sk-test", base_url=standin.url, max_retries=0, timeout=5) as client:
        yield client


def asking(said: str = "hi", **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": said}], **more}


def facts(phase: str = "pricing", ask: str = "", **changed: Any) -> str:
    """A system message as Avery sends it."""
    given = TURN | {"phase": phase} | changed
    about = prompts.instruct(f"phases/{phase}.md", **given, ask=ask, buttons=[])
    return prompts.instruct("system.md", **given, instructions=about)


def called(said: str, phase: str = "pricing", ask: str = "", **changed: Any) -> dict[str, dict[str, Any]]:
    """The tools that the words make the stand-in call, with the arguments that are not null."""
    system = {"role": "system", "content": facts(phase, ask, **changed)}
    reply = answer({"messages": [system, {"role": "user", "content": said}], "tools": OFFERED})
    for name, arguments in reply.calls:
        TOOLS[name].parse(json.loads(arguments))
    return {name: {key: value for key, value in json.loads(given).items() if value is not None}
            for name, given in reply.calls}  # fmt: skip


async def streamed(sdk: AsyncOpenAI, **body: Any) -> list[Any]:
    return [chunk async for chunk in await sdk.chat.completions.create(stream=True, **body)]


# Shapes ---------------------------------------------------------------------------------------------------------------


async def test_it_says_what_it_is(standin: Standin, sdk: AsyncOpenAI) -> None:
    async with httpx.AsyncClient() as http:
        page = await http.get(standin.root)
    assert "stand-in" in page.json()["about"]
    raw = await sdk.chat.completions.with_raw_response.create(**asking())
    found = raw.parse()
    assert raw.headers["x-standin"] == "1"
    assert found.system_fingerprint == "standin"
    assert found.choices[0].message.content.endswith(MARK)
    assert "gpt-4o" in [model.id async for model in sdk.models.list()]


async def test_a_streamed_reply_begins_with_the_role_and_ends_with_its_reason_and_usage(sdk: AsyncOpenAI) -> None:
    chunks = await streamed(sdk, **asking(), stream_options={"include_usage": True})
    *spoken, last, usage = chunks
    assert spoken[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in spoken).endswith(MARK)
    assert (last.choices[0].finish_reason, usage.choices) == ("stop", [])
    assert usage.usage.total_tokens == usage.usage.prompt_tokens + usage.usage.completion_tokens
    assert len({chunk.id for chunk in chunks}) == 1


async def test_tool_calls_come_in_pieces_by_index(standin: Standin, sdk: AsyncOpenAI) -> None:
    await standin.fault("five_calls")
    calls: dict[int, list[str]] = {}
    for chunk in await streamed(sdk, **asking(tools=OFFERED)):
        for piece in chunk.choices[0].delta.tool_calls or []:
            held = calls.setdefault(piece.index, ["", "", ""])
            held[0] += piece.id or ""
            held[1] += piece.function.name or ""
            held[2] += piece.function.arguments or ""
    assert chunk.choices[0].finish_reason == "tool_calls"
    assert len({call for call, _, _ in calls.values()}) == 5
    for _, name, arguments in calls.values():
        TOOLS[name].parse(json.loads(arguments))


async def test_a_prompt_that_begins_like_an_earlier_one_is_cached_in_part(sdk: AsyncOpenAI) -> None:
    rules = {"role": "system", "content": "Be kind. " * 800}
    counts: list[Any] = []
    for word in ("one", "two"):
        body: dict[str, Any] = asking() | {"messages": [rules, {"role": "user", "content": word}]}
        counts.append((await sdk.chat.completions.create(**body)).usage)
    cached = [usage.prompt_tokens_details.cached_tokens for usage in counts]
    assert cached[0] == 0
    assert 1024 <= cached[1] <= counts[1].prompt_tokens


async def test_moderation_flags_the_word_for_it_text_by_text(sdk: AsyncOpenAI) -> None:
    found = await sdk.moderations.create(model="omni-moderation-latest", input=["fine", "so FLAGME bad"])
    assert [each.flagged for each in found.results] == [False, True]


class Blog(BaseModel):
    title: str
    body: str
    category: str
    tags: list[str]


async def test_a_schema_is_filled_from_the_material(sdk: AsyncOpenAI) -> None:
    material = prompts.material("a1b2c3d4e5f6a7b8", topic="breathing at work", titles="Another one")
    found = await sdk.chat.completions.parse(**asking(material), response_format=Blog)
    blog = found.choices[0].message.parsed
    assert blog is not None
    assert "breathing at work" in blog.title
    assert 300 <= len(blog.body.split()) <= 500
    assert blog.body.count("## ") == 3
    assert "a1b2c3d4e5f6a7b8" not in blog.model_dump_json()


class Text(BaseModel):
    text: str


async def test_a_text_is_another_in_another_tone_and_when_it_is_written_anew(sdk: AsyncOpenAI) -> None:
    written = [""]
    for tone in ("calm", "casual", "casual"):
        given = {"name": "Zoë", "niche": "wellness", "niche_word": "yoga", "specialty": "yoga at work", "tone": tone}
        system = {"role": "system", "content": prompts.instruct("bio.md", None, language="en-GB", **given)}
        material = prompts.material("a1b2c3d4e5f6a7b8", earlier_version=written[-1])
        body: dict[str, Any] = asking() | {"messages": [system, {"role": "user", "content": material}]}
        found = (await sdk.chat.completions.parse(**body, response_format=Text)).choices[0].message.parsed
        assert found is not None
        written.append(found.text)
    assert len(set(written)) == 4
    assert all("yoga at work" in text for text in written[1:])


# What it refuses ------------------------------------------------------------------------------------------------------


def call(name: str = "get_x", arguments: Any = "{}", call_id: str = "call_1") -> dict[str, Any]:
    made = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [made]}


def history(*messages: dict[str, Any]) -> dict[str, Any]:
    return asking() | {"messages": [{"role": "user", "content": "hi"}, *messages]}


def tool(name: str = "get_x", **schema: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {}, "required": [], "additionalProperties": False} | schema
    return {"type": "function", "function": {"name": name, "strict": True, "parameters": parameters}}


def with_property(**schema: Any) -> dict[str, Any]:
    return asking(tools=[tool(properties={"a": schema}, required=["a"])])


RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "{}"}


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (asking(model="gpt-9"), 404, "does not exist"),
        (asking(colour="red"), 400, "Unknown parameter: 'colour'"),
        (asking(temperature=2.5), 400, "above maximum value"),
        (asking(reasoning_effort="none"), 400, "Unrecognized request argument supplied: reasoning_effort"),
        (asking(max_tokens=0), 400, "below minimum value"),
        (asking(max_tokens=9, max_completion_tokens=9), 400, "at the same time"),
        (asking(tool_choice="auto"), 400, "only allowed when 'tools'"),
        (asking(parallel_tool_calls=True), 400, "only allowed when 'tools'"),
        (asking(stream_options={"include_usage": True}), 400, "only allowed when 'stream'"),
        (asking(model="gpt-6-luna", max_tokens=9), 400, "Use 'max_completion_tokens' instead"),
        (asking(model="gpt-6-luna", tools=[tool()]), 400, "set reasoning_effort to 'none'"),
        (asking(model="gpt-6-luna", temperature=0.7), 400, "Only the default (1) value"),
        (asking(model="gpt-5", reasoning_effort="none"), 400, "does not support 'none'"),
        (asking(messages=[]), 400, "empty array"),
        (history(call()), 400, "The following tool_call_ids did not have response messages: call_1"),
        (history(call(), {"role": "user", "content": "so?"}), 400, "must be followed by tool messages"),
        (history(RESULT), 400, "must be a response to a preceeding message with 'tool_calls'"),
        (history(call(), RESULT, RESULT), 400, "must be a response to a preceeding message"),
        (history(call(arguments={}), RESULT), 400, "expected a string, but got an object"),
        (history(call(call_id="c" * 41)), 400, "maximum length 40"),
        (history({"role": "assistant", "content": None}), 400, "expected a string, got null"),
        (history({"role": "bot", "content": "hi"}), 400, "Supported values are: 'system'"),
        (asking(tools=[]), 400, "empty array"),
        (asking(tools=[tool(f"t{n}") for n in range(129)]), 400, "maximum length 128"),
        (asking(tools=[tool(), tool()]), 400, "unique"),
        (asking(tools=[tool("get x")]), 400, "does not match pattern"),
        (asking(tools=[tool(additionalProperties=True)]), 400, "'additionalProperties' is required to be supplied"),
        (asking(tools=[tool(properties={"a": {"type": "string"}})]), 400, "every key in properties. Missing 'a'."),
        (with_property(type="string", minLength=1), 400, "context=('properties', 'a'), 'minLength' is not permitted"),
        (with_property(type="string", default="x"), 400, "'default' is not permitted"),
        (with_property(type="string", format="uri"), 400, "'uri' is not a valid format"),
        (with_property(type="array", items={"type": "string", "maxLength": 1}), 400, "('properties', 'a', 'items')"),
        (with_property(**{"$ref": "#/$defs/A", "description": "x"}), 400, "$ref cannot have keywords"),
        (asking(response_format={"type": "json_schema", "json_schema": {"name": "A", "strict": True, "schema": {
            "type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}}}), 400,
         "Invalid schema for response_format 'A': In context=('properties', 'a'), schema must have a 'type' key"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_openai_refuses_is_refused_in_its_words(body: dict[str, Any], status: int, told: str) -> None:
    with pytest.raises(Refused) as refused:
        check_chat(body)
    assert refused.value.status == status
    error = refused.value.body["error"]
    assert told in str(error["message"])
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "body",
    [
        asking(tools=OFFERED, tool_choice="auto", temperature=0.7, max_tokens=500, stream=True,
               stream_options={"include_usage": True}),
        asking(model="gpt-6-luna", tools=OFFERED, reasoning_effort="none", temperature=0.7, max_completion_tokens=500),
        history(call(), RESULT, {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Thanks"}),
        with_property(type="integer", minimum=1, maximum=9),
        with_property(anyOf=[{"type": "string", "format": "date-time"}, {"type": "null"}]),
    ],
)  # fmt: skip
def test_what_openai_takes_is_taken(body: dict[str, Any]) -> None:
    check_chat(body)


@pytest.mark.parametrize(("key", "code"), [("", None), ("Bearer sk-wrong", "invalid_api_key")])
async def test_a_key_that_is_missing_or_wrong_is_refused(standin: Standin, key: str, code: str | None) -> None:
    async with httpx.AsyncClient() as http:
        headers = {"authorization": key} if key else {}
        found = await http.post(f"{standin.url}/chat/completions", json=asking(), headers=headers)
    assert (found.status_code, found.json()["error"]["code"]) == (401, code)


async def test_the_sdk_meets_the_errors_as_its_own(sdk: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        await sdk.chat.completions.create(**asking(model="gpt-9"))
    with pytest.raises(openai.BadRequestError, match="must be followed by tool messages"):
        await sdk.chat.completions.create(**history(call()))


# What it understands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("I teach yoga", "update_coach_profile", {"niche": "wellness", "specialty": "yoga"}),
        ("I'm a kettlebell coach.", "update_coach_profile", {"niche": "fitness", "specialty": "kettlebell"}),
        ("call me mARIA", "update_coach_profile", {"name": "mARIA"}),
        ("Can you make it more casual?", "update_coach_profile", {"tone": "casual", "rewrite_bio": True}),
        ("I was thinking £12.99", "set_subscription_price",
         {"amount": 12.99, "currency": "GBP", "interval": "month"}),
        ("$120 a year", "set_subscription_price", {"amount": 120, "currency": "USD", "interval": "year"}),
        ("How am I doing?", "get_store_analytics", {}),
        ("what do my competitors charge", "get_niche_benchmarks", {}),
        ("What do others in my field charge?", "get_niche_benchmarks", {}),
        ("Please write a blog about sleep for new parents.", "generate_blog_posts",
         {"count": 1, "custom_topic": "sleep for new parents"}),
        ("regenerate the posts", "generate_blog_posts", {"count": 3, "replace": "all"}),
        ("Rewrite the post “Slow mornings”", "generate_blog_posts", {"count": 1, "replace": "Slow mornings"}),
        ("publish them all", "publish_blog_posts", {}),
        ("delete the second post", "delete_blog_post", {"post": "second"}),
        ("Please remove the blog called Slow mornings", "delete_blog_post", {"post": "Slow mornings"}),
        ("connect my Instagram", "connect_social_account", {"platform": "instagram"}),
        ("Can I have another template?", "apply_store_template", {}),
        ("tomorrow at 6pm", "schedule_live_session", {"starts_at": "2026-11-24T18:00"}),
        ("How about 18:30 on Friday?", "schedule_live_session", {"starts_at": "2026-11-27T18:30"}),
        ("share it on X", "generate_share_content", {"platform": "x"}),
        ("skip", "update_scorecard", {"phase": "pricing", "status": "skipped"}),
        ("Let's go back to my bio", "update_scorecard", {"phase": "profile_setup", "status": "open"}),
        ("What are my best posts?", "get_social_top_posts", {}),
    ],
)  # fmt: skip
def test_words_become_the_tool_call_that_they_ask_for(said: str, tool: str, arguments: dict[str, Any]) -> None:
    assert called(said) == {tool: arguments}


@pytest.mark.parametrize(
    "said",
    ["hi", "", "How do live sessions work?", "this is confusing", "between £10 and £15", "tomorrow at 6", "Thanks!",
     "don't publish", "[clicked “£9.99 a month”]", "I have been coaching for years and love what I do."],
)  # fmt: skip
def test_words_that_ask_for_nothing_are_only_answered(said: str) -> None:
    assert called(said) == {}


@pytest.mark.parametrize("said", ["Zoë", "zoë o'neil", "I'm Zoë", "My name is Zoë and I teach yoga"])
def test_a_name_is_taken_where_none_is_known_and_left_as_it_was_typed(said: str) -> None:
    (arguments,) = called(said, "discovery", "name", name="").values()
    assert arguments["name"] in said
    assert arguments["name"].casefold().startswith("zoë")
    assert arguments.get("niche") == ("wellness" if "yoga" in said else None)


@pytest.mark.parametrize("said", ["hi", "hello there?", "skip", "I'm confused", "what?", "I'm a yoga teacher"])
def test_not_every_word_is_a_name(said: str) -> None:
    assert not any("name" in arguments for arguments in called(said, "discovery", "name", name="").values())


def test_a_bare_number_is_a_price_where_the_price_is_asked_for() -> None:
    assert called("15", "pricing", "price")["set_subscription_price"] == {"amount": 15, "interval": "month"}
    assert called("15", "launch", "share") == {}


def test_only_tools_that_are_offered_are_called() -> None:
    assert answer(asking("how am I doing?")).calls == []


def test_a_tool_s_result_is_told() -> None:
    result = RESULT | {"content": '{"set": true, "price": "£12.99", "interval": "month"}'}
    reply = answer(history(call("set_subscription_price"), result) | {"tools": OFFERED})
    assert reply.calls == []
    assert "£12.99" in reply.text
    assert reply.text.endswith(MARK)


# Faults and timing ----------------------------------------------------------------------------------------------------


async def test_rate_limits_say_when_to_come_back_and_a_spent_quota_does_not(standin: Standin, sdk: AsyncOpenAI) -> None:
    await standin.fault("rate_limit", retry_after=7)
    await standin.fault("rate_limit", code="insufficient_quota")
    for code, after in (("rate_limit_exceeded", "7"), ("insufficient_quota", None)):
        with pytest.raises(openai.RateLimitError) as limited:
            await sdk.chat.completions.create(**asking())
        assert (limited.value.code, limited.value.response.headers.get("retry-after")) == (code, after)
    await sdk.chat.completions.create(**asking())


@pytest.mark.parametrize("after", [0, 3, 1000])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("cut", httpx.TransportError), ("error_mid_stream", openai.APIError), ("rubbish", ValueError)],
)
async def test_a_stream_breaks_after_so_many_chunks(
    standin: Standin, sdk: AsyncOpenAI, kind: str, error: type[Exception], after: int
) -> None:
    await standin.fault(kind, after=after)
    heard = 0

    async def listen() -> None:
        nonlocal heard
        async for chunk in await sdk.chat.completions.create(**asking(), stream=True):
            heard += chunk.choices[0].delta.content not in (None, "")

    with pytest.raises((error, openai.APIError)):
        await listen()
    assert heard == after or after == 1000
    (request,) = await standin.requests()
    assert request["end"] == "fault"


@pytest.mark.parametrize("kind", ["hang", "stall"])
async def test_silence_lasts_until_the_client_leaves(standin: Standin, sdk: AsyncOpenAI, kind: str) -> None:
    await standin.fault(kind, after=1)
    with pytest.raises(openai.APITimeoutError):
        await streamed(sdk.with_options(timeout=0.3), **asking())
    async with asyncio.timeout(5):
        while (await standin.requests())[0]["end"] != "left":
            pass


@pytest.mark.parametrize(
    ("fault", "holds"),
    [
        ({"kind": "empty"}, lambda choice: (choice.finish_reason, choice.message.content) == ("stop", "")),
        ({"kind": "refusal"}, lambda choice: choice.message.refusal and choice.message.content is None),
        ({"kind": "refusal", "filtered": True}, lambda choice: choice.finish_reason == "content_filter"),
        ({"kind": "length", "after": 3},
         lambda choice: choice.finish_reason == "length" and len(choice.message.content.split()) == 3),
        ({"kind": "unknown_tool"}, lambda choice: choice.message.tool_calls[0].function.name not in TOOLS),
        ({"kind": "nine_calls"}, lambda choice: len(choice.message.tool_calls) == 9),
        ({"kind": "tool_loop"}, lambda choice: len(choice.message.tool_calls) == 1),
        ({"kind": "wrong_language"}, lambda choice: "Preis" in choice.message.content),
        ({"kind": "reply", "text": "As told."}, lambda choice: choice.message.content == "As told."),
        ({"kind": "reply", "calls": [{"name": "setup_stripe", "arguments": {}}]},
         lambda choice: choice.message.tool_calls[0].function.arguments == "{}"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)  # fmt: skip
async def test_a_reply_can_be_spoilt(
    standin: Standin, sdk: AsyncOpenAI, fault: dict[str, Any], holds: Callable[[Any], bool]
) -> None:
    await standin.fault(**fault)
    found = await sdk.chat.completions.create(**asking(tools=OFFERED))
    assert holds(found.choices[0]), found.choices[0]


@pytest.mark.parametrize("fault", [{"kind": "bad_json"}, {"kind": "length"}])
async def test_a_call_s_arguments_can_end_too_soon(standin: Standin, sdk: AsyncOpenAI, fault: dict[str, Any]) -> None:
    await standin.fault(**fault)
    found = await sdk.chat.completions.create(**asking("I teach yoga", tools=OFFERED))
    (made,) = found.choices[0].message.tool_calls or []
    assert made.type == "function"
    with pytest.raises(ValueError, match="char"):
        json.loads(made.function.arguments)


@pytest.mark.parametrize(("fault", "status"), [({"kind": "page"}, 200), ({"kind": "error", "html": True}, 502)])
async def test_a_proxy_s_page_may_come_in_place_of_an_answer(
    standin: Standin, sdk: AsyncOpenAI, fault: dict[str, Any], status: int
) -> None:
    await standin.fault(**fault)
    async with httpx.AsyncClient(headers={"authorization": "Bearer sk-x"}) as http:
        found = await http.post(f"{standin.url}/chat/completions", json=asking())
    assert (found.status_code, found.headers["content-type"]) == (status, "text/html")


async def test_faults_keep_to_their_requests(standin: Standin, sdk: AsyncOpenAI) -> None:
    await standin.fault("error", match="/v1/moderations")
    await standin.fault("reply", text="matched", match="three")
    await standin.fault("reply", text="by the rules", system="Rule 7")
    said = [(await sdk.chat.completions.create(**asking(word))).choices[0].message.content for word in ("two", "three")]
    assert [text == "matched" for text in said] == [False, True]
    rules = asking() | {"messages": [{"role": "system", "content": "Rule 7: be brief."}]}
    ruled = await sdk.chat.completions.create(**rules)
    assert ruled.choices[0].message.content == "by the rules"
    with pytest.raises(openai.InternalServerError):
        await sdk.moderations.create(input="fine")


async def test_an_unknown_fault_is_answered_with_those_that_exist(standin: Standin) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refused:
        await standin.fault("gremlins")
    assert all(kind in refused.value.response.text for kind in KINDS)


async def test_tokens_come_at_their_time_and_tell_when_they_were_sent(standin: Standin, sdk: AsyncOpenAI) -> None:
    await standin.timing(first_ms=80, token_ms=10)
    await standin.fault("clock", chunks=5)
    asked = time.monotonic()
    chunks = await streamed(sdk, **asking("when?"))
    told = [float(chunk.choices[0].delta.content) for chunk in chunks if chunk.choices[0].delta.content]
    assert told[0] - asked >= 0.08
    assert told[4] - told[0] >= 0.035
    (request,) = await standin.requests()
    assert request["said"] == "when?"
    assert request["at"] - asked < 0.08 <= request["first_sent_at"] - request["at"] + 0.001
    assert abs(request["first_sent_at"] - told[0]) < 0.01
    assert (request["status"], request["end"]) == (200, "whole")


async def test_what_was_asked_is_kept_without_the_key(standin: Standin, sdk: AsyncOpenAI) -> None:
    await sdk.chat.completions.create(**asking("hello", user="coach-7"))
    (request,) = await standin.requests()
    assert request["body"] == asking("hello", user="coach-7")
    assert "sk-test" not in json.dumps(request)
    await standin.reset()
    assert await standin.requests() == []
