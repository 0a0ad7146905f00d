"""A chart that exists on this machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ValuesConverter = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class FoundChart:
    """A chart on this machine: an archive or a folder."""

    path: Path
    version: str
    stand_in_reason: str = ""  # why it replaces the stack's chart; empty if it does not
    convert_values: ValuesConverter = dict  # the stack's values, as this chart accepts them

    @property
    def is_stand_in(self) -> bool:
        """Whether it is an older chart that replaces the one that the stack names."""
        return bool(self.stand_in_reason)
