"""The command `status`: the current state of a stack. It needs no Pulumi."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from airflow_k8s.airflow_api import Api
from airflow_k8s.commands.deploy import health, helm_history, preflight
from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.session import Session
from airflow_k8s.commands.deploy.status_model import (
    Airflow,
    Component,
    DagRun,
    Status,
    components,
    database,
)
from airflow_k8s.commands.deploy.target import Target, open_target
from airflow_k8s.errors import UserError
from airflow_k8s.kube.diagnosis import troubles
from airflow_k8s.kube.poller import list_objects
from airflow_k8s.kube.state import WORKLOAD_KINDS, ClusterState
from airflow_k8s.stack.settings import names, prerequisites
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain.command import CommandError

_PATIENCE = 10.0  # seconds; not long, since an unreachable API may be the very problem
_CREATED = 201
_DAY = timedelta(days=1)
_LISTED_FAILURES = 10


def status(session: Session) -> Status:
    """The current state of the stack.

    Raises UserError if its cluster does not answer or contains nothing of it.
    """
    settings = settings_in(stack_config(session.program, session.stack), session.program)
    with open_target(settings, session.note) as target:
        return _status(session, target)


def _status(session: Session, target: Target) -> Status:
    cluster, namespace = target.cluster, target.settings.namespace
    if cluster.get("v1", "Namespace", namespace) is None:
        raise UserError(
            f"{session.stack} is not deployed in {target.context}: there is no namespace"
            f" {namespace}; `{session.command('up')}` deploys it"
        )
    state = ClusterState(list_objects(cluster, WORKLOAD_KINDS, namespace))
    airflow, airflow_error = _airflow_or_error(target)
    history = preflight.release_history(cluster, namespace)
    return Status(
        stack=session.stack,
        context=target.context,
        server=target.server,
        kubernetes=target.version,
        namespace=namespace,
        now=datetime.now(UTC),
        release=_release(target, history),
        recovery=preflight.recovery_steps(session, target, history, ""),
        components=[*components(state, namespace), *_databases(target, state)],
        troubles=troubles(state, namespace),
        airflow=airflow,
        airflow_error=airflow_error,
        unhealthy=health.unhealthy(airflow.health) if airflow else [],
    )


def _release(target: Target, history: Sequence[Revision]) -> Revision | None:
    if not history:
        return None
    name = f"sh.helm.release.v1.{names.RELEASE}.v{history[-1].number}"
    secret = target.cluster.get("v1", "Secret", name, target.settings.namespace)
    return helm_history.unpack(secret) if secret else history[-1]


def _databases(target: Target, state: ClusterState) -> list[Component]:
    settings = target.settings
    if settings.database.mode != "cloudnative-pg":
        return []
    clusters = target.cluster.list(prerequisites.CLOUDNATIVE_PG, "Cluster", settings.namespace)
    return [database(cluster, state.of("Pod", settings.namespace)) for cluster in clusters]


def _airflow_or_error(target: Target) -> tuple[Airflow | None, str]:
    """What Airflow's API reports, or why it does not answer; the rest of a status needs neither."""
    try:
        with health.airflow(target, patience=_PATIENCE) as api:
            _log_in(target, api)
            return _airflow(api, datetime.now(UTC)), ""
    except (UserError, OSError) as problem:
        return None, str(problem)


def _log_in(target: Target, api: Api) -> None:
    settings = target.settings
    key = names.admin_password(settings.secrets)
    secret = target.cluster.get("v1", "Secret", key.secret, settings.namespace)
    if secret is None or key.key not in (secret.get("data") or {}):
        raise CommandError(f"Secret {key.secret} with key {key.key} is missing")
    password = base64.b64decode(secret["data"][key.key]).decode()
    answer = api.log_in(settings.admin.username, password)
    if answer != _CREATED:
        raise CommandError(
            f"the password in Secret {key.secret} does not log {settings.admin.username} in"
            f" ({answer})"
        )


def _airflow(api: Api, now: datetime) -> Airflow:
    succeeded, _ = api.runs_of_all("success", now - _DAY)
    failed, failures = api.runs_of_all("failed", now - _DAY)
    running, _ = api.runs_of_all("running")
    queued, _ = api.runs_of_all("queued")
    queued_tasks, tasks = api.tasks_of_all("queued")
    return Airflow(
        version=api.version(),
        health=api.health(),
        succeeded=succeeded,
        failed=failed,
        running=running,
        queued=queued,
        failures=[DagRun(dag=run.dag, id=run.id) for run in failures[:_LISTED_FAILURES]],
        queued_tasks=queued_tasks,
        queued_since=min((task.queued for task in tasks if task.queued), default=None),
        import_errors=len(api.import_errors()),
    )
