"""Two renderings of a stack, object by object."""

from dataclasses import replace

from airflow_k8s.commands.diff.pairs import groups, object_changes
from airflow_k8s.rendering.manifests import CHART, TASK, TASK_POD, Object
from tests.commands.diff.samples import changed, claim, deployment, made


def test_what_is_the_same_is_not_told() -> None:
    assert object_changes([deployment(), claim()], [claim(), deployment()]) == []


def test_objects_come_and_go_and_change() -> None:
    gone, stays = made("Secret", "old"), deployment(replicas=1)
    found = object_changes([gone, stays], [deployment(replicas=2), made("Secret", "new")])
    assert [(each.what, each.object.qualified_name) for each in found] == [
        ("changed", "Deployment/airflow-scheduler"),
        ("added", "Secret/new"),
        ("removed", "Secret/old"),
    ]


def test_to_pulumi_a_renamed_object_is_the_same_resource() -> None:
    before = made("Namespace", "airflow", urn="urn::platform")
    after = made("Namespace", "other", urn="urn::platform")
    (found,) = changed(before, after)
    assert found.what == "changed"
    assert found.touched("metadata.name")


def test_a_new_version_of_an_api_is_no_new_object() -> None:
    before = made("CronJob", "c", api="batch/v1beta1", origin=CHART)
    (found,) = changed(before, made("CronJob", "c", api="batch/v1", origin=CHART))
    assert [field.path for field in found.fields] == ["apiVersion"]


def test_a_kind_of_another_group_is_another_object() -> None:
    before = made("Cluster", "c", api="postgresql.cnpg.io/v1", origin=CHART)
    after = made("Cluster", "c", api="other.io/v1", origin=CHART)
    assert [each.what for each in changed(before, after)] == ["added", "removed"]


def test_an_object_that_the_chart_made_and_the_program_makes_now_has_moved() -> None:
    (found,) = changed(made("Role", "r", origin=CHART), made("Role", "r"))
    assert found.moved
    assert found.what == "changed"


def test_within_a_chart_a_new_namespace_moves_objects_rather_than_making_others() -> None:
    before, after = (
        made("Service", "airflow-api-server", origin=CHART, namespace=each) for each in ("a", "b")
    )
    (found,) = changed(before, after)
    assert found.touched("metadata.namespace")


def test_the_label_and_the_taint_of_a_node_are_two_patches() -> None:
    label = replace(made("Node", "gpu-1", urn="", labels={"a": "b"}), patch=True)
    taint = replace(made("Node", "gpu-1", urn="", spec={"taints": []}), patch=True)
    assert object_changes([label, taint], [taint, label]) == []


def test_the_version_of_the_chart_on_each_object_makes_no_noise() -> None:
    before, after = (
        made("Service", "s", origin=CHART, labels={"helm.sh/chart": f"airflow-{version}"})
        for version in ("1.21.0", "1.22.0")
    )
    assert changed(before, after) == []


def test_of_a_secret_that_the_chart_makes_up_only_the_keys_count() -> None:
    def secret(**data: str) -> Object:
        return made("Secret", "airflow-fernet-key", origin=CHART, data=data)

    assert changed(secret(key="cmFuZG9t"), secret(key="b3RoZXI=")) == []
    (found,) = changed(secret(key="cmFuZG9t"), secret(other="b3RoZXI="))
    assert [field.path for field in found.fields] == ["data.key", "data.other"]


def test_the_task_pod_is_told_once_and_not_inside_its_config_map_too() -> None:
    before, after = (
        made("ConfigMap", "airflow-config", origin=CHART, data={"pod_template_file.yaml": text})
        for text in ("a", "b")
    )
    assert changed(before, after) == []


def test_the_task_pod_is_no_pod_of_that_name() -> None:
    task = Object("airflow", TASK_POD, TASK, made("Pod", "placeholder").manifest)
    other = made("Pod", "placeholder", origin=CHART)
    assert [each.what for each in changed(other, task)] == ["added", "removed"]


def test_protection_alone_is_a_change() -> None:
    (found,) = changed(claim(protect=True), claim())
    assert found.fields == []


def test_objects_are_grouped_by_component_and_part() -> None:
    found = object_changes([], [claim(), deployment(), deployment("airflow-api-server")])
    assert [(name, part, len(own)) for name, part, own in groups(found)] == [
        ("airflow", "", 1),
        ("airflow", "scheduler", 2),
    ]
