"""The stand-in chart: its download, and its rendering from converted values."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from airflow_k8s.rendering.charts import find_chart
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.helm import template
from airflow_k8s.rendering.manifests import Object, declared, in_chart, releases
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.toolchain.helm import find_helm
from tests.conftest import PROGRAM, evaluated
from tests.rendering.conftest import secrets_and_claims

GONE = Chart(version="0.0.0", repository="http://localhost:1")  # nothing answers there
VARIANTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "dev": ("dev", {}),
    "prod": ("prod", {}),
    "an ingress": (
        "prod",
        {
            "ingress": {"host": "airflow.example.com", "tlsSecret": "tls"},
            "network": {"ui": {"namespaces": ["ingress-nginx"]}},
        },
    ),
    "pull secrets": ("dev", {"image": {"pullSecrets": ["registry"]}}),
}


@pytest.fixture(scope="session")
def chart() -> FoundChart:
    return find_chart(
        GONE,
        helm=find_helm(lambda _: None),
        program=PROGRAM,
        explicit=None,
        strict=False,
        notify=lambda _: None,
    )


def render(chart: FoundChart, evaluation: Evaluation) -> Sequence[Object]:
    """What the older chart makes of the stack's values."""
    (release,) = releases(evaluation)
    values = chart.convert_values(release.values)
    helm = find_helm(lambda _: None)
    made = template(
        helm, chart.path, release=release.name, namespace=release.namespace, values=values
    )
    return in_chart(release, made)


@pytest.fixture(scope="session", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> Evaluation:
    """Each stack in turn, and settings that change the chart's objects."""
    stack, changes = VARIANTS[request.param]
    return evaluated(stack, **changes)


@pytest.fixture(scope="session")
def rendered(chart: FoundChart, variant: Evaluation) -> Sequence[Object]:
    return render(chart, variant)


def named(objects: Sequence[Object], kind: str, name: str) -> Mapping[str, Any]:
    (found,) = [o.manifest for o in objects if (o.kind, o.name) == (kind, name)]
    return found


def task_pod(objects: Sequence[Object]) -> Mapping[str, Any]:
    config = named(objects, "ConfigMap", "airflow-config")
    return yaml.safe_load(config["data"]["pod_template_file.yaml"])


def test_the_stand_in_chart_is_complete_and_has_a_reason(chart: FoundChart) -> None:
    described = yaml.safe_load((chart.path / "Chart.yaml").read_text())
    assert (described["name"], described["version"]) == ("airflow", "1.13.1")
    assert chart.version == "1.13.1"
    assert chart.stand_in_reason.startswith("chart airflow 0.0.0 can't be downloaded: ")


def test_the_stand_in_chart_declares_no_hook_no_job_and_no_secret(
    rendered: Sequence[Object],
) -> None:
    hooks = [
        o.name for o in rendered if "helm.sh/hook" in o.manifest["metadata"].get("annotations", {})
    ]
    assert not hooks
    assert not {o.kind for o in rendered} & {"Secret", "Job"}


def test_task_pods_mount_the_data_and_read_their_secrets(rendered: Sequence[Object]) -> None:
    spec = task_pod(rendered)["spec"]
    (container,) = spec["containers"]
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "airflow-data-pvc"}}
    assert claim in spec["volumes"]
    assert {"name": "data", "mountPath": "/data"} in container["volumeMounts"]
    variables = {v["name"]: v.get("valueFrom") for v in container["env"]}
    assert variables["API_KEY"] == {"secretKeyRef": {"name": "api-secrets", "key": "api-key"}}
    assert variables["DATABASE_URL"] == {
        "secretKeyRef": {"name": "pipeline-database", "key": "url"}
    }
    assert container["resources"]["limits"]["memory"]


def test_no_other_pod_reads_the_tasks_secrets(rendered: Sequence[Object]) -> None:
    readers = {
        o.part
        for o in rendered
        for reference in (o.pods.references if o.pods else ())
        if reference.name in ("api-secrets", "pipeline-database")
    }
    assert readers == {"task pod"}


def test_the_program_declares_every_key_and_claim_that_pods_of_the_stand_in_need(
    rendered: Sequence[Object], variant: Evaluation
) -> None:
    secrets, claims = secrets_and_claims(declared(variant))
    needed = {r for o in rendered if o.pods for r in o.pods.references if r.name != "registry"}
    assert {r.name for r in needed if r.kind == "PersistentVolumeClaim"} <= claims
    wrong = [r for r in needed if r.kind == "Secret" and r.key not in secrets.get(r.name, ())]
    assert not wrong


def test_the_stand_in_chart_has_all_components_of_airflow(rendered: Sequence[Object]) -> None:
    assert {o.name for o in rendered if o.kind == "Deployment"} == {
        "airflow-webserver",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
        "airflow-statsd",
    }
    assert {o.name for o in rendered if o.kind == "CronJob"} == {"airflow-cleanup"}
    assert "StatefulSet" not in {o.kind for o in rendered}, "a volume claim of the triggerer's own"


def test_the_webserver_has_the_settings_of_the_api_server(chart: FoundChart) -> None:
    objects = render(chart, evaluated("prod"))
    spec = named(objects, "Deployment", "airflow-webserver")["spec"]
    assert spec["replicas"] == 2
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"]["limits"]["memory"] == "2Gi"
    assert container["startupProbe"]["failureThreshold"] == 60
    spread = pod["topologySpreadConstraints"]
    assert {c["labelSelector"]["matchLabels"]["component"] for c in spread} == {"webserver"}
    assert named(objects, "PodDisruptionBudget", "airflow-webserver-pdb")


def test_the_ingress_leads_to_the_webserver(chart: FoundChart) -> None:
    stack, changes = VARIANTS["an ingress"]
    objects = render(chart, evaluated(stack, **changes))
    spec = named(objects, "Ingress", "airflow-ingress")["spec"]
    assert spec["tls"] == [{"hosts": ["airflow.example.com"], "secretName": "tls"}]
    (rule,) = spec["rules"]
    assert rule["host"] == "airflow.example.com"
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "airflow-webserver"


def test_images_are_pulled_with_the_stacks_secret(chart: FoundChart) -> None:
    stack, changes = VARIANTS["pull secrets"]
    objects = render(chart, evaluated(stack, **changes))
    assert task_pod(objects)["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_the_image_is_the_stacks_own_in_the_version_that_the_older_chart_can_run(
    chart: FoundChart,
) -> None:
    objects = render(chart, evaluated("dev", image={"repository": "example.com/airflow"}))
    (container,) = task_pod(objects)["spec"]["containers"]
    assert container["image"] == "example.com/airflow:2.8.3"


def test_converting_values_leaves_the_given_values_unchanged(chart: FoundChart) -> None:
    (release,) = releases(evaluated("prod"))
    before = repr(release.values)
    assert chart.convert_values(release.values) != release.values
    assert repr(release.values) == before
