"""Apache Airflow on Kubernetes: one stack, from its settings to its outputs."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

import components as c
from airflow_k8s.stack.chart import sizing
from airflow_k8s.stack.chart.values import airflow_values, ui_address
from airflow_k8s.stack.network import flows as network_ways
from airflow_k8s.stack.network import policies as network_policies
from airflow_k8s.stack.settings import connection, names
from airflow_k8s.stack.settings import prerequisites as needs
from airflow_k8s.stack.settings.load import chart_overlay, load
from airflow_k8s.stack.settings.model import Storage
from components.dag_facts import facts

program = Path(__file__).parent
s = load(pulumi.Config(), program)

cluster = k8s.Provider(
    "cluster",
    context=s.cluster.context,
    cluster_identifier=s.cluster.identifier or s.cluster.context,
    # Else a rotation deletes the Secret and makes it anew, which `protect` refuses.
    enable_secret_mutable=True,
    # Else what DAGs are told is gone for a moment, and for good where the update fails meanwhile.
    enable_config_map_mutable=True,
)
prerequisites = c.Prerequisites(
    "prerequisites",
    c.PrerequisitesArgs(
        api_groups=needs.api_groups(s),
        storage_classes=needs.storage_classes(s),
        nodes=needs.nodes(s),
    ),
    pulumi.ResourceOptions(provider=cluster),
)


def after(*others: pulumi.Resource) -> pulumi.ResourceOptions:
    """On the stack's cluster, once all that it must have is there, and after the others."""
    return pulumi.ResourceOptions(provider=cluster, depends_on=[prerequisites, *others])


gpu = None
if s.gpu.mode != "none":
    gpu_args = c.GpuNodePoolArgs(gpu=s.gpu, pool=f"{s.namespace}-gpu", taints=prerequisites.taints)
    gpu = c.GpuNodePool("gpu", gpu_args, after())

platform = c.PlatformNamespace(
    "platform",
    c.PlatformNamespaceArgs(
        namespace=s.namespace,
        quota=sizing.quota(s),
        container_defaults=s.tasks.light,
        protect=s.protect,
    ),
    after(),
)
namespace = platform.namespace

secrets = c.PlatformSecrets(
    "secrets",
    c.PlatformSecretsArgs(
        namespace=namespace,
        entries=s.secrets,
        database=connection.own_database(s),
        database_url=s.database_url,
        pipeline_database_url=s.pipeline_database_url,
        protect=s.protect,
    ),
    after(),
)


def volume(name: str, claim: str, storage: Storage) -> c.Volume:
    """A claim that pods share."""
    args = c.VolumeArgs(
        claim=claim, component=name, namespace=namespace, storage=storage, protect=s.protect
    )
    return c.Volume(name, args, after())


# Before any pod: one that started earlier could keep a connection that is not allowed.
isolation = None
if s.network.isolate:
    policies = network_policies.specs(network_ways.ways(s))
    isolation_args = c.NetworkIsolationArgs(namespace=namespace, policies=policies)
    isolation = c.NetworkIsolation("network", isolation_args, after())
guards = [isolation] if isolation else []

data = volume("data", names.DATA_CLAIM, s.data)
logs = [volume("logs", names.LOG_CLAIM, s.logs.volume)] if s.logs.store == "volume" else []

identity = c.TaskIdentity(
    "tasks",
    c.TaskIdentityArgs(namespace=namespace, annotations=s.service_account_annotations),
    after(),
)
access = c.PodAccess("access", c.PodAccessArgs(namespace=namespace), after())
dag_facts = c.DagFacts("dags", c.DagFactsArgs(namespace=namespace, facts=facts(s)), after())

database: list[pulumi.Resource] = []
if s.database.mode != "external":
    args = c.DatabaseArgs(
        namespace=namespace,
        database=s.database,
        image=s.image,
        login=secrets.database_secret,
        login_entry=s.secrets.database,
        protect=s.protect,
        timeout_minutes=s.chart.timeout_minutes,
    )
    made = c.EmbeddedDatabase if s.database.mode == "embedded" else c.CloudNativePgDatabase
    database = [made("database", args, after(*guards))]

job = c.AirflowJobArgs(
    namespace=namespace,
    image=s.image,
    resources=s.sidecars.job,
    secrets=s.secrets,
    timeout_minutes=s.chart.timeout_minutes,
)
migration = c.DatabaseMigration("migration", job, after(platform, secrets, *guards, *database))
# Before the release: the first start of its API servers would race over the same roles.
admin = c.AdminUser("admin", c.AdminUserArgs(admin=s.admin, job=job), after(migration))

values = airflow_values(s, chart_overlay(s, program))
airflow = c.AirflowRelease(
    "airflow",
    c.AirflowReleaseArgs(namespace=namespace, chart=s.chart, values=values),
    after(platform, secrets, data, *logs, identity, access, dag_facts, *guards, admin),
)

pulumi.export("namespace", namespace)
pulumi.export("release", airflow.release)
pulumi.export("ui", ui_address(s))
key = names.admin_password(s.secrets).key
pulumi.export("admin", {"username": s.admin.username, "secret": secrets.admin_secret, "key": key})
pulumi.export("data_claim", data.claim)
pulumi.export("gpu_node_selector", gpu.node_selector if gpu else {})
pulumi.export("gpu_tolerations", gpu.tolerations if gpu else [])
