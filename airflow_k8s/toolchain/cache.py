"""The user's cache of downloaded and built programs."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout


def cache_root() -> Path:
    """The folder of the cache: airflow-platform in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "airflow-platform"


def fill_once(folder: Path, fill: Callable[[Path], None], notify: Callable[[str], None]) -> Path:
    """A folder of the cache; if it does not exist, `fill` writes its files first.

    The folder exists only when it is complete. If several processes need it, one fills it and the
    others wait. Errors of `fill` are raised, and nothing is kept then.
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
            shutil.rmtree(unfinished, ignore_errors=True)  # left by a process that was killed
            unfinished.mkdir()
            fill(unfinished)
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        lock.release()
    return folder
