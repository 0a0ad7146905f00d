"""HTML that is escaped where text enters it, so that no place can forget to."""

from html import escape

_VOID = frozenset({"meta"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Html:
    """An element. Plain text is escaped; `class_` is class, `aria_label` aria-label.

    An attribute that is None is left out.
    """
    inside = "".join(map(_escaped, children))
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{told}>" if name in _VOID else f"<{name}{told}>{inside}</{name}>")


def together(*children: str) -> Html:
    """Elements and texts one after the other."""
    return Html("".join(map(_escaped, children)))


def _escaped(text: str) -> str:
    if isinstance(text, Html):
        return text
    return escape("".join(c for c in text if c.isprintable() or c == "\n"))
