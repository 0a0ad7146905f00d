"""Checks that concern several settings, and placeholders that have to be replaced."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.kube import quantity
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.access import Destination, Source
from airflow_k8s.stack.settings.airflow import Dags, Logs
from airflow_k8s.stack.settings.cluster import Gpu
from airflow_k8s.stack.settings.credentials import FernetEntry, SignIn
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.problem import SettingProblem
from airflow_k8s.stack.settings.schema import to_data

PLACEHOLDERS = ("your-org", "your-repo")

Problems = Iterator[SettingProblem]

# The smallest and the largest number of values of a Karpenter requirement, by its operator.
_VALUE_COUNTS: dict[str, tuple[int, float]] = {
    "In": (1, inf),
    "NotIn": (1, inf),
    "Exists": (0, 0),
    "DoesNotExist": (0, 0),
    "Gt": (1, 1),
    "Lt": (1, 1),
}
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED_CONNECTIONS = (names.GIT_CONNECTION, names.LOG_CONNECTION, "airflow_db")


def problems(settings: Settings) -> list[SettingProblem]:
    """Every combination of settings that can't work."""
    return [
        *_cluster(settings),
        *_chart(settings),
        *_parallelism(settings),
        *_limits(to_data(settings), ""),
        *_dags(settings.dags),
        *_logs(settings.logs),
        *_gpu(settings.gpu),
        *_metadata_database(settings),
        *_database_urls(settings),
        *_pipeline_database(settings),
        *_fernet(settings.secrets.fernet_key),
        *_shared_volumes(settings),
        *_ingress(settings),
        *_sign_in(settings.sign_in),
        *_environment_names("connections", settings.connections, _RESERVED_CONNECTIONS),
        *_environment_names("variables", settings.variables),
        *_network(settings),
    ]


def placeholders(settings: Settings) -> list[SettingProblem]:
    """The settings in use that still have a placeholder of this repository as their value."""
    in_use = {"dags.repo": settings.dags.repo if settings.dags.source != "image" else ""}
    in_use |= {
        "image.repository": settings.image.repository,
        "chart.repository": settings.chart.repository,
    }
    in_use |= {f"pipeline.{key}": text for key, text in to_data(settings.pipeline).items()}
    return [
        _problem(key, f"is still the placeholder {text!r}; replace it with your own")
        for key, text in in_use.items()
        if any(placeholder in text for placeholder in PLACEHOLDERS)
    ]


def _problem(key: str, fault: str) -> SettingProblem:
    return SettingProblem(key=key, message=f"{key} {fault}")


def _cluster(settings: Settings) -> Problems:
    if not settings.cluster.context:
        yield _problem(
            "cluster.context",
            "is not set; set it to the kubeconfig context of the cluster"
            " (`kubectl config get-contexts -o name` lists the contexts)",
        )


def _chart(settings: Settings) -> Problems:
    chart = settings.chart
    is_complete = chart.reference.startswith((".", "/", "oci://"))
    if chart.repository and is_complete:
        yield _problem(
            "chart.reference",
            f'is {chart.reference!r}, which needs no repository; set chart.repository to ""',
        )
    if not chart.repository and not is_complete:
        yield _problem(
            "chart.repository", f"is empty, but chart.reference {chart.reference!r} needs one"
        )


def _parallelism(settings: Settings) -> Problems:
    parallelism, schedulers = settings.tasks.parallelism, settings.scheduler.replicas
    if parallelism % schedulers:
        yield _problem(
            "tasks.parallelism",
            f"is {parallelism}, which {schedulers} schedulers can't share evenly; set it to a"
            f" multiple of {schedulers}",
        )


def _limits(node: Any, path: str) -> Problems:
    """Limits that are below requests, at any place in the tree."""
    if not isinstance(node, dict):
        return
    if node.keys() == {"requests", "limits"}:
        # In chart values requests or limits can be missing or null.
        requests = node["requests"] or {}
        for name, limit in (node["limits"] or {}).items():
            request = requests.get(name)
            if None in (limit, request):
                continue
            if quantity.parse(str(limit)) < quantity.parse(str(request)):
                yield _problem(
                    f"{path}.limits.{name}", f"is {limit}, below the request of {request}"
                )
    for key, value in node.items():
        yield from _limits(value, f"{path}.{key}" if path else key)


