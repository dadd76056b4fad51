"""The conversation over HTTP: tickets, the transcript, the snapshot, the profile photo."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.exceptions import ClientException, HTTPException, NotFoundException
from litestar.params import JSONBody, MultipartBody, Parameter

from api.auth import DEFAULT_LOCALE, DEFAULT_TZ, MAX_ID, Identity, authenticated, demo_token, identity_of, issue_ticket
from api.given import Given
from api.sessions import ForeignConversation, Sessions
from avery.protocol import Message, Snapshot
from avery.services import Services
from avery.store import coaches, log
from avery.store.log import Entry
from avery.store.pool import Connection

MAX_PHOTO = 10 * 1024 * 1024
"""Bytes in a photo."""

Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]


class Ticket(msgspec.Struct):
    """For the WebSocket's subprotocol list, once, within `expires_in` seconds."""

    ticket: str
    expires_in: int


class DemoCoach(msgspec.Struct):
    """Who the demo page plays."""

    coach_id: Id
    application_id: Id
    tz: str = DEFAULT_TZ
    locale: str = DEFAULT_LOCALE


class Token(msgspec.Struct):
    """A token as the admin panel would give it."""

    token: str


class TranscriptMessage(Message, kw_only=True):
    """A message at its place in the transcript."""

    seq: int
    in_reply_to: str | None = None


class Transcript(msgspec.Struct, rename="camel"):
    """Newest first; `next_before` continues, null where the beginning is reached."""

    messages: list[TranscriptMessage]
    next_before: int | None


class Photo(msgspec.Struct):
    """The photo at KLIQ."""

    url: str


@post("/ticket", status_code=201)
async def ticket(services: Given[Services], identity: Given[Identity]) -> Response[Ticket]:
    """A single-use ticket for the WebSocket."""
    made = Ticket(await issue_ticket(services, identity), int(services.settings.ticket_seconds))
    return Response(made, headers={"Cache-Control": "no-store"})


@post("/demo-token", status_code=201)
async def give_demo_token(services: Given[Services], data: JSONBody[DemoCoach]) -> Response[Token]:
    """A token for the demo page: on the sandbox in development only."""
    settings = services.settings
    if not settings.sandbox or settings.env != "development" or settings.jwks_url:
        raise NotFoundException("there is no demo here")
    identity = identity_of(
        {"sub": data.coach_id, "application_id": data.application_id, "tz": data.tz, "locale": data.locale}
    )
    token = demo_token(settings, identity.coach_id, identity.application_id, identity.tz, identity.locale)
    return Response(Token(token), headers={"Cache-Control": "no-store"})


@get("/messages")
async def messages(
    services: Given[Services],
    identity: Given[Identity],
    before: Annotated[int | None, Parameter(ge=1, le=2**62)] = None,
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
) -> Transcript:
    """The transcript, newest first."""
    async with services.pool.connection() as conn:
        await _own(conn, identity)
        entries = await log.before(conn, identity.coach_id, before, limit)
    more = len(entries) == limit and entries[-1].seq > 1
    return Transcript([_transcribed(entry) for entry in entries], entries[-1].seq if more else None)


@get("/state")
async def state(sessions: Given[Sessions], identity: Given[Identity]) -> Snapshot:
    """Where the conversation stands."""
    snapshot = await sessions.snapshot(identity)
    if snapshot is None:
        raise NotFoundException("there is no conversation yet; it begins with the WebSocket")
    return snapshot


@post("/photo", status_code=201, request_max_body_size=MAX_PHOTO + 64 * 1024)
async def photo(
    services: Given[Services],
    identity: Given[Identity],
    data: MultipartBody[dict[str, Any]],
) -> Photo:
    """The coach's profile photo (JPEG, PNG or WebP, at most 10 MB), to KLIQ; then Avery goes on by herself.

    `messageId`, a UUID of the client's, makes a second try the same upload; without one the photo itself does.
    """
    upload = next((value for value in data.values() if isinstance(value, UploadFile)), None)
    if upload is None:
        raise ClientException("send the image as a file of a multipart form")
    content = await upload.read(MAX_PHOTO + 1)
    if len(content) > MAX_PHOTO:
        raise HTTPException("a photo may have at most 10 MB", status_code=413)
    media_type = _image_type(content)
    if media_type is None:
        raise HTTPException("a photo is a JPEG, PNG or WebP image", status_code=415)
    key = _photo_key(data.get("messageId"), content)
    async with services.pool.connection() as conn:
        await _own(conn, identity)
    url = await services.kliq.upload_photo(
        identity.application_id, content, media_type, key=f"{identity.coach_id}:{key}"
    )
    async with services.pool.connection() as conn:
        await log.enqueue(conn, identity.coach_id, "photo", {"ok": True, "url": url}, key)
    return Photo(url)


async def _own(conn: Connection, identity: Identity) -> None:
    """Make sure that the conversation exists and is this application's."""
    owner = await coaches.ensure(conn, identity.coach_id, identity.application_id, identity.tz, identity.locale)
    if owner != identity.application_id:
        raise ForeignConversation(f"coach {identity.coach_id} belongs to application {owner}")


def _photo_key(message_id: Any, content: bytes) -> str:
    if message_id is None:
        return "photo:" + hashlib.sha256(content).hexdigest()
    try:
        return f"photo:{UUID(str(message_id))}"
    except ValueError as error:
        raise ClientException("messageId is a UUID") from error


def _image_type(content: bytes) -> str | None:
    """The media type by the file's own first bytes: what the browser claims proves nothing."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _transcribed(entry: Entry) -> TranscriptMessage:
    return TranscriptMessage(
        **{name: getattr(entry.message, name) for name in Message.__struct_fields__},
        seq=entry.seq,
        in_reply_to=entry.in_reply_to,
    )


router = Router(
    "/api/avery",
    route_handlers=[ticket, give_demo_token, messages, state, photo],
    dependencies={"identity": Provide(authenticated)},
    tags=["conversation"],
)
