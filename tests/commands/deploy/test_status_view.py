"""A status as text."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.status_model import Component, DagRun, Status
from airflow_k8s.commands.deploy.status_view import lines
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from tests.commands.deploy.test_status_model import AIRFLOW, HEALTHY

FAILED = [DagRun(dag="sales", id=f"scheduled__{n}") for n in range(2)]
STUCK = replace(
    HEALTHY,
    release=Revision(
        number=4,
        status="pending-upgrade",
        chart="airflow",
        chart_version="1.22.0",
        changed="2026-11-26T01:27:30.292543532Z",
    ),
    recovery="release airflow is pending-upgrade:\n  helm rollback airflow 3",
    components=[
        *HEALTHY.components,
        Component(
            kind="StatefulSet",
            name="triggerer",
            images=["airflow:1", "airflow:2"],
            ready=1,
            desired=2,
            restarts=0,
        ),
    ],
    troubles=[
        Trouble(kind="Pod", name="a-1", reason=Reason.UNSCHEDULABLE, message="no\x1b[2Jnode"),
        Trouble(kind="Pod", name="a-2", reason=Reason.UNSCHEDULABLE, message="no node"),
    ],
    airflow=replace(
        AIRFLOW,
        failed=7,
        failures=FAILED,
        queued_tasks=12,
        queued_since=HEALTHY.now - timedelta(minutes=7, seconds=5),
        import_errors=2,
    ),
    unhealthy=["scheduler: unhealthy"],
)


def text(status: Status) -> str:
    console = Console(width=10_000, highlight=False, markup=False, force_terminal=False)
    with console.capture() as captured:
        for line in lines(status):
            console.print(line)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("status-healthy.txt", HEALTHY),
        ("status-stuck.txt", STUCK),
        ("status-no-airflow.txt", replace(HEALTHY, airflow=None, airflow_error="no pod")),
        ("status-no-release.txt", replace(HEALTHY, release=None, components=[])),
    ],
)
def test_a_status_is_printed_as_in_its_golden_file(
    name: str, status: Status, golden: Callable[[str, str], None]
) -> None:
    golden(name, text(status))


def test_the_last_line_is_the_verdict() -> None:
    assert text(HEALTHY).splitlines()[-1] == "healthy"
    for sick in (STUCK, replace(HEALTHY, release=None), replace(HEALTHY, airflow_error="no pod")):
        assert text(sick).splitlines()[-1].startswith("not healthy: ")


def test_the_table_has_the_image_and_the_ready_pods_of_a_component() -> None:
    (row,) = [line.split() for line in text(HEALTHY).splitlines() if line.startswith("a ")]
    assert row == ["a", "i:1", "1/1", "2"]


def test_failed_runs_beyond_the_listed_ones_are_counted() -> None:
    found = text(STUCK)
    assert all(run.id in found for run in FAILED)
    assert "and 5 more" in found


def test_a_text_of_the_cluster_can_not_control_the_terminal() -> None:
    assert "\x1b" not in text(STUCK)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=-1), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=7, seconds=5), "7 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=3), "3 h"),
    ],
)
def test_the_age_of_the_oldest_queued_task_has_one_unit(age: timedelta, expected: str) -> None:
    airflow = replace(AIRFLOW, queued_tasks=1, queued_since=HEALTHY.now - age)
    assert f"1 queued, the oldest for {expected}\n" in text(replace(HEALTHY, airflow=airflow))
