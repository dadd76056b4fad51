"""The WebSocket's messages: the one source for the server, the widget's types and the AsyncAPI document.

Every frame is one JSON object `{type, payload, messageId}`; a frame of the durable transcript also carries `seq`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SUBPROTOCOL = "avery.v1"
TICKET_PREFIX = "avery.ticket."
MAX_TEXT = 4000
"""Characters in a coach's message."""
MAX_FRAME = 64 * 1024
"""Bytes in a frame; above it the socket closes with 1009."""


class Close:
    """The close codes that this server uses."""

    UNAUTHORISED = 4001
    FOREIGN_CONVERSATION = 4003
    TOO_MANY_FRAMES = 4008
    TOO_SLOW = 4009
    BAD_FRAMES = 4400
    NO_HANDSHAKE = 4408
    TOO_LARGE = 1009
    RESTARTING = 1012


class Wire(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A struct as it stands on the wire: camelCase, defaults left out."""


class Button(Wire):
    """A button below a message; a click sends it back as it was."""

    label: str
    action: str
    value: str | None = None
    variant: Literal["primary", "secondary", "skip"] = msgspec.field(default="secondary")
    icon: str | None = None
    signature: str | None = None
    """The server's signature where the action destroys something; absent elsewhere."""


class Preview(Wire):
    """A card inside a message: a post, a bio, the store."""

    type: Literal["blog", "bio", "store", "share_post", "analytics"]
    title: str | None = None
    content: str = ""
    image_url: str | None = None
    actions: list[Button] | None = None


class FunctionCall(Wire):
    """What a tool did in a message, in words for the coach."""

    call_id: str
    name: str
    ok: bool
    summary: str
    result: dict[str, Any] | None = None


class Message(Wire):
    """A whole message of the transcript (spec's AveryMessage)."""

    id: str
    role: Literal["coach", "avery", "system"]
    content: str
    timestamp: str
    """ISO 8601 with offset."""
    phase: str | None = None
    buttons: list[Button] | None = None
    preview: Preview | None = None
    progress_pct: int | None = None
    function_calls: list[FunctionCall] | None = None
    stopped: bool = False
    """The coach stopped the reply here."""


# What a client sends -------------------------------------------------------------------------------------------------


class TextPayload(Wire):
    text: str = ""


class ButtonPayload(Wire):
    button: Button


class OauthHint(Wire):
    """What the popup believes; the server's own record decides."""

    platform: str
    status: str = ""
    error: str | None = None


class ResumePayload(Wire):
    after: int


class Empty(Wire):
    pass


class ClientFrame(Wire, tag_field="type", kw_only=True):
    message_id: str


class CoachMessage(ClientFrame, tag="coach_message"):
    payload: TextPayload


class ButtonClick(ClientFrame, tag="button_click"):
    payload: ButtonPayload


class TypingStart(ClientFrame, tag="typing_start"):
    payload: Empty = msgspec.field(default_factory=Empty)


class TypingStop(ClientFrame, tag="typing_stop"):
    payload: Empty = msgspec.field(default_factory=Empty)


class OauthCompleteHint(ClientFrame, tag="oauth_complete"):
    payload: OauthHint


class Resume(ClientFrame, tag="resume"):
    payload: ResumePayload


class StopGeneration(ClientFrame, tag="stop_generation"):
    payload: Empty = msgspec.field(default_factory=Empty)


class Ping(ClientFrame, tag="ping"):
    payload: Empty = msgspec.field(default_factory=Empty)


ClientMessage = (
    CoachMessage | ButtonClick | TypingStart | TypingStop | OauthCompleteHint | Resume | StopGeneration | Ping
)


# What the server sends -----------------------------------------------------------------------------------------------


class CoachSummary(Wire, omit_defaults=False):
    coach_id: int
    application_id: int
    preferred_name: str | None = None
    niche: str | None = None
    specialty: str | None = None
    tone: str = "casual"


class StorePreview(Wire, omit_defaults=False):
    """The store as the preview shows it. `store` is the public view: name, bio, photo, price, blogs, theme."""

    url: str
    revision: int
    store: dict[str, Any]


class Limits(Wire, omit_defaults=False):
    max_text: int = MAX_TEXT
    max_frame: int = MAX_FRAME
    frames_per_minute: int = 120


class Snapshot(Wire, omit_defaults=False):
    """Where a conversation stands: `session_ready`'s payload and GET /api/avery/state."""

    coach: CoachSummary
    phase: str
    progress_pct: int
    scorecard: dict[str, bool]
    skipped: list[str]
    store_preview: StorePreview
    last_seq: int
    mode: Literal["ai", "scripted"]
    limits: Limits
    pending: dict[str, Any] | None = None
    """The turn that is being answered: `{inReplyTo}`; null where none is."""


class AckPayload(Wire, omit_defaults=False):
    message_id: str
    seq: int
    duplicate: bool


class TypingPayload(Wire, omit_defaults=False):
    is_typing: bool


class ChunkPayload(Wire):
    text: str
    index: int
    replace: bool = False


class ExecutingPayload(Wire):
    call_id: str
    name: str
    label: str
    args: dict[str, Any] | None = None


class ProgressPayload(Wire):
    phase: str
    progress_pct: int
    scorecard: dict[str, bool]
    completed: list[str]
    skipped: list[str] = msgspec.field(default_factory=list)
    celebration: dict[str, Any] | None = None
    """`{kind: "phase" | "badge", title, text}`."""


class TriggerOauthPayload(Wire):
    platform: str
    url: str


class OauthResultPayload(Wire):
    platform: str
    ok: bool
    username: str | None = None
    error: str | None = None


class ErrorPayload(Wire, omit_defaults=False):
    code: str
    message: str
    """For the coach to read."""
    retryable: bool


class ReconnectPayload(Wire):
    after_ms: int


class ServerFrame(Wire, tag_field="type", kw_only=True):
    message_id: str
    seq: int | None = None
    in_reply_to: str | None = None


class SessionReady(ServerFrame, tag="session_ready"):
    payload: Snapshot


class Ack(ServerFrame, tag="ack"):
    payload: AckPayload


class AveryMessage(ServerFrame, tag="avery_message"):
    payload: Message


class AveryTyping(ServerFrame, tag="avery_typing"):
    payload: TypingPayload


class AveryStreamChunk(ServerFrame, tag="avery_stream_chunk"):
    payload: ChunkPayload


class AveryStreamEnd(ServerFrame, tag="avery_stream_end"):
    payload: Message


class FunctionExecuting(ServerFrame, tag="function_executing"):
    payload: ExecutingPayload


class FunctionComplete(ServerFrame, tag="function_complete"):
    payload: FunctionCall


class ProgressUpdate(ServerFrame, tag="progress_update"):
    payload: ProgressPayload


class StorePreviewUpdate(ServerFrame, tag="store_preview_update"):
    payload: StorePreview


class TriggerOauth(ServerFrame, tag="trigger_oauth"):
    payload: TriggerOauthPayload


class OauthComplete(ServerFrame, tag="oauth_complete"):
    payload: OauthResultPayload


class Error(ServerFrame, tag="error"):
    payload: ErrorPayload


class Reconnect(ServerFrame, tag="reconnect"):
    payload: ReconnectPayload


class Pong(ServerFrame, tag="pong"):
    payload: Empty = msgspec.field(default_factory=Empty)


ServerMessage = (
    SessionReady
    | Ack
    | AveryMessage
    | AveryTyping
    | AveryStreamChunk
    | AveryStreamEnd
    | FunctionExecuting
    | FunctionComplete
    | ProgressUpdate
    | StorePreviewUpdate
    | TriggerOauth
    | OauthComplete
    | Error
    | Reconnect
    | Pong
)

decode_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_encoder = msgspec.json.Encoder()


def encode(frame: ServerMessage) -> str:
    """A server frame as the text of one WebSocket frame."""
    return _encoder.encode(frame).decode()
