"""The GPU nodes keep the taints of other managers."""

from typing import Any

import pytest

from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.mock_engine import MockEngine
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.cluster import Taint
from airflow_k8s.stack.stack_file import stack_config
from components.gpu_node_pool import toleration, with_taint
from tests.conftest import PROGRAM, evaluated

OURS = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
THEIRS = {"key": "team", "value": "a", "effect": "NoSchedule"}
CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
GONE = {
    "key": "node.kubernetes.io/unreachable",
    "effect": "NoExecute",
    "timeAdded": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ([], [OURS]),
        ([THEIRS, CORDON, GONE], [THEIRS, CORDON, GONE, OURS]),
        ([OURS, THEIRS], [OURS, THEIRS]),
        ([OURS | {"value": "old"}, THEIRS], [OURS, THEIRS]),
        ([OURS | {"effect": "NoExecute"}], [OURS | {"effect": "NoExecute"}, OURS]),
    ],
    ids=["none", "other taints", "present", "other value", "other effect"],
)
def test_the_taint_is_added_to_the_current_taints(current: list[Any], expected: list[Any]) -> None:
    assert with_taint(current, Taint()) == expected


def test_the_toleration_matches_the_taint() -> None:
    assert toleration(Taint()) == OURS | {"operator": "Equal"}


@pytest.fixture(scope="module")
def tainted() -> Evaluation:
    nodes = {
        "gpu-1": {"spec": {"taints": [THEIRS, GONE]}},
        "gpu-2": {"spec": {"taints": [OURS, CORDON]}},
    }
    return evaluate(PROGRAM, stack_config(PROGRAM, "prod"), MockEngine(nodes))


def test_the_patch_of_a_node_has_all_taints_of_that_node(tainted: Evaluation) -> None:
    assert tainted["gpu-gpu-1-taint"].inputs["spec"]["taints"] == [THEIRS, GONE, OURS]
    assert tainted["gpu-gpu-2-taint"].inputs["spec"]["taints"] == [OURS, CORDON]


def test_the_patch_of_the_taints_is_forced_and_retained(tainted: Evaluation) -> None:
    patch = tainted["gpu-gpu-1-taint"]
    assert patch.inputs["metadata"]["annotations"] == {"pulumi.com/patchForce": "true"}
    assert patch.retain_on_delete, "a deletion would remove the taints of other managers"


def test_the_label_is_removed_with_the_stack(tainted: Evaluation) -> None:
    patch = tainted["gpu-gpu-1-label"]
    assert patch.inputs["metadata"]["labels"] == {"accelerator": "nvidia-tesla-v100"}
    assert not patch.retain_on_delete


def test_the_node_pool_has_labels_taints_and_a_limit_of_gpus() -> None:
    requirement = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["p3"]}
    gpu = {"mode": "karpenter", "count": 4, "karpenter": {"requirements": [requirement]}}
    pool = evaluated("prod", gpu=gpu)["gpu-pool"].inputs
    assert pool["metadata"]["name"] == "airflow-gpu"
    template = pool["spec"]["template"]
    assert template["metadata"]["labels"] == {"accelerator": "nvidia-tesla-v100"}
    assert template["spec"]["taints"] == [OURS]
    assert template["spec"]["requirements"] == [requirement]
    assert template["spec"]["nodeClassRef"] == {
        "group": "karpenter.k8s.aws",
        "kind": "EC2NodeClass",
        "name": "default",
    }
    assert pool["spec"]["limits"] == {"nvidia.com/gpu": "4"}
    assert pool["spec"]["disruption"]["consolidationPolicy"] == "WhenEmpty"
