"""The inventory of a simulated cluster: its nodes, storage classes and operators."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.problem import as_list
from airflow_k8s.stack.settings.schema import RawConfig, read, setting, to_data
from airflow_k8s.stack.settings.types import ByteQuantity, CpuQuantity, NonNegativeInt
from airflow_k8s.yaml_io import document

Operator = Literal["cloudnative-pg", "karpenter"]
Mode = Literal["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]
PROVISIONER = "rehearsal.airflow-platform/provisioner"
POOL = "rehearsal.airflow-platform/pool"  # the label that holds a node's pool
LOCAL = "rehearsal.airflow-platform/local"  # the class's volumes stay on one node
MODES = "rehearsal.airflow-platform/access-modes"  # that the class offers
_HOSTNAME = "kubernetes.io/hostname"
_ZONE = "topology.kubernetes.io/zone"
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True)
class NodeTaint:
    """A taint that the stack does not manage."""

    key: str = setting("key")
    value: str = setting("value", "")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = setting("effect", "NoSchedule")


@dataclass(frozen=True, kw_only=True)
class NodePool:
    """Nodes of the same type. Their names are name-1, name-2 and so on."""

    name: str = setting("name")
    count: NonNegativeInt = setting("number of nodes", 1)
    cpu: CpuQuantity = setting("allocatable CPU of each node, in cores", "4")
    memory: ByteQuantity = setting("allocatable memory of each node", "16Gi")
    gpus: NonNegativeInt = setting("GPUs of each node", 0)
    zones: tuple[str, ...] = setting("zones, to which the nodes are assigned in turn", ())
    labels: dict[str, str] = setting("labels", {})
    taints: tuple[NodeTaint, ...] = setting("taints", ())


@dataclass(frozen=True, kw_only=True)
class StorageClass:
    """A storage class and what it offers."""

    name: str = setting("name")
    default: bool = setting("whether it is the default class", default=False)
    access_modes: tuple[Mode, ...] = setting("access modes that it offers", ("ReadWriteOnce",))
    local: bool = setting("whether a volume is usable on its first node only", default=False)
    immediate: bool = setting("whether volumeBindingMode is Immediate", default=False)
    expandable: bool = setting("whether a volume can grow", default=True)


_POOLS = (
    NodePool(name="cpu", count=3),
    NodePool(name="gpu", gpus=1),
)
_CLASSES = (StorageClass(name="standard", default=True),)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The contents of a cluster."""

    nodes: tuple[NodePool, ...] = setting("node pools", _POOLS)
    storage_classes: tuple[StorageClass, ...] = setting("storage classes", _CLASSES)
    operators: tuple[Operator, ...] = setting("installed operators", ())


def read_inventory(file: Path) -> Inventory:
    """The inventory in a YAML file. Raises UserError with all mistakes in it."""
    try:
        content: Any = document(file.read_text()) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{file} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{file} is not an inventory: a mapping is expected")
    inventory, problems = read(
        Inventory,
        RawConfig(
            texts={str(key): json.dumps(value, default=str) for key, value in content.items()}
        ),
    )
    if problems or inventory is None:
        raise UserError(as_list(f"{file} is wrong:", problems))
    return inventory


def nodes(inventory: Inventory) -> Iterator[dict[str, Any]]:
    """The nodes as manifests."""
    for pool in inventory.nodes:
        for number in range(1, pool.count + 1):
            name = f"{pool.name}-{number}"
            resources = {"cpu": pool.cpu, "memory": pool.memory, "pods": "110"}
            if pool.gpus:
                resources[names.GPU] = str(pool.gpus)
            zones = {_ZONE: pool.zones[(number - 1) % len(pool.zones)]} if pool.zones else {}
            yield {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {
                    "name": name,
                    "labels": {
                        _HOSTNAME: name,
                        "kubernetes.io/os": "linux",
                        "kubernetes.io/arch": "amd64",
                        POOL: pool.name,
                        **zones,
                        **pool.labels,
                    },
                },
                "spec": {"taints": [to_data(taint) for taint in pool.taints]},
                "status": {
                    "allocatable": resources,
                    "capacity": resources,
                    "addresses": [{"type": "Hostname", "address": name}],
                },
            }


def storage_classes(inventory: Inventory) -> Iterator[dict[str, Any]]:
    """The storage classes as manifests."""
    for storage_class in inventory.storage_classes:
        yield {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {
                "name": storage_class.name,
                "annotations": {
                    _DEFAULT_CLASS: str(storage_class.default).lower(),
                    MODES: ",".join(storage_class.access_modes),
                    LOCAL: str(storage_class.local).lower(),
                },
            },
            "provisioner": PROVISIONER,
            "volumeBindingMode": "Immediate" if storage_class.immediate else "WaitForFirstConsumer",
            "allowVolumeExpansion": storage_class.expandable,
        }
