"""The heavy task: a day's events into 24 files and a manifest.

    python heavy_process.py --date 2024-01-01

The events are made up, the same ones whenever a day is asked for; EVENTS says how many. A team
reads its own here instead. S3_BUCKET, DATABASE_URL and API_KEY are there as its program will need
them; this one only looks at them and connects to nothing, since the image holds no driver.
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
from task import WRONG_CALL, date_argument, give_up, notify, run

DEVICES = 500
# An hour's values: this at least, more each hour, and up to so much more by chance.
BASE, RISE, CHANCE = 100, 20, 300
HOUR = 60 * 60 * 1000  # milliseconds

Event = tuple[str, str, int]


def main() -> None:
    """Build the day's folder: all of it or nothing."""
    day = date_argument()
    look_at_environment()
    count = event_count()
    folder = store.events(day)
    for name in store.clear(folder):
        notify(f"removed {name}, which a killed try left")
    notify(f"{count} events of {day} go into {folder}")
    with store.replacing(folder) as building:
        partitions: dict[str, dict[str, int | str]] = {}
        for hour in store.HOURS:
            rows = count * (hour + 1) // len(store.HOURS) - count * hour // len(store.HOURS)
            file = building / store.partition(hour)
            write(file, events(day, hour, rows))
            partitions[file.name] = {"rows": rows, "sha256": store.digest(file)}
            notify(f"{file.name}: {rows} rows, {file.stat().st_size} bytes")
        # Last: where there is a manifest, everything that it names is there.
        store.write(
            building / store.MANIFEST, {"date": str(day), "rows": count, "partitions": partitions}
        )
    notify(f"done: {count} rows in {len(partitions)} files")


def look_at_environment() -> None:
    """Say what the task was given, without a secret's text; give up where something is missing."""
    needed = ("S3_BUCKET", "DATABASE_URL", "API_KEY")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        give_up(f"not set: {', '.join(missing)}", WRONG_CALL)
    key = os.fsencode(os.environ["API_KEY"])
    notify(f"S3_BUCKET {os.environ['S3_BUCKET']}")
    notify(f"DATABASE_URL host {database_host(os.environ['DATABASE_URL'])}")
    # Enough to see in the log whether a rotated key has arrived.
    notify(f"API_KEY sha256 {hashlib.sha256(key).hexdigest()[:12]}")


def database_host(url: str) -> str:
    """Where the database is, without the login that stands before it."""
    try:
        parts = urlsplit(url)
        host, rest = parts.hostname, parts.path + parts.query + parts.fragment
    except ValueError:  # whose text may show the login
        host, rest = None, ""
    # An @ after the host is a password's with an unquoted / ? or #; what looks like the host then
    # is the user.
    if not host or "@" in rest:
        give_up(
            "DATABASE_URL is no address such as postgresql://user:password@host/name", WRONG_CALL
        )
    return host


def event_count() -> int:
    """EVENTS: how many a day has."""
    text = os.environ.get("EVENTS", "200000")
    if not text.isdecimal() or int(text) == 0:
        give_up(f"EVENTS is {text!r}; want a whole number, 1 or more", WRONG_CALL)
    return int(text)


def events(day: date, hour: int, count: int) -> Iterator[Event]:
    """An hour's events in the order of time, the same ones for the same arguments."""
    # Of random's methods only this one draws the same numbers in every version of Python.
    draw = random.Random(f"{day} {hour}").random  # noqa: S311 nothing secret comes of it
    start = datetime.combine(day, time(hour))
    for i in range(count):
        at = start + timedelta(milliseconds=(HOUR * i + int(HOUR * draw())) // count)
        device = f"device-{int(DEVICES * draw()):03}"
        value = BASE + RISE * hour + int(CHANCE * draw())
        yield at.isoformat(timespec="milliseconds"), device, value


def write(file: Path, rows: Iterator[Event]) -> None:
    """The rows as they come, packed; never all in memory."""
    with (
        file.open("wb") as raw,
        # No name or time of its own, so that the same rows are the same bytes.
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        table = csv.writer(text, lineterminator="\n")
        table.writerow(store.FIELDS)
        table.writerows(rows)


if __name__ == "__main__":
    run(main)
