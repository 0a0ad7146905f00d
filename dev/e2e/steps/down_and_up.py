"""Takes the stack away and brings it back."""

from collections.abc import Sequence

from airflow_k8s.stack.settings import names
from dev.e2e import assertions
from dev.e2e.context import Bench
from dev.e2e.errors import CheckError, none_of
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import HEAVY, PIPELINE, Ended, until
from dev.e2e.steps.up import bring_up, let_run

_GOES = 180.0  # seconds: volumes go after their claims
_EVENTS = 50_000
# Of such kinds Kubernetes makes objects by itself, and nobody owns them.
_PASSING = {"Event", "Lease", "PodMetrics", "NodeMetrics"}


def down_and_up(bench: Bench) -> None:
    """What is promised to stay outlives a `down`; in the end nothing is left."""
    if bench.deployer.keeps_data:
        _keeps(bench)
    else:
        bench.say(f"not checked: {bench.deployer.told} promises to keep nothing")
        bench.deployer.down()
        nothing_left(bench)
        bring_up(bench, "from nothing again")
        let_run(bench)
        _one_more(bench)
    bench.deployer.down()
    nothing_left(bench)


def _keeps(bench: Bench) -> None:
    bench.program.change({"protect": True})
    bench.deploy("protect: true")
    history = {each.id for each in bench.api.runs(PIPELINE)}
    data = bench.data()
    bench.deployer.down(keep_protected=True)
    none_of(_missing(bench), "what is protected went")
    bench.say("down: the namespace, the claims, the database, its login and the Fernet key stayed")
    bring_up(bench, "up again")
    none_of(
        sorted(history - {each.id for each in bench.api.runs(PIPELINE)}),
        "runs that are no longer in the history",
    )
    now = bench.data()
    none_of(
        sorted(path for path, size in data.items() if now.get(path) != size),
        "files that are no longer on the shared volume as they were",
    )
    _old_log(bench, [each for each in bench.runs.ended if each.run.dag == PIPELINE])
    bench.say(f"{len(history)} earlier runs are in the history, {len(data)} files on the volume")
    _one_more(bench)
    bench.program.change({"protect": False})
    bench.deploy("protect: false")


def _one_more(bench: Bench) -> None:
    ended = bench.runs.wait(bench.runs.trigger(PIPELINE, "after-down-and-up", events=_EVENTS))
    bench.say(f"a new run succeeded, {ended.seconds:.0f} s")


def _old_log(bench: Bench, ended: Sequence[Ended]) -> None:
    if ended:
        run = ended[0].run
        if not assertions.printed_fingerprint(bench.api.log(run.dag, run.id, HEAVY, 1)):
            raise CheckError(f"the log of {HEAVY} in run {run.id} is no longer whole")
        bench.say(f"the log of run {run.id} is readable")


def _missing(bench: Bench) -> list[str]:
    secrets = bench.settings().secrets
    kept = [
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
        for api_version, kind, name in kept
        if bench.cluster.get(api_version, kind, name, NAMESPACE) is None
    ]


def nothing_left(bench: Bench) -> None:
    """Waits until neither the namespace is there nor anything elsewhere that belonged to it."""
    found: list[str] = []

    def look() -> bool | None:
        found[:] = _left(bench)
        return None if found else True

    try:
        until(look, "everything of the stack goes", patience=_GOES, pause=3)
    except CheckError:
        none_of(found, "left over after the stack was taken down")
    bench.say("down: the namespace is gone, and nothing elsewhere belongs to it")


def _left(bench: Bench) -> list[str]:
    if bench.cluster.get("v1", "Namespace", NAMESPACE) is not None:
        return [f"Namespace {NAMESPACE}"]
    return [
        f"{kind} {each['metadata']['name']}"
        for namespaced in (False, True)
        for api_version, kind in bench.cluster.listable(namespaced=namespaced)
        if kind not in _PASSING
        for each in bench.cluster.list(api_version, kind)
        if assertions.mentions(each, NAMESPACE)
    ]
