"""A few desired objects, compared with those of a real API server."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.drift.detect import detect_drift
from airflow_k8s.commands.drift.findings import Drift, State
from airflow_k8s.commands.drift.text import short_value
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.manifests import CHART, PROGRAM, TASK, TASK_POD, Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.rendering.resources import Evaluation
from tests.commands.rehearse.conftest import Environment
from tests.conftest import settings_of

_numbers = itertools.count(1)
LABELS = {"release": "airflow"}


@dataclass
class Namespace:
    """A namespace of its own on the cluster."""

    cluster: Cluster
    name: str

    def create(self, kind: str, api_version: str = "v1", **rest: Any) -> Object:
        """A desired object of the chart, created on the cluster too."""
        metadata = {"name": "thing", "namespace": self.name, "labels": LABELS}
        manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}
        self.cluster.create(manifest)
        return Object("airflow", "scheduler", CHART, manifest)

    def live(self, desired: Object) -> Any:
        """The live object of a desired one."""
        return self.cluster.get(
            desired.manifest["apiVersion"], desired.kind, desired.name, self.name
        )

    def replace(self, manifest: Any) -> None:
        """Replaces the live object, even if a controller changed it meanwhile."""
        del manifest["metadata"]["resourceVersion"]
        self.cluster.replace(manifest)

    def drift(self, *objects: Object) -> Drift:
        """The drift of a stack with these objects."""
        platform = RenderedStack(
            stack="dev",
            settings=settings_of("dev", namespace=self.name),
            evaluation=Evaluation(resources=(), outputs={}),
            chart=FoundChart(path=Path("chart"), version="1.22.0"),
            objects=objects,
        )
        return detect_drift(platform, self.cluster)

    def findings(self, *objects: Object) -> list[tuple[str, State, dict[str, str]]]:
        """Name, state, and live values by path, of every object with drift."""
        return [
            (
                finding.qualified_name,
                finding.state,
                {field.path: short_value(field.live) for field in finding.fields},
            )
            for finding in self.drift(*objects).findings
        ]


@pytest.fixture
def here(environment: Environment) -> Iterator[Namespace]:
    name = f"drift-{next(_numbers)}"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    environment.cluster.create(namespace)
    yield Namespace(environment.cluster, name)
    environment.cluster.delete(namespace)


def deployment(here: Namespace) -> Object:
    """A Deployment as a chart writes it: amounts in other units, and no defaults."""
    container = {
        "name": "scheduler",
        "image": "apache/airflow:3.2.2",
        "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}},
        "env": [{"name": "A", "value": "1"}],
        "ports": [{"containerPort": 80}],
    }
    return here.create(
        "Deployment",
        "apps/v1",
        spec={
            "replicas": 0,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
        },
    )


def test_defaults_and_units_of_the_api_server_are_no_drift(here: Namespace) -> None:
    service = here.create("Service", spec={"selector": LABELS, "ports": [{"port": 80}]})
    drift = here.drift(deployment(here), service)
    assert (drift.exit_code, drift.objects) == (0, 2)
    assert drift.fields > 40, "the server's defaults were not compared"


def test_scaled_edited_and_added_fields_are_found_with_their_manager(here: Namespace) -> None:
    desired = deployment(here)
    live = here.live(desired)
    container = live["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]
    live["spec"]["replicas"] = 4
    live["metadata"]["annotations"] = {"note": "by hand"}
    here.replace(live)
    where = "spec.template.spec.containers[scheduler].env"
    assert here.findings(desired) == [
        (
            "Deployment/thing",
            State.CHANGED,
            {
                "spec.replicas": "4",
                f"{where}[A].value": "2",
                f"{where}[B]": '{"name": "B", "value": "3"}',
                "metadata.annotations.note": "by hand",
            },
        )
    ]
    assert all(field.manager for field in here.drift(desired).findings[0].fields)


def test_a_removed_field_is_found(here: Namespace) -> None:
    desired = deployment(here)
    live = here.live(desired)
    del live["spec"]["template"]["spec"]["containers"][0]["env"]
    here.replace(live)
    (_, _, fields) = here.findings(desired)[0]
    assert fields == {"spec.template.spec.containers[scheduler].env": "absent"}


def test_the_comparison_changes_nothing(here: Namespace) -> None:
    desired = deployment(here)
    here.cluster.merge(here.live(desired), {"spec": {"replicas": 1}})
    before = here.live(desired)["metadata"]["generation"]
    assert here.findings(desired)
    assert here.live(desired)["metadata"]["generation"] == before


def test_a_missing_object_and_an_orphaned_one_are_found(here: Namespace) -> None:
    config = here.create("ConfigMap", data={"a": "b"})
    here.cluster.delete(here.live(config))
    here.create("ServiceAccount")
    assert here.findings(config) == [
        ("ConfigMap/thing", State.MISSING, {}),
        ("ServiceAccount/thing", State.ORPHANED, {}),
    ]


def test_a_deleted_object_that_a_finalizer_holds_is_terminating(here: Namespace) -> None:
    config = here.create("ConfigMap", data={"a": "b"})
    live = here.live(config)
    here.cluster.merge(live, {"metadata": {"finalizers": ["example.com/hold"]}})
    here.cluster.delete(live)
    assert here.findings(config) == [("ConfigMap/thing", State.TERMINATING, {})]
    here.cluster.merge(live, {"metadata": {"finalizers": None}})


def test_only_the_keys_of_a_secret_are_compared_and_no_text_is_shown(here: Namespace) -> None:
    desired = here.create("Secret", stringData={"password": "hush"})
    live = here.live(desired)
    here.cluster.merge(live, {"data": {"password": "b3RoZXI="}})  # another text
    drift = here.drift(desired)
    assert (drift.exit_code, drift.secret_texts) == (0, 1)
    here.cluster.merge(live, {"data": {"more": "aHVzaA==", "password": None}})
    assert here.findings(desired) == [
        ("Secret/thing", State.CHANGED, {"data.password": "absent", "data.more": "[secret]"})
    ]


def job(here: Namespace, image: str) -> Object:
    """A Job of the program, whose name Pulumi generates."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": image}]}
    manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": "migration-job-",
            "namespace": here.name,
            "labels": LABELS,
        },
        "spec": {"suspend": True, "template": {"spec": pod}},
    }
    return Object("migration", "", PROGRAM, manifest)


