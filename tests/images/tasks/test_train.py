"""`train.py` fits a line to the means of a day, and logs the GPUs."""

import json
from pathlib import Path
from typing import Any

import pytest

from images.tasks.train import gpu_devices
from tests.images.tasks.conftest import Volume, read


def write_aggregates(volume: Volume, means: dict[int, float | None]) -> None:
    """Writes aggregates with these means by hour; None means an hour without events."""
    hours: list[dict[str, Any]] = [
        {"hour": hour, "count": 0 if mean is None else 7, "mean": mean}
        for hour, mean in means.items()
    ]
    volume.aggregates.parent.mkdir()
    volume.aggregates.write_text(json.dumps({"date": "2024-01-01", "hours": hours}))


def test_points_on_a_line_give_that_line(volume: Volume) -> None:
    write_aggregates(volume, {0: 3, 5: 13, 11: None, 23: 49})
    done = volume.train()
    assert done.status == 0, done.err
    found = read(volume.model)
    assert found["date"] == "2024-01-01"
    assert found["points"] == 3
    assert found["intercept"] == pytest.approx(3)
    assert found["slope"] == pytest.approx(2)
    assert found["rmse"] == pytest.approx(0)
    assert "mean value = 3.00 + 2.00 * hour" in done.out


def test_points_beside_a_line_give_the_least_squares_line_and_its_error(volume: Volume) -> None:
    write_aggregates(volume, {0: 0, 1: 2, 2: 1})
    volume.train()
    found = read(volume.model)
    assert (found["intercept"], found["slope"]) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found["rmse"] == pytest.approx(0.7071, abs=1e-4)


def test_training_uses_the_output_of_the_earlier_tasks(volume: Volume) -> None:
    volume.heavy()
    volume.validate()
    assert volume.train().status == 0
    assert read(volume.model)["slope"] == pytest.approx(20, rel=0.2)
    assert not volume.hidden()


def test_a_single_point_is_an_error(volume: Volume) -> None:
    write_aggregates(volume, {5: 10, 6: None})
    ended = volume.train()
    assert (ended.status, ended.err) == (
        1,
        "2024-01-01 has events in 1 hours; at least 2 are needed\n",
    )
    assert not volume.model.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "2024-01-01.json is missing: validate.py must succeed for this day first"),
        ("{", "2024-01-01.json can't be read"),
        ('{"hours": [1]}', "2024-01-01.json can't be read"),
    ],
)
def test_missing_or_invalid_aggregates_are_an_error_of_one_line(
    volume: Volume, text: str | None, message: str
) -> None:
    if text is not None:
        write_aggregates(volume, {})
        volume.aggregates.write_text(text)
    ended = volume.train()
    assert ended.status == 1
    assert message in ended.err
    assert ended.err.count("\n") == 1


def test_an_invalid_day_is_refused(volume: Volume) -> None:
    ended = volume.train("2024-1-1")
    assert ended.status == 2
    assert "'2024-1-1' is not a day such as 2024-01-01" in ended.err


def test_the_gpus_of_the_container_are_logged(volume: Volume) -> None:
    write_aggregates(volume, {0: 0, 1: 2})
    assert "NVIDIA_VISIBLE_DEVICES not set" in volume.train().out
    assert "NVIDIA_VISIBLE_DEVICES all" in volume.train(NVIDIA_VISIBLE_DEVICES="all").out


def test_the_device_files_of_the_driver_are_found(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidiactl", "null"):
        (tmp_path / name).touch()
    assert gpu_devices(tmp_path) == [f"{tmp_path}/nvidia0", f"{tmp_path}/nvidiactl"]
