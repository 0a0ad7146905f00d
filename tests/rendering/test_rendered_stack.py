"""Every object of both stacks, from the real chart."""

import io
from typing import Any

import pytest
from rich.console import Console

from airflow_k8s.kube.pods import Pods
from airflow_k8s.rendering.manifests import CHART, TASK, Object, releases
from airflow_k8s.rendering.rendered_stack import RenderedStack, _expected, render  # pyright: ignore[reportPrivateUsage]
from airflow_k8s.rendering.tree import steady_requests, tree
from airflow_k8s.stack.chart import sizing
from tests.conftest import PROGRAM, settings_of
from tests.rendering.conftest import official_chart, rendered, rendered_with, secrets_and_claims

pytestmark = pytest.mark.chart

MI = 1024**2
WORKLOADS = {
    ("Deployment", "airflow-api-server"),
    ("Deployment", "airflow-scheduler"),
    ("Deployment", "airflow-dag-processor"),
    ("Deployment", "airflow-triggerer"),
    ("Deployment", "airflow-statsd"),
    ("CronJob", "airflow-cleanup"),
    ("CronJob", "airflow-database-cleanup"),
    ("Job", "migration-job-*"),
    ("Job", "admin-job-*"),
}


def with_pods(platform: RenderedStack) -> list[tuple[Object, Pods]]:
    return [(o, o.pods) for o in platform.objects if o.pods]


def task_pod(platform: RenderedStack) -> dict[str, Any]:
    (pod,) = (o.manifest for o in platform.objects if o.origin == TASK)
    return dict(pod)


def test_every_workload_is_rendered(platform: RenderedStack) -> None:
    database = ("Cluster" if platform.stack == "prod" else "StatefulSet", "airflow-postgresql")
    found = {(o.kind, o.name) for o, _ in with_pods(platform) if o.origin != TASK}
    assert found == WORKLOADS | {database}


def test_prod_has_a_disruption_budget_for_every_replicated_workload() -> None:
    budgets = {o.name for o in rendered("prod").objects if o.kind == "PodDisruptionBudget"}
    assert budgets == {
        "airflow-api-server-pdb",
        "airflow-scheduler-pdb",
        "airflow-triggerer-pdb",
    }
    assert not [o for o in rendered("dev").objects if o.kind == "PodDisruptionBudget"]


def test_every_secret_key_and_claim_that_a_pod_needs_is_in_the_stack(
    platform: RenderedStack,
) -> None:
    secrets, claims = secrets_and_claims(platform.objects)
    for each, pods in with_pods(platform):
        needs_none = each.name in ("airflow-statsd", "airflow-cleanup")
        assert pods.references or needs_none, f"{each.name} reads nothing?"
        for reference in pods.references:
            where = f"{each.kind} {each.name} needs {reference}"
            if reference.kind == "PersistentVolumeClaim":
                assert reference.name in claims, where
            else:
                assert reference.name in secrets, where
                assert not reference.key or reference.key in secrets[reference.name], where


def test_the_task_pod_has_the_data_the_api_key_and_the_tasks_database(
    platform: RenderedStack,
) -> None:
    spec = task_pod(platform)["spec"]
    (container,) = spec["containers"]
    volumes = {v["name"]: v.get("persistentVolumeClaim") for v in spec["volumes"]}
    mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
    assert volumes["data"] == {"claimName": "airflow-data-pvc"}
    assert mounts["data"] == "/data"
    assert volumes["logs"] == {"claimName": "airflow-logs"}
    env = {e["name"]: e.get("valueFrom", {}).get("secretKeyRef") for e in container["env"]}
    assert env["API_KEY"] == {"name": "api-secrets", "key": "api-key"}
    assert env["DATABASE_URL"] == {"name": "pipeline-database", "key": "url"}


def test_the_task_pod_is_labelled_and_is_not_evicted(platform: RenderedStack) -> None:
    metadata = task_pod(platform)["metadata"]
    assert metadata["labels"]["app.kubernetes.io/component"] == "task"
    assert metadata["annotations"]["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"
    assert task_pod(platform)["spec"]["serviceAccountName"] == "airflow-worker-kubernetes"


def test_the_task_pod_has_the_resources_that_the_stack_sets() -> None:
    (container,) = task_pod(rendered("prod"))["spec"]["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"memory": "1Gi"},
    }


def test_every_pod_may_run_in_a_restricted_namespace(platform: RenderedStack) -> None:
    for each, pods in with_pods(platform):
        if each.kind == "Cluster":
            continue  # its operator makes the pods
        spec = pods.template["spec"]
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True, each.name
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}, each.name
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            own = container["securityContext"]
            where = f"{each.name}/{container['name']}"
            assert own["allowPrivilegeEscalation"] is False, where
            assert own["capabilities"] == {"drop": ["ALL"]}, where
            assert own.get("runAsUser", pod["runAsUser"]) != 0, where


def test_every_container_has_requests_and_a_memory_limit(platform: RenderedStack) -> None:
    for each, pods in with_pods(platform):
        for container in pods.containers:
            where = f"{each.name}/{container.name}"
            assert {"cpu", "memory"} <= container.requests.keys(), where
            assert "memory" in container.limits, where


