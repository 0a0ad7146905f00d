"""The programs of the control plane: which are used, and which are built."""

import hashlib
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import releases
from airflow_k8s.toolchain.cache import cache_root
from airflow_k8s.toolchain.command import version
from airflow_k8s.toolchain.control_plane import ControlPlane, find_control_plane, find_kubectl
from airflow_k8s.toolchain.releases import Release
from tests.programs import go, program
from tests.toolchain.conftest import Web

VERSIONS = {
    "kwokctl": "0.8.0",
    "kwok": "0.8.0",
    "etcd": "3.6.14",
    "kube-apiserver": "1.34.4",
    "kube-controller-manager": "1.34.4",
    "kube-scheduler": "1.34.4",
    "kubectl": "1.34.4",
}


def install(folder: Path, **versions: str) -> None:
    """Programs of these versions, or the pinned ones; a version `none` leaves one out."""
    wanted = VERSIONS | {name.replace("_", "-"): version for name, version in versions.items()}
    for name, its_version in wanted.items():
        if its_version != "none":
            program(folder / name, f"echo v{its_version}")


def fill_cache(*names: str) -> None:
    for name in names or VERSIONS:
        program(in_cache(name), f"echo v{VERSIONS[name]}")


def in_cache(name: str) -> Path:
    return cache_root() / f"{name}-{VERSIONS[name]}" / name


def paths(plane: ControlPlane) -> dict[str, Path]:
    return {name: getattr(plane, name.replace("-", "_")) for name in VERSIONS}


def test_programs_on_path_are_used_if_their_versions_fit(path: Path, messages: list[str]) -> None:
    newer = {f"kube_{name}": "1.36.0" for name in ("apiserver", "controller_manager", "scheduler")}
    install(path, etcd="3.7.1", kwok="0.8.1", kubectl="1.30.2", **newer)
    plane = find_control_plane(messages.append)
    assert paths(plane) == {name: path / name for name in VERSIONS}
    assert plane.kubernetes == "1.36.0"
    assert not messages


@pytest.mark.parametrize(
    ("installed", "from_cache"),
    [
        ({"etcd": "3.4.23"}, {"etcd"}),
        ({"kwok": "0.7.0"}, {"kwok", "kwokctl"}),
        ({"kwokctl": "none"}, {"kwok", "kwokctl"}),
        ({"kubectl": "none"}, {"kubectl"}),
        *[
            (servers, {"kube-apiserver", "kube-controller-manager", "kube-scheduler"})
            for servers in (
                {"kube_scheduler": "none"},
                {"kube_scheduler": "1.35.0"},
                {f"kube_{e}": "1.33.9" for e in ("apiserver", "controller_manager", "scheduler")},
            )
        ],
    ],
)
def test_programs_of_the_cache_are_used_if_the_versions_on_path_do_not_fit_together(
    path: Path, messages: list[str], installed: dict[str, str], from_cache: set[str]
) -> None:
    install(path, **installed)
    fill_cache()
    plane = find_control_plane(messages.append)
    expected = {name: in_cache(name) if name in from_cache else path / name for name in VERSIONS}
    assert paths(plane) == expected
    assert plane.kubernetes == "1.34.4"
    assert not messages


def test_a_missing_program_is_announced_and_built_once(path: Path, messages: list[str]) -> None:
    go(path)
    fill_cache("kube-scheduler")
    plane = find_control_plane(messages.append)
    assert messages == [
        "building kwokctl 0.8.0 (1 of 6, about a minute and a half, once)",
        "building kwok 0.8.0 (2 of 6, about half a minute, once)",
        "building etcd 3.6.14 (3 of 6, about half a minute, once)",
        "building kube-apiserver 1.34.4 (4 of 6, about five minutes, once)",
        "building kube-controller-manager 1.34.4 (5 of 6, about a minute and a half, once)",
        "building kubectl 1.34.4 (6 of 6, about half a minute, once)",
    ]
    assert paths(plane) == {name: in_cache(name) for name in VERSIONS}
    del messages[:]
    assert find_control_plane(messages.append) == plane
    assert not messages


