"""The DAGs of this repository, read by Airflow for both stacks: their graph and their pods."""

from typing import Any

import pytest

from airflow_k8s.commands.dags.reader import Reader
from airflow_k8s.commands.dags.reading import Manifest, Reading
from tests.dags.conftest import DAGS, dag, on, on_changed, task

pytestmark = pytest.mark.chart

GPU = "nvidia.com/gpu"
HEAVY, LIGHT, TRAINING = "heavy_processing", "light_processing", "gpu_training"


@pytest.fixture
def dev(readings: dict[str, Reading]) -> Reading:
    return readings["dev"]


@pytest.fixture
def prod(readings: dict[str, Reading]) -> Reading:
    return readings["prod"]


@pytest.fixture(params=["dev", "prod"])
def reading(request: pytest.FixtureRequest, readings: dict[str, Reading]) -> Reading:
    """The DAGs on both stacks: a test that uses this fixture runs once for each."""
    return readings[request.param]


def pod(reading: Reading, name: str) -> Manifest:
    found = task(reading, name).pod
    assert found, f"{name} starts no pod"
    return found


def container(pod: Manifest) -> Any:
    (found,) = pod["spec"]["containers"]
    return found


def variables(pod: Manifest) -> dict[str, Any]:
    """Name of a variable -> its value, or the name and key of its Secret."""
    found: dict[str, Any] = {}
    for variable in container(pod)["env"]:
        key = variable.get("valueFrom", {}).get("secretKeyRef")
        found[variable["name"]] = (key["name"], key["key"]) if key else variable["value"]
    return found


def test_every_file_is_read_without_an_error_or_a_warning(reading: Reading) -> None:
    assert (reading.errors, reading.warnings) == ({}, {})
    assert [d.name for d in reading.dags] == ["kubernetes_pipeline", "per_task_resources"]


def test_the_pipeline_runs_daily_and_without_catchup(reading: Reading) -> None:
    pipeline = dag(reading, "kubernetes_pipeline")
    assert (pipeline.schedule, pipeline.start) == ("0 0 * * *", "2024-01-01")
    assert not pipeline.catchup
    for step in pipeline.tasks:
        assert (step.owner, step.retries, step.retry_delay) == ("data-team", 2, 300)
        assert step.operator == "KubernetesPodOperator"
        assert step.note == ""


def test_every_step_of_the_pipeline_depends_on_the_step_before(dev: Reading, prod: Reading) -> None:
    steps = {
        name: [(t.name, list(t.after)) for t in dag(reading, "kubernetes_pipeline").tasks]
        for name, reading in (("dev", dev), ("prod", prod))
    }
    assert steps["dev"] == [(HEAVY, []), (LIGHT, [HEAVY])]
    assert steps["prod"] == [(HEAVY, []), (LIGHT, [HEAVY]), (TRAINING, [LIGHT])]


def test_the_pod_of_the_heavy_task(prod: Reading) -> None:
    heavy = pod(prod, HEAVY)
    assert heavy["metadata"]["name"].startswith("heavy-processing-pod-")
    assert heavy["metadata"]["namespace"] == "airflow"
    assert {"app": "airflow", "task": "heavy-processing"}.items() <= heavy["metadata"][
        "labels"
    ].items()
    assert container(heavy)["image"] == "your-repo/data-processor:1.0.0"
    assert container(heavy)["command"] == ["python", "/app/heavy_process.py"]
    assert container(heavy)["args"] == ["--date", "2024-01-01"]
    assert container(heavy)["resources"] == {
        "requests": {"cpu": "2", "memory": "4Gi"},
        "limits": {"cpu": "4", "memory": "8Gi"},
    }
    assert variables(heavy) == {
        "DATABASE_URL": ("pipeline-database", "url"),
        "API_KEY": ("api-secrets", "api-key"),
        "S3_BUCKET": "your-org-data",
        "EVENTS": "200000",
    }


