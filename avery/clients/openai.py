"""The model, by OpenAI's Chat Completions protocol: a streamed answer with tools, a structured text, moderation.

Nothing here retries: spec ticket 2.4 says how often what is tried again, and that table is in graph/failures.py. The
SDK's own retries are off. Untrusted text comes in user messages only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import msgspec
import openai
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, AsyncStream
from pydantic import BaseModel, SecretStr, ValidationError

from avery.clients.breaker import Breaker
from avery.clients.http import retry_after
from avery.errors import ModelFailed, ModelRefused
from avery.settings import Settings
from avery.store.usage import ModelCall, Record

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 45.0
"""A whole streamed answer, however steadily it drips."""
WRITE_SECONDS = 60.0
"""A whole structured text; a blog post of 1,500 tokens takes half of it."""
MODERATION = "omni-moderation-latest"

Shape = TypeVar("Shape", bound=BaseModel)


# Profiles ------------------------------------------------------------------------------------------------------------


class ModelProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one model is spoken to, and what it costs; models.toml explains the fields."""

    token_parameter: str
    temperature: Literal["always", "never", "without reasoning"]
    reasoning_effort: str
    input: float | None = None
    cached: float | None = None
    output: float | None = None
    ends: date | None = None

    def parameters(self, settings: Settings) -> dict[str, Any]:
        """What goes with every request besides the limit on its length."""
        effort = settings.reasoning_effort or self.reasoning_effort
        found: dict[str, Any] = {"reasoning_effort": effort} if effort else {}
        if self.temperature == "always" or (self.temperature == "without reasoning" and effort == "none"):
            found["temperature"] = settings.temperature
        return found

    def cost_micros(self, tokens_in: int, tokens_cached: int, tokens_out: int) -> int | None:
        """Millionths of a dollar; None where the price is not known. (A dollar a million is a micro each.)"""
        if self.input is None or self.output is None:
            return None
        cached = self.input if self.cached is None else self.cached
        return round((tokens_in - tokens_cached) * self.input + tokens_cached * cached + tokens_out * self.output)


@cache
def profile_of(model: str) -> ModelProfile:
    """The profile of a model, by its own name or by the longest name that it begins with."""
    table = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
    profiles = msgspec.convert(table, dict[str, ModelProfile])
    if model in profiles:
        return profiles[model]
    family = max((name for name in profiles if model.startswith(f"{name}-")), key=len, default="default")
    # A dated snapshot costs what its model costs; any other relative may not.
    if model.removeprefix(f"{family}-").replace("-", "").isdigit():
        return profiles[family]
    return msgspec.structs.replace(profiles[family], input=None, cached=None, output=None, ends=None)


# Answers -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Asked:
    """A tool call that the model made. `args` is None where they were not JSON."""

    name: str
    args: dict[str, Any] | None


@dataclass(slots=True)
class Answer:
    """What the model answered: words, tool calls, or both."""

    text: str = ""
    calls: list[Asked] = field(default_factory=list)
    finish: str = ""
    """stop, tool_calls, length or content_filter."""
    refusal: str = ""


