"""Markdown for GitHub: folded, cut to size, and kept from doing anything where others wrote it."""

import re

LIMIT = 65_536
"""Characters that GitHub takes in a comment or an issue."""

_NO_ROOM = "\u200b"  # a space that takes no room: it parts what GitHub would read as one

# What a person does not see, and what would turn the order of the text around.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ACTIVE = re.compile(
    r"""
      (?P<kept> &\#(?:36|38|60|62|124); )              # the entities of $ & < > | stay
    | &                                                # every other
    | < (?! /?details> | /?summary> | br> | /?b> )     # every tag and comment but these
    | @ (?! \u200b)                                    # a mention
    | \# (?= \d) | GH- (?= \d)                         # another issue, which would be told of it
    | : (?= //) | www (?= \.)                          # an address
    | \] (?= [(\[:])                                   # a link or an image, however written
    | (?: `{3,} | ~{3,} ) [ \t]* (?= \w) (?! diff\b )  # a block that is drawn, such as mermaid
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def neutral(text: str) -> str:
    """What somebody else wrote, as text that calls nobody and leads nowhere.

    GitHub looks for mentions, issues and addresses in the page that Markdown became, so they are
    parted by a space that takes no room, wherever they stand: whether a place is code is not asked,
    since a text can be written so that it seems to be. Of HTML what folds and what breaks a line
    stay.
    """
    lines = _UNSEEN.sub("", "\n".join(text.splitlines()))
    return _ACTIVE.sub(lambda found: found["kept"] or found[0] + _NO_ROOM, lines)


def fenced(text: str) -> str:
    """A program's output as it is: a block that nothing in it ends."""
    plain = _UNSEEN.sub("", "\n".join(line.rstrip() for line in text.splitlines())).strip("\n")
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{plain}\n{fence}"


def folded(title: str, inside: str) -> str:
    """Something to open. The title is HTML of ours."""
    return f"<details>\n<summary>{title}</summary>\n\n{inside}\n\n</details>\n"


def last_lines(text: str, most: int) -> str:
    """The end of a program's output, where it says how it went; at most so many characters."""
    if len(text) <= most:
        return text
    kept = text[len(text) - most + len(_BEFORE) + 2 :]
    return f"{_BEFORE}\n{kept.partition(chr(10))[2] or kept}"


_BEFORE = "… what came before is in the run's log"


def cut(text: str, most: int, note: str) -> str:
    """At most so many characters: whole lines, what is open closed, and a note at the end."""
    if len(text) <= most:
        return text
    lines, room, end = list[str](), most - len(note) - 1, ""
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
    """The fence and the number of folded parts that are open after a line."""
    found = _FENCE.fullmatch(line)
    if fence:
        ends = found and found[1].startswith(fence) and not found[2].strip()
        return "" if ends else fence, folds
    if found:
        return found[1], folds
    return "", max(0, folds + line.count("<details>") - line.count("</details>"))
