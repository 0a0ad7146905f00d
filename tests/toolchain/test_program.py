"""Programs that are not on PATH: which are downloaded, and which are built."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import releases
from airflow_k8s.toolchain.actionlint import find_actionlint
from airflow_k8s.toolchain.cache import cache_root
from airflow_k8s.toolchain.helm import find_helm
from airflow_k8s.toolchain.program import Module, Program, install
from airflow_k8s.toolchain.releases import Release
from tests.programs import go, program
from tests.toolchain.conftest import Web

Find = Callable[[Callable[[str], None]], Path]
HELM, ACTIONLINT = "3.19.5", "1.7.12"
SCRIPT = b"#!/bin/sh\necho v1.2.3"


@pytest.mark.parametrize(
    ("find", "name", "version"),
    [
        *[(find_helm, "helm", version) for version in ("v3.19.0", "v3.20.2+gabcdef", "v4.3.1")],
        (find_actionlint, "actionlint", "1.7.7"),
    ],
)
def test_a_program_on_path_is_used_if_its_version_fits(
    path: Path, messages: list[str], find: Find, name: str, version: str
) -> None:
    installed = program(path / name, f"echo {version}")
    assert find(messages.append) == installed
    assert not messages


@pytest.mark.parametrize(
    ("find", "pinned", "script"),
    [
        *[
            (find_helm, f"helm-{HELM}", script)
            for script in ("echo v3.18.6", "echo v5.0.0", "echo", "exit 1")
        ],
        *[
            (find_actionlint, f"actionlint-{ACTIONLINT}", script)
            for script in ("echo 1.6.27", "echo 2.0.0", "echo", "exit 1")
        ],
    ],
)
def test_the_program_in_the_cache_is_used_if_the_version_on_path_does_not_fit(
    path: Path, messages: list[str], find: Find, pinned: str, script: str
) -> None:
    name = pinned.partition("-")[0]
    program(path / name, script)
    cached = program(cache_root() / pinned / name, "")
    assert find(messages.append) == cached
    assert not messages


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (find_helm, f"building helm {HELM} (about two minutes, once)"),
        (find_actionlint, f"building actionlint {ACTIONLINT} (about a minute, once)"),
    ],
)
def test_a_program_without_a_release_is_built_once(
    path: Path, messages: list[str], find: Find, message: str
) -> None:
    go(path)
    built = find(messages.append)
    assert find(messages.append) == built
    assert messages == [message]


def test_a_built_helm_knows_its_version(path: Path, messages: list[str]) -> None:
    go(path)
    assert f"internal/version.version=v{HELM} " in find_helm(messages.append).read_text()


@pytest.mark.parametrize(
    ("find", "name", "on_path"),
    [
        (
            find_helm,
            f"helm {HELM}",
            "install helm 3.19 or newer (https://helm.sh/docs/intro/install/)",
        ),
        (find_actionlint, f"actionlint {ACTIONLINT}", "put actionlint 1.7 or newer on PATH"),
    ],
)
def test_the_error_of_a_failed_build_names_the_version_to_install(
    path: Path, messages: list[str], find: Find, name: str, on_path: str
) -> None:
    go(path, fails=name.partition(" ")[0])
    with pytest.raises(UserError) as problem:
        find(messages.append)
    assert str(problem.value) == (
        f"{name} is not available:\nno such host\nEither {on_path}, or fix that."
    )


@pytest.fixture
def tool(path: Path, tmp_path: Path) -> Program:
    """A program that is not in the cache; if it is built, a fake Go builds it."""
    go(path)
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module m\n\ngo 1.25.3\n\nrequire example.com/tool v1.2.3\n")
    module = Module(folder=folder, path="example.com/tool")
    return Program(name="tool", module=module, package="", build_time="a minute")


def publish(
    monkeypatch: pytest.MonkeyPatch,
    web: Web,
    content: bytes,
    *,
    path: str = "/tool",
    sha256: str = "",
) -> str:
    """Pins the content, or another checksum, as the release of the tool for this machine."""
    address = web.serves(path, content)
    row = Release(
        tool="tool",
        version="1.2.3",
        platform=releases.this_platform(),
        address=address,
        sha256=sha256 or hashlib.sha256(content).hexdigest(),
    )
    monkeypatch.setattr(releases, "RELEASES", (row,))
    return address


def tar(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        for member_name, data in (("folder/other", b"wrong"), (name, content)):
            member = tarfile.TarInfo(member_name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def packed(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("folder/other", b"wrong")
        opened.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("path_on_server", "content"),
    [
        ("/tool-linux-amd64", SCRIPT),
        ("/tool.tar.gz", tar("folder/tool", SCRIPT)),
        ("/tool.zip", packed("folder/tool", SCRIPT)),
    ],
)
def test_a_pinned_release_is_downloaded_once(
    tool: Program,
    web: Web,
    messages: list[str],
    monkeypatch: pytest.MonkeyPatch,
    path_on_server: str,
    content: bytes,
) -> None:
    publish(monkeypatch, web, content, path=path_on_server)
    install([tool], messages.append)
    install([tool], messages.append)
    assert messages == ["downloading tool 1.2.3"]
    assert tool.file.read_bytes() == SCRIPT
    assert tool.version_of(tool.file) == (1, 2, 3), "it does not run"
    assert [file.name for file in tool.folder.iterdir()] == ["tool"], "the archive was kept"
    name = path_on_server.removeprefix("/")
    assert web.requests == [f"HEAD {name}", f"GET {name}"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>Log in to this network</html>", "has sha256"),
        (b"#!/bin/sh\necho v1.2.3; echo changed", "has sha256"),
    ],
)
def test_a_download_with_another_checksum_is_never_used(
    tool: Program,
    web: Web,
    messages: list[str],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    reason: str,
) -> None:
    pinned = hashlib.sha256(SCRIPT).hexdigest()
    address = publish(monkeypatch, web, content, sha256=pinned)
    install([tool], messages.append)
    assert messages[0] == "downloading tool 1.2.3"
    assert messages[1].startswith(f"tool 1.2.3 can't be downloaded: {address} {reason}")
    assert messages[2:] == ["building tool 1.2.3 (about a minute, once)"]
    assert "build -trimpath" in tool.file.read_text()


def test_a_release_of_another_version_is_built_instead(
    tool: Program, web: Web, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = publish(monkeypatch, web, b"#!/bin/sh\necho v1.2.4")
    install([tool], messages.append)
    assert messages[1] == f"tool 1.2.3 can't be downloaded: {address} is version 1.2.4"
    assert "build -trimpath" in tool.file.read_text()


@pytest.mark.parametrize("content", [tar("folder/another", SCRIPT), b"no archive"])
def test_an_archive_without_the_program_is_built_instead(
    tool: Program,
    web: Web,
    messages: list[str],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
) -> None:
    publish(monkeypatch, web, content, path="/tool.tar.gz")
    install([tool], messages.append)
    assert "no tool in the archive" in messages[1]
    assert "build -trimpath" in tool.file.read_text()


def test_a_release_that_no_server_offers_is_built(
    tool: Program, web: Web, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, web, SCRIPT)
    web.files.clear()
    install([tool], messages.append)
    assert messages == ["building tool 1.2.3 (about a minute, once)"]
    assert web.requests == ["HEAD tool"]


def test_no_server_is_asked_for_a_program_in_the_cache(
    tool: Program, web: Web, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, web, SCRIPT)
    program(tool.file, "")
    install([tool], messages.append)
    assert web.requests == []
    assert not messages


def test_a_release_for_another_platform_is_not_downloaded(
    tool: Program, web: Web, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, web, SCRIPT)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    install([tool], messages.append)
    assert messages == ["building tool 1.2.3 (about a minute, once)"]
    assert web.requests == []