class Model:
    """The configured model. Raises ModelFailed where it does not answer, and counts that in its breaker."""

    def __init__(self, settings: Settings, client: AsyncOpenAI) -> None:
        self.name = settings.model
        self.profile = profile_of(settings.model)
        self.breaker = Breaker()
        self._client = client
        self._seconds = settings.model_seconds
        self._parameters = self.profile.parameters(settings)
        self._chat = ChatOpenAI(
            model=self.name,
            api_key=SecretStr("given to the client"),
            async_client=_Completions(client, self.profile.token_parameter),
            root_async_client=client,
            max_completion_tokens=settings.max_tokens,
            streaming=True,
            stream_usage=True,
            stream_chunk_timeout=None,
            use_responses_api=False,
            **self._parameters,
        )

    def fingerprint(self) -> str:
        """What of the model decides how it speaks: a part of the prompts' version."""
        return json.dumps([self.name, self._parameters], sort_keys=True)

    async def answer(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any]],
        *,
        on_text: Callable[[str], None],
        record: Record,
        prompt_version: str,
        purpose: str = "reply",
    ) -> Answer:
        """One streamed answer; `on_text` gets each piece of it at once. Cancel the task to stop it."""
        answer = Answer()
        pieces: list[str] = []
        calls: dict[int, list[str]] = {}
        options: dict[str, Any] = {"tools": list(tools), "tool_choice": "auto"} if tools else {}
        with self._measured(purpose, prompt_version, record) as measured:
            with _failures():
                try:
                    async with _patience(self._seconds, ANSWER_SECONDS) as heard:
                        async for chunk in self._chat.astream(list(messages), **options):
                            heard()
                            _take(chunk, answer, pieces, calls, measured, on_text)
                except _Declined as declined:
                    answer.refusal = str(declined)
            if not answer.finish and not answer.refusal:
                raise ModelFailed("api_error", "the answer broke off")
            answer.text = "".join(pieces)
            answer.calls = [Asked(name, _arguments(text)) for name, text in calls.values()]
            measured.outcome = _outcome(answer)
        return answer

    async def write(
        self,
        purpose: str,
        instructions: str,
        material: str,
        shape: type[Shape],
        *,
        max_tokens: int,
        record: Record,
        prompt_version: str = "",
        seconds: float = WRITE_SECONDS,
    ) -> Shape:
        """One text in a given shape, by a call that has no tools; `material` is data, however it reads.

        Raises ModelRefused for a refusal, a cut text or another shape, ModelFailed where the model does not answer.
        """
        limit: dict[str, Any] = {self.profile.token_parameter: max_tokens}
        with self._measured(purpose, prompt_version, record) as measured:
            try:
                with _failures():
                    async with asyncio.timeout(seconds):
                        done = await self._client.chat.completions.parse(
                            model=self.name,
                            messages=[
                                {"role": "system", "content": instructions},
                                {"role": "user", "content": material},
                            ],
                            response_format=shape,
                            **limit,
                            **self._parameters,
                        )
            except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError, ValidationError) as error:
                measured.outcome = "unusable"
                raise ModelRefused(f"answered with what cannot be used ({type(error).__name__})") from None
            if done.usage:
                details = done.usage.prompt_tokens_details
                measured.tokens_in, measured.tokens_out = done.usage.prompt_tokens, done.usage.completion_tokens
                measured.tokens_cached = (details.cached_tokens or 0) if details else 0
            message = done.choices[0].message if done.choices else None
            if message is None or message.parsed is None:
                measured.outcome = "refused" if message and message.refusal else "empty"
                raise ModelRefused("declined to write that")
            return message.parsed

    async def moderate(self, texts: Sequence[str]) -> list[bool]:
        """For each text whether it was flagged. Raises ModelFailed where that cannot be told."""
        if not texts:
            return []
        with _failures():
            async with asyncio.timeout(self._seconds):
                done = await self._client.moderations.create(model=MODERATION, input=list(texts))
        if len(done.results) != len(texts):
            raise ModelFailed("api_error", "moderated another number of texts than it was given")
        return [result.flagged for result in done.results]

    def _measured(self, purpose: str, prompt_version: str, record: Record) -> _Measured:
        if not self.breaker.admits():
            raise ModelFailed("open", "is known to be down")
        return _Measured(self, purpose, prompt_version, record)


@asynccontextmanager
async def open_model(settings: Settings, key: SecretStr) -> AsyncIterator[Model]:
    """The model that the settings name."""
    for name in ("httpx2", "httpcore2", "openai"):
        # Their INFO lines tell nothing that avery_model_calls does not, and their DEBUG lines carry what coaches say.
        logging.getLogger(name).setLevel(logging.WARNING)
    async with AsyncOpenAI(
        api_key=key.get_secret_value(),
        base_url=settings.openai_base_url,
        # Measured: with aiohttp's parser below it, reading a stream costs two thirds.
        http_client=openai.DefaultAioHttpClient(),
        max_retries=0,
        # Silence within an answer is measured by whoever reads it; here only what hangs for good is cut.
        timeout=openai.Timeout(WRITE_SECONDS, connect=CONNECT_SECONDS),
    ) as client:
        yield Model(settings, client)


class _Measured:
    """One call: its time, its tokens, its end; told to the breaker and to `record` whichever way it ends."""

    def __init__(self, model: Model, purpose: str, prompt_version: str, record: Record) -> None:
        self._model, self._purpose, self._version, self._record = model, purpose, prompt_version, record
        self._begun = time.perf_counter()
        self.first_token: float | None = None
        self.tokens_in = self.tokens_cached = self.tokens_out = 0
        self.outcome = "ok"

    def __enter__(self) -> _Measured:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        breaker = self._model.breaker
        if isinstance(error, ModelFailed):
            self.outcome = error.kind
            if error.blame:
                breaker.failed(error.retry_after)
            else:
                breaker.abandoned()
        elif error is None or isinstance(error, ModelRefused):
            breaker.succeeded()
        else:
            self.outcome = "stopped" if isinstance(error, asyncio.CancelledError) else "defect"
            breaker.abandoned()
        self._record(
            ModelCall(
                purpose=self._purpose,
                model=self._model.name,
                prompt_version=self._version,
                outcome=self.outcome,
                total_ms=round((time.perf_counter() - self._begun) * 1000),
                first_token_ms=None if self.first_token is None else round((self.first_token - self._begun) * 1000),
                tokens_in=self.tokens_in,
                tokens_cached=self.tokens_cached,
                tokens_out=self.tokens_out,
                cost_micros=self._model.profile.cost_micros(self.tokens_in, self.tokens_cached, self.tokens_out),
            )
        )


