"""A day's files: where they are, what a row is, and how each gets there whole or not at all."""

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
    """A day as Airflow writes it. Raises ValueError for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:  # 20240101 and 2024-W01-1 are ISO dates too
        raise ValueError(f"{text!r} is no day such as 2024-01-01")
    return found


def events(day: date) -> Path:
    """The folder of a day's events: a file an hour, and the manifest."""
    return _data() / "events" / f"date={day}"


def partition(hour: int) -> str:
    """The name of an hour's file."""
    return f"hour={hour:02}.csv.gz"


def aggregates(day: date) -> Path:
    """What a day's events come to, by hour."""
    return _data() / "aggregates" / f"{day}.json"


def model(day: date) -> Path:
    """What was learnt from a day's aggregates."""
    return _data() / "models" / f"{day}.json"


def digest(file: Path) -> str:
    """The file's sha256."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def replacing(folder: Path) -> Generator[Path]:
    """A hidden folder to build in, which takes the folder's place when the block is through.

    When the block is not, whatever ended it, the folder is as before and nothing else stays.
    """
    # Not the process's number: in a container that is the same for every try.
    building = folder.with_name(f".{folder.name}.{token_hex(4)}")
    before = building.with_name(f"{building.name}.before")
    try:
        building.mkdir(parents=True)
        yield building
        if folder.exists():
            # No rename replaces a folder that has something in it. Killed right here, a try leaves
            # no folder at all, never half of one.
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
    """Remove what killed tries to build the folder left, and say what it was."""
    left = sorted(folder.parent.glob(f".{folder.name}.*"))
    for each in left:
        shutil.rmtree(each)
    return [each.name for each in left]


def write(file: Path, document: dict[str, Any]) -> None:
    """JSON that nobody ever reads half of."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}")
    beside.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    beside.replace(file)


def _data() -> Path:
    return Path(os.environ.get("DATA_DIR", "/data"))
