"""Creates the nodes, storage classes and operators of an inventory on an empty control plane."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from airflow_k8s.commands.rehearse.inventory import Inventory, nodes, storage_classes
from airflow_k8s.commands.rehearse.operators import OPERATORS
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.conditions import condition
from airflow_k8s.toolchain.crds import cloudnative_pg_crds, karpenter_crds

_TIMEOUT = 60  # seconds
_PAUSE = 0.1  # seconds between two checks
_NOT_READY = "node.kubernetes.io/not-ready"


def bootstrap_cluster(
    cluster: Cluster, inventory: Inventory, notify: Callable[[str], None]
) -> list[str]:
    """Creates the contents of the inventory; returns caveats for the report.

    Raises UserError if the nodes or the kinds of the operators do not become ready in time.
    """
    caveats: list[str] = []
    for manifest in [*nodes(inventory), *storage_classes(inventory)]:
        cluster.create(manifest)
    for operator in inventory.operators:
        caveats.append(OPERATORS[operator].caveat)
        if operator == "karpenter":
            definitions = karpenter_crds(notify)
        else:
            definitions = cloudnative_pg_crds(notify)
            if definitions is None:
                definitions = [open_definition("postgresql.cnpg.io", "v1", "Cluster", "clusters")]
                caveats.append(
                    "not checked: the fields of the Cluster, because CloudNativePG's own definition"
                    " of the kind can't be downloaded"
                )
        for definition in definitions:
            cluster.apply(definition, manager="inventory")
        _wait(
            "the kinds of its operators are not served", partial(_are_served, cluster, definitions)
        )
    _wait("its nodes do not become ready", partial(_are_ready, cluster))
    return caveats


def open_definition(group: str, version: str, kind: str, plural: str) -> dict[str, Any]:
    """A CustomResourceDefinition whose schema accepts all fields."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": True,
                        }
                    },
                }
            ],
        },
    }


def _wait(problem: str, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while not done():
        if time.monotonic() > deadline:
            raise UserError(f"the control plane does not come up: {problem}")
        time.sleep(_PAUSE)


def _are_ready(cluster: Cluster) -> bool:
    """Whether all nodes are ready and no longer have the taint not-ready."""
    return all(
        condition(node, "Ready") == "True"
        and not any(t["key"] == _NOT_READY for t in node["spec"].get("taints", ()))
        for node in cluster.list("v1", "Node")
    )


def _are_served(cluster: Cluster, definitions: list[dict[str, Any]]) -> bool:
    """Whether the server serves the kinds and has the APIService of each of their groups."""
    return all(_is_served(cluster, definition) for definition in definitions)


def _is_served(cluster: Cluster, definition: dict[str, Any]) -> bool:
    group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
    return all(
        cluster.serves(f"{group}/{version}", kind)
        and cluster.get("apiregistration.k8s.io/v1", "APIService", f"{version}.{group}")
        for version in _versions(definition)
    )


def _versions(definition: dict[str, Any]) -> Iterator[str]:
    return (v["name"] for v in definition["spec"]["versions"] if v["served"])
