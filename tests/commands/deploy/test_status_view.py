"""A status as a person reads it."""

from dataclasses import replace
from datetime import timedelta

from rich.console import Console

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.status_model import Run, Status
from airflow_k8s.commands.deploy.status_view import lines
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from tests.commands.deploy.test_status_model import AIRFLOW, WELL


def shown(status: Status) -> list[str]:
    console = Console(width=10_000, highlight=False, markup=False, force_terminal=False)
    with console.capture() as captured:
        for line in lines(status):
            console.print(line)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_healthy_stack_ends_with_the_word() -> None:
    told = shown(WELL)
    assert told[-1] == "healthy"
    assert told[0].startswith("dev  namespace airflow in kind-airflow")
    assert [line.split() for line in told if line.startswith("a ")] == [["a", "i:1", "1/1", "2"]]


def test_runs_that_failed_are_named_and_those_beyond_are_counted() -> None:
    failures = [Run(dag="sales", id=f"scheduled__{n}") for n in range(2)]
    told = shown(replace(WELL, airflow=replace(AIRFLOW, failed=7, failures=failures)))
    assert "DAG runs  ended in the last day: 3 success, 7 failed; now: 0 running, 0 queued" in told
    assert "          failed: sales scheduled__1" in told
    assert "          and 5 more" in told


def test_queued_tasks_are_told_with_how_long_the_oldest_waits() -> None:
    oldest = WELL.now - timedelta(minutes=7, seconds=5)
    told = shown(replace(WELL, airflow=replace(AIRFLOW, queued_tasks=12, oldest=oldest)))
    assert "tasks     12 queued, the oldest for 7 min" in told
    assert "tasks     none queued" in shown(WELL)


def test_dag_files_that_can_not_be_imported_are_told() -> None:
    told = shown(replace(WELL, airflow=replace(AIRFLOW, unreadable=2)))
    assert "DAG files 2 can't be imported" in told


def test_a_release_in_the_middle_is_told_with_its_way_out() -> None:
    stuck = replace(
        WELL, release=Revision(number=4, status="pending-upgrade"), way_out="helm rollback airflow"
    )
    told = shown(stuck)
    assert "release   revision 4, pending-upgrade" in told
    assert "helm rollback airflow" in told
    assert told[-1] == "not healthy: release pending-upgrade"


def test_what_a_cluster_says_can_not_steer_the_terminal() -> None:
    trouble = Trouble(kind="Pod", name="a-1", reason=Reason.UNSCHEDULABLE, message="no\x1b[2Jnode")
    told = shown(replace(WELL, troubles=[trouble]))
    assert "! Pod a-1: no[2Jnode" in told
    assert told[-1] == "not healthy: 1 in trouble"


def test_where_airflow_can_not_be_asked_the_rest_is_told() -> None:
    told = shown(replace(WELL, airflow=None, unknown="no pod"))
    assert "Airflow   can't be asked: no pod" in told
    assert told[-1] == "not healthy: Airflow can't be asked"
