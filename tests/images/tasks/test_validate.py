"""`validate.py` reports every problem of a day, and computes statistics of a valid day."""

import csv
import gzip
import hashlib
import json
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.images.tasks.conftest import Volume, read, rows_of

Damage = Callable[[Volume], object]


@pytest.fixture(scope="module")
def valid_day(tmp_path_factory: pytest.TempPathFactory) -> Volume:
    """A volume with the events of a day; tests must not change it."""
    volume = Volume(folder=tmp_path_factory.mktemp("data"))
    done = volume.heavy()
    assert done.status == 0, done.err
    return volume


@pytest.fixture
def day(valid_day: Volume, tmp_path: Path) -> Volume:
    """A copy of the volume that a test may damage."""
    return Volume(folder=Path(shutil.copytree(valid_day.folder, tmp_path / "day")))


def with_rows(
    change: Callable[[list[list[str]]], object], *, update_manifest: bool = True
) -> Damage:
    """Changes the rows of hour 3, and the manifest with them unless `update_manifest` is false."""

    def damage(day: Volume) -> None:
        file = day.partition(3)
        rows = [["time", "device", "value"], *rows_of(file)]
        change(rows)
        with gzip.open(file, "wt", newline="") as text:
            csv.writer(text).writerows(rows)
        if update_manifest:
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            change_manifest(
                lambda m: m["partitions"][file.name].update(rows=len(rows) - 1, sha256=sha256)
            )(day)

    return damage


def change_manifest(change: Callable[[Any], object]) -> Damage:
    """Changes the manifest."""

    def damage(day: Volume) -> None:
        manifest = read(day.manifest)
        change(manifest)
        day.manifest.write_text(json.dumps(manifest))

    return damage


def replace_cell(rows: list[list[str]], number: int, column: int, text: str) -> None:
    rows[number][column] = text


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def change_byte(file: Path) -> None:
    packed = bytearray(file.read_bytes())
    packed[4] ^= 1  # part of the time of compression, so no row changes
    file.write_bytes(packed)


DAMAGES: dict[str, Damage] = {
    "hour=03.csv.gz: is missing": lambda day: day.partition(3).unlink(),
    "hour=03.csv.gz: does not have the SHA-256 in the manifest": lambda day: change_byte(
        day.partition(3)
    ),
    "hour=03.csv.gz: has 19 rows, but 20 in the manifest": with_rows(
        list.pop, update_manifest=False
    ),
    "hour=03.csv.gz: can't be read after row": lambda day: truncate(day.partition(3)),
    "hour=03.csv.gz: can't be read after row 0: Not a gzipped file": lambda day: day.partition(
        3
    ).write_text("time,device,value\n"),
    "hour=03.csv.gz: does not begin with time,device,value": with_rows(
        lambda rows: replace_cell(rows, 0, 2, "values")
    ),
    "hour=03.csv.gz: has rows of another day: 1, the first is row 2": with_rows(
        lambda rows: replace_cell(rows, 2, 0, "2024-01-02T03:00:00.000")
    ),
    "hour=03.csv.gz: has rows of another hour: 1, the first is row 2": with_rows(
        lambda rows: replace_cell(rows, 2, 0, "2024-01-01T04:00:00.000")
    ),
    "hour=03.csv.gz: has rows with a value not from 0 to 999: 2, the first is row 2": with_rows(
        lambda rows: [replace_cell(rows, 2, 2, "-1"), replace_cell(rows, 4, 2, "1000")]
    ),
    "hour=03.csv.gz: has rows that can't be parsed: 3, the first is row 1": with_rows(
        lambda rows: [
            replace_cell(rows, 1, 0, "noon"),
            replace_cell(rows, 2, 2, "much"),
            rows[3].pop(),
        ]
    ),
    "hour=03.csv.gz: is not in the manifest": change_manifest(
        lambda m: m["partitions"].pop("hour=03.csv.gz")
    ),
    "manifest.json: is for 2024-01-02": change_manifest(lambda m: m.update(date="2024-01-02")),
    "manifest.json: has 481 rows in total, but its partitions have 480": change_manifest(
        lambda m: m.update(rows=481)
    ),
    "manifest.json: hour=24.csv.gz is not a file of an hour": change_manifest(
        lambda m: m["partitions"].update({"hour=24.csv.gz": {"rows": 0, "sha256": ""}})
    ),
    "hour=24.csv.gz: is not expected in this folder": lambda day: (
        day.events / "hour=24.csv.gz"
    ).touch(),
    "manifest.json is missing: the heavy task has not written 2024-01-01": lambda day: (
        day.manifest.unlink()
    ),
    "manifest.json can't be read": lambda day: day.manifest.write_text("{"),
    "manifest.json can't be read: KeyError('sha256')": change_manifest(
        lambda m: m["partitions"]["hour=03.csv.gz"].pop("sha256")
    ),
}