def test_kubernetes_programs_are_built_to_know_their_version(
    path: Path, messages: list[str]
) -> None:
    go(path)
    how = find_control_plane(messages.append).kube_scheduler.read_text()
    for variable in ("gitVersion=v1.34.4", "gitMajor=1", "gitMinor=34"):
        assert f" -X k8s.io/component-base/version.{variable} " in how
    assert "k8s.io/kubernetes/cmd/kube-scheduler " in how
    assert " in kubernetes" in how


def test_a_second_run_builds_only_the_programs_that_the_first_did_not(
    path: Path, messages: list[str]
) -> None:
    go(path, fails="kube-scheduler")
    with pytest.raises(UserError) as problem:
        find_control_plane(messages.append)
    assert str(problem.value) == (
        "kube-scheduler 1.34.4 is not available:\nno such host\n"
        "Either put one of the same minor version on PATH, or fix that."
    )
    go(path)
    del messages[:]
    find_control_plane(messages.append)
    assert [text.split(",")[0] for text in messages] == [
        "building kube-scheduler 1.34.4 (1 of 2",
        "building kubectl 1.34.4 (2 of 2",
    ]


def test_releases_that_are_available_are_downloaded_and_the_others_are_built(
    path: Path,
    web: Web,
    refusing_address: str,
    messages: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(path, kubectl="none", kube_scheduler="none")
    go(path)
    server = b"#!/bin/sh\necho v1.34.4"
    addresses = {
        "kube-apiserver": web.serves("/kube-apiserver", server),
        "kube-controller-manager": f"{web.address}/none",
        "kube-scheduler": f"{refusing_address}/kube-scheduler",
    }
    rows = tuple(
        Release(
            tool=name,
            version="1.34.4",
            platform=releases.this_platform(),
            address=address,
            sha256=hashlib.sha256(server).hexdigest(),
        )
        for name, address in addresses.items()
    )
    monkeypatch.setattr(releases, "RELEASES", rows)
    plane = find_control_plane(messages.append)
    assert messages == [
        "downloading kube-apiserver 1.34.4 (1 of 4)",
        "building kube-controller-manager 1.34.4 (2 of 4, about a minute and a half, once)",
        "building kube-scheduler 1.34.4 (3 of 4, about ten seconds, once)",
        "building kubectl 1.34.4 (4 of 4, about half a minute, once)",
    ]
    assert plane.kube_apiserver.read_bytes() == server
    assert plane.etcd == path / "etcd"


def test_kubectl_of_any_version_on_path_is_used(path: Path, messages: list[str]) -> None:
    installed = program(path / "kubectl", "echo v1.20.0")
    assert find_kubectl(messages.append) == installed
    assert not messages


def test_a_missing_kubectl_is_made_without_the_rest_of_the_control_plane(
    path: Path, messages: list[str]
) -> None:
    go(path)
    assert find_kubectl(messages.append) == in_cache("kubectl")
    assert messages == ["building kubectl 1.34.4 (about half a minute, once)"]


def test_the_real_programs_exist_and_their_versions_fit_together() -> None:
    plane = find_control_plane(print)
    servers = (plane.kube_apiserver, plane.kube_controller_manager, plane.kube_scheduler)
    versions = {version([server, "--version"]) for server in servers}
    assert [".".join(map(str, found)) for found in versions] == [plane.kubernetes]
    assert versions.pop() >= (1, 34, 0)
    assert version([plane.kwokctl, "--version"])[:2] == version([plane.kwok, "--version"])[:2]
    assert version([plane.etcd, "--version"]) >= (3, 6, 0)
    assert version([plane.kubectl, "version", "--client"]) >= (1, 0, 0)
