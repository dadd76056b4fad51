"""A conversation with the graph itself, without a socket: for tests of what Avery says and does."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from avery.domain import Coach
from avery.protocol import Button
from avery.services import Services
from avery.store import coaches
from graph.events import Event, Reply
from graph.intake import load_coach
from graph.state import Context
from graph.turn import Graphs, TurnInput, TurnResult, run_turn


@dataclass
class Conversation:
    """One coach who talks with Avery; keeps what was said and what happened."""

    services: Services
    graphs: Graphs
    coach_id: int
    application_id: int
    coach: Coach = field(init=False)
    last: TurnResult = field(init=False)
    replies: list[Reply] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    async def begin(self) -> str:
        """Meet Avery: her welcome."""
        context = Context(coach_id=self.coach_id, application_id=self.application_id)
        self.coach = await load_coach(self.services, context)
        return await self.give(TurnInput("greeting"))

    async def say(self, text: str) -> str:
        """Type something: Avery's answer."""
        return await self.give(TurnInput("message", text=text))

    async def click(self, action: str, value: str | None = None) -> str:
        """Click the button with this action (and value) of Avery's last messages."""
        offered = self.buttons
        button = next((b for b in offered if b.action == action and value in (None, b.value)), None)
        assert button is not None, f"no button {action} {value} among {[(b.action, b.value) for b in offered]}"
        return await self.press(button)

    async def press(self, button: Button) -> str:
        """Send any button, offered or not."""
        return await self.give(TurnInput("button", button=button))

    async def give(self, given: TurnInput, turn_id: str | None = None) -> str:
        """Run a turn and keep what it changed, as a session does."""
        self.last = await run_turn(
            self.graphs, self.coach, turn_id or str(uuid4()), given, self.events.append, asyncio.Event()
        )
        self.coach = self.last.coach
        async with self.services.pool.connection() as connection:
            await coaches.save(connection, self.coach)
        self.replies += self.last.replies
        return "\n".join(reply.content for reply in self.last.replies)

    async def connected(self, platform: str = "instagram", *, ok: bool = True, **more: Any) -> str:
        """What happens when the provider's page has sent the coach back."""
        self.coach.social_connections = await self.services.accounts.connections(self.coach_id)
        return await self.give(TurnInput("oauth", data={"platform": platform, "ok": ok, **more}))

    @property
    def buttons(self) -> list[Button]:
        return [button for reply in self.last.replies for button in reply.buttons or []]

    @property
    def phase(self) -> str:
        return self.coach.current_phase
