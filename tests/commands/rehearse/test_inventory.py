"""Inventories of clusters in YAML files."""

from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.inventory import (
    Inventory,
    nodes,
    read_inventory,
    storage_classes,
)
from airflow_k8s.errors import UserError
from tests.conftest import PROGRAM

CLUSTERS = PROGRAM / "clusters"
POOL = "rehearsal.airflow-platform/pool"
ZONE = "topology.kubernetes.io/zone"


def inventory(folder: Path, text: str) -> Inventory:
    file = folder / "cluster.yaml"
    file.write_text(text)
    return read_inventory(file)


def names(read: Inventory) -> list[str]:
    return [node["metadata"]["name"] for node in nodes(read)]


def labels(read: Inventory) -> list[dict[str, Any]]:
    return [node["metadata"]["labels"] for node in nodes(read)]


def test_the_inventory_of_dev_is_one_node_as_kind_creates_it() -> None:
    read = read_inventory(CLUSTERS / "dev.yaml")
    assert names(read) == ["kind-1"]
    (standard,) = storage_classes(read)
    assert standard["metadata"]["name"] == "standard"
    assert standard["volumeBindingMode"] == "WaitForFirstConsumer"
    assert not read.operators


def test_the_inventory_of_prod_has_the_gpu_nodes_of_the_stack() -> None:
    read = read_inventory(CLUSTERS / "prod.yaml")
    assert names(read) == ["cpu-1", "cpu-2", "cpu-3", "cpu-4", "gpu-1", "gpu-2"]
    gpus = [node["status"]["allocatable"].get("nvidia.com/gpu") for node in nodes(read)]
    assert gpus == [None] * 4 + ["1"] * 2
    taint = {"key": "cloud.example/spot", "value": "", "effect": "PreferNoSchedule"}
    assert [node["spec"]["taints"] for node in nodes(read)] == [[]] * 4 + [[taint]] * 2
    assert read.operators == ("cloudnative-pg",)
    assert [c["metadata"]["name"] for c in storage_classes(read)] == ["shared", "block"]


def test_an_empty_inventory_has_three_cpu_nodes_and_one_gpu_node(tmp_path: Path) -> None:
    assert inventory(tmp_path, "") == Inventory()
    assert names(Inventory()) == ["cpu-1", "cpu-2", "cpu-3", "gpu-1"]


def test_nodes_are_assigned_to_the_zones_in_turn(tmp_path: Path) -> None:
    read = inventory(tmp_path, "nodes: [{name: n, count: 3, zones: [a, b]}]")
    assert [own[ZONE] for own in labels(read)] == ["a", "b", "a"]


def test_nodes_of_a_pool_without_zones_have_no_zone_label(tmp_path: Path) -> None:
    read = inventory(tmp_path, "nodes: [{name: n}]")
    assert [ZONE in own for own in labels(read)] == [False]


def test_a_node_has_the_resources_labels_and_taints_of_its_pool(tmp_path: Path) -> None:
    read = inventory(
        tmp_path,
        "nodes: [{name: n, cpu: 500m, memory: 2Gi, gpus: 4, labels: {disk: ssd},"
        " taints: [{key: k, value: v, effect: NoExecute}]}]",
    )
    (node,) = nodes(read)
    resources = {"cpu": "500m", "memory": "2Gi", "pods": "110", "nvidia.com/gpu": "4"}
    assert node["status"]["allocatable"] == node["status"]["capacity"] == resources
    assert node["spec"]["taints"] == [{"key": "k", "value": "v", "effect": "NoExecute"}]
    assert node["metadata"]["labels"] == {
        "kubernetes.io/hostname": "n-1",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        POOL: "n",
        "disk": "ssd",
    }


def test_a_pool_may_be_empty(tmp_path: Path) -> None:
    assert not names(inventory(tmp_path, "nodes: [{name: n, count: 0}]"))


def test_a_storage_class_has_the_annotations_of_its_inventory(tmp_path: Path) -> None:
    read = inventory(
        tmp_path,
        "storageClasses: [{name: a, default: true, immediate: true, expandable: false,"
        " accessModes: [ReadWriteOnce, ReadWriteMany]}, {name: b, local: true}]",
    )
    first, second = storage_classes(read)
    assert first["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true",
        "rehearsal.airflow-platform/access-modes": "ReadWriteOnce,ReadWriteMany",
        "rehearsal.airflow-platform/local": "false",
    }
    assert (first["volumeBindingMode"], first["allowVolumeExpansion"]) == ("Immediate", False)
    assert second["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "false",
        "rehearsal.airflow-platform/access-modes": "ReadWriteOnce",
        "rehearsal.airflow-platform/local": "true",
    }
    assert second["volumeBindingMode"] == "WaitForFirstConsumer"
    assert second["allowVolumeExpansion"] is True


def test_all_mistakes_are_in_one_message(tmp_path: Path) -> None:
    with pytest.raises(UserError) as problem:
        inventory(
            tmp_path,
            "nodes: [{cpu: 4 cores, count: -1}]\n"
            "storageClasses: [{name: a, accessModes: [ReadWrite]}]\n"
            "operators: [postgres]\n"
            "node: []\n",
        )
    message = str(problem.value)
    assert message.splitlines()[0].endswith("cluster.yaml is wrong:")
    for part in (
        "node is not a setting; did you mean nodes?",
        "nodes[0].name is not set",
        "nodes[0].cpu is '4 cores'; expected cores, such as 500m or 2",
        "nodes[0].count is -1; expected 0 or more",
        "storageClasses[0].accessModes[0] is 'ReadWrite'; expected one of ReadWriteOnce, ",
        "operators[0] is 'postgres'; expected one of cloudnative-pg, karpenter",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("- nodes", "is not an inventory: a mapping is expected"),
        ("nodes: [", "can't be read: "),
        ("1: {}", "1 is not a setting"),
        ("operators: [2025-01-01]", "'2025-01-01'; expected one of"),
    ],
)
def test_an_invalid_file_is_an_error(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(UserError, match=r"cluster\.yaml") as problem:
        inventory(tmp_path, text)
    assert part in str(problem.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.yaml can't be read"):
        read_inventory(tmp_path / "gone.yaml")
