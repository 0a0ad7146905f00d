"""`heavy_process.py` writes the complete folder of a day or nothing, and always the same bytes."""

import hashlib
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from images.tasks import store
from tests.images.tasks.conftest import ENVIRONMENT, PROGRAMS, Volume, read, rows_of

# So many events that a try is still running when a test ends it.
MANY_EVENTS = "2000000"


def start_try(volume: Volume) -> subprocess.Popen[str]:
    """A running try that has written some partitions, but not all."""
    process = volume.start(
        "heavy_process", "--date", "2024-01-01", **ENVIRONMENT, EVENTS=MANY_EVENTS
    )
    assert process.stdout
    for line in process.stdout:
        if line.startswith("hour=01"):
            return process
    raise AssertionError("the program ended before it wrote a partition")


def test_a_day_has_a_file_for_every_hour_and_a_manifest_that_lists_them(volume: Volume) -> None:
    done = volume.heavy(EVENTS="500")
    assert done.status == 0, done.err
    manifest = read(volume.manifest)
    names = [f"hour={hour:02}.csv.gz" for hour in range(24)]
    assert sorted(p.name for p in volume.events.iterdir()) == [*names, "manifest.json"]
    assert list(manifest["partitions"]) == names
    for hour, name in enumerate(names):
        packed, entry = volume.partition(hour).read_bytes(), manifest["partitions"][name]
        assert entry["sha256"] == hashlib.sha256(packed).hexdigest()
        assert entry["rows"] == len(rows_of(volume.partition(hour)))
    assert sum(entry["rows"] for entry in manifest["partitions"].values()) == 500
    assert (manifest["date"], manifest["rows"]) == ("2024-01-01", 500)


def test_the_rows_of_a_file_are_of_its_hour_and_ordered_by_time(volume: Volume) -> None:
    volume.heavy()
    for hour in range(24):
        times = [datetime.fromisoformat(at) for at, _, _ in rows_of(volume.partition(hour))]
        assert {(at.date(), at.hour) for at in times} == {(date(2024, 1, 1), hour)}
        assert times == sorted(times)


def test_the_same_day_gives_the_same_bytes_and_another_day_different_ones(
    volume: Volume, tmp_path: Path
) -> None:
    another = Volume(folder=tmp_path / "another")
    volume.heavy()
    another.heavy()
    assert volume.files() == another.files()
    assert volume.partition(0).read_bytes()[4:8] == bytes(4), (
        "the file contains the time of its compression"
    )
    another.heavy("2024-01-02")
    other_day = another.folder / "events" / "date=2024-01-02" / "hour=00.csv.gz"
    assert [row[1:] for row in rows_of(other_day)] != [
        row[1:] for row in rows_of(volume.partition(0))
    ]


def test_an_existing_day_is_replaced_completely(volume: Volume) -> None:
    volume.heavy(EVENTS="100")
    (volume.events / "hour=24.csv.gz").touch()
    assert volume.heavy(EVENTS="48").status == 0
    assert len(volume.files()) == 25
    assert read(volume.manifest)["rows"] == 48


def test_a_try_that_is_terminated_ends_and_changes_nothing(volume: Volume) -> None:
    for before in ("nothing", "a day"):
        if before == "a day":
            volume.heavy()
        files = volume.files()
        with start_try(volume) as process:
            assert volume.hidden(), "the program does not write to a hidden folder"
            process.terminate()
            process.communicate(timeout=5)
        assert process.returncode == 128 + 15
        assert volume.files() == files
        assert not volume.hidden()


def test_a_killed_try_leaves_no_incomplete_day_and_the_next_try_succeeds(
    volume: Volume, tmp_path: Path
) -> None:
    with start_try(volume) as process:
        process.kill()
    assert not volume.events.exists()
    (left,) = (volume.folder / "events").iterdir()
    assert (left / "hour=01.csv.gz").exists()
    assert not (left / "manifest.json").exists(), "the manifest was not written last"

    retry, uninterrupted = volume.heavy(), Volume(folder=tmp_path / "uninterrupted")
    assert retry.status == 0, retry.err
    assert f"removed {left.name}, left by a try that was killed" in retry.out
    uninterrupted.heavy()
    assert volume.files() == uninterrupted.files()


