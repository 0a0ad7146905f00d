"""The platform's namespace: what is in it, how much fits, and that all is called as agreed."""

from collections.abc import Iterator

from airflow_k8s.policy.rule import Case, Finding, about, has_key, listed, rule
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
def all_in_one_namespace(case: Case) -> Iterator[Finding]:
    """Everything is in the namespace that the stack names: quota, policies and Pod Security hold
    there."""
    wanted = case.settings.namespace
    for each in case.objects:
        found = each.name if each.kind == "Namespace" else each.namespace
        if found not in ("", wanted):
            yield about(each, f"it is in namespace {found}, the stack's is {wanted}")
        # Helm says where what names none is.
        elif not found and each.origin == PROGRAM and each.kind not in _OF_THE_CLUSTER:
            yield about(each, f"it names no namespace, the stack's is {wanted}")


@rule(whole=True, remedy="Declare a ResourceQuota as components/platform_namespace.py does.")
def quota(case: Case) -> Iterator[Finding]:
    """The namespace has a quota of CPU and memory: a DAG that runs wild takes no more than that."""
    limited = {
        key for each in case.of("ResourceQuota") for key in each.manifest["spec"].get("hard") or {}
    }
    missing = [key for key in _LIMITED if key not in limited]
    if missing:
        yield Finding(subject=_namespace(case), words=f"no ResourceQuota limits {listed(missing)}")


@rule(
    whole=True,
    remedy="Leave the names to settings/names.py, and repeat our lists where values replace them.",
)
def names_as_agreed(case: Case) -> Iterator[Finding]:
    """Release, data claim and API key have the names that people and DAGs were told."""
    for release in case.resources:
        called = release.inputs.get("name", "as Pulumi likes")
        if release.type.endswith("helm.sh/v3:Release") and called != names.RELEASE:
            yield about(release, f"it is called {called}, not {names.RELEASE}")
    if names.DATA_CLAIM not in {o.name for o in case.of("PersistentVolumeClaim")}:
        yield Finding(
            subject=f"PersistentVolumeClaim/{names.DATA_CLAIM}", words="the stack does not make it"
        )
    if not case.settings.secrets.api_key.existing:
        key = names.api_key(case.settings.secrets)
        own = [secret for secret in case.of("Secret") if secret.name == key.secret]
        if not any(has_key(secret, key.key) for secret in own):
            yield Finding(subject=f"Secret/{key.secret}", words=f"it has no key {key.key}")
    for subject, template in case.pods():
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
                yield about(subject, f"{names.DATA_CLAIM} is not mounted at {names.DATA_PATH}")


def _namespace(case: Case) -> str:
    return f"Namespace/{case.settings.namespace}"