def test_a_changed_immutable_field_is_found_with_the_message_of_the_api_server(
    here: Namespace,
) -> None:
    old, new = job(here, "example/old:1"), job(here, "example/new:2")
    here.cluster.create(old.manifest)
    assert here.drift(old).exit_code == 0
    finding = here.drift(new).findings[0]
    assert finding.qualified_name.startswith("Job/migration-job-")
    assert [(f.desired, f.live) for f in finding.fields] == [("example/new:2", "example/old:1")]
    assert "field is immutable" in finding.rejection


def task_pod(here: Namespace, **spec: Any) -> Object:
    metadata = {"name": "placeholder", "namespace": here.name}
    return Object("airflow", TASK_POD, TASK, {"kind": "Pod", "metadata": metadata, "spec": spec})


def test_the_task_pod_inside_its_config_map_is_an_object_of_its_own(here: Namespace) -> None:
    text = "kind: Pod\nmetadata: {name: placeholder}\nspec: {restartPolicy: Always}\n"
    config = here.create("ConfigMap", data={"pod_template_file.yaml": text})
    assert here.findings(config, task_pod(here, restartPolicy="Always")) == []
    assert here.findings(config, task_pod(here, restartPolicy="Never")) == [
        (TASK_POD, State.CHANGED, {"spec.restartPolicy": "Always"})
    ]


@pytest.mark.parametrize("text", [None, "kind: [", "nothing"])
def test_an_invalid_pod_template_is_a_missing_task_pod(here: Namespace, text: str | None) -> None:
    config = here.create("ConfigMap", data={"pod_template_file.yaml": "kind: Pod"})
    here.cluster.merge(here.live(config), {"data": {"pod_template_file.yaml": text}})
    assert here.findings(config, task_pod(here, restartPolicy="Never")) == [
        (TASK_POD, State.MISSING, {})
    ]


def test_a_forbidden_dry_run_is_reported_and_is_no_success(
    here: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulates credentials that may only read."""
    desired = deployment(here)

    def forbidden(*_: Any, **__: Any) -> Any:
        raise ApiError('deployments.apps "thing" is forbidden', code=403)

    monkeypatch.setattr(here.cluster, "replace", forbidden)
    drift = here.drift(desired)
    assert drift.exit_code == 1
    assert [unchecked.reason for unchecked in drift.unchecked] == [
        'deployments.apps "thing" is forbidden'
    ]
    assert not drift.findings, "the desired fields are present"
    here.cluster.merge(here.live(desired), {"spec": {"replicas": 1}})
    assert here.findings(desired) == [("Deployment/thing", State.CHANGED, {"spec.replicas": "1"})]
