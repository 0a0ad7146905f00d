"""What a cluster must have."""

from dataclasses import replace
from typing import Any

from airflow_k8s.commands.deploy.prerequisites import Offer, missing, told
from airflow_k8s.stack.settings.secret import Secret
from tests.conftest import settings_of

SMALL = Offer(
    version="1.34.4", api_groups=(), storage_classes={"standard": True}, nodes=("node-1",)
)
LARGE = replace(SMALL, api_groups=("postgresql.cnpg.io/v1",), nodes=("cpu-1", "gpu-1", "gpu-2"))


def lacks(there: Offer, stack: str, **changes: Any) -> list[str]:
    return list(missing(there, settings_of(stack, **changes)))


def test_a_cluster_that_has_it_all_lacks_nothing() -> None:
    assert lacks(SMALL, "dev") == []
    assert lacks(LARGE, "prod") == []


def test_all_that_is_missing_is_told_at_once() -> None:
    found = lacks(SMALL, "prod")
    assert [each.split(":")[0] for each in found] == [
        "no operator serves postgresql.cnpg.io/v1",
        "no node gpu-1, which gpu.nodes names; there are",
        "no node gpu-2, which gpu.nodes names; there are",
    ]
    assert "cloudnative-pg.io" in found[0]


def test_an_old_kubernetes_is_told() -> None:
    assert lacks(replace(SMALL, version="1.29.9"), "dev") == [
        "Kubernetes is 1.29.9; 1.30 or newer is needed"
    ]


def test_a_version_that_its_cloud_marks_is_read() -> None:
    assert lacks(replace(SMALL, version="1.33.5-eks-3025e55"), "dev") == []


def test_claims_without_a_class_need_a_default_one() -> None:
    there = replace(SMALL, storage_classes={"slow": False, "fast": False})
    (found,) = lacks(there, "dev")
    assert "no default storage class" in found
    assert "(fast, slow)" in found


def test_a_stack_that_names_its_classes_needs_no_default() -> None:
    named = {"storageClass": "fast"}
    changes: dict[str, Any] = {"data": named, "logs": {"volume": named}, "database": named}
    there = replace(SMALL, storage_classes={"fast": False})
    assert lacks(there, "dev", **changes) == []
    assert lacks(SMALL, "dev", **changes) == ["no storage class fast; there are: standard"]


def test_what_makes_no_claim_asks_for_no_class() -> None:
    changes: dict[str, Any] = {
        "logs": {"store": "remote", "folder": "s3://logs/airflow"},
        "database": {"mode": "external"},
        "databaseUrl": Secret("postgresql://db.example.com/airflow"),
        "data": {"storageClass": "fast"},
    }
    there = replace(SMALL, storage_classes={"fast": False})
    assert [each for each in lacks(there, "dev", **changes) if "class" in each] == []


def test_what_is_looked_for_is_told() -> None:
    assert told(settings_of("prod")) == (
        "Kubernetes 1.30, postgresql.cnpg.io/v1, a default storage class, node gpu-1, node gpu-2"
    )
