"""setup_stripe: KLIQ's link to Stripe, so that the coach can be paid."""

from pydantic import BaseModel

from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Open Stripe's own page, where the coach sets up payouts. The link lives a few minutes and opens in the coach's
    browser by itself: you never see it, so never write one. Only when the coach asks for it or agrees; if the coach
    has not said, ask."""


async def setup_stripe(context: ToolContext, _: Arguments) -> ToolResult:
    """Ask KLIQ for a fresh link. It is a bearer secret: the browser opens it, no message and no log carries it."""
    coach = context.coach
    url = await context.services.kliq.stripe_link(coach.application_id, key=context.key)
    coach.data.declined = [*dict.fromkeys([*coach.data.declined, "payouts"])]
    return ToolResult(
        {"opened": "stripe", "status": "the coach fills it in there"},
        "Got your Stripe link",
        Note("next_steps", "stripe_link"),
        oauth=("stripe", url),
    )


TOOL = Tool("setup_stripe", Arguments, setup_stripe)
