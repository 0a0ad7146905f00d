"""Escapes texts for GitHub's Markdown, so that they are shown as they are.

GitHub searches the rendered page for mentions, issues and addresses. An entity or a backslash does
not prevent that, but a zero-width space does.
"""

import re

from airflow_k8s.console.text import clean

_MARKDOWN = re.compile(r"[\\`*_{}\[\]()~]")
_HTML = re.compile(r"[<>&|$]")
_REFERENCE = re.compile(r"[@#]|www(?=\.)|:(?=//)")
_ZERO_WIDTH_SPACE = "\u200b"


def text(plain: str) -> str:
    """Escapes a text for a sentence or a cell of a table."""
    return _MARKDOWN.sub(lambda m: f"\\{m[0]}", html(plain))


def html(plain: str) -> str:
    """Escapes a text inside an HTML tag, where Markdown has no effect."""
    hidden = _REFERENCE.sub(lambda m: m[0] + _ZERO_WIDTH_SPACE, _one_line(plain))
    return _HTML.sub(lambda m: f"&#{ord(m[0])};", hidden)


def code(name: str) -> str:
    """A name as code; as escaped text, if it contains a character that would end the code."""
    plain = _one_line(name)
    return f"`{plain}`" if not set(plain) & set("`|") else text(plain)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