def _dags(dags: Dags) -> Problems:
    if dags.source == "image":
        return
    if not dags.repo:
        yield _problem(
            "dags.repo", f"is not set; dags.source {dags.source} requires a git repository"
        )
    if dags.branch and dags.ref:
        yield _problem(
            "dags.branch",
            f"is {dags.branch!r} and dags.ref is {dags.ref!r}, but only one can be set: branch to"
            " follow a branch, ref to stay on a tag or commit",
        )
    if not dags.branch and not dags.ref:
        yield _problem("dags.branch", "and dags.ref are both empty; set one of them")
    if not dags.ssh_key_secret:
        return
    key = "dags.sshKeySecret"
    if dags.credentials_secret:
        yield _problem(key, "and dags.credentialsSecret are both set; git uses only one of them")
    if dags.source == "git-bundle":
        yield _problem(key, "is for git-sync; a git-bundle reads its key from credentialsSecret")
    if not dags.known_hosts:
        yield _problem(
            key,
            "is set without dags.knownHosts; set it, otherwise any host can pretend to be the git"
            " server",
        )


def _logs(logs: Logs) -> Problems:
    if logs.store == "remote" and not logs.folder:
        yield _problem(
            "logs.store", "is remote without logs.folder; set it, such as s3://bucket/airflow"
        )


def _gpu(gpu: Gpu) -> Problems:
    if gpu.mode == "nodes" and not gpu.nodes:
        yield _problem("gpu.mode", "is nodes without gpu.nodes; set it to the names of the nodes")
    for node in sorted({node for node in gpu.nodes if gpu.nodes.count(node) > 1}):
        yield _problem("gpu.nodes", f"lists {node!r} twice")
    for requirement in gpu.karpenter.requirements:
        least, most = _VALUE_COUNTS[requirement.operator]
        if not least <= len(requirement.values) <= most:
            expected = "none" if not most else "one" if most == 1 else "at least one"
            yield _problem(
                "gpu.karpenter.requirements",
                f"has {len(requirement.values)} values for {requirement.key}"
                f" {requirement.operator}; expected {expected}",
            )
    if gpu.mode == "karpenter" and not gpu.karpenter.requirements:
        yield _problem(
            "gpu.mode",
            "is karpenter without gpu.karpenter.requirements; set them, to get nodes with GPUs",
        )
    if gpu.mode != "none" and gpu.count == 0:
        yield _problem(
            "gpu.mode", f"is {gpu.mode} with gpu.count 0; the quota would refuse every GPU task"
        )
    if gpu.mode == "none" and gpu.count:
        yield _problem("gpu.mode", f"is none with gpu.count {gpu.count}; no node has a GPU")


def _metadata_database(settings: Settings) -> Problems:
    mode = settings.database.mode
    has_url = settings.database_url is not None
    has_secret = bool(settings.secrets.metadata.existing)
    if mode == "external" and has_url == has_secret:
        yield _problem(
            "database.mode",
            "is external, which requires exactly one of databaseUrl"
            " (`pulumi config set --secret databaseUrl postgresql://…`) and"
            f" secrets.metadata.existing; {'both are' if has_url else 'neither is'} set",
        )
    if mode != "external" and has_url:
        yield _problem("databaseUrl", f"is set, but database.mode {mode} has its own address")
    if mode != "external" and has_secret != bool(settings.secrets.database.existing):
        yield _problem(
            "secrets.database.existing",
            "and secrets.metadata.existing must be set together: the address in one contains the"
            " password in the other",
        )


def _database_urls(settings: Settings) -> Problems:
    urls = {
        "databaseUrl": settings.database_url,
        "pipelineDatabaseUrl": settings.pipeline_database_url,
    }
    for key, url in urls.items():
        if url is not None and not _is_address(url.reveal()):
            yield _problem(
                key,
                "is not an address such as postgresql://user:password@host/database, with special"
                " characters percent-encoded (its text is not shown)",
            )


def _pipeline_database(settings: Settings) -> Problems:
    has_url = settings.pipeline_database_url is not None
    has_secret = bool(settings.secrets.pipeline_database.existing)
    if has_url == has_secret:
        yield _problem(
            "pipelineDatabaseUrl",
            "(`pulumi config set --secret pipelineDatabaseUrl postgresql://…`) or"
            " secrets.pipelineDatabase.existing is required, for the tasks' own database;"
            f" {'both are' if has_url else 'neither is'} set",
        )


def _fernet(fernet: FernetEntry) -> Problems:
    key = "secrets.fernetKey.retired"
    if fernet.retired >= fernet.rotation:
        yield _problem(
            key,
            f"is {fernet.retired}, which retires the newest key too: rotation is {fernet.rotation}",
        )
    if fernet.retired and fernet.existing:
        yield _problem(key, "is for generated keys; your keys are in an existing Secret")


def _is_address(text: str) -> bool:
    try:
        url = urlsplit(text)
        is_complete = url.hostname and url.path.strip("/") and (url.port or True)
    except ValueError:
        return False
    return bool(is_complete and url.scheme == "postgresql" and not url.fragment)


