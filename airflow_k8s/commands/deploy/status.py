"""`make status`: how a stack is. It needs the kubeconfig and the settings, and no Pulumi."""

import base64
from datetime import UTC, datetime, timedelta

from airflow_k8s.airflow_api import Api
from airflow_k8s.commands.deploy import health, helm_history, preflight
from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.session import Terms
from airflow_k8s.commands.deploy.status_model import Airflow, Part, Run, Status, database, parts
from airflow_k8s.commands.deploy.target import Target, target
from airflow_k8s.errors import UserError
from airflow_k8s.kube.diagnosis import troubles
from airflow_k8s.kube.poller import list_objects
from airflow_k8s.kube.state import WORKLOAD_KINDS, ClusterState
from airflow_k8s.stack.settings import names, prerequisites
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain.command import CommandError

_PATIENCE = 10.0  # seconds for an API that may well be what is wrong
_CREATED = 201
_DAY = timedelta(days=1)
_NAMED = 10  # runs that failed


def status(terms: Terms) -> Status:
    """The stack as it is now; UserError where its cluster can't be asked or holds nothing of it."""
    settings = settings_in(stack_config(terms.program, terms.stack), terms.program)
    with target(settings, terms.note) as there:
        return _status(terms, there)


def _status(terms: Terms, there: Target) -> Status:
    cluster, namespace = there.cluster, there.settings.namespace
    if cluster.get("v1", "Namespace", namespace) is None:
        raise UserError(
            f"nothing of {terms.stack} is in {there.context}: there is no namespace {namespace};"
            f" `make up STACK={terms.stack}` makes it"
        )
    world = ClusterState(list_objects(cluster, WORKLOAD_KINDS, namespace))
    airflow, unknown = _airflow_or_why(there)
    history = preflight.release(cluster, namespace)
    return Status(
        stack=terms.stack,
        context=there.context,
        server=there.server,
        kubernetes=there.version,
        namespace=namespace,
        now=datetime.now(UTC),
        release=_release(there, history),
        way_out=preflight.way_out(terms.stack, there, history, ""),
        parts=[*parts(world, namespace), *_databases(there, world)],
        troubles=troubles(world, namespace),
        airflow=airflow,
        unknown=unknown,
        unhealthy=health.unhealthy(airflow.health) if airflow else [],
    )


def _release(there: Target, history: list[Revision]) -> Revision | None:
    if not history:
        return None
    name = f"sh.helm.release.v1.{names.RELEASE}.v{history[-1].number}"
    secret = there.cluster.get("v1", "Secret", name, there.settings.namespace)
    return helm_history.opened(secret) if secret else history[-1]


def _databases(there: Target, world: ClusterState) -> list[Part]:
    s = there.settings
    if s.database.mode != "cloudnative-pg":
        return []
    found = there.cluster.list(prerequisites.CLOUDNATIVE_PG, "Cluster", s.namespace)
    return [database(each, world.of("Pod", s.namespace)) for each in found]


def _airflow_or_why(there: Target) -> tuple[Airflow | None, str]:
    """What Airflow says; or why it says nothing, and the rest is told without it."""
    try:
        with health.airflow(there, patience=_PATIENCE) as api:
            _log_in(there, api)
            return _airflow(api, datetime.now(UTC)), ""
    except (UserError, OSError) as problem:
        return None, str(problem)


def _log_in(there: Target, api: Api) -> None:
    s = there.settings
    key = names.admin_password(s.secrets)
    secret = there.cluster.get("v1", "Secret", key.secret, s.namespace)
    if secret is None or key.key not in (secret.get("data") or {}):
        raise CommandError(f"Secret {key.secret} with key {key.key} is missing")
    answer = api.log_in(s.admin.username, base64.b64decode(secret["data"][key.key]).decode())
    if answer != _CREATED:
        raise CommandError(
            f"the password in Secret {key.secret} does not log {s.admin.username} in ({answer})"
        )


def _airflow(api: Api, now: datetime) -> Airflow:
    succeeded, _ = api.runs_of_all("success", now - _DAY)
    failed, failures = api.runs_of_all("failed", now - _DAY)
    running, _ = api.runs_of_all("running")
    waiting, _ = api.runs_of_all("queued")
    queued, tasks = api.tasks_of_all("queued")
    return Airflow(
        version=api.version(),
        health=api.health(),
        succeeded=succeeded,
        failed=failed,
        running=running,
        waiting=waiting,
        failures=[Run(dag=each.dag, id=each.id) for each in failures[:_NAMED]],
        queued_tasks=queued,
        oldest=min((each.queued for each in tasks if each.queued), default=None),
        unreadable=len(api.import_errors()),
    )
