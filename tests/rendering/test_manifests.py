"""The model of a stack's objects."""

from typing import Any

import yaml

from airflow_k8s.rendering.manifests import Release, declared, in_chart, releases
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.rendering.tree import creation_order
from airflow_k8s.stack.settings.airflow import Chart

RELEASE = Release(component="airflow", name="airflow", namespace="ns", chart=Chart(), values={})


def test_a_job_without_a_name_has_the_prefix_of_its_generated_name(dev: Evaluation) -> None:
    (job,) = (o for o in declared(dev) if o.component == "migration")
    assert job.name == "migration-job-*"


def test_a_nested_resource_belongs_to_the_outermost_component(dev: Evaluation) -> None:
    kinds = {o.kind for o in declared(dev) if o.component == "database"}
    assert kinds == {"PersistentVolumeClaim", "StatefulSet", "Service"}


def test_a_resource_that_is_only_read_is_not_an_object_of_the_stack(prod: Evaluation) -> None:
    nodes = [o for o in declared(prod) if o.kind == "Node"]
    assert len(nodes) == 4
    assert all(o.patch for o in nodes)


def test_the_release_is_found_with_its_values(dev: Evaluation) -> None:
    (release,) = releases(dev)
    assert (release.component, release.name, release.namespace) == ("airflow", "airflow", "airflow")
    assert release.values["executor"] == "KubernetesExecutor"


def test_the_task_pod_comes_out_of_its_config_map() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}
    config: dict[str, Any] = {
        "kind": "ConfigMap",
        "metadata": {"name": "c", "labels": {"component": "config"}},
        "data": {"pod_template_file.yaml": yaml.safe_dump(pod)},
    }
    inside = in_chart(RELEASE, [config])
    assert [(o.kind, o.part, o.origin) for o in inside] == [
        ("ConfigMap", "config", "chart"),
        ("Pod", "task pod", "task"),
    ]
    assert {o.namespace for o in inside} == {"ns"}, (
        "objects without a namespace get the namespace of the release"
    )


def test_a_component_comes_after_those_that_it_depends_on(prod: Evaluation) -> None:
    order = creation_order(prod)
    assert order[0] == "prerequisites"
    assert order[-1] == "airflow"
    assert order.index("migration") < order.index("admin")
