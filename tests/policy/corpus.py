"""Changes of a stack: bad ones with the rule that must find them, and good ones.

A change is applied to a committed stack: to its settings, to resources of the program, to objects
of the chart, or to a pod that a DAG starts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_k8s.policy.rule import Scope
from airflow_k8s.rendering.manifests import CHART, Object
from tests.policy.changes import (
    Change,
    Edit,
    beside,
    on_container,
    on_object,
    on_release,
    on_spec,
    on_template,
    unprotected,
    without,
)
from tests.policy.samples import container, from_secret, made, mounted, pod, secret

DIGEST = "sha256:" + "0" * 64
ELSEWHERE = "registry.example.com"
WORKER = ("Pod", "placeholder-name")
SCHEDULER = ("Deployment", "airflow-scheduler")
API_SERVER = ("Deployment", "airflow-api-server")
TRIGGERER = ("Deployment", "airflow-triggerer")
STATSD = ("Deployment", "airflow-statsd")
MIGRATION = ("Job", "migration-job-*")
ADMIN = ("Job", "admin-job-*")
CLEANUP = ("CronJob", "airflow-cleanup")
EMBEDDED = ("StatefulSet", "airflow-postgresql")
REPLICATED = ("Cluster", "airflow-postgresql")
DATA = ("PersistentVolumeClaim", "airflow-data-pvc")
LOGS = ("PersistentVolumeClaim", "airflow-logs")
TO_THE_API_SERVER = {"to": [{"podSelector": {"matchLabels": {"component": "api-server"}}}]}
PREPARED = {
    "app.kubernetes.io/name": "airflow",
    "app.kubernetes.io/component": "task",
    "app.kubernetes.io/part-of": "airflow-platform",
}
SELECTOR = {"accelerator": "nvidia-tesla-v100"}
TOLERATION = {
    "key": "nvidia.com/gpu",
    "operator": "Equal",
    "value": "present",
    "effect": "NoSchedule",
}


def put(**fields: Any) -> Edit:
    """Sets fields."""
    return lambda place: place.update(fields)


def drop(*names: str) -> Edit:
    """Takes fields away."""

    def edit(place: Any) -> None:
        for name in names:
            del place[name]

    return edit


def inside(*path: str | int, edit: Edit) -> Edit:
    """Edits what is found along the path."""

    def along(place: Any) -> None:
        for step in path:
            place = place[step]
        edit(place)

    return along


def more(name: str, *entries: Any) -> Edit:
    """Lengthens a list, which may be missing."""
    return lambda place: place.update({name: [*(place.get(name) or ()), *entries]})


def labels(**others: str) -> Edit:
    """Sets labels of a pod template or an object; `_` stands for a dash."""
    return lambda place: place["metadata"]["labels"].update(
        {key.replace("_", "-"): text for key, text in others.items()}
    )


def task(*, labelled: bool = True, limits: Mapping[str, str] | None = None, **spec: Any) -> Object:
    """The pod that a KubernetesPodOperator starts with what the platform hands to DAGs."""
    size = {
        "requests": {"cpu": "1", "memory": "1Gi"},
        "limits": {"memory": "1Gi"} | dict(limits or {}),
    }
    base = container(
        name="base",
        image="your-repo/data-processor:1.0.0",
        resources=size,
        env=[
            from_secret("API_KEY", "api-secrets", "api-key"),
            from_secret("DATABASE_URL", "pipeline-database", "url"),
        ],
    )
    given: dict[str, Any] = {
        "serviceAccountName": "airflow-task",
        "containers": [base],
        "volumes": [mounted("airflow-data-pvc")],
    }
    return pod(labels=PREPARED if labelled else {}, **given | spec)


GPU = {"nvidia.com/gpu": "1"}


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A change, and the rule that must find it."""

    name: str
    stack: str
    rule: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    change: Change | None = None
    also: frozenset[str] = frozenset()  # other mandatory rules that it violates


@dataclass(frozen=True, kw_only=True)
class Good:
    """A change that violates no mandatory rule."""

    name: str
    stack: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    change: Change | None = None


def by(name: str, stack: str, rule: str, change: Callable[[Scope], Scope], *also: str) -> Bad:
    """A change of what the program registers, of what the chart makes, or of a task."""
    return Bad(name=name, stack=stack, rule=rule, change=change, also=frozenset(also))


def setting(name: str, stack: str, rule: str, *also: str, **settings: Any) -> Bad:
    """A change of the stack's file."""
    return Bad(name=name, stack=stack, rule=rule, settings=settings, also=frozenset(also))


def runs(text: str) -> Edit:
    """The container's image."""
    return put(image=text)


def secured(**context: Any) -> Edit:
    """Sets fields of a container's or a pod's security context."""
    return inside("securityContext", edit=put(**context))


