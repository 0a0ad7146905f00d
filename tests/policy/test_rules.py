"""What is true of every rule."""

from typing import Any

import pytest

from airflow_k8s.policy.rule import Rule
from airflow_k8s.policy.rules import RULES
from airflow_k8s.rendering.manifests import Object
from tests.policy.samples import container, deployment, made, pod, release, scope

NOTHING: dict[str, Any] = {
    "imagePullSecrets": None,
    "initContainers": None,
    "volumes": None,
    "tolerations": None,
    "nodeSelector": None,
    "affinity": None,
    "topologySpreadConstraints": None,
    "securityContext": None,
    "serviceAccountName": None,
    "containers": [
        container()
        | dict.fromkeys(
            [
                "args",
                "command",
                "env",
                "envFrom",
                "lifecycle",
                "livenessProbe",
                "ports",
                "resources",
                "securityContext",
                "volumeMounts",
            ]
        )
    ],
}


def unlabelled(each: Object) -> Object:
    """As the chart writes what a stack leaves empty."""
    each.manifest["metadata"].update(labels=None, annotations=None)
    if each.pods:
        each.pods.template["metadata"].update(labels=None, annotations=None)
    return each


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_null_is_read_as_if_it_were_not_there(rule: Rule) -> None:
    objects = [
        deployment(replicas=2, **NOTHING),
        pod(part="task pod", **NOTHING),
        made("ConfigMap", "empty", data=None),
        made("Role", "empty", rules=None),
        made("RoleBinding", "empty", roleRef={"kind": "Role", "name": "empty"}, subjects=None),
        made("ResourceQuota", "empty", spec={"hard": None}),
        made("NetworkPolicy", "empty", spec={"podSelector": None, "egress": [{"to": None}]}),
        made("PodDisruptionBudget", "empty", spec={"selector": None}),
        made("PersistentVolumeClaim", "empty", spec={"accessModes": None}),
        made("Secret", "empty", stringData=None, data=None),
        made("Namespace", "airflow", namespace=""),
        made("Node", "gpu-1", namespace="", spec=None),
    ]
    gpu = {"mode": "nodes", "nodes": ["gpu-1"], "count": 1}
    judged = scope([unlabelled(each) for each in objects], [release(values=None)], gpu=gpu)
    assert all(each.message for each in rule.judge(judged)), "it has to say what is wrong"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_stack_of_nothing_is_judged_too(rule: Rule) -> None:
    assert all(each.subject.count("/") == 1 for each in rule.judge(scope()))
