"""Rules that protect the data of a production stack."""

from collections import Counter
from collections.abc import Iterator

from airflow_k8s.console.text import joined
from airflow_k8s.kube.data import HOLDS_DATA
from airflow_k8s.kube.images import image_name
from airflow_k8s.policy.rule import Finding, Scope, all_images, finding_for, rule
from airflow_k8s.rendering.manifests import PROGRAM, Object
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings

_DATABASES = ("postgres", "postgresql", "mysql")


@rule(production_only=True, remedy="Set protect: true in the stack.")
def data_protected(scope: Scope) -> Iterator[Finding]:
    """Objects that hold data, and the keys that decrypt the data, are protected: Pulumi refuses to
    delete them."""
    for item in scope.objects:
        ours = item.origin == PROGRAM and not item.patch
        if ours and not item.protect and _holds_data(item, scope.settings):
            yield finding_for(item, "protect is not set")


@rule(
    production_only=True,
    remedy="Set database.mode to cloudnative-pg, with two instances or more, or to external.",
)
def database_not_embedded(scope: Scope) -> Iterator[Finding]:
    """The metadata database is not a single pod of the stack."""
    for subject, container, text in all_images(scope):
        last_part = image_name(text).repository.rsplit("/", 1)[-1]
        of_a_database = subject.name == names.DATABASE or last_part in _DATABASES
        if subject.kind in ("StatefulSet", "Deployment") and of_a_database:
            yield finding_for(subject, f"container {container} runs {text}")
    for cluster in scope.of_kind("Cluster"):
        if cluster.pods and cluster.pods.replicas < 2:
            yield finding_for(cluster, f"instances is {cluster.pods.replicas}, expected 2 or more")


@rule(
    needs_complete_stack=True,
    production_only=True,
    remedy="Set the volume's accessMode to ReadWriteMany.",
)
def shared_volume_for_many(scope: Scope) -> Iterator[Finding]:
    """A volume that several pods mount can be mounted on several nodes."""
    users: Counter[str] = Counter()
    for item in scope.objects:
        if item.pods:
            # A task pod represents any number of pods.
            pods = 2 if item.kind == "Pod" else item.pods.replicas
            users.update(
                {r.name: pods for r in item.pods.references if r.kind == "PersistentVolumeClaim"}
            )
    for claim in scope.of_kind("PersistentVolumeClaim"):
        modes = claim.manifest["spec"].get("accessModes") or ["none"]
        if users[claim.name] > 1 and not {"ReadWriteMany", "ReadOnlyMany"} & set(modes):
            yield finding_for(
                claim, f"several pods mount it, and its access mode is {joined(modes)}"
            )


def _holds_data(item: Object, settings: Settings) -> bool:
    kept = {
        names.fernet_key(settings.secrets).secret,
        names.database_password(settings.secrets).secret,
    }
    return (
        item.kind in HOLDS_DATA
        or (item.kind == "StatefulSet" and item.name == names.DATABASE)
        or (item.kind == "Secret" and item.name in kept)
    )
