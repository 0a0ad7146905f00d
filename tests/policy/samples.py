"""Small stacks for the tests of rules: a pod without violations, and helpers that change it."""

import json
from collections.abc import Sequence
from typing import Any

from airflow_k8s.policy.rule import Rule, Scope
from airflow_k8s.rendering.manifests import CHART, PROGRAM, TASK, Object
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.schema import RawConfig, read

IMAGE = "ghcr.io/own/app:1.0.0"


def settings(**changes: Any) -> Settings:
    """The default settings with these changes, by their keys in a stack file."""
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in changes.items()}
    tree, problems = read(Settings, RawConfig(texts=texts))
    assert tree is not None, problems
    return tree


def scope(
    objects: Sequence[Object] = (), resources: Sequence[RegisteredResource] = (), **changes: Any
) -> Scope:
    """A scope with the default settings and these changes."""
    return Scope(settings=settings(**changes), objects=objects, resources=resources)


def findings_of(rule: Rule, judged: Scope) -> list[str]:
    """The findings of a rule, as texts."""
    return [f"{each.subject}: {each.message}" for each in rule.judge(judged)]


def container(**changes: Any) -> dict[str, Any]:
    """A container without violations."""
    return {
        "name": "main",
        "image": IMAGE,
        "resources": {
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"memory": "128Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    } | changes


def template(
    *, labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """A pod template without violations, with the changed fields of its spec."""
    good = {
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 50000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container()],
    }
    metadata = {"labels": labels or {}, "annotations": annotations or {}}
    return {"metadata": metadata, "spec": good | spec}


def made(
    kind: str,
    name: str,
    *,
    origin: str = PROGRAM,
    component: str = "",
    part: str = "",
    patch: bool = False,
    protect: bool = False,
    namespace: str = "airflow",
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **body: Any,
) -> Object:
    """An object with the metadata and the other fields of its manifest."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    metadata |= {"labels": labels or {}, "annotations": annotations or {}}
    manifest = {"kind": kind, "metadata": metadata, **body}
    return Object(component, part, origin, manifest, patch=patch, protect=protect)


def deployment(
    part: str = "scheduler",
    *,
    kind: str = "Deployment",
    replicas: int = 1,
    labels: dict[str, str] | None = None,
    **spec: Any,
) -> Object:
    """A component of Airflow, as the chart declares it."""
    own = {"component": part} if labels is None else labels
    body = {"replicas": replicas, "template": template(labels=own, **spec)}
    return made(kind, f"airflow-{part}", origin=CHART, component="airflow", part=part, spec=body)


def pod(*, labels: dict[str, str] | None = None, part: str = "task", **spec: Any) -> Object:
    """The pod that a task starts; with the part `task pod` the worker pod."""
    inside = template(labels=labels, **spec)
    manifest: dict[str, Any] = {"kind": "Pod", **inside}
    manifest["metadata"] |= {"name": "of-a-task", "namespace": "airflow"}
    return Object("airflow", part, TASK, manifest)


def release(**changes: Any) -> RegisteredResource:
    """The Helm release, as the program registers it."""
    inputs = {"name": "airflow", "namespace": "airflow", "skipAwait": False, "values": {}} | changes
    return RegisteredResource(
        type="kubernetes:helm.sh/v3:Release",
        name="airflow-release",
        urn="urn:release",
        parent="",
        inputs=inputs,
        custom=True,
    )


def secret(name: str, *keys: str, origin: str = PROGRAM) -> Object:
    """A Secret with these keys."""
    return made("Secret", name, origin=origin, stringData=dict.fromkeys(keys, "hidden"))


def claim(name: str, *modes: str, protect: bool = False) -> Object:
    """A claim for a volume."""
    spec = {"accessModes": list(modes) or ["ReadWriteOnce"]}
    return made("PersistentVolumeClaim", name, protect=protect, spec=spec)


def from_secret(variable: str, name: str, key: str, **more: Any) -> dict[str, Any]:
    """A variable that the kubelet fills."""
    return {
        "name": variable,
        "valueFrom": {"secretKeyRef": {"name": name, "key": key, **more}},
    }


def mounted(claimed: str) -> dict[str, Any]:
    """A volume of a claim."""
    return {"name": "volume", "persistentVolumeClaim": {"claimName": claimed}}
