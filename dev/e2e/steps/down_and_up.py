"""Takes the stack down and deploys it again."""

from collections.abc import Sequence

from airflow_k8s.kube.ownership import CONTROL_PLANE_KINDS
from airflow_k8s.stack.settings import names
from dev.e2e import assertions
from dev.e2e.context import Context
from dev.e2e.errors import CheckError, fail_if_any
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import HEAVY, PIPELINE, FinishedRun, wait_until
from dev.e2e.steps.up import deploy_and_check, unpause_dags

_DELETE_SECONDS = 180.0  # volumes are deleted after their claims
_EVENTS = 50_000
# Objects of these kinds may mention the namespace for a while after it was deleted. The other kinds
# of the control plane are deleted with the namespace: one that remains is an error.
_PASSING_KINDS = CONTROL_PLANE_KINDS - {"ControllerRevision", "EndpointSlice", "Endpoints"}


def down_and_up(context: Context) -> None:
    """Takes the stack down, deploys it again, and finally deletes all of it.

    Raises CheckError if protected data is lost, or if an object exists at the end.
    """
    if context.deployer.keeps_data:
        _check_protection(context)
    else:
        context.notify(f"protection was not checked: {context.deployer.label} keeps no data")
        context.deployer.down()
        _wait_nothing_left(context)
        deploy_and_check(context, "deployment after down")
        unpause_dags(context)
        _check_new_run(context)
    context.deployer.down()
    _wait_nothing_left(context)


def _check_protection(context: Context) -> None:
    context.program.change_settings({"protect": True})
    context.deploy("protect: true")
    history = {run.id for run in context.api.runs(PIPELINE)}
    files = context.shared_files()
    context.deployer.down(keep_protected=True)
    fail_if_any(_missing(context), "protected objects were deleted")
    context.notify(
        "down: the namespace, the claims, the database, its login and the Fernet key still exist"
    )
    deploy_and_check(context, "deployment with kept data")
    fail_if_any(
        sorted(history - {run.id for run in context.api.runs(PIPELINE)}),
        "runs missing in the history",
    )
    current = context.shared_files()
    fail_if_any(
        sorted(path for path, size in files.items() if current.get(path) != size),
        "files missing or changed on the shared volume",
    )
    _check_old_log(context, [run for run in context.runs.finished if run.run.dag == PIPELINE])
    context.notify(
        f"{len(history)} earlier runs are in the history, {len(files)} files are on the volume"
    )
    _check_new_run(context)
    context.program.change_settings({"protect": False})
    context.deploy("protect: false")


def _check_new_run(context: Context) -> None:
    run = context.runs.trigger(PIPELINE, "after-down-and-up", events=_EVENTS)
    finished = context.runs.wait(run)
    context.notify(f"a new run succeeded in {finished.seconds:.0f} s")


def _check_old_log(context: Context, finished: Sequence[FinishedRun]) -> None:
    if finished:
        run = finished[0].run
        if not assertions.printed_fingerprint(context.api.log(run.dag, run.id, HEAVY, 1)):
            raise CheckError(f"the log of {HEAVY} in run {run.id} is no longer complete")
        context.notify(f"the log of run {run.id} is readable")


def _missing(context: Context) -> list[str]:
    secrets = context.settings().secrets
    protected = [
        ("v1", "Namespace", NAMESPACE),
        ("v1", "PersistentVolumeClaim", names.DATA_CLAIM),
        ("v1", "PersistentVolumeClaim", names.LOG_CLAIM),
        ("v1", "PersistentVolumeClaim", names.DATABASE_CLAIM),
        ("apps/v1", "StatefulSet", names.DATABASE),
        ("v1", "Secret", names.database_password(secrets).secret),
        ("v1", "Secret", names.fernet_key(secrets).secret),
    ]
    return [
        f"{kind} {name}"
        for api_version, kind, name in protected
        if context.cluster.get(api_version, kind, name, NAMESPACE) is None
    ]


def _wait_nothing_left(context: Context) -> None:
    """Waits until the namespace, and all objects elsewhere that belong to it, are deleted."""
    remaining: list[str] = []

    def poll() -> bool | None:
        remaining[:] = _remaining(context)
        return None if remaining else True

    try:
        expected = "all objects of the stack are deleted"
        wait_until(poll, expected, timeout_seconds=_DELETE_SECONDS, poll_seconds=3)
    except CheckError:
        fail_if_any(remaining, "objects that remain after the stack was taken down")
    context.notify("down: the namespace is deleted, and no object elsewhere belongs to it")


def _remaining(context: Context) -> list[str]:
    if context.cluster.get("v1", "Namespace", NAMESPACE) is not None:
        return [f"Namespace {NAMESPACE}"]
    return [
        f"{kind} {manifest['metadata']['name']}"
        for namespaced in (False, True)
        for api_version, kind in context.cluster.listable(namespaced=namespaced)
        if kind not in _PASSING_KINDS
        for manifest in context.cluster.list(api_version, kind)
        if assertions.belongs_to(manifest, NAMESPACE)
    ]