CONTAINERS = [
    by(
        "the scheduler may take all memory of its node",
        "dev",
        "container-resources",
        on_container(*SCHEDULER, "scheduler", inside("resources", edit=drop("limits"))),
    ),
    by(
        "a sidecar asks for nothing",
        "prod",
        "container-resources",
        on_container(*TRIGGERER, "git-sync", drop("resources")),
    ),
    by(
        "a Job asks for nothing",
        "dev",
        "container-resources",
        on_container(*ADMIN, "admin-user", put(resources={})),
    ),
    by(
        "a nightly clean-up asks for no CPU",
        "prod",
        "container-resources",
        on_container(
            "CronJob",
            "airflow-database-cleanup",
            "database-cleanup",
            inside("resources", "requests", edit=drop("cpu")),
        ),
    ),
    by(
        "the replicated database asks for nothing",
        "prod",
        "container-resources",
        on_object(*REPLICATED, inside("spec", edit=put(resources={}))),
    ),
    by(
        "a task asks for nothing",
        "prod",
        "container-resources",
        beside(task(containers=[container(resources={})])),
    ),
    setting(
        "the embedded database is whatever PostgreSQL is newest",
        "dev",
        "image-pinned",
        database={"image": "postgres"},
    ),
    setting(
        "the pipeline's steps are whatever was pushed last",
        "prod",
        "image-pinned",
        pipeline={"processorImage": "your-repo/data-processor:latest"},
    ),
    by(
        "the metrics exporter is whatever is newest",
        "dev",
        "image-pinned",
        on_container(*STATSD, "statsd", runs("quay.io/prometheus/statsd-exporter:latest")),
    ),
    by(
        "git-sync in worker pods has no tag",
        "prod",
        "image-pinned",
        on_container(*WORKER, "git-sync-init", runs("registry.k8s.io/git-sync/git-sync")),
    ),
    by(
        "a task runs an image without a tag",
        "dev",
        "image-pinned",
        beside(task(containers=[container(image="your-repo/mine")])),
    ),
    setting(
        "the replicated database comes from somewhere else",
        "prod",
        "image-registry",
        database={"mode": "cloudnative-pg", "image": f"{ELSEWHERE}/postgresql:17.5"},
    ),
    setting(
        "quay.io is no longer allowed",
        "dev",
        "image-registry",
        policies={"registries": ["docker.io", "registry.k8s.io"]},
    ),
    setting(
        "the pipeline's steps come from somewhere else",
        "dev",
        "image-registry",
        pipeline={"validatorImage": f"{ELSEWHERE}/validator:1.0.0"},
    ),
    by(
        "a sidecar comes from a registry that is called almost like an allowed one",
        "prod",
        "image-registry",
        on_spec(*API_SERVER, more("containers", container(image="docker.io.example.com/a/b:1"))),
    ),
    by(
        "a task comes from somewhere else",
        "prod",
        "image-registry",
        beside(task(containers=[container(image=f"{ELSEWHERE}/mine:1")])),
    ),
    setting(
        "a stack that wants digests has none",
        "prod",
        "image-digest",
        policies={"production": True, "levels": {"image-digest": "mandatory"}},
    ),
    by(
        "a new sidecar has no digest",
        "dev",
        "image-digest",
        on_spec(*SCHEDULER, more("containers", container(image="quay.io/own/sidecar:1"))),
    ),
    setting(
        "only the replicated database has a digest",
        "prod",
        "image-digest-everywhere",
        database={
            "mode": "cloudnative-pg",
            "image": f"ghcr.io/cloudnative-pg/postgresql:17.5@{DIGEST}",
        },
    ),
    by(
        "only the image of a task has a digest",
        "dev",
        "image-digest-everywhere",
        beside(task(containers=[container(image=f"your-repo/mine@{DIGEST}")])),
    ),
]

