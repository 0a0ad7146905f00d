"""Deploys the stack and waits until its DAGs can run."""

from dev.e2e import git_server
from dev.e2e.context import Context
from dev.e2e.errors import fail_if_any
from dev.e2e.runs import PER_TASK, PIPELINE, Run, wait_until

_DAGS_SECONDS = 300.0  # Airflow reads the repository every ten seconds
_SCHEDULE_SECONDS = 120.0


def up(context: Context) -> None:
    """Deploys the stack. Raises CheckError unless Airflow is healthy and both DAGs load."""
    dags = context.program.folder / git_server.FOLDER
    git_server.start(context.kubectl, git_server.bundle(dags), context.image)
    context.notify(f"the DAGs are served at {git_server.address()}")
    deploy_and_check(context, "first deployment")
    unpause_dags(context)


def deploy_and_check(context: Context, label: str) -> None:
    """Deploys, logs in, and waits until Airflow is healthy and has read the DAGs."""
    context.deploy(label)
    context.log_in()
    context.wait_healthy()
    context.notify("Airflow is healthy, and the generated password logs in")

    def poll() -> bool | None:
        fail_if_any(context.api.import_errors(), "DAG files with import errors")
        return True if {PIPELINE, PER_TASK} <= context.api.dags().keys() else None

    expected = f"Airflow has read the DAGs {PIPELINE} and {PER_TASK}"
    wait_until(poll, expected, timeout_seconds=_DAGS_SECONDS)
    context.notify(f"{expected} without import errors")


def unpause_dags(context: Context) -> None:
    """Unpauses the DAGs.

    A scheduled DAG then starts a run. This function waits for that run, so that no step mistakes it
    for its own run.
    """
    for dag in (PIPELINE, PER_TASK):
        details = context.api.dags()[dag]
        if not details["is_paused"]:
            continue
        context.api.unpause(dag)
        if not details["timetable_summary"]:
            continue

        def poll(dag: str = dag) -> Run | None:
            for run in context.api.runs(dag):
                if run.kind == "scheduled" and run.logical_date is not None:
                    return Run(dag=dag, id=run.id, day=run.logical_date)
            return None

        expected = f"a scheduled run of {dag} starts"
        run = wait_until(poll, expected, timeout_seconds=_SCHEDULE_SECONDS)
        finished = context.runs.wait(run)
        context.notify(
            f"{dag} is unpaused, and its scheduled run succeeded in {finished.seconds:.0f} s"
        )
