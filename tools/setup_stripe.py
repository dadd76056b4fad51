"""setup_stripe: KLIQ's link to Stripe, so that the coach can be paid."""

from pydantic import BaseModel

from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Get the link with which the coach sets up payouts with Stripe. It lives a few minutes: only when asked for."""


async def setup_stripe(context: ToolContext, _: Arguments) -> ToolResult:
    """Ask KLIQ for a fresh link. It is a bearer secret: the browser opens it, no message and no log carries it."""
    coach = context.coach
    url = await context.services.kliq.stripe_link(coach.application_id, key=context.key)
    coach.data.declined = [*dict.fromkeys([*coach.data.declined, "payouts"])]
    return ToolResult(
        {"link": "shown to the coach"}, "Got your Stripe link", Note("next_steps", "stripe_link"), oauth=("stripe", url)
    )


TOOL = Tool("setup_stripe", Arguments, setup_stripe)
