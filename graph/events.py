"""What a turn tells while it runs: the graph's stream, typed. Anything here may be shown to the coach at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from avery.domain import Store
from avery.protocol import Button, FunctionCall, Preview
from avery.store.usage import ModelCall


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole message of Avery's. `streamed` ones had Deltas before."""

    id: str
    content: str
    phase: str
    buttons: list[Button] | None = None
    preview: Preview | None = None
    progress_pct: int | None = None
    function_calls: list[FunctionCall] | None = None
    stopped: bool = False
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply that is being written; with `replace` the text so far."""

    message_id: str
    text: str
    index: int
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool began; `label` says in words what Avery is doing."""

    call_id: str
    name: str
    label: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolDone:
    """A tool ended, well or not."""

    call: FunctionCall


@dataclass(frozen=True, slots=True)
class OauthWanted:
    """The coach's browser must open this page."""

    platform: str
    url: str


@dataclass(frozen=True, slots=True)
class OauthDone:
    """How connecting an account ended."""

    platform: str
    ok: bool
    username: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """The store after a tool changed it."""

    store: Store


@dataclass(frozen=True, slots=True)
class Tracked:
    """Something that a product person asks about: an analytics event."""

    name: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Celebrated:
    """A reason to celebrate: `kind` is "badge" for all five items, "launch" where some are left."""

    kind: str
    title: str
    text: str


Event = (
    Reply | Delta | ToolStarted | ToolDone | OauthWanted | OauthDone | StoreChanged | Tracked | Celebrated | ModelCall
)
Emit = Callable[[Event], None]
