"""The prod stack on an embedded control plane: GPU nodes, replicas, protected objects.

Most tests upgrade the platform that the first one installed, so their order matters.
"""

import copy
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.commands.rehearse.tasks import WITHOUT_TOLERATION
from airflow_k8s.stack.settings.schema import to_data
from airflow_k8s.stack.settings.secret import Secret
from components import gpu_node_pool
from tests.commands.rehearse.conftest import Environment, effects, problems, step, task, trouble

NAMESPACE = "prod"
BAD_DAG = """
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
    """The report of the committed stack."""
    return environment.rehearse("prod", namespace=NAMESPACE)


def test_the_committed_stack_comes_up_and_its_tasks_run(up: Report) -> None:
    assert not up.failed, problems(up)
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


def test_only_gpu_tasks_run_on_gpu_nodes(up: Report) -> None:
    assert all(pod.node.startswith("cpu-") for pod in up.pods)
    assert {t.name for t in up.tasks if t.pool == "gpu"} == {
        "kubernetes_pipeline.gpu_training",
        "per_task_resources.look_at_the_gpu (worker)",
    }
    pending = task(up, WITHOUT_TOLERATION)
    assert (pending.outcome, pending.failed) == ("pending", False)
    assert "untolerated taint" in pending.message


def test_replicas_are_on_different_nodes(up: Report) -> None:
    for name in ("api-server", "scheduler", "triggerer", "database"):
        on = [pod.node for pod in up.pods if pod.component == name]
        assert len(set(on)) == len(on), f"{name} has two pods on one node: {on}"


def test_unmanaged_taints_stay_on_the_gpu_nodes(up: Report) -> None:
    gpu = {node.name: node.taints for node in up.nodes if node.gpus}
    taints = ["cloud.example/spot:PreferNoSchedule", "nvidia.com/gpu=present:NoSchedule"]
    assert gpu == {"gpu-1": taints, "gpu-2": taints}


def test_the_quota_is_reported_with_and_without_tasks(up: Report) -> None:
    quotas = {q.resource: (q.used, q.with_tasks, q.hard) for q in up.quotas}
    assert quotas["requests.nvidia.com/gpu"] == ("0", "2", "2")
    assert quotas["requests.cpu"][0] == "4620m", "as the render command shows"


@pytest.mark.usefixtures("up")
def test_a_dag_that_does_not_fit_the_platform_is_reported(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("from airflow.sdk import DAG\nDAG(nowhere)")
    (tmp_path / "mine.py").write_text(BAD_DAG)
    report = environment.rehearse("prod", namespace=NAMESPACE, dag_files=tmp_path)
    pending = task(report, "mine.no_toleration")
    assert pending.failed
    assert "untolerated taint" in pending.message
    refused = task(report, "mine.no_context")
    assert (refused.outcome, refused.failed) == ("refused", True)
    assert 'violates PodSecurity "restricted' in refused.message
    assert "'nowhere' is not defined" in trouble(report, "DAG file", "broken.py").message
    assert report.policies
    assert {
        ("gpu-pod-goes-to-the-pool", "no-toleration"),
        ("pod-security-restricted", "no-context"),
        ("container-resources", "no-context"),
    } <= {
        (violation.rule, violation.subject.partition("/")[2][: -len("-abcdefgh")])
        for violation in report.policies.violations
    }, "the policies apply to the pods of DAGs too"


@pytest.mark.usefixtures("up")
def test_a_task_pod_above_the_quota_is_refused(environment: Environment) -> None:
    worker = {"resources": {"requests": {"cpu": "200"}}}
    values: dict[str, Any] = {"workers": {"kubernetes": worker}}
    report = environment.rehearse("prod", namespace=NAMESPACE, values=values)
    assert report.failed
    refused = task(report, "kubernetes_pipeline.heavy_processing (worker)")
    assert refused.outcome == "refused"
    assert "exceeded quota" in refused.message
    assert task(report, "kubernetes_pipeline.light_processing").outcome == "runs"


@pytest.mark.usefixtures("up")
def test_replicas_that_no_node_can_run_are_reported(environment: Environment) -> None:
    large = {"requests": {"cpu": "9", "memory": "1Gi"}, "limits": {"memory": "2Gi"}}
    scheduler = {"replicas": 2, "resources": large}
    report = environment.rehearse("prod", namespace=NAMESPACE, scheduler=scheduler)
    found = trouble(report, "Pod", "scheduler")
    assert "Insufficient cpu" in found.message
    assert found.setting == "scheduler.replicas, scheduler.resources"


@pytest.mark.usefixtures("up")
def test_the_replacement_of_a_protected_claim_is_refused(environment: Environment) -> None:
    report = environment.rehearse(
        "prod", namespace=NAMESPACE, data={"storageClass": "block", "accessMode": "ReadWriteMany"}
    )
    assert report.failed
    assert effects(report, "refused") == {"PersistentVolumeClaim airflow-data-pvc"}
    assert "it is protected" in trouble(report, "PersistentVolumeClaim", "airflow-data").message
    assert step(report, "Release", "airflow").action == "skipped"


@pytest.mark.usefixtures("up")
def test_the_replacement_of_an_unprotected_claim_loses_data(
    environment: Environment,
) -> None:
    report = environment.rehearse(
        "prod",
        namespace=NAMESPACE,
        protect=False,
        data={"storageClass": "block", "accessMode": "ReadWriteMany"},
    )
    lost = step(report, "PersistentVolumeClaim", "airflow-data-pvc")
    assert lost.action == "replaced"
    assert lost.loses_data
    assert "DATA LOSS" in lost.message


def test_a_missing_storage_class_is_reported_before_an_object_is_created(
    environment: Environment,
) -> None:
    report = environment.rehearse(
        "prod", data={"storageClass": "fast", "accessMode": "ReadWriteMany"}
    )
    assert step(report, "StorageClass", "fast").message == "resource 'fast' does not exist"
    assert trouble(report, "StorageClass", "fast").setting == "data.storageClass"
    actions = {s.action for s in report.steps if s.component != "prerequisites"}
    assert actions == {"skipped"}


def test_a_migration_that_hangs_is_reported_with_the_reason(environment: Environment) -> None:
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


def test_a_misspelt_gpu_node_is_reported_and_not_created(environment: Environment) -> None:
    gpu = {"mode": "nodes", "nodes": ["gpu-1", "gpu-3"], "count": 2}
    report = environment.rehearse("prod", gpu=gpu)
    assert step(report, "Node", "gpu-3").message == "resource 'gpu-3' does not exist"
    assert trouble(report, "Node", "gpu-3").setting == "gpu.nodes"
    assert "gpu-3" not in {node.name for node in report.nodes}


def test_the_removal_of_an_unmanaged_taint_is_reported(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_own_taint(_current: list[dict[str, Any]], own: Any) -> list[dict[str, Any]]:
        return [copy.copy(to_data(own))]

    monkeypatch.setattr(gpu_node_pool, "with_taint", only_own_taint)
    report = environment.rehearse("prod", namespace=NAMESPACE)
    assert "cloud.example/spot:PreferNoSchedule" in trouble(report, "Node", "gpu-1").message