@pytest.mark.parametrize(("message", "damage"), DAMAGES.items(), ids=DAMAGES)
def test_a_damaged_day_is_reported_and_gets_no_statistics(
    day: Volume, message: str, damage: Damage
) -> None:
    damage(day)
    ended = day.validate()
    assert ended.status == 1
    assert message in ended.out + ended.err
    assert "Traceback" not in ended.err
    assert not day.aggregates.exists()


def test_all_problems_of_a_day_are_reported(day: Volume) -> None:
    day.partition(3).unlink()
    truncate(day.partition(7))
    (day.events / "notes.txt").touch()
    ended = day.validate()
    reported = [line.split(":")[0] for line in ended.out.splitlines()]
    assert reported == ["hour=03.csv.gz", "hour=07.csv.gz", "hour=07.csv.gz", "notes.txt"]
    assert ended.err.endswith("is invalid; problems: 4\n")


def test_a_day_that_was_never_written_is_an_error(day: Volume) -> None:
    ended = day.validate("2024-01-02")
    assert ended.status == 1
    assert "manifest.json is missing: the heavy task has not written 2024-01-02" in ended.err


def test_hidden_files_of_the_file_system_are_ignored(day: Volume) -> None:
    (day.events / ".nfs0000000000000001").touch()
    assert day.validate().status == 0


def test_a_valid_day_gets_statistics_by_hour_and_in_total(day: Volume) -> None:
    done = day.validate()
    assert done.status == 0, done.out
    assert "480 rows in 24 files are valid" in done.out
    values = [[int(value) for _, _, value in rows_of(day.partition(h))] for h in range(24)]
    found = read(day.aggregates)
    assert found["date"] == "2024-01-01"
    assert [hour["hour"] for hour in found["hours"]] == list(range(24))
    all_values = [value for hour in values for value in hour]
    for numbers, of in zip([*found["hours"], found["total"]], [*values, all_values], strict=True):
        assert numbers["count"] == len(of)
        assert numbers["sum"] == sum(of)
        assert numbers["min"] == min(of)
        assert numbers["max"] == max(of)
        assert numbers["mean"] == pytest.approx(statistics.mean(of))


def test_an_hour_without_events_is_valid_and_has_no_mean(volume: Volume) -> None:
    volume.heavy(EVENTS="1")
    assert volume.validate().status == 0
    found = read(volume.aggregates)
    empty, full = found["hours"][0], found["hours"][23]
    assert empty == {"hour": 0, "count": 0, "sum": 0, "min": None, "max": None, "mean": None}
    assert (full["count"], found["total"]["count"]) == (1, 1)
    assert found["total"]["min"] == full["sum"]


def test_existing_aggregates_are_replaced(day: Volume) -> None:
    day.aggregates.parent.mkdir()
    day.aggregates.write_text("{}")
    day.validate()
    assert read(day.aggregates)["total"]["count"] == 480
    assert not day.hidden()


@pytest.mark.parametrize("text", ["2024-1-1", "yesterday", ""])
def test_an_invalid_day_is_refused(volume: Volume, text: str) -> None:
    ended = volume.validate(text)
    assert (ended.status, ended.err) == (
        2,
        f"LOGICAL_DATE: {text!r} is not a day such as 2024-01-01\n",
    )
