"""The deletion of a rehearsed stack."""

from pathlib import Path
from typing import Any, cast

import pytest

from airflow_k8s.commands.rehearse.cleanup import delete_stack
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from tests.programs import program

RELEASE = {"metadata": {"name": "sh.helm.release.v1.airflow.v1", "labels": {"name": "airflow"}}}


class FakeCluster:
    """A cluster with a namespace. It exists for `reads` reads after its deletion."""

    kubeconfig = None

    def __init__(self, *, exists: bool = True, reads: int = 0) -> None:
        self.exists, self.reads, self.deleted = exists, reads, False

    def get(self, _version: str, kind: str, name: str) -> Any:
        if self.deleted:
            self.exists, self.reads = self.reads > 0, self.reads - 1
        return {"kind": kind, "metadata": {"name": name}} if self.exists else None

    def list(self, *_: str, **__: str) -> Any:
        return [RELEASE]

    def delete(self, _existing: Any) -> None:
        self.deleted = True


def test_the_releases_are_uninstalled_and_the_namespace_is_deleted(tmp_path: Path) -> None:
    arguments, cluster = tmp_path / "arguments", FakeCluster()
    helm = program(tmp_path / "helm", f'echo "$*" > "{arguments}"')
    delete_stack(cast(Cluster, cluster), helm, "airflow", timeout=5)
    assert cluster.deleted
    assert arguments.read_text().startswith("uninstall airflow --namespace airflow")


def test_a_missing_namespace_needs_no_deletion() -> None:
    cluster = FakeCluster(exists=False)
    delete_stack(cast(Cluster, cluster), Path("helm"), "airflow", timeout=5)
    assert not cluster.deleted


def test_a_namespace_that_still_exists_after_the_timeout_is_an_error(tmp_path: Path) -> None:
    helm = program(tmp_path / "helm", "exit 0")
    with pytest.raises(UserError, match="namespace airflow was not deleted within 0 s"):
        delete_stack(cast(Cluster, FakeCluster(reads=9)), helm, "airflow", timeout=0)
