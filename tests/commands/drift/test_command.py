"""The command `drift`: its context, its exit status, its files."""

import json
from pathlib import Path

import pytest
import yaml
from kubernetes.config import kube_config

from airflow_k8s.cli import main
from tests.commands.rehearse.conftest import Environment, problems
from tests.rendering.conftest import official_chart

CONTEXT = "kind-airflow"  # as in Pulumi.dev.yaml


def kubeconfig(of: Path, to: Path, context: str, *, current: str) -> Path:
    """Writes a kubeconfig with the cluster under that context, and another current context.

    Nothing listens at the address of the other context.
    """
    content = yaml.safe_load(of.read_text())
    content["contexts"][0]["name"] = context
    nowhere = {"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}}
    content["clusters"].append(nowhere)
    user = content["contexts"][0]["context"]["user"]
    content["contexts"].append({"name": "nowhere", "context": {"cluster": "nowhere", "user": user}})
    content["current-context"] = current
    to.write_text(yaml.safe_dump(content))
    return to


@pytest.mark.chart
def test_the_exit_status_is_0_for_a_cluster_without_drift_and_2_for_one_with_drift(
    environment: Environment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    official_chart()
    assert environment.cluster.kubeconfig is not None
    file = kubeconfig(
        environment.cluster.kubeconfig, tmp_path / "kubeconfig", CONTEXT, current="nowhere"
    )
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    report = environment.rehearse("dev", namespace="airflow")
    assert not report.failed, problems(report)

    assert main(["drift", "dev"]) == 0
    assert f"dev on context {CONTEXT}: 64 objects" in capsys.readouterr().out

    scheduler = environment.cluster.get("apps/v1", "Deployment", "airflow-scheduler", "airflow")
    environment.cluster.merge(scheduler, {"spec": {"replicas": 3}})
    issue, document = tmp_path / "drift.md", tmp_path / "drift.json"
    assert main(["drift", "dev", "--markdown", str(issue), "--json", str(document)]) == 2
    assert "`spec.replicas` | `1` | `3`" in issue.read_text()
    found = json.loads(document.read_text())["findings"]
    assert [(finding["kind"], finding["name"]) for finding in found] == [
        ("Deployment", "airflow-scheduler")
    ]


def test_the_current_context_is_not_used_if_the_stack_names_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    context = {"name": "other", "context": {"cluster": "nowhere", "user": "me"}}
    empty.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "me", "user": {}}],
                "contexts": [context],
                "current-context": "other",
            }
        )
    )
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(empty))
    assert main(["drift", "dev"]) == 1
    messages = capsys.readouterr().err
    assert f"drift: the kubeconfig has no context {CONTEXT}; it has other" in messages


def test_a_missing_kubeconfig_is_an_error_in_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    assert main(["drift", "dev"]) == 1
    assert "drift: the kubeconfig can't be used" in capsys.readouterr().err


@pytest.mark.chart
def test_a_cluster_that_does_not_answer_is_an_error_in_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    official_chart()
    file = tmp_path / "dead"
    file.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "me", "user": {}}],
                "contexts": [{"name": CONTEXT, "context": {"cluster": "c", "user": "me"}}],
                "current-context": CONTEXT,
            }
        )
    )
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
    assert main(["drift", "dev"]) == 1
    assert "drift: " in capsys.readouterr().err
