"""The coach's store as her clients see it."""
from litestar.handlers import HTTPRouteHandler
from typing import Any
def storefront_routes(pool: Any) -> list[HTTPRouteHandler]:
    return []
