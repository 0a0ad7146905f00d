"""GitHub's Markdown: texts made safe to show, blocks, folded parts, and texts cut to a limit.

GitHub searches mentions, issue numbers and addresses in the rendered page. A backslash or an HTML
entity in the Markdown does not prevent a link, but a zero-width space inside the text does.
"""

import re

from airflow_k8s.console.text import clean

LIMIT = 65_536
"""Characters that GitHub accepts in a comment or an issue."""

_ZERO_WIDTH_SPACE = "\u200b"
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()~]")
_HTML = re.compile(r"[<>&|$]")
_REFERENCE = re.compile(r"[@#]|www(?=\.)|:(?=//)")

# Control characters, and those that change the direction of a text.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_ACTIVE = re.compile(
    r"""
      (?P<kept> &\#(?:36|38|60|62|124); )              # the entities of $ & < > | stay
    | &                                                # every other entity
    | < (?! /?details> | /?summary> | br> | /?b> )     # every tag and comment but these
    | @ (?! \u200b)                                    # a mention
    | \# (?= \d) | GH- (?= \d)                         # another issue, which GitHub would notify
    | : (?= //) | www (?= \.)                          # an address
    | \] (?= [(\[:])                                   # a link or an image, in any notation
    | (?: `{3,} | ~{3,} ) [ \t]* (?= \w) (?! diff\b )  # a block that GitHub draws, such as mermaid
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def text(plain: str) -> str:
    """Escapes a text for a sentence or a table cell: no part of it is formatted or becomes a
    link."""
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", html(plain))


def html(plain: str) -> str:
    """Escapes a text for the content of an HTML tag, where Markdown does not apply."""
    hidden = _REFERENCE.sub(lambda found: found[0] + _ZERO_WIDTH_SPACE, _one_line(plain))
    return _HTML.sub(lambda found: f"&#{ord(found[0])};", hidden)


def code(name: str) -> str:
    """A name as inline code; as `text` if it has a character that would end the code."""
    plain = _one_line(name)
    return f"`{plain}`" if not set(plain) & set("`|") else text(plain)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def neutral(markdown: str) -> str:
    """Markdown from an untrusted author, made harmless: no mention, no link, and no HTML except
    folds.

    Text inside code is changed too, because a text could be written so that it only seems to be
    code.
    """
    lines = _INVISIBLE.sub("", "\n".join(markdown.splitlines()))
    return _ACTIVE.sub(lambda found: found["kept"] or found[0] + _ZERO_WIDTH_SPACE, lines)


def fenced(text: str) -> str:
    """The output of a program as a block of code, with a fence that is longer than any in it."""
    plain = _INVISIBLE.sub("", "\n".join(line.rstrip() for line in text.splitlines())).strip("\n")
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{plain}\n{fence}"


def folded(title: str, inside: str) -> str:
    """A folded part, which a reader of the page can open. The title is HTML."""
    return f"<details>\n<summary>{title}</summary>\n\n{inside}\n\n</details>\n"


def last_lines(text: str, limit: int) -> str:
    """The last lines of a program's output, up to a number of characters."""
    if len(text) <= limit:
        return text
    kept = text[len(text) - limit + len(_BEFORE) + 2 :]
    return f"{_BEFORE}\n{kept.partition(chr(10))[2] or kept}"


_BEFORE = "… the lines before are in the run's log"


def cut(text: str, limit: int, note: str) -> str:
    """The first lines of a text, up to a number of characters, with a note at the end.

    Blocks of code and folded parts that are open at the end are closed.
    """
    if len(text) <= limit:
        return text
    lines, room, end = list[str](), limit - len(note) - 1, ""
    fence, folds = "", 0
    for line in text.splitlines():
        fence, folds = _after(line, fence, folds)
        closing = (f"{fence}\n" if fence else "") + "\n</details>\n" * folds
        room -= len(line) + 1
        if room < len(closing):
            break
        lines.append(line)
        end = closing
    return "\n".join([*lines, f"{end}{note}"])


def _after(line: str, fence: str, folds: int) -> tuple[str, int]:
    """The open fence and the number of open folded parts after a line."""
    found = _FENCE.fullmatch(line)
    if fence:
        ends = found and found[1].startswith(fence) and not found[2].strip()
        return "" if ends else fence, folds
    if found:
        return found[1], folds
    return "", max(0, folds + line.count("<details>") - line.count("</details>"))
