"""Simulates operators: creates the objects that they would create."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_k8s.commands.rehearse.inventory import POOL, Operator
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.conditions import condition, condition_message
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.selectors import matches_labels
from airflow_k8s.kube.state import ClusterState
from airflow_k8s.stack.chart import security

_CLUSTER, _ROLE = "cnpg.io/cluster", "cnpg.io/instanceRole"  # labels


@dataclass(frozen=True, kw_only=True)
class SimulatedOperator:
    """An operator: the kinds that it reads in every namespace, and its reconciliation."""

    kinds: Mapping[str, str]
    reconcile: Callable[[Cluster, ClusterState], None]
    caveat: str  # for the report


def _cloudnative_pg(cluster: Cluster, state: ClusterState) -> None:
    """Creates the objects of each database, and sets its condition Ready."""
    for database in state.of("Cluster"):
        name, namespace = database["metadata"]["name"], database["metadata"]["namespace"]
        refusal = ""
        for manifest in postgres_objects(database):
            if state.find(manifest["kind"], manifest["metadata"]["name"], namespace) is None:
                try:
                    cluster.apply(manifest, manager="cloudnative-pg")
                except ApiError as error:
                    refusal = str(error)
        ready = [
            pod
            for pod in state.of("Pod", namespace)
            if matches_labels({_CLUSTER: name}, pod) and condition(pod, "Ready") == "True"
        ]
        desired = database["spec"]["instances"]
        status = "True" if len(ready) >= desired else "False"
        message = refusal or f"{len(ready)} of {desired} instances are ready"
        if (condition(database, "Ready"), condition_message(database, "Ready")) != (
            status,
            message,
        ):
            now = {
                "type": "Ready",
                "status": status,
                "reason": "ClusterIsReady" if status == "True" else "ClusterIsNotReady",
                "message": message,
                "lastTransitionTime": database["metadata"]["creationTimestamp"],
            }
            cluster.merge(database, {"status": {"conditions": [now]}}, subresource="status")


def postgres_objects(database: Manifest) -> list[dict[str, Any]]:
    """The Service of the primary, and the pods and claims of a CloudNativePG Cluster.

    https://cloudnative-pg.io/documentation/current/
    """
    name, instances = database["metadata"]["name"], database["spec"]["instances"]
    service = {
        "selector": {_CLUSTER: name, _ROLE: "primary"},
        "ports": [{"name": "postgres", "port": 5432}],
    }
    objects = [_owned(database, "Service", f"{name}-rw", service)]
    for number in range(1, instances + 1):
        instance = f"{name}-{number}"
        role = "primary" if number == 1 else "replica"
        objects.append(_owned(database, "PersistentVolumeClaim", instance, _claim(database)))
        objects.append(_owned(database, "Pod", instance, _pod(database, instance), {_ROLE: role}))
    return objects


def _owned(
    database: Manifest,
    kind: str,
    name: str,
    spec: Mapping[str, Any],
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An object that the Cluster controls."""
    metadata = database["metadata"]
    owner = {
        "apiVersion": database["apiVersion"],
        "kind": database["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
    }
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": {_CLUSTER: metadata["name"], **(labels or {})},
            "ownerReferences": [owner],
        },
        "spec": spec,
    }


def _claim(database: Manifest) -> dict[str, Any]:
    storage = database["spec"]["storage"]
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage["size"]}},
    }
    if "storageClass" in storage:
        claim["storageClassName"] = storage["storageClass"]
    return claim


def _pod(database: Manifest, claim: str) -> dict[str, Any]:
    """The pod of one instance. By default the operator prefers a node of its own for each one."""
    spec = database["spec"]
    login = spec.get("bootstrap", {}).get("initdb", {}).get("secret", {}).get("name")
    password = {"secretKeyRef": {"name": login, "key": "password"}}
    container = {
        "name": "postgres",
        "image": spec.get("imageName", "postgres"),
        "resources": spec.get("resources", {}),
        "securityContext": security.container(),
        "env": [{"name": "PASSWORD", "valueFrom": password}] if login else [],
    }
    term = {
        "labelSelector": {"matchLabels": {_CLUSTER: database["metadata"]["name"]}},
        "topologyKey": "kubernetes.io/hostname",
    }
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    affinity = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    return {
        "securityContext": security.pod(user=26, group=26),
        "affinity": affinity,
        "containers": [container],
        "volumes": [{"name": "pgdata", "persistentVolumeClaim": {"claimName": claim}}],
    }


def _karpenter(cluster: Cluster, state: ClusterState) -> None:
    """Creates the node of each NodePool."""
    for pool in cluster.list("karpenter.sh/v1", "NodePool"):
        node = karpenter_node(pool)
        if state.find("Node", node["metadata"]["name"]) is None:
            cluster.create(node)


def karpenter_node(pool: Manifest) -> dict[str, Any]:
    """One node that stands for all nodes of a NodePool. Its capacity equals the limits of the
    pool."""
    name, template = pool["metadata"]["name"], pool["spec"]["template"]
    resources = {"cpu": "64", "memory": "256Gi", "pods": "110", **pool["spec"].get("limits", {})}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"{name}-1",
            "labels": {
                "karpenter.sh/nodepool": name,
                "kubernetes.io/hostname": f"{name}-1",
                POOL: name,
                **template.get("metadata", {}).get("labels", {}),
            },
        },
        "spec": {"taints": template["spec"].get("taints", [])},
        "status": {"allocatable": resources, "capacity": resources},
    }


OPERATORS: Mapping[Operator, SimulatedOperator] = {
    "cloudnative-pg": SimulatedOperator(
        kinds={"Cluster": "postgresql.cnpg.io/v1"},
        reconcile=_cloudnative_pg,
        caveat="simulated, not real: CloudNativePG (instances with their claims, the Service -rw"
        " and the condition Ready exist; no PostgreSQL runs)",
    ),
    "karpenter": SimulatedOperator(
        kinds={},
        reconcile=_karpenter,
        caveat="simulated, not real: Karpenter (one node represents all nodes of a NodePool)",
    ),
}
