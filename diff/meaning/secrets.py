"""Secrets whose text is made anew, and those that are lost."""

from collections.abc import Iterator, Sequence

from diff.fields import ABSENT, parts
from diff.meaning.consequence import Consequence
from diff.objects import ObjectChange
from render.objects import PROGRAM
from settings.reader import Secret


def secrets(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """Of the Secrets that the program makes. Texts are never told: those that are compared here are
    stand-ins, which differ just where a real text would be generated anew."""
    for change in changes:
        each = change.object
        if each.kind != "Secret" or each.origin != PROGRAM:
            continue
        if change.after is None and not each.protect:
            words = "what was generated is gone; a next one is another"
            yield Consequence(kind="secret", subject=each.called, words=words)
        keys = [
            parts(field.path)[-1]
            for field in change.fields
            if isinstance(field.before, Secret) and isinstance(field.after, Secret)
        ]
        if keys:
            words = f"{', '.join(keys)}: another text than before"
            yield Consequence(kind="secret", subject=each.called, words=words)
        gone = [
            parts(field.path)[-1]
            for field in change.fields
            if isinstance(field.before, Secret) and field.after is ABSENT
        ]
        if gone:
            words = f"{', '.join(gone)}: gone"
            yield Consequence(kind="secret", subject=each.called, words=words)
