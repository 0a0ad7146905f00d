"""Secrets that get new texts, lose keys, or lose the key that encrypts data."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube.fields import ABSENT, path_parts
from airflow_k8s.rendering.manifests import PROGRAM
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.credentials import Secrets
from airflow_k8s.stack.settings.secret import Secret

_FERNET_KEY = names.fernet_key(Secrets()).key


def secret_consequences(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """What happens to the Secrets that the program declares.

    No message holds the text of a secret. The texts that are compared are stand-ins: they differ
    exactly where Pulumi would generate a new text.
    """
    for change in changes:
        obj = change.object
        if obj.kind != "Secret" or obj.origin != PROGRAM:
            continue
        yield from _fernet_key(change)
        if change.after is None and not obj.protect:
            message = "its generated texts are deleted with it; a new Secret gets other ones"
            yield _consequence(change, message, Reason.REMOVED)
        changed = [
            path_parts(field.path)[-1]
            for field in change.fields
            if isinstance(field.before, Secret) and isinstance(field.after, Secret)
        ]
        if changed:
            yield _consequence(change, f"{', '.join(changed)}: changed", Reason.CHANGED_TEXT)
        removed = [
            path_parts(field.path)[-1]
            for field in change.fields
            if isinstance(field.before, Secret) and field.after is ABSENT
        ]
        if removed:
            yield _consequence(change, f"{', '.join(removed)}: removed", Reason.REMOVED_KEY)


def _consequence(change: ObjectChange, message: str, reason: Reason) -> Consequence:
    subject = change.object.qualified_name
    return Consequence(kind=Kind.SECRET, subject=subject, message=message, reason=reason)


def _fernet_key(change: ObjectChange) -> Iterator[Consequence]:
    """What becomes unreadable when Fernet keys are removed.

    The database holds connections and variables, encrypted with the newest key. The text is a list
    of keys, the newest first; a rotation keeps the old keys behind the new one.
    """
    if change.before is None:
        return
    for field in ("stringData", "data"):
        before = (change.before.manifest.get(field) or {}).get(_FERNET_KEY)
        if not isinstance(before, Secret):
            continue
        after = ((change.after.manifest if change.after else {}).get(field) or {}).get(_FERNET_KEY)
        kept = after.reveal().split(",") if isinstance(after, Secret) else []
        newest, *older = before.reveal().split(",")
        if newest not in kept:
            message = (
                "the Fernet key that encrypts now is removed: Airflow can no longer read the"
                " connections and variables in its database"
            )
            if after is None:
                message += ", unless the Secret that is named instead holds the key"
            yield Consequence(
                kind=Kind.DATA_LOSS,
                subject=change.object.qualified_name,
                message=message,
                reason=Reason.FERNET_KEY,
            )
        elif set(older) - set(kept):
            message = (
                "a retired Fernet key is removed: what `airflow rotate-fernet-key` has not"
                " encrypted again since can no longer be read"
            )
            yield _consequence(change, message, Reason.FERNET_KEY)
