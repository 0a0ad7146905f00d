"""The taints that a patch removes from a node."""

from typing import Any

from airflow_k8s.commands.rehearse.applying import removed_taints


def taint(key: str) -> dict[str, str]:
    return {"key": key, "value": "v", "effect": "NoSchedule"}


def node(*taints: dict[str, str]) -> dict[str, Any]:
    return {"spec": {"taints": list(taints)}}


def test_taints_are_compared_by_key_and_effect() -> None:
    other_value, other_effect = taint("a") | {"value": "w"}, taint("a") | {"effect": "NoExecute"}
    assert removed_taints(node(taint("a")), node(other_value)) == ""
    assert removed_taints(node(taint("a")), node(other_effect)) == "a=v:NoSchedule"
    assert removed_taints(node(taint("a"), taint("b")), {}) == "a=v:NoSchedule, b=v:NoSchedule"
    assert removed_taints({"spec": {}}, node(taint("a"))) == ""
    bare = {"key": "cloud.example/spot", "effect": "PreferNoSchedule"}
    assert removed_taints(node(bare), node()) == "cloud.example/spot:PreferNoSchedule"
