"""Which prompts a model spoke by."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING

import prompts
from tools import TOOLS

if TYPE_CHECKING:
    from avery.clients.openai import Model


@cache
def prompt_version(model: Model, variant: str | None) -> str:
    """Twelve hex digits over all that decides what the model does: templates, tool schemas, the model's profile."""
    schemas = json.dumps([tool.as_openai() for tool in TOOLS.values()], sort_keys=True)
    whole = "\0".join([prompts.digest(variant), schemas, model.fingerprint()])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]
