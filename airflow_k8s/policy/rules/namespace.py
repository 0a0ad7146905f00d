"""The platform's namespace: what is in it, how much fits, and that all is called as agreed."""

from collections.abc import Iterator

from airflow_k8s.console.text import joined
from airflow_k8s.policy.rule import Finding, Scope, finding_for, has_key, rule
from airflow_k8s.rendering.manifests import PROGRAM, TASK_POD
from airflow_k8s.stack.settings import names

_LIMITED = ("requests.cpu", "requests.memory", "limits.memory")
_OF_THE_CLUSTER = (
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "Node",
    "NodePool",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
)


@rule(remedy="Leave metadata.namespace to the program; it is the setting `namespace`.")
def all_in_one_namespace(scope: Scope) -> Iterator[Finding]:
    """Everything is in the namespace that the stack names: quota, policies and Pod Security hold
    there."""
    wanted = scope.settings.namespace
    for each in scope.objects:
        found = each.name if each.kind == "Namespace" else each.namespace
        if found not in ("", wanted):
            yield finding_for(each, f"it is in namespace {found}, the stack's is {wanted}")
        # Helm says where what names none is.
        elif not found and each.origin == PROGRAM and each.kind not in _OF_THE_CLUSTER:
            yield finding_for(each, f"it names no namespace, the stack's is {wanted}")


@rule(
    needs_complete_stack=True,
    remedy="Declare a ResourceQuota as components/platform_namespace.py does.",
)
def quota(scope: Scope) -> Iterator[Finding]:
    """The namespace has a quota of CPU and memory: a DAG that runs wild takes no more than that."""
    limited = {
        key
        for each in scope.of_kind("ResourceQuota")
        for key in each.manifest["spec"].get("hard") or {}
    }
    missing = [key for key in _LIMITED if key not in limited]
    if missing:
        yield Finding(
            subject=_namespace(scope), message=f"no ResourceQuota limits {joined(missing)}"
        )


@rule(
    needs_complete_stack=True,
    remedy="Leave the names to settings/names.py, and repeat our lists where values replace them.",
)
def names_as_agreed(scope: Scope) -> Iterator[Finding]:
    """Release, data claim and API key have the names that people and DAGs were told."""
    for release in scope.resources:
        called = release.inputs.get("name", "as Pulumi likes")
        if release.type.endswith("helm.sh/v3:Release") and called != names.RELEASE:
            yield finding_for(release, f"it is called {called}, not {names.RELEASE}")
    if names.DATA_CLAIM not in {o.name for o in scope.of_kind("PersistentVolumeClaim")}:
        yield Finding(
            subject=f"PersistentVolumeClaim/{names.DATA_CLAIM}",
            message="the stack does not make it",
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
