"""What no single setting can tell: combinations that can't work, and what is still to fill in."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.kube import quantity
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Dags, Destination, Gpu, Logs, Settings, SignIn, Source
from airflow_k8s.stack.settings.schema import plain

PLACEHOLDERS = ("your-org", "your-repo")


# How many values a requirement of Karpenter takes, by its operator.
_VALUES: dict[str, tuple[int, float]] = {
    "In": (1, inf),
    "NotIn": (1, inf),
    "Exists": (0, 0),
    "DoesNotExist": (0, 0),
    "Gt": (1, 1),
    "Lt": (1, 1),
}


def problems(s: Settings) -> list[str]:
    """Every combination that can't work, in words: keys, what was found, the way out."""
    return [
        *_cluster(s),
        *_chart(s),
        *_parallelism(s),
        *_limits(plain(s), ""),
        *_dags(s.dags),
        *_logs(s.logs),
        *_gpu(s.gpu),
        *_database(s),
        *_fernet(s),
        *_shared_volumes(s),
        *_ingress(s),
        *_sign_in(s.sign_in),
        *_given("connections", s.connections, _OUR_CONNECTIONS),
        *_given("variables", s.variables),
        *_network(s),
    ]


def placeholders(s: Settings) -> list[str]:
    """Settings that are in use and still hold a placeholder of the repository as it was cloned."""
    in_use = {"dags.repo": s.dags.repo if s.dags.source != "image" else ""}
    in_use |= {"image.repository": s.image.repository, "chart.repository": s.chart.repository}
    in_use |= {f"pipeline.{key}": text for key, text in plain(s.pipeline).items()}
    return [
        f"{key} is still the placeholder {text!r}; set it to your own"
        for key, text in in_use.items()
        if any(placeholder in text for placeholder in PLACEHOLDERS)
    ]


def _cluster(s: Settings) -> Iterator[str]:
    if not s.cluster.context:
        yield (
            "cluster.context is not set; want the kubeconfig context that this stack may touch"
            " (`kubectl config get-contexts -o name` lists them)"
        )


def _limits(node: Any, path: str) -> Iterator[str]:
    """Limits below requests, wherever the tree has both."""
    if not isinstance(node, dict):
        return
    if node.keys() == {"requests", "limits"}:
        # In values of the chart either may be left out, or be null.
        requests = node["requests"] or {}
        for name, limit in (node["limits"] or {}).items():
            request = requests.get(name)
            if None in (limit, request):
                continue
            if quantity.parse(str(limit)) < quantity.parse(str(request)):
                yield f"{path}.limits.{name} is {limit}, below the request of {request}"
    for key, value in node.items():
        yield from _limits(value, f"{path}.{key}" if path else key)


def _dags(dags: Dags) -> Iterator[str]:
    if dags.source == "image":
        return
    if not dags.repo:
        yield f"dags.repo is not set; dags.source {dags.source} needs a git repository"
    if dags.branch and dags.ref:
        yield (
            f"dags.branch is {dags.branch!r} and dags.ref is {dags.ref!r}; git can follow one of"
            " them: set branch to follow it, or ref to stay on a tag or commit"
        )
    if not dags.branch and not dags.ref:
        yield "dags.branch and dags.ref are both empty; set one of them"
    if dags.ssh_key_secret and dags.credentials_secret:
        yield "dags.sshKeySecret and dags.credentialsSecret are both set; git uses one of them"
    if dags.ssh_key_secret and dags.source == "git-bundle":
        yield "dags.sshKeySecret is for git-sync; a git-bundle takes its key from credentialsSecret"
    if dags.ssh_key_secret and not dags.known_hosts:
        yield "dags.sshKeySecret is set without dags.knownHosts; any host could pose as the server"


def _logs(logs: Logs) -> Iterator[str]:
    if logs.store == "remote" and not logs.folder:
        yield "logs.store is remote without logs.folder; want a bucket, such as s3://bucket/airflow"


