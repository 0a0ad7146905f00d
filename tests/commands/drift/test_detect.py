"""A few promised objects beside what a real API server holds of them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.drift.detect import look
from airflow_k8s.commands.drift.findings import Drift
from airflow_k8s.commands.drift.text import value
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
class Here:
    """A namespace of its own, and what is promised there."""

    cluster: Cluster
    namespace: str

    def promised(self, kind: str, api_version: str = "v1", **rest: Any) -> Object:
        """An object of the chart, which is made on the cluster too."""
        metadata = {"name": "thing", "namespace": self.namespace, "labels": LABELS}
        manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}
        self.cluster.create(manifest)
        return Object("airflow", "scheduler", CHART, manifest)

    def live(self, promised: Object) -> Any:
        return self.cluster.get(
            promised.manifest["apiVersion"], promised.kind, promised.name, self.namespace
        )

    def put(self, manifest: Any) -> None:
        """In place of what is there, whatever a controller did to it meanwhile."""
        del manifest["metadata"]["resourceVersion"]
        self.cluster.replace(manifest)

    def look(self, *objects: Object) -> Drift:
        platform = RenderedStack(
            stack="dev",
            settings=settings_of("dev", namespace=self.namespace),
            evaluation=Evaluation(resources=(), outputs={}),
            chart=FoundChart(path=Path("chart"), version="1.22.0"),
            objects=objects,
        )
        return look(platform, self.cluster)

    def told(self, *objects: Object) -> list[tuple[str, str, dict[str, str]]]:
        return [
            (each.called, each.what, {field.path: value(field.live) for field in each.fields})
            for each in self.look(*objects).findings
        ]


@pytest.fixture
def here(environment: Environment) -> Iterator[Here]:
    name = f"drift-{next(_numbers)}"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    environment.cluster.create(namespace)
    yield Here(environment.cluster, name)
    environment.cluster.delete(namespace)


def deployment(here: Here) -> Object:
    """As a chart writes it: amounts in a spelling of its own, and no default."""
    container = {
        "name": "scheduler",
        "image": "apache/airflow:3.2.2",
        "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}},
        "env": [{"name": "A", "value": "1"}],
        "ports": [{"containerPort": 80}],
    }
    return here.promised(
        "Deployment",
        "apps/v1",
        spec={
            "replicas": 0,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
        },
    )


def test_defaults_and_spellings_of_the_server_are_no_difference(here: Here) -> None:
    service = here.promised("Service", spec={"selector": LABELS, "ports": [{"port": 80}]})
    drift = here.look(deployment(here), service)
    assert (drift.status, drift.objects) == (0, 2)
    assert drift.fields > 40, "the server's defaults were not compared"


def test_what_was_scaled_edited_and_added_by_hand_is_found_with_who_did_it(here: Here) -> None:
    promised = deployment(here)
    live = here.live(promised)
    container = live["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]
    live["spec"]["replicas"] = 4
    live["metadata"]["annotations"] = {"note": "by hand"}
    here.put(live)
    where = "spec.template.spec.containers[scheduler].env"
    assert here.told(promised) == [
        (
            "Deployment/thing",
            "changed",
            {
                "spec.replicas": "4",
                f"{where}[A].value": "2",
                f"{where}[B]": '{"name": "B", "value": "3"}',
                "metadata.annotations.note": "by hand",
            },
        )
    ]
    assert all(field.by for field in here.look(promised).findings[0].fields)


def test_what_somebody_took_away_is_found(here: Here) -> None:
    promised = deployment(here)
    live = here.live(promised)
    del live["spec"]["template"]["spec"]["containers"][0]["env"]
    here.put(live)
    (_, _, fields) = here.told(promised)[0]
    assert fields == {"spec.template.spec.containers[scheduler].env": "absent"}


def test_looking_changes_nothing(here: Here) -> None:
    promised = deployment(here)
    here.cluster.merge(here.live(promised), {"spec": {"replicas": 1}})
    before = here.live(promised)["metadata"]["generation"]
    assert here.told(promised)
    assert here.live(promised)["metadata"]["generation"] == before


def test_a_missing_object_and_one_that_nobody_promises_are_found(here: Here) -> None:
    config = here.promised("ConfigMap", data={"a": "b"})
    here.cluster.delete(here.live(config))
    here.promised("ServiceAccount")
    assert here.told(config) == [
        ("ConfigMap/thing", "missing", {}),
        ("ServiceAccount/thing", "left over", {}),
    ]


def test_what_somebody_deleted_and_something_still_holds_is_found(here: Here) -> None:
    """As a claim that pods mount."""
    config = here.promised("ConfigMap", data={"a": "b"})
    live = here.live(config)
    here.cluster.merge(live, {"metadata": {"finalizers": ["example.com/hold"]}})
    here.cluster.delete(live)
    assert here.told(config) == [("ConfigMap/thing", "going", {})]
    here.cluster.merge(live, {"metadata": {"finalizers": None}})


def test_of_a_secret_just_the_keys_are_compared_and_no_text_is_told(here: Here) -> None:
    promised = here.promised("Secret", stringData={"password": "hush"})
    live = here.live(promised)
    here.cluster.merge(live, {"data": {"password": "b3RoZXI="}})  # another text
    drift = here.look(promised)
    assert (drift.status, drift.texts) == (0, 1)
    here.cluster.merge(live, {"data": {"more": "aHVzaA==", "password": None}})
    assert here.told(promised) == [
        ("Secret/thing", "changed", {"data.password": "absent", "data.more": "[secret]"})
    ]


def job(here: Here, image: str) -> Object:
    """One of the program's, without a name of its own."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": image}]}
    manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": "migration-job-",
            "namespace": here.namespace,
            "labels": LABELS,
        },
        "spec": {"suspend": True, "template": {"spec": pod}},
    }
    return Object("migration", "", PROGRAM, manifest)


