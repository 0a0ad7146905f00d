"""All that a stack may choose, as one frozen tree; a key of the stack file is a field in camelCase.

Defaults suit one small cluster for trying things out; `Pulumi.prod.yaml` shows a production stack.
"""

import re
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from math import inf
from typing import Annotated, Any, Literal

from airflow_k8s.kube import images, quantity
from airflow_k8s.stack.settings.schema import Rule, Secret, setting

Cpu = Annotated[str, Rule(want="cores such as 500m or 2", ok=quantity.is_cpu)]
Bytes = Annotated[str, Rule(want="a size with suffix, such as 512Mi", ok=quantity.is_bytes)]
PositiveInt = Annotated[int, Rule(want="1 or more", ok=lambda n: n >= 1)]
NonNegativeInt = Annotated[int, Rule(want="0 or more", ok=lambda n: n >= 0)]
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
)
_LABEL_KEY = re.compile(
    r"([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?"
)
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")
Namespace = Annotated[str, Rule(want="a DNS label, such as airflow", ok=_DNS_LABEL.fullmatch)]
Name = Annotated[str, Rule(want="a Kubernetes object's name", ok=_DNS_NAME.fullmatch)]
NameOrNone = Annotated[
    str,
    Rule(
        want="a Kubernetes object's name, or empty",
        ok=lambda s: not s or bool(_DNS_NAME.fullmatch(s)),
    ),
]
LabelKey = Annotated[str, Rule(want="a label key, such as nvidia.com/gpu", ok=_LABEL_KEY.fullmatch)]
LabelValue = Annotated[str, Rule(want="a label value, such as present", ok=_LABEL_VALUE.fullmatch)]
Text = Annotated[str, Rule(want="some text", ok=bool)]
_REGISTRY = re.compile(
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"|[a-z0-9-]+:\d+(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)
Registry = Annotated[
    str,
    Rule(
        want="a registry, with a folder or without, such as registry.example.com/mirror, or empty",
        ok=lambda s: not s or bool(_REGISTRY.fullmatch(s)),
    ),
]
# The chart takes what stands in its values for templates of its own.
Plain = Annotated[str, Rule(want="some text without {{", ok=lambda s: bool(s) and "{{" not in s)]
_ROLES = ("Admin", "Op", "User", "Viewer", "Public")


def _is_role(text: str) -> bool:
    """Airflow's own as Airflow spells them; any other may be one that somebody made."""
    return bool(text) and (text in _ROLES or text.title() not in _ROLES) and "{{" not in text


AirflowRole = Annotated[
    str, Rule(want="a role of Airflow, such as Admin, Op, User or Viewer", ok=_is_role)
]
AirflowRoleOrNone = Annotated[
    str,
    Rule(
        want="a role of Airflow, such as Viewer, or empty",
        ok=lambda s: not s or _is_role(s),
    ),
]
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]+")
SecretKeyName = Annotated[str, Rule(want="a key of a Secret", ok=_SECRET_KEY.fullmatch)]
AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]


