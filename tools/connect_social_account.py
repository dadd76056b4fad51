"""connect_social_account: open a provider's consent page in the coach's browser."""

from pydantic import BaseModel, Field

from avery.domain import Platform, ScorecardItem
from avery.social.platform import NAMES
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Start connecting a social account: opens the platform's own page, where the coach allows it. It is connected
    only when that page says so, which you will be told. One that is connected already is reported, not opened."""

    platform: Platform = Field(description="The platform to connect; if the coach has not said which, ask")
    again: bool = Field(
        False, description="True only if the coach wants another account in place of the one that is connected"
    )


async def connect_social_account(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Begin the OAuth dance; its end arrives later as an input of its own, so nothing is scored here."""
    coach, platform = context.coach, arguments.platform
    held = next((account for account in coach.social_connections if account.platform == platform), None)
    if held is not None and not held.needs_reconnect and not arguments.again:
        return ToolResult(
            content={"connected": platform.value, "username": held.username, "opened": False},
            summary=f"{name_of(platform)} is connected already",
            note=Note(
                "social_connect",
                "already",
                {"platform": name_of(platform), "platform_id": platform.value, "username": held.username},
                offers=True,
            ),
        )
    url = await context.services.accounts.begin(coach.coach_id, coach.application_id, platform)
    return ToolResult(
        content={"opened": platform.value, "status": "waiting for the coach to allow it"},
        summary=f"Opened {name_of(platform)}",
        note=Note(
            "social_connect", "waiting", {"platform": name_of(platform), "platform_id": platform.value}, waits=True
        ),
        oauth=(platform.value, url),
    )


def name_of(platform: str) -> str:
    """A platform as it writes itself."""
    return NAMES[Platform(platform)]


TOOL = Tool("connect_social_account", Arguments, connect_social_account, scorecard_item=ScorecardItem.SOCIALS_CONNECTED)
