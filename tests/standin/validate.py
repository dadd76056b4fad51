"""What OpenAI refuses, refused in its words, as its guides and the reports of those who met them have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MODELS = (
    "gpt-4o", "gpt-4o-2024-11-20", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini", "gpt-6",
    "gpt-6-luna",
)  # fmt: skip
MODERATION_MODELS = ("omni-moderation-latest", "omni-moderation-2024-09-26")
PARAMETERS = frozenset(
    "model messages tools tool_choice parallel_tool_calls stream stream_options max_tokens max_completion_tokens "
    "temperature top_p n stop seed user metadata response_format reasoning_effort frequency_penalty presence_penalty "
    "logit_bias logprobs top_logprobs store service_tier safety_identifier prompt_cache_key prompt_cache_retention "
    "verbosity modalities prediction audio web_search_options functions function_call".split()
)
RANGES = {"temperature": (0, 2), "top_p": (0, 1), "frequency_penalty": (-2, 2), "presence_penalty": (-2, 2)}
MESSAGE_KEYS = frozenset("role content name tool_calls tool_call_id refusal audio function_call".split())
ROLES = ("system", "assistant", "user", "function", "tool", "developer")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
LARGEST_OUTPUT = 16_384
KEYWORDS = frozenset(
    "type properties required additionalProperties description enum const items anyOf $ref $defs definitions title "
    "pattern format multipleOf maximum exclusiveMaximum minimum exclusiveMinimum minItems maxItems".split()
)
"""What strict mode knows of JSON Schema; minLength, maxLength, default, oneOf, allOf and the like are not among it."""
FORMATS = "date-time time date duration email hostname ipv4 ipv6 uuid".split()
DEEPEST = 10
NAME = r"[a-zA-Z0-9_-]+"


class Refused(Exception):
    """A request that OpenAI would refuse, as its error object says it."""

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def check_key(headers: dict[str, str]) -> None:
    """A bearer key that looks like one."""
    given = headers.get("authorization", "")
    if not given.startswith("Bearer ") or not (key := given.removeprefix("Bearer ").strip()):
        raise Refused("You didn't provide an API key. You need to provide your API key in an Authorization header "
                      "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).", status=401)  # fmt: skip
    if not key.startswith("sk-") or "wrong" in key:
        raise Refused(f"Incorrect API key provided: {key[:4]}***. You can find your API key at "
                      "https://platform.openai.com/account/api-keys.", status=401, code="invalid_api_key")  # fmt: skip


def check_moderation(body: Any) -> list[str]:
    """A request for moderation: its texts."""
    if not isinstance(body, dict) or "input" not in body:
        raise _missing("input")
    _model(body.get("model", MODERATION_MODELS[0]), MODERATION_MODELS)
    given = body["input"] if isinstance(body["input"], list) else [body["input"]]
    texts = [each.get("text") if isinstance(each, dict) else each for each in given]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise Refused("Invalid type for 'input'.", param="input", code="invalid_type")
    return [str(text) for text in texts]


def check_chat(body: Any) -> None:
    """A whole request for a chat completion."""
    if not isinstance(body, dict):
        raise Refused("We could not parse the JSON body of your request.")
    if "model" not in body:
        raise Refused("you must provide a model parameter")
    _model(body["model"], MODELS)
    for name in sorted(body.keys() - PARAMETERS):
        raise Refused(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    _parameters(body, body["model"])
    _tools(body)
    _response_format(body.get("response_format"))
    _messages(body)


def _model(model: Any, known: tuple[str, ...]) -> None:
    if model not in known:
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise Refused(message, status=404, code="model_not_found")


# Parameters -----------------------------------------------------------------------------------------------------------


def _parameters(body: dict[str, Any], model: str) -> None:
    effort = body.get("reasoning_effort")
    if not model.startswith(("gpt-5", "gpt-6")):
        if effort is not None:
            raise Refused("Unrecognized request argument supplied: reasoning_effort")
        if "max_tokens" in body and "max_completion_tokens" in body:
            raise Refused("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
                          param="max_tokens", code="invalid_parameter_combination")  # fmt: skip
    else:
        _of_reasoning(body, model, effort)
    for name in ("max_tokens", "max_completion_tokens"):
        if body.get(name) is not None:
            _integer(name, body[name], 1)
            if body[name] > LARGEST_OUTPUT:
                raise Refused(f"{name} is too large: {body[name]}. This model supports at most {LARGEST_OUTPUT} "
                              f"completion tokens, whereas you provided {body[name]}.", param=name)  # fmt: skip
    for name, (low, high) in RANGES.items():
        if (value := body.get(name)) is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong_type(name, "a decimal", value)
        if not low <= value <= high:
            side, bound, sign = ("below minimum", low, ">=") if value < low else ("above maximum", high, "<=")
            code = "decimal_below_min_value" if value < low else "decimal_above_max_value"
            raise Refused(f"Invalid '{name}': decimal {side} value. Expected a value {sign} {bound}, but got {value} "
                          "instead.", param=name, code=code)  # fmt: skip
    if body.get("n") is not None:
        _integer("n", body["n"], 1)
        if body["n"] != 1:
            raise Refused("This stand-in gives one choice only.", param="n")
    if body.get("stream_options") and not body.get("stream"):
        raise Refused(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    for name in ("tool_choice", "parallel_tool_calls"):
        if body.get(name) is not None and not body.get("tools"):
            raise Refused(f"'{name}' is only allowed when 'tools' are specified.", param=name)


def _of_reasoning(body: dict[str, Any], model: str, effort: str | None) -> None:
    """The parameters of models that reason; gpt-6 reasons unless it is told not to, gpt-5 always."""
    if effort is not None and (effort not in EFFORTS or (effort == "none" and model.startswith("gpt-5"))):
        raise Refused(f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model.",
                      param="reasoning_effort", code="unsupported_value")  # fmt: skip
    if body.get("max_tokens") is not None:
        raise Refused("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                      "'max_completion_tokens' instead.", param="max_tokens", code="unsupported_parameter")  # fmt: skip
    if effort == "none":
        return
    if body.get("tools") and model.startswith("gpt-6"):
        raise Refused(f"Function tools with reasoning_effort are not supported for {model} in /v1/chat/completions. To "
                      "use function tools, use /v1/responses or set reasoning_effort to 'none'.",
                      param="reasoning_effort")  # fmt: skip
    if body.get("temperature") not in (None, 1):
        raise Refused(f"Unsupported value: 'temperature' does not support {body['temperature']} with this model. Only "
                      "the default (1) value is supported.", param="temperature", code="unsupported_value")  # fmt: skip


def _response_format(given: Any) -> None:
    if given is None or given == {"type": "text"} or given == {"type": "json_object"}:
        return
    if not isinstance(given, dict) or given.get("type") != "json_schema":
        raise Refused("Invalid value for 'response_format.type'.", param="response_format.type", code="invalid_value")
    named = given.get("json_schema")
    if not isinstance(named, dict):
        raise _missing("response_format.json_schema")
    _name("response_format.json_schema.name", named.get("name"))
    if named.get("strict"):
        for problem in _schema_problems(named.get("schema")):
            raise Refused(f"Invalid schema for response_format '{named['name']}': {problem}", param="response_format")


# Tools and their schemas ----------------------------------------------------------------------------------------------


def _tools(body: dict[str, Any]) -> None:
    if "tools" not in body or body["tools"] is None:
        return
    tools = body["tools"]
    if not isinstance(tools, list):
        raise _wrong_type("tools", "an array of objects", tools)
    if not tools:
        raise _empty("tools")
    if len(tools) > 128:
        raise _too_long("tools", 128, len(tools))
    names = set()
    for number, tool in enumerate(tools):
        place = f"tools[{number}]"
        if tool.get("type") != "function" or not isinstance(function := tool.get("function"), dict):
            raise _missing(f"{place}.function")
        _name(f"{place}.function.name", function.get("name"))
        if len(function.get("description") or "") > 1024:
            raise _too_long(f"{place}.function.description", 1024, len(function["description"]), "string")
        if function["name"] in names:
            raise Refused(f"Invalid '{place}.function.name': function names must be unique, but '{function['name']}' "
                          "was given twice.", param=f"{place}.function.name", code="invalid_value")  # fmt: skip
        names.add(function["name"])
        if function.get("strict"):
            for problem in _schema_problems(function.get("parameters")):
                raise Refused(f"Invalid schema for function '{function['name']}': {problem}",
                              param=f"{place}.function.parameters", code="invalid_function_parameters")  # fmt: skip
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("function", {}).get("name") not in names:
        raise Refused("Invalid value for 'tool_choice': the function is not among 'tools'.", param="tool_choice")


def _schema_problems(schema: Any) -> Iterator[str]:
    """What structured outputs do not take in a schema, in OpenAI's words."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind != "object":
        yield f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
        return
    if "anyOf" in schema:
        yield "schema must not have 'anyOf' at the top level."
    yield from _problems(schema, ())


