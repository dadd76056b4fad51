"""Avery's tools: the spec's twelve in its order, and the two that its own scenarios need."""

from tools import (
    apply_store_template,
    connect_social_account,
    delete_blog_post,
    generate_blog_posts,
    generate_share_content,
    get_niche_benchmarks,
    get_social_top_posts,
    get_store_analytics,
    publish_blog_posts,
    schedule_live_session,
    set_subscription_price,
    setup_stripe,
    update_coach_profile,
    update_scorecard,
)
from tools.tool import Note, Tool, ToolContext, ToolResult

TOOLS: dict[str, Tool] = {
    module.TOOL.name: module.TOOL
    for module in (
        update_coach_profile,
        connect_social_account,
        generate_blog_posts,
        set_subscription_price,
        apply_store_template,
        get_store_analytics,
        get_niche_benchmarks,
        schedule_live_session,
        generate_share_content,
        update_scorecard,
        setup_stripe,
        get_social_top_posts,
        publish_blog_posts,
        delete_blog_post,
    )
}

__all__ = ["TOOLS", "Note", "Tool", "ToolContext", "ToolResult"]
