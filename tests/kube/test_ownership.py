"""Objects that the control plane makes by itself."""

import pytest

from airflow_k8s.kube.ownership import CONTROL_PLANE_KINDS, is_in_every_namespace


@pytest.mark.parametrize("kind", ["Event", "Lease", "NodeMetrics", "PodMetrics", "Endpoints"])
def test_the_control_plane_makes_objects_of_this_kind(kind: str) -> None:
    assert kind in CONTROL_PLANE_KINDS


@pytest.mark.parametrize("kind", ["ReplicaSet", "Pod", "Secret"])
def test_objects_of_this_kind_have_an_owner_or_are_declared(kind: str) -> None:
    assert kind not in CONTROL_PLANE_KINDS


def test_two_objects_are_in_every_namespace() -> None:
    def named(kind: str, name: str) -> bool:
        return is_in_every_namespace({"kind": kind, "metadata": {"name": name}})

    assert named("ConfigMap", "kube-root-ca.crt")
    assert named("ServiceAccount", "default")
    assert not named("ConfigMap", "default")
    assert not named("ServiceAccount", "airflow")
