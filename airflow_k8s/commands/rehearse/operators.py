"""What people see of an operator that is installed: played, since none runs here."""

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


@dataclass(frozen=True, kw_only=True)
class SimulatedOperator:
    """An operator: the kinds that it looks at in each namespace, and what it does about them."""

    kinds: Mapping[str, str]
    reconcile: Callable[[Cluster, ClusterState], None]
    told: str  # what a report says of it


def _cloudnative_pg(cluster: Cluster, world: ClusterState) -> None:
    for database in world.of("Cluster"):
        name, namespace = database["metadata"]["name"], database["metadata"]["namespace"]
        refusal = ""
        for manifest in postgres_objects(database):
            if world.find(manifest["kind"], manifest["metadata"]["name"], namespace) is None:
                try:
                    cluster.apply(manifest, manager="cloudnative-pg")
                except ApiError as refused:
                    refusal = str(refused)
        ready = [
            pod
            for pod in world.of("Pod", namespace)
            if matches_labels({"cnpg.io/cluster": name}, pod) and condition(pod, "Ready") == "True"
        ]
        wanted = database["spec"]["instances"]
        state = "True" if len(ready) >= wanted else "False"
        words = refusal or f"{len(ready)} of {wanted} instances are ready"
        if (condition(database, "Ready"), condition_message(database, "Ready")) != (state, words):
            now = {
                "type": "Ready",
                "status": state,
                "reason": "ClusterIsReady" if state == "True" else "ClusterIsNotReady",
                "message": words,
                "lastTransitionTime": database["metadata"]["creationTimestamp"],
            }
            cluster.merge(database, {"status": {"conditions": [now]}}, subresource="status")


def postgres_objects(database: Manifest) -> list[dict[str, Any]]:
    """The instances of a CloudNativePG Cluster, with their claims, and the Service of the primary.

    https://cloudnative-pg.io/documentation/current/
    """
    spec, metadata = database["spec"], database["metadata"]
    name, namespace = metadata["name"], metadata["namespace"]
    owner = {
        "apiVersion": database["apiVersion"],
        "kind": database["kind"],
        "name": name,
        "uid": metadata["uid"],
        "controller": True,
    }
    login = spec.get("bootstrap", {}).get("initdb", {}).get("secret", {}).get("name")
    password = {"secretKeyRef": {"name": login, "key": "password"}}

    def made(kind: str, called: str, labels: Mapping[str, str], rest: Mapping[str, Any]) -> Any:
        labels = {"cnpg.io/cluster": name, **labels}
        return {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {
                "name": called,
                "namespace": namespace,
                "labels": labels,
                "ownerReferences": [owner],
            },
            "spec": rest,
        }

    claim = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": spec["storage"]["size"]}},
    }
    if "storageClass" in spec["storage"]:
        claim["storageClassName"] = spec["storage"]["storageClass"]
    objects = [
        made(
            "Service",
            f"{name}-rw",
            {},
            {
                "selector": {"cnpg.io/cluster": name, "cnpg.io/instanceRole": "primary"},
                "ports": [{"name": "postgres", "port": 5432}],
            },
        )
    ]
    for number in range(1, spec["instances"] + 1):
        instance = f"{name}-{number}"
        role = {"cnpg.io/instanceRole": "primary" if number == 1 else "replica"}
        container = {
            "name": "postgres",
            "image": spec.get("imageName", "postgres"),
            "resources": spec.get("resources", {}),
            "securityContext": security.container(),
            "env": [{"name": "PASSWORD", "valueFrom": password}] if login else [],
        }
        # It prefers, as by its defaults, that each instance is on a node of its own.
        term = {
            "labelSelector": {"matchLabels": {"cnpg.io/cluster": name}},
            "topologyKey": "kubernetes.io/hostname",
        }
        preferred = [{"weight": 100, "podAffinityTerm": term}]
        affinity = {
            "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}
        }
        volume = {"name": "pgdata", "persistentVolumeClaim": {"claimName": instance}}
        pod = {
            "securityContext": security.pod(user=26, group=26),
            "affinity": affinity,
            "containers": [container],
            "volumes": [volume],
        }
        objects += [made("PersistentVolumeClaim", instance, {}, claim)]
        objects += [made("Pod", instance, role, pod)]
    return objects


def _karpenter(cluster: Cluster, world: ClusterState) -> None:
    for pool in cluster.list("karpenter.sh/v1", "NodePool"):
        node = karpenter_node(pool)
        if world.find("Node", node["metadata"]["name"]) is None:
            cluster.create(node)


def karpenter_node(pool: Manifest) -> dict[str, Any]:
    """The one node that stands for all that a NodePool would make: as many GPUs as it may have."""
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
        told="CloudNativePG is played: instances with their claims, the Service -rw, the condition"
        " Ready; no PostgreSQL runs",
    ),
    "karpenter": SimulatedOperator(
        kinds={},
        reconcile=_karpenter,
        told="Karpenter is played: one node stands for all that a NodePool would make",
    ),
}
