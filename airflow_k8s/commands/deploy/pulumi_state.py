"""Reads Pulumi's JSON about a stack. Pure.

The documents are those of `pulumi stack history --json` and `pulumi stack export`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The last update that succeeded."""

    revision: str  # a git commit; empty if it was not made in a git checkout
    dirty: bool  # the checkout had changes that were not committed
    when: str  # as Pulumi writes times
    failed_since: int  # updates that failed after it


@dataclass(frozen=True, kw_only=True)
class ProtectedObject:
    """An object of the cluster that a stack's state protects."""

    kind: str
    name: str
    namespace: str = ""  # empty for an object without a namespace

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def deployed(history: Iterable[Mapping[str, Any]]) -> Deployed | None:
    """The last update that succeeded, by the history, the newest entry first.

    None if no update ever succeeded, or if the stack was destroyed since.
    """
    failed = 0
    for entry in history:
        succeeded = entry.get("result") == "succeeded"
        if entry.get("kind") == "destroy" and succeeded:
            return None
        if entry.get("kind") != "update":
            continue
        if succeeded:
            environment = entry.get("environment") or {}
            return Deployed(
                revision=str(environment.get("git.head", "")),
                dirty=environment.get("git.dirty") == "true",
                when=str(entry.get("endTime", "")),
                failed_since=failed,
            )
        failed += 1
    return None


def describe(found: Deployed | None) -> str:
    """The update as a text for the user."""
    if found is None:
        return "nothing"
    text = f"revision {found.revision[:12]}" if found.revision else "not from a git checkout"
    text += f", {found.when}"
    if found.dirty:
        text += "; the checkout had changes that were not committed"
    if found.failed_since:
        text += f"; {found.failed_since} failed after it, so parts of those may be deployed"
    return text


def without_password(url: str) -> str:
    """A backend's address that is safe to print: the address of a database contains a password."""
    return re.sub(r"//([^/:@]*):[^/@]*@", r"//\1:…@", url)


def secrets_provider(export: Mapping[str, Any], stack_file: Mapping[str, Any], url: str) -> str:
    """What encrypts the stack's secrets: passphrase, service (Pulumi Cloud) or the address of a
    key; empty if nothing does yet."""
    if stack_file.get("secretsprovider"):
        return str(stack_file["secretsprovider"]).partition("?")[0]
    if stack_file.get("encryptionsalt"):
        return "passphrase"
    exported = (_deployment(export).get("secrets_providers") or {}).get("type")
    return str(exported or ("service" if url.startswith("https://") else ""))


def count(export: Mapping[str, Any]) -> int:
    """How many resources the state contains."""
    return len(_resources(export))


def protected_objects(export: Mapping[str, Any]) -> list[ProtectedObject]:
    """The objects of the cluster that a destroy keeps, since the state protects them."""
    found: list[ProtectedObject] = []
    for resource in _resources(export):
        if resource.get("protect") and str(resource["type"]).startswith("kubernetes:"):
            namespace, _, name = str(resource["id"]).rpartition("/")
            kind = resource["type"].rpartition(":")[2]
            found.append(ProtectedObject(kind=kind, name=name, namespace=namespace))
    return found


def protects_anything(export: Mapping[str, Any]) -> bool:
    """Whether any resource is protected: then a destroy without --exclude-protected is refused."""
    return any(resource.get("protect") for resource in _resources(export))


def interrupted_operations(export: Mapping[str, Any], stack: str) -> list[str]:
    """The operations that an update had begun when it was killed, as texts with their remedy.

    A refresh updates the state of all of them but those that created a resource: the state does
    not contain that resource yet, and its entry stays until it is cleared.
    """
    clear = f"pulumi refresh --clear-pending-creates --yes --stack {stack}"
    remedies = {"creating": f"once it exists, or is gone, `{clear}` clears the entry"}
    return [
        f"an update was killed while it was {operation['type']}"
        f" {operation['resource']['urn'].rpartition('::')[2]}:"
        f" {remedies.get(operation['type'], '--refresh reads what became of it')}"
        for operation in _deployment(export).get("pending_operations") or ()
    ]


def _deployment(export: Mapping[str, Any]) -> Mapping[str, Any]:
    return export.get("deployment") or {}


def _resources(export: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return _deployment(export).get("resources") or ()
