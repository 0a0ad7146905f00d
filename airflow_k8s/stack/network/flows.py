"""Who has to talk to whom on the platform: every way that a stack needs, and no other.

https://airflow.apache.org/docs/apache-airflow/3.2.2/core-concepts/overview.html
https://cloudnative-pg.io/documentation/current/networking
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Destination, Settings, Source

API, TRIGGER_LOGS, STATSD, STATSD_METRICS = 8080, 8794, 9125, 9102
POSTGRES, INSTANCE_STATUS, INSTANCE_METRICS = 5432, 8000, 9187


@dataclass(frozen=True, kw_only=True)
class Party:
    """Pods of the namespace, by the labels that all of them carry."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Way:
    """Connections from one to the other that are needed; one of them may be outside."""

    source: Party | Source
    target: Party | Destination
    ports: Sequence[int]  # empty: every port
    protocols: Sequence[str] = ("TCP",)
    purpose: str


def _airflow(component: str, name: str = "") -> Party:
    """As the chart labels its pods."""
    labels = {"tier": "airflow", "component": component, "release": names.RELEASE}
    return Party(name=name or component, labels=labels)


def _ours(component: str) -> Party:
    """As this program and the DAGs' helper label theirs."""
    keys = {"component": component, "part-of": "airflow-platform"}
    return Party(
        name=component, labels={f"app.kubernetes.io/{key}": text for key, text in keys.items()}
    )


API_SERVER = _airflow("api-server")
SCHEDULER = _airflow("scheduler")
DAG_PROCESSOR = _airflow("dag-processor")
TRIGGERER = _airflow("triggerer")
STATSD_EXPORTER = _airflow("statsd")
CLEANUP = _airflow("airflow-cleanup-pods", "cleanup")
DATABASE_CLEANUP = _airflow("database-cleanup")
WORKER = _airflow("worker")
# Worker pods are among them: their own party adds what only they need.
TASK = _ours("task")
MIGRATION = _ours("migration")
ADMIN_USER = _ours("admin-user")
EMBEDDED_DATABASE = _ours("database")
CLOUDNATIVE_PG = Party(name="database", labels={"cnpg.io/cluster": names.DATABASE})

_LASTING = (API_SERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER)


def ways(s: Settings) -> list[Way]:
    """Every way that the stack needs."""
    return [
        *_names(s),
        *_kubernetes_api(s),
        *_database(s),
        *_inside(s),
        *_code_and_logs(s),
        *_work(s),
    ]


def _database_party(s: Settings) -> Party | Destination:
    own = {"embedded": EMBEDDED_DATABASE, "cloudnative-pg": CLOUDNATIVE_PG}
    return own.get(s.database.mode, s.network.database)


def _names(s: Settings) -> Iterator[Way]:
    asking = [*_LASTING, CLEANUP, DATABASE_CLEANUP, TASK, MIGRATION, ADMIN_USER]
    if s.database.mode == "cloudnative-pg":
        asking.append(CLOUDNATIVE_PG)
    for party in asking:
        yield Way(
            source=party,
            target=s.network.dns,
            ports=s.network.dns.ports,
            protocols=("UDP", "TCP"),
            purpose="names",
        )


def _kubernetes_api(s: Settings) -> Iterator[Way]:
    asking = [API_SERVER, SCHEDULER, TRIGGERER, WORKER, CLEANUP]
    if s.database.mode == "cloudnative-pg":
        asking.append(CLOUDNATIVE_PG)
    for party in asking:
        yield _to(party, s.network.kubernetes_api, "the Kubernetes API")


def _database(s: Settings) -> Iterator[Way]:
    database = _database_party(s)
    ports = database.ports if isinstance(database, Destination) else (POSTGRES,)
    for party in (*_LASTING, DATABASE_CLEANUP, MIGRATION, ADMIN_USER):
        yield Way(source=party, target=database, ports=ports, purpose="the metadata database")
    if s.database.mode == "cloudnative-pg":
        inside = (POSTGRES, INSTANCE_STATUS)
        yield Way(source=CLOUDNATIVE_PG, target=CLOUDNATIVE_PG, ports=inside, purpose="replication")
        yield Way(
            source=s.network.database_operator,
            target=CLOUDNATIVE_PG,
            ports=inside,
            purpose="the operator looks after it",
        )
        yield Way(
            source=s.network.metrics,
            target=CLOUDNATIVE_PG,
            ports=(INSTANCE_METRICS,),
            purpose="metrics",
        )


def _inside(s: Settings) -> Iterator[Way]:
    yield Way(source=WORKER, target=API_SERVER, ports=(API,), purpose="the execution API")
    yield Way(source=s.network.ui, target=API_SERVER, ports=(API,), purpose="the UI")
    yield Way(
        source=API_SERVER,
        target=TRIGGERER,
        ports=(TRIGGER_LOGS,),
        purpose="the logs of running triggers",
    )
    if s.sign_in.mode == "oauth":
        yield _to(API_SERVER, s.network.identity_provider, "signing in")
    for party in (*_LASTING, WORKER):
        yield Way(
            source=party,
            target=STATSD_EXPORTER,
            ports=(STATSD,),
            protocols=("UDP",),
            purpose="metrics",
        )
    yield Way(
        source=s.network.metrics, target=STATSD_EXPORTER, ports=(STATSD_METRICS,), purpose="metrics"
    )


def _code_and_logs(s: Settings) -> Iterator[Way]:
    if s.dags.source != "image":
        for party in (DAG_PROCESSOR, TRIGGERER, WORKER):
            yield _to(party, s.network.git, "DAGs")
    if s.logs.store == "remote":
        for party in (API_SERVER, TRIGGERER, WORKER):
            yield _to(party, s.network.remote_logs, "logs")


def _work(s: Settings) -> Iterator[Way]:
    for party in (TASK, TRIGGERER):  # where code of DAGs runs
        yield _to(party, s.network.task_database, "the tasks' own database")
        yield _to(party, s.network.tasks, "what tasks work with")


def _to(source: Party, target: Destination, purpose: str) -> Way:
    return Way(source=source, target=target, ports=target.ports, purpose=purpose)
