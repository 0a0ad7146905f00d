"""Files from the network, for machines that are on one."""

import hashlib
import shutil
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from threading import Thread
from time import monotonic
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from airflow_k8s.toolchain.command import CommandError


def download(address: str, file: Path, *, sha256: str = "", wait: float = 20) -> None:
    """The file at an https address; `wait` is how long the network may say nothing, in seconds.

    Raises CommandError where it can't be had, or its checksum is another.
    """
    try:
        with _open(address, "GET", wait) as answer, file.open("wb") as target:
            shutil.copyfileobj(answer, target)
            missing = int(answer.headers.get("Content-Length", target.tell())) - target.tell()
    except (OSError, HTTPException, ValueError) as error:
        raise CommandError(f"{address}: {error}") from error
    if missing:  # which urllib does not mind
        raise CommandError(f"{address}: the connection broke off")
    found = digest(file)
    if sha256 and found != sha256:
        file.unlink()
        raise CommandError(f"{address} has sha256 {found} instead of {sha256}")


def digest(file: Path) -> str:
    """The file's sha256."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def answering(addresses: Iterable[str], *, within: float = 4) -> set[str]:
    """Those that can be downloaded, all asked at once; who is silent for so many seconds can't.

    Asked in threads, since nothing else ends a look-up of a name when no name server answers.
    """
    found: set[str] = set()

    def ask(address: str) -> None:
        try:
            with _open(address, "HEAD", within):
                found.add(address)
        except (OSError, HTTPException, ValueError):
            return

    threads = [Thread(target=ask, args=[each], daemon=True) for each in addresses]
    for thread in threads:
        thread.start()
    end = monotonic() + within
    for thread in threads:
        thread.join(max(0, end - monotonic()))
    return set(found)


def _open(address: str, method: str, wait: float) -> HTTPResponse:
    request = Request(address, method=method)  # noqa: S310
    try:
        return urlopen(request, timeout=wait)  # noqa: S310 the addresses are those of this repository
    except HTTPError as error:
        error.close()  # a refusal is an answer too, and newer Pythons warn of one that is left open
        raise