def _gpu(gpu: Gpu) -> Iterator[str]:
    if gpu.mode == "nodes" and not gpu.nodes:
        yield "gpu.mode is nodes without gpu.nodes; want the names of the GPU nodes"
    for node in sorted({n for n in gpu.nodes if gpu.nodes.count(n) > 1}):
        yield f"gpu.nodes names {node!r} twice"
    for each in gpu.karpenter.requirements:
        least, most = _VALUES[each.operator]
        if not least <= len(each.values) <= most:
            yield (
                f"gpu.karpenter.requirements: {each.key} {each.operator} has {len(each.values)}"
                f" values; want {'none' if not most else 'one' if most == 1 else 'at least one'}"
            )
    if gpu.mode == "karpenter" and not gpu.karpenter.requirements:
        yield "gpu.mode is karpenter without gpu.karpenter.requirements; any node would do"
    if gpu.mode != "none" and gpu.count == 0:
        yield f"gpu.mode is {gpu.mode} with gpu.count 0; the quota would refuse every GPU task"
    if gpu.mode == "none" and gpu.count:
        yield f"gpu.mode is none with gpu.count {gpu.count}; no node has a GPU"


def _database(s: Settings) -> Iterator[str]:
    given = s.database_url is not None
    named = bool(s.secrets.metadata.existing)
    if s.database.mode == "external" and given == named:
        yield (
            "database.mode is external, which takes its connection from either databaseUrl"
            " (`pulumi config set --secret databaseUrl postgresql://…`) or"
            f" secrets.metadata.existing; {'both' if given else 'none'} is set"
        )
    if s.database.mode != "external" and given:
        yield f"databaseUrl is set, but database.mode {s.database.mode} makes its own address"
    if s.database.mode != "external" and named != bool(s.secrets.database.existing):
        yield (
            "secrets.database.existing and secrets.metadata.existing go together: the address holds"
            " the password, so whoever makes one makes the other"
        )
    for key, url in {
        "databaseUrl": s.database_url,
        "pipelineDatabaseUrl": s.pipeline_database_url,
    }.items():
        if url is not None and not _is_address(url.reveal()):
            yield (
                f"{key} is no postgresql://user:password@host/database address, with what is"
                " special in it quoted (its text is not shown)"
            )
    given, named = s.pipeline_database_url is not None, bool(s.secrets.pipeline_database.existing)
    if given == named:
        yield (
            "pipelineDatabaseUrl (`pulumi config set --secret pipelineDatabaseUrl postgresql://…`)"
            " or secrets.pipelineDatabase.existing says where the tasks' own database is;"
            f" {'both are' if given else 'none is'} set"
        )


def _fernet(s: Settings) -> Iterator[str]:
    key = s.secrets.fernet_key
    if key.retired >= key.rotation:
        yield (
            f"secrets.fernetKey.retired is {key.retired}, which takes the newest key too:"
            f" rotation is {key.rotation}"
        )
    if key.retired and key.existing:
        yield "secrets.fernetKey.retired is of generated keys; yours are in an existing Secret"


def _is_address(text: str) -> bool:
    try:
        url = urlsplit(text)
        named = url.hostname and url.path.strip("/") and (url.port or True)
    except ValueError:
        return False
    return bool(named and url.scheme == "postgresql" and not url.fragment)


def _chart(s: Settings) -> Iterator[str]:
    if s.chart.repository and s.chart.reference.startswith((".", "/", "oci://")):
        yield (
            f"chart.reference is {s.chart.reference!r}, which is whole by itself; set"
            ' chart.repository to ""'
        )
    if not s.chart.repository and not s.chart.reference.startswith((".", "/", "oci://")):
        yield f"chart.repository is empty, but chart.reference {s.chart.reference!r} is in one"


def _parallelism(s: Settings) -> Iterator[str]:
    if s.tasks.parallelism % s.scheduler.replicas:
        yield (
            f"tasks.parallelism is {s.tasks.parallelism} for {s.scheduler.replicas} schedulers,"
            " which share it evenly: make it a multiple"
        )


def _shared_volumes(s: Settings) -> Iterator[str]:
    if not s.cluster.several_nodes:
        return
    volumes = {"data.accessMode": s.data.access_mode}
    if s.logs.store == "volume":
        volumes["logs.volume.accessMode"] = s.logs.volume.access_mode
    for key, mode in volumes.items():
        if mode == "ReadWriteOnce":
            yield (
                f"{key} is ReadWriteOnce with cluster.severalNodes; pods on a second node could not"
                " mount it: set ReadWriteMany"
            )


