"""The prod stack on an embedded control plane: nodes with GPUs, replicas, what is protected.

Most tests go on from the platform that the first one brought up, so their order counts.
"""

import copy
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.stack.settings.schema import to_data
from airflow_k8s.stack.settings.secret import Secret
from components import gpu_node_pool
from tests.commands.rehearse.conftest import Environment, effects, step, task, trouble, words

HERE = "prod"
FORGETFUL = """
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
from kubernetes.client.models import V1ResourceRequirements

CONTEXTS = {
    "security_context": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "container_security_context": {
        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}
    },
}
with DAG("mine"):
    KubernetesPodOperator(
        task_id="no_toleration",
        image="trainer:1",
        node_selector={"accelerator": "nvidia-tesla-v100"},
        container_resources=V1ResourceRequirements(limits={"nvidia.com/gpu": "1"}),
        namespace="prod",
        **CONTEXTS,
    )
    KubernetesPodOperator(task_id="no_context", image="trainer:1", namespace="prod")
"""


@pytest.fixture(scope="module")
def up(environment: Environment) -> Report:
    """The stack as committed."""
    return environment.rehearse("prod", namespace=HERE)


def test_the_stack_as_committed_comes_up_and_its_tasks_run(up: Report) -> None:
    assert not up.failed, words(up)
    assert all(pod.ready for pod in up.pods)
    counted = [pod.component for pod in up.pods]
    assert {name: counted.count(name) for name in set(counted)} == {
        "api-server": 2,
        "dag-processor": 1,
        "database": 3,
        "scheduler": 2,
        "statsd": 1,
        "triggerer": 2,
    }
    assert not up.warnings


def test_gpu_nodes_are_for_gpu_tasks(up: Report) -> None:
    assert all(pod.node.startswith("cpu-") for pod in up.pods)
    assert {t.name for t in up.tasks if t.pool == "gpu"} == {
        "kubernetes_pipeline.gpu_training",
        "per_task_resources.look_at_the_gpu (worker)",
    }
    kept_off = task(up, "GPU nodes, no toleration")
    assert (kept_off.outcome, kept_off.failed) == ("pending", False)
    assert "untolerated taint" in kept_off.words


def test_replicas_are_on_different_nodes(up: Report) -> None:
    for name in ("api-server", "scheduler", "triggerer", "database"):
        on = [pod.node for pod in up.pods if pod.component == name]
        assert len(set(on)) == len(on), f"{name} is twice on a node: {on}"


def test_the_taints_of_others_stay_on_the_gpu_nodes(up: Report) -> None:
    gpu = {node.name: node.taints for node in up.nodes if node.gpus}
    taints = ["cloud.example/spot:PreferNoSchedule", "nvidia.com/gpu=present:NoSchedule"]
    assert gpu == {"gpu-1": taints, "gpu-2": taints}


def test_the_quota_is_told_with_what_tasks_take_of_it(up: Report) -> None:
    quotas = {q.resource: (q.used, q.with_tasks, q.hard) for q in up.quotas}
    assert quotas["requests.nvidia.com/gpu"] == ("0", "2", "2")
    assert quotas["requests.cpu"][0] == "4620m", "as `make render STACK=prod` says"