def _problems(schema: Any, path: tuple[str, ...]) -> Iterator[str]:
    context = f"In context={path}"
    if not isinstance(schema, dict):
        yield f"{context}, schema must be an object."
        return
    if sum(step in ("properties", "items") for step in path) > DEEPEST:
        yield f"schema is nested deeper than {DEEPEST} levels."
    for keyword in sorted(schema.keys() - KEYWORDS):
        yield f"{context}, '{keyword}' is not permitted."
    if "$ref" in schema:
        if others := schema.keys() - {"$ref"}:
            yield f"context={path}, $ref cannot have keywords {others}."
        return
    if not schema.keys() & {"type", "anyOf", "enum", "const"}:
        yield f"{context}, schema must have a 'type' key."
    if "format" in schema and schema["format"] not in FORMATS:
        yield f"{context}, '{schema['format']}' is not a valid format."
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{context}, array schema missing items."
    if schema.get("type") == "object" or "properties" in schema:
        names, required = list(schema.get("properties", {})), schema.get("required")
        if schema.get("additionalProperties") is not False:
            yield f"{context}, 'additionalProperties' is required to be supplied and to be false."
        rule = "'required' is required to be supplied and to be an array including every key in properties."
        for name in [name for name in names if name not in (required or [])]:
            yield f"{context}, {rule} Missing '{name}'."
        for name in [name for name in required or [] if name not in names]:
            yield f"{context}, {rule} Extra required key '{name}' supplied."
    for group in ("properties", "$defs", "definitions"):
        for name, each in schema.get(group, {}).items():
            yield from _problems(each, (*path, group, name))
    for number, each in enumerate(schema.get("anyOf", [])):
        yield from _problems(each, (*path, "anyOf", str(number)))
    if "items" in schema:
        yield from _problems(schema["items"], (*path, "items"))


