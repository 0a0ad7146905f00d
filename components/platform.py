"""The components of a stack, and how they depend on one another.

A function, not a ComponentResource: a new parent would change the URN of every resource, and Pulumi
would replace them all.
"""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_k8s.stack.chart import sizing
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.stack.network import policies as network_policies
from airflow_k8s.stack.network.flows import flows
from airflow_k8s.stack.settings import connection, names
from airflow_k8s.stack.settings import prerequisites as cluster_prerequisites
from airflow_k8s.stack.settings.airflow import Storage
from airflow_k8s.stack.settings.model import Settings
from components.admin_user import AdminUser, AdminUserArgs
from components.airflow_job import AirflowJobArgs
from components.airflow_release import AirflowRelease, AirflowReleaseArgs
from components.cloudnative_pg_database import CloudNativePgDatabase
from components.dag_facts import DagFacts, DagFactsArgs, facts
from components.database import DatabaseArgs
from components.database_migration import DatabaseMigration
from components.embedded_database import EmbeddedDatabase
from components.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.network_isolation import NetworkIsolation, NetworkIsolationArgs
from components.platform_namespace import PlatformNamespace, PlatformNamespaceArgs
from components.platform_secrets import PlatformSecrets, PlatformSecretsArgs
from components.pod_access import PodAccess, PodAccessArgs
from components.prerequisites import Prerequisites, PrerequisitesArgs
from components.task_identity import TaskIdentity, TaskIdentityArgs
from components.volume import Volume, VolumeArgs


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The components whose outputs the stack exports."""

    namespace: PlatformNamespace
    secrets: PlatformSecrets
    data: Volume
    gpu: GpuNodePool | None  # None: the stack has no GPU nodes
    airflow: AirflowRelease


@dataclass(frozen=True, kw_only=True)
class _Context:
    """What all components have in common."""

    settings: Settings
    cluster: k8s.Provider
    prerequisites: Prerequisites

    def options(self, *dependencies: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of a component: it is created on the stack's cluster, after the prerequisites
        have been checked and after its dependencies."""
        return pulumi.ResourceOptions(
            provider=self.cluster, depends_on=[self.prerequisites, *dependencies]
        )


def compose(settings: Settings, chart_overlay: dict[str, Any]) -> Platform:
    """Registers all components of a stack.

    `chart_overlay` are the chart values that the stack merges into the platform's values.
    """
    cluster = _provider(settings)
    context = _Context(
        settings=settings, cluster=cluster, prerequisites=_prerequisites(settings, cluster)
    )
    gpu = _gpu_nodes(context)
    platform_namespace = _namespace(context)
    namespace = platform_namespace.namespace
    secrets = _secrets(context, namespace)
    # Before any pod: a pod that starts earlier could keep a connection that is not allowed.
    isolation = _network_isolation(context, namespace)
    data = _volume(context, namespace, "data", names.DATA_CLAIM, settings.data)
    logs = _log_volume(context, namespace)
    identity = TaskIdentity(
        "tasks",
        TaskIdentityArgs(namespace=namespace, annotations=settings.service_account_annotations),
        context.options(),
    )
    access = PodAccess("access", PodAccessArgs(namespace=namespace), context.options())
    dag_facts = DagFacts(
        "dags", DagFactsArgs(namespace=namespace, facts=facts(settings)), context.options()
    )
    database = _database(context, namespace, secrets, isolation)
    job = AirflowJobArgs(
        namespace=namespace,
        image=settings.image,
        resources=settings.sidecars.job,
        secrets=settings.secrets,
        timeout_minutes=settings.chart.timeout_minutes,
    )
    migration = DatabaseMigration(
        "migration", job, context.options(platform_namespace, secrets, *isolation, *database)
    )
    # Before the release: the API servers of a first start would all create the same roles.
    admin = AdminUser(
        "admin", AdminUserArgs(admin=settings.admin, job=job), context.options(migration)
    )
    airflow = AirflowRelease(
        "airflow",
        AirflowReleaseArgs(
            namespace=namespace,
            chart=settings.chart,
            values=airflow_values(settings, chart_overlay),
        ),
        context.options(
            platform_namespace,
            secrets,
            data,
            *logs,
            identity,
            access,
            dag_facts,
            *isolation,
            admin,
        ),
    )
    return Platform(
        namespace=platform_namespace, secrets=secrets, data=data, gpu=gpu, airflow=airflow
    )


