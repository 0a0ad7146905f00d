"""Two renderings of a stack, object by object."""

from dataclasses import replace

from airflow_k8s.commands.diff.pairs import Action, by_component, object_changes
from airflow_k8s.rendering.manifests import CHART, TASK, TASK_POD, Object
from tests.commands.diff.samples import changed, claim, deployment, made


def test_equal_objects_in_another_order_are_no_change() -> None:
    assert object_changes([deployment(), claim()], [claim(), deployment()]) == []


def test_objects_are_added_removed_and_changed() -> None:
    removed, kept = made("Secret", "old"), deployment(replicas=1)
    found = object_changes([removed, kept], [deployment(replicas=2), made("Secret", "new")])
    assert [(change.action, change.object.qualified_name) for change in found] == [
        (Action.CHANGED, "Deployment/airflow-scheduler"),
        (Action.ADDED, "Secret/new"),
        (Action.REMOVED, "Secret/old"),
    ]


def test_a_renamed_object_with_the_same_urn_is_the_same_object() -> None:
    before = made("Namespace", "airflow", urn="urn::platform")
    after = made("Namespace", "other", urn="urn::platform")
    (found,) = changed(before, after)
    assert found.action is Action.CHANGED
    assert found.touches("metadata.name")


def test_another_version_of_an_api_is_the_same_object() -> None:
    before = made("CronJob", "c", api="batch/v1beta1", origin=CHART)
    (found,) = changed(before, made("CronJob", "c", api="batch/v1", origin=CHART))
    assert [field.path for field in found.fields] == ["apiVersion"]


def test_the_same_kind_in_another_api_group_is_another_object() -> None:
    before = made("Cluster", "c", api="postgresql.cnpg.io/v1", origin=CHART)
    after = made("Cluster", "c", api="other.io/v1", origin=CHART)
    assert [change.action for change in changed(before, after)] == [Action.ADDED, Action.REMOVED]


def test_an_object_that_the_program_takes_over_from_the_chart_changes_its_owner() -> None:
    (found,) = changed(made("Role", "r", origin=CHART), made("Role", "r"))
    assert found.changes_owner
    assert found.action is Action.CHANGED


def test_an_object_of_the_chart_in_another_namespace_is_the_same_object() -> None:
    before, after = (
        made("Service", "airflow-api-server", origin=CHART, namespace=name) for name in ("a", "b")
    )
    (found,) = changed(before, after)
    assert found.touches("metadata.namespace")


def test_the_label_and_the_taint_of_a_node_are_two_patches() -> None:
    label = replace(made("Node", "gpu-1", urn="", labels={"a": "b"}), patch=True)
    taint = replace(made("Node", "gpu-1", urn="", spec={"taints": []}), patch=True)
    assert object_changes([label, taint], [taint, label]) == []


def test_the_label_with_the_version_of_the_chart_is_not_compared() -> None:
    before, after = (
        made("Service", "s", origin=CHART, labels={"helm.sh/chart": f"airflow-{version}"})
        for version in ("1.21.0", "1.22.0")
    )
    assert changed(before, after) == []


def test_only_the_keys_of_a_secret_of_the_chart_are_compared() -> None:
    def secret(**data: str) -> Object:
        return made("Secret", "airflow-fernet-key", origin=CHART, data=data)

    assert changed(secret(key="cmFuZG9t"), secret(key="b3RoZXI=")) == []
    (found,) = changed(secret(key="cmFuZG9t"), secret(other="b3RoZXI="))
    assert [field.path for field in found.fields] == ["data.key", "data.other"]


def test_the_task_pod_inside_its_config_map_is_not_compared() -> None:
    before, after = (
        made("ConfigMap", "airflow-config", origin=CHART, data={"pod_template_file.yaml": text})
        for text in ("a", "b")
    )
    assert changed(before, after) == []


def test_the_task_pod_is_another_object_than_a_pod_of_the_same_name() -> None:
    task = Object("airflow", TASK_POD, TASK, made("Pod", "placeholder").manifest)
    other = made("Pod", "placeholder", origin=CHART)
    assert [change.action for change in changed(other, task)] == [Action.ADDED, Action.REMOVED]


def test_protection_alone_is_a_change() -> None:
    (found,) = changed(claim(protect=True), claim())
    assert found.protection_changes
    assert found.fields == []


def test_objects_are_grouped_by_component_and_part() -> None:
    found = object_changes([], [claim(), deployment(), deployment("airflow-api-server")])
    assert [(name, part, len(own)) for name, part, own in by_component(found)] == [
        ("airflow", "", 1),
        ("airflow", "scheduler", 2),
    ]
