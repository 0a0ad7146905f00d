"""`heavy_process.py`: a day's folder is there whole, or not at all, and always the same."""

import hashlib
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from images.tasks import store
from tests.images.tasks.conftest import GIVEN, PROGRAMS, Volume, read, rows_of

# Enough that a try is still at work when it is ended.
MANY = "2000000"


def try_at_work(volume: Volume) -> subprocess.Popen[str]:
    """A try that has some partitions written and some not."""
    process = volume.start("heavy_process", "--date", "2024-01-01", **GIVEN, EVENTS=MANY)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("hour=01"):
            return process
    raise AssertionError("it ended before it was at work")


def test_a_day_is_a_file_an_hour_and_a_manifest_that_tells_of_each(volume: Volume) -> None:
    done = volume.heavy(EVENTS="500")
    assert done.status == 0, done.err
    manifest = read(volume.manifest)
    names = [f"hour={hour:02}.csv.gz" for hour in range(24)]
    assert sorted(p.name for p in volume.events.iterdir()) == [*names, "manifest.json"]
    assert list(manifest["partitions"]) == names
    for hour, name in enumerate(names):
        packed, stated = volume.partition(hour).read_bytes(), manifest["partitions"][name]
        assert stated["sha256"] == hashlib.sha256(packed).hexdigest()
        assert stated["rows"] == len(rows_of(volume.partition(hour)))
    assert sum(each["rows"] for each in manifest["partitions"].values()) == 500
    assert (manifest["date"], manifest["rows"]) == ("2024-01-01", 500)


def test_every_row_is_of_its_hour_and_they_come_in_order(volume: Volume) -> None:
    volume.heavy()
    for hour in range(24):
        times = [datetime.fromisoformat(at) for at, _, _ in rows_of(volume.partition(hour))]
        assert {(at.date(), at.hour) for at in times} == {(date(2024, 1, 1), hour)}
        assert times == sorted(times)


def test_the_same_day_gives_the_same_bytes_and_another_day_others(
    volume: Volume, tmp_path: Path
) -> None:
    another = Volume(folder=tmp_path / "another")
    volume.heavy()
    another.heavy()
    assert volume.files() == another.files()
    assert volume.partition(0).read_bytes()[4:8] == bytes(4), "when it was packed is in it"
    another.heavy("2024-01-02")
    other_day = another.folder / "events" / "date=2024-01-02" / "hour=00.csv.gz"
    assert [row[1:] for row in rows_of(other_day)] != [
        row[1:] for row in rows_of(volume.partition(0))
    ]


def test_a_day_that_is_there_is_replaced_as_a_whole(volume: Volume) -> None:
    volume.heavy(EVENTS="100")
    (volume.events / "hour=24.csv.gz").touch()
    assert volume.heavy(EVENTS="48").status == 0
    assert len(volume.files()) == 25
    assert read(volume.manifest)["rows"] == 48


def test_a_try_that_is_told_to_end_does_so_and_leaves_everything_as_it_was(volume: Volume) -> None:
    for before in ("nothing", "a day"):
        if before == "a day":
            volume.heavy()
        files = volume.files()
        with try_at_work(volume) as process:
            assert volume.hidden(), "it builds where others look"
            process.terminate()
            process.communicate(timeout=5)
        assert process.returncode == 128 + 15
        assert volume.files() == files
        assert not volume.hidden()


def test_after_a_try_that_was_killed_nothing_half_is_there_and_the_next_succeeds(
    volume: Volume, tmp_path: Path
) -> None:
    with try_at_work(volume) as process:
        process.kill()
    assert not volume.events.exists()
    (left,) = (volume.folder / "events").iterdir()
    assert (left / "hour=01.csv.gz").exists()
    assert not (left / "manifest.json").exists(), "it is written last"

    retry, undisturbed = volume.heavy(), Volume(folder=tmp_path / "undisturbed")
    assert retry.status == 0, retry.err
    assert f"removed {left.name}, which a killed try left" in retry.out
    undisturbed.heavy()
    assert volume.files() == undisturbed.files()


def test_what_belongs_to_another_day_is_left_alone(volume: Volume) -> None:
    others = volume.folder / "events" / ".date=2024-01-02.0a1b2c3d" / "hour=00.csv.gz"
    others.parent.mkdir(parents=True)
    others.touch()
    volume.heavy()
    assert others.exists(), "the other day's try is at work in there"