def _parses(parse: Any) -> Any:
    """Whether a function takes the text, which raises ValueError for what it does not know."""

    def ok(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return ok


_is_range = _parses(ip_network)
Cidr = Annotated[
    str,
    # Without its length it is one address to Python, and nothing to Kubernetes.
    Rule(
        want="an address range without host bits, such as 10.0.0.0/16 or 10.0.0.2/32",
        ok=lambda text: "/" in text and _is_range(text),
    ),
]
Port = Annotated[int, Rule(want="1 to 65535", ok=lambda n: 1 <= n <= 65535)]
Day = Annotated[
    str, Rule(want='a day in quotes, such as "2027-03-31"', ok=_parses(date.fromisoformat))
]
Price = Annotated[float, Rule(want="a price, 0 or more", ok=lambda n: 0 <= n < inf)]
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What the scheduler sets aside for a container."""

    cpu: Cpu = setting("cores set aside")
    memory: Bytes = setting("bytes set aside")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Where a container is throttled (CPU) or killed (memory)."""

    cpu: Cpu | None = setting("cores at most; null does not throttle", None)
    memory: Bytes = setting("bytes at most; beyond it the container is killed")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Requests and limits of one container."""

    requests: Requests = setting("what is set aside")
    limits: Limits = setting("what it may take")

    def spec(self) -> Any:
        """As a container's `resources` in Kubernetes; no CPU limit where there is none."""
        limits = {"memory": self.limits.memory}
        if self.limits.cpu is not None:
            limits["cpu"] = self.limits.cpu
        return {
            "requests": {"cpu": self.requests.cpu, "memory": self.requests.memory},
            "limits": limits,
        }


def resources(cpu: str, memory: str, *, limit: str, cpu_limit: str | None = None) -> Resources:
    """Shorthand for the defaults below."""
    return Resources(
        requests=Requests(cpu=cpu, memory=memory), limits=Limits(cpu=cpu_limit, memory=limit)
    )


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster that the stack may touch."""

    context: str = setting("kubeconfig context that this stack may touch; `up` uses no other", "")
    identifier: str = setting(
        "what tells this cluster from others; keep it when the context is renamed, since a new one"
        " replaces every object (empty: the context)",
        "",
    )
    several_nodes: bool = setting(
        "pods spread over several nodes; volumes that pods share must then be ReadWriteMany", False
    )


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Where the Airflow chart comes from."""

    version: Text = setting("version of the chart", "1.22.0")
    repository: str = setting(
        "Helm repository; empty when `reference` is an OCI address or a path",
        "https://airflow.apache.org",
    )
    reference: Text = setting(
        "chart's name in the repository, an oci:// address, or a path relative to the program",
        "airflow",
    )
    timeout_minutes: PositiveInt = setting(
        "how long Helm waits for the release to become ready", 15
    )


@dataclass(frozen=True, kw_only=True)
class Image:
    """The Airflow image of every component and of the executor's worker pods."""

    registry: Registry = setting(
        "a mirror's host and folder, which every image of the platform comes from, with the rest of"
        " its name as it is: docker.io/apache/airflow is REGISTRY/apache/airflow; empty: each from"
        " its own registry",
        "",
    )
    repository: Text = setting("image without tag", "apache/airflow")
    tag: Text = setting("tag; pinned, never latest", "3.2.2")
    airflow_version: Annotated[
        str,
        Rule(want="an Airflow 3 version, such as 3.2.2", ok=re.compile(r"3\.\d+\.\d+").fullmatch),
    ] = setting("Airflow inside the image", "3.2.2")
    pull_secrets: tuple[Name, ...] = setting("Secrets that pull images, made beforehand", ())
    async_pod_creation: bool = setting(
        "create worker pods concurrently; only where the image has the cncf-kubernetes provider"
        " 10.21 or newer",
        False,
    )

    @property
    def airflow(self) -> str:
        """The whole name of the Airflow image."""
        return f"{self.pulled_from(self.repository)}:{self.tag}"

    def pulled_from(self, image: str) -> str:
        """The name by which an image of the platform is pulled."""
        return images.mirrored(image, self.registry)


@dataclass(frozen=True, kw_only=True)
class Component:
    """A part of Airflow that runs as a Deployment."""

    replicas: PositiveInt = setting("pods; from 2 on a disruption budget keeps one up", 1)
    resources: Resources = setting("of the main container")


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """How many tasks run at once, and how large they are."""

    parallelism: PositiveInt = setting(
        "tasks that run at once over all schedulers; the quota leaves room for as many worker pods"
        " with a heavy task pod each",
        4,
    )
    worker: Resources = setting(
        "of the executor's worker pod", resources("100m", "320Mi", limit="768Mi")
    )
    heavy: Resources = setting(
        "of a heavy task pod",
        resources("500m", "512Mi", cpu_limit="1", limit="1Gi"),
    )
    light: Resources = setting(
        "of a light task pod",
        resources("250m", "512Mi", cpu_limit="500m", limit="1Gi"),
    )
    retry_delay_seconds: Annotated[
        int,
        # Until a pod that was deleted is gone for sure: a retry that finds it takes it for its own.
        Rule(want="30 or more", ok=lambda n: n >= 30),
    ] = setting("how long after a failure the pipeline's tasks are tried again", 300)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """What the tasks of `dags/kubernetes_pipeline.py` run, and where they put it."""

    processor_image: Text = setting(
        "image of the heavy and the GPU task; pinned, never latest",
        "your-repo/data-processor:1.0.0",
    )
    validator_image: Text = setting(
        "image of the light task; pinned, never latest", "your-repo/data-validator:1.0.0"
    )
    s3_bucket: Text = setting("bucket that tasks read as S3_BUCKET", "your-org-data")


@dataclass(frozen=True, kw_only=True)
class Sidecars:
    """Helpers beside or before the components."""

    git_sync: Resources = setting("of git-sync", resources("25m", "64Mi", limit="256Mi"))
    log_groomer: Resources = setting(
        "of what deletes old log files", resources("10m", "32Mi", limit="128Mi")
    )
    job: Resources = setting(
        "of a migration, admin or clean-up pod", resources("100m", "512Mi", limit="1Gi")
    )


@dataclass(frozen=True, kw_only=True)
class Dags:
    """Where DAGs come from."""

    source: Literal["git-sync", "git-bundle", "image"] = setting(
        "git-sync (a sidecar), git-bundle (Airflow 3's own; the image needs the git program and"
        " provider) or image",
        "git-sync",
    )
    repo: str = setting(
        "address of the git repository", "https://github.com/your-org/airflow-dags.git"
    )
    branch: str = setting("branch to follow; or set ref", "")
    ref: str = setting("tag or commit to stay on; or set branch", "")
    sub_path: str = setting("folder of the DAGs in the repository", "dags")
    interval_seconds: PositiveInt = setting(
        "how often git is asked and new files are looked for", 60
    )
    credentials_secret: NameOrNone = setting(
        "existing Secret for a private repository over HTTPS; git-sync: keys GIT_SYNC_USERNAME,"
        " GIT_SYNC_PASSWORD, GITSYNC_USERNAME, GITSYNC_PASSWORD; git-bundle: key connection, an"
        " Airflow connection",
        "",
    )
    ssh_key_secret: NameOrNone = setting(
        "existing Secret for git-sync over SSH: key gitSshKey; needs knownHosts", ""
    )
    known_hosts: str = setting("the git server's lines of known_hosts", "")


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A volume that pods share."""

    size: Bytes = setting("size", "5Gi")
    storage_class: NameOrNone = setting("storage class; empty: the cluster's default", "")
    access_mode: AccessMode = setting("access mode", "ReadWriteOnce")


@dataclass(frozen=True, kw_only=True)
class Logs:
    """Where a task's log outlives its pod."""

    store: Literal["volume", "remote"] = setting(
        "volume (a claim of ours) or remote (object storage)", "volume"
    )
    volume: Storage = setting("the claim", Storage())
    folder: Annotated[
        str,
        Rule(
            want="s3://, gs:// or wasb://, a bucket or container, and a folder",
            ok=lambda s: re.fullmatch(r"((s3|gs|wasb)://[^/]+(/.+)?)?", s),
        ),
    ] = setting("remote: where, such as s3://bucket/airflow or wasb://container/airflow", "")
    connection_secret: NameOrNone = setting(
        "remote: existing Secret with key connection, an Airflow connection; empty: the pods' cloud"
        " identity",
        "",
    )


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long what has ended is kept."""

    database_days: PositiveInt = setting("rows of ended runs in the metadata database, days", 90)
    log_days: PositiveInt = setting("log files on the volume, days", 15)


@dataclass(frozen=True, kw_only=True)
class Taint:
    """What keeps other pods off the GPU nodes."""

    key: LabelKey = setting("key", "nvidia.com/gpu")
    value: LabelValue = setting("value", "present")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = setting("effect", "NoSchedule")


@dataclass(frozen=True, kw_only=True)
class Label:
    """What GPU task pods select."""

    key: LabelKey = setting("key", "accelerator")
    value: LabelValue = setting("value", "nvidia-tesla-v100")


@dataclass(frozen=True, kw_only=True)
class NodeClass:
    """The cloud's half of a Karpenter pool."""

    group: Text = setting("API group", "karpenter.k8s.aws")
    kind: Text = setting("kind", "EC2NodeClass")
    name: Name = setting("name", "default")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What Karpenter's nodes must be."""

    key: LabelKey = setting("label key")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = setting(
        "operator", "In"
    )
    values: tuple[str, ...] = setting("label values", ())


@dataclass(frozen=True, kw_only=True)
class Karpenter:
    """The NodePool that Karpenter makes GPU nodes from."""

    node_class: NodeClass = setting("the cloud's node class", NodeClass())
    requirements: tuple[Requirement, ...] = setting("what the nodes must be; at least one", ())


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """The GPU nodes."""

    mode: Literal["none", "nodes", "karpenter", "existing"] = setting(
        "none; nodes (named ones, labelled and tainted by us); karpenter (a NodePool); existing (a"
        " pool that labels and taints its own nodes)",
        "none",
    )
    nodes: tuple[Name, ...] = setting("nodes: their names", ())
    count: NonNegativeInt = setting("GPUs that tasks may hold at once; also Karpenter's limit", 0)
    taint: Taint = setting("taint of the nodes", Taint())
    label: Label = setting("label of the nodes", Label())
    karpenter: Karpenter = setting("karpenter: the pool", Karpenter())


@dataclass(frozen=True, kw_only=True)
class Database:
    """Airflow's metadata database."""

    mode: Literal["embedded", "cloudnative-pg", "external"] = setting(
        "embedded (one PostgreSQL pod), cloudnative-pg (a replicated cluster; needs the operator)"
        " or external (databaseUrl or secrets.metadata.existing)",
        "embedded",
    )
    image: str = setting(
        "embedded, cloudnative-pg: PostgreSQL image; empty: postgres:17, or CloudNativePG's own", ""
    )
    instances: PositiveInt = setting("cloudnative-pg: instances", 3)
    size: Bytes = setting("embedded, cloudnative-pg: size of each volume", "5Gi")
    storage_class: NameOrNone = setting(
        "embedded, cloudnative-pg: storage class; empty: the cluster's default", ""
    )
    resources: Resources = setting(
        "embedded, cloudnative-pg: of each instance", resources("200m", "384Mi", limit="768Mi")
    )


@dataclass(frozen=True, kw_only=True)
class SecretEntry:
    """One secret: generated and kept in a Secret, or an existing Secret named instead."""

    existing: NameOrNone = setting("existing Secret in the namespace to use instead", "")
    rotation: PositiveInt = setting(
        "raise it, never lower it, to make a new one and roll the pods that read it (what is not"
        " generated here: change it, then raise this)",
        1,
    )

    @property
    def state(self) -> str:
        """Where it comes from and how often it was made anew, in one word without spaces."""
        return f"{self.existing or 'generated'}:{self.rotation}"


@dataclass(frozen=True, kw_only=True)
class FernetEntry(SecretEntry):
    """The Fernet keys: the newest encrypts, each of them decrypts."""

    retired: NonNegativeInt = setting(
        "keys up to this rotation no longer decrypt; raise it when `airflow rotate-fernet-key` has"
        " encrypted all anew (lowered, they come back)",
        0,
    )

    @property
    def state(self) -> str:
        """As of any secret, and which keys are retired."""
        return super().state + (f",retired:{self.retired}" if self.retired else "")


@dataclass(frozen=True, kw_only=True)
class GivenSecret:
    """A secret that is given by the stack rather than generated."""

    existing: NameOrNone = setting("existing Secret in the namespace to use instead", "")


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Every secret of the platform."""

    api_key: SecretEntry = setting("api-secrets: key api-key", SecretEntry())
    fernet_key: FernetEntry = setting("airflow-fernet-key: key fernet-key", FernetEntry())
    api_secret_key: SecretEntry = setting(
        "airflow-api-secret-key: key api-secret-key", SecretEntry()
    )
    jwt_secret: SecretEntry = setting("airflow-jwt-secret: key jwt-secret", SecretEntry())
    admin: SecretEntry = setting("airflow-admin: key password", SecretEntry())
    database: SecretEntry = setting("airflow-database: keys username, password", SecretEntry())
    metadata: SecretEntry = setting(
        "airflow-metadata: keys connection (postgresql://…?sslmode=…) and connection-async"
        " (postgresql+asyncpg://…?ssl=…)",
        SecretEntry(),
    )
    pipeline_database: GivenSecret = setting("pipeline-database: key url", GivenSecret())


@dataclass(frozen=True, kw_only=True)
class ExistingKey:
    """A key of a Secret that somebody else makes in the namespace."""

    secret: Name = setting("existing Secret")
    key: SecretKeyName = setting("its key")
    rotation: PositiveInt = setting(
        "raise it when you changed the text, to roll the pods that read it", 1
    )

    @property
    def state(self) -> str:
        """Which it is, and how often it was changed, in one word without spaces."""
        return f"{self.secret}/{self.key}:{self.rotation}"


@dataclass(frozen=True, kw_only=True)
class ClientSecret(ExistingKey):
    """What the identity provider knows Airflow by."""

    secret: NameOrNone = setting("oauth: existing Secret with the client's secret", "")
    key: SecretKeyName = setting("its key", "client-secret")


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """How people sign in to the UI."""

    mode: Literal["password", "oauth"] = setting(
        "password (users in Airflow's database) or oauth (OpenID Connect at the company's identity"
        " provider; the admin's password then serves the API alone)",
        "password",
    )
    provider: Annotated[
        str,
        Rule(
            want="small letters, digits and hyphens, such as okta",
            ok=re.compile(r"[a-z][a-z0-9-]*").fullmatch,
        ),
    ] = setting(
        "oauth: what the button says; the provider has to know the address"
        " https://HOST/auth/oauth-authorized/PROVIDER",
        "sso",
    )
    metadata_url: Annotated[
        str,
        Rule(
            want="an address that begins with https://, or empty",
            ok=re.compile(r"(https://[^\s{}/]+/[^\s{}]*)?").fullmatch,
        ),
    ] = setting(
        "oauth: the provider's OpenID configuration,"
        " https://ISSUER/.well-known/openid-configuration",
        "",
    )
    client_id: Annotated[
        str, Rule(want="some text without {{, or empty", ok=lambda s: "{{" not in s)
    ] = setting("oauth: the client that the provider knows Airflow as", "")
    client_secret: ClientSecret = setting("oauth: its secret", ClientSecret())
    scopes: tuple[Plain, ...] = setting(
        "oauth: what is asked for; openid among them", ("openid", "email", "profile")
    )
    user_claim: Plain = setting("oauth: claim that is the user's name in Airflow", "email")
    groups_claim: Plain = setting(
        "oauth: claim that lists the user's groups, in the ID token or else at the userinfo"
        " endpoint",
        "groups",
    )
    roles: dict[str, AirflowRole] = setting(
        "oauth: Airflow's role for each group of the provider, such as airflow-admins: Admin;"
        " looked up at every sign-in",
        {},
    )
    default_role: AirflowRoleOrNone = setting(
        "oauth: role of who is in none of these groups; empty: refused", ""
    )


@dataclass(frozen=True, kw_only=True)
class Admin:
    """The first user of the UI and the API."""

    username: Text = setting("user name", "admin")
    email: Text = setting("address", "admin@example.com")


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """How the UI and the API are reached from outside."""

    host: Annotated[
        str, Rule(want="a host name, or empty", ok=lambda s: not s or bool(_DNS_NAME.fullmatch(s)))
    ] = setting("host name (needs network.ui); empty: no Ingress, reached by a port-forward", "")
    class_name: str = setting("ingress class; empty: the cluster's default", "")
    tls_secret: NameOrNone = setting("Secret with the host's certificate; empty: plain HTTP", "")
    annotations: dict[str, str] = setting("annotations for the ingress controller", {})


@dataclass(frozen=True, kw_only=True)
class Source:
    """What outside of the namespace may connect to the platform; nobody where both are empty."""

    cidrs: tuple[Cidr, ...] = setting("address ranges", ())
    namespaces: tuple[Namespace, ...] = setting("namespaces, with all their pods", ())


@dataclass(frozen=True, kw_only=True)
class Destination:
    """What outside of the namespace the platform may connect to; nothing where neither addresses
    nor namespaces are given."""

    cidrs: tuple[Cidr, ...] = setting("address ranges", (ANYWHERE,))
    namespaces: tuple[Namespace, ...] = setting("namespaces, with all their pods", ())
    ports: tuple[Port, ...] = setting("ports; empty: every port")


@dataclass(frozen=True, kw_only=True)
class Network:
    """Who may connect to whom, beyond what the parts of the platform need among themselves."""

    isolate: bool = setting(
        "deny the namespace's pods every connection that is not allowed here, in and out; takes a"
        " network plugin that enforces NetworkPolicies",
        True,
    )
    dns: Destination = setting(
        "what answers names: add 169.254.20.10/32 for NodeLocal DNSCache, and the nodes' addresses"
        " where CoreDNS has the host's network",
        Destination(cidrs=(), namespaces=("kube-system",), ports=(53,)),
    )
    kubernetes_api: Destination = setting(
        "the Kubernetes API, for API server, scheduler, triggerer, worker pods and clean-up: the"
        " addresses of its servers, not of the Service",
        Destination(ports=(443, 6443)),
    )
    git: Destination = setting("the git server of the DAGs", Destination(ports=(443, 22)))
    remote_logs: Destination = setting(
        "logs.store remote: object storage", Destination(ports=(443,))
    )
    database: Destination = setting(
        "database.mode external: the server", Destination(ports=(5432,))
    )
    identity_provider: Destination = setting(
        "signIn.mode oauth: the provider", Destination(ports=(443,))
    )
    task_database: Destination = setting("the tasks' own database", Destination(ports=(5432,)))
    tasks: Destination = setting(
        "what else tasks and their triggers reach", Destination(ports=(443,))
    )
    ui: Source = setting("who reaches the UI: the ingress controller's pods or addresses", Source())
    metrics: Source = setting("who reads metrics: Prometheus", Source())
    database_operator: Source = setting(
        "database.mode cloudnative-pg: the operator", Source(namespaces=("cnpg-system",))
    )


@dataclass(frozen=True, kw_only=True)
class PolicyException:
    """A policy rule that does not hold for an object, for a reason and for a time."""

    rule: Text = setting("rule, such as image-pinned")
    object: Text = setting(
        "kind and name, such as Deployment/airflow-statsd, or task pod; * matches any text"
    )
    reason: Annotated[
        str, Rule(want="a reason of ten letters or more", ok=lambda s: len(s.strip()) >= 10)
    ] = setting("why")
    expires: Day = setting("the last day on which it counts")


Level = Literal["off", "advisory", "mandatory"]


@dataclass(frozen=True, kw_only=True)
class Policies:
    """What may not reach a cluster."""

    production: bool = setting(
        "hold the stack to the rules for production too: replicas, budgets, spread, protection",
        False,
    )
    levels: dict[str, Level] = setting(
        "level of a rule, by its name, where it is another than its own", {}
    )
    exceptions: tuple[PolicyException, ...] = setting("exceptions, each with an end", ())
    registries: tuple[Text, ...] = setting(
        "where images may come from: a registry, or a folder of one; with image.registry by default"
        " from there alone",
        ("docker.io", "ghcr.io", "quay.io", "registry.k8s.io"),
    )
    replicas: PositiveInt = setting("production: least pods of API server and scheduler", 2)
    existing_secrets: tuple[Name, ...] = setting(
        "Secrets in the namespace that values refer to and nobody here makes", ()
    )


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What the stack's footprint is priced with: requests by the hour, volumes by the month.

    The defaults are one public list, AWS in us-east-1 (N. Virginia), on demand, without tax, as of
    June 2026: Fargate for Linux on x86, $0.04048 a vCPU-hour and $0.004445 a GB-hour
    (https://aws.amazon.com/fargate/pricing/); a GPU as what EC2's g5.xlarge costs ($1.006 an hour
    for an A10G, 4 vCPU and 16 GiB, https://aws.amazon.com/ec2/pricing/on-demand/) beyond its vCPUs
    and memory at those prices; EBS gp3 at $0.08 a GB-month (https://aws.amazon.com/ebs/pricing/).

    What that list calls a GB is a GiB: Fargate's task of 0.5 GB has 512 MiB, and EBS volumes are
    sized in GiB. Prices by the real GB (10^9 bytes) are to be multiplied by 1.0737.
    """

    vcpu_hour: Price = setting("a core requested for an hour", 0.04048)
    gib_hour: Price = setting("a GiB of memory requested for an hour", 0.004445)
    gpu_hour: Price = setting("a GPU for an hour, beyond its node's cores and memory", 0.773)
    gib_month: Price = setting("a GiB of volume for a month", 0.08)
    currency: Text = setting(
        "what the prices are in; their defaults: AWS us-east-1 on demand, June 2026 (Fargate Linux"
        " x86, EC2 g5.xlarge, EBS gp3)",
        "USD",
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One stack."""

    namespace: Namespace = setting("namespace of everything", "airflow")
    protect: bool = setting("refuse to delete what holds data", False)
    cluster: Cluster = setting("the cluster", Cluster())
    chart: Chart = setting("the Airflow chart", Chart())
    image: Image = setting("the Airflow image", Image())
    dags: Dags = setting("where DAGs come from", Dags())
    api_server: Component = setting(
        "UI, REST API and task execution API",
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
    statsd: Resources = setting("of the statsd exporter", resources("25m", "32Mi", limit="64Mi"))
    sidecars: Sidecars = setting("helpers", Sidecars())
    tasks: Tasks = setting("the tasks", Tasks())
    pipeline: Pipeline = setting("the example pipeline", Pipeline())
    data: Storage = setting("the claim airflow-data-pvc that task pods mount at /data", Storage())
    logs: Logs = setting("the logs", Logs())
    retention: Retention = setting("how long what has ended is kept", Retention())
    gpu: Gpu = setting("the GPU nodes", Gpu())
    database: Database = setting("the metadata database", Database())
    secrets: Secrets = setting("the secrets", Secrets())
    database_url: Secret | None = setting(
        "database.mode external: postgresql:// address; sslmode=require is added unless it says"
        " otherwise; after a change raise secrets.metadata.rotation (secret)",
        None,
    )
    pipeline_database_url: Secret | None = setting(
        "the tasks' own database, read by task pods as DATABASE_URL (secret)", None
    )
    admin: Admin = setting("the admin user", Admin())
    sign_in: SignIn = setting("how people sign in", SignIn())
    connections: dict[str, ExistingKey] = setting(
        "Airflow connections by their id, each {secret, key} of an existing Secret that holds it as"
        " JSON or as an address; tasks, triggers and DAG files have them",
        {},
    )
    variables: dict[str, ExistingKey] = setting(
        "Airflow variables by their name, each {secret, key} of an existing Secret", {}
    )
    ingress: Ingress = setting("the way in", Ingress())
    network: Network = setting("the network", Network())
    policies: Policies = setting("the policies", Policies())
    prices: Prices = setting("what the footprint is priced with", Prices())
    service_account_annotations: dict[str, str] = setting(
        "annotations of Airflow's and the tasks' service accounts, for cloud identity", {}
    )
    values: dict[str, Any] = setting("chart values laid over ours, by Helm's rules; no secrets", {})
    values_file: str = setting("YAML file with such values, relative to the program", "")
    placeholders: Literal["refuse", "accept"] = setting(
        "what stands for something to fill in (your-org): refuse it; accept it to look at a stack",
        "refuse",
    )
