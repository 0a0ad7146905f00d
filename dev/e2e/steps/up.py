"""Brings the stack up until DAGs can run."""

from dev.e2e import git_server
from dev.e2e.context import Bench
from dev.e2e.errors import none_of
from dev.e2e.runs import PER_TASK, PIPELINE, Run, until

_SECONDS = 300.0  # git is asked every ten
_SCHEDULED = 120.0


def up(bench: Bench) -> None:
    """The stack comes up, Airflow is healthy, and both DAGs are read without an error."""
    dags = bench.program.folder / git_server.FOLDER
    git_server.serve(bench.kubectl, git_server.bundled(dags), bench.image)
    bench.say(f"DAGs come from {git_server.address()}")
    bring_up(bench, "from nothing")
    let_run(bench)


def bring_up(bench: Bench, called: str) -> None:
    """Deploys, waits until all is healthy and the DAGs are there, and logs in."""
    bench.deploy(called)
    bench.log_in()
    bench.healthy()
    bench.say("Airflow is healthy and the generated password logs in")

    def look() -> bool | None:
        none_of(bench.api.import_errors(), "DAG files can't be imported")
        return True if {PIPELINE, PER_TASK} <= bench.api.dags().keys() else None

    until(look, f"the DAGs {PIPELINE} and {PER_TASK} are there", patience=_SECONDS)
    bench.say(f"the DAGs {PIPELINE} and {PER_TASK} are there, and no import failed")


def let_run(bench: Bench) -> None:
    """Unpauses the DAGs, and waits for the run that a schedule makes then, lest it is taken for
    one of ours."""
    for dag in (PIPELINE, PER_TASK):
        told = bench.api.dags()[dag]
        if not told["is_paused"]:
            continue
        bench.api.unpause(dag)
        if not told["timetable_summary"]:
            continue

        def look(dag: str = dag) -> Run | None:
            for each in bench.api.runs(dag):
                if each.kind == "scheduled" and each.logical_date is not None:
                    return Run(dag=dag, id=each.id, day=each.logical_date)
            return None

        run = until(look, f"unpausing schedules a run of {dag}", patience=_SCHEDULED)
        ended = bench.runs.wait(run)
        bench.say(f"unpaused: the scheduled run of {dag} succeeded, {ended.seconds:.0f} s")