POD_SECURITY = [
    by(
        "the triggerer is on its node's network",
        "dev",
        "pod-security-restricted",
        on_spec(*TRIGGERER, put(hostNetwork=True)),
    ),
    by(
        "git-sync is privileged",
        "prod",
        "pod-security-restricted",
        on_container(*TRIGGERER, "git-sync", secured(privileged=True)),
    ),
    by(
        "the admin user is made by root",
        "dev",
        "pod-security-restricted",
        on_spec(*ADMIN, secured(runAsUser=0)),
    ),
    by(
        "the metrics exporter runs without seccomp",
        "prod",
        "pod-security-restricted",
        on_spec(*STATSD, inside("securityContext", edit=drop("seccompProfile"))),
    ),
    by(
        "the scheduler sees its node's files",
        "dev",
        "pod-security-restricted",
        on_spec(*SCHEDULER, more("volumes", {"name": "host", "hostPath": {"path": "/"}})),
    ),
    by(
        "worker pods may trace their node",
        "prod",
        "pod-security-restricted",
        on_container(
            *WORKER, "base", secured(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]})
        ),
    ),
    by(
        "the database may gain privileges",
        "dev",
        "pod-security-restricted",
        on_container(
            *EMBEDDED,
            "postgresql",
            inside("securityContext", edit=drop("allowPrivilegeEscalation")),
        ),
    ),
    by(
        "the API server takes a port of its node",
        "prod",
        "pod-security-restricted",
        on_container(*API_SERVER, "api-server", inside("ports", 0, edit=put(hostPort=80))),
    ),
    by(
        "the clean-up keeps its capabilities",
        "dev",
        "pod-security-restricted",
        on_container(*CLEANUP, "airflow-cleanup-pods", secured(capabilities={})),
    ),
    by(
        "a probe asks another host",
        "prod",
        "pod-security-restricted",
        on_container(
            *API_SERVER,
            "api-server",
            inside("readinessProbe", "httpGet", edit=put(host="10.0.0.1")),
        ),
    ),
    by(
        "the migration may run as root",
        "dev",
        "pod-security-restricted",
        on_spec(*MIGRATION, secured(runAsNonRoot=False)),
    ),
    by(
        "a task says nothing of its security",
        "dev",
        "pod-security-restricted",
        beside(task(securityContext={})),
    ),
    by(
        "AppArmor is switched off for the scheduler",
        "prod",
        "pod-security-restricted",
        on_template(
            *SCHEDULER,
            inside(
                "metadata",
                "annotations",
                edit=put(
                    **{"container.apparmor.security.beta.kubernetes.io/scheduler": "unconfined"}
                ),
            ),
        ),
    ),
    by(
        "the namespace admits what is merely not harmful",
        "dev",
        "namespace-enforces-pod-security",
        on_object(
            "Namespace",
            "airflow",
            inside(
                "metadata", "labels", edit=put(**{"pod-security.kubernetes.io/enforce": "baseline"})
            ),
        ),
    ),
    by(
        "the namespace only warns",
        "prod",
        "namespace-enforces-pod-security",
        on_object(
            "Namespace",
            "airflow",
            inside("metadata", "labels", edit=drop("pod-security.kubernetes.io/enforce")),
        ),
    ),
    by(
        "the namespace is somebody else's",
        "dev",
        "namespace-enforces-pod-security",
        without("Namespace", "airflow"),
    ),
]

SECRETS = [
    by(
        "the database's password is among the values",
        "dev",
        "no-secret-in-clear",
        on_release(
            inside("values", "data", edit=put(metadataConnection={"pass": "hunter2"})),
        ),
    ),
    by(
        "airflow.cfg holds the mail server's password",
        "prod",
        "no-secret-in-clear",
        on_object(
            "ConfigMap",
            "airflow-config",
            lambda manifest: manifest["data"].update(
                {
                    "airflow.cfg": manifest["data"]["airflow.cfg"]
                    + "\n[smtp]\nsmtp_password = hunter2"
                }
            ),
        ),
    ),
    by(
        "the API server has a token in a variable",
        "dev",
        "no-secret-in-clear",
        on_container(*API_SERVER, "api-server", more("env", {"name": "GIT_TOKEN", "value": "abc"})),
    ),
    by(
        "the admin's password is an argument",
        "prod",
        "no-secret-in-clear",
        on_container(
            *ADMIN,
            "admin-user",
            put(args=["airflow", "users", "create", "-u", "admin", "-p", "hunter2"]),
        ),
    ),
    by(
        "a task has a cloud's key in a variable",
        "prod",
        "no-secret-in-clear",
        beside(
            task(containers=[container(env=[{"name": "AWS_SECRET_ACCESS_KEY", "value": "abc"}])])
        ),
    ),
    by(
        "a task's arguments hold an address with a password",
        "dev",
        "no-secret-in-clear",
        beside(task(containers=[container(args=["--to", "postgresql://me:hunter2@host/db"])])),
    ),
    by(
        "what DAGs read holds the API key itself",
        "dev",
        "no-secret-in-clear",
        on_object(
            "ConfigMap",
            "airflow-dag-facts",
            inside(
                "data", edit=put(**{"facts.json": '{"images": {}, "secrets": {"api_key": "abc"}}'})
            ),
        ),
    ),
    by(
        "the migration has the database's address in a variable",
        "prod",
        "no-secret-in-clear",
        on_container(
            *MIGRATION,
            "migration",
            more("env", {"name": "TARGET", "value": "postgresql://airflow:hunter2@host/airflow"}),
        ),
    ),
    setting(
        "the chart makes a Fernet key of its own",
        "dev",
        "chart-makes-no-secret",
        "no-hook",
        values={"fernetKeySecretName": ""},
    ),
    by(
        "the chart makes a Secret for a broker",
        "prod",
        "chart-makes-no-secret",
        beside(secret("airflow-broker-url", "connection", origin=CHART)),
    ),
    by(
        "a Secret that pods read is not made",
        "dev",
        "references-exist",
        without("Secret", "airflow-jwt-secret"),
    ),
    by(
        "a key that pods read has another name",
        "prod",
        "references-exist",
        on_object("Secret", "pipeline-database", put(stringData={"address": "hidden"})),
    ),
    by(
        "the address for asyncpg is missing",
        "dev",
        "references-exist",
        on_object(
            "Secret", "airflow-metadata", inside("stringData", edit=drop("connection-async"))
        ),
    ),
    by(
        "the claim for logs is not made",
        "prod",
        "references-exist",
        without(*LOGS),
    ),
    by(
        "a task reads a Secret that nobody made",
        "prod",
        "references-exist",
        beside(task(containers=[container(env=[from_secret("TOKEN", "mine", "token")])])),
    ),
    by(
        "a task mounts a claim that nobody made",
        "dev",
        "references-exist",
        beside(task(volumes=[mounted("scratch")])),
    ),
    by(
        "an image is pulled with a Secret that nobody declared",
        "dev",
        "references-exist",
        on_spec(*ADMIN, put(imagePullSecrets=[{"name": "registry"}])),
    ),
    setting(
        "the chart gives worker pods the Fernet key",
        "dev",
        "task-pods-read-no-platform-secret",
        values={"enableBuiltInSecretEnvVars": {"AIRFLOW__CORE__FERNET_KEY": True}},
    ),
    by(
        "worker pods read the metadata database's address",
        "prod",
        "task-pods-read-no-platform-secret",
        on_container(
            *WORKER,
            "base",
            more("env", from_secret("AIRFLOW_CONN_META", "airflow-metadata", "connection")),
        ),
    ),
    by(
        "a task mounts the key that signs tokens",
        "prod",
        "task-pods-read-no-platform-secret",
        beside(task(volumes=[{"name": "v", "secret": {"secretName": "airflow-jwt-secret"}}])),
    ),
]


