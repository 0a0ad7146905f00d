"""Looks whether what guards the platform holds on this cluster."""

import time

from airflow_k8s.policy.rules.secrets import platform_secrets
from dev.e2e.cluster_directory import listed
from dev.e2e.connections import Observed
from dev.e2e.context import Bench
from dev.e2e.errors import CheckError, none_of
from dev.e2e.probing import attempts, otherwise, probing
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import PER_TASK, PIPELINE, until

_RUN = 600.0  # seconds
_WORK = 20  # seconds of each worker pod that is looked into
_SEEN = {"api-server", "scheduler", "dag-processor", "triggerer", "worker"}
_PODS = {f"{verb} pods" for verb in ("create", "get", "list", "patch", "delete")}
_ACCOUNTS = {
    "airflow-api-server": {"get pods", "list pods", "get pods/log"},
    "airflow-scheduler": _PODS,
    "airflow-triggerer": {"get pods", "list pods", "delete pods", "get pods/log"},
    "airflow-worker-kubernetes": _PODS | {"get pods/log", "create pods/exec"},
    "airflow-cleanup": {"list pods", "delete pods"},
    "airflow-dag-processor": set[str](),
    "airflow-task": set[str](),
    "airflow-statsd": set[str](),
    "default": set[str](),
}
_ASKED = (
    *sorted(_PODS),
    "get pods/log",
    "create pods/exec",
    "get secrets",
    "list secrets",
    "create serviceaccounts/token",
    "create rolebindings",
    "get nodes",
)


def guards(bench: Bench) -> None:
    """Roles, secrets of worker pods and NetworkPolicies hold; clean-ups work within them."""
    _roles(bench)
    _clean_ups(bench)
    _observe(bench)
    _probe(bench)


def _roles(bench: Bench) -> None:
    """What the API server says that each account may do."""
    wrong = [
        f"{account} may{'' if may else ' not'} {asked}"
        for account, wanted in _ACCOUNTS.items()
        for asked in _ASKED
        if (may := _may(bench, account, *asked.split())) != (asked in wanted)
    ]
    none_of(wrong, "roles")
    bench.say(f"{len(_ACCOUNTS)} accounts may do what they need, and none may read Secrets")


def _may(bench: Bench, account: str, verb: str, resource: str) -> bool:
    name, _, part = resource.partition("/")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "metadata": {},
        "spec": {
            "user": f"system:serviceaccount:{NAMESPACE}:{account}",
            "groups": [
                "system:authenticated",
                "system:serviceaccounts",
                f"system:serviceaccounts:{NAMESPACE}",
            ],
            "resourceAttributes": {
                "namespace": NAMESPACE,
                "verb": verb,
                "resource": name,
                "subresource": part,
                "group": "rbac.authorization.k8s.io" if name == "rolebindings" else "",
            },
        },
    }
    return bool(bench.cluster.create(review)["status"]["allowed"])


def _clean_ups(bench: Bench) -> None:
    """Each once, now: by their own times they come at night."""
    where = ["--namespace", NAMESPACE]
    for name in ("airflow-cleanup", "airflow-database-cleanup"):
        job = f"e2e-{name}"
        bench.kubectl.ask(*where, "create", "job", job, f"--from=cronjob/{name}")

        def look(job: str = job) -> bool | None:
            status = (bench.cluster.get("batch/v1", "Job", job, NAMESPACE) or {}).get("status", {})
            if status.get("failed"):
                raise CheckError(
                    f"Job {job} failed: {bench.kubectl.ask(*where, 'logs', f'job/{job}')}"
                )
            return True if status.get("succeeded") else None

        until(look, f"Job {job} completes", patience=_RUN)
        bench.kubectl.ask(*where, "delete", "job", job)
    bench.say("both clean-ups do their work with what they may do and read")


def _observe(bench: Bench) -> None:
    """Looks at the connections of all pods, and at what worker pods read, while both DAGs run."""
    runs = [
        bench.runs.trigger(PER_TASK, "guarded", seconds=_WORK),
        bench.runs.trigger(PIPELINE, "guarded", events=int(bench.events_a_second * _WORK)),
    ]
    observed = Observed()
    latest = time.monotonic() + _RUN
    while not all(bench.api.run(run.dag, run.id).over for run in runs):
        if time.monotonic() > latest:
            raise CheckError(f"runs {' and '.join(run.id for run in runs)} do not end")
        observed.look(
            bench.kubectl,
            bench.cluster.list("v1", "Pod", NAMESPACE),
            bench.cluster.list("networking.k8s.io/v1", "NetworkPolicy", NAMESPACE),
            listed(bench.cluster),
        )
    for run in runs:
        bench.runs.wait(run)
    _worker_pods(bench, observed)
    _connections(bench, observed)


def _worker_pods(bench: Bench, observed: Observed) -> None:
    if not observed.workers:
        raise CheckError("no worker pod was looked into")
    kept = {key.secret for key in platform_secrets(bench.settings())}
    none_of(
        (f"{pod} reads {name}" for pod, read in observed.workers.items() for name in read & kept),
        "worker pods",
    )
    number = len(observed.workers)
    bench.say(f"{number} worker pods read no secret of the platform, and did their work")


def _connections(bench: Bench, observed: Observed) -> None:
    none_of(
        (f"{part} -> {place}: {why}" for (part, place), why in observed.connections.items() if why),
        "connections that the NetworkPolicies do not allow",
    )
    counted = observed.by_part()
    none_of(sorted(_SEEN - counted.keys()), "parts of which no connection was seen")
    parts = ", ".join(f"{part} {number}" for part, number in sorted(counted.items()))
    bench.say(f"{len(observed.connections)} connections seen, all of them allowed: {parts}")


def _probe(bench: Bench) -> None:
    """Every pair of parts, tried: what happens is what the NetworkPolicies say."""
    with probing(bench) as live:
        tried = attempts(bench, live)
        wrong = otherwise(bench, live, tried)
    denied = sum(not each.allowed for each in tried)
    through = [each for each in wrong if not each.allowed]
    if len(through) == denied and not bench.enforced:
        bench.say(f"NOT ENFORCED: {denied} connections that the NetworkPolicies deny go through")
        wrong = [each for each in wrong if each.allowed]
    none_of(map(str, wrong), "connections that go otherwise than the NetworkPolicies say")
    allowed = len(tried) - denied
    bench.say(f"{len(tried)} connections between {len(live)} probes: {allowed} allowed, and made")
    if not through:
        bench.say(f"the other {denied} are denied, and not made")