# Messages -------------------------------------------------------------------------------------------------------------


def _messages(body: dict[str, Any]) -> None:
    messages = body.get("messages")
    if messages is None:
        raise _missing("messages")
    if not isinstance(messages, list):
        raise _wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise _empty("messages")
    waiting: list[str] = []
    for number, message in enumerate(messages):
        place = f"messages[{number}]"
        _message(message, place)
        if message["role"] == "tool":
            if message.get("tool_call_id") not in waiting:
                raise Refused("Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                              "with 'tool_calls'.", param=f"messages.[{number}].role")  # fmt: skip
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            raise _unanswered(waiting, f"messages.[{number}].role")
        waiting = [call["id"] for call in message.get("tool_calls") or []]
    if waiting:
        raise _unanswered(waiting, "messages")


def _message(message: Any, place: str) -> None:
    if not isinstance(message, dict):
        raise _wrong_type(place, "an object", message)
    role, content, calls = message.get("role"), message.get("content"), message.get("tool_calls")
    if role not in ROLES:
        known = ", ".join(f"'{each}'" for each in ROLES[:-1])
        raise Refused(f"Invalid value: '{role}'. Supported values are: {known}, and '{ROLES[-1]}'.",
                      param=f"{place}.role", code="invalid_value")  # fmt: skip
    for key in sorted(message.keys() - MESSAGE_KEYS):
        raise Refused(f"Unknown parameter: '{place}.{key}'.", param=f"{place}.{key}", code="unknown_parameter")
    if "tool_calls" in message and (role != "assistant" or not isinstance(calls, list) or not calls):
        raise _empty(f"{place}.tool_calls")
    if content is None and not (calls or message.get("refusal")):
        raise Refused("Invalid value for 'content': expected a string, got null.", param=f"{place}.content")
    if content is not None and not isinstance(content, str | list):
        raise _wrong_type(f"{place}.content", "one of a string or array of objects", content)
    for number, call in enumerate(calls or []):
        where, function = f"{place}.tool_calls[{number}]", call.get("function")
        if call.get("type") != "function" or not isinstance(function, dict):
            raise _missing(f"{where}.function")
        if not isinstance(call.get("id"), str):
            raise _missing(f"{where}.id")
        if len(call["id"]) > 40:
            raise _too_long(f"{where}.id", 40, len(call["id"]), "string")
        _name(f"{where}.function.name", function.get("name"))
        if not isinstance(function.get("arguments"), str):
            raise _wrong_type(f"{where}.function.arguments", "a string", function.get("arguments"))


# The words ------------------------------------------------------------------------------------------------------------


def _name(place: str, given: Any) -> None:
    if given is None:
        raise _missing(place)
    if not isinstance(given, str) or not re.fullmatch(NAME, given):
        raise Refused(f"Invalid '{place}': string does not match pattern. Expected a string that matches the pattern "
                      f"'^{NAME}$'.", param=place, code="invalid_value")  # fmt: skip
    if len(given) > 64:
        raise _too_long(place, 64, len(given), "string")


def _integer(name: str, given: Any, least: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int):
        raise _wrong_type(name, "an integer", given)
    if given < least:
        raise Refused(f"Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {given} "
                      "instead.", param=name, code="integer_below_min_value")  # fmt: skip


def _missing(name: str) -> Refused:
    return Refused(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def _empty(name: str) -> Refused:
    return Refused(f"Invalid '{name}': empty array. Expected an array with minimum length 1, but got an empty array "
                   "instead.", param=name, code="empty_array")  # fmt: skip


def _wrong_type(name: str, wanted: str, given: Any) -> Refused:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer",
             float: "a decimal", type(None): "null"}  # fmt: skip
    message = f"Invalid type for '{name}': expected {wanted}, but got {names[type(given)]} instead."
    return Refused(message, param=name, code="invalid_type")


def _too_long(name: str, most: int, length: int, what: str = "array") -> Refused:
    article = "an array" if what == "array" else "a string"
    return Refused(f"Invalid '{name}': {what} too long. Expected {article} with maximum length {most}, but got "
                   f"{article} with length {length} instead.", param=name, code=f"{what}_above_max_length")  # fmt: skip


def _unanswered(ids: list[str], param: str) -> Refused:
    return Refused("An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                   "'tool_call_id'. The following tool_call_ids did not have response messages: "
                   f"{', '.join(ids)}", param=param)  # fmt: skip
