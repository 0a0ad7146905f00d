"""`make status`: how a stack is. It needs the kubeconfig and the settings, and no Pulumi."""

import base64
from datetime import UTC, datetime, timedelta

from urllib3.exceptions import HTTPError

from deploy import checks, health, pending
from deploy.pending import Revision
from deploy.seen import Airflow, Part, Run, Status, database, parts
from deploy.target import Target, target
from deploy.terms import Terms
from live.api import Api
from rehearsal.observer import listed
from rehearsal.trouble import troubles
from rehearsal.world import PODS_AND_OWNERS, World
from render.stack import settings_in, stack_config
from settings import names, needs
from tools.command import Failed
from tools.problem import Problem

_PATIENCE = 10.0  # seconds for an API that may well be what is wrong
_CREATED = 201
_DAY = timedelta(days=1)
_NAMED = 10  # runs that failed


def status(terms: Terms) -> Status:
    """The stack as it is now; Problem where its cluster can't be asked or holds nothing of it."""
    settings = settings_in(stack_config(terms.program, terms.stack), terms.program)
    with target(settings, terms.note) as there:
        return _status(terms, there)


def _status(terms: Terms, there: Target) -> Status:
    cluster, namespace = there.cluster, there.settings.namespace
    if cluster.get("v1", "Namespace", namespace) is None:
        raise Problem(
            f"nothing of {terms.stack} is in {there.context}: there is no namespace {namespace};"
            f" `make up STACK={terms.stack}` makes it"
        )
    world = World(listed(cluster, PODS_AND_OWNERS, namespace))
    airflow, unknown = _airflow_or_why(there)
    history = checks.release(cluster, namespace)
    return Status(
        stack=terms.stack,
        context=there.context,
        server=there.server,
        kubernetes=there.version,
        namespace=namespace,
        now=datetime.now(UTC),
        release=_release(there, history),
        way_out=checks.way_out(terms.stack, there, history, ""),
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
    return pending.opened(secret) if secret else history[-1]


def _databases(there: Target, world: World) -> list[Part]:
    s = there.settings
    if s.database.mode != "cloudnative-pg":
        return []
    found = there.cluster.list(needs.CLOUDNATIVE_PG, "Cluster", s.namespace)
    return [database(each, world.of("Pod", s.namespace)) for each in found]


def _airflow_or_why(there: Target) -> tuple[Airflow | None, str]:
    """What Airflow says; or why it says nothing, and the rest is told without it."""
    try:
        with health.airflow(there, patience=_PATIENCE) as api:
            _log_in(there, api)
            return _airflow(api, datetime.now(UTC)), ""
    except (Problem, HTTPError, OSError) as problem:
        return None, str(problem)


def _log_in(there: Target, api: Api) -> None:
    s = there.settings
    key = names.admin_password(s.secrets)
    secret = there.cluster.get("v1", "Secret", key.secret, s.namespace)
    if secret is None or key.key not in (secret.get("data") or {}):
        raise Failed(f"Secret {key.secret} with key {key.key} is missing")
    answer = api.log_in(s.admin.username, base64.b64decode(secret["data"][key.key]).decode())
    if answer != _CREATED:
        raise Failed(
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
