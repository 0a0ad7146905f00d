"""The GPU nodes keep what others put on them."""

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
    ("now", "then"),
    [
        ([], [OURS]),
        ([THEIRS, CORDON, GONE], [THEIRS, CORDON, GONE, OURS]),
        ([OURS, THEIRS], [OURS, THEIRS]),
        ([OURS | {"value": "old"}, THEIRS], [OURS, THEIRS]),
        ([OURS | {"effect": "NoExecute"}], [OURS | {"effect": "NoExecute"}, OURS]),
    ],
    ids=["bare", "others'", "already there", "another value", "another effect is another taint"],
)
def test_the_taint_joins_those_that_are_there(now: list[Any], then: list[Any]) -> None:
    assert with_taint(now, Taint()) == then


def test_the_toleration_is_for_the_taint() -> None:
    assert toleration(Taint()) == OURS | {"operator": "Equal"}


@pytest.fixture(scope="module")
def tainted() -> Evaluation:
    nodes = {
        "gpu-1": {"spec": {"taints": [THEIRS, GONE]}},
        "gpu-2": {"spec": {"taints": [OURS, CORDON]}},
    }
    return evaluate(PROGRAM, stack_config(PROGRAM, "prod"), MockEngine(nodes))


def test_the_patch_holds_each_nodes_own_taints(tainted: Evaluation) -> None:
    assert tainted["gpu-gpu-1-taint"].inputs["spec"]["taints"] == [THEIRS, GONE, OURS]
    assert tainted["gpu-gpu-2-taint"].inputs["spec"]["taints"] == [OURS, CORDON]


def test_the_taints_are_taken_by_force_and_never_let_go(tainted: Evaluation) -> None:
    patch = tainted["gpu-gpu-1-taint"]
    assert patch.inputs["metadata"]["annotations"] == {"pulumi.com/patchForce": "true"}
    assert patch.retain_on_delete, "letting go drops the whole list, the others' taints included"


def test_the_label_is_ours_alone_and_goes_with_us(tainted: Evaluation) -> None:
    patch = tainted["gpu-gpu-1-label"]
    assert patch.inputs["metadata"]["labels"] == {"accelerator": "nvidia-tesla-v100"}
    assert not patch.retain_on_delete


def test_karpenter_makes_labelled_and_tainted_nodes_up_to_the_count() -> None:
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
