"""Rules for the namespace, its quota, and names that users and DAGs depend on."""

from collections.abc import Iterator

from airflow_k8s.console.text import joined
from airflow_k8s.policy.rule import Finding, Scope, finding_for, has_key, rule
from airflow_k8s.rendering.manifests import PROGRAM, TASK_POD
from airflow_k8s.stack.settings import names

_LIMITED = ("requests.cpu", "requests.memory", "limits.memory")
_CLUSTER_SCOPED = (
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "Node",
    "NodePool",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
)


@rule(remedy="Let the program set metadata.namespace, from the setting namespace.")
def all_in_one_namespace(scope: Scope) -> Iterator[Finding]:
    """All objects are in the stack's namespace, because quota, NetworkPolicies and Pod Security
    apply only there."""
    wanted = scope.settings.namespace
    for item in scope.objects:
        found = item.name if item.kind == "Namespace" else item.namespace
        if found not in ("", wanted):
            yield finding_for(item, f"it is in namespace {found}, the stack's is {wanted}")
        # Helm adds the namespace to objects of the chart that have none.
        elif not found and item.origin == PROGRAM and item.kind not in _CLUSTER_SCOPED:
            yield finding_for(item, f"it names no namespace, the stack's is {wanted}")


@rule(
    needs_complete_stack=True,
    remedy="Declare a ResourceQuota as components/platform_namespace.py does.",
)
def quota(scope: Scope) -> Iterator[Finding]:
    """The namespace has a quota for CPU and memory, so that a faulty DAG can't use more."""
    limited = {
        key
        for item in scope.of_kind("ResourceQuota")
        for key in item.manifest["spec"].get("hard") or {}
    }
    missing = [key for key in _LIMITED if key not in limited]
    if missing:
        yield Finding(
            subject=_namespace(scope), message=f"no ResourceQuota limits {joined(missing)}"
        )


@rule(
    needs_complete_stack=True,
    remedy="Use the names in airflow_k8s/stack/settings/names.py, also in lists in values.",
)
def names_as_agreed(scope: Scope) -> Iterator[Finding]:
    """Release, data claim and API key have the names that users and DAGs depend on."""
    for release in scope.resources:
        name = release.inputs.get("name", "generated")
        if release.type.endswith("helm.sh/v3:Release") and name != names.RELEASE:
            yield finding_for(release, f"its name is {name}, not {names.RELEASE}")
    if names.DATA_CLAIM not in {o.name for o in scope.of_kind("PersistentVolumeClaim")}:
        yield Finding(
            subject=f"PersistentVolumeClaim/{names.DATA_CLAIM}",
            message="the stack does not declare it",
        )
    if not scope.settings.secrets.api_key.existing:
        key = names.api_key(scope.settings.secrets)
        own = [secret for secret in scope.of_kind("Secret") if secret.name == key.secret]
        if not any(has_key(secret, key.key) for secret in own):
            yield Finding(subject=f"Secret/{key.secret}", message=f"it has no key {key.key}")
    for subject, template in scope.pod_templates():
        if subject.part == TASK_POD:
            spec = template["spec"]
            claims = {
                v["name"]
                for v in spec.get("volumes") or ()
                if (v.get("persistentVolumeClaim") or {}).get("claimName") == names.DATA_CLAIM
            }
            mounts = {
                m["mountPath"]
                for c in spec["containers"]
                for m in c.get("volumeMounts") or ()
                if m["name"] in claims
            }
            if names.DATA_PATH not in mounts:
                yield finding_for(
                    subject, f"{names.DATA_CLAIM} is not mounted at {names.DATA_PATH}"
                )


def _namespace(scope: Scope) -> str:
    return f"Namespace/{scope.settings.namespace}"
