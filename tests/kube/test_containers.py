"""The containers of a pod's spec."""

from airflow_k8s.kube.containers import containers_of


def test_init_containers_come_before_the_others() -> None:
    spec = {"containers": [{"name": "b"}], "initContainers": [{"name": "a"}]}
    assert [container["name"] for container in containers_of(spec)] == ["a", "b"]


def test_a_spec_without_init_containers_has_its_containers() -> None:
    spec = {"containers": [{"name": "b"}], "initContainers": None}
    assert [container["name"] for container in containers_of(spec)] == ["b"]