@pytest.mark.parametrize("missing", [["API_KEY"], ["S3_BUCKET", "DATABASE_URL"], list(GIVEN)])
@pytest.mark.parametrize("empty", [False, True])
def test_what_is_missing_is_named_in_one_line(
    volume: Volume, missing: list[str], *, empty: bool
) -> None:
    given = {key: value for key, value in GIVEN.items() if key not in missing}
    given |= dict.fromkeys(missing, "") if empty else {}
    ended = volume.run("heavy_process", "--date", "2024-01-01", **given)
    assert (ended.status, ended.err) == (2, f"not set: {', '.join(missing)}\n")
    assert not volume.files()


def test_what_it_was_given_is_told_and_no_secret(volume: Volume) -> None:
    done = volume.heavy()
    key = hashlib.sha256(b"the-key").hexdigest()[:12]
    for line in (
        "S3_BUCKET the-bucket",
        "DATABASE_URL host db.example.com",
        f"API_KEY sha256 {key}",
    ):
        assert line in done.out.splitlines()
    for secret in ("the-user", "the-password", "the-key"):
        assert secret not in done.out + done.err


@pytest.mark.parametrize(
    "url",
    [
        "the-user:the-password@db.example.com/events",
        "postgresql://the-user:the/password@db.example.com/events",
        "postgresql://the-user:the?password@db.example.com/events",
        "postgresql://the-user:the#password@db.example.com/events",
        "postgresql://the-user:the[password@db.example.com/events",
        "postgresql://the-user:the-password@/events",
    ],
)
def test_an_address_that_makes_no_sense_is_not_shown(volume: Volume, url: str) -> None:
    ended = volume.heavy(DATABASE_URL=url)
    assert ended.status == 2
    assert ended.err.startswith("DATABASE_URL is no address such as postgresql://user:password@")
    assert ended.err.count("\n") == 1
    assert "the" not in ended.out.replace("the-bucket", "") + ended.err
    assert not volume.files()


def test_a_key_may_be_any_bytes(volume: Volume) -> None:
    key = b"\xff\xfe"
    done = volume.heavy(API_KEY=os.fsdecode(key))
    assert f"API_KEY sha256 {hashlib.sha256(key).hexdigest()[:12]}" in done.out


@pytest.mark.parametrize("events", ["0", "-1", "many", "1.5", ""])
def test_how_many_events_is_a_number(volume: Volume, events: str) -> None:
    ended = volume.heavy(EVENTS=events)
    assert (ended.status, ended.err) == (
        2,
        f"EVENTS is {events!r}; want a whole number, 1 or more\n",
    )


@pytest.mark.parametrize(
    "day", ["2024-1-1", "20240101", "2024-W01-1", "2024-02-30", "yesterday", ""]
)
def test_what_is_no_day_is_refused(volume: Volume, day: str) -> None:
    ended = volume.heavy(day)
    assert ended.status == 2
    assert f"argument --date: {day!r} is no day such as 2024-01-01" in ended.err
    assert not volume.files()


def test_a_day_must_be_named(volume: Volume) -> None:
    ended = volume.run("heavy_process", **GIVEN)
    assert ended.status == 2
    assert "required: --date" in ended.err


def test_a_volume_that_takes_no_files_is_told_in_one_line(volume: Volume) -> None:
    (volume.folder / "events").touch()
    ended = volume.heavy()
    assert ended.status == 1
    assert "Not a directory" in ended.err
    assert ended.err.count("\n") == 1


def test_a_default_day_has_200000_events_and_is_never_all_in_memory(volume: Volume) -> None:
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_DATA, (24 << 20,) * 2);"
        "sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv[0].rpartition('/')[0]);"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    subprocess.run(  # noqa: S603
        [sys.executable, "-c", limited, PROGRAMS / "heavy_process.py", "--date", "2024-01-01"],
        env={**GIVEN, "DATA_DIR": str(volume.folder)},
        check=True,
    )
    assert read(volume.manifest)["rows"] == 200000


def test_the_volume_is_at_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_DIR", raising=False)
    assert store.events(date(2024, 1, 1)) == Path("/data/events/date=2024-01-01")