def role(part: str, **rule: Any) -> Change:
    """Sets fields of a role's first rule."""
    return on_object("Role", f"airflow-{part}", inside("rules", 0, edit=put(**rule)))


def of_the_cluster(manifest: Any) -> None:
    """Makes it count everywhere."""
    manifest["kind"] = f"Cluster{manifest['kind']}"
    del manifest["metadata"]["namespace"]


ACCESS = [
    by(
        "the scheduler may do everything to pods",
        "dev",
        "rbac-no-wildcard",
        role("scheduler", verbs=["*"]),
    ),
    by(
        "a worker pod may create everything",
        "prod",
        "rbac-no-wildcard",
        role("worker-kubernetes", resources=["*"]),
    ),
    by(
        "the API server may look into all that pods have",
        "prod",
        "rbac-no-wildcard",
        role("api-server", resources=["*/log"]),
    ),
    by(
        "somebody binds a ClusterRole to worker pods",
        "dev",
        "rbac-in-the-namespace",
        beside(
            made(
                "ClusterRoleBinding",
                "airflow-worker",
                namespace="",
                roleRef={"kind": "ClusterRole", "name": "view"},
                subjects=[{"kind": "ServiceAccount", "name": "airflow-worker-kubernetes"}],
            )
        ),
    ),
    by(
        "the triggerer's role is a ClusterRole",
        "prod",
        "rbac-in-the-namespace",
        on_object("Role", "airflow-triggerer", of_the_cluster),
    ),
    by(
        "everybody who logs in to the cluster may do what the scheduler may",
        "prod",
        "rbac-in-the-namespace",
        on_object(
            "RoleBinding",
            "airflow-scheduler",
            put(subjects=[{"kind": "Group", "name": "system:authenticated"}]),
        ),
        "token-only-where-needed",
    ),
    by(
        "the clean-up is bound to the cluster's own role of editors",
        "dev",
        "rbac-in-the-namespace",
        on_object(
            "RoleBinding",
            "airflow-cleanup",
            inside("roleRef", edit=put(kind="ClusterRole", name="edit")),
        ),
    ),
    by(
        "a worker pod may read every Secret",
        "dev",
        "rbac-no-secrets",
        role("worker-kubernetes", resources=["pods", "secrets"]),
    ),
    by(
        "the scheduler may make tokens of other accounts",
        "prod",
        "rbac-no-secrets",
        role("scheduler", resources=["serviceaccounts/token"], verbs=["create"]),
    ),
    by(
        "the triggerer may act as another account",
        "prod",
        "rbac-no-secrets",
        role("triggerer", resources=["serviceaccounts"], verbs=["impersonate"]),
    ),
    by(
        "the DAG processor has a token",
        "dev",
        "token-only-where-needed",
        on_object(
            "ServiceAccount", "airflow-dag-processor", put(automountServiceAccountToken=True)
        ),
    ),
    by(
        "the clean-up has a token and nothing to do with it",
        "prod",
        "token-only-where-needed",
        without("RoleBinding", "airflow-cleanup"),
    ),
    by(
        "the metrics exporter has a token",
        "prod",
        "token-only-where-needed",
        on_spec(*STATSD, put(automountServiceAccountToken=True)),
    ),
    by(
        "a task has the namespace's own token",
        "dev",
        "token-only-where-needed",
        beside(task(serviceAccountName="default", automountServiceAccountToken=True)),
    ),
    by(
        "the triggerer's role is bound to somebody else",
        "dev",
        "token-only-where-needed",
        on_object(
            "RoleBinding", "airflow-triggerer", inside("subjects", 0, edit=put(name="airflow"))
        ),
    ),
]


