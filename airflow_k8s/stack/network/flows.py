"""The connections between workloads that a stack needs: all of them, and no others.

https://airflow.apache.org/docs/apache-airflow/3.2.2/core-concepts/overview.html
https://cloudnative-pg.io/documentation/current/networking
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.access import Destination, Source
from airflow_k8s.stack.settings.model import Settings

API, TRIGGER_LOGS, STATSD, STATSD_METRICS = 8080, 8794, 9125, 9102
POSTGRES, INSTANCE_STATUS, INSTANCE_METRICS = 5432, 8000, 9187


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A group of pods in the namespace, by the labels that all of them have."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Connections that the stack needs, from a source to a target; one of the two can be outside
    the namespace."""

    source: Workload | Source
    target: Workload | Destination
    ports: Sequence[int]  # empty: every port
    protocols: Sequence[str] = ("TCP",)
    purpose: str


def _of_the_chart(component: str, name: str = "") -> Workload:
    """A workload with the labels that the chart sets."""
    labels = {"tier": "airflow", "component": component, "release": names.RELEASE}
    return Workload(name=name or component, labels=labels)


def _of_the_platform(component: str) -> Workload:
    """A workload with the labels that this program and dags/airflow_platform.py set."""
    return Workload(
        name=component,
        labels={
            "app.kubernetes.io/component": component,
            "app.kubernetes.io/part-of": names.PART_OF,
        },
    )


API_SERVER = _of_the_chart("api-server")
SCHEDULER = _of_the_chart("scheduler")
DAG_PROCESSOR = _of_the_chart("dag-processor")
TRIGGERER = _of_the_chart("triggerer")
STATSD_EXPORTER = _of_the_chart("statsd")
CLEANUP = _of_the_chart("airflow-cleanup-pods", "cleanup")
DATABASE_CLEANUP = _of_the_chart("database-cleanup")
WORKER = _of_the_chart("worker")
# Worker pods have the labels of TASK too: the flows of WORKER are those that only they need.
TASK = _of_the_platform("task")
MIGRATION = _of_the_platform("migration")
ADMIN_USER = _of_the_platform("admin-user")
EMBEDDED_DATABASE = _of_the_platform("database")
CLOUDNATIVE_PG = Workload(name="database", labels={"cnpg.io/cluster": names.DATABASE})

_COMPONENTS = (API_SERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER)


def flows(settings: Settings) -> list[Flow]:
    """Every flow that the stack needs."""
    return [
        *_to_dns(settings),
        *_to_kubernetes_api(settings),
        *_to_database(settings),
        *_between_components(settings),
        *_to_code_and_logs(settings),
        *_from_tasks(settings),
    ]


def _database(settings: Settings) -> Workload | Destination:
    own = {"embedded": EMBEDDED_DATABASE, "cloudnative-pg": CLOUDNATIVE_PG}
    return own.get(settings.database.mode, settings.network.database)


def _to_dns(settings: Settings) -> Iterator[Flow]:
    clients = [*_COMPONENTS, CLEANUP, DATABASE_CLEANUP, TASK, MIGRATION, ADMIN_USER]
    if settings.database.mode == "cloudnative-pg":
        clients.append(CLOUDNATIVE_PG)
    for client in clients:
        yield Flow(
            source=client,
            target=settings.network.dns,
            ports=settings.network.dns.ports,
            protocols=("UDP", "TCP"),
            purpose="names",
        )


def _to_kubernetes_api(settings: Settings) -> Iterator[Flow]:
    clients = [API_SERVER, SCHEDULER, TRIGGERER, WORKER, CLEANUP]
    if settings.database.mode == "cloudnative-pg":
        clients.append(CLOUDNATIVE_PG)
    for client in clients:
        yield _outward(client, settings.network.kubernetes_api, "the Kubernetes API")


def _to_database(settings: Settings) -> Iterator[Flow]:
    database = _database(settings)
    ports = database.ports if isinstance(database, Destination) else (POSTGRES,)
    for client in (*_COMPONENTS, DATABASE_CLEANUP, MIGRATION, ADMIN_USER):
        yield Flow(source=client, target=database, ports=ports, purpose="the metadata database")
    if settings.database.mode == "cloudnative-pg":
        internal = (POSTGRES, INSTANCE_STATUS)
        yield Flow(
            source=CLOUDNATIVE_PG, target=CLOUDNATIVE_PG, ports=internal, purpose="replication"
        )
        yield Flow(
            source=settings.network.database_operator,
            target=CLOUDNATIVE_PG,
            ports=internal,
            purpose="management by the operator",
        )
        yield Flow(
            source=settings.network.metrics,
            target=CLOUDNATIVE_PG,
            ports=(INSTANCE_METRICS,),
            purpose="metrics",
        )


def _between_components(settings: Settings) -> Iterator[Flow]:
    """The flows between components, and those of the UI, of sign-in and of metrics."""
    yield Flow(source=WORKER, target=API_SERVER, ports=(API,), purpose="the execution API")
    yield Flow(source=settings.network.ui, target=API_SERVER, ports=(API,), purpose="the UI")
    yield Flow(
        source=API_SERVER,
        target=TRIGGERER,
        ports=(TRIGGER_LOGS,),
        purpose="the logs of running triggers",
    )
    if settings.sign_in.mode == "oauth":
        yield _outward(API_SERVER, settings.network.identity_provider, "signing in")
    for client in (*_COMPONENTS, WORKER):
        yield Flow(
            source=client,
            target=STATSD_EXPORTER,
            ports=(STATSD,),
            protocols=("UDP",),
            purpose="metrics",
        )
    yield Flow(
        source=settings.network.metrics,
        target=STATSD_EXPORTER,
        ports=(STATSD_METRICS,),
        purpose="metrics",
    )


def _to_code_and_logs(settings: Settings) -> Iterator[Flow]:
    if settings.dags.source != "image":
        for client in (DAG_PROCESSOR, TRIGGERER, WORKER):
            yield _outward(client, settings.network.git, "DAGs")
    if settings.logs.store == "remote":
        for client in (API_SERVER, TRIGGERER, WORKER):
            yield _outward(client, settings.network.remote_logs, "logs")


def _from_tasks(settings: Settings) -> Iterator[Flow]:
    for client in (TASK, TRIGGERER):  # both run the code of DAGs
        yield _outward(client, settings.network.task_database, "the tasks' own database")
        yield _outward(client, settings.network.tasks, "the services that tasks use")


def _outward(source: Workload, target: Destination, purpose: str) -> Flow:
    return Flow(source=source, target=target, ports=target.ports, purpose=purpose)