def test_a_stack_sets_the_size_of_the_heavy_task(dev: Reading) -> None:
    assert container(pod(dev, HEAVY))["resources"] == {
        "requests": {"cpu": "500m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }


def test_the_pod_of_the_light_task(reading: Reading) -> None:
    light = pod(reading, LIGHT)
    assert light["metadata"]["name"].startswith("light-processing-pod-")
    assert container(light)["image"] == "your-repo/data-validator:1.0.0"
    assert container(light)["command"] == ["python", "/app/validate.py"]
    assert container(light)["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "500m", "memory": "1Gi"},
    }
    assert variables(light) == {"LOGICAL_DATE": "2024-01-01"}


def test_the_training_is_scheduled_on_gpu_nodes_with_one_gpu(prod: Reading) -> None:
    training = pod(prod, TRAINING)
    assert training["spec"]["nodeSelector"] == {"accelerator": "nvidia-tesla-v100"}
    assert training["spec"]["tolerations"] == [
        {"key": GPU, "operator": "Equal", "value": "present", "effect": "NoSchedule"}
    ]
    assert container(training)["resources"]["limits"][GPU] == "1"


def test_no_other_pod_is_scheduled_on_gpu_nodes(prod: Reading) -> None:
    for other in (task(prod, TRAINING).worker, pod(prod, HEAVY), pod(prod, LIGHT)):
        assert not other["spec"].get("tolerations")
        assert not other["spec"].get("nodeSelector")


@pytest.mark.parametrize("name", [HEAVY, LIGHT])
def test_the_pod_of_a_task_mounts_the_shared_data_volume(reading: Reading, name: str) -> None:
    found = pod(reading, name)
    (volume,) = found["spec"]["volumes"]
    assert volume["persistentVolumeClaim"] == {"claimName": "airflow-data-pvc"}
    (mount,) = container(found)["volumeMounts"]
    assert (mount["name"], mount["mountPath"]) == (volume["name"], "/data")


def shares_a_node(pod: Manifest) -> bool:
    """Whether a pod is scheduled on the node of other pods with the label of the data volume."""
    affinity = (pod["spec"].get("affinity") or {}).get("podAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", [])
    label = {"airflow-platform/data": "airflow-data-pvc"}
    assert label.items() <= pod["metadata"]["labels"].items()
    node = {"labelSelector": {"matchLabels": label}, "topologyKey": "kubernetes.io/hostname"}
    return node in required


def test_pods_that_mount_a_volume_for_one_node_share_a_node(dev: Reading, prod: Reading) -> None:
    def all_pods(reading: Reading) -> list[Manifest]:
        tasks = [t for d in reading.dags for t in d.tasks]
        return [*(t.worker for t in tasks), *(t.pod for t in tasks if t.pod)]

    assert {shares_a_node(found) for found in all_pods(dev)} == {True}
    assert {shares_a_node(found) for found in all_pods(prod)} == {False}


def test_the_steps_of_the_pipeline_are_deferrable(reading: Reading) -> None:
    for step in dag(reading, "kubernetes_pipeline").tasks:
        assert step.deferrable


def test_a_pod_ends_before_the_retry_of_its_task(airflow: Reader) -> None:
    shortest = on_changed("dev", tasks={"retryDelaySeconds": 30})
    for step in dag(airflow.read(DAGS, shortest), "kubernetes_pipeline").tasks:
        assert step.pod
        assert step.retry_delay == 30
        assert step.pod["spec"]["terminationGracePeriodSeconds"] < step.retry_delay


def test_every_pod_of_the_pipeline_has_a_deadline(reading: Reading) -> None:
    for step in dag(reading, "kubernetes_pipeline").tasks:
        assert step.pod
        assert step.pod["spec"]["activeDeadlineSeconds"] <= 12 * 3600


def test_a_pod_that_runs_code_of_a_task_has_no_token_for_the_cluster(reading: Reading) -> None:
    pods = [step.pod for step in dag(reading, "kubernetes_pipeline").tasks]
    pods += [python_task.worker for python_task in dag(reading, "per_task_resources").tasks]
    for found in pods:
        assert found
        assert found["spec"]["serviceAccountName"] == "airflow-task"
        assert found["spec"]["automountServiceAccountToken"] is False


def test_a_worker_pod_that_starts_pods_has_a_token(reading: Reading) -> None:
    worker = task(reading, HEAVY).worker["spec"]
    assert worker["serviceAccountName"] == "airflow-worker-kubernetes"
    assert worker.get("automountServiceAccountToken") is not False


def test_a_python_task_has_the_size_that_it_requests(prod: Reading) -> None:
    def resources(name: str) -> Any:
        return container(task(prod, name).worker)["resources"]

    assert resources("crunch")["requests"] == {"cpu": "2", "memory": "4Gi"}
    assert resources("prepare")["requests"] == {"cpu": "250m", "memory": "512Mi"}
    assert resources("look_at_the_gpu")["limits"][GPU] == "1"
    spec = task(prod, "look_at_the_gpu").worker["spec"]
    assert spec["nodeSelector"] == {"accelerator": "nvidia-tesla-v100"}
    assert spec["tolerations"][0]["key"] == GPU


def test_a_pod_override_keeps_the_rest_of_the_worker_pod(
    reading: Reading,
) -> None:
    plain, larger = task(reading, HEAVY).worker["spec"], task(reading, "crunch").worker["spec"]
    differ = {key for key in plain.keys() | larger.keys() if plain.get(key) != larger.get(key)}
    assert differ == {"containers", "serviceAccountName", "automountServiceAccountToken"}
    (base, *_), (larger_base, *_) = plain["containers"], larger["containers"]
    assert {key for key in base if base[key] != larger_base[key]} == {"resources"}
    mounts = {mount["mountPath"] for mount in larger_base["volumeMounts"]}
    assert {"/data", "/opt/airflow/platform", "/opt/airflow/logs"} <= mounts


def test_dags_follow_a_change_of_settings_without_an_edit(airflow: Reader) -> None:
    changed = on_changed(
        "dev",
        namespace="data",
        secrets={"apiKey": {"existing": "theirs"}},
        image={"pullSecrets": ["registry"]},
        pipeline={
            "processorImage": "registry.example.com/p:2",
            "validatorImage": "registry.example.com/v:3",
            "s3Bucket": "theirs",
        },
        gpu={
            "mode": "existing",
            "count": 1,
            "label": {"key": "pool", "value": "a100"},
            "taint": {"key": "t", "value": "v", "effect": "NoExecute"},
        },
    )
    found = airflow.read(DAGS, changed)
    assert found.errors == {}
    heavy, training = pod(found, HEAVY), pod(found, TRAINING)
    assert heavy["metadata"]["namespace"] == "data"
    assert container(heavy)["image"] == "registry.example.com/p:2"
    assert container(pod(found, LIGHT))["image"] == "registry.example.com/v:3"
    assert variables(heavy)["API_KEY"] == ("theirs", "api-key")
    assert variables(heavy)["S3_BUCKET"] == "theirs"
    assert heavy["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert training["spec"]["nodeSelector"] == {"pool": "a100"}
    assert training["spec"]["tolerations"] == [
        {"key": "t", "operator": "Equal", "value": "v", "effect": "NoExecute"}
    ]


def test_the_facts_for_dags_contain_no_secret(readings: dict[str, Reading]) -> None:
    assert readings
    for stack in readings:
        assert "not-shown" not in on(stack).facts
