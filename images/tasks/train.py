"""The GPU task: computes a linear regression of a day's mean values by hour.

    python train.py --date 2024-01-01

It is an example: a team replaces it by its own training program in its own image. This program
computes on the CPU and only logs which GPUs the container has.
"""

import json
import os
import statistics
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import store
from task import date_argument, fail, notify, run

Point = tuple[int, float]


def main() -> None:
    """Compute the regression line of a day's aggregates and write it as the model."""
    day = date_argument()
    notify(f"NVIDIA_VISIBLE_DEVICES {os.environ.get('NVIDIA_VISIBLE_DEVICES', 'not set')}")
    notify(f"devices {', '.join(gpu_devices(Path('/dev'))) or 'none: no GPU in this container'}")
    points = read_points(store.aggregates(day))
    if len(points) < 2:
        fail(f"{day} has events in {len(points)} hours; at least 2 are needed")
    model = fit(points)
    store.write(store.model(day), {"date": str(day)} | model)
    notify(
        f"mean value = {model['intercept']:.2f} + {model['slope']:.2f} * hour,"
        f" root mean square error {model['rmse']:.2f}; wrote {store.model(day)}"
    )


def gpu_devices(folder: Path) -> list[str]:
    """The device files of NVIDIA's driver."""
    return sorted(str(file) for file in folder.glob("nvidia*"))


def read_points(file: Path) -> list[Point]:
    """The points (hour, mean value) of all hours that have values."""
    try:
        hours = json.loads(file.read_text(encoding="utf-8"))["hours"]
        return [(hour["hour"], hour["mean"]) for hour in hours if hour["count"]]
    except FileNotFoundError:
        fail(f"{file} is missing: validate.py must succeed for this day first")
    except (ValueError, TypeError, KeyError) as error:
        fail(f"{file} can't be read: {error!r}")


def fit(points: Sequence[Point]) -> dict[str, Any]:
    """The least-squares line through the points, and its root mean square error."""
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
