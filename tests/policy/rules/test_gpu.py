"""Rules for GPU nodes."""

from typing import Any

import pytest

from airflow_k8s.policy.rules import gpu
from airflow_k8s.rendering.manifests import Object
from tests.policy.samples import container, deployment, findings_of, made, pod, scope

NODES = {"mode": "nodes", "nodes": ["gpu-1"], "count": 1}
SELECTOR = {"accelerator": "nvidia-tesla-v100"}
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
TOLERATION = TAINT | {"operator": "Equal"}


def asking(
    number: Any = "1",
    *,
    kind: str = "limits",
    field: str = "containers",
    selector: dict[str, str] | None = SELECTOR,
    tolerations: list[dict[str, Any]] | None = None,
) -> Object:
    """A pod that asks for a GPU and knows the way there."""
    one = container(resources={kind: {"nvidia.com/gpu": number}})
    others: dict[str, Any] = {field: [one], "nodeSelector": selector}
    return pod(tolerations=[TOLERATION] if tolerations is None else tolerations, **others)


def lost(subject: Object, **changes: Any) -> list[str]:
    return findings_of(gpu.gpu_pod_goes_to_the_pool, scope([subject], gpu=NODES | changes))


def test_a_gpu_pod_needs_node_selector_and_toleration() -> None:
    assert not lost(asking())
    assert lost(asking(tolerations=[])) == [
        "Pod/of-a-task: it requests a GPU and does not tolerate nvidia.com/gpu"
    ], "it would wait for ever"
    assert lost(asking(selector={})) == [
        "Pod/of-a-task: it requests a GPU and does not select accelerator=nvidia-tesla-v100"
    ]
    assert len(lost(asking(selector={"accelerator": "other"}, tolerations=[]))) == 2


def test_a_gpu_pod_uses_the_taint_and_label_of_the_stack() -> None:
    own = {"taint": {"key": "gpus", "value": "only"}, "label": {"key": "gpus", "value": "yes"}}
    toleration = {"key": "gpus", "value": "only"}
    assert not lost(asking(selector={"gpus": "yes"}, tolerations=[toleration]), **own)
    assert len(lost(asking(), **own)) == 2


def test_a_gpu_pod_in_a_stack_without_gpus_is_a_finding() -> None:
    judged = scope([asking()])
    assert findings_of(gpu.gpu_pod_goes_to_the_pool, judged) == [
        "Pod/of-a-task: it requests a GPU, and the stack has no GPU nodes"
    ]


@pytest.mark.parametrize("mode", ["existing", "karpenter"])
def test_a_gpu_pod_has_the_same_requirements_for_every_kind_of_pool(mode: str) -> None:
    assert not lost(asking(), mode=mode)
    assert lost(asking(tolerations=[]), mode=mode)


def test_a_gpu_request_counts_like_a_gpu_limit() -> None:
    assert lost(asking(kind="requests", tolerations=[]))
    assert lost(asking(1, tolerations=[]))
    assert lost(asking(field="initContainers", tolerations=[]))


def test_a_limit_of_zero_gpus_is_no_gpu() -> None:
    assert not lost(asking("0", selector={}, tolerations=[]))
    assert not lost(pod(containers=[container(resources=None)]))


@pytest.mark.parametrize(
    ("toleration", "admitted"),
    [
        (TOLERATION, True),
        (TAINT, True),
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "key": "nvidia.com/gpu"}, True),
        ({"operator": "Exists", "key": "nvidia.com/gpu", "effect": ""}, True),
        ({"key": "nvidia.com/gpu", "value": "present"}, True),
        ({"operator": "Exists", "key": "other"}, False),
        ({"operator": "Exists", "key": "nvidia.com/gpu", "effect": "NoExecute"}, False),
        ({"key": "nvidia.com/gpu", "value": "absent"}, False),
        ({"key": "nvidia.com/gpu"}, False),
        ({"key": "other", "value": "present"}, False),
    ],
    ids=str,
)
def test_a_toleration_is_matched_like_kubernetes_does(
    toleration: dict[str, Any], admitted: bool
) -> None:
    assert lost(asking(tolerations=[toleration])) == (
        []
        if admitted
        else ["Pod/of-a-task: it requests a GPU and does not tolerate nvidia.com/gpu"]
    )
    intruder = findings_of(
        gpu.gpu_nodes_for_gpu_pods, scope([deployment(tolerations=[toleration])])
    )
    assert bool(intruder) is admitted


