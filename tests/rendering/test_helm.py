"""What helm renders of a chart."""

from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering import helm
from airflow_k8s.toolchain.helm import find_helm
from tests.programs import program

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
    return find_helm(lambda _: None)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "values.schema.json").write_text(SCHEMA)
    (folder / "templates" / "all.yaml").write_text(TEMPLATE)
    return folder


def test_objects_are_in_helms_order_with_hooks_and_without_empty_documents(
    real: Path, chart: Path
) -> None:
    objects = helm.template(real, chart, release="r", namespace="n", values={})
    assert [o["kind"] for o in objects] == ["ConfigMap", "Service", "Job"]
    assert objects[1]["metadata"] == {"name": "r", "namespace": "n"}
    assert objects[2]["metadata"]["annotations"] == {"helm.sh/hook": "post-install"}


def test_values_reach_the_chart_unchanged(real: Path, chart: Path) -> None:
    text = 'é 😀 "quoted": {{ not a template }}\nyes'
    facts, *_ = helm.template(real, chart, release="r", namespace="n", values={"text": text})
    assert facts["data"]["text"] == text


def test_helm_variables_of_the_user_do_not_change_the_rendering(
    real: Path, chart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    facts, service, _ = helm.template(real, chart, release="r", namespace="n", values={})
    assert facts["data"]["kubernetes"] == f"v{helm.KUBERNETES}"
    assert service["metadata"]["namespace"] == "n"


def test_values_that_the_schema_rejects_are_listed_with_chart_and_version(
    real: Path, chart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM_DEBUG", "true")  # would add where in helm it happened
    wrong = {"text": 1, "more": "x"}
    with pytest.raises(UserError) as problem:
        helm.template(real, chart, release="r", namespace="n", values=wrong)
    first, *others = str(problem.value).splitlines()
    assert first == f"helm can't render chart tiny 1.2.3 ({chart}):"
    assert {line for line in others[2:] if line} == {
        "- at '/text': got number, want string",
        "- at '/more': got string, want boolean",
    }


def test_a_missing_chart_is_named(real: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"can't render {tmp_path}/none:\n.*not found"):
        helm.template(real, tmp_path / "none", release="r", namespace="n", values={})


def test_warnings_of_helm_are_not_part_of_an_error_message(tmp_path: Path, chart: Path) -> None:
    loud = program(
        tmp_path / "helm", "echo WARNING: group-readable >&2; echo Error: no >&2; exit 1"
    )
    with pytest.raises(UserError) as problem:
        helm.template(loud, chart, release="r", namespace="n", values={})
    assert str(problem.value) == f"helm can't render {chart}:\nno"
