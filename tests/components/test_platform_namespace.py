"""The admission level, the quota and the limits of the namespace."""

from airflow_k8s.rendering.resources import Evaluation


def test_only_restricted_pods_are_admitted(stack: Evaluation) -> None:
    labels = stack["platform-namespace"].inputs["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


def test_the_quota_of_prod(prod: Evaluation) -> None:
    assert prod["platform-quota"].inputs["spec"]["hard"] == {
        "requests.cpu": "79355m",
        "requests.memory": "163808Mi",
        "limits.memory": "328448Mi",
        "requests.nvidia.com/gpu": "2",
    }


def test_a_container_without_resources_gets_the_defaults(dev: Evaluation) -> None:
    (limit,) = dev["platform-limits"].inputs["spec"]["limits"]
    assert limit == {
        "type": "Container",
        "default": {"memory": "1Gi"},
        "defaultRequest": {"cpu": "250m", "memory": "512Mi"},
    }
