"""The programs of the control plane: which are used, and how the missing ones are made."""

import io
import tarfile
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.cache import cache
from airflow_k8s.toolchain.command import version
from airflow_k8s.toolchain.control_plane import ControlPlane, find_control_plane
from tests.programs import go, program
from tests.toolchain.conftest import Web

VERSIONS = {
    "kwokctl": "0.8.0",
    "kwok": "0.8.0",
    "etcd": "3.6.16",
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
    return cache() / f"{name}-{VERSIONS[name]}" / name


def paths(plane: ControlPlane) -> dict[str, Path]:
    return {name: getattr(plane, name.replace("-", "_")) for name in VERSIONS}


def test_installed_programs_are_used_where_they_suit(path: Path, messages: list[str]) -> None:
    newer = {f"kube_{each}": "1.36.0" for each in ("apiserver", "controller_manager", "scheduler")}
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
def test_those_that_do_not_suit_or_not_each_other_give_way_to_ours(
    path: Path, messages: list[str], installed: dict[str, str], from_cache: set[str]
) -> None:
    install(path, **installed)
    fill_cache()
    plane = find_control_plane(messages.append)
    expected = {name: in_cache(name) if name in from_cache else path / name for name in VERSIONS}
    assert paths(plane) == expected
    assert plane.kubernetes == "1.34.4"
    assert not messages


def test_what_is_missing_is_built_once_and_said_before_each(
    path: Path, messages: list[str]
) -> None:
    go(path)
    fill_cache("kube-scheduler")
    plane = find_control_plane(messages.append)
    assert messages == [
        "building kwokctl 0.8.0 (1 of 6, about a minute and a half, once)",
        "building kwok 0.8.0 (2 of 6, about half a minute, once)",
        "building etcd 3.6.16 (3 of 6, about half a minute, once)",
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


def test_an_interrupted_build_goes_on_where_it_stopped(path: Path, messages: list[str]) -> None:
    go(path, fails="kube-scheduler")
    with pytest.raises(UserError) as problem:
        find_control_plane(messages.append)
    assert str(problem.value) == (
        "kube-scheduler 1.34.4 can't be had:\nno such host\n"
        "Either put one of that minor version on PATH, or mend that."
    )
    go(path)
    del messages[:]
    find_control_plane(messages.append)
    assert [text.split(",")[0] for text in messages] == [
        "building kube-scheduler 1.34.4 (1 of 2",
        "building kubectl 1.34.4 (2 of 2",
    ]


def kwokctl(path: Path, *addresses: str) -> None:
    """One that would download from these addresses; the versions that it is asked for count."""
    lines = "\n".join(addresses).replace("KUBE", "$KWOK_KUBE_VERSION")
    program(path / "kwokctl", f'[ "$1" = --version ] && echo v0.8.0 && exit\necho "{lines}"')


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        for name, content in files.items():
            member = tarfile.TarInfo(f"folder/{name}")
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def test_what_is_missing_is_downloaded_where_kwokctl_would_and_somebody_answers(
    path: Path, web: Web, nobody: str, messages: list[str]
) -> None:
    install(path, etcd="none", kubectl="none", kube_scheduler="none")
    go(path)
    web.serves("/v1.34.4/kube-apiserver", b"#!/bin/sh\necho v1.34.4")
    web.serves("/etcd.tar.gz", archive(etcdctl="wrong", etcd="#!/bin/sh\necho 3.6.16"))
    kwokctl(
        path,
        f"{web.address}/etcd.tar.gz#etcd",
        f"{web.address}/KUBE/kube-apiserver",
        f"{web.address}/KUBE/kube-controller-manager",
        f"{nobody}/kube-scheduler",
    )
    plane = find_control_plane(messages.append)
    trusted = "its checksum is not pinned"
    assert messages == [
        f"downloading etcd 3.6.16 (1 of 5); {trusted}: {web.address}/etcd.tar.gz#etcd is trusted",
        f"downloading kube-apiserver 1.34.4 (2 of 5); {trusted}:"
        f" {web.address}/v1.34.4/kube-apiserver is trusted",
        "building kube-controller-manager 1.34.4 (3 of 5, about a minute and a half, once)",
        "building kube-scheduler 1.34.4 (4 of 5, about ten seconds, once)",
        "building kubectl 1.34.4 (5 of 5, about half a minute, once)",
    ]
    assert version([plane.etcd, "--version"]) == (3, 6, 16)
    assert [file.name for file in plane.etcd.parent.iterdir()] == ["etcd"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"#!/bin/sh\necho v1.34.9", "is version 1.34.9"),
        (b"<html>Log in to this network</html>", "is version 0.0.0"),
    ],
)
def test_a_download_that_is_another_program_is_built_instead(
    path: Path, web: Web, messages: list[str], content: bytes, reason: str
) -> None:
    install(path, kubectl="none")
    go(path)
    address = web.serves("/kubectl", content)
    kwokctl(path, address)
    find_control_plane(messages.append)
    assert messages[1:] == [
        f"kubectl 1.34.4 can't be downloaded: {address} {reason}",
        "building kubectl 1.34.4 (1 of 1, about half a minute, once)",
    ]
    assert "build -trimpath" in in_cache("kubectl").read_text()


def test_an_archive_without_the_program_is_no_download(
    path: Path, web: Web, messages: list[str]
) -> None:
    install(path, etcd="none")
    go(path)
    for content in (archive(etcdctl="wrong"), b"no archive"):
        kwokctl(path, web.serves("/etcd.tar.gz", content) + "#etcd")
        find_control_plane(messages.append)
        assert "no etcd in the archive" in messages[1]
        in_cache("etcd").unlink()
        in_cache("etcd").parent.rmdir()
        del messages[:]


def test_the_real_programs_are_there_and_fit_together() -> None:
    plane = find_control_plane(print)
    servers = (plane.kube_apiserver, plane.kube_controller_manager, plane.kube_scheduler)
    versions = {version([server, "--version"]) for server in servers}
    assert [".".join(map(str, each)) for each in versions] == [plane.kubernetes]
    assert versions.pop() >= (1, 34, 0)
    assert version([plane.kwokctl, "--version"])[:2] == version([plane.kwok, "--version"])[:2]
    assert version([plane.etcd, "--version"]) >= (3, 6, 0)
    assert version([plane.kubectl, "version", "--client"]) >= (1, 0, 0)
