"""The tables at the end."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console
from rich.table import Table

from dev.e2e.runs import Ended, Run
from dev.e2e.table import component_of, tables
from dev.e2e.watcher import Life
from tests.dev.e2e.samples import life, task_labels, tried

MIB = 1024 * 1024
DAY = datetime(2024, 3, 2, tzinfo=UTC)


def text(*shown: Table) -> list[str]:
    out = Console(file=StringIO(), width=200)
    for each in shown:
        out.print(each)
    assert isinstance(out.file, StringIO)
    return [" ".join(line.split()) for line in out.file.getvalue().splitlines()]


def all_lines(lives: list[Life], *, blind: str = "") -> list[str]:
    run = Run(dag="dag", id="run-1", day=DAY)
    ended = Ended(
        run=run,
        state="success",
        seconds=61.24,
        tries=[tried("heavy", 1, "failed"), tried("heavy", 2, "success"), tried("b", 1, "success")],
    )
    return text(
        *tables(
            queues={("dag", "heavy"): [1.0, 2.0, 6.0]},
            ended=[ended],
            lives=lives,
            memory={("airflow-e2e", "airflow-scheduler-5d8f9c7b6d-abcde"): 300 * MIB},
            blind=blind,
            deployments=[("from nothing", 75.4)],
            steps=[("up", 100.0), ("pipeline", 50.2)],
        )
    )


def test_the_waits_of_a_task_are_told_by_their_median_and_the_most() -> None:
    lives = [life("pod", labels=task_labels(), created=1.0, running=3.5)]
    assert "| dag.heavy | 3 | 2.0 | 6.0 | 2.5 | 2.5 |" in all_lines(lives)


def test_pods_of_other_runs_are_left_out() -> None:
    lives = [life("pod", labels=task_labels(run="tried"), created=1.0, running=3.5)]
    lines = all_lines(lives)
    assert "| dag.heavy | 3 | 2.0 | 6.0 | | |" in lines
    assert not any("its pod" in line for line in lines)


def test_a_run_says_how_long_it_took_and_in_how_many_tries() -> None:
    assert "| run-1 | dag | 61.2 | 2 | 3 |" in all_lines([])


def test_memory_is_the_most_of_all_pods_alike() -> None:
    lives = [
        life("airflow-scheduler-5d8f9c7b6d-abcde", restarts=1),
        life("airflow-scheduler-66d8f9c7bd-fghij"),
    ]
    assert "| airflow-scheduler | 2 | 300 | 1 |" in all_lines(lives)


def test_memory_of_a_pod_that_was_too_short_to_be_weighed_is_not_made_up() -> None:
    lives = [life("airflow-statsd-66d8f9c7bd-fghij")]
    assert "| airflow-statsd | 1 | not seen: too short | 0 |" in all_lines(lives)


def test_memory_that_could_not_be_read_says_why() -> None:
    lines = all_lines([life("airflow-statsd-66d8f9c7bd-fghij")], blind="forbidden")
    assert "| airflow-statsd | 1 | not seen: forbidden | 0 |" in lines


def test_the_steps_are_added_up() -> None:
    assert "| all | 150 |" in all_lines([])


def test_a_pod_of_a_task_is_told_by_its_task() -> None:
    assert component_of(life(labels=task_labels())) == "dag.heavy, its pod"
    assert component_of(life(labels=task_labels(operator=False))) == "dag.heavy, worker pod"
    assert component_of(life("migration-job-701146c2-x2x4z")) == "migration-job"
    assert component_of(life("airflow-postgresql-0")) == "airflow-postgresql-0"
