"""The revisions of a Helm release, read from the Secrets in which Helm stores them. Pure.

Helm stores a revision in a Secret of the type helm.sh/release.v1, whose labels are owner, name,
version and status; Pulumi's provider does the same.
https://helm.sh/docs/topics/advanced/#storage-backends
"""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SELECTOR = "owner=helm"
_PENDING = ("pending-install", "pending-upgrade", "pending-rollback")
_DEPLOYED = ("deployed", "superseded")  # superseded: it was deployed until another one was


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A revision of a release."""

    number: int
    status: str  # as Helm names it, such as deployed or pending-upgrade
    changed: str = ""  # as Helm writes times
    chart: str = ""
    chart_version: str = ""
    description: str = ""  # by Helm

    @property
    def is_pending(self) -> bool:
        """Whether its update is running, or was when it was killed."""
        return self.status in _PENDING


def revisions(secrets: Iterable[Mapping[str, Any]], release: str) -> list[Revision]:
    """The revisions of a release, the oldest first, with number and status alone: those are the
    labels of the Secrets."""
    labels = [secret["metadata"].get("labels") or {} for secret in secrets]
    own = [label for label in labels if label.get("name") == release and "version" in label]
    found = [Revision(number=int(label["version"]), status=label["status"]) for label in own]
    return sorted(found, key=lambda revision: revision.number)


def unpack(secret: Mapping[str, Any]) -> Revision:
    """The revision in a Secret, with all its fields."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    release = json.loads(gzip.decompress(packed))
    info, chart = release["info"], release["chart"]["metadata"]
    return Revision(
        number=release["version"],
        status=info["status"],
        changed=str(info.get("last_deployed", "")),
        chart=chart["name"],
        chart_version=chart["version"],
        description=str(info.get("description", "")),
    )


def last_deployed(history: Sequence[Revision]) -> Revision | None:
    """The newest revision that was ever deployed."""
    return next((found for found in reversed(history) if found.status in _DEPLOYED), None)
