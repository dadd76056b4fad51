"""apply_store_template: the look of the store."""

from pydantic import BaseModel, Field

from avery.errors import OutsideRefused
from tools.tool import Note, Tool, ToolContext, ToolResult


class Arguments(BaseModel):
    """Give the store another look: one of the templates for the coach's niche. Without `template` nothing changes, and
    the result lists the templates to choose from."""

    template: str | None = Field(
        None,
        max_length=60,
        description="The name or id of a listed template that the coach chose; if the coach has not said, leave it out"
        " and ask with the list",
    )


async def apply_store_template(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Apply the named look; an unknown name is answered with the niche's looks to choose from."""
    coach, kliq = context.coach, context.services.kliq
    themes = await kliq.get_themes(coach.niche)
    said = (arguments.template or "").strip().casefold()
    chosen = next((theme for theme in themes if said and said in (theme.id.casefold(), theme.name.casefold())), None)
    if chosen is None:
        offered = [{"id": theme.id, "name": theme.name} for theme in themes]
        return ToolResult(
            {"applied": False, "current": coach.store.theme, "templates": offered}
            | ({"reason": "no template of that name"} if said else {}),
            "Showed the looks for your niche",
            Note(
                "launch",
                "look_unknown" if said else "ask_template",
                {"looks": offered, "said": arguments.template or "", "niche": coach.niche or "your niche"},
                waits=True,
            ),
        )
    try:
        await kliq.put_theme(coach.application_id, chosen.id, key=context.key)
    except OutsideRefused as refused:
        return ToolResult(
            {"applied": False, "reason": refused.message},
            "Look not changed",
            Note("launch", "look_unknown", {"looks": [], "said": chosen.name, "niche": coach.niche or "your niche"}),
        )
    return ToolResult(
        {"applied": chosen.id},
        f"Changed the look to {chosen.name}",
        Note("launch", "template_set", {"template": chosen.name}),
    )


TOOL = Tool("apply_store_template", Arguments, apply_store_template, changes_store=True)
