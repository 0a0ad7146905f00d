"""Objects that are deleted, handed over, or change in a field that can't change in place."""

from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.impact.objects import object_consequences
from airflow_k8s.kube.data import HOLDS_DATA
from airflow_k8s.rendering.manifests import CHART, Object
from tests.commands.diff.impact.facts import reasons
from tests.commands.diff.samples import changed, claim, deployment, made


def consequences(
    before: Object | None,
    after: Object | None,
    *,
    secrets_mutable: bool = True,
    config_maps_mutable: bool = False,
) -> list[Consequence]:
    """The consequences, with the options of the provider as the program sets them."""
    return list(
        object_consequences(
            changed(before, after),
            secrets_mutable=secrets_mutable,
            config_maps_mutable=config_maps_mutable,
        )
    )


def found(before: Object | None, after: Object | None) -> list[tuple[Kind, Reason | None]]:
    return reasons(consequences(before, after))


def test_a_removed_claim_loses_its_data() -> None:
    assert found(claim(), None) == [(Kind.DATA_LOSS, Reason.REMOVED)]


@pytest.mark.parametrize("kind", sorted(HOLDS_DATA | {"StatefulSet"}))
def test_every_removed_object_that_holds_data_loses_it(kind: str) -> None:
    assert found(made(kind, "it", spec={}), None) == [(Kind.DATA_LOSS, Reason.REMOVED)]


def test_a_protected_claim_is_not_removed() -> None:
    assert found(claim(protect=True), None) == [(Kind.REFUSED, Reason.PROTECTED)]


def test_a_retained_claim_stays_on_the_cluster() -> None:
    assert found(replace(claim(), retain=True), None) == [(Kind.LEFT_BEHIND, Reason.RETAINED)]


def test_a_removed_object_without_data_has_no_consequence() -> None:
    assert found(made("Role", "r"), None) == []


def test_an_added_object_has_no_consequence() -> None:
    assert found(None, claim()) == []


def test_a_claim_with_another_storage_class_is_replaced_by_an_empty_one() -> None:
    (lost,) = consequences(claim(), claim(storage_class="fast"))
    assert (lost.kind, lost.reason) == (Kind.DATA_LOSS, Reason.FORCES_REPLACEMENT)
    assert lost.message.startswith("spec.storageClassName changes")


def test_a_protected_claim_is_not_replaced() -> None:
    before, after = claim(protect=True), claim(storage_class="fast", protect=True)
    assert found(before, after) == [(Kind.REFUSED, Reason.PROTECTED)]


def test_the_protection_before_the_change_counts_because_pulumi_reads_it_from_its_state() -> None:
    before, after = claim(protect=True), claim(storage_class="fast")
    assert found(before, after) == [(Kind.REFUSED, Reason.PROTECTED)]


def test_a_claim_can_not_shrink() -> None:
    (refused,) = consequences(claim(size="100Gi"), claim(size="50Gi"))
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.SHRINKS)
    assert refused.message.startswith("from 100Gi to 50Gi")


def test_a_claim_grows_only_if_its_storage_class_allows_it() -> None:
    assert found(claim(size="1Gi"), claim(size="2Gi")) == [(Kind.SAFEGUARD, Reason.EXPANDS)]


def test_a_config_map_is_replaced_unless_the_provider_changes_it_in_place() -> None:
    before, after = (made("ConfigMap", "facts", data={"a": text}) for text in ("1", "2"))
    assert found(before, after) == [(Kind.REPLACED, Reason.FORCES_REPLACEMENT)]
    assert consequences(before, after, config_maps_mutable=True) == []


def test_a_secret_changes_in_place_if_the_provider_has_that_option() -> None:
    before, after = (made("Secret", "s", stringData={"a": text}) for text in ("1", "2"))
    assert found(before, after) == []
    (replaced,) = consequences(before, after, secrets_mutable=False)
    assert (replaced.kind, replaced.reason) == (Kind.REPLACED, Reason.FORCES_REPLACEMENT)


def test_a_replaced_job_is_left_to_the_jobs_that_run() -> None:
    before, after = (made("Job", "j", spec={"template": {"a": n}}) for n in (1, 2))
    assert found(before, after) == []


def test_an_object_in_another_namespace_is_replaced() -> None:
    before, after = (made("Role", "r", namespace=name, urn="urn::r") for name in ("a", "b"))
    (replaced,) = consequences(before, after)
    assert (replaced.kind, replaced.reason) == (Kind.REPLACED, Reason.FORCES_REPLACEMENT)
    assert replaced.message == "metadata.namespace changes"


def test_an_object_of_another_resource_collides_with_itself() -> None:
    before = made("Role", "r", urn="urn::old")
    after = made("Role", "r", urn="urn::new", labels={"a": "b"})
    assert found(before, after) == [(Kind.REFUSED, Reason.OTHER_RESOURCE)]


def test_an_alias_tells_pulumi_that_another_resource_is_the_same() -> None:
    before = made("Role", "r", urn="urn::old")
    after = made("Role", "r", urn="urn::new", labels={"a": "b"})
    assert found(before, replace(after, aliased=True)) == []