def _provider(settings: Settings) -> k8s.Provider:
    return k8s.Provider(
        "cluster",
        context=settings.cluster.context,
        cluster_identifier=settings.cluster.identifier or settings.cluster.context,
        # Without it a rotation would delete the Secret and create a new one, which `protect`
        # refuses.
        enable_secret_mutable=True,
        # Without it the facts for DAGs would be missing between deletion and creation, and would
        # stay missing if the update failed there.
        enable_config_map_mutable=True,
    )


def _prerequisites(settings: Settings, cluster: k8s.Provider) -> Prerequisites:
    return Prerequisites(
        "prerequisites",
        PrerequisitesArgs(
            api_groups=cluster_prerequisites.api_groups(settings),
            storage_classes=cluster_prerequisites.storage_classes(settings),
            nodes=cluster_prerequisites.nodes(settings),
        ),
        pulumi.ResourceOptions(provider=cluster),
    )


def _gpu_nodes(context: _Context) -> GpuNodePool | None:
    settings = context.settings
    if settings.gpu.mode == "none":
        return None
    return GpuNodePool(
        "gpu",
        GpuNodePoolArgs(
            gpu=settings.gpu,
            pool=f"{settings.namespace}-gpu",
            taints=context.prerequisites.taints,
        ),
        context.options(),
    )


def _namespace(context: _Context) -> PlatformNamespace:
    settings = context.settings
    return PlatformNamespace(
        "platform",
        PlatformNamespaceArgs(
            namespace=settings.namespace,
            quota=sizing.quota(settings),
            container_defaults=settings.tasks.light,
            protect=settings.protect,
        ),
        context.options(),
    )


def _secrets(context: _Context, namespace: pulumi.Output[str]) -> PlatformSecrets:
    settings = context.settings
    return PlatformSecrets(
        "secrets",
        PlatformSecretsArgs(
            namespace=namespace,
            entries=settings.secrets,
            database=connection.own_database(settings),
            database_url=settings.database_url,
            pipeline_database_url=settings.pipeline_database_url,
            protect=settings.protect,
        ),
        context.options(),
    )


def _network_isolation(context: _Context, namespace: pulumi.Output[str]) -> list[NetworkIsolation]:
    """The NetworkPolicies; empty if the stack does not isolate its namespace."""
    settings = context.settings
    if not settings.network.isolate:
        return []
    policies = network_policies.specs(flows(settings))
    args = NetworkIsolationArgs(namespace=namespace, policies=policies)
    return [NetworkIsolation("network", args, context.options())]


def _volume(
    context: _Context, namespace: pulumi.Output[str], name: str, claim: str, storage: Storage
) -> Volume:
    args = VolumeArgs(
        claim=claim,
        component=name,
        namespace=namespace,
        storage=storage,
        protect=context.settings.protect,
    )
    return Volume(name, args, context.options())


def _log_volume(context: _Context, namespace: pulumi.Output[str]) -> list[Volume]:
    """The volume of the logs; empty if the stack keeps its logs in object storage."""
    logs = context.settings.logs
    if logs.store != "volume":
        return []
    return [_volume(context, namespace, "logs", names.LOG_CLAIM, logs.volume)]


def _database(
    context: _Context,
    namespace: pulumi.Output[str],
    secrets: PlatformSecrets,
    isolation: list[NetworkIsolation],
) -> list[pulumi.Resource]:
    """The metadata database; empty if it is external."""
    settings = context.settings
    if settings.database.mode == "external":
        return []
    args = DatabaseArgs(
        namespace=namespace,
        database=settings.database,
        image=settings.image,
        login=secrets.database_secret,
        login_entry=settings.secrets.database,
        protect=settings.protect,
        timeout_minutes=settings.chart.timeout_minutes,
    )
    is_embedded = settings.database.mode == "embedded"
    component = EmbeddedDatabase if is_embedded else CloudNativePgDatabase
    return [component("database", args, context.options(*isolation))]
