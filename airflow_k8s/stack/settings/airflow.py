"""Settings of Airflow itself: chart, image, components, tasks, DAGs, logs and metadata database."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from airflow_k8s.kube import images
from airflow_k8s.stack.settings.schema import ValueRule, setting
from airflow_k8s.stack.settings.types import (
    AccessMode,
    AirflowVersion,
    ByteQuantity,
    CpuQuantity,
    LogFolderOrEmpty,
    NonEmptyText,
    ObjectName,
    ObjectNameOrEmpty,
    PositiveInt,
    RegistryOrEmpty,
)


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What the scheduler of Kubernetes reserves for a container."""

    cpu: CpuQuantity = setting("reserved cores")
    memory: ByteQuantity = setting("reserved memory")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits beyond which a container is throttled (CPU) or killed (memory)."""

    cpu: CpuQuantity | None = setting("CPU limit; null: none, no throttling", None)
    memory: ByteQuantity = setting("memory limit; a container that exceeds it is killed")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of one container."""

    requests: Requests = setting("what is reserved for the container")
    limits: Limits = setting("what the container can use")

    def spec(self) -> Any:
        """The `resources` of a container in Kubernetes; without a CPU limit if there is none."""
        limits = {"memory": self.limits.memory}
        if self.limits.cpu is not None:
            limits["cpu"] = self.limits.cpu
        return {
            "requests": {"cpu": self.requests.cpu, "memory": self.requests.memory},
            "limits": limits,
        }


def resources(cpu: str, memory: str, *, limit: str, cpu_limit: str | None = None) -> Resources:
    """Shorthand for defaults; `limit` is the memory limit."""
    return Resources(
        requests=Requests(cpu=cpu, memory=memory), limits=Limits(cpu=cpu_limit, memory=limit)
    )


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Where the Airflow chart comes from."""

    version: NonEmptyText = setting("version of the chart", "1.22.0")
    repository: str = setting(
        "Helm repository; empty if `reference` is an OCI address or a path",
        "https://airflow.apache.org",
    )
    reference: NonEmptyText = setting(
        "name of the chart in the repository, an oci:// address, or a path relative to the program",
        "airflow",
    )
    timeout_minutes: PositiveInt = setting(
        "how long Helm waits until the release is ready, in minutes", 15
    )


@dataclass(frozen=True, kw_only=True)
class Image:
    """The Airflow image of every component and of the executor's worker pods."""

    registry: RegistryOrEmpty = setting(
        "mirror for all images of the platform: its host, with or without a folder. The rest of an"
        " image's name stays: docker.io/apache/airflow becomes REGISTRY/apache/airflow. Empty:"
        " every image comes from its own registry",
        "",
    )
    repository: NonEmptyText = setting("image without its tag", "apache/airflow")
    tag: NonEmptyText = setting("tag; pinned, never latest", "3.2.2")
    airflow_version: AirflowVersion = setting("version of Airflow in the image", "3.2.2")
    pull_secrets: tuple[ObjectName, ...] = setting(
        "existing Secrets with the credentials to pull images", ()
    )
    async_pod_creation: bool = setting(
        "create worker pods concurrently; the image needs the cncf-kubernetes provider 10.21 or"
        " newer",
        False,
    )

    @property
    def airflow(self) -> str:
        """The full name of the Airflow image, with registry and tag."""
        return f"{self.pulled_from(self.repository)}:{self.tag}"

    def pulled_from(self, image: str) -> str:
        """The name to pull an image by: its name in the mirror, if the stack has one."""
        return images.mirrored(image, self.registry)


