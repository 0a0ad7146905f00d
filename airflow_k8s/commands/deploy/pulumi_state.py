"""What Pulumi's JSON says of a stack. Pure.

The shapes are those of `pulumi stack history --json`, of `pulumi stack export`, and of the lock
files that Pulumi keeps in a folder or a bucket.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the last update that succeeded was made from."""

    revision: str  # a git commit; empty where it was not made in a git checkout
    dirty: bool  # there was more in the checkout than was committed
    when: str  # as Pulumi writes times
    failed_since: int  # updates that failed after it


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An object of the cluster that a stack's state protects."""

    kind: str
    name: str
    namespace: str = ""  # empty for what is in none

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def deployed(history: Iterable[Mapping[str, Any]]) -> Deployed | None:
    """By the history, newest first; None where no update ever succeeded, or the stack was taken
    down since."""
    failed = 0
    for each in history:
        succeeded = each.get("result") == "succeeded"
        if each.get("kind") == "destroy" and succeeded:
            return None
        if each.get("kind") != "update":
            continue
        if succeeded:
            environment = each.get("environment") or {}
            return Deployed(
                revision=str(environment.get("git.head", "")),
                dirty=environment.get("git.dirty") == "true",
                when=str(each.get("endTime", "")),
                failed_since=failed,
            )
        failed += 1
    return None


def told(found: Deployed | None) -> str:
    """In words."""
    if found is None:
        return "nothing"
    words = f"revision {found.revision[:12]}" if found.revision else "not from a git checkout"
    words += f", {found.when}"
    if found.dirty:
        words += "; not all that it was made from is committed"
    if found.failed_since:
        words += f"; {found.failed_since} failed after it, so parts of those may be there"
    return words


def without_password(url: str) -> str:
    """A backend's address as it may be shown: that of a database has a login in it."""
    return re.sub(r"//([^/:@]*):[^/@]*@", r"//\1:…@", url)


def secrets_provider(export: Mapping[str, Any], stack_file: Mapping[str, Any], url: str) -> str:
    """What encrypts the stack's secrets: passphrase, service (Pulumi Cloud) or a key's address;
    empty where nothing does yet."""
    if stack_file.get("secretsprovider"):
        return str(stack_file["secretsprovider"]).partition("?")[0]
    if stack_file.get("encryptionsalt"):
        return "passphrase"
    written = (_deployment(export).get("secrets_providers") or {}).get("type")
    return str(written or ("service" if url.startswith("https://") else ""))


def count(export: Mapping[str, Any]) -> int:
    """How many resources the state holds."""
    return len(_resources(export))


def kept(export: Mapping[str, Any]) -> list[Kept]:
    """The objects of the cluster that a destroy keeps, since they are protected."""
    found: list[Kept] = []
    for each in _resources(export):
        if each.get("protect") and str(each["type"]).startswith("kubernetes:"):
            namespace, _, name = str(each["id"]).rpartition("/")
            kind = each["type"].rpartition(":")[2]
            found.append(Kept(kind=kind, name=name, namespace=namespace))
    return found


def protects(export: Mapping[str, Any]) -> bool:
    """Whether anything is protected, so that a plain destroy would be refused."""
    return any(each.get("protect") for each in _resources(export))


def interrupted(export: Mapping[str, Any], stack: str) -> list[str]:
    """What was under way when an update was killed, in words, with the way to clear it up.

    A refresh finds out what became of the rest, but not of what was being made: the state does not
    know it yet, and keeps saying so until it is told to forget it.
    """
    forget = f"pulumi refresh --clear-pending-creates --yes --stack {stack}"
    ways = {"creating": f"once it is there, or gone, `{forget}` forgets that"}
    return [
        f"an update was killed at {each['type']} {each['resource']['urn'].rpartition('::')[2]}:"
        f" {ways.get(each['type'], 'ARGS=--refresh looks at what became of it')}"
        for each in _deployment(export).get("pending_operations") or ()
    ]


def locked(locks: Sequence[Mapping[str, Any]]) -> str:
    """Who holds the locks of a stack, in words; empty where nobody does."""
    return ", ".join(
        f"{each.get('username')}@{each.get('hostname')} (process {each.get('pid')}) since"
        f" {str(each.get('timestamp', ''))[:19]}"
        for each in locks
    )


def _deployment(export: Mapping[str, Any]) -> Mapping[str, Any]:
    return export.get("deployment") or {}


def _resources(export: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return _deployment(export).get("resources") or ()
