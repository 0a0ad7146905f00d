"""The GPU task: learns how a day's values go with the hour, from the day's aggregates.

    python train.py --date 2024-01-01

A least-squares line stands where a team puts its own training, which will want libraries and an
image of its own; this one computes on the CPU and only says which GPUs the container was given.
"""

import json
import os
import statistics
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import store
from task import date_argument, give_up, notify, run

Point = tuple[int, float]


def main() -> None:
    """Fit the line to a day's aggregates and write it."""
    day = date_argument()
    notify(f"NVIDIA_VISIBLE_DEVICES {os.environ.get('NVIDIA_VISIBLE_DEVICES', 'not set')}")
    notify(f"devices {', '.join(gpu_devices(Path('/dev'))) or 'none: no GPU in this container'}")
    points = read_points(store.aggregates(day))
    if len(points) < 2:
        give_up(f"{day} has events in {len(points)} hours; a line needs 2")
    model = fit(points)
    store.write(store.model(day), {"date": str(day)} | model)
    notify(
        f"mean value = {model['intercept']:.2f} + {model['slope']:.2f} * hour,"
        f" off by {model['rmse']:.2f}; {store.model(day)} is written"
    )


def gpu_devices(folder: Path) -> list[str]:
    """The device files of NVIDIA's driver."""
    return sorted(str(file) for file in folder.glob("nvidia*"))


def read_points(file: Path) -> list[Point]:
    """The mean value of each hour that has any."""
    try:
        hours = json.loads(file.read_text(encoding="utf-8"))["hours"]
        return [(each["hour"], each["mean"]) for each in hours if each["count"]]
    except FileNotFoundError:
        give_up(f"{file} is missing: validate has not passed this day")
    except (ValueError, TypeError, KeyError) as error:
        give_up(f"{file} can't be read: {error!r}")


def fit(points: Sequence[Point]) -> dict[str, Any]:
    """The line with the least squares, and how far it is off (root mean square)."""
    slope, intercept = statistics.linear_regression(*zip(*points, strict=True))
    squares = [(y - intercept - slope * x) ** 2 for x, y in points]
    return {
        "intercept": intercept,
        "slope": slope,
        "rmse": sqrt(statistics.fmean(squares)),
        "points": len(points),
    }


if __name__ == "__main__":
    run(main)
