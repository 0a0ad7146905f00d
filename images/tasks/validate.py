"""Checks what the heavy task wrote for a day, then adds it up by hour.

    LOGICAL_DATE=2024-01-01 python validate.py

Every problem is named; a day that has one is not added up.
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
from task import WRONG_CALL, give_up, notify, run

UNREADABLE = (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What the manifest says of a partition."""

    rows: int
    sha256: str


@dataclass(kw_only=True)
class Tally:
    """What values come to, without keeping them."""

    count: int = 0
    sum: int = 0
    min: int | None = None
    max: int | None = None

    def add(self, value: int) -> None:
        """One value more."""
        self.count += 1
        self.sum += value
        self.min = value if self.min is None else min(self.min, value)
        self.max = value if self.max is None else max(self.max, value)


def main() -> None:
    """Check a day's files against their manifest, and write its aggregates."""
    day = logical_date()
    folder = store.events(day)
    stated, problems = read_manifest(folder, day)
    tallies: list[Tally] = []
    for hour in store.HOURS:
        file = folder / store.partition(hour)
        tally, found = check(file, stated.get(file.name), day, hour)
        tallies.append(tally)
        problems += [f"{file.name}: {problem}" for problem in found]
    belonging = {store.MANIFEST, *(store.partition(hour) for hour in store.HOURS)}
    problems += [
        f"{store.MANIFEST}: names {name}, which is no hour's"
        for name in sorted(stated.keys() - belonging)
    ]
    # Hidden ones are a file system's own business, such as NFS's .nfs files.
    there = {file.name for file in folder.glob("[!.]*")}
    problems += [f"{name}: does not belong here" for name in sorted(there - belonging)]
    for problem in problems:
        notify(problem)
    if problems:
        give_up(f"{folder} is not as it should be; problems: {len(problems)}")
    store.write(store.aggregates(day), aggregates(day, tallies))
    rows = sum(tally.count for tally in tallies)
    notify(f"{rows} rows in {len(tallies)} files are right; {store.aggregates(day)} is written")


def logical_date() -> date:
    """The day in question."""
    try:
        return store.parse(os.environ.get("LOGICAL_DATE", ""))
    except ValueError as error:
        give_up(f"LOGICAL_DATE: {error}", WRONG_CALL)


def read_manifest(folder: Path, day: date) -> tuple[dict[str, Stated], list[str]]:
    """What the manifest states of each partition, and what is wrong with it."""
    file = folder / store.MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        stated = {
            name: Stated(rows=int(each["rows"]), sha256=str(each["sha256"]))
            for name, each in manifest["partitions"].items()
        }
        its_date, rows = manifest["date"], manifest["rows"]
    except FileNotFoundError:
        give_up(f"{file} is missing: the heavy task has not written {day}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        give_up(f"{file} can't be read: {error!r}")
    problems: list[str] = []
    if its_date != str(day):
        problems.append(f"is for {its_date}")
    if rows != (together := sum(each.rows for each in stated.values())):
        problems.append(f"says {rows} rows, and {together} for the partitions together")
    return stated, [f"{store.MANIFEST}: {problem}" for problem in problems]


def check(file: Path, stated: Stated | None, day: date, hour: int) -> tuple[Tally, list[str]]:
    """What the partition's values come to, and all that is wrong with it."""
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
        problems.append(f"can't be read beyond row {rows}: {error}")
    else:
        if stated and rows != stated.rows:
            problems.append(f"has {rows} rows; the manifest says {stated.rows}")
    if not stated:
        problems.append("is not in the manifest")
    elif store.digest(file) != stated.sha256:
        problems.append("has another sha256 than the manifest says")
    for fault, times in faults.items():
        problems.append(f"has rows {fault}: {times}, the first is row {first[fault]}")
    return tally, problems


def value(row: list[str], day: date, hour: int) -> int:
    """The value of a right row. Raises ValueError with what is wrong with another."""
    try:
        text, _device, number = row
        at, found = datetime.fromisoformat(text), int(number)
    except ValueError:
        raise ValueError("that make no sense") from None
    if at.date() != day:
        raise ValueError("of another day")
    if at.hour != hour:
        raise ValueError("of another hour")
    if found not in store.VALUES:
        raise ValueError(f"with a value not from {store.VALUES[0]} to {store.VALUES[-1]}")
    return found


def aggregates(day: date, tallies: list[Tally]) -> dict[str, Any]:
    """The document: each hour and the whole day."""
    hours = [{"hour": hour} | numbers([tally]) for hour, tally in enumerate(tallies)]
    return {"date": str(day), "hours": hours, "total": numbers(tallies)}


def numbers(tallies: Sequence[Tally]) -> dict[str, Any]:
    """What the tallies come to together; without any value there is no min, max and mean."""
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
