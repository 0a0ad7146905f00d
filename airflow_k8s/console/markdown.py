"""Words inside GitHub's Markdown: they stay words, wherever they come from.

GitHub looks for mentions, issues and addresses in the page that Markdown became: neither an entity
nor a backslash hides them from it, a space that takes no room does.
"""

import re

from airflow_k8s.console.text import clean

_MARKDOWN = re.compile(r"[\\`*_{}\[\]()~]")
_HTML = re.compile(r"[<>&|$]")
_LOOKED_FOR = re.compile(r"[@#]|www(?=\.)|:(?=//)")
_NO_ROOM = "\u200b"


def text(words: str) -> str:
    """Words of a sentence, or of a cell of a table."""
    return _MARKDOWN.sub(lambda m: f"\\{m[0]}", html(words))


def html(words: str) -> str:
    """Words inside a tag, where nothing is Markdown."""
    hidden = _LOOKED_FOR.sub(lambda m: m[0] + _NO_ROOM, _one_line(words))
    return _HTML.sub(lambda m: f"&#{ord(m[0])};", hidden)


def code(name: str) -> str:
    """A name as code; one that holds what would end it is told as words."""
    plain = _one_line(name)
    return f"`{plain}`" if not set(plain) & set("`|") else text(plain)


def _one_line(words: str) -> str:
    return " ".join(clean(words).split())
