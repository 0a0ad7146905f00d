"""What Helm keeps of a release: its revisions, and what an update that was killed leaves. Pure.

Helm keeps each revision in a Secret of the type helm.sh/release.v1, whose labels say owner, name,
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
_WORKED = ("deployed", "superseded")  # superseded: deployed until another was


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A revision of a release."""

    number: int
    status: str
    changed: str = ""  # as Helm writes times
    chart: str = ""
    chart_version: str = ""
    words: str = ""  # Helm's own about it

    @property
    def is_pending(self) -> bool:
        """Whether it is under way, or was when its update was killed."""
        return self.status in _PENDING


def revisions(secrets: Iterable[Mapping[str, Any]], release: str) -> list[Revision]:
    """Those of a release, oldest first; what only their content tells is left out."""
    labels = [each["metadata"].get("labels") or {} for each in secrets]
    own = [each for each in labels if each.get("name") == release and "version" in each]
    found = [Revision(number=int(each["version"]), status=each["status"]) for each in own]
    return sorted(found, key=lambda revision: revision.number)


def opened(secret: Mapping[str, Any]) -> Revision:
    """A revision with what its content tells."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    told = json.loads(gzip.decompress(packed))
    info, chart = told["info"], told["chart"]["metadata"]
    return Revision(
        number=told["version"],
        status=info["status"],
        changed=str(info.get("last_deployed", "")),
        chart=chart["name"],
        chart_version=chart["version"],
        words=str(info.get("description", "")),
    )


def way_out(
    history: Sequence[Revision],
    *,
    release: str,
    namespace: str,
    context: str,
    stack: str,
    then: str,
    locked_by: str = "",
) -> str:
    """How to mend what an update left that was killed: a release whose last revision is pending, a
    state that is locked (`locked_by`, empty where nobody is known to hold it), or both; `then` is
    the command that goes on. Empty where there is nothing to mend.

    Helm refuses to touch a pending release: another operation is in progress. Its own rollback
    without a number goes back by one, which may be one that failed.
    """
    found: list[str] = []
    mend: list[str] = []
    if locked_by:
        found.append(f"the state of {stack} is locked by {locked_by}")
        mend.append(f"pulumi cancel --yes --stack {stack}")
    if history and history[-1].is_pending:
        last = history[-1]
        found.append(f"release {release} in {namespace} is {last.status} (revision {last.number})")
        helm = f"helm --kube-context {context} --namespace {namespace}"
        mend += _release(history, helm, release, stack)
    if not found:
        return ""
    return "\n".join(
        [
            f"{' and '.join(found)}: an update is under way, or was killed. Once nobody is at it:",
            *(f"  {step}" for step in [*mend, then]),
        ]
    )


def _release(history: Sequence[Revision], helm: str, release: str, stack: str) -> list[str]:
    worked = [each.number for each in history if each.status in _WORKED]
    if worked:
        return [f"{helm} rollback {release} {worked[-1]}      # the last one that was deployed"]
    # What it left is not worth keeping, since data is outside of the release; and Pulumi still
    # has it that the release is being made.
    return [
        f"{helm} uninstall {release}      # none of its revisions was ever deployed",
        f"pulumi refresh --clear-pending-creates --yes --stack {stack}",
    ]
