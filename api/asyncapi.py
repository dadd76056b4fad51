"""The WebSocket's document, AsyncAPI 3, made from avery.protocol."""

from functools import cache
from typing import Any, get_args

import msgspec
from litestar import get

from avery.protocol import SUBPROTOCOL, ClientMessage, ServerMessage

REF = "#/components/schemas/{name}"


@cache
def describe() -> dict[str, Any]:
    """The document as plain JSON."""
    client, server = get_args(ClientMessage), get_args(ServerMessage)
    _, schemas = msgspec.json.schema_components([*client, *server], ref_template=REF)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Avery", "version": "1"},
        "channels": {
            "conversation": {
                "address": "/ws/avery",
                "description": f"Subprotocols: `{SUBPROTOCOL}` and `avery.ticket.<ticket>`; the first is echoed.",
                "messages": {_name(each): {"$ref": f"#/components/messages/{_name(each)}"} for each in client + server},
            }
        },
        "operations": {
            "fromClient": _operation("receive", client),
            "fromServer": _operation("send", server),
        },
        "components": {
            "messages": {
                _name(each): {
                    "name": each.__struct_config__.tag,
                    "contentType": "application/json",
                    "payload": {"$ref": REF.format(name=each.__name__)},
                }
                for each in client + server
            },
            "schemas": schemas,
        },
    }


@get("/schema/asyncapi.json", include_in_schema=False, sync_to_thread=False)
def document() -> dict[str, Any]:
    """AsyncAPI 3."""
    return describe()


def _operation(action: str, messages: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/conversation"},
        "messages": [{"$ref": f"#/channels/conversation/messages/{_name(each)}"} for each in messages],
    }


def _name(message: Any) -> str:
    return str(message.__name__)