def test_helm_and_pulumi_do_not_take_over_objects_of_each_other() -> None:
    of_program, of_chart = made("Role", "r"), made("Role", "r", origin=CHART)
    refused = [(Kind.REFUSED, Reason.OTHER_OWNER)]
    assert [found(of_chart, of_program), found(of_program, of_chart)] == [refused, refused]


def test_an_immutable_field_stops_a_helm_upgrade() -> None:
    before = deployment()
    manifest: Any = {**before.manifest, "spec": {**before.manifest["spec"], "selector": {"a": "b"}}}
    (refused,) = consequences(before, replace(before, manifest=manifest))
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.IMMUTABLE)
    assert refused.message.startswith("spec.selector changes")


def test_only_some_fields_of_a_stateful_set_are_mutable() -> None:
    def stateful(**spec: Any) -> Object:
        return made("StatefulSet", "s", origin=CHART, spec={"serviceName": "a"} | spec)

    assert found(stateful(), stateful(serviceName="b")) == [(Kind.REFUSED, Reason.IMMUTABLE)]
    assert found(stateful(replicas=1), stateful(replicas=2)) == []


def database(image: str) -> Object:
    template = {"spec": {"containers": [{"name": "postgresql", "image": image}]}}
    return made("StatefulSet", "airflow-postgresql", spec={"template": template})


def test_another_major_version_of_postgresql_can_not_read_the_files_of_the_old_one() -> None:
    before, after = database("postgres:16"), database("registry.example.com/postgres:17.2")
    (refused,) = consequences(before, after)
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.DATABASE_VERSION)
    assert refused.message.startswith("PostgreSQL 17 can't read the files of 16")


def test_another_minor_version_of_postgresql_has_no_consequence() -> None:
    assert found(database("postgres:17.5"), database("postgres:17.6")) == []


def test_images_without_a_known_version_of_postgresql_have_no_consequence() -> None:
    assert found(database("mine:a"), database("mine:b")) == []


def test_the_port_of_a_registry_is_no_version_of_postgresql() -> None:
    assert found(database("postgres:5000/pg:16"), database("postgres:6000/pg:17")) == []


def replicated(image: str = "pg/postgresql:17.5", size: str = "20Gi") -> Object:
    spec = {
        "instances": 3,
        "imageName": image,
        "storage": {"size": size},
        "resources": {},
        "bootstrap": {"initdb": {"secret": {"name": "s"}}},
    }
    return made("Cluster", "db", api="postgresql.cnpg.io/v1", spec=spec)


def test_the_operator_upgrades_a_replicated_database() -> None:
    assert found(replicated("pg/postgresql:16.4"), replicated()) == [
        (Kind.REPLACED, Reason.DATABASE_VERSION)
    ]
    assert found(replicated(), replicated("pg/postgresql:17.6")) == []


def test_the_operator_does_not_downgrade_a_replicated_database() -> None:
    assert found(replicated(), replicated("pg/postgresql:16.4")) == [
        (Kind.REFUSED, Reason.DATABASE_VERSION)
    ]


def test_the_volumes_of_a_replicated_database_can_not_shrink() -> None:
    assert found(replicated(), replicated(size="10Gi")) == [(Kind.REFUSED, Reason.SHRINKS)]


def test_an_object_that_helm_keeps_is_not_lost() -> None:
    kept = replace(
        made("PersistentVolumeClaim", "dags", annotations={"helm.sh/resource-policy": "keep"}),
        origin=CHART,
    )
    assert found(kept, None) == [(Kind.LEFT_BEHIND, Reason.RETAINED)]


def test_the_data_of_an_immutable_config_map_can_not_change() -> None:
    before, after = (
        made("ConfigMap", "c", origin=CHART, immutable=True, data={"a": n}) for n in ("1", "2")
    )
    assert found(before, after) == [(Kind.REFUSED, Reason.IMMUTABLE)]


def test_the_same_size_in_another_unit_is_no_change() -> None:
    assert found(claim(size="5Gi"), claim(size="5120Mi")) == []


def test_a_renamed_namespace_is_reported_by_its_old_name() -> None:
    before, after = (made("Namespace", name, urn="urn::n") for name in ("airflow", "other"))
    (lost,) = consequences(before, after)
    assert (lost.kind, lost.subject) == (Kind.DATA_LOSS, "Namespace/airflow")


def test_helm_deletes_a_hook_before_it_creates_the_new_one() -> None:
    before, after = (
        made(
            "Job",
            "j",
            origin=CHART,
            annotations={"helm.sh/hook": "post-install"},
            spec={"template": {"a": n}},
        )
        for n in (1, 2)
    )
    assert found(before, after) == []


def test_a_taint_that_is_no_longer_declared_stays_on_the_node() -> None:
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    patch = replace(made("Node", "gpu-1", spec={"taints": [taint]}), patch=True)
    (left,) = consequences(patch, None)
    assert (left.kind, left.reason) == (Kind.LEFT_BEHIND, Reason.TAINT)
    assert "`kubectl taint nodes gpu-1 nvidia.com/gpu:NoSchedule-`" in left.message
    assert found(patch, patch) == []
