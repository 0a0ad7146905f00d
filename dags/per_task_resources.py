"""Example of plain Python tasks: every task sets the size of its worker pod.

Such a task starts faster than a KubernetesPodOperator's pod and needs no image. But its worker pod
runs as long as the task, and the task has the same Python packages as Airflow.
"""

import hashlib
import json
import logging
import os
import time
from datetime import datetime
from pathlib import Path

from airflow.sdk import Param, dag, get_current_context, task

from airflow_platform import platform

here = platform()
log = logging.getLogger(__name__)


@task(executor_config=here.worker("light"))
def prepare() -> int:
    """Logs a hash of the API key, which shows that the task has it; returns how long to work."""
    fingerprint = hashlib.sha256(os.environ["API_KEY"].encode()).hexdigest()[:12]
    log.info("API_KEY sha256 %s", fingerprint)
    return int(get_current_context()["params"]["seconds"])


@task(executor_config=here.worker("heavy"))
def crunch(seconds: int) -> int:
    """Keeps a processor busy for some seconds; returns how many hashes it computed."""
    rounds, text = 0, b"airflow"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = hashlib.sha256(text).digest()
        rounds += 1
    return rounds


@task(executor_config=here.worker("light"))
def report(rounds: int) -> None:
    """Writes the result to the shared data volume."""
    file = Path(here.data_path) / "reports" / f"{get_current_context()['run_id']}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"rounds": rounds}))


if here.has_gpus:

    @task(executor_config=here.worker("heavy", gpus=1))
    def look_at_the_gpu(rounds: int) -> int:
        """Logs which GPUs the container has; runs on a GPU node."""
        log.info("GPUs: %s", os.environ.get("NVIDIA_VISIBLE_DEVICES", "not set"))
        return rounds


@dag(
    schedule=None,
    start_date=datetime(2024, 1, 1),
    default_args={"owner": "data-team", "retries": 2, "retry_delay": here.retry_delay},
    params={"seconds": Param(5, type="integer", minimum=0, description="how long to work")},
    tags=["example"],
)
def per_task_resources() -> None:
    """Works for some seconds and writes a report."""
    rounds = crunch(prepare())
    report(look_at_the_gpu(rounds) if here.has_gpus else rounds)


per_task_resources()
