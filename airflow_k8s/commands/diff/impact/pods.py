"""Pods that restart, Jobs that run, and what changes for the pods of the next tasks."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact import template_changes
from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.commands.diff.pairs import Action, ObjectChange
from airflow_k8s.console.text import amount
from airflow_k8s.kube.fields import FieldChange, path_parts, value_text
from airflow_k8s.kube.replacement import replacing_fields
from airflow_k8s.rendering.manifests import PROGRAM, TASK, Object
from airflow_k8s.stack.settings import names

_ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
_HOOK = "helm.sh/hook"
_BY_OPERATOR = ("Cluster",)  # an operator makes their pods


def pod_consequences(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """What happens to pods, by the objects that make them."""
    for change in changes:
        obj = change.object
        if obj.origin == TASK:
            yield from _worker_pod(change)
        elif obj.name == names.DAG_FACTS and obj.kind == "ConfigMap":
            yield from _dag_facts(change)
        elif obj.kind == "Job":
            yield from _job(change)
        elif obj.kind == "CronJob":
            yield from _cron_job(change)
        elif change.before is None or change.after is None:
            yield from _added_or_removed(change)
        elif obj.kind in (*_ROLLED, *_BY_OPERATOR):
            yield from _changed(change, change.before, change.after)


def _changed(change: ObjectChange, before: Object, after: Object) -> Iterator[Consequence]:
    old, new = _replicas(before), _replicas(after)
    if old != new:
        yield _consequence(Kind.SCALED, after, f"from {amount(old, 'pod')} to {new}")
    if before.namespace != after.namespace or _restarts_by_hand(after):
        return  # in another namespace the object is replaced, which is reported elsewhere
    fields = [field for field in change.fields if not _is_size_of_cluster(after, field)]
    template = "spec" if after.kind in _BY_OPERATOR else "spec.template"
    reasons = template_changes.listed(fields, template)
    restarted = min(old, new)
    if reasons and restarted:
        yield Consequence(
            kind=Kind.RESTART,
            subject=f"{after.qualified_name} ({amount(restarted, 'pod')})",
            message="; ".join(filter(None, [reasons, _rollout(after, new)])),
        )


def _restarts_by_hand(after: Object) -> bool:
    """Whether a new template restarts nothing until somebody resumes it or deletes pods."""
    spec = after.manifest["spec"]
    strategy = (spec.get("updateStrategy") or {}).get("type")
    return bool(spec.get("paused")) or strategy == "OnDelete"


def _is_size_of_cluster(after: Object, field: FieldChange) -> bool:
    """The instances and the volume size of a CloudNativePG Cluster change without a restart."""
    sizes = ("spec.instances", "spec.storage")
    return after.kind in _BY_OPERATOR and field.path.startswith(sizes)


def _rollout(after: Object, replicas: int) -> str:
    """In which order pods are replaced, as far as it matters."""
    if after.kind in _BY_OPERATOR:
        return "its operator restarts the affected instances one by one"
    spec = after.manifest["spec"]
    if after.kind == "StatefulSet":
        return "unavailable until the new pod is ready" if replicas == 1 else "one by one"
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    if strategy.get("type") == "Recreate":
        return "old pods stop before new pods start"
    if rolling.get("maxUnavailable") == 0:
        return "new pods are ready before old pods stop"
    return ""


def _added_or_removed(change: ObjectChange) -> Iterator[Consequence]:
    obj = change.object
    if obj.kind in (*_ROLLED, *_BY_OPERATOR):
        message = f"{amount(_replicas(obj), 'pod')} {change.action}"
        yield _consequence(Kind.SCALED, obj, message)


def _job(change: ObjectChange) -> Iterator[Consequence]:
    job = change.object
    is_hook = _HOOK in (job.manifest["metadata"].get("annotations") or {})
    # Pulumi replaces the Job if one of these changes, and a new Job runs.
    replacing = replacing_fields(job.manifest, secrets_mutable=True, config_maps_mutable=True)
    replacing += ["metadata.name", "metadata.namespace"]
    if change.action is Action.ADDED:
        yield _consequence(Kind.JOB_RUN, job, "the Job is new")
    elif change.action is Action.CHANGED and (
        (job.origin == PROGRAM and change.touches(*replacing)) or is_hook
    ):
        reasons = template_changes.listed(change.fields, "spec.template")
        message = reasons or template_changes.listed(change.fields, "")
        yield _consequence(Kind.JOB_RUN, job, message)


def _cron_job(change: ObjectChange) -> Iterator[Consequence]:
    """Nothing restarts: the change counts from the next run on."""
    fields = [field for field in change.fields if field.path.startswith("spec.")]
    if change.action is not Action.CHANGED or not fields:
        return
    own = [
        f"{path_parts(field.path)[-1]}: {value_text(field.before)} → {value_text(field.after)}"
        for field in fields
        if not field.path.startswith("spec.jobTemplate")
    ]
    of_pod = template_changes.listed(fields, "spec.jobTemplate.spec.template")
    message = f"from its next run on: {', '.join(filter(None, [*own, of_pod]))}"
    yield _consequence(Kind.JOB_RUN, change.object, message)


def _worker_pod(change: ObjectChange) -> Iterator[Consequence]:
    """The pod in which the executor runs a task."""
    if change.action is Action.CHANGED:
        reasons = template_changes.listed(change.fields, "")
        yield Consequence(kind=Kind.TASK_POD, subject="worker pod", message=reasons)


def _dag_facts(change: ObjectChange) -> Iterator[Consequence]:
    """What the platform publishes for DAGs, from which they make the pods that tasks start."""
    facts = [
        f"{' '.join(path_parts(field.path)[2:])}:"
        f" {value_text(field.before)} → {value_text(field.after)}"
        for field in change.fields
        if field.path.startswith("data[")
    ]
    if change.action is Action.CHANGED and facts:
        subject = "pods that DAGs start"
        yield Consequence(kind=Kind.TASK_POD, subject=subject, message=", ".join(facts))


def _replicas(obj: Object) -> int:
    return obj.pods.replicas if obj.pods else 0


def _consequence(kind: Kind, obj: Object, message: str) -> Consequence:
    return Consequence(kind=kind, subject=obj.qualified_name, message=message)
