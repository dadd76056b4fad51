"""What OpenAI refuses, refused in its words, as the API reference and clients' reports have them."""

from __future__ import annotations

import re
from typing import Any

MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-6-luna")
PARAMETERS = frozenset(
    "model messages tools tool_choice parallel_tool_calls stream stream_options max_tokens max_completion_tokens "
    "temperature top_p n stop seed user metadata response_format reasoning_effort frequency_penalty presence_penalty "
    "logprobs top_logprobs store service_tier safety_identifier prompt_cache_key verbosity".split()
)
KEYWORDS = frozenset(
    "type properties required additionalProperties description enum const items anyOf $ref $defs definitions title "
    "pattern format multipleOf maximum exclusiveMaximum minimum exclusiveMinimum minItems maxItems".split()
)
"""What strict mode knows of JSON Schema; minLength, maxLength and default are not among it."""


class Refused(Exception):
    """A request that OpenAI would refuse, as its error object says it."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def check_key(headers: dict[str, str]) -> None:
    """A bearer key that looks like one."""
    if not re.fullmatch(r"Bearer sk-\S+", headers.get("authorization", "")):
        raise Refused(401, "Incorrect API key provided.", code="invalid_api_key")


def check_chat(body: Any) -> None:
    """A whole request for a chat completion."""
    if not isinstance(body, dict):
        raise Refused(400, "We could not parse the JSON body of your request.")
    model = body.get("model")
    if model not in MODELS:
        raise Refused(
            404, f"The model `{model}` does not exist or you do not have access to it.", code="model_not_found"
        )
    for name in body.keys() - PARAMETERS:
        raise Refused(400, f"Unrecognized request argument supplied: {name}", param=name, code="unknown_parameter")
    _parameters(body, str(model))
    _tools(body.get("tools"))
    if isinstance(shape := body.get("response_format"), dict) and shape.get("type") == "json_schema":
        named = shape["json_schema"]
        if named.get("strict"):
            _strict(named["schema"], f"response_format '{named.get('name')}'")
    _messages(body.get("messages"))


def _parameters(body: dict[str, Any], model: str) -> None:
    reasons = model.startswith("gpt-6")
    effort = body.get("reasoning_effort")
    if effort is not None and not reasons:
        raise Refused(400, "Unrecognized request argument supplied: reasoning_effort", param="reasoning_effort")
    if reasons and "max_tokens" in body:
        raise Refused(
            400,
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if reasons and effort != "none":
        if body.get("tools"):
            raise Refused(400, "Function tools with reasoning_effort are not supported for this model.", param="tools")
        if "temperature" in body:
            raise Refused(
                400, "Unsupported parameter: 'temperature'.", param="temperature", code="unsupported_parameter"
            )
    temperature = body.get("temperature", 1)
    if not isinstance(temperature, int | float) or not 0 <= temperature <= 2:
        raise Refused(400, f"Invalid 'temperature': {temperature}", param="temperature")
    if body.get("stream_options") and not body.get("stream"):
        raise Refused(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    if body.get("tool_choice") and not body.get("tools"):
        raise Refused(400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice")


def _tools(tools: Any) -> None:
    if tools is None:
        return
    if not tools or len(tools) > 128:
        raise Refused(400, "Invalid 'tools': array too short or too long.", param="tools")
    names = [tool["function"]["name"] for tool in tools]
    for place, tool in enumerate(tools):
        function = tool["function"]
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", function["name"]):
            raise Refused(400, f"Invalid 'tools[{place}].function.name'", param=f"tools[{place}].function.name")
        if len(function.get("description", "")) > 1024:
            raise Refused(400, f"Invalid 'tools[{place}].function.description': string too long.")
        if function.get("strict"):
            _strict(function["parameters"], f"function '{function['name']}'")
    if len(set(names)) != len(names):
        raise Refused(400, "Function names must be unique.", param="tools")


def _strict(schema: Any, of: str, place: str = "()") -> None:
    """The subset of JSON Schema that structured outputs take."""
    if not isinstance(schema, dict):
        return
    for keyword in schema.keys() - KEYWORDS:
        raise Refused(
            400,
            f"Invalid schema for {of}: In context={place}, '{keyword}' is not permitted.",
            code="invalid_function_parameters",
        )
    if schema.get("type") == "object" or "properties" in schema:
        names = list(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False:
            raise Refused(
                400,
                f"Invalid schema for {of}: In context={place}, 'additionalProperties' is required to be supplied and "
                "to be false.",
                code="invalid_function_parameters",
            )
        if sorted(schema.get("required", [])) != sorted(names):
            raise Refused(
                400,
                f"Invalid schema for {of}: In context={place}, 'required' is required to be supplied and to be an "
                "array including every key in properties.",
                code="invalid_function_parameters",
            )
    for group in ("properties", "$defs", "definitions"):
        for name, each in schema.get(group, {}).items():
            _strict(each, of, f"('{group}', '{name}')")
    for each in schema.get("anyOf", []):
        _strict(each, of, place)
    _strict(schema.get("items"), of, place)


def _messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "Invalid 'messages': empty array.", param="messages", code="empty_array")
    waiting: list[str] = []
    for place, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            raise Refused(400, f"Invalid value: '{role}'.", param=f"messages[{place}].role")
        if waiting and role != "tool":
            raise _unanswered(waiting)
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                raise Refused(
                    400,
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'.",
                    param=f"messages[{place}].role",
                )
            waiting.remove(message["tool_call_id"])
        calls = message.get("tool_calls")
        if role == "assistant" and calls:
            for call in calls:
                if not isinstance(call["function"]["arguments"], str):
                    raise Refused(400, "Invalid type for 'arguments': expected a string.")
                if len(call["id"]) > 40:
                    raise Refused(400, "Invalid 'tool_calls[].id': string too long.", code="string_above_max_length")
            waiting = [call["id"] for call in calls]
        elif content is None:
            raise Refused(400, "Invalid value for 'content': expected a string, got null.", param=f"messages[{place}]")
    if waiting:
        raise _unanswered(waiting)


def _unanswered(ids: list[str]) -> Refused:
    return Refused(
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(ids)}",
        param="messages",
    )