@pytest.mark.usefixtures("up")
def test_a_dag_that_does_not_suit_the_platform_is_told_before_it_runs(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("from airflow.sdk import DAG\nDAG(nowhere)")
    (tmp_path / "mine.py").write_text(FORGETFUL)
    report = environment.rehearse("prod", namespace=HERE, dag_files=tmp_path)
    kept_off = task(report, "mine.no_toleration")
    assert kept_off.failed
    assert "untolerated taint" in kept_off.words
    refused = task(report, "mine.no_context")
    assert (refused.outcome, refused.failed) == ("refused", True)
    assert 'violates PodSecurity "restricted' in refused.words
    assert "'nowhere' is not defined" in trouble(report, "DAG file", "broken.py").message
    assert report.policies
    assert {
        ("gpu-pod-goes-to-the-pool", "no-toleration"),
        ("pod-security-restricted", "no-context"),
        ("container-resources", "no-context"),
    } <= {
        (each.rule, each.subject.partition("/")[2][: -len("-abcdefgh")])
        for each in report.policies.broken
    }, "pods of DAGs are held to the rules as well"


@pytest.mark.usefixtures("up")
def test_a_task_pod_above_the_quota_is_refused(environment: Environment) -> None:
    worker = {"resources": {"requests": {"cpu": "200"}}}
    values: dict[str, Any] = {"workers": {"kubernetes": worker}}
    report = environment.rehearse("prod", namespace=HERE, values=values)
    assert report.failed
    refused = task(report, "kubernetes_pipeline.heavy_processing (worker)")
    assert refused.outcome == "refused"
    assert "exceeded quota" in refused.words
    assert task(report, "kubernetes_pipeline.light_processing").outcome == "runs"


@pytest.mark.usefixtures("up")
def test_nodes_that_cannot_hold_the_replicas_are_told(environment: Environment) -> None:
    large = {"requests": {"cpu": "9", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}
    scheduler = {"replicas": 2, "resources": large}
    report = environment.rehearse("prod", namespace=HERE, scheduler=scheduler)
    found = trouble(report, "Pod", "scheduler")
    assert "Insufficient cpu" in found.message
    assert found.setting == "scheduler.replicas, scheduler.resources"


@pytest.mark.usefixtures("up")
def test_a_protected_claim_is_not_replaced_but_the_update_refused(environment: Environment) -> None:
    report = environment.rehearse(
        "prod", namespace=HERE, data={"storageClass": "block", "accessMode": "ReadWriteMany"}
    )
    assert report.failed
    assert effects(report, "refused") == {"PersistentVolumeClaim airflow-data-pvc"}
    assert "it is protected" in trouble(report, "PersistentVolumeClaim", "airflow-data").message
    assert step(report, "Release", "airflow").action == "skipped"


@pytest.mark.usefixtures("up")
def test_a_claim_that_is_not_protected_is_replaced_and_its_data_lost(
    environment: Environment,
) -> None:
    report = environment.rehearse(
        "prod",
        namespace=HERE,
        protect=False,
        data={"storageClass": "block", "accessMode": "ReadWriteMany"},
    )
    lost = step(report, "PersistentVolumeClaim", "airflow-data-pvc")
    assert lost.action == "replaced"
    assert lost.loses_data
    assert "DATA LOSS" in lost.words


def test_a_storage_class_that_the_cluster_lacks_is_named_before_anything_is_made(
    environment: Environment,
) -> None:
    report = environment.rehearse(
        "prod", data={"storageClass": "fast", "accessMode": "ReadWriteMany"}
    )
    assert step(report, "StorageClass", "fast").words == "resource 'fast' does not exist"
    assert trouble(report, "StorageClass", "fast").setting == "data.storageClass"
    made = {s.action for s in report.steps if s.component != "prerequisites"}
    assert made == {"skipped"}


def test_a_migration_that_hangs_is_given_up_and_told_why(environment: Environment) -> None:
    report = environment.rehearse(
        "prod",
        database={"mode": "external"},
        databaseUrl=Secret("postgresql://airflow:x@not-there:5432/airflow"),
    )
    assert step(report, "Job", "migration").action == "not ready"
    assert step(report, "Release", "airflow").action == "skipped"
    found = trouble(report, "Pod", "migration-job")
    assert 'could not translate host name "not-there"' in found.message
    assert found.setting == "database.mode, databaseUrl"


def test_a_misspelt_gpu_node_is_named_and_not_created(environment: Environment) -> None:
    gpu = {"mode": "nodes", "nodes": ["gpu-1", "gpu-3"], "count": 2}
    report = environment.rehearse("prod", gpu=gpu)
    assert step(report, "Node", "gpu-3").words == "resource 'gpu-3' does not exist"
    assert trouble(report, "Node", "gpu-3").setting == "gpu.nodes"
    assert "gpu-3" not in {node.name for node in report.nodes}


def test_a_taint_of_others_that_the_program_would_wipe_is_told(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ours_alone(_now: list[dict[str, Any]], ours: Any) -> list[dict[str, Any]]:
        return [copy.copy(to_data(ours))]

    monkeypatch.setattr(gpu_node_pool, "with_taint", ours_alone)
    report = environment.rehearse("prod", namespace=HERE)
    assert "cloud.example/spot:PreferNoSchedule" in trouble(report, "Node", "gpu-1").message
