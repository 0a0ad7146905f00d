"""The git server: its repository and its objects."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.errors import UserError
from dev.e2e import git_server
from dev.e2e.program import Image

IMAGE = Image(repository="mine/airflow", tag="1")


def test_the_bundle_holds_the_dags_on_main(tmp_path: Path) -> None:
    dags = tmp_path / "mine"
    (dags / "__pycache__").mkdir(parents=True)
    (dags / "a.py").write_text("1")
    (dags / ".airflowignore").write_text("1")
    (dags / "__pycache__" / "a.pyc").write_text("1")
    bundle = tmp_path / "bundle"
    bundle.write_bytes(git_server.bundle(dags))
    clone = tmp_path / "clone"
    subprocess.run(  # noqa: S603
        ["git", "clone", "--quiet", "--branch", "main", bundle, clone],  # noqa: S607
        check=True,
    )
    found = [str(file.relative_to(clone)) for file in clone.glob("*/**/*") if file.is_file()]
    dags_found = {name for name in found if not name.startswith(".git/")}
    assert dags_found == {"dags/a.py", "dags/.airflowignore"}


def test_a_bundle_that_is_too_large_for_a_config_map_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("1")
    monkeypatch.setattr(git_server, "_MAX_BYTES", 10)
    with pytest.raises(UserError, match="a ConfigMap can hold 10"):
        git_server.bundle(tmp_path)


def test_the_pods_of_the_server_conform_to_the_restricted_level() -> None:
    (namespace, *_, deployment) = git_server.manifests(b"bundle", IMAGE)
    spec: Any = deployment["spec"]["template"]["spec"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert spec["containers"][0]["image"] == "mine/airflow:1"


def test_the_address_of_the_repository_names_the_service() -> None:
    service = git_server.manifests(b"bundle", IMAGE)[2]["metadata"]
    host = f"{service['name']}.{service['namespace']}.svc"
    assert git_server.address() == f"git://{host}/dags.git"
