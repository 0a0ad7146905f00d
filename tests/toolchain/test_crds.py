"""The definitions of Karpenter (a Go module) and CloudNativePG (a file of its repository)."""

import hashlib
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.crds import cloudnative_pg_crds, karpenter_crds
from tests.programs import program
from tests.toolchain.conftest import Web

DEFINITION = b"kind: CustomResourceDefinition\n---\nkind: CustomResourceDefinition\n"
SHA256 = hashlib.sha256(DEFINITION).hexdigest()


def test_the_definitions_of_karpenter_are_those_of_its_pinned_release() -> None:
    found = {crd["spec"]["names"]["kind"]: crd for crd in karpenter_crds(print)}
    assert {"NodePool", "NodeClaim"} <= found.keys()
    for crd in found.values():
        assert crd["apiVersion"] == "apiextensions.k8s.io/v1"
        assert crd["spec"]["group"] == "karpenter.sh"
        assert any(version["served"] for version in crd["spec"]["versions"])


def test_the_definitions_of_karpenter_are_downloaded_once(
    path: Path, messages: list[str], tmp_path: Path
) -> None:
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
    assert messages == ["downloading the definitions of Karpenter 1.14.1 (a few seconds, once)"]


def test_the_error_has_the_reason_why_the_module_of_karpenter_is_not_available(
    path: Path, messages: list[str]
) -> None:
    program(path / "go", '[ "$1" = version ] && echo go1.99 && exit; echo no such host >&2; exit 1')
    with pytest.raises(
        UserError, match=r"^the definitions of Karpenter 1\.14\.1 are not available:\nno such"
    ):
        karpenter_crds(messages.append)


def test_the_definition_of_cloudnative_pg_is_downloaded_once(
    path: Path, web: Web, messages: list[str]
) -> None:
    del path
    address = web.serves("/clusters.yaml", DEFINITION)
    first = cloudnative_pg_crds(messages.append, address=address, sha256=SHA256)
    assert first == [{"kind": "CustomResourceDefinition"}] * 2
    web.files.clear()
    assert cloudnative_pg_crds(messages.append, address=address, sha256=SHA256) == first
    assert web.requests == ["HEAD clusters.yaml", "GET clusters.yaml"]
    assert not messages


def test_a_definition_that_can_not_be_downloaded_is_none_with_a_reason(
    path: Path, web: Web, refusing_address: str, messages: list[str]
) -> None:
    del path
    assert cloudnative_pg_crds(messages.append, address=refusing_address, sha256=SHA256) is None
    tampered = web.serves("/clusters.yaml", b"kind: Other")
    assert cloudnative_pg_crds(messages.append, address=tampered, sha256=SHA256) is None
    right = web.serves("/clusters.yaml", DEFINITION)
    assert cloudnative_pg_crds(messages.append, address=right, sha256=SHA256), "a failure was kept"
    begin = "the definition of CloudNativePG 1.30.0 is not available: "
    assert messages[0] == f"{begin}no answer from {refusing_address}"
    assert messages[1].startswith(f"{begin}{tampered} has sha256 ")


def test_a_file_in_the_cache_with_another_checksum_is_refused(
    path: Path, web: Web, messages: list[str]
) -> None:
    del path
    cloudnative_pg_crds(messages.append, address=web.serves("/c", DEFINITION), sha256=SHA256)
    with pytest.raises(UserError, match=r"clusters\.yaml is not the pinned one; delete /"):
        cloudnative_pg_crds(messages.append, address=web.address, sha256="another")
