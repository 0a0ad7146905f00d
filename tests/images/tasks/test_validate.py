"""`validate.py`: whatever is wrong with a day is found and named; what is right is added up."""

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
def right(tmp_path_factory: pytest.TempPathFactory) -> Volume:
    """A volume with a day's events, to be copied."""
    volume = Volume(folder=tmp_path_factory.mktemp("data"))
    done = volume.heavy()
    assert done.status == 0, done.err
    return volume


@pytest.fixture
def day(right: Volume, tmp_path: Path) -> Volume:
    """A day's events, to be damaged."""
    return Volume(folder=Path(shutil.copytree(right.folder, tmp_path / "day")))


def with_rows(change: Callable[[list[list[str]]], object], *, stated: bool = True) -> Damage:
    """Other rows from three to four; `stated` is whether the manifest goes along."""

    def damage(day: Volume) -> None:
        file = day.partition(3)
        rows = [["time", "device", "value"], *rows_of(file)]
        change(rows)
        with gzip.open(file, "wt", newline="") as text:
            csv.writer(text).writerows(rows)
        if stated:
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            state(lambda m: m["partitions"][file.name].update(rows=len(rows) - 1, sha256=sha256))(
                day
            )

    return damage


def state(change: Callable[[Any], object]) -> Damage:
    """Another manifest."""

    def damage(day: Volume) -> None:
        manifest = read(day.manifest)
        change(manifest)
        day.manifest.write_text(json.dumps(manifest))

    return damage


def replaced(rows: list[list[str]], number: int, column: int, text: str) -> None:
    rows[number][column] = text


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


def with_another_byte(file: Path) -> None:
    packed = bytearray(file.read_bytes())
    packed[4] ^= 1  # the time within, which changes no row
    file.write_bytes(packed)


DAMAGES: dict[str, Damage] = {
    "hour=03.csv.gz: is missing": lambda day: day.partition(3).unlink(),
    "hour=03.csv.gz: has another sha256 than the manifest says": lambda day: with_another_byte(
        day.partition(3)
    ),
    "hour=03.csv.gz: has 19 rows; the manifest says 20": with_rows(list.pop, stated=False),
    "hour=03.csv.gz: can't be read beyond row": lambda day: cut_off(day.partition(3)),
    "hour=03.csv.gz: can't be read beyond row 0: Not a gzipped file": lambda day: day.partition(
        3
    ).write_text("time,device,value\n"),
    "hour=03.csv.gz: does not begin with time,device,value": with_rows(
        lambda rows: replaced(rows, 0, 2, "values")
    ),
    "hour=03.csv.gz: has rows of another day: 1, the first is row 2": with_rows(
        lambda rows: replaced(rows, 2, 0, "2024-01-02T03:00:00.000")
    ),
    "hour=03.csv.gz: has rows of another hour: 1, the first is row 2": with_rows(
        lambda rows: replaced(rows, 2, 0, "2024-01-01T04:00:00.000")
    ),
    "hour=03.csv.gz: has rows with a value not from 0 to 999: 2, the first is row 2": with_rows(
        lambda rows: [replaced(rows, 2, 2, "-1"), replaced(rows, 4, 2, "1000")]
    ),
    "hour=03.csv.gz: has rows that make no sense: 3, the first is row 1": with_rows(
        lambda rows: [replaced(rows, 1, 0, "noon"), replaced(rows, 2, 2, "much"), rows[3].pop()]
    ),
    "hour=03.csv.gz: is not in the manifest": state(
        lambda m: m["partitions"].pop("hour=03.csv.gz")
    ),
    "manifest.json: is for 2024-01-02": state(lambda m: m.update(date="2024-01-02")),
    "manifest.json: says 481 rows, and 480 for the partitions together": state(
        lambda m: m.update(rows=481)
    ),
    "manifest.json: names hour=24.csv.gz, which is no hour's": state(
        lambda m: m["partitions"].update({"hour=24.csv.gz": {"rows": 0, "sha256": ""}})
    ),
    "hour=24.csv.gz: does not belong here": lambda day: (day.events / "hour=24.csv.gz").touch(),
    "manifest.json is missing: the heavy task has not written 2024-01-01": lambda day: (
        day.manifest.unlink()
    ),
    "manifest.json can't be read": lambda day: day.manifest.write_text("{"),
    "manifest.json can't be read: KeyError('sha256')": state(
        lambda m: m["partitions"]["hour=03.csv.gz"].pop("sha256")
    ),
}


