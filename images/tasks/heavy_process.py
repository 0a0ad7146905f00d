"""The heavy task: writes a day's events to 24 files and a manifest.

    python heavy_process.py --date 2024-01-01

The events are generated: EVENTS sets their number, and a day always has the same events. A team
replaces this by code that reads its own data. The task has S3_BUCKET, DATABASE_URL and API_KEY,
because a real program needs them; this one only checks that they are set, and connects to nothing.
"""

import csv
import gzip
import hashlib
import io
import os
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import store
from task import WRONG_USAGE, date_argument, fail, notify, run

DEVICES = 500
# A value is BASE, plus RISE for every hour of the day, plus a random number below RANDOM_RANGE.
BASE, RISE, RANDOM_RANGE = 100, 20, 300
HOUR = 60 * 60 * 1000  # milliseconds

Event = tuple[str, str, int]


def main() -> None:
    """Write the complete folder of the day, or nothing."""
    day = date_argument()
    check_environment()
    count = event_count()
    folder = store.events(day)
    for name in store.clear(folder):
        notify(f"removed {name}, left by a try that was killed")
    notify(f"writing {count} events of {day} to {folder}")
    with store.replacing(folder) as building:
        partitions: dict[str, dict[str, int | str]] = {}
        for hour in store.HOURS:
            rows = count * (hour + 1) // len(store.HOURS) - count * hour // len(store.HOURS)
            file = building / store.partition(hour)
            write(file, events(day, hour, rows))
            partitions[file.name] = {"rows": rows, "sha256": store.digest(file)}
            notify(f"{file.name}: {rows} rows, {file.stat().st_size} bytes")
        # The manifest is written last: if it exists, so do all files that it lists.
        store.write(
            building / store.MANIFEST, {"date": str(day), "rows": count, "partitions": partitions}
        )
    notify(f"done: {count} rows in {len(partitions)} files")


def check_environment() -> None:
    """Log the task's environment without its secrets; exit if a variable is missing."""
    needed = ("S3_BUCKET", "DATABASE_URL", "API_KEY")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        fail(f"not set: {', '.join(missing)}", WRONG_USAGE)
    key = os.fsencode(os.environ["API_KEY"])
    notify(f"S3_BUCKET {os.environ['S3_BUCKET']}")
    notify(f"DATABASE_URL host {database_host(os.environ['DATABASE_URL'])}")
    # The hash shows in the log whether the task has a rotated key.
    notify(f"API_KEY sha256 {hashlib.sha256(key).hexdigest()[:12]}")


def database_host(url: str) -> str:
    """The host in the database's URL, without the login."""
    try:
        parts = urlsplit(url)
        host, rest = parts.hostname, parts.path + parts.query + parts.fragment
    except ValueError:  # its message may contain the login
        host, rest = None, ""
    # An @ after the host means that the password has an unquoted / ? or #. Then the parsed host is
    # the user's name.
    if not host or "@" in rest:
        fail("DATABASE_URL is not a URL such as postgresql://user:password@host/name", WRONG_USAGE)
    return host


def event_count() -> int:
    """The number of events of a day, from EVENTS."""
    text = os.environ.get("EVENTS", "200000")
    if not text.isdecimal() or int(text) == 0:
        fail(f"EVENTS is {text!r}; expected a positive integer", WRONG_USAGE)
    return int(text)


def events(day: date, hour: int, count: int) -> Iterator[Event]:
    """An hour's events, ordered by time; the same arguments give the same events."""
    # Only this method of random gives the same numbers in every version of Python.
    draw = random.Random(f"{day} {hour}").random  # noqa: S311 the numbers are not secret
    start = datetime.combine(day, time(hour))
    for i in range(count):
        at = start + timedelta(milliseconds=(HOUR * i + int(HOUR * draw())) // count)
        device = f"device-{int(DEVICES * draw()):03}"
        value = BASE + RISE * hour + int(RANDOM_RANGE * draw())
        yield at.isoformat(timespec="milliseconds"), device, value


def write(file: Path, rows: Iterator[Event]) -> None:
    """Write rows to a compressed CSV file, without holding all of them in memory."""
    with (
        file.open("wb") as raw,
        # Without a name and a time, the same rows give the same bytes.
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        table = csv.writer(text, lineterminator="\n")
        table.writerow(store.FIELDS)
        table.writerows(rows)


if __name__ == "__main__":
    run(main)
