"""What a simulated pod waits for, as a real one would."""

import base64
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.annotations import START
from airflow_k8s.commands.rehearse.kubelet import waits_for
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"
CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
CHECK = ["airflow", "db", "check-migrations"]


def pod(name: str = "mine", node: str = "node-1", **spec: Any) -> dict[str, Any]:
    """One that a node has, but that has not started."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"kind": "Pod", "metadata": metadata, "spec": {"nodeName": node, **spec}}


def with_env(name: str, **given: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "a", "image": "a:1", "env": [{"name": name, **given}]}])


def reading(**source: Any) -> dict[str, Any]:
    """A pod with a variable that the kubelet fills."""
    return with_env("X", valueFrom=source)


def mounting(*claims: str, name: str = "mine", node: str = "node-1") -> dict[str, Any]:
    volumes = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
    return pod(name, node, volumes=volumes)


def running(each: dict[str, Any], phase: str = "Running") -> dict[str, Any]:
    return {**each, "status": {"podIP": "10.0.0.1", "phase": phase}}


def secret(name: str, *keys: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    data = {key: base64.b64encode(key.encode()).decode() for key in keys}
    return {"kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}


def config_map(name: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}, **fields}


def claim(name: str, *modes: str) -> dict[str, Any]:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"accessModes": list(modes)},
    }


def waits(each: dict[str, Any], *others: dict[str, Any], any_image: bool = False) -> str:
    """What it waits for in a world of it and the others."""
    return waits_for(each, ClusterState([each, *others]), any_image=any_image)


# Secrets and ConfigMaps


@pytest.mark.parametrize(
    ("each", "words"),
    [
        (reading(secretKeyRef={"name": "login", "key": "k"}), 'secret "login" not found'),
        (reading(configMapKeyRef={"name": "conf", "key": "k"}), 'configmap "conf" not found'),
        (
            pod(containers=[{"name": "a", "envFrom": [{"secretRef": {"name": "login"}}]}]),
            'secret "login" not found',
        ),
        (
            pod(containers=[{"name": "a", "envFrom": [{"configMapRef": {"name": "conf"}}]}]),
            'configmap "conf" not found',
        ),
        (
            pod(volumes=[{"name": "v", "secret": {"secretName": "login"}}]),
            'secret "login" not found',
        ),
        (pod(volumes=[{"name": "v", "configMap": {"name": "conf"}}]), 'configmap "conf" not found'),
        (
            pod(
                volumes=[
                    {
                        "name": "v",
                        "projected": {
                            "sources": [
                                {"serviceAccountToken": {"path": "token"}},
                                {"secret": {"name": "login"}},
                            ]
                        },
                    }
                ]
            ),
            'secret "login" not found',
        ),
    ],
    ids=["env-secret", "env-map", "from-secret", "from-map", "secret", "map", "projected"],
)
def test_a_pod_waits_for_what_it_reads_until_that_is_there(
    each: dict[str, Any], words: str
) -> None:
    assert waits(each) == words
    assert not waits(each, secret("login", "k"), config_map("conf", data={"k": "v"}))


def test_a_secret_of_that_name_elsewhere_does_not_help() -> None:
    each = reading(secretKeyRef={"name": "login", "key": "k"})
    assert waits(each, secret("login", "k", namespace="other")) == 'secret "login" not found'


def test_a_key_that_is_missing_is_named() -> None:
    each = reading(secretKeyRef={"name": "login", "key": "password"})
    words = "couldn't find key password in Secret airflow/login"
    assert waits(each, secret("login", "username")) == words
    each = reading(configMapKeyRef={"name": "conf", "key": "k"})
    assert waits(each, config_map("conf")) == "couldn't find key k in ConfigMap airflow/conf"


def test_a_mounted_item_that_is_missing_is_named() -> None:
    items = [{"key": "there", "path": "a"}, {"key": "gone", "path": "b"}]
    each = pod(volumes=[{"name": "v", "secret": {"secretName": "login", "items": items}}])
    words = "couldn't find key gone in Secret airflow/login"
    assert waits(each, secret("login", "there")) == words


def test_binary_data_counts() -> None:
    each = reading(configMapKeyRef={"name": "conf", "key": "k"})
    assert not waits(each, config_map("conf", binaryData={"k": "AA=="}))


def test_what_is_optional_is_not_waited_for() -> None:
    source = {"name": "gone", "optional": True}
    container = {
        "name": "a",
        "envFrom": [{"secretRef": source}, {"configMapRef": source}],
        "env": [
            {"name": "X", "valueFrom": {"secretKeyRef": {**source, "key": "k"}}},
            {"name": "Y", "valueFrom": {"configMapKeyRef": {**source, "key": "k"}}},
        ],
    }
    volumes = [
        {"name": "s", "secret": {"secretName": "gone", "optional": True}},
        {"name": "c", "configMap": source},
        {"name": "p", "projected": {"sources": [{"secret": source}]}},
    ]
    assert not waits(pod(containers=[container], volumes=volumes))


def test_what_runs_before_the_others_is_looked_at_too() -> None:
    container = {"name": "i", "envFrom": [{"secretRef": {"name": "login"}}]}
    assert waits(pod(initContainers=[container])) == 'secret "login" not found'


# Volumes


def test_a_volume_that_one_node_holds_keeps_pods_of_other_nodes_waiting() -> None:
    holder = running(mounting("logs", name="old", node="node-2"))
    assert waits(mounting("logs"), claim("logs", "ReadWriteOnce"), holder) == (
        "Multi-Attach error for claim logs: it is ReadWriteOnce, and pod old on node node-2 uses it"
    )


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_a_volume_that_nodes_can_share_does_not(mode: str) -> None:
    holder = running(mounting("logs", name="old", node="node-2"))
    assert not waits(mounting("logs"), claim("logs", mode), holder)


def test_nor_does_one_on_the_same_node() -> None:
    holder = running(mounting("logs", name="old", node="node-1"))
    assert not waits(mounting("logs"), claim("logs", "ReadWriteOnce"), holder)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_nor_does_a_pod_that_has_ended(phase: str) -> None:
    holder = running(mounting("logs", name="old", node="node-2"), phase)
    assert not waits(mounting("logs"), claim("logs", "ReadWriteOnce"), holder)


def test_nor_does_a_pod_with_another_volume() -> None:
    holder = running(mounting("data", name="old", node="node-2"))
    claims = claim("logs", "ReadWriteOnce"), claim("data", "ReadWriteOnce")
    assert not waits(mounting("logs"), *claims, holder)


def test_nor_does_a_pod_that_no_node_has() -> None:
    pending = mounting("logs", name="a-pending")
    del pending["spec"]["nodeName"]
    assert not waits(mounting("logs"), claim("logs", "ReadWriteOnce"), pending)


def test_of_two_pods_that_come_at_the_same_time_to_two_nodes_only_one_starts() -> None:
    first, second = mounting("logs", name="a", node="node-1"), mounting("logs", name="b", node="2")
    once = claim("logs", "ReadWriteOnce")
    assert not waits(first, second, once)
    assert "pod a on node node-1 uses it" in waits(second, first, once)


def test_the_one_that_a_node_had_earlier_holds_the_volume() -> None:
    def since(each: dict[str, Any], when: str) -> dict[str, Any]:
        scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": when}
        return {**each, "status": {"conditions": [scheduled]}}

    early = since(mounting("logs", name="b", node="node-1"), "2025-01-01T00:00:01Z")
    late = since(mounting("logs", name="a", node="node-2"), "2025-01-01T00:00:02Z")
    once = claim("logs", "ReadWriteOnce")
    assert not waits(early, late, once)
    assert "pod b on node node-1 uses it" in waits(late, early, once)


def test_one_that_was_told_to_start_holds_the_volume_already() -> None:
    starting = mounting("logs", name="z", node="node-2")
    starting["metadata"]["annotations"] = {START: ""}
    assert "pod z on node node-2" in waits(
        mounting("logs", name="a"), claim("logs", "ReadWriteOnce"), starting
    )


# The database


def service(name: str = "db", port: int = 5432, **spec: Any) -> dict[str, Any]:
    return {
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": port}], **spec},
    }


def database(*, ready: bool = True, **metadata: Any) -> dict[str, Any]:
    """A pod behind the Service."""
    return {
        "kind": "Pod",
        "metadata": {
            "name": "db-0",
            "namespace": NAMESPACE,
            "labels": {"app": "db"},
            **metadata,
        },
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def connecting(address: str) -> dict[str, Any]:
    return with_env(CONNECTION, value=address)


def test_without_a_service_the_databases_name_means_nothing() -> None:
    each = connecting("postgresql://u:p@db:5432/airflow")
    words = 'could not translate host name "db" to address: there is no such Service'
    assert waits(each, database()) == words
    assert not waits(each, service(), database())


@pytest.mark.parametrize("host", ["db.airflow", "db.airflow.svc", "db.airflow.svc.cluster.local"])
def test_longer_names_of_a_service_mean_it_too(host: str) -> None:
    each = connecting(f"postgresql://u:p@{host}/airflow")
    assert "there is no such Service" in waits(each)
    assert not waits(each, service(), database())


def test_a_port_that_the_service_lacks_is_refused() -> None:
    each = connecting("postgresql://u:p@db:6543/airflow")
    words = 'connection to "db", port 6543 refused: the Service has no such port'
    assert waits(each, service(), database()) == words


def test_an_address_without_a_port_means_that_of_postgresql() -> None:
    each = connecting("postgresql://u:p@db/airflow")
    assert not waits(each, service(), database())
    assert "port 5432 refused" in waits(each, service(port=6543), database())


def test_a_database_is_there_when_a_pod_behind_its_service_is_ready() -> None:
    each = connecting("postgresql://u:p@db/airflow")
    words = 'connection to "db", port 5432 refused: no pod behind the Service is ready'
    assert waits(each, service()) == words
    assert waits(each, service(), database(ready=False)) == words
    assert waits(each, service(), database(labels={"app": "other"})) == words
    assert waits(each, service(), database(deletionTimestamp="now")) == words


@pytest.mark.parametrize(
    "host",
    ["db.example.com", "10.0.0.5", "example.com", "db.airflow.com", "db.other.svc", "[fd00::1]"],
)
def test_a_database_elsewhere_cannot_be_judged_and_passes(host: str) -> None:
    assert not waits(connecting(f"postgresql://u:p@{host}:5432/airflow"))


@pytest.mark.parametrize("kind", ["ExternalName", "selectorless"])
def test_a_service_that_leads_elsewhere_passes(kind: str) -> None:
    leads = service()
    del leads["spec"]["selector"]
    if kind == "ExternalName":
        leads["spec"] = {"type": "ExternalName", "externalName": "db.example.com"}
    assert not waits(connecting("postgresql://u:p@db/airflow"), leads)


def test_the_address_is_looked_up_in_its_secret() -> None:
    each = with_env(CONNECTION, valueFrom={"secretKeyRef": {"name": "metadata", "key": "c"}})
    metadata = secret("metadata")
    metadata["data"] = {"c": base64.b64encode(b"postgresql://u:p@db/airflow").decode()}
    assert 'host name "db"' in waits(each, metadata)
    assert not waits(each, metadata, service(), database())


@pytest.mark.parametrize("address", ["postgresql://u:p@db:port/x", "postgresql://u:p@[db/x"])
def test_what_is_no_address_is_told_without_showing_it(address: str) -> None:
    assert waits(connecting(address)) == "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN is no address"


# The migration


def job(
    image: str = "airflow:3", *, complete: bool = True, script: str = "db migrate"
) -> dict[str, Any]:
    container = {"name": "a", "image": image, "args": ["bash", "-c", f"exec airflow {script}"]}
    conditions = [{"type": "Complete", "status": "True"}] if complete else []
    return {
        "kind": "Job",
        "metadata": {"name": "migration", "namespace": NAMESPACE},
        "spec": {"template": {"spec": {"containers": [container]}}},
        "status": {"conditions": conditions},
    }


def checking(where: str = "initContainers") -> dict[str, Any]:
    """A pod of the chart."""
    containers: Any = {where: [{"name": "wait", "image": "airflow:3", "args": CHECK}]}
    return pod(**containers)


@pytest.mark.parametrize("where", ["initContainers", "containers"])
def test_airflow_waits_for_a_migration_by_its_own_image(where: str) -> None:
    words = "no migration of the database to airflow:3 is complete"
    each = checking(where)
    assert waits(each) == words
    assert waits(each, job(complete=False)) == words
    assert waits(each, job(image="airflow:2")) == words
    assert waits(each, job(script="db check")) == words
    assert not waits(each, job())


def test_with_the_stand_in_chart_a_migration_by_any_image_will_do() -> None:
    assert not waits(checking(), job(image="airflow:2"), any_image=True)
    assert waits(checking(), any_image=True)


def test_a_pod_that_asks_for_no_migration_waits_for_none() -> None:
    assert not waits(pod(containers=[{"name": "statsd", "image": "statsd:1"}]))