def test_an_immutable_field_that_is_otherwise_is_found_with_the_servers_words(here: Here) -> None:
    old, new = job(here, "example/old:1"), job(here, "example/new:2")
    here.cluster.create(old.manifest)
    assert here.look(old).status == 0
    finding = here.look(new).findings[0]
    assert finding.called.startswith("Job/migration-job-")
    assert [(f.promised, f.live) for f in finding.fields] == [("example/new:2", "example/old:1")]
    assert "field is immutable" in finding.words


def task_pod(here: Here, **spec: Any) -> Object:
    metadata = {"name": "placeholder", "namespace": here.namespace}
    return Object("airflow", TASK_POD, TASK, {"kind": "Pod", "metadata": metadata, "spec": spec})


def test_the_task_pod_inside_its_config_map_is_an_object_of_its_own(here: Here) -> None:
    text = "kind: Pod\nmetadata: {name: placeholder}\nspec: {restartPolicy: Always}\n"
    config = here.promised("ConfigMap", data={"pod_template_file.yaml": text})
    assert here.told(config, task_pod(here, restartPolicy="Always")) == []
    assert here.told(config, task_pod(here, restartPolicy="Never")) == [
        (TASK_POD, "changed", {"spec.restartPolicy": "Always"})
    ]


@pytest.mark.parametrize("text", [None, "kind: [", "nothing"])
def test_a_template_that_nothing_can_be_made_of_is_a_missing_task_pod(
    here: Here, text: str | None
) -> None:
    config = here.promised("ConfigMap", data={"pod_template_file.yaml": "kind: Pod"})
    here.cluster.merge(here.live(config), {"data": {"pod_template_file.yaml": text}})
    assert here.told(config, task_pod(here, restartPolicy="Never")) == [(TASK_POD, "missing", {})]


def test_what_may_not_be_asked_is_told_and_is_no_success(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a reader's credentials have it: every dry run is refused."""
    promised = deployment(here)

    def forbidden(*_: Any, **__: Any) -> Any:
        raise ApiError('deployments.apps "thing" is forbidden', code=403)

    monkeypatch.setattr(here.cluster, "replace", forbidden)
    drift = here.look(promised)
    assert drift.status == 1
    assert [each.because for each in drift.unseen] == ['deployments.apps "thing" is forbidden']
    assert not drift.findings, "what is promised is there"
    here.cluster.merge(here.live(promised), {"spec": {"replicas": 1}})
    assert here.told(promised) == [("Deployment/thing", "changed", {"spec.replicas": "1"})]
