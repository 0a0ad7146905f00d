"""What a stack needs of a cluster."""

from dataclasses import replace
from typing import Any

from airflow_k8s.commands.deploy.prerequisites import Inventory, missing, requirements
from airflow_k8s.stack.settings.secret import Secret
from tests.conftest import settings_of

SMALL = Inventory(
    version="1.34.4", api_groups=(), storage_classes={"standard": True}, nodes=("node-1",)
)
LARGE = replace(SMALL, api_groups=("postgresql.cnpg.io/v1",), nodes=("cpu-1", "gpu-1", "gpu-2"))


def lacks(found: Inventory, stack: str, **changes: Any) -> list[str]:
    return list(missing(found, settings_of(stack, **changes)))


def test_a_complete_cluster_lacks_nothing() -> None:
    assert lacks(SMALL, "dev") == []
    assert lacks(LARGE, "prod") == []


def test_everything_that_is_missing_is_reported_together() -> None:
    found = lacks(SMALL, "prod")
    assert [text.split(":")[0] for text in found] == [
        "no operator serves postgresql.cnpg.io/v1",
        "no node gpu-1, which gpu.nodes names; the cluster has",
        "no node gpu-2, which gpu.nodes names; the cluster has",
    ]
    assert "cloudnative-pg.io" in found[0]


def test_a_kubernetes_that_is_too_old_is_reported() -> None:
    assert lacks(replace(SMALL, version="1.29.9"), "dev") == [
        "Kubernetes is 1.29.9; 1.30 or newer is needed"
    ]


def test_a_version_with_the_suffix_of_a_cloud_is_read() -> None:
    assert lacks(replace(SMALL, version="1.33.5-eks-3025e55"), "dev") == []


def test_claims_without_a_class_need_a_default_one() -> None:
    cluster = replace(SMALL, storage_classes={"slow": False, "fast": False})
    (found,) = lacks(cluster, "dev")
    assert "no default storage class" in found
    assert "(fast, slow)" in found


def test_a_stack_that_names_its_classes_needs_no_default() -> None:
    named = {"storageClass": "fast"}
    changes: dict[str, Any] = {"data": named, "logs": {"volume": named}, "database": named}
    cluster = replace(SMALL, storage_classes={"fast": False})
    assert lacks(cluster, "dev", **changes) == []
    assert lacks(SMALL, "dev", **changes) == ["no storage class fast; the cluster has: standard"]


def test_a_stack_without_claims_needs_no_storage_class() -> None:
    changes: dict[str, Any] = {
        "logs": {"store": "remote", "folder": "s3://logs/airflow"},
        "database": {"mode": "external"},
        "databaseUrl": Secret("postgresql://db.example.com/airflow"),
        "data": {"storageClass": "fast"},
    }
    cluster = replace(SMALL, storage_classes={"fast": False})
    assert [text for text in lacks(cluster, "dev", **changes) if "class" in text] == []


def test_the_requirements_of_a_stack_are_listed() -> None:
    assert requirements(settings_of("prod")) == [
        "Kubernetes 1.30",
        "postgresql.cnpg.io/v1",
        "a default storage class",
        "node gpu-1",
        "node gpu-2",
    ]
