"""What a client knows of the conversation, and what each frame changes and shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.spinner import Spinner
from rich.text import Text

from api.chat.link import Frame
from api.chat.screen import COLOUR, Screen, drawn
from api.chat.words import progress_line, whole_blocks

PLATFORMS = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "stripe": "Stripe"}


@dataclass(slots=True)
class Stream:
    """A reply that is being written: what is printed of it, and what is not yet."""

    text: str = ""
    index: int = -1
    printed: str = ""


@dataclass(slots=True)
class Talk:
    """What this client knows of the conversation, and what it does with each frame."""

    screen: Screen
    drawing: bool = False
    """Whether replies are drawn while they are written: not below an open prompt, and not into a pipe."""
    snapshot: Frame = field(default_factory=dict)
    progress: Frame = field(default_factory=dict)
    buttons: list[Frame] = field(default_factory=list)
    posts: list[Frame] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)
    """Messages whose answers are not complete; `*` for a turn that nobody's message began."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    _mine: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _turn: str | None = None
    _past: int = 0
    _seen: str = ""

    def wait_for(self, message_id: str) -> None:
        """A message of ours is on its way: what was on offer is not any more."""
        self._mine.add(message_id)
        self.awaited.add(message_id)
        self.buttons = []
        self.idle.clear()

    def hear(self, frame: Frame) -> None:
        """Show a frame, and remember what it changes."""
        payload: Frame = frame.get("payload") or {}
        reply_to = frame.get("inReplyTo")
        match frame["type"]:
            case "session_ready":
                self._on_ready(payload)
            case "avery_message" | "avery_stream_end":
                self._on_message(payload, reply_to, frame.get("seq", 0))
            case "avery_stream_chunk":
                self._on_chunk(frame["messageId"], payload)
            case "avery_typing" if payload["isTyping"]:
                if reply_to is None:
                    self.awaited.add("*")
                    self.idle.clear()
            case "avery_typing":
                self._settle({reply_to or "*"})
            case "function_executing":
                self.running[payload["callId"]] = payload["label"]
            case "function_complete":
                self._on_done(payload)
            case "progress_update":
                self._on_progress(payload)
            case "trigger_oauth" if reply_to is None or reply_to in self._mine:
                name = PLATFORMS.get(payload["platform"], payload["platform"])
                self.screen.link(f"Open this in your browser for {name}:", payload["url"])
            case "error":
                self.screen.note(payload["message"], "red")
                if not payload["retryable"]:
                    self._settle({frame["messageId"]})

    def cut(self, words: str) -> None:
        """The connection is gone for now."""
        self.streams.clear()
        self.running.clear()
        self.screen.note(words, "yellow")

    def _on_ready(self, snapshot: Frame) -> None:
        first = not self.snapshot
        self.snapshot = snapshot
        self.progress = {name: snapshot[name] for name in ("phase", "progressPct", "scorecard", "skipped")}
        self._past = snapshot["lastSeq"] if first else 0
        if first:
            self._seen = progress_line(self.progress)
        pending = snapshot.get("pending")
        if pending or not snapshot["lastSeq"]:
            self.awaited.add((pending or {}).get("inReplyTo") or "*")
        elif not first:
            # Whatever was answered while we were away comes with the resume, before anything newer.
            self._answered |= self.awaited
        self._check()

    def _on_message(self, message: Frame, reply_to: str | None, seq: int) -> None:
        if message["role"] == "coach":
            self.buttons, self._turn = [], None
            if message["id"] not in self._mine:
                self.screen.said("You", message["content"])
            return
        if reply_to != self._turn or self._turn is None:
            self.buttons, self._turn = [], reply_to
        for call in message.get("functionCalls") or []:
            self._on_done(call)
        self._say(message)
        if message.get("stopped"):
            self.screen.stopped()
        if preview := message.get("preview"):
            self.posts.append(preview)
            self.screen.preview(preview, len(self.posts))
        offered = [*((preview or {}).get("actions") or []), *(message.get("buttons") or [])]
        if offered:
            self.screen.buttons(offered, len(self.buttons) + 1)
            self.buttons += offered
        if reply_to in self.awaited:
            self._answered.add(str(reply_to))
        if seq and seq >= self._past and self._past:
            self._past = 0
            self._check()

    def _say(self, message: Frame) -> None:
        """Print a message, or what is missing of it where it was drawn while it was written."""
        stream, content = self.streams.pop(message["id"], None), str(message["content"])
        printed = stream.printed if stream else ""
        if printed and content.startswith(printed):
            if rest := content[len(printed) :].strip("\n"):
                self.screen.block(rest)
        elif content and content != (message.get("preview") or {}).get("title"):
            self.screen.said("Avery", content)

    def _on_chunk(self, message_id: str, chunk: Frame) -> None:
        stream = self.streams.setdefault(message_id, Stream())
        if chunk.get("replace"):
            stream.text = chunk["text"]
        elif chunk["index"] > stream.index:
            stream.text += chunk["text"]
        else:
            return
        stream.index = chunk["index"]
        if not stream.text.startswith(stream.printed):
            stream.printed = ""  # written anew: it will be said as a whole
            return
        head, _ = whole_blocks(stream.text)
        if self.drawing and len(head) > len(stream.printed):
            if not stream.printed:
                self.screen.name()
            self.screen.block(head[len(stream.printed) :].strip("\n"))
            stream.printed = head

    def _on_done(self, call: Frame) -> None:
        self.running.pop(call["callId"], None)
        if call["callId"] not in self._told:
            self._told.add(call["callId"])
            self.screen.step(call["summary"], ok=call["ok"])

    def _on_progress(self, progress: Frame) -> None:
        self.progress = progress
        if party := progress.get("celebration"):
            self.screen.cheer(party["title"], party.get("text", ""))
        self._settle(set(self._answered))

    def _settle(self, ids: set[str]) -> None:
        self.awaited -= ids
        self._answered -= ids
        self._check()

    def _check(self) -> None:
        if self._past:
            return
        if not (self.awaited - self._answered):
            self.awaited.clear()
            self._answered.clear()
            self.idle.set()

    def tell_progress(self) -> None:
        """The progress line, where it changed since it was last told."""
        line = progress_line(self.progress)
        if line != self._seen:
            self._seen = line
            self.screen.note(line)

    def being_done(self) -> RenderableType:
        """What stands below everything while Avery is at it."""
        parts: list[RenderableType] = []
        for stream in list(self.streams.values()):
            if not stream.printed:
                parts.append(Text("\nAvery", style=f"bold {COLOUR}"))
            if rest := stream.text[len(stream.printed) :].strip("\n"):
                parts.append(drawn(rest))
        labels = list(self.running.values()) or ([] if parts else ["Avery is typing"])
        return Group(*parts, *map(_spinning, labels))


def _spinning(label: str) -> RenderableType:
    return Padding(Spinner("dots", Text(f"{label.rstrip('…')}…", style="dim"), style=COLOUR), (0, 0, 0, 2))
