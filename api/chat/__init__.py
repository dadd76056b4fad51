"""The conversation in a terminal: the page's protocol, with the buttons as numbers.

On a terminal replies are drawn while they are written; into a pipe goes plain text, a line of input is a message, and
the end of the input is the end.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from api.chat.link import Link
from api.chat.mouth import Mouth
from api.chat.screen import Screen
from api.chat.server import server
from api.chat.talk import Talk

if TYPE_CHECKING:
    from avery.settings import Settings


async def chat(
    settings: Settings,
    *,
    coach_id: int,
    application_id: int,
    url: str | None = None,
    token: str | None = None,
) -> None:
    """Talk until the coach leaves. Without `url` it is this machine's server, started here where none runs.

    Without `token` (the admin panel's) the sandbox gives one. Raises LinkError, DatabaseError and SettingsError, each
    in words.
    """
    screen = Screen()
    async with server(settings, screen, url) as address:
        talk = Talk(screen)
        link = Link(address, coach_id, application_id, token, talk.hear, talk.cut)
        mouth = Mouth(talk, link)
        running = asyncio.create_task(link.run())
        typing = mouth.on_pipe() if screen.plain or not sys.stdin.isatty() else mouth.on_terminal(settings.data_dir)
        talking = asyncio.create_task(typing)
        try:
            done, _ = await asyncio.wait((running, talking), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (talking, running):
                task.cancel()
            await asyncio.gather(talking, running, return_exceptions=True)
