"""The model as a writer of texts for the store: by a prompt, from material, moderated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

import prompts
from avery.errors import ModelRefused
from avery.store.usage import Record

if TYPE_CHECKING:
    from avery.clients.openai import Model
    from avery.domain import Coach

SECONDS = 20.0
"""How long a coach waits for a short text before a template takes its place."""
Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Writer:
    """The model, the prompts that the coach's arm writes by, and the book that is kept of its calls."""

    model: Model
    variant: str | None
    record: Record

    async def write(
        self,
        purpose: str,
        template: str,
        material: str,
        shape: type[Shape],
        *,
        max_tokens: int,
        seconds: float = SECONDS,
        **facts: Any,
    ) -> Shape:
        """A text by the prompt `template`, from `material` (see prompts.material). Raises ModelFailed, ModelRefused."""
        return await self.model.write(
            purpose,
            prompts.instruct(template, self.variant, **facts),
            material,
            shape,
            max_tokens=max_tokens,
            seconds=seconds,
            record=self.record,
            prompt_version=prompts.digest(self.variant),
        )

    async def checked(self, text: str, *, longest: int) -> str:
        """The text, if it may be shown. Raises ModelRefused where it is empty, too long or flagged by the moderation,
        and ModelFailed where that cannot be told."""
        if not text or len(text) > longest:
            raise ModelRefused(f"wrote {len(text)} characters, 1 to {longest} would do")
        if any(await self.model.moderate([text])):
            raise ModelRefused("wrote what the moderation flagged")
        return text


def about(coach: Coach) -> dict[str, Any]:
    """What every prompt for the store's texts is told of the coach."""
    return {
        "name": coach.preferred_name or "",
        "niche": coach.niche or "coaching",
        "niche_word": coach.data.niche_said or coach.niche or "coaching",
        "specialty": coach.specialty or "",
        "tone": coach.tone,
        "language": coach.locale,
    }
