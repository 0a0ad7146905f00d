"""What becomes of objects that change in a field that can't change, move, or go."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from airflow_k8s.commands.diff.impact.objects import objects
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.rendering.manifests import CHART, Object
from tests.commands.diff.samples import changed, claim, deployment, made


def told(changes: Sequence[ObjectChange], **options: bool) -> list[tuple[str, str]]:
    """Kind and words, with the options of the provider as our program sets them."""
    given = {"secrets_mutable": True, "config_maps_mutable": False} | options
    return [(each.kind, each.words) for each in objects(changes, **given)]


def kinds(before: Object | None, after: Object | None, **options: bool) -> list[str]:
    return [kind for kind, _ in told(changed(before, after), **options)]


def test_a_claim_that_goes_loses_its_data() -> None:
    assert told(changed(claim(), None)) == [
        ("lost", "the claim goes, and its volume with it unless the class retains it")
    ]


@pytest.mark.parametrize("kind", ["Namespace", "Cluster", "StatefulSet"])
def test_so_does_whatever_else_holds_data(kind: str) -> None:
    assert kinds(made(kind, "it", spec={}), None) == ["lost"]


def test_a_protected_one_is_not_lost_but_refused() -> None:
    ((kind, words),) = told(changed(claim(protect=True), None))
    assert (kind, "protected" in words) == ("refused", True)


def test_one_that_is_retained_is_only_forgotten() -> None:
    assert kinds(replace(claim(), retain=True), None) == ["left"]


def test_what_holds_nothing_may_go() -> None:
    assert kinds(made("Role", "r"), None) == []


def test_what_is_new_harms_nothing() -> None:
    assert kinds(None, claim()) == []


def test_a_claim_of_another_class_is_a_new_and_empty_one() -> None:
    ((kind, words),) = told(changed(claim(), claim(storage_class="fast")))
    assert kind == "lost"
    assert words.startswith("spec.storageClassName differs, so it is replaced")


def test_unless_it_is_protected() -> None:
    before, after = claim(protect=True), claim(storage_class="fast", protect=True)
    assert kinds(before, after) == ["refused"]


def test_protection_counts_as_it_was_since_that_is_what_the_state_knows() -> None:
    assert kinds(claim(protect=True), claim(storage_class="fast")) == ["refused"]


def test_a_claim_can_not_shrink() -> None:
    assert told(changed(claim(size="100Gi"), claim(size="50Gi"))) == [
        ("refused", "from 100Gi to 50Gi: a claim can't shrink")
    ]


def test_and_grows_only_where_its_class_lets_it() -> None:
    ((kind, words),) = told(changed(claim(size="1Gi"), claim(size="2Gi")))
    assert (kind, "allows expansion" in words) == ("guards", True)


def test_a_config_map_is_deleted_and_made_anew_unless_the_provider_changes_it_in_place() -> None:
    before, after = (made("ConfigMap", "facts", data={"a": text}) for text in ("1", "2"))
    assert kinds(before, after) == ["replaced"]
    assert kinds(before, after, config_maps_mutable=True) == []


def test_a_secret_changes_in_place_where_the_provider_is_told_so() -> None:
    before, after = (made("Secret", "s", stringData={"a": text}) for text in ("1", "2"))
    assert kinds(before, after) == []
    assert kinds(before, after, secrets_mutable=False) == ["replaced"]


def test_a_job_that_is_replaced_is_told_among_those_that_run() -> None:
    before, after = (made("Job", "j", spec={"template": {"a": n}}) for n in (1, 2))
    assert kinds(before, after) == []


def test_what_pulumi_makes_anew_elsewhere_is_replaced() -> None:
    before, after = (made("Role", "r", namespace=each, urn="urn::r") for each in ("a", "b"))
    ((kind, words),) = told(changed(before, after))
    assert (kind, words) == ("replaced", "metadata.namespace differs")


def test_an_object_under_another_resource_is_found_there_already() -> None:
    before, after = made("Role", "r", urn="urn::old"), made("Role", "r", urn="urn::new")
    change = ObjectChange(before=before, after=after)
    ((kind, words),) = told([change])
    assert kind == "refused"
    assert "Give it an alias" in words
    assert told([replace(change, after=replace(after, aliased=True))]) == []


def test_neither_helm_nor_pulumi_takes_what_the_other_made() -> None:
    ours, charts = made("Role", "r"), made("Role", "r", origin=CHART)
    assert [kinds(charts, ours), kinds(ours, charts)] == [["refused"], ["refused"]]


def test_what_the_api_server_lets_nobody_change_stops_a_helm_upgrade() -> None:
    before = deployment()
    manifest: Any = {**before.manifest, "spec": {**before.manifest["spec"], "selector": {"a": "b"}}}
    ((kind, words),) = told(changed(before, replace(before, manifest=manifest)))
    assert kind == "refused"
    assert words.startswith("spec.selector differs")


def test_of_a_stateful_set_that_is_nearly_all() -> None:
    def stateful(**spec: Any) -> Object:
        return made("StatefulSet", "s", origin=CHART, spec={"serviceName": "a"} | spec)

    assert kinds(stateful(), stateful(serviceName="b")) == ["refused"]
    assert kinds(stateful(replicas=1), stateful(replicas=2)) == []


def database(image: str) -> Object:
    template = {"spec": {"containers": [{"name": "postgresql", "image": image}]}}
    return made("StatefulSet", "airflow-postgresql", spec={"template": template})


def test_a_major_version_of_postgresql_does_not_read_the_files_of_another() -> None:
    before, after = database("postgres:16"), database("registry.example.com/postgres:17.2")
    ((kind, words),) = told(changed(before, after))
    assert kind == "refused"
    assert words.startswith("PostgreSQL 17 does not read the files of 16")


def test_a_minor_one_does() -> None:
    assert kinds(database("postgres:17.5"), database("postgres:17.6")) == []
    assert kinds(database("mine:a"), database("mine:b")) == [], "nothing is known of its version"


def replicated(image: str = "pg/postgresql:17.5", size: str = "20Gi") -> Object:
    spec = {
        "instances": 3,
        "imageName": image,
        "storage": {"size": size},
        "resources": {},
        "bootstrap": {"initdb": {"secret": {"name": "s"}}},
    }
    return made("Cluster", "db", api="postgresql.cnpg.io/v1", spec=spec)


def test_an_operator_upgrades_its_database_and_takes_no_older_one() -> None:
    assert kinds(replicated("pg/postgresql:16.4"), replicated()) == ["replaced"]
    assert kinds(replicated(), replicated("pg/postgresql:16.4")) == ["refused"]
    assert kinds(replicated(), replicated("pg/postgresql:17.6")) == []


def test_nor_does_it_shrink_its_volumes() -> None:
    assert kinds(replicated(), replicated(size="10Gi")) == ["refused"]


def test_what_the_chart_has_helm_keep_is_not_lost() -> None:
    kept = replace(
        made("PersistentVolumeClaim", "dags", annotations={"helm.sh/resource-policy": "keep"}),
        origin=CHART,
    )
    assert kinds(kept, None) == ["left"]


def test_data_that_is_called_immutable_is() -> None:
    before, after = (
        made("ConfigMap", "c", origin=CHART, immutable=True, data={"a": n}) for n in ("1", "2")
    )
    assert kinds(before, after) == ["refused"]


def test_a_claim_of_the_same_size_in_other_words_is_the_same() -> None:
    assert told(changed(claim(size="5Gi"), claim(size="5120Mi"))) == []


def test_a_namespace_that_is_renamed_is_told_by_the_name_that_goes() -> None:
    before, after = (made("Namespace", each, urn="urn::n") for each in ("airflow", "other"))
    (found,) = objects(changed(before, after), secrets_mutable=True, config_maps_mutable=True)
    assert (found.kind, found.subject) == ("lost", "Namespace/airflow")


def test_a_hook_of_the_chart_is_deleted_before_it_is_made_anew() -> None:
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
    assert kinds(before, after) == []


def test_a_taint_that_is_no_longer_ours_stays_on_the_node() -> None:
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    patch = replace(made("Node", "gpu-1", spec={"taints": [taint]}), patch=True)
    assert told(changed(patch, None)) == [
        (
            "left",
            "the taint stays until `kubectl taint nodes gpu-1 nvidia.com/gpu:NoSchedule-`",
        )
    ]
    assert told(changed(patch, patch)) == []
