"""Downloads files whose checksums are pinned."""

from collections.abc import Iterable
from pathlib import Path
from threading import Thread
from time import monotonic

import requests
from requests.adapters import HTTPAdapter

from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.toolchain.digest import digest

_PREFIXES = ("https://",)  # of addresses that are allowed, those of redirects included
_CHUNK = 1024 * 1024  # bytes
# The file as it is: a checksum is that of the file, not of what a server packs for the transfer.
_HEADERS = {"Accept-Encoding": "identity"}


def download(address: str, file: Path, *, sha256: str, timeout: float = 20) -> None:
    """Writes the file at an https address; `timeout` is how many seconds a server may be silent.

    Raises CommandError if it is not available, if the connection breaks off, or if it has another
    checksum. No file is left then.
    """
    try:
        with (
            _session() as session,
            session.get(address, headers=_HEADERS, stream=True, timeout=timeout) as answer,
            file.open("wb") as target,
        ):
            answer.raise_for_status()
            for chunk in answer.iter_content(_CHUNK):
                target.write(chunk)
    except requests.exceptions.ChunkedEncodingError as error:
        file.unlink(missing_ok=True)
        raise CommandError(f"{address}: the connection broke off") from error
    except requests.RequestException as error:
        file.unlink(missing_ok=True)
        raise CommandError(f"{address}: {error}") from error
    found = digest(file)
    if found != sha256:
        file.unlink()
        raise CommandError(f"{address} has sha256 {found} instead of {sha256}")


def answering(addresses: Iterable[str], *, within: float = 4) -> set[str]:
    """The addresses that answer, so that a file can be downloaded from them.

    All are tried in parallel. An address that does not answer within so many seconds is left out:
    a machine without internet waits no longer than that.
    """
    found: set[str] = set()

    def ask(address: str) -> None:
        try:
            with _session() as session:
                answer = session.head(
                    address, headers=_HEADERS, allow_redirects=True, timeout=within
                )
                if answer.ok:
                    found.add(address)
        except requests.RequestException:
            return

    # In threads: nothing else ends the lookup of a name when no name server answers.
    threads = [Thread(target=ask, args=[address], daemon=True) for address in addresses]
    for thread in threads:
        thread.start()
    end = monotonic() + within
    for thread in threads:
        thread.join(max(0, end - monotonic()))
    return set(found)


def _session() -> requests.Session:
    """A session that knows https alone: a redirect to http fails too."""
    session = requests.Session()
    session.adapters.clear()
    for prefix in _PREFIXES:
        session.mount(prefix, HTTPAdapter())
    return session