def policy(name: str, edit: Edit) -> Change:
    """Edits the spec of a NetworkPolicy."""
    return on_object("NetworkPolicy", f"airflow-{name}", inside("spec", edit=edit))


def all_but(**of: Any) -> Edit:
    """Drops the rules that open a port."""

    def edit(spec: Any) -> None:
        for direction, port in of.items():
            spec[direction] = [
                rule
                for rule in spec[direction]
                if port not in [each["port"] for each in rule.get("ports") or ()]
            ]

    return edit


TO_THE_COMPANY = {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 5432}]}

NETWORK = [
    setting("nothing is denied", "dev", "default-deny", network={"isolate": False}),
    by(
        "nothing is denied by default",
        "prod",
        "default-deny",
        without("NetworkPolicy", "airflow-default-deny"),
    ),
    by(
        "only what comes in is denied",
        "dev",
        "default-deny",
        policy("default-deny", put(policyTypes=["Ingress"])),
    ),
    by(
        "only some pods are denied",
        "prod",
        "default-deny",
        policy("default-deny", put(podSelector={"matchLabels": {"tier": "airflow"}})),
    ),
    by(
        "every pod may reach the company's databases",
        "prod",
        "default-deny",
        policy("default-deny", put(egress=[TO_THE_COMPANY])),
        "no-other-way-is-open",
    ),
    by(
        "the scheduler is labelled otherwise than policies know",
        "dev",
        "needed-ways-are-open",
        on_template(*SCHEDULER, labels(component="planner")),
    ),
    by(
        "the triggerer has no policy",
        "prod",
        "needed-ways-are-open",
        without("NetworkPolicy", "airflow-triggerer"),
    ),
    by(
        "nobody may ask the API server",
        "dev",
        "needed-ways-are-open",
        policy("api-server", all_but(ingress=8080)),
    ),
    by(
        "the migration has no labels",
        "prod",
        "needed-ways-are-open",
        on_template(*MIGRATION, inside("metadata", edit=put(labels={}))),
    ),
    by(
        "the DAG processor can't reach DNS",
        "dev",
        "needed-ways-are-open",
        policy("dag-processor", all_but(egress=53)),
    ),
    by(
        "worker pods are labelled as no task",
        "prod",
        "needed-ways-are-open",
        on_object(
            *WORKER,
            inside("metadata", "labels", edit=put(**{"app.kubernetes.io/component": "mine"})),
        ),
    ),
    by(
        "a task is labelled as none",
        "prod",
        "needed-ways-are-open",
        beside(task(labelled=False)),
    ),
    by(
        "the API server listens where no policy lets anyone",
        "dev",
        "needed-ways-are-open",
        on_container(*API_SERVER, "api-server", inside("ports", 0, edit=put(containerPort=9090))),
    ),
    by(
        "the instances of the database may not copy each other",
        "prod",
        "needed-ways-are-open",
        policy("database", all_but(egress=5432)),
    ),
    setting(
        "tasks reach the Internet on every port",
        "prod",
        "egress-to-somewhere",
        network={"tasks": {"ports": []}},
    ),
    by(
        "the metrics exporter may reach everything",
        "dev",
        "egress-to-somewhere",
        policy("statsd", put(egress=[{}])),
        "no-other-way-is-open",
    ),
    by(
        "the database may reach every address of IPv6",
        "dev",
        "egress-to-somewhere",
        policy("database", put(egress=[{"to": [{"ipBlock": {"cidr": "::/0"}}]}])),
        "no-other-way-is-open",
    ),
    setting(
        "the UI is open to the complete Internet",
        "prod",
        "ingress-from-somebody",
        network={"ui": {"cidrs": ["0.0.0.0/0"]}},
    ),
    by(
        "metrics are read from everywhere",
        "dev",
        "ingress-from-somebody",
        policy("statsd", put(ingress=[{"ports": [{"protocol": "TCP", "port": 9102}]}])),
        "needed-ways-are-open",
        "no-other-way-is-open",
    ),
    setting(
        "the chart's own network policies let every namespace in",
        "dev",
        "no-other-way-is-open",
        values={
            "networkPolicies": {"enabled": True},
            "apiServer": {"networkPolicy": {"ingress": {"from": [{"namespaceSelector": {}}]}}},
        },
    ),
    by(
        "tasks may speak the execution API",
        "prod",
        "no-other-way-is-open",
        policy("task", put(egress=[TO_THE_API_SERVER])),
        "needed-ways-are-open",
    ),
    by(
        "the chart makes a role again",
        "prod",
        "chart-makes-no-role",
        beside(
            made(
                "Role",
                "airflow-pod-launcher-role",
                origin=CHART,
                rules=[{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}],
            )
        ),
    ),
    by(
        "the chart binds an account of its own",
        "dev",
        "chart-makes-no-role",
        beside(
            made(
                "RoleBinding",
                "airflow-own",
                origin=CHART,
                roleRef={"kind": "Role", "name": "airflow-scheduler"},
                subjects=[
                    {
                        "kind": "ServiceAccount",
                        "name": "airflow-scheduler",
                        "namespace": "airflow",
                    }
                ],
            )
        ),
    ),
]


