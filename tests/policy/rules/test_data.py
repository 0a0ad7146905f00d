"""Rules for the data of a production stack."""

import pytest

from airflow_k8s.policy.rules import data
from airflow_k8s.rendering.manifests import CHART, Object
from tests.policy.samples import (
    claim,
    container,
    deployment,
    findings_of,
    made,
    mounted,
    pod,
    scope,
    secret,
    template,
)


def cluster(instances: int = 3, *, protect: bool = True) -> Object:
    spec = {
        "instances": instances,
        "imageName": "ghcr.io/cloudnative-pg/postgresql:17.5",
        "resources": {},
        "bootstrap": {"initdb": {"secret": {"name": "login"}}},
    }
    return made("Cluster", "airflow-postgresql", protect=protect, spec=spec)


def database(name: str = "airflow-postgresql", image: str = "postgres:17") -> Object:
    body = {"replicas": 1, "template": template(containers=[container(image=image)])}
    return made("StatefulSet", name, spec=body)


KEPT = [
    made("Namespace", "airflow", namespace=""),
    claim("airflow-data-pvc"),
    cluster(protect=False),
    database(),
    secret("airflow-fernet-key"),
    secret("airflow-database"),
]


@pytest.mark.parametrize("each", KEPT, ids=lambda each: each.kind)
def test_an_unprotected_object_with_data_is_a_finding(each: Object) -> None:
    assert findings_of(data.data_protected, scope([each])) == [
        f"{each.kind}/{each.name}: protect is not set"
    ], "a misspelt `pulumi destroy` would take it along"
    protected = Object(each.component, each.part, each.origin, each.manifest, protect=True)
    assert not findings_of(data.data_protected, scope([protected]))


def test_an_object_that_can_be_created_again_needs_no_protection() -> None:
    others = [
        secret("airflow-admin"),
        made("ConfigMap", "airflow-database"),
        made("Service", "airflow-postgresql"),
        database("other"),
        deployment(),
    ]
    assert not findings_of(data.data_protected, scope(others))


def test_objects_of_the_chart_and_patches_need_no_protection() -> None:
    others = [
        made("PersistentVolumeClaim", "logs", origin=CHART),
        made("Namespace", "airflow", namespace="", patch=True),
    ]
    assert not findings_of(data.data_protected, scope(others))


def test_the_protected_secrets_have_the_names_of_the_stack() -> None:
    named = {"fernetKey": {"existing": "own"}}
    assert findings_of(data.data_protected, scope([secret("own")], secrets=named))
    assert not findings_of(
        data.data_protected, scope([secret("airflow-fernet-key")], secrets=named)
    )


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("airflow-postgresql", "postgres:17"),
        ("airflow-postgresql", "registry.example.com/pg:17"),
        ("other", "postgres:17"),
        ("other", "docker.io/bitnamilegacy/postgresql:16.1.0"),
        ("other", "mysql:8"),
    ],
)
def test_an_embedded_database_is_a_finding(name: str, image: str) -> None:
    assert findings_of(data.database_not_embedded, scope([database(name, image)])) == [
        f"StatefulSet/{name}: container main runs {image}"
    ], "with its one volume all is lost"


def test_a_database_in_a_deployment_is_a_finding() -> None:
    one = deployment("db", containers=[container(image="postgres:17")])
    assert findings_of(data.database_not_embedded, scope([one]))


def test_a_replicated_database_is_accepted() -> None:
    assert not findings_of(data.database_not_embedded, scope([cluster()]))
    assert not findings_of(data.database_not_embedded, scope([cluster(2)]))
    assert not findings_of(
        data.database_not_embedded, scope([deployment(), database("other", "redis:8")])
    )


def test_a_database_cluster_with_one_instance_is_a_finding() -> None:
    assert findings_of(data.database_not_embedded, scope([cluster(1)])) == [
        "Cluster/airflow-postgresql: instances is 1, expected 2 or more"
    ]


def test_a_job_may_use_the_image_of_a_database() -> None:
    body = {"template": template(containers=[container(image="postgres:17")])}
    assert not findings_of(data.database_not_embedded, scope([made("Job", "dump", spec=body)]))


def shared(*objects: Object) -> list[str]:
    return findings_of(data.shared_volume_for_many, scope(objects))


def test_a_volume_that_several_pods_mount_can_be_on_several_nodes() -> None:
    one, two = (
        deployment(volumes=[mounted("data")]),
        deployment("triggerer", volumes=[mounted("data")]),
    )
    assert shared(one, two, claim("data", "ReadWriteOnce")) == [
        "PersistentVolumeClaim/data: several pods mount it, and its access mode is ReadWriteOnce"
    ], "a pod on a second node would never start"
    assert not shared(one, two, claim("data", "ReadWriteMany"))
    assert not shared(one, two, claim("data", "ReadWriteOnce", "ReadOnlyMany"))
    assert not shared(one, claim("data", "ReadWriteOnce"))
    assert not shared(one, deployment("triggerer", volumes=[mounted("other")]), claim("data"))


def test_replicas_of_one_deployment_count_as_several_pods() -> None:
    assert shared(deployment(replicas=2, volumes=[mounted("data")]), claim("data"))


def test_a_task_pod_counts_as_several_pods() -> None:
    assert shared(pod(volumes=[mounted("data")]), claim("data"))


def test_a_claim_without_access_modes_is_a_finding() -> None:
    bare = claim("data")
    bare.manifest["spec"].pop("accessModes")
    (found,) = shared(pod(volumes=[mounted("data")]), bare)
    assert found.endswith("its access mode is none")


def test_a_secret_with_the_name_of_a_claim_does_not_count() -> None:
    volume = {"name": "v", "secret": {"secretName": "data"}}
    assert not shared(deployment(replicas=2, volumes=[volume]), claim("data"))


def test_these_are_rules_for_production() -> None:
    for rule in (data.data_protected, data.database_not_embedded, data.shared_volume_for_many):
        assert rule.production_only, "a stack for trying things out may lose its data"
