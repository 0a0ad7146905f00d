"""Secrets whose text is made anew, and those that are lost."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube.fields import ABSENT, parts
from airflow_k8s.rendering.manifests import PROGRAM
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.credentials import Secrets
from airflow_k8s.stack.settings.secret import Secret

_FERNET = names.fernet_key(Secrets()).key


def secrets(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """Of the Secrets that the program makes. Texts are never told: those that are compared here are
    stand-ins, which differ just where a real text would be generated anew."""
    for change in changes:
        each = change.object
        if each.kind != "Secret" or each.origin != PROGRAM:
            continue
        yield from _fernet(change)
        if change.after is None and not each.protect:
            words = "what was generated is gone; a next one is another"
            yield Consequence(kind="secret", subject=each.qualified_name, words=words)
        keys = [
            parts(field.path)[-1]
            for field in change.fields
            if isinstance(field.before, Secret) and isinstance(field.after, Secret)
        ]
        if keys:
            words = f"{', '.join(keys)}: another text than before"
            yield Consequence(kind="secret", subject=each.qualified_name, words=words)
        gone = [
            parts(field.path)[-1]
            for field in change.fields
            if isinstance(field.before, Secret) and field.after is ABSENT
        ]
        if gone:
            words = f"{', '.join(gone)}: gone"
            yield Consequence(kind="secret", subject=each.qualified_name, words=words)


def _fernet(change: ObjectChange) -> Iterator[Consequence]:
    """Connections and variables are in the database in the newest key's cipher; what a key that is
    gone encrypted, nobody reads again. A rotation keeps the old keys behind the new one."""
    subject = change.object.qualified_name
    if change.before is None:
        return
    for where in ("stringData", "data"):
        before = (change.before.manifest.get(where) or {}).get(_FERNET)
        if not isinstance(before, Secret):
            continue
        after = ((change.after.manifest if change.after else {}).get(where) or {}).get(_FERNET)
        kept = after.reveal().split(",") if isinstance(after, Secret) else []
        newest, *older = before.reveal().split(",")
        if newest not in kept:
            words = (
                "the Fernet key that encrypts now is gone: connections and variables that Airflow"
                " keeps in its database can't be read any more"
            )
            if after is None:
                words += ", unless the Secret that is named instead holds it"
            yield Consequence(kind="lost", subject=subject, words=words)
        elif set(older) - set(kept):
            words = (
                "a retired Fernet key goes: what was not encrypted anew since, by `airflow"
                " rotate-fernet-key`, can't be read any more"
            )
            yield Consequence(kind="secret", subject=subject, words=words)
