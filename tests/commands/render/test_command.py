"""The command `render`, as a person uses it."""

import json
from pathlib import Path

import pytest
import yaml

from airflow_k8s.cli import main
from airflow_k8s.stack.stack_file import PLACEHOLDER_SECRET, StackConfig
from airflow_k8s.toolchain.command import CommandError
from tests.conftest import changed_config
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart


@pytest.fixture(autouse=True)
def chart() -> None:
    official_chart()


def test_the_tree_shows_what_is_inside_the_chart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "prod", "--strict"]) == 0
    shown = capsys.readouterr().out
    for line in (
        "requires Node gpu-1",
        "patches Node gpu-1  adds taint nvidia.com/gpu=present:NoSchedule",
        "Deployment airflow-scheduler  ×2",  # noqa: RUF001
        "scheduler  requests 500m / 1Gi, limits 2Gi  apache/airflow:3.2.2",
        "Claim airflow-data-pvc  100Gi, ReadWriteMany, default storage class  protected",
        "mounts claims airflow-logs, airflow-data-pvc",
        "scheduled on any node without a taint",
        "service account token mounted only in container scheduler",
        "ServiceAccount airflow-task  automountServiceAccountToken: false",
        "ServiceAccount airflow-triggerer  automountServiceAccountToken: true",
        "NetworkPolicy airflow-default-deny  denies all traffic",
        "NetworkPolicy airflow-triggerer  ingress from api-server on port 8794; egress",
        "Role airflow-scheduler  create get list watch patch delete pods",
        "without running tasks, the pods request 4620m CPU and 9504Mi memory",
    ):
        assert line in shown, shown
    assert "\x1b" not in shown, "colours are for terminals"


def test_components_stand_in_the_order_in_which_they_are_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["render", "dev", "--strict"])
    shown = capsys.readouterr().out
    order = ["platform", "secrets", "database", "migration", "admin", "airflow"]
    places = [shown.index(f"── {name}\n") for name in order]
    assert places == sorted(places)


def test_the_manifests_are_files_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert main(["render", "dev", "--output", "yaml", "--folder", str(folder), "--strict"]) == 0
    files = sorted(folder.rglob("*.yaml"))
    assert f"{len(files)} manifests" in capsys.readouterr().err
    secret = yaml.safe_load((folder / "secrets" / "secret-airflow-metadata.yaml").read_text())
    assert secret["stringData"] == {"connection": "[secret]", "connection-async": "[secret]"}
    assert (folder / "airflow" / "pod-placeholder-name.yaml").exists()
    assert not [
        f for f in files if PLACEHOLDER_SECRET in f.read_text() or "airflow:" in _addresses(f)
    ]


def test_what_an_earlier_run_left_goes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    main(["render", "dev", "--output", "yaml", "--folder", str(folder), "--strict"])
    left = folder / "airflow" / "old.yaml"
    left.touch()
    main(["render", "dev", "--output", "yaml", "--folder", str(folder), "--strict"])
    assert not left.exists()


def test_a_folder_of_somebody_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    assert main(["render", "dev", "--output", "yaml", "--folder", str(tmp_path), "--strict"]) == 1
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    assert "is not empty and was not made by this command" in capsys.readouterr().err


def test_json_is_one_document_that_says_where_each_object_comes_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["render", "dev", "--output", "json", "--strict"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["chart"] == {"version": "1.22.0", "standInReason": ""}
    assert {o["origin"] for o in document["objects"]} == {"program", "chart", "task"}
    assert PLACEHOLDER_SECRET not in json.dumps(document)


@pytest.fixture
def out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No chart in Helm's cache, and no network."""

    def refuse(*_: object) -> None:
        raise CommandError("no such host")

    monkeypatch.setenv("HELM_REPOSITORY_CACHE", str(tmp_path))
    monkeypatch.setattr("airflow_k8s.rendering.charts._download", refuse)


@pytest.mark.usefixtures("out_of_reach")
def test_without_the_chart_a_stand_in_is_shown_under_a_banner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["render", "prod"]) == 0
    captured = capsys.readouterr()
    assert "STAND-IN CHART: this is chart 1.13.1, not 1.22.0" in captured.err
    assert "no such host" in captured.err
    assert "Deployment airflow-webserver" in captured.out


@pytest.mark.usefixtures("out_of_reach")
def test_strict_refuses_the_stand_in_and_says_the_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["render", "prod", "--strict"]) == 1
    captured = capsys.readouterr()
    assert "no such host" in captured.err
    assert "--chart PATH" in captured.err
    assert not captured.out


def test_a_wrong_setting_is_an_error_that_names_its_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def with_a_mistake(program: Path, stack: str) -> StackConfig:
        return changed_config(stack, program=program, namespce="x")

    monkeypatch.setattr("airflow_k8s.rendering.rendered_stack.stack_config", with_a_mistake)
    assert main(["render", "dev"]) == 1
    told = capsys.readouterr().err
    assert "Pulumi.dev.yaml: the settings of this stack are wrong" in told
    assert "did you mean namespace?" in told


def test_values_that_the_chart_refuses_are_an_error_with_the_message_of_helm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def with_a_mistake(program: Path, stack: str) -> StackConfig:
        values = {"scheduler": {"replica": 2}}
        return changed_config(stack, program=program, values=values)

    monkeypatch.setattr("airflow_k8s.rendering.rendered_stack.stack_config", with_a_mistake)
    assert main(["render", "dev", "--strict"]) == 1
    told = capsys.readouterr().err
    assert "chart airflow 1.22.0" in told
    assert "replica" in told
    assert "Traceback" not in told


def test_an_invalid_chart_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "airflow-1.22.0.tgz"
    broken.write_text("no archive")
    assert main(["render", "dev", "--chart", str(broken)]) == 1
    told = capsys.readouterr().err
    assert "is not a chart" in told
    assert "Traceback" not in told


def test_an_unknown_stack_is_a_usage_error_that_lists_the_stacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["render", "staging"]) == 2
    message = capsys.readouterr().err
    assert "staging" in message
    assert "dev, prod" in message


def _addresses(file: Path) -> str:
    return "".join(line for line in file.read_text().splitlines() if "postgresql://" in line)
