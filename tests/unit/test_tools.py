"""The tools as a model is offered them, and what it reads where its arguments do not do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from avery.errors import OutsideRefused
from tests.standin.validate import check_chat
from tools import TOOLS
from tools.tool import validation_message, was_taken


def schema(name: str) -> dict[str, Any]:
    parameters: dict[str, Any] = TOOLS[name].as_openai()["function"]["parameters"]
    return parameters


def keywords(found: Any) -> set[str]:
    """The keywords of a JSON Schema, without the names that it gives to properties."""
    if not isinstance(found, dict):
        return set()
    inner = [*found.get("properties", {}).values(), *found.get("$defs", {}).values(), *found.get("anyOf", [])]
    return set(found).union(*(keywords(each) for each in [*inner, found.get("items")]))


def complaint(tool: str, /, **arguments: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        TOOLS[tool].parse(arguments)
    return validation_message(caught.value)


def test_the_provider_takes_all_of_them_in_strict_mode() -> None:
    offered = [tool.as_openai() for tool in TOOLS.values()]
    assert all(each["function"]["strict"] is True for each in offered)
    check_chat({"model": "gpt-4o", "tools": offered, "messages": [{"role": "user", "content": "hi"}]})


@pytest.mark.parametrize("name", list(TOOLS))
def test_every_tool_and_every_argument_is_described_on_one_line_of_its_own(name: str) -> None:
    function = TOOLS[name].as_openai()["function"]
    assert 40 < len(function["description"]) <= 1024
    assert "  " not in function["description"]
    assert all(len(each["description"]) > 10 for each in schema(name)["properties"].values())


@pytest.mark.parametrize("name", list(TOOLS))
def test_no_schema_carries_what_is_for_programmers_or_what_strict_mode_does_not_know(name: str) -> None:
    known = "type properties required additionalProperties description enum items anyOf $ref $defs"
    assert keywords(schema(name)) <= set(known.split())
    assert "spec ticket" not in json.dumps(schema(name))


@pytest.mark.parametrize("name", list(TOOLS))
def test_null_and_nothing_stand_for_not_given_wherever_an_argument_is_optional(name: str) -> None:
    tool = TOOLS[name]
    optional = {field for field, info in tool.arguments.model_fields.items() if not info.is_required()}
    needed = {
        "platform": "instagram", "amount": 9, "starts_at": "2030-01-01T10:00", "post": "x", "status": "open",
    }  # fmt: skip
    given = {field: needed[field] for field in tool.arguments.model_fields if field not in optional}
    assert (
        tool.parse(given | dict.fromkeys(optional))
        == tool.parse(given | dict.fromkeys(optional, ""))
        == tool.parse(given)
    )


def test_optional_arguments_may_be_null_and_the_others_may_not() -> None:
    properties = schema("set_subscription_price")["properties"]
    assert {"type": "null"} in properties["interval"]["anyOf"]
    assert {"type": "null"} not in properties["amount"].get("anyOf", [])


def test_no_model_is_told_of_the_signature_that_deletes() -> None:
    assert list(schema("delete_blog_post")["properties"]) == ["post"]
    assert "signature" not in json.dumps(TOOLS["delete_blog_post"].as_openai())


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("update_coach_profile", {"niche": "yoga"}, ["niche", "'wellness'", '"yoga"']),
        ("update_coach_profile", {"name": "x" * 101}, ["name", "at most 100 characters"]),
        ("set_subscription_price", {}, ["amount: is missing"]),
        ("set_subscription_price", {"amount": "a tenner"}, ["amount", "decimal", '"a tenner"']),
        ("generate_blog_posts", {"count": 12}, ["count", "less than or equal to 3", "12"]),
        ("connect_social_account", {"platform": "facebook"}, ["platform", "'instagram', 'tiktok' or 'youtube'"]),
        ("schedule_live_session", {"starts_at": "tomorrow"}, ["starts_at", "2026-11-28T18:00", '"tomorrow"']),
        ("schedule_live_session", {"starts_at": "2026-11-28"}, ["starts_at", "ask"]),
    ],
)
def test_arguments_that_do_not_do_are_answered_with_what_would(
    name: str, arguments: dict[str, Any], told: list[str]
) -> None:
    message = complaint(name, **arguments)
    assert message.startswith("Not run. ")
    assert [part for part in told if part not in message] == []
    assert len(message) < 400
    assert "pydantic" not in message


def test_a_long_argument_is_not_repeated_back() -> None:
    assert "xxxx" not in complaint("update_coach_profile", name="x" * 5000)


@pytest.mark.parametrize(
    ("status", "said", "taken"),
    [(422, "This Idempotency-Key was used for another request", True), (409, "idempotency key in use", True),
     (422, "title is too long", False), (404, "no such Idempotency thing", False)],
)  # fmt: skip
def test_a_key_that_was_used_is_told_from_other_refusals(status: int, said: str, taken: bool) -> None:
    assert was_taken(OutsideRefused("KLIQ", f"{status}: {said}", status=status)) is taken
