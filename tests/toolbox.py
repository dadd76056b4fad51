"""One tool at a time, as the graph runs it, on a real sandbox: for tests of what a tool does and answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from avery.domain import Coach
from avery.services import Services
from avery.store.usage import ModelCall
from avery.writing import Writer
from tools import TOOLS, ToolContext, ToolResult


@dataclass
class Toolbox:
    """A coach with her tools; `coach` is as a turn's beginning reads it."""

    services: Services
    coach: Coach
    calls: list[ModelCall] = field(default_factory=list)
    """What was asked of the model."""

    @property
    def writer(self) -> Writer | None:
        model = self.services.model
        return None if model is None else Writer(model, None, self.calls.append, "a version")

    async def use(
        self,
        tool_name: str,
        /,
        *,
        key: str | None = None,
        attempt: int = 0,
        kept: dict[str, Any] | None = None,
        **given: Any,
    ) -> ToolResult:
        """Run a tool with the arguments as a model gives them, then read the store as the graph does."""
        tool = TOOLS[tool_name]
        context = ToolContext(
            self.coach, self.services, key or uuid4().hex, self.writer, attempt, {} if kept is None else kept
        )
        result = await tool.run(context, tool.parse(given))
        assert len(json.dumps(result.content)) < 1500, "a model reads this"
        await self.refresh()
        return result

    async def refresh(self) -> None:
        """Read the store anew."""
        self.coach.store = await self.services.kliq.get_store(self.coach.application_id)

    async def fault(self, path: str, method: str, **more: Any) -> None:
        """What goes wrong with KLIQ's next call."""
        said = {"path": path, "method": method, **more}
        (await self.services.http.post(f"{self.services.sandbox_url}/faults", json=said)).raise_for_status()

    async def titles(self) -> list[str]:
        await self.refresh()
        return [blog.title for blog in self.coach.store.blogs]