@pytest.mark.parametrize(("words", "damage"), DAMAGES.items(), ids=DAMAGES)
def test_each_kind_of_damage_is_named_and_nothing_is_added_up(
    day: Volume, words: str, damage: Damage
) -> None:
    damage(day)
    ended = day.validate()
    assert ended.status == 1
    assert words in ended.out + ended.err
    assert "Traceback" not in ended.err
    assert not day.aggregates.exists()


def test_every_problem_is_named_not_just_the_first(day: Volume) -> None:
    day.partition(3).unlink()
    cut_off(day.partition(7))
    (day.events / "notes.txt").touch()
    ended = day.validate()
    named = [line.split(":")[0] for line in ended.out.splitlines()]
    assert named == ["hour=03.csv.gz", "hour=07.csv.gz", "hour=07.csv.gz", "notes.txt"]
    assert ended.err.endswith("is not as it should be; problems: 4\n")


def test_a_day_that_was_never_written_is_no_empty_day(day: Volume) -> None:
    ended = day.validate("2024-01-02")
    assert ended.status == 1
    assert "manifest.json is missing: the heavy task has not written 2024-01-02" in ended.err


def test_a_file_systems_own_files_do_no_harm(day: Volume) -> None:
    (day.events / ".nfs0000000000000001").touch()
    assert day.validate().status == 0


def test_a_right_day_is_added_up_by_hour_and_as_a_whole(day: Volume) -> None:
    done = day.validate()
    assert done.status == 0, done.out
    assert "480 rows in 24 files are right" in done.out
    values = [[int(value) for _, _, value in rows_of(day.partition(h))] for h in range(24)]
    found = read(day.aggregates)
    assert found["date"] == "2024-01-01"
    assert [hour["hour"] for hour in found["hours"]] == list(range(24))
    together = [value for hour in values for value in hour]
    for numbers, of in zip([*found["hours"], found["total"]], [*values, together], strict=True):
        assert numbers["count"] == len(of)
        assert numbers["sum"] == sum(of)
        assert numbers["min"] == min(of)
        assert numbers["max"] == max(of)
        assert numbers["mean"] == pytest.approx(statistics.mean(of))


def test_an_hour_without_events_is_right_and_has_no_mean(volume: Volume) -> None:
    volume.heavy(EVENTS="1")
    assert volume.validate().status == 0
    found = read(volume.aggregates)
    empty, full = found["hours"][0], found["hours"][23]
    assert empty == {"hour": 0, "count": 0, "sum": 0, "min": None, "max": None, "mean": None}
    assert (full["count"], found["total"]["count"]) == (1, 1)
    assert found["total"]["min"] == full["sum"]


def test_earlier_aggregates_are_replaced(day: Volume) -> None:
    day.aggregates.parent.mkdir()
    day.aggregates.write_text("{}")
    day.validate()
    assert read(day.aggregates)["total"]["count"] == 480
    assert not day.hidden()


@pytest.mark.parametrize("text", ["2024-1-1", "yesterday", ""])
def test_what_is_no_day_is_refused(volume: Volume, text: str) -> None:
    ended = volume.validate(text)
    assert (ended.status, ended.err) == (
        2,
        f"LOGICAL_DATE: {text!r} is no day such as 2024-01-01\n",
    )
