"""Operators' definitions: Karpenter's from its module, CloudNativePG's from its repository."""

import hashlib
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.crds import cloudnative_pg_crds, karpenter_crds
from tests.programs import program
from tests.toolchain.conftest import Web

DEFINITION = b"kind: CustomResourceDefinition\n---\nkind: CustomResourceDefinition\n"
SHA256 = hashlib.sha256(DEFINITION).hexdigest()


def test_karpenters_are_those_of_its_pinned_release() -> None:
    found = {each["spec"]["names"]["kind"]: each for each in karpenter_crds(print)}
    assert {"NodePool", "NodeClaim"} <= found.keys()
    for each in found.values():
        assert each["apiVersion"] == "apiextensions.k8s.io/v1"
        assert each["spec"]["group"] == "karpenter.sh"
        assert any(version["served"] for version in each["spec"]["versions"])


def test_karpenters_are_fetched_once(path: Path, messages: list[str], tmp_path: Path) -> None:
    source = tmp_path / "source" / "pkg" / "apis" / "crds"
    source.mkdir(parents=True)
    (source / "karpenter.sh_nodepools.yaml").write_text("kind: CustomResourceDefinition")
    (source / "another.io_things.yaml").write_text("kind: Other")
    go = program(
        path / "go",
        f'case "$1" in version) echo go1.99 ;; list) echo {tmp_path}/source ;; esac',
    )
    assert karpenter_crds(messages.append) == [{"kind": "CustomResourceDefinition"}]
    go.unlink()
    assert karpenter_crds(messages.append) == [{"kind": "CustomResourceDefinition"}]
    assert messages == ["fetching Karpenter 1.14.1's definitions (a few seconds, once)"]


def test_without_karpenters_module_the_reason_is_told(path: Path, messages: list[str]) -> None:
    program(path / "go", '[ "$1" = version ] && echo go1.99 && exit; echo no such host >&2; exit 1')
    with pytest.raises(
        UserError, match=r"^Karpenter 1\.14\.1's definitions can't be had:\nno such"
    ):
        karpenter_crds(messages.append)


def test_cloudnative_pgs_is_downloaded_once(path: Path, web: Web, messages: list[str]) -> None:
    del path
    address = web.serves("/clusters.yaml", DEFINITION)
    first = cloudnative_pg_crds(messages.append, address=address, sha256=SHA256)
    assert first == [{"kind": "CustomResourceDefinition"}] * 2
    web.files.clear()
    assert cloudnative_pg_crds(messages.append, address=address, sha256=SHA256) == first
    assert web.asked == ["HEAD clusters.yaml", "GET clusters.yaml"]
    assert not messages


def test_where_it_can_not_be_had_there_is_none_and_why_is_said(
    path: Path, web: Web, nobody: str, messages: list[str]
) -> None:
    del path
    assert cloudnative_pg_crds(messages.append, address=nobody, sha256=SHA256) is None
    tampered = web.serves("/clusters.yaml", b"kind: Other")
    assert cloudnative_pg_crds(messages.append, address=tampered, sha256=SHA256) is None
    right = web.serves("/clusters.yaml", DEFINITION)
    assert cloudnative_pg_crds(messages.append, address=right, sha256=SHA256), "a failure was kept"
    begin = "CloudNativePG 1.30.0's definition can't be had: "
    assert messages[0] == f"{begin}nobody answers at {nobody}"
    assert messages[1].startswith(f"{begin}{tampered} has sha256 ")


def test_another_file_in_the_cache_is_refused(path: Path, web: Web, messages: list[str]) -> None:
    del path
    cloudnative_pg_crds(messages.append, address=web.serves("/c", DEFINITION), sha256=SHA256)
    with pytest.raises(UserError, match=r"clusters\.yaml is not the one that is pinned; delete /"):
        cloudnative_pg_crds(messages.append, address=web.address, sha256="another")
