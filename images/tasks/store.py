"""The files of a day: their paths, their format, and how to write them completely or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import Any

HOURS = range(24)
FIELDS = ["time", "device", "value"]
VALUES = range(1000)
MANIFEST = "manifest.json"


def parse(text: str) -> date:
    """Parse a day in Airflow's format. Raises ValueError for any other text."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:  # 20240101 and 2024-W01-1 are ISO dates too
        raise ValueError(f"{text!r} is not a day such as 2024-01-01")
    return found


def events(day: date) -> Path:
    """The folder of a day's events: one file for every hour, and the manifest."""
    return _data() / "events" / f"date={day}"


def partition(hour: int) -> str:
    """The name of an hour's file."""
    return f"hour={hour:02}.csv.gz"


def aggregates(day: date) -> Path:
    """The file with statistics of a day's events, by hour."""
    return _data() / "aggregates" / f"{day}.json"


def model(day: date) -> Path:
    """The file with the model that was trained on a day's aggregates."""
    return _data() / "models" / f"{day}.json"


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def replacing(folder: Path) -> Generator[Path]:
    """A hidden folder to write to, which replaces `folder` when the block ends.

    If the block raises an error, `folder` stays unchanged and the hidden folder is removed.
    """
    # Random, because the process id is the same in the container of every try.
    building = folder.with_name(f".{folder.name}.{token_hex(4)}")
    before = building.with_name(f"{building.name}.before")
    try:
        building.mkdir(parents=True)
        yield building
        if folder.exists():
            # A rename can't replace a folder that is not empty. A try that is killed here leaves no
            # folder, but never an incomplete one.
            folder.rename(before)
        building.rename(folder)
    except BaseException:
        if before.exists() and not folder.exists():
            before.rename(folder)
        raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def clear(folder: Path) -> list[str]:
    """Remove the hidden folders that killed tries left next to `folder`; return their names."""
    left = sorted(folder.parent.glob(f".{folder.name}.*"))
    for hidden in left:
        shutil.rmtree(hidden)
    return [hidden.name for hidden in left]


def write(file: Path, document: dict[str, Any]) -> None:
    """Write a JSON file by a rename, so that a reader never sees an incomplete file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}")
    temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    temporary.replace(file)


def _data() -> Path:
    return Path(os.environ.get("DATA_DIR", "/data"))