def moved(kind: str, name: str, namespace: str) -> Change:
    """Puts it into another namespace."""
    return on_object(kind, name, inside("metadata", edit=put(namespace=namespace)))


def renamed(kind: str, name: str, other: str) -> Change:
    """Calls it otherwise."""
    return on_object(kind, name, inside("metadata", edit=put(name=other)))


NAMESPACE = [
    by(
        "a Service is in another namespace",
        "dev",
        "all-in-one-namespace",
        moved("Service", "airflow-api-server", "ingress"),
    ),
    by("the data is in another namespace", "prod", "all-in-one-namespace", moved(*DATA, "default")),
    by(
        "a ConfigMap is wherever the kubeconfig says",
        "dev",
        "all-in-one-namespace",
        on_object("ConfigMap", "airflow-dag-facts", inside("metadata", edit=drop("namespace"))),
    ),
    by(
        "a task runs in another namespace",
        "prod",
        "all-in-one-namespace",
        lambda scope: moved("Pod", "of-a-task", "default")(beside(task())(scope)),
    ),
    by("the namespace has no quota", "dev", "quota", without("ResourceQuota", "airflow-platform")),
    by(
        "the quota leaves memory out",
        "prod",
        "quota",
        on_object(
            "ResourceQuota",
            "airflow-platform",
            inside("spec", "hard", edit=drop("limits.memory", "requests.memory")),
        ),
    ),
    by("the release is called otherwise", "dev", "names-as-agreed", on_release(put(name="flow"))),
    by(
        "the release is called as Pulumi likes", "prod", "names-as-agreed", on_release(drop("name"))
    ),
    by(
        "the data claim is called otherwise",
        "prod",
        "names-as-agreed",
        renamed(*DATA, "data"),
        "references-exist",
    ),
    by(
        "the API key is called otherwise",
        "dev",
        "names-as-agreed",
        on_object("Secret", "api-secrets", put(stringData={"key": "hidden"})),
        "references-exist",
    ),
    by(
        "worker pods have the data elsewhere",
        "prod",
        "names-as-agreed",
        on_container(
            *WORKER,
            "base",
            lambda base: next(
                each for each in base["volumeMounts"] if each["mountPath"] == "/data"
            ).update(mountPath="/mnt"),
        ),
    ),
]

RELEASE = [
    by("the update does not wait", "dev", "release-waits", on_release(put(skipAwait=True))),
    by("a failed release is taken away", "prod", "release-waits", on_release(put(atomic=True))),
    setting(
        "the update waits for two minutes", "prod", "release-waits", chart={"timeoutMinutes": 2}
    ),
    setting(
        "the chart makes the admin user",
        "dev",
        "no-hook",
        "container-resources",
        "no-secret-in-clear",
        "token-only-where-needed",
        values={"createUserJob": {"enabled": True}},
    ),
    by(
        "a Service is made by a hook",
        "prod",
        "no-hook",
        on_object(
            "Service",
            "airflow-statsd",
            inside("metadata", edit=put(annotations={"helm.sh/hook": "post-install"})),
        ),
    ),
]


def node(name: str, edit: Edit) -> Change:
    """Edits all patches of a node."""
    return on_object("Node", name, edit)


NODES = {
    "mode": "karpenter",
    "count": 2,
    "karpenter": {"requirements": [{"key": "f", "values": ["p3"]}]},
}

GPUS = [
    by(
        "a GPU task does not tolerate the nodes' taint",
        "prod",
        "gpu-pod-goes-to-the-pool",
        beside(task(limits=GPU, nodeSelector=SELECTOR)),
    ),
    by(
        "a GPU task may land on any node",
        "prod",
        "gpu-pod-goes-to-the-pool",
        beside(task(limits=GPU, tolerations=[TOLERATION])),
    ),
    by(
        "a GPU task tolerates a taint that was renamed",
        "prod",
        "gpu-pod-goes-to-the-pool",
        beside(
            task(limits=GPU, nodeSelector=SELECTOR, tolerations=[TOLERATION | {"value": "v100"}])
        ),
    ),
    by(
        "a GPU task on a stack without GPUs",
        "dev",
        "gpu-pod-goes-to-the-pool",
        beside(task(limits=GPU, nodeSelector=SELECTOR, tolerations=[TOLERATION])),
    ),
    by(
        "a task without a GPU may take a place on GPU nodes",
        "prod",
        "gpu-nodes-for-gpu-pods",
        beside(task(tolerations=[TOLERATION])),
    ),
    by(
        "the metrics exporter tolerates everything",
        "prod",
        "gpu-nodes-for-gpu-pods",
        on_spec(*STATSD, put(tolerations=[{"operator": "Exists"}])),
    ),
    by("a GPU node is not marked", "prod", "gpu-nodes-marked", without("Node", "gpu-1")),
    by(
        "the taint of a GPU node has the effect PreferNoSchedule",
        "prod",
        "gpu-nodes-marked",
        node(
            "gpu-2",
            lambda manifest: [
                taint.update(effect="PreferNoSchedule")
                for taint in manifest.get("spec", {}).get("taints", ())
            ],
        ),
    ),
    by(
        "a GPU node is labelled otherwise than tasks select",
        "prod",
        "gpu-nodes-marked",
        node("gpu-1", inside("metadata", edit=put(labels={"accelerator": "nvidia-a100"}))),
    ),
    Bad(
        name="the nodes that Karpenter makes have no taint",
        stack="prod",
        rule="gpu-nodes-marked",
        settings={"gpu": NODES},
        change=on_object(
            "NodePool", "airflow-gpu", inside("spec", "template", "spec", edit=put(taints=[]))
        ),
    ),
]

