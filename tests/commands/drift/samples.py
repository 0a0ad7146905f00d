"""A drift with one finding of each kind, and small live objects as an API server returns them."""

from typing import Any

from airflow_k8s.commands.drift.findings import Drift, Field, Finding, Unseen
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
    texts=10,
    others=(),
    unseen=(),
)
SCALED = Finding(
    what="changed",
    kind="Deployment",
    name="airflow-scheduler",
    origin=CHART,
    part="scheduler",
    fields=[Field(path="spec.replicas", promised=2, live=5, by="kubectl, 2026-11-26T01:10:48Z")],
)
ADDED = Finding(
    what="changed",
    kind="Service",
    name="airflow-statsd",
    origin=CHART,
    part="statsd",
    fields=[Field(path="metadata.labels.team", promised=ABSENT, live="data", by="kubectl-label")],
)
MISSING = Finding(
    what="missing", kind="Secret", name="airflow-admin", origin=PROGRAM, part="secrets"
)
LEFT_OVER = Finding(what="left over", kind="ConfigMap", name="stray", origin="", part="")
UNSEEN = Unseen(what="Secret objects left over", because='secrets is forbidden: User "reader"')


def scheduler(**spec: Any) -> dict[str, Any]:
    """A Deployment of the chart, as it lives."""
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


def promised(manifest: dict[str, Any], origin: str = CHART, *, patch: bool = False) -> Object:
    """An object of a stack."""
    return Object("airflow", "scheduler", origin, manifest, patch=patch)