def test_the_chart_makes_no_secret_and_no_hook(platform: RenderedStack) -> None:
    for each in platform.objects:
        if each.origin == CHART:
            assert each.kind != "Secret", each.name
            annotations = each.manifest["metadata"].get("annotations", {})
            assert not any(key.startswith("helm.sh/hook") for key in annotations), each.name


def test_every_object_is_in_the_namespace_of_the_stack(platform: RenderedStack) -> None:
    for each in platform.objects:
        if each.kind not in ("Namespace", "Node", "NodePool"):
            assert each.namespace == "airflow", each.name


def test_the_rendered_pods_request_what_the_readme_states() -> None:
    dev, prod = rendered("dev").objects, rendered("prod").objects
    assert steady_requests(dev, "cpu") * 1000 == 1185
    assert steady_requests(dev, "memory") / MI == 3008
    assert steady_requests(prod, "cpu") * 1000 == 4620
    assert steady_requests(prod, "memory") / MI == 9504


def test_two_renderings_are_equal(platform: RenderedStack) -> None:
    again = render(PROGRAM, platform.stack, strict=True, notify=print)
    assert [o.manifest for o in again.objects] == [o.manifest for o in platform.objects]


def test_a_rotation_of_the_admin_changes_nothing_in_the_chart() -> None:
    official_chart()
    rotated = rendered_with("dev", secrets={"admin": {"rotation": 2}})

    def of_chart(platform: RenderedStack) -> list[Any]:
        return [o.manifest for o in platform.objects if o.origin == CHART]

    assert of_chart(rotated) == of_chart(rendered("dev"))


def test_the_chart_configures_airflow_as_intended() -> None:
    (config,) = (
        o.manifest["data"]["airflow.cfg"]
        for o in rendered("prod").objects
        if o.name == "airflow-config" and o.kind == "ConfigMap"
    )
    lines = {line.strip() for line in config.splitlines()}
    assert "parallelism = 16" in lines
    assert "worker_pods_creation_batch_size = 32" in lines
    assert "task_publish_max_retries = -1" in lines
    assert "dags_folder = /opt/airflow/dags/repo/dags" in lines
    assert "executor = KubernetesExecutor" in lines


@pytest.mark.parametrize(
    "changes",
    [
        {"dags": {"source": "image"}},
        {
            "dags": {
                "source": "git-bundle",
                "repo": "https://h/r",
                "branch": "main",
                "credentialsSecret": "git",
            }
        },
        {
            "dags": {
                "repo": "git@h:r",
                "ref": "v1",
                "sshKeySecret": "git",
                "knownHosts": "h ssh-ed25519 A",
            }
        },
        {"logs": {"store": "remote", "folder": "gs://bucket/a", "connectionSecret": "logs"}},
        {
            "ingress": {"host": "a.example.com", "tlsSecret": "cert", "className": "nginx"},
            "network": {"ui": {"namespaces": ["ingress-nginx"]}},
        },
        {"image": {"pullSecrets": ["registry"], "asyncPodCreation": True}},
        {"serviceAccountAnnotations": {"eks.amazonaws.com/role-arn": "arn"}},
        {"values": {"statsd": {"enabled": False}, "labels": {"team": "data"}}},
        {
            "values": {
                "limits": [{"type": "Container", "max": {"memory": "8Gi"}}],
                "scheduler": {
                    "podDisruptionBudget": {
                        "enabled": True,
                        "config": {"maxUnavailable": None, "minAvailable": 1},
                    }
                },
            }
        },
    ],
    ids=[
        "image",
        "bundle",
        "ssh",
        "remote logs",
        "ingress",
        "pull",
        "identity",
        "overlay",
        "limits",
    ],
)
def test_the_chart_accepts_every_kind_of_stack(changes: dict[str, Any]) -> None:
    official_chart()
    platform = rendered_with("dev", **changes)
    kinds = {o.kind for o in platform.objects}
    assert "Deployment" in kinds
    assert ("Ingress" in kinds) == ("ingress" in changes)
    shown = Console(file=io.StringIO(), width=200)
    shown.print(tree(platform))  # no kind of stack may break the tree


def test_computed_sizes_equal_those_of_the_rendered_pods() -> None:
    for stack in ("dev", "prod"):
        idle = sizing.idle(settings_of(stack))
        objects = rendered(stack).objects
        requests = [steady_requests(objects, resource) for resource in ("cpu", "memory")]
        assert requests == [idle.cpu, idle.memory]


def test_a_release_that_differs_from_the_expected_one_is_rendered_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    official_chart()
    wrong = {"executor": "LocalExecutor", "apiServer": {"replicas": 9}}
    monkeypatch.setattr("airflow_k8s.rendering.rendered_stack.airflow_values", lambda *_: wrong)
    platform = render(PROGRAM, "dev", strict=True, notify=print)
    expected = [o.manifest for o in rendered("dev").objects]
    assert [o.manifest for o in platform.objects] == expected


def test_the_expected_release_is_the_one_that_the_program_declares(platform: RenderedStack) -> None:
    # Else the early start is for nothing, and every rendering takes a helm longer.
    expected = _expected(platform.settings, PROGRAM)
    (release,) = releases(platform.evaluation)
    assert release.inputs == expected.inputs
