"""connect_social_account: open a provider's consent page in the coach's browser."""

from pydantic import BaseModel, Field

from avery.domain import Platform, ScorecardItem
from avery.social.platform import NAMES
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Start connecting a social account: opens the platform's own page for the coach to allow it. Ask which platform
    first if the coach has not said."""

    platform: Platform = Field(description="The platform to connect")


async def connect_social_account(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Begin the OAuth dance; its end arrives later as an input of its own, so nothing is scored here."""
    coach, platform = context.coach, arguments.platform
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