@dataclass(frozen=True, kw_only=True)
class Component:
    """A component of Airflow that runs as a Deployment."""

    replicas: PositiveInt = setting(
        "number of pods; from 2 on a PodDisruptionBudget keeps one running", 1
    )
    resources: Resources = setting("resources of the main container")


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """How many tasks run in parallel, and how large they are."""

    parallelism: PositiveInt = setting(
        "how many tasks can run in parallel, over all schedulers; the quota has room for a worker"
        " pod and a heavy task pod for every one of them",
        4,
    )
    worker: Resources = setting(
        "resources of the executor's worker pod", resources("100m", "320Mi", limit="768Mi")
    )
    heavy: Resources = setting(
        "resources of a heavy task pod",
        resources("500m", "512Mi", cpu_limit="1", limit="1Gi"),
    )
    light: Resources = setting(
        "resources of a light task pod",
        resources("250m", "512Mi", cpu_limit="500m", limit="1Gi"),
    )
    retry_delay_seconds: Annotated[
        int,
        # Long enough for a deleted pod to be gone: a retry that finds it would adopt it.
        ValueRule(expected="30 or more", accepts=lambda number: number >= 30),
    ] = setting("seconds between a failure of a pipeline task and its retry", 300)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The images and the bucket of `dags/kubernetes_pipeline.py`."""

    processor_image: NonEmptyText = setting(
        "image of the heavy and the GPU task; pinned, never latest",
        "your-repo/data-processor:1.0.0",
    )
    validator_image: NonEmptyText = setting(
        "image of the light task; pinned, never latest", "your-repo/data-validator:1.0.0"
    )
    s3_bucket: NonEmptyText = setting(
        "name of the bucket, which tasks read from S3_BUCKET", "your-org-data"
    )


@dataclass(frozen=True, kw_only=True)
class Sidecars:
    """Resources of sidecars and Jobs."""

    git_sync: Resources = setting("resources of git-sync", resources("25m", "64Mi", limit="256Mi"))
    log_groomer: Resources = setting(
        "resources of the sidecar that deletes old log files",
        resources("10m", "32Mi", limit="128Mi"),
    )
    job: Resources = setting(
        "resources of the pods that migrate the database, create the admin user or clean up",
        resources("100m", "512Mi", limit="1Gi"),
    )


@dataclass(frozen=True, kw_only=True)
class Dags:
    """Where DAGs come from."""

    source: Literal["git-sync", "git-bundle", "image"] = setting(
        "git-sync (a sidecar), git-bundle (a bundle of Airflow 3; the image needs the git program"
        " and the git provider) or image (the DAGs are in the image)",
        "git-sync",
    )
    repo: str = setting(
        "address of the git repository", "https://github.com/your-org/airflow-dags.git"
    )
    branch: str = setting("branch to follow; set either branch or ref", "")
    ref: str = setting("tag or commit to stay on; set either branch or ref", "")
    sub_path: str = setting("folder of the DAGs in the repository", "dags")
    interval_seconds: PositiveInt = setting(
        "seconds between two fetches from git, and between two scans for new files", 60
    )
    credentials_secret: ObjectNameOrEmpty = setting(
        "existing Secret for a private repository over HTTPS; git-sync: keys GIT_SYNC_USERNAME,"
        " GIT_SYNC_PASSWORD, GITSYNC_USERNAME, GITSYNC_PASSWORD; git-bundle: key connection, an"
        " Airflow connection",
        "",
    )
    ssh_key_secret: ObjectNameOrEmpty = setting(
        "existing Secret for git-sync over SSH: key gitSshKey; requires knownHosts", ""
    )
    known_hosts: str = setting("lines of known_hosts for the git server", "")


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A volume that pods share."""

    size: ByteQuantity = setting("size", "5Gi")
    storage_class: ObjectNameOrEmpty = setting("storage class; empty: the cluster's default", "")
    access_mode: AccessMode = setting("access mode", "ReadWriteOnce")


@dataclass(frozen=True, kw_only=True)
class Logs:
    """Where the log of a task is kept after its pod is gone."""

    store: Literal["volume", "remote"] = setting(
        "volume (a PersistentVolumeClaim of the platform) or remote (object storage)", "volume"
    )
    volume: Storage = setting("the claim", Storage())
    folder: LogFolderOrEmpty = setting(
        "remote: the folder, such as s3://bucket/airflow or wasb://container/airflow", ""
    )
    connection_secret: ObjectNameOrEmpty = setting(
        "remote: existing Secret with key connection, an Airflow connection; empty: the pods use"
        " their cloud identity",
        "",
    )


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long old rows and log files are kept."""

    database_days: PositiveInt = setting(
        "days that rows of ended runs stay in the metadata database", 90
    )
    log_days: PositiveInt = setting("days that log files stay on the volume", 15)


@dataclass(frozen=True, kw_only=True)
class Database:
    """Airflow's metadata database."""

    mode: Literal["embedded", "cloudnative-pg", "external"] = setting(
        "embedded (one PostgreSQL pod), cloudnative-pg (a replicated cluster; requires the"
        " operator) or external (set databaseUrl or secrets.metadata.existing)",
        "embedded",
    )
    image: str = setting(
        "embedded, cloudnative-pg: PostgreSQL image; empty: postgres:17, or the image of"
        " CloudNativePG",
        "",
    )
    instances: PositiveInt = setting("cloudnative-pg: number of instances", 3)
    size: ByteQuantity = setting(
        "embedded, cloudnative-pg: size of the volume of an instance", "5Gi"
    )
    storage_class: ObjectNameOrEmpty = setting(
        "embedded, cloudnative-pg: storage class; empty: the cluster's default", ""
    )
    resources: Resources = setting(
        "embedded, cloudnative-pg: resources of an instance",
        resources("200m", "384Mi", limit="768Mi"),
    )