def test_another_pod_that_tolerates_the_gpu_taint_is_a_finding() -> None:
    judged = scope([deployment(tolerations=[TOLERATION]), asking(), deployment("triggerer")])
    assert findings_of(gpu.gpu_nodes_for_gpu_pods, judged) == [
        "Deployment/airflow-scheduler: it tolerates nvidia.com/gpu and requests no GPU"
    ]


def patch(name: str = "gpu-1", *, labels: Any = None, taints: Any = None) -> Object:
    spec: dict[str, Any] = {} if taints is None else {"spec": {"taints": taints}}
    return made("Node", name, namespace="", patch=True, labels=labels, **spec)


def unmarked(*objects: Object, **changes: Any) -> list[str]:
    return findings_of(gpu.gpu_nodes_marked, scope(objects, gpu=NODES | changes))


OTHER = {"key": "team", "value": "data", "effect": "NoExecute"}


def test_the_nodes_get_the_taint_and_the_label() -> None:
    assert not unmarked(patch(labels=SELECTOR), patch(taints=[OTHER, TAINT]))
    assert not unmarked(patch(labels=SELECTOR | {"a": "b"}, taints=[TAINT]))


def test_a_wrong_or_missing_taint_or_label_is_a_finding() -> None:
    no_taint = "Node/gpu-1: its taints lack nvidia.com/gpu=present:NoSchedule"
    no_label = "Node/gpu-1: its labels lack accelerator=nvidia-tesla-v100"
    assert unmarked() == [no_taint, no_label], "task pods would find no node"
    assert unmarked(patch(labels=SELECTOR)) == [no_taint]
    assert unmarked(patch(taints=[TAINT])) == [no_label]
    weak = TAINT | {"effect": "PreferNoSchedule"}
    assert unmarked(patch(labels=SELECTOR, taints=[weak])) == [no_taint]
    assert unmarked(patch(labels={"accelerator": "other"}, taints=[TAINT])) == [no_label]
    assert unmarked(patch("gpu-11", labels=SELECTOR, taints=[TAINT])) == [no_taint, no_label]


def test_every_gpu_node_gets_the_taint_and_the_label() -> None:
    found = unmarked(patch(labels=SELECTOR, taints=[TAINT]), nodes=["gpu-1", "gpu-2"])
    assert [each.split(":")[0] for each in found] == ["Node/gpu-2", "Node/gpu-2"]


@pytest.mark.parametrize("mode", ["none", "existing"])
def test_a_stack_without_gpu_nodes_marks_none(mode: str) -> None:
    assert not unmarked(mode=mode, nodes=[], count=0)


def pool(labels: dict[str, str] | None, taints: list[Any] | None) -> Object:
    inside = {"metadata": {"labels": labels}, "spec": {"taints": taints}}
    return made("NodePool", "airflow-gpu", namespace="", spec={"template": inside})


def test_a_karpenter_pool_gets_the_taint_and_the_label() -> None:
    assert not unmarked(pool(SELECTOR, [TAINT]), mode="karpenter")
    assert unmarked(pool(None, None), mode="karpenter") == [
        "NodePool/airflow-gpu: its taints lack nvidia.com/gpu=present:NoSchedule",
        "NodePool/airflow-gpu: its labels lack accelerator=nvidia-tesla-v100",
    ]
    assert unmarked(mode="karpenter") == ["NodePool/*: the stack does not declare it"]
