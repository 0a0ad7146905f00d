"""Requirements for all rules."""

import re
from typing import Any

import pytest

from airflow_k8s.policy.rule import Rule
from airflow_k8s.policy.rules import RULES
from airflow_k8s.rendering.manifests import Object
from tests.conftest import PROGRAM
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
def test_a_null_field_counts_as_a_missing_field(rule: Rule) -> None:
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
    assert all(each.message for each in rule.judge(judged)), "the finding has no message"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_empty_stack_can_be_checked(rule: Rule) -> None:
    assert all(each.subject.count("/") == 1 for each in rule.judge(scope()))


PATH = re.compile(r"[\w./-]+\.py")


def test_every_file_that_a_remedy_or_a_description_names_exists() -> None:
    named = {path for rule in RULES for path in PATH.findall(f"{rule.remedy} {rule.description}")}
    assert "components/pod_access.py" in named
    assert not [path for path in named if not (PROGRAM / path).is_file()]
