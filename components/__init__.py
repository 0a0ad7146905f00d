"""The components of the platform: a module for every ComponentResource."""

from components.admin_user import AdminUser, AdminUserArgs
from components.airflow_job import AirflowJobArgs
from components.airflow_release import AirflowRelease, AirflowReleaseArgs
from components.cloudnative_pg_database import CloudNativePgDatabase
from components.dag_facts import DagFacts, DagFactsArgs
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

__all__ = [
    "AdminUser",
    "AdminUserArgs",
    "AirflowJobArgs",
    "AirflowRelease",
    "AirflowReleaseArgs",
    "CloudNativePgDatabase",
    "DagFacts",
    "DagFactsArgs",
    "DatabaseArgs",
    "DatabaseMigration",
    "EmbeddedDatabase",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "NetworkIsolation",
    "NetworkIsolationArgs",
    "PlatformNamespace",
    "PlatformNamespaceArgs",
    "PlatformSecrets",
    "PlatformSecretsArgs",
    "PodAccess",
    "PodAccessArgs",
    "Prerequisites",
    "PrerequisitesArgs",
    "TaskIdentity",
    "TaskIdentityArgs",
    "Volume",
    "VolumeArgs",
]
