"""The model as a writer of texts for the store: by a prompt, from material, moderated."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
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
    version: str
    """Of the prompts, as it is kept with each call."""

    async def write(
        self,
        purpose: str,
        template: str,
        texts: Mapping[str, str],
        shape: type[Shape],
        *,
        max_tokens: int,
        seconds: float = SECONDS,
        **facts: Any,
    ) -> Shape:
        """A text by the prompt `template`, from the untrusted `texts` by their names (see prompts.material).

        Raises ModelFailed; ModelRefused also where the texts' markers turn up in what was written.
        """
        nonce = secrets.token_hex(8)
        found = await self.model.write(
            purpose,
            prompts.instruct(template, self.variant, **facts),
            prompts.material(nonce, **{name: text for name, text in texts.items() if text}),
            shape,
            max_tokens=max_tokens,
            seconds=seconds,
            record=self.record,
            prompt_version=self.version,
        )
        if nonce in found.model_dump_json():
            raise ModelRefused("repeated the markers of its material")
        return found

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


# Addresses ------------------------------------------------------------------------------------------------------------

_ENDINGS = "com net org info biz io co app shop store online site xyz link ly tv uk de".split()
"""Those that no word begins with: a missing space behind a full stop is no link."""
_ADDRESS = re.compile(
    rf"""
    (?:https?://|www\.)[^\s<>()\[\]"“”]+                            # a link
    | (?<![\w@/])[\w.+-]*@\w[\w.-]*                                # an e-mail address or a handle
    | \b(?:[a-z0-9-]+\.)+(?:{"|".join(_ENDINGS)})\b(?:/[^\s<>()\[\]"“”]*)?  # a link without its scheme
    """,
    re.IGNORECASE | re.VERBOSE,
)


def addresses(text: str) -> list[str]:
    """The links, e-mail addresses and handles in a text, in order, without the punctuation behind them."""
    return [found.rstrip(".,;:!?'’*_") for found in _ADDRESS.findall(text)]


def without_addresses(text: str) -> str:
    """The text without its links, e-mail addresses and handles."""
    return re.sub(r"[ \t]{2,}", " ", _ADDRESS.sub("", text)).strip()


def check_addresses(text: str, allowed: Iterable[str]) -> None:
    """Raises ModelRefused where the text names an address that does not stand in `allowed`: readers would follow it."""
    known = " ".join(allowed).casefold()
    if foreign := [found for found in addresses(text) if found.casefold() not in known]:
        raise ModelRefused(f"wrote {len(foreign)} addresses that nobody gave it")
