"""delete_blog_post: ask with a signed button, then delete."""

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from avery import blogs
from avery.signing import holds, sign
from tools.tool import Note, Tool, ToolContext, ToolResult

ACTION = "confirm_delete"


class Arguments(BaseModel):
    """Ask the coach to confirm with a button that one of their posts is deleted; the button's click deletes it. Nothing
    that you can pass here deletes."""

    post: str = Field(max_length=300, description="The post's id or title")
    confirmation: SkipJsonSchema[str | None] = Field(None, max_length=300)
    """The signature of the coach's click. No model is told of it, and one that it invents does not hold."""


async def delete_blog_post(context: ToolContext, arguments: Arguments) -> ToolResult:
    """Delete the post if the coach's own click confirms it; otherwise offer the button that does."""
    coach, services = context.coach, context.services
    blog = blogs.find(coach, arguments.post)
    if blog is None:
        titles = [blog.title for blog in coach.store.blogs]
        key = "which_blog" if titles else "no_such_blog"
        return ToolResult(
            {"deleted": False, "reason": "no such post", "posts": titles},
            "No such post",
            Note("content_import", key, {"titles": titles, "said": arguments.post}),
        )
    secret = services.settings.secret("signing")
    if not holds(secret, arguments.confirmation, coach.coach_id, ACTION, blog.id):
        signature = sign(secret, coach.coach_id, ACTION, blog.id)
        return ToolResult(
            content={"deleted": False, "reason": "the coach was asked to confirm with the button"},
            summary=f"Asked before deleting “{blog.title}”",
            note=Note(
                "content_import",
                "confirm_delete",
                {"title": blog.title, "id": blog.id, "signature": signature},
                waits=True,
            ),
        )
    await services.kliq.delete_blog(coach.application_id, blog.id, key=context.key)
    return ToolResult(
        {"deleted": True, "title": blog.title},
        f"Deleted “{blog.title}”",
        Note("content_import", "deleted", {"title": blog.title}),
    )


TOOL = Tool("delete_blog_post", Arguments, delete_blog_post, changes_store=True)
