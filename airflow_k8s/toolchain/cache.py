"""The user's cache of what was fetched or built once."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout


def cache() -> Path:
    """Where what was fetched or built once is kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "airflow-platform"


def kept(folder: Path, fill: Callable[[Path], None], notify: Callable[[str], None]) -> Path:
    """A folder of the cache, filled once: it is there whole, or not at all.

    Where several processes want it, one fills it and the others wait.
    """
    if folder.exists():
        return folder
    unfinished = folder.parent / ".unfinished" / folder.name
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(unfinished.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify(f"waiting for another process that makes {folder.name}")
        lock.acquire()
    try:
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)  # of a process that was killed
            unfinished.mkdir()
            fill(unfinished)
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        lock.release()
    return folder
