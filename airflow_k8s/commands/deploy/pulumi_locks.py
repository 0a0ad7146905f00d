"""The locks of a stack whose state is in a folder (file://…).

They are read from Pulumi's own files: neither the CLI nor `pulumi.automation` reports them, since
`pulumi stack ls` knows updates in progress of Pulumi Cloud alone. A lock in a bucket shows only
when a command fails.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A process that holds the state of a stack, or held it when it was killed."""

    username: str
    hostname: str
    pid: int
    since: str  # as Pulumi writes times

    def __str__(self) -> str:
        return f"{self.username}@{self.hostname} (process {self.pid}) since {self.since[:19]}"


def locks(url: str, project: str, stack: str) -> Sequence[Lock]:
    """The locks of a stack; none if the backend at `url` is not a folder."""
    address = urlsplit(url)
    if address.scheme != "file":
        return []
    root = Path(unquote(address.netloc + address.path)).expanduser()
    folder = root / ".pulumi" / "locks" / "organization" / project / stack
    found: list[Lock] = []
    for file in sorted(folder.glob("*.json")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # it was released just now
        found.append(
            Lock(
                username=str(content.get("username")),
                hostname=str(content.get("hostname")),
                pid=int(content.get("pid", 0)),
                since=str(content.get("timestamp", "")),
            )
        )
    return found
