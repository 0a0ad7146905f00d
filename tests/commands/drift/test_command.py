"""The command: the stack's own context and no other, its exit status, its files."""

import json
from pathlib import Path

import pytest
import yaml
from kubernetes.config import kube_config

from airflow_k8s.commands.drift.command import main
from tests.commands.rehearse.conftest import Environment, problems
from tests.rendering.conftest import official_chart

CONTEXT = "kind-airflow"  # which Pulumi.dev.yaml names


def kubeconfig(of: Path, to: Path, context: str, *, current: str) -> Path:
    """The same cluster under that name, and a current context that leads nowhere."""
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
def test_a_cluster_as_the_stack_has_it_is_told_so_and_one_that_is_otherwise_too(
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

    assert main(["--stack", "dev"]) == 0
    assert f"dev on context {CONTEXT}: 64 objects" in capsys.readouterr().out

    scheduler = environment.cluster.get("apps/v1", "Deployment", "airflow-scheduler", "airflow")
    environment.cluster.merge(scheduler, {"spec": {"replicas": 3}})
    issue, all_of_it = tmp_path / "drift.md", tmp_path / "drift.json"
    assert main(["--stack", "dev", "--markdown", str(issue), "--json", str(all_of_it)]) == 2
    assert "`spec.replicas` | `1` | `3`" in issue.read_text()
    found = json.loads(all_of_it.read_text())["findings"]
    assert [(each["kind"], each["name"]) for each in found] == [("Deployment", "airflow-scheduler")]


def test_another_context_is_not_looked_at_even_where_it_is_the_current_one(
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
    assert main(["--stack", "dev"]) == 1
    messages = capsys.readouterr().err
    assert f"drift: the kubeconfig has no context {CONTEXT}; it has other" in messages


def test_without_a_kubeconfig_it_says_so_in_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    assert main(["--stack", "dev"]) == 1
    assert "drift: the kubeconfig can't be used" in capsys.readouterr().err


@pytest.mark.chart
def test_a_cluster_that_does_not_answer_is_one_message_too(
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
    assert main(["--stack", "dev"]) == 1
    assert "drift: " in capsys.readouterr().err
