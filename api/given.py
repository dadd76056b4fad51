"""What Litestar hands to a handler by the parameter's name: `services: Given[Services]`."""

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
"""Ours, not a caller's: Litestar need not validate it, nor look on each request into what it holds."""