PRODUCTION = [
    by(
        "one API server",
        "prod",
        "replicas",
        on_object(*API_SERVER, inside("spec", edit=put(replicas=1))),
    ),
    by("no scheduler", "prod", "replicas", without(*SCHEDULER)),
    setting(
        "two API servers are no longer enough",
        "prod",
        "replicas",
        policies={"production": True, "replicas": 3},
    ),
    by(
        "the API servers have no budget",
        "prod",
        "disruption-budget",
        without("PodDisruptionBudget", "airflow-api-server-pdb"),
    ),
    by(
        "no triggerer may go",
        "prod",
        "disruption-budget",
        on_object(
            "PodDisruptionBudget",
            "airflow-triggerer-pdb",
            inside("spec", edit=put(maxUnavailable=0)),
        ),
    ),
    by(
        "both schedulers may go",
        "prod",
        "disruption-budget",
        on_object(
            "PodDisruptionBudget",
            "airflow-scheduler-pdb",
            inside("spec", edit=put(maxUnavailable="100%")),
        ),
    ),
    by(
        "the schedulers' budget is for other pods",
        "prod",
        "disruption-budget",
        on_object(
            "PodDisruptionBudget",
            "airflow-scheduler-pdb",
            inside("spec", "selector", "matchLabels", edit=put(release="other")),
        ),
    ),
    by(
        "the one DAG processor may never go",
        "prod",
        "disruption-budget",
        beside(
            made(
                "PodDisruptionBudget",
                "airflow-dag-processor-pdb",
                spec={
                    "selector": {"matchLabels": {"component": "dag-processor"}},
                    "minAvailable": 1,
                },
            )
        ),
    ),
    by(
        "both schedulers may share a node",
        "prod",
        "spread-over-nodes",
        on_spec(*SCHEDULER, put(topologySpreadConstraints=[], affinity={})),
    ),
    by(
        "the API servers are spread only over zones",
        "prod",
        "spread-over-nodes",
        on_spec(
            *API_SERVER,
            lambda spec: spec.update(
                topologySpreadConstraints=spec["topologySpreadConstraints"][1:], affinity={}
            ),
        ),
    ),
    by(
        "the triggerers have an anti-affinity only to other pods",
        "prod",
        "spread-over-nodes",
        on_spec(
            *TRIGGERER,
            put(
                topologySpreadConstraints=[],
                affinity={
                    "podAntiAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            {
                                "topologyKey": "kubernetes.io/hostname",
                                "labelSelector": {"matchLabels": {"component": "scheduler"}},
                            }
                        ]
                    }
                },
            ),
        ),
    ),
    setting("nothing is protected", "prod", "data-protected", protect=False),
    by("the data may be deleted", "prod", "data-protected", unprotected(*DATA)),
    by(
        "the key of all connections may be deleted",
        "prod",
        "data-protected",
        unprotected("Secret", "airflow-fernet-key"),
    ),
    by("the database may be deleted", "prod", "data-protected", unprotected(*REPLICATED)),
    setting(
        "the database is one pod with one volume",
        "prod",
        "database-not-embedded",
        database={"mode": "embedded"},
    ),
    setting(
        "the database is one pod from a mirror",
        "prod",
        "database-not-embedded",
        database={"mode": "embedded", "image": "ghcr.io/own/pg:17"},
    ),
    setting(
        "the replicated database has one instance",
        "prod",
        "database-not-embedded",
        database={"mode": "cloudnative-pg", "instances": 1},
    ),
    by(
        "the tasks' volume is for one node",
        "prod",
        "shared-volume-for-many",
        on_object(*DATA, inside("spec", edit=put(accessModes=["ReadWriteOnce"]))),
    ),
    by(
        "the logs' volume is for one node",
        "prod",
        "shared-volume-for-many",
        on_object(*LOGS, inside("spec", edit=put(accessModes=["ReadWriteOncePod"]))),
    ),
]

BAD = [
    *CONTAINERS,
    *POD_SECURITY,
    *SECRETS,
    *ACCESS,
    *NETWORK,
    *NAMESPACE,
    *RELEASE,
    *GPUS,
    *PRODUCTION,
]

PINNED = f"1.0.0@{DIGEST}"

