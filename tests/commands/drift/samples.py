"""Findings of every state, and small objects as an API server returns them."""

from typing import Any

from airflow_k8s.commands.drift.findings import Drift, FieldDrift, Finding, State, Unchecked
from airflow_k8s.kube.fields import ABSENT
from airflow_k8s.rendering.manifests import CHART, PROGRAM, Object

NONE = Drift(
    stack="prod",
    context="airflow-prod",
    namespace="airflow",
    chart="1.22.0",
    objects=69,
    fields=2267,
    findings=(),
    secret_texts=10,
    unmanaged=(),
    unchecked=(),
)
SCALED = Finding(
    state=State.CHANGED,
    kind="Deployment",
    name="airflow-scheduler",
    origin=CHART,
    part="scheduler",
    fields=[
        FieldDrift(path="spec.replicas", desired=2, live=5, manager="kubectl, 2026-11-26T01:10:48Z")
    ],
)
ADDED = Finding(
    state=State.CHANGED,
    kind="Service",
    name="airflow-statsd",
    origin=CHART,
    part="statsd",
    fields=[
        FieldDrift(
            path="metadata.labels.team", desired=ABSENT, live="data", manager="kubectl-label"
        )
    ],
)
MISSING = Finding(
    state=State.MISSING, kind="Secret", name="airflow-admin", origin=PROGRAM, part="secrets"
)
ORPHANED = Finding(state=State.ORPHANED, kind="ConfigMap", name="stray", origin="", part="")
UNCHECKED = Unchecked(
    subject="orphaned Secret objects", reason='secrets is forbidden: User "reader"'
)
TERMINATING = Finding(
    state=State.TERMINATING,
    kind="PersistentVolumeClaim",
    name="airflow-data-pvc",
    origin=PROGRAM,
    part="data",
)
REJECTED = Finding(
    state=State.CHANGED,
    kind="Job",
    name="migration-job-1a2b",
    origin=PROGRAM,
    part="migration",
    fields=[FieldDrift(path="spec.suspend", desired=False, live=True, manager="")],
    rejection="spec.template: field is immutable",
)


def scheduler(**spec: Any) -> dict[str, Any]:
    """A live Deployment of the chart."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "airflow-scheduler",
            "namespace": "airflow",
            "uid": "1f0c",
            "resourceVersion": "42",
            "generation": 3,
            "labels": {"release": "airflow", "app.kubernetes.io/managed-by": "Helm"},
            "annotations": {
                "deployment.kubernetes.io/revision": "1",
                "meta.helm.sh/release-name": "airflow",
                "note": "by hand",
            },
        },
        "spec": {"replicas": 2, **spec},
        "status": {"readyReplicas": 2},
    }


def desired(manifest: dict[str, Any], origin: str = CHART, *, patch: bool = False) -> Object:
    """An object of a stack."""
    return Object("airflow", "scheduler", origin, manifest, patch=patch)
