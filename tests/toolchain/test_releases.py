"""The table of pinned releases."""

import re

import pytest

from airflow_k8s.toolchain import go_build, releases
from airflow_k8s.toolchain.releases import (
    DARWIN_AMD64,
    DARWIN_ARM64,
    LINUX_AMD64,
    LINUX_ARM64,
    RELEASES,
    Release,
)

MODULES = {
    "helm": ("helm", "helm.sh/helm/v3"),
    "etcd": ("etcd", "go.etcd.io/etcd/server/v3"),
    "kwok": ("kwok", "sigs.k8s.io/kwok"),
    "kwokctl": ("kwok", "sigs.k8s.io/kwok"),
    "actionlint": ("actionlint", "github.com/rhysd/actionlint"),
} | dict.fromkeys(
    ("kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    ("kubernetes", "k8s.io/kubernetes"),
)


def row_id(row: Release) -> str:
    return f"{row.tool} {row.platform}"


@pytest.mark.parametrize("row", RELEASES, ids=row_id)
def test_a_release_has_the_version_that_would_be_built(row: Release) -> None:
    folder, path = MODULES[row.tool]
    assert row.version == go_build.pinned_version(go_build.MODULES / folder, path)


@pytest.mark.parametrize("row", RELEASES, ids=row_id)
def test_a_release_has_a_checksum_and_an_https_address_of_its_own_platform(row: Release) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", row.sha256)
    assert row.address.startswith("https://")
    system, _, machine = row.platform.partition("/")
    assert system in row.address
    assert machine in row.address
    assert row.version in row.address


def test_no_two_releases_have_the_same_checksum_or_platform() -> None:
    assert len({row.sha256 for row in RELEASES}) == len(RELEASES)
    assert len({(row.tool, row.platform) for row in RELEASES}) == len(RELEASES)


def test_every_tool_has_a_release_for_linux() -> None:
    for platform in (LINUX_AMD64, LINUX_ARM64):
        assert {row.tool for row in RELEASES if row.platform == platform} == MODULES.keys()


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("Linux", "x86_64", LINUX_AMD64),
        ("Linux", "aarch64", LINUX_ARM64),
        ("Darwin", "x86_64", DARWIN_AMD64),
        ("Darwin", "arm64", DARWIN_ARM64),
        ("Linux", "riscv64", "linux/riscv64"),
    ],
)
def test_the_platform_is_named_as_in_go(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, expected: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert releases.this_platform() == expected


def test_a_platform_or_version_outside_of_the_table_has_no_release() -> None:
    assert releases.release("helm", "3.19.5", LINUX_AMD64)
    assert releases.release("helm", "3.19.5", "linux/riscv64") is None
    assert releases.release("helm", "3.18.0", LINUX_AMD64) is None
