"""All settings of a stack, as one frozen tree. The key in the stack file is the field in camelCase.

The defaults suit a small cluster for trying things out; `Pulumi.prod.yaml` is a production stack.
"""

from dataclasses import dataclass
from typing import Any, Literal

from airflow_k8s.stack.settings.access import Ingress, Network
from airflow_k8s.stack.settings.airflow import (
    Chart,
    Component,
    Dags,
    Database,
    Image,
    Logs,
    Pipeline,
    Resources,
    Retention,
    Sidecars,
    Storage,
    Tasks,
    resources,
)
from airflow_k8s.stack.settings.cluster import Cluster, Gpu, Prices
from airflow_k8s.stack.settings.credentials import Admin, ExistingKey, Secrets, SignIn
from airflow_k8s.stack.settings.policies import Policies
from airflow_k8s.stack.settings.schema import setting
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.settings.types import DnsLabel


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one stack."""

    namespace: DnsLabel = setting("namespace of the platform", "airflow")
    protect: bool = setting("refuse to delete objects that hold data", False)
    cluster: Cluster = setting("the cluster", Cluster())
    chart: Chart = setting("the Airflow chart", Chart())
    image: Image = setting("the Airflow image", Image())
    dags: Dags = setting("where DAGs come from", Dags())
    api_server: Component = setting(
        "the API server: UI, REST API and task execution API",
        Component(resources=resources("250m", "640Mi", limit="1Gi")),
    )
    scheduler: Component = setting(
        "the scheduler", Component(resources=resources("300m", "768Mi", limit="1Gi"))
    )
    dag_processor: Component = setting(
        "the DAG processor", Component(resources=resources("200m", "512Mi", limit="1Gi"))
    )
    triggerer: Component = setting(
        "the triggerer", Component(resources=resources("150m", "512Mi", limit="1Gi"))
    )
    statsd: Resources = setting(
        "resources of the statsd exporter", resources("25m", "32Mi", limit="64Mi")
    )
    sidecars: Sidecars = setting("resources of sidecars and Jobs", Sidecars())
    tasks: Tasks = setting("number and size of the tasks", Tasks())
    pipeline: Pipeline = setting("the example pipeline", Pipeline())
    data: Storage = setting("the claim airflow-data-pvc that task pods mount at /data", Storage())
    logs: Logs = setting("where task logs are kept", Logs())
    retention: Retention = setting("how long old rows and log files are kept", Retention())
    gpu: Gpu = setting("the GPU nodes", Gpu())
    database: Database = setting("the metadata database", Database())
    secrets: Secrets = setting("the secrets", Secrets())
    database_url: Secret | None = setting(
        "database.mode external: address of the database, postgresql://…; sslmode=require is added"
        " if the address has no sslmode; raise secrets.metadata.rotation after a change (secret)",
        None,
    )
    pipeline_database_url: Secret | None = setting(
        "address of the tasks' own database, which task pods read from DATABASE_URL (secret)", None
    )
    admin: Admin = setting("the admin user", Admin())
    sign_in: SignIn = setting("how people sign in", SignIn())
    connections: dict[str, ExistingKey] = setting(
        "Airflow connections by their id: {secret, key} of an existing Secret that holds the"
        " connection as JSON or as an address; for tasks, triggers and DAG files",
        {},
    )
    variables: dict[str, ExistingKey] = setting(
        "Airflow variables by their name: {secret, key} of an existing Secret", {}
    )
    ingress: Ingress = setting("access to the UI from outside the cluster", Ingress())
    network: Network = setting("the allowed connections", Network())
    policies: Policies = setting("the policy rules", Policies())
    prices: Prices = setting("unit prices for the cost of the stack", Prices())
    service_account_annotations: dict[str, str] = setting(
        "annotations for the service accounts of Airflow and of the tasks, for cloud identity", {}
    )
    values: dict[str, Any] = setting(
        "chart values that are merged into the stack's values, by the rules of Helm; no secrets", {}
    )
    values_file: str = setting("YAML file with such values, relative to the program", "")
    placeholders: Literal["refuse", "accept"] = setting(
        "refuse or accept placeholders such as your-org; accept them to render an unfinished stack",
        "refuse",
    )
