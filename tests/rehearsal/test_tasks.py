"""Task pods, as users would start them."""

from typing import Any

import pytest

from rehearsal.tasks import TaskPod, task_pods, worker_pod
from settings.model import Settings
from tests.conftest import settings_of

TEMPLATE = """
apiVersion: v1
kind: Pod
metadata:
  name: placeholder-name
  labels: {tier: airflow, component: worker}
  annotations: {note: kept}
spec:
  restartPolicy: Never
  serviceAccountName: airflow-worker
  containers:
    - {name: base, image: "apache/airflow:3.2.2", resources: {requests: {cpu: 100m}}}
    - {name: sidecar, image: "git-sync:4", args: ["--one"]}
"""
GPU = "nvidia.com/gpu"


@pytest.fixture(scope="module")
def dev() -> Settings:
    return settings_of("dev")


@pytest.fixture(scope="module")
def prod() -> Settings:
    return settings_of("prod")


def tried(s: Settings) -> dict[str, TaskPod]:
    return {pod.name: pod for pod in task_pods(s, TEMPLATE)}


def container(pod: TaskPod) -> dict[str, Any]:
    return pod.manifest["spec"]["containers"][0]


def test_without_gpu_nodes_there_is_no_gpu_task(dev: Settings) -> None:
    pods = tried(dev)
    assert list(pods) == ["worker pod", "light task", "heavy task"]
    assert {pod.expected for pod in pods.values()} == {"runs"}


def test_the_worker_pod_is_the_template_with_a_name_labels_and_something_to_do() -> None:
    pod = worker_pod(settings_of("dev", namespace="data"), TEMPLATE)
    metadata = pod["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("rehearsal-worker", "data")
    assert metadata["annotations"] == {"note": "kept"}
    assert metadata["labels"].items() >= {"tier": "airflow", "component": "worker"}.items()
    assert metadata["labels"]["kubernetes_executor"] == "True"
    base, sidecar = pod["spec"]["containers"]
    assert base["args"], "it would run what the image runs"
    assert (base["image"], base["resources"]) == (
        "apache/airflow:3.2.2",
        {"requests": {"cpu": "100m"}},
    )
    assert sidecar["args"] == ["--one"]
    assert pod["spec"]["serviceAccountName"] == "airflow-worker"


def test_tasks_ask_for_what_the_settings_say(dev: Settings) -> None:
    pods = tried(dev)
    assert container(pods["light task"])["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "500m", "memory": "1Gi"},
    }
    assert container(pods["heavy task"])["resources"] == {
        "requests": {"cpu": "500m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }


def test_tasks_have_the_shared_volume_and_the_secrets_of_tasks(dev: Settings) -> None:
    pod = tried(dev)["light task"]
    (volume,) = pod.manifest["spec"]["volumes"]
    assert volume["persistentVolumeClaim"] == {"claimName": "airflow-data-pvc"}
    (mount,) = container(pod)["volumeMounts"]
    assert (mount["name"], mount["mountPath"]) == (volume["name"], "/data")
    read = {
        each["name"]: tuple(each["valueFrom"]["secretKeyRef"].values())
        for each in container(pod)["env"]
    }
    assert read == {
        "API_KEY": ("api-secrets", "api-key"),
        "DATABASE_URL": ("pipeline-database", "url"),
    }


def test_tasks_run_in_the_stacks_image_and_pass_the_namespaces_admission() -> None:
    image = {"repository": "registry.example.com/airflow", "tag": "7", "pullSecrets": ["registry"]}
    pod = tried(settings_of("dev", image=image))["heavy task"]
    spec = pod.manifest["spec"]
    assert container(pod)["image"] == "registry.example.com/airflow:7"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container(pod)["securityContext"]["allowPrivilegeEscalation"] is False


def test_a_gpu_task_goes_to_the_gpu_nodes_and_takes_one_gpu(prod: Settings) -> None:
    pod = tried(prod)["GPU task"]
    assert pod.expected == "runs"
    spec = pod.manifest["spec"]
    assert spec["nodeSelector"] == {"accelerator": "nvidia-tesla-v100"}
    assert spec["tolerations"] == [
        {"key": GPU, "operator": "Equal", "value": "present", "effect": "NoSchedule"}
    ]
    assert container(pod)["resources"]["limits"][GPU] == "1"


def test_a_pod_that_asks_for_gpu_nodes_without_the_toleration_should_stay_off(
    prod: Settings,
) -> None:
    pod = tried(prod)["GPU nodes, no toleration"]
    assert pod.expected == "pending"
    assert pod.manifest["spec"]["nodeSelector"] == {"accelerator": "nvidia-tesla-v100"}
    assert "tolerations" not in pod.manifest["spec"]
    assert GPU not in container(pod)["resources"]["limits"], "the scheduler had another reason"


def test_the_stacks_own_taint_and_label_are_used() -> None:
    gpu = {
        "mode": "existing",
        "count": 1,
        "taint": {"key": "t", "value": "v", "effect": "NoExecute"},
        "label": {"key": "pool", "value": "a100"},
    }
    spec = tried(settings_of("prod", gpu=gpu))["GPU task"].manifest["spec"]
    assert spec["nodeSelector"] == {"pool": "a100"}
    assert spec["tolerations"] == [
        {"key": "t", "operator": "Equal", "value": "v", "effect": "NoExecute"}
    ]


def test_no_two_pods_have_the_same_name(prod: Settings) -> None:
    names = [pod.manifest["metadata"]["name"] for pod in tried(prod).values()]
    assert len(set(names)) == 5