def _ingress(s: Settings) -> Iterator[str]:
    if s.ingress.tls_secret and not s.ingress.host:
        yield "ingress.tlsSecret is set without ingress.host; there is nothing to serve it for"


def _sign_in(sign_in: SignIn) -> Iterator[str]:
    needed = {
        "metadataUrl": sign_in.metadata_url,
        "clientId": sign_in.client_id,
        "clientSecret.secret": sign_in.client_secret.secret,
    }
    if sign_in.mode == "password":
        needed |= {"roles": sign_in.roles, "defaultRole": sign_in.default_role}
        for key in (key for key, given in needed.items() if given):
            yield f"signIn.{key} is set, but signIn.mode is password; set mode to oauth"
        return
    for key in (key for key, given in needed.items() if not given):
        yield f"signIn.{key} is not set; signIn.mode oauth needs it"
    if "openid" not in sign_in.scopes:
        yield "signIn.scopes lacks openid; the provider would not say who somebody is"
    if not sign_in.roles and not sign_in.default_role:
        yield "signIn.roles and signIn.defaultRole are both empty; nobody could sign in"
    for group in sign_in.roles:
        if not group or "{{" in group:
            yield f"signIn.roles names the group {group!r}; want some text without {{{{"


def _given(setting: str, given: Mapping[str, object], ours: tuple[str, ...] = ()) -> Iterator[str]:
    """Airflow looks for AIRFLOW_CONN_ and AIRFLOW_VAR_, and the name in capital letters."""
    for name in given:
        if not _VARIABLE.fullmatch(name):
            yield (
                f"{setting}.{name} can't be a variable's name; want letters, digits and underscores"
            )
        if name.lower() in ours:
            yield f"{setting}.{name} is one that the platform sets itself; give it another name"
    for name, times in Counter(name.upper() for name in given).items():
        if times > 1:
            yield f"{setting} has {name} {times} times, in capital or small letters: one to Airflow"


_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OUR_CONNECTIONS = (names.GIT_CONNECTION, names.LOG_CONNECTION, "airflow_db")


def _git_port(repo: str) -> int | None:
    """The port of a repository's address; user@host:path is SSH. None: it can't be told."""
    if "://" not in repo:
        return 22
    try:
        url = urlsplit(repo)
        return url.port or {"https": 443, "http": 80, "ssh": 22, "git": 9418}.get(url.scheme)
    except ValueError:
        return None


def _network(s: Settings) -> Iterator[str]:
    """What a stack needs and nothing is let through for: it would come up and not work."""
    if not s.network.isolate:
        return
    needed: dict[str, tuple[Source | Destination, bool, str]] = {
        "dns": (s.network.dns, True, "no name could be looked up"),
        "kubernetesApi": (s.network.kubernetes_api, True, "no task pod could be started"),
        "git": (s.network.git, s.dags.source != "image", "no DAG could be fetched"),
        "remoteLogs": (s.network.remote_logs, s.logs.store == "remote", "no log could be kept"),
        "identityProvider": (
            s.network.identity_provider,
            s.sign_in.mode == "oauth",
            "nobody could sign in",
        ),
        "database": (s.network.database, s.database.mode == "external", "Airflow needs it"),
        "databaseOperator": (
            s.network.database_operator,
            s.database.mode == "cloudnative-pg",
            "the operator could not look after its database",
        ),
        "ui": (s.network.ui, bool(s.ingress.host), "ingress.host would lead nowhere"),
    }
    port, ports = _git_port(s.dags.repo), s.network.git.ports
    if s.dags.source != "image" and port and ports and port not in ports:
        yield f"network.git.ports lacks {port}, where dags.repo is; no DAG could be fetched"
    for key, (place, used, otherwise) in needed.items():
        if used and not place.cidrs and not place.namespaces:
            yield f"network.{key} has neither cidrs nor namespaces; {otherwise}"
