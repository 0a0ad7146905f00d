"""Checks that roles, Secrets and NetworkPolicies protect the platform on this cluster."""

import time

from airflow_k8s.policy.rules.secrets import platform_secrets
from dev.e2e.cluster_directory import read_directory
from dev.e2e.connections import Observations
from dev.e2e.context import Context
from dev.e2e.errors import CheckError, fail_if_any
from dev.e2e.probing import all_attempts, running_probes, unexpected_results
from dev.e2e.program import NAMESPACE
from dev.e2e.runs import PER_TASK, PIPELINE, wait_until

_RUN_SECONDS = 600.0
_TASK_SECONDS = 20  # of each worker pod whose connections are observed
_EXPECTED_COMPONENTS = {"api-server", "scheduler", "dag-processor", "triggerer", "worker"}
_MANAGE_PODS = {f"{verb} pods" for verb in ("create", "get", "list", "patch", "delete")}
# Service account -> what it may do, as verb and resource.
_PERMISSIONS = {
    "airflow-api-server": {"get pods", "list pods", "get pods/log"},
    "airflow-scheduler": _MANAGE_PODS,
    "airflow-triggerer": {"get pods", "list pods", "delete pods", "get pods/log"},
    "airflow-worker-kubernetes": _MANAGE_PODS | {"get pods/log", "create pods/exec"},
    "airflow-cleanup": {"list pods", "delete pods"},
    "airflow-dag-processor": set[str](),
    "airflow-task": set[str](),
    "airflow-statsd": set[str](),
    "default": set[str](),
}
_CHECKED = (
    *sorted(_MANAGE_PODS),
    "get pods/log",
    "create pods/exec",
    "get secrets",
    "list secrets",
    "create serviceaccounts/token",
    "create rolebindings",
    "get nodes",
)


def guards(context: Context) -> None:
    """Checks permissions, clean-up jobs, the Secrets that pods read, and connections.

    Raises CheckError if a role allows more or less than needed, if a clean-up job fails, if a
    worker pod reads a Secret of the platform, or if a connection violates the NetworkPolicies.
    """
    _check_permissions(context)
    _check_clean_ups(context)
    _observe_runs(context)
    _check_probes(context)


def _check_permissions(context: Context) -> None:
    """Compares the permissions of every service account, as the API server reviews them."""
    wrong = [
        f"{account} {'may' if allowed else 'may not'} {permission}"
        for account, expected in _PERMISSIONS.items()
        for permission in _CHECKED
        if (allowed := _is_allowed(context, account, *permission.split()))
        != (permission in expected)
    ]
    fail_if_any(wrong, "unexpected permissions")
    context.notify(
        f"{len(_PERMISSIONS)} service accounts have the permissions that they need, and none can"
        " read Secrets"
    )


def _is_allowed(context: Context, account: str, verb: str, resource: str) -> bool:
    name, _, subresource = resource.partition("/")
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
                "subresource": subresource,
                "group": "rbac.authorization.k8s.io" if name == "rolebindings" else "",
            },
        },
    }
    return bool(context.cluster.create(review)["status"]["allowed"])


def _check_clean_ups(context: Context) -> None:
    """Runs each clean-up job now; by their schedule they run at night."""
    scope = ["--namespace", NAMESPACE]
    for name in ("airflow-cleanup", "airflow-database-cleanup"):
        job = f"e2e-{name}"
        context.kubectl.ask(*scope, "create", "job", job, f"--from=cronjob/{name}")

        def poll(job: str = job) -> bool | None:
            found = context.cluster.get("batch/v1", "Job", job, NAMESPACE) or {}
            status = found.get("status", {})
            if status.get("failed"):
                log = context.kubectl.ask(*scope, "logs", f"job/{job}")
                raise CheckError(f"Job {job} failed: {log}")
            return True if status.get("succeeded") else None

        wait_until(poll, f"Job {job} completes", timeout_seconds=_RUN_SECONDS)
        context.kubectl.ask(*scope, "delete", "job", job)
    context.notify("both clean-up jobs succeed with their permissions")


def _observe_runs(context: Context) -> None:
    """Observes all pods while both DAGs run, and checks their connections and Secrets."""
    events = int(context.events_per_second * _TASK_SECONDS)
    runs = [
        context.runs.trigger(PER_TASK, "guarded", seconds=_TASK_SECONDS),
        context.runs.trigger(PIPELINE, "guarded", events=events),
    ]
    observations = Observations()
    deadline = time.monotonic() + _RUN_SECONDS
    while not all(context.api.run(run.dag, run.id).is_finished for run in runs):
        if time.monotonic() > deadline:
            raise CheckError(f"runs {' and '.join(run.id for run in runs)} do not end")
        observations.observe(
            context.kubectl,
            context.cluster.list("v1", "Pod", NAMESPACE),
            context.cluster.list("networking.k8s.io/v1", "NetworkPolicy", NAMESPACE),
            read_directory(context.cluster),
        )
    for run in runs:
        context.runs.wait(run)
    _check_worker_secrets(context, observations)
    _check_connections(context, observations)


def _check_worker_secrets(context: Context, observations: Observations) -> None:
    if not observations.worker_secrets:
        raise CheckError("no worker pod was observed")
    forbidden = {key.secret for key in platform_secrets(context.settings())}
    fail_if_any(
        (
            f"{pod} reads {secret}"
            for pod, secrets in observations.worker_secrets.items()
            for secret in secrets & forbidden
        ),
        "worker pods that read Secrets of the platform",
    )
    count = len(observations.worker_secrets)
    context.notify(f"{count} worker pods read no Secret of the platform")


def _check_connections(context: Context, observations: Observations) -> None:
    connections = observations.connections
    fail_if_any(
        (
            f"{component} -> {destination}: {denial}"
            for (component, destination), denial in connections.items()
            if denial
        ),
        "connections that the NetworkPolicies deny",
    )
    counts = observations.connections_by_component()
    missing = sorted(_EXPECTED_COMPONENTS - counts.keys())
    fail_if_any(missing, "components without an observed connection")
    by_component = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    context.notify(f"{len(connections)} connections observed, all allowed: {by_component}")


def _check_probes(context: Context) -> None:
    """Tries connections between all pairs of probes, and compares them with the NetworkPolicies."""
    with running_probes(context) as running:
        attempts = all_attempts(context, running)
        unexpected = unexpected_results(context, running, attempts)
    denied = sum(not attempt.allowed for attempt in attempts)
    passed_denied = [attempt for attempt in unexpected if not attempt.allowed]
    if len(passed_denied) == denied and not context.enforced:
        context.notify(
            f"NOT ENFORCED: all {denied} connections that the NetworkPolicies deny are possible"
        )
        unexpected = [attempt for attempt in unexpected if attempt.allowed]
    fail_if_any(map(str, unexpected), "connections that do not follow the NetworkPolicies")
    context.notify(
        f"{len(attempts)} connections between {len(running)} probes tried: the"
        f" {len(attempts) - denied} allowed ones are possible"
    )
    if not passed_denied:
        context.notify(f"the {denied} denied ones are not possible")
