"""Checks the files that the heavy task wrote for a day, then computes statistics by hour.

    LOGICAL_DATE=2024-01-01 python validate.py

It reports every problem. A day with a problem gets no statistics.
"""

import csv
import gzip
import json
import os
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import store
from task import WRONG_USAGE, fail, notify, run

UNREADABLE = (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error)


@dataclass(frozen=True, kw_only=True)
class ManifestEntry:
    """A partition in the manifest."""

    rows: int
    sha256: str


@dataclass(kw_only=True)
class Tally:
    """Count, sum, minimum and maximum of the added values. The values are not stored."""

    count: int = 0
    sum: int = 0
    min: int | None = None
    max: int | None = None

    def add(self, value: int) -> None:
        """Add a value."""
        self.count += 1
        self.sum += value
        self.min = value if self.min is None else min(self.min, value)
        self.max = value if self.max is None else max(self.max, value)


def main() -> None:
    """Check a day's files against their manifest, and write its aggregates."""
    day = logical_date()
    folder = store.events(day)
    entries, problems = read_manifest(folder, day)
    tallies: list[Tally] = []
    for hour in store.HOURS:
        file = folder / store.partition(hour)
        tally, found = check(file, entries.get(file.name), day, hour)
        tallies.append(tally)
        problems += [f"{file.name}: {problem}" for problem in found]
    expected = {store.MANIFEST, *(store.partition(hour) for hour in store.HOURS)}
    problems += [
        f"{store.MANIFEST}: {name} is not a file of an hour"
        for name in sorted(entries.keys() - expected)
    ]
    # Hidden files are left out: a file system makes them, such as .nfs files.
    present = {file.name for file in folder.glob("[!.]*")}
    problems += [f"{name}: is not expected in this folder" for name in sorted(present - expected)]
    for problem in problems:
        notify(problem)
    if problems:
        fail(f"{folder} is invalid; problems: {len(problems)}")
    store.write(store.aggregates(day), aggregates(day, tallies))
    rows = sum(tally.count for tally in tallies)
    notify(f"{rows} rows in {len(tallies)} files are valid; wrote {store.aggregates(day)}")


def logical_date() -> date:
    """The day to check, from LOGICAL_DATE."""
    try:
        return store.parse(os.environ.get("LOGICAL_DATE", ""))
    except ValueError as error:
        fail(f"LOGICAL_DATE: {error}", WRONG_USAGE)


def read_manifest(folder: Path, day: date) -> tuple[dict[str, ManifestEntry], list[str]]:
    """The manifest's entry for every partition, and the problems of the manifest."""
    file = folder / store.MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        entries = {
            name: ManifestEntry(rows=int(entry["rows"]), sha256=str(entry["sha256"]))
            for name, entry in manifest["partitions"].items()
        }
        manifest_date, rows = manifest["date"], manifest["rows"]
    except FileNotFoundError:
        fail(f"{file} is missing: the heavy task has not written {day}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        fail(f"{file} can't be read: {error!r}")
    problems: list[str] = []
    if manifest_date != str(day):
        problems.append(f"is for {manifest_date}")
    if rows != (total := sum(entry.rows for entry in entries.values())):
        problems.append(f"has {rows} rows in total, but its partitions have {total}")
    return entries, [f"{store.MANIFEST}: {problem}" for problem in problems]


def check(file: Path, entry: ManifestEntry | None, day: date, hour: int) -> tuple[Tally, list[str]]:
    """The statistics of a partition, and its problems."""
    tally = Tally()
    if not file.is_file():
        return tally, ["is missing"]
    problems: list[str] = []
    faults, first = Counter[str](), dict[str, int]()
    rows = 0
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            table = csv.reader(text)
            if next(table, None) != store.FIELDS:
                problems.append(f"does not begin with {','.join(store.FIELDS)}")
            for rows, row in enumerate(table, start=1):
                try:
                    tally.add(value(row, day, hour))
                except ValueError as fault:
                    faults[str(fault)] += 1
                    first.setdefault(str(fault), rows)
    except UNREADABLE as error:
        problems.append(f"can't be read after row {rows}: {error}")
    else:
        if entry and rows != entry.rows:
            problems.append(f"has {rows} rows, but {entry.rows} in the manifest")
    if not entry:
        problems.append("is not in the manifest")
    elif store.digest(file) != entry.sha256:
        problems.append("does not have the SHA-256 in the manifest")
    for fault, times in faults.items():
        problems.append(f"has rows {fault}: {times}, the first is row {first[fault]}")
    return tally, problems


def value(row: list[str], day: date, hour: int) -> int:
    """The value of a row. Raises ValueError with the problem, if the row is invalid."""
    try:
        text, _device, number = row
        at, found = datetime.fromisoformat(text), int(number)
    except ValueError:
        raise ValueError("that can't be parsed") from None
    if at.date() != day:
        raise ValueError("of another day")
    if at.hour != hour:
        raise ValueError("of another hour")
    if found not in store.VALUES:
        raise ValueError(f"with a value not from {store.VALUES[0]} to {store.VALUES[-1]}")
    return found


def aggregates(day: date, tallies: list[Tally]) -> dict[str, Any]:
    """The statistics of every hour and of the day, as a JSON document."""
    hours = [{"hour": hour} | statistics([tally]) for hour, tally in enumerate(tallies)]
    return {"date": str(day), "hours": hours, "total": statistics(tallies)}


def statistics(tallies: Sequence[Tally]) -> dict[str, Any]:
    """The combined statistics; min, max and mean are None if there is no value."""
    count, total = sum(t.count for t in tallies), sum(t.sum for t in tallies)
    return {
        "count": count,
        "sum": total,
        "min": min((t.min for t in tallies if t.min is not None), default=None),
        "max": max((t.max for t in tallies if t.max is not None), default=None),
        "mean": total / count if count else None,
    }


if __name__ == "__main__":
    run(main)
