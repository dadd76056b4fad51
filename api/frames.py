"""What the graph tells, as the protocol says it: pure functions from events and entries to frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from avery import onboarding
from avery.domain import Coach
from avery.protocol import (
    Ack,
    AckPayload,
    AveryMessage,
    AveryStreamChunk,
    AveryStreamEnd,
    AveryTyping,
    ChunkPayload,
    CoachSummary,
    Error,
    ErrorPayload,
    ExecutingPayload,
    FunctionComplete,
    FunctionExecuting,
    Limits,
    Message,
    OauthComplete,
    OauthResultPayload,
    ProgressPayload,
    ProgressUpdate,
    ServerMessage,
    Snapshot,
    StorePreview,
    StorePreviewUpdate,
    TriggerOauth,
    TriggerOauthPayload,
    TypingPayload,
)
from avery.store.log import Entry
from graph.events import Delta, Event, OauthDone, OauthWanted, Reply, StoreChanged, ToolDone, ToolStarted


def frame_of(event: Event, coach: Coach, turn_id: str, in_reply_to: str | None) -> ServerMessage | None:
    """The frame that tells coaches of an event at once; None for what is told later (replies, once written)."""
    match event:
        case Delta():
            return AveryStreamChunk(
                message_id=event.message_id,
                in_reply_to=in_reply_to,
                payload=ChunkPayload(text=event.text, index=event.index, replace=event.replace),
            )
        case ToolStarted():
            return FunctionExecuting(
                message_id=turn_id,
                in_reply_to=in_reply_to,
                payload=ExecutingPayload(
                    call_id=event.call_id, name=event.name, label=event.label, args=event.args or None
                ),
            )
        case ToolDone():
            return FunctionComplete(message_id=turn_id, in_reply_to=in_reply_to, payload=event.call)
        case OauthWanted():
            return TriggerOauth(
                message_id=turn_id,
                in_reply_to=in_reply_to,
                payload=TriggerOauthPayload(platform=event.platform, url=event.url),
            )
        case OauthDone():
            return OauthComplete(
                message_id=turn_id,
                payload=OauthResultPayload(
                    platform=event.platform, ok=event.ok, username=event.username, error=event.error
                ),
            )
        case StoreChanged():
            return preview(replace(coach, store=event.store), turn_id)
        case _:
            return None


def message_of(reply: Reply, timestamp: str) -> Message:
    """A reply as it stands in the transcript."""
    return Message(
        id=reply.id,
        role="avery",
        content=reply.content.replace("\0", ""),  # which PostgreSQL cannot keep
        timestamp=timestamp,
        phase=reply.phase,
        buttons=reply.buttons,
        preview=reply.preview,
        progress_pct=reply.progress_pct,
        function_calls=reply.function_calls,
        stopped=reply.stopped,
    )


def entry(entry: Entry, *, streamed: bool = False) -> ServerMessage:
    """A message of the transcript, at its seq; a `streamed` one ends the chunks that came before."""
    kind = AveryStreamEnd if streamed else AveryMessage
    return kind(message_id=entry.message.id, seq=entry.seq, in_reply_to=entry.in_reply_to, payload=entry.message)


def ack(message_id: str, seq: int, *, duplicate: bool) -> Ack:
    """The receipt of a coach's message; it takes the message's place in the order unless it is a duplicate."""
    return Ack(
        message_id=message_id,
        seq=None if duplicate else seq,
        payload=AckPayload(message_id=message_id, seq=seq, duplicate=duplicate),
    )


def typing(is_typing: bool, turn_id: str, in_reply_to: str | None) -> AveryTyping:
    """Whether Avery is at it."""
    return AveryTyping(message_id=turn_id, in_reply_to=in_reply_to, payload=TypingPayload(is_typing=is_typing))


def progress(coach: Coach, turn_id: str, in_reply_to: str | None, celebration: dict[str, Any] | None) -> ProgressUpdate:
    """Where the coach stands after a turn."""
    return ProgressUpdate(
        message_id=turn_id,
        in_reply_to=in_reply_to,
        payload=ProgressPayload(
            phase=coach.current_phase,
            progress_pct=onboarding.progress_pct(coach),
            scorecard=coach.scorecard,
            completed=onboarding.completed(coach),
            skipped=list(coach.data.skipped),
            celebration=celebration,
        ),
    )


def preview(coach: Coach, message_id: str) -> StorePreviewUpdate:
    """The store as it stands now."""
    return StorePreviewUpdate(message_id=message_id, payload=_store_preview(coach))


def snapshot(
    coach: Coach,
    last_seq: int,
    mode: Literal["ai", "scripted"],
    frames_per_minute: int,
    pending: dict[str, Any] | None,
) -> Snapshot:
    """Where a conversation stands, for one who joins it."""
    return Snapshot(
        coach=CoachSummary(
            coach_id=coach.coach_id,
            application_id=coach.application_id,
            preferred_name=coach.preferred_name,
            niche=coach.niche,
            specialty=coach.specialty,
            tone=coach.tone,
        ),
        phase=coach.current_phase,
        progress_pct=onboarding.progress_pct(coach),
        scorecard=coach.scorecard,
        skipped=list(coach.data.skipped),
        store_preview=_store_preview(coach),
        last_seq=last_seq,
        mode=mode,
        limits=Limits(frames_per_minute=frames_per_minute),
        pending=pending,
    )


def error(message_id: str, code: str, words: str, *, retryable: bool) -> Error:
    """What went wrong, in words for the coach."""
    return Error(message_id=message_id, payload=ErrorPayload(code=code, message=words, retryable=retryable))


def partial(message_id: str, pieces: Sequence[str], index: int, in_reply_to: str | None) -> AveryStreamChunk:
    """A reply that is being written, as one chunk, for one who joins in the middle."""
    return AveryStreamChunk(
        message_id=message_id,
        in_reply_to=in_reply_to,
        payload=ChunkPayload(text="".join(pieces), index=index, replace=True),
    )


def _store_preview(coach: Coach) -> StorePreview:
    return StorePreview(url=coach.store.url, revision=coach.store.revision, store=onboarding.public_store(coach))