class _Completions:
    """What ChatOpenAI takes for the SDK's completions; its stream gives plain dicts.

    The SDK builds a typed object for each chunk, which costs three quarters of a reply's CPU; ChatOpenAI takes dicts.
    """

    def __init__(self, client: AsyncOpenAI, token_parameter: str) -> None:
        self._client, self._token_parameter = client, token_parameter

    async def create(self, **body: Any) -> AsyncStream[object]:
        # ChatOpenAI knows one name for the limit; some models know only the older one.
        if "max_completion_tokens" in body:
            body[self._token_parameter] = body.pop("max_completion_tokens")
        return await self._client.post("/chat/completions", body=body, cast_to=object, stream=True, stream_cls=_Chunks)


class _Chunks(AsyncStream[object]):
    """The SDK's stream, which loses no refusal: ChatOpenAI passes over that field."""

    async def __aiter__(self) -> AsyncIterator[object]:
        async for chunk in self._iterator:
            choices = chunk.get("choices") if isinstance(chunk, dict) else None
            if choices and (refusal := (choices[0].get("delta") or {}).get("refusal")):
                raise _Declined(refusal)
            yield chunk


class _Declined(Exception):
    """The model's refusal, in its words."""


@contextmanager
def _failures() -> Iterator[None]:
    """Whatever keeps the model from answering, as ModelFailed with the error table's kind."""
    try:
        yield
    except (ModelFailed, _Declined, openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
        raise
    except (TimeoutError, openai.APITimeoutError):
        raise ModelFailed("timeout", "no answer in time") from None
    except openai.APIError as error:
        raise _failure(error) from None
    except ValidationError:
        raise
    except Exception as error:
        # Chunks that are not JSON, or not chunks: a proxy's page, a server of another kind.
        raise ModelFailed("api_error", f"answered with something else ({type(error).__name__})") from error


def _failure(error: openai.APIError) -> ModelFailed:
    """The SDK's error as ours, without its text where that could repeat what we sent."""
    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    said = f"{status or type(error).__name__}: {error.code or error.type or 'no code'}"
    if error.code == "insufficient_quota":
        return ModelFailed("api_error", said)
    if status == 429 or error.code == "rate_limit_exceeded":
        headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
        return ModelFailed("rate_limit", said, retry_after=retry_after(headers.get("retry-after")))
    if status in (408, 504):
        return ModelFailed("timeout", said)
    return ModelFailed("api_error", said, blame=status not in (400, 413, 422))


@asynccontextmanager
async def _patience(silence: float, whole: float) -> AsyncIterator[Callable[[], None]]:
    """TimeoutError after `silence` seconds without a call of what this gives, or after `whole` seconds.

    One timer that looks again when it is due: a timer for each chunk would cost as much as reading the chunk.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + whole
    last = loop.time()
    timer: asyncio.TimerHandle | None = None

    def heard() -> None:
        nonlocal last
        last = loop.time()

    def look() -> None:
        nonlocal timer
        due = min(last + silence, end)
        if loop.time() >= due:
            limit.reschedule(loop.time())
        else:
            timer = loop.call_at(due, look)

    async with asyncio.timeout(None) as limit:
        look()
        try:
            yield heard
        finally:
            if timer is not None:
                timer.cancel()


def _take(
    chunk: AIMessageChunk,
    answer: Answer,
    pieces: list[str],
    calls: dict[int, list[str]],
    measured: _Measured,
    on_text: Callable[[str], None],
) -> None:
    """Add a chunk to the answer. Collected in lists: adding message chunks up costs as much as all the rest."""
    if text := cast(str, chunk.content):
        if measured.first_token is None:
            measured.first_token = time.perf_counter()
        pieces.append(text)
        on_text(text)
    for call in chunk.tool_call_chunks:
        if measured.first_token is None:
            measured.first_token = time.perf_counter()
        held = calls.setdefault(call["index"] or 0, ["", ""])
        held[0] += call["name"] or ""
        held[1] += call["args"] or ""
    if usage := chunk.usage_metadata:
        measured.tokens_in, measured.tokens_out = usage["input_tokens"], usage["output_tokens"]
        measured.tokens_cached = usage.get("input_token_details", {}).get("cache_read", 0)
    answer.finish = chunk.response_metadata.get("finish_reason", answer.finish)


def _arguments(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _outcome(answer: Answer) -> str:
    if answer.refusal or answer.finish == "content_filter":
        return "refused"
    if answer.finish == "length":
        return "length"
    return "ok" if answer.text.strip() or answer.calls else "empty"