GOOD = [
    Good(name="as it is committed", stack="dev"),
    Good(name="as it is committed", stack="prod"),
    Good(
        name="DAGs as a bundle from a private repository, logs in a bucket",
        stack="prod",
        settings={
            "dags": {
                "source": "git-bundle",
                "repo": "https://git.example.com/dags.git",
                "branch": "main",
                "credentialsSecret": "git",
            },
            "logs": {"store": "remote", "folder": "s3://bucket/airflow", "connectionSecret": "s3"},
        },
    ),
    Good(
        name="DAGs in an image of one's own, the database a managed one",
        stack="dev",
        settings={
            "dags": {"source": "image"},
            "database": {"mode": "external"},
            "secrets": {"metadata": {"existing": "managed-database"}},
            "policies": {"registries": ["quay.io", f"{ELSEWHERE}/data"]},
            "image": {
                "repository": f"{ELSEWHERE}/data/airflow",
                "tag": "3.2.2-7",
                "pullSecrets": ["registry"],
            },
            "pipeline": {
                "processorImage": f"{ELSEWHERE}/data/tasks:1.0.0",
                "validatorImage": f"{ELSEWHERE}/data/tasks:1.0.0",
            },
        },
    ),
    Good(
        name="sign-in by the company's identity provider, connections from Secrets, a mirror",
        stack="prod",
        settings={
            "signIn": {
                "mode": "oauth",
                "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
                "clientId": "airflow",
                "clientSecret": {"secret": "identity-provider"},
                "roles": {"airflow-admins": "Admin"},
            },
            "ingress": {"host": "airflow.example.com", "tlsSecret": "certificate"},
            "network": {"ui": {"namespaces": ["ingress-nginx"]}},
            "connections": {"orders_db": {"secret": "orders", "key": "connection"}},
            "variables": {"region": {"secret": "places", "key": "region"}},
            "image": {"registry": f"{ELSEWHERE}/mirror", "pullSecrets": ["mirror"]},
        },
    ),
    Good(
        name="every image by its digest",
        stack="prod",
        settings={
            "image": {"tag": f"3.2.2@{DIGEST}"},
            "database": {
                "mode": "cloudnative-pg",
                "image": f"ghcr.io/cloudnative-pg/postgresql:17.5@{DIGEST}",
            },
            "pipeline": {
                "processorImage": f"your-repo/processor:{PINNED}",
                "validatorImage": f"your-repo/validator@{DIGEST}",
            },
            "values": {
                "images": {
                    "statsd": {"tag": f"v0.30.0@{DIGEST}"},
                    "gitSync": {"tag": f"v4.4.2@{DIGEST}"},
                }
            },
            "policies": {"production": True, "levels": {"image-digest": "mandatory"}},
        },
    ),
    Good(
        name="all secrets from a vault, reached by an ingress, on several nodes",
        stack="dev",
        settings={
            "cluster": {"context": "kind-airflow", "severalNodes": True},
            "data": {"accessMode": "ReadWriteMany"},
            "logs": {"volume": {"accessMode": "ReadWriteMany"}},
            "ingress": {"host": "airflow.example.com", "tlsSecret": "certificate"},
            "network": {"ui": {"namespaces": ["ingress-nginx"]}},
            "secrets": {
                key: {"existing": "vault"}
                for key in (
                    "apiKey",
                    "fernetKey",
                    "apiSecretKey",
                    "jwtSecret",
                    "admin",
                    "database",
                    "metadata",
                    "pipelineDatabase",
                )
            },
        },
    ),
    Good(
        name="GPU nodes that somebody else looks after",
        stack="prod",
        settings={"gpu": {"mode": "existing", "count": 2}},
    ),
    Good(
        name="GPU nodes that Karpenter makes, with other taints and labels",
        stack="prod",
        settings={
            "gpu": NODES
            | {
                "taint": {"key": "gpus", "value": "", "effect": "NoExecute"},
                "label": {"key": "gpus", "value": "a100"},
            }
        },
    ),
    Good(
        name="narrow ways out",
        stack="prod",
        settings={
            "network": {
                key: {"cidrs": ["10.1.0.0/16"], "ports": [443]}
                for key in ("kubernetesApi", "git", "taskDatabase", "tasks")
            }
        },
    ),
    Good(name="a task", stack="dev", change=beside(task())),
    Good(
        name="a task with a GPU",
        stack="prod",
        change=beside(task(limits=GPU, nodeSelector=SELECTOR, tolerations=[TOLERATION])),
    ),
    Good(
        name="a task that reads a Secret which the stack declares",
        stack="prod",
        settings={"policies": {"production": True, "existingSecrets": ["mine"]}},
        change=beside(task(containers=[container(env=[from_secret("TOKEN", "mine", "token")])])),
    ),
    Good(
        name="a task that makes a folder and takes its password from the environment",
        stack="dev",
        change=beside(
            task(
                containers=[
                    container(
                        command=["sh", "-c"],
                        args=['mkdir -p /data/mine && load --password "$PASSWORD" -p 8'],
                        env=[{"name": "ADDRESS", "value": "postgresql://me:$(PASSWORD)@host/db"}],
                    )
                ]
            )
        ),
    ),
]