def _shared_volumes(settings: Settings) -> Problems:
    if not settings.cluster.several_nodes:
        return
    modes = {"data.accessMode": settings.data.access_mode}
    if settings.logs.store == "volume":
        modes["logs.volume.accessMode"] = settings.logs.volume.access_mode
    for key, mode in modes.items():
        if mode == "ReadWriteOnce":
            yield _problem(
                key,
                "is ReadWriteOnce with cluster.severalNodes; pods on a second node could not mount"
                " the volume: set ReadWriteMany",
            )


def _ingress(settings: Settings) -> Problems:
    if settings.ingress.tls_secret and not settings.ingress.host:
        yield _problem(
            "ingress.tlsSecret", "is set without ingress.host; the certificate has no host"
        )


def _sign_in(sign_in: SignIn) -> Problems:
    required: dict[str, Any] = {
        "metadataUrl": sign_in.metadata_url,
        "clientId": sign_in.client_id,
        "clientSecret.secret": sign_in.client_secret.secret,
    }
    if sign_in.mode == "password":
        unused = required | {"roles": sign_in.roles, "defaultRole": sign_in.default_role}
        for key in (key for key, value in unused.items() if value):
            yield _problem(
                f"signIn.{key}", "is set, but signIn.mode is password; set mode to oauth"
            )
        return
    for key in (key for key, value in required.items() if not value):
        yield _problem(f"signIn.{key}", "is not set; signIn.mode oauth requires it")
    if "openid" not in sign_in.scopes:
        yield _problem("signIn.scopes", "lacks openid; the provider would not identify the user")
    if not sign_in.roles and not sign_in.default_role:
        yield _problem(
            "signIn.roles", "and signIn.defaultRole are both empty; nobody could sign in"
        )
    for group in sign_in.roles:
        if not group or "{{" in group:
            yield _problem("signIn.roles", f"has the group {group!r}; expected a text without {{{{")


def _environment_names(
    setting: str, entries: Mapping[str, object], reserved: tuple[str, ...] = ()
) -> Problems:
    """Names that can't be passed to Airflow as AIRFLOW_CONN_NAME or AIRFLOW_VAR_NAME."""
    for name in entries:
        key = f"{setting}.{name}"
        if not _VARIABLE.fullmatch(name):
            yield _problem(
                key, "can't be the name of a variable; use letters, digits and underscores"
            )
        if name.lower() in reserved:
            yield _problem(key, "is set by the platform itself; use another name")
    for name, count in Counter(name.upper() for name in entries).items():
        if count > 1:
            yield _problem(
                setting,
                f"has {name} {count} times, in upper or lower case; Airflow can't tell them apart",
            )


def _git_port(repo: str) -> int | None:
    """The port of a repository's address (user@host:path is SSH); None if it is unknown."""
    if "://" not in repo:
        return 22
    try:
        url = urlsplit(repo)
        return url.port or {"https": 443, "http": 80, "ssh": 22, "git": 9418}.get(url.scheme)
    except ValueError:
        return None


def _network(settings: Settings) -> Problems:
    """Connections that the stack needs and that its NetworkPolicies would deny."""
    network = settings.network
    if not network.isolate:
        return
    endpoints: dict[str, tuple[Source | Destination, bool, str]] = {
        "dns": (network.dns, True, "no name could be resolved"),
        "kubernetesApi": (network.kubernetes_api, True, "no task pod could be started"),
        "git": (network.git, settings.dags.source != "image", "no DAG could be fetched"),
        "remoteLogs": (
            network.remote_logs,
            settings.logs.store == "remote",
            "no log could be stored",
        ),
        "identityProvider": (
            network.identity_provider,
            settings.sign_in.mode == "oauth",
            "nobody could sign in",
        ),
        "database": (
            network.database,
            settings.database.mode == "external",
            "Airflow could not connect to its database",
        ),
        "databaseOperator": (
            network.database_operator,
            settings.database.mode == "cloudnative-pg",
            "the operator could not manage its database",
        ),
        "ui": (network.ui, bool(settings.ingress.host), "ingress.host would not reach the UI"),
    }
    port, ports = _git_port(settings.dags.repo), network.git.ports
    if settings.dags.source != "image" and port and ports and port not in ports:
        yield _problem(
            "network.git.ports", f"lacks {port}, the port of dags.repo; no DAG could be fetched"
        )
    for key, (endpoint, is_used, effect) in endpoints.items():
        if is_used and not endpoint.cidrs and not endpoint.namespaces:
            yield _problem(f"network.{key}", f"has neither cidrs nor namespaces; {effect}")