def test_the_files_of_another_day_are_not_changed(volume: Volume) -> None:
    others = volume.folder / "events" / ".date=2024-01-02.0a1b2c3d" / "hour=00.csv.gz"
    others.parent.mkdir(parents=True)
    others.touch()
    volume.heavy()
    assert others.exists(), "a try for the other day may be using them"


@pytest.mark.parametrize("missing", [["API_KEY"], ["S3_BUCKET", "DATABASE_URL"], list(ENVIRONMENT)])
@pytest.mark.parametrize("empty", [False, True])
def test_missing_variables_are_an_error_of_one_line(
    volume: Volume, missing: list[str], *, empty: bool
) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key not in missing}
    environment |= dict.fromkeys(missing, "") if empty else {}
    ended = volume.run("heavy_process", "--date", "2024-01-01", **environment)
    assert (ended.status, ended.err) == (2, f"not set: {', '.join(missing)}\n")
    assert not volume.files()


def test_the_environment_is_logged_without_its_secrets(volume: Volume) -> None:
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
def test_an_invalid_database_url_is_not_shown(volume: Volume, url: str) -> None:
    ended = volume.heavy(DATABASE_URL=url)
    assert ended.status == 2
    assert ended.err.startswith("DATABASE_URL is not a URL such as postgresql://user:password@")
    assert ended.err.count("\n") == 1
    assert "the" not in ended.out.replace("the-bucket", "") + ended.err
    assert not volume.files()


def test_a_key_may_be_any_bytes(volume: Volume) -> None:
    key = b"\xff\xfe"
    done = volume.heavy(API_KEY=os.fsdecode(key))
    assert f"API_KEY sha256 {hashlib.sha256(key).hexdigest()[:12]}" in done.out


@pytest.mark.parametrize("events", ["0", "-1", "many", "1.5", ""])
def test_the_number_of_events_must_be_a_positive_integer(volume: Volume, events: str) -> None:
    ended = volume.heavy(EVENTS=events)
    assert (ended.status, ended.err) == (
        2,
        f"EVENTS is {events!r}; expected a positive integer\n",
    )


@pytest.mark.parametrize(
    "day", ["2024-1-1", "20240101", "2024-W01-1", "2024-02-30", "yesterday", ""]
)
def test_an_invalid_day_is_refused(volume: Volume, day: str) -> None:
    ended = volume.heavy(day)
    assert ended.status == 2
    assert f"argument --date: {day!r} is not a day such as 2024-01-01" in ended.err
    assert not volume.files()


def test_a_missing_day_is_refused(volume: Volume) -> None:
    ended = volume.run("heavy_process", **ENVIRONMENT)
    assert ended.status == 2
    assert "required: --date" in ended.err


def test_an_unwritable_volume_is_an_error_of_one_line(volume: Volume) -> None:
    (volume.folder / "events").touch()
    ended = volume.heavy()
    assert ended.status == 1
    assert "Not a directory" in ended.err
    assert ended.err.count("\n") == 1


def test_a_default_day_has_200000_events_and_is_written_with_little_memory(volume: Volume) -> None:
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_DATA, (24 << 20,) * 2);"
        "sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv[0].rpartition('/')[0]);"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    subprocess.run(  # noqa: S603
        [sys.executable, "-c", limited, PROGRAMS / "heavy_process.py", "--date", "2024-01-01"],
        env={**ENVIRONMENT, "DATA_DIR": str(volume.folder)},
        check=True,
    )
    assert read(volume.manifest)["rows"] == 200000


def test_the_default_path_of_the_volume_is_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_DIR", raising=False)
    assert store.events(date(2024, 1, 1)) == Path("/data/events/date=2024-01-01")
