"""Taints of nodes as text."""

from collections.abc import Mapping


def taint_text(taint: Mapping[str, str]) -> str:
    """A taint as kubectl prints it: key=value:effect, or key:effect if it has no value."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"
