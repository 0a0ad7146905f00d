"""The tables at the end."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from dev.e2e.pod_records import PodRecord
from dev.e2e.runs import FinishedRun, Run
from dev.e2e.table import Measurements, component_of, tables
from tests.dev.e2e.samples import record, task_labels, task_try

MIB = 1024 * 1024
DAY = datetime(2024, 3, 2, tzinfo=UTC)


def printed(pods: list[PodRecord], *, memory_error: str = "") -> str:
    finished = FinishedRun(
        run=Run(dag="dag", id="run-1", day=DAY),
        state="success",
        seconds=61.24,
        tries=[
            task_try("heavy", 1, "failed"),
            task_try("heavy", 2, "success"),
            task_try("b", 1, "success"),
        ],
    )
    measured = Measurements(
        queue_seconds={("dag", "heavy"): [1.0, 2.0, 6.0]},
        runs=[finished],
        pods=pods,
        peak_memory={("airflow-e2e", "airflow-scheduler-5d8f9c7b6d-abcde"): 300 * MIB},
        memory_error=memory_error,
        deployments=[("from nothing", 75.4)],
        steps=[("up", 100.0), ("pipeline", 50.2)],
    )
    out = Console(file=StringIO(), width=200)
    for table in tables(measured):
        out.print(table)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def all_lines(pods: list[PodRecord], *, memory_error: str = "") -> list[str]:
    """The lines with single spaces between the cells."""
    output = printed(pods, memory_error=memory_error)
    return [" ".join(line.split()) for line in output.splitlines()]


def test_the_tables_are_as_in_the_golden_file(golden: Callable[[str, str], None]) -> None:
    pods = [
        record("pod", labels=task_labels(), created=1.0, started=3.5),
        record("airflow-scheduler-5d8f9c7b6d-abcde", restarts=1),
        record("airflow-statsd-66d8f9c7bd-fghij"),
    ]
    golden("tables.txt", printed(pods))


def test_the_start_times_of_a_task_are_a_median_and_a_maximum() -> None:
    pods = [record("pod", labels=task_labels(), created=1.0, started=3.5)]
    assert "| dag.heavy | 3 | 2.0 | 6.0 | 2.5 | 2.5 |" in all_lines(pods)


def test_the_pods_of_other_runs_are_left_out() -> None:
    pods = [record("pod", labels=task_labels(run="tried"), created=1.0, started=3.5)]
    lines = all_lines(pods)
    assert "| dag.heavy | 3 | 2.0 | 6.0 | | |" in lines
    assert not any("operator pod" in line for line in lines)


def test_a_run_has_its_duration_and_the_number_of_its_tries() -> None:
    assert "| run-1 | dag | 61.2 | 2 | 3 |" in all_lines([])


def test_the_memory_of_a_component_is_the_peak_of_its_pods() -> None:
    pods = [
        record("airflow-scheduler-5d8f9c7b6d-abcde", restarts=1),
        record("airflow-scheduler-66d8f9c7bd-fghij"),
    ]
    assert "| airflow-scheduler | 2 | 300 | 1 |" in all_lines(pods)


def test_the_memory_of_a_pod_that_ended_before_a_poll_is_unknown() -> None:
    pods = [record("airflow-statsd-66d8f9c7bd-fghij")]
    assert "| airflow-statsd | 1 | unknown: ended before a poll | 0 |" in all_lines(pods)


def test_memory_that_could_not_be_read_has_the_reason() -> None:
    lines = all_lines([record("airflow-statsd-66d8f9c7bd-fghij")], memory_error="forbidden")
    assert "| airflow-statsd | 1 | unknown: forbidden | 0 |" in lines


def test_the_durations_of_the_steps_have_a_total() -> None:
    assert "| total | 150 |" in all_lines([])


def test_the_component_of_a_task_pod_is_its_task() -> None:
    assert component_of(record(labels=task_labels())) == "dag.heavy, operator pod"
    assert component_of(record(labels=task_labels(operator=False))) == "dag.heavy, worker pod"
    assert component_of(record("migration-job-701146c2-x2x4z")) == "migration-job"
    assert component_of(record("airflow-postgresql-0")) == "airflow-postgresql-0"
