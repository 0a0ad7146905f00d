"""Why a simulated pod can't start."""

import base64
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.annotations import START
from airflow_k8s.commands.rehearse.kubelet import waiting_message
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"
CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
CHECK = ["airflow", "db", "check-migrations"]


def pod(name: str = "mine", node: str = "node-1", **spec: Any) -> dict[str, Any]:
    """A scheduled pod that has not started."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"kind": "Pod", "metadata": metadata, "spec": {"nodeName": node, **spec}}


def with_env(name: str, **given: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "a", "image": "a:1", "env": [{"name": name, **given}]}])


def reading(**source: Any) -> dict[str, Any]:
    """A pod with a variable that the kubelet reads from the source."""
    return with_env("X", valueFrom=source)


def mounting(*claims: str, name: str = "mine", node: str = "node-1") -> dict[str, Any]:
    volumes = [{"name": c, "persistentVolumeClaim": {"claimName": c}} for c in claims]
    return pod(name, node, volumes=volumes)


def running(waiting: dict[str, Any], phase: str = "Running") -> dict[str, Any]:
    return {**waiting, "status": {"podIP": "10.0.0.1", "phase": phase}}


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


def waits(waiting: dict[str, Any], *others: dict[str, Any], any_image: bool = False) -> str:
    """The reason why the pod waits, in a cluster of it and the others."""
    return waiting_message(waiting, ClusterState([waiting, *others]), any_image=any_image)


# Secrets and ConfigMaps


@pytest.mark.parametrize(
    ("waiting", "message"),
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
def test_a_pod_waits_until_the_secret_or_config_map_that_it_reads_exists(
    waiting: dict[str, Any], message: str
) -> None:
    assert waits(waiting) == message
    assert not waits(waiting, secret("login", "k"), config_map("conf", data={"k": "v"}))


def test_a_secret_in_another_namespace_is_not_found() -> None:
    waiting = reading(secretKeyRef={"name": "login", "key": "k"})
    assert waits(waiting, secret("login", "k", namespace="other")) == 'secret "login" not found'


def test_a_missing_key_is_named() -> None:
    waiting = reading(secretKeyRef={"name": "login", "key": "password"})
    message = "couldn't find key password in Secret airflow/login"
    assert waits(waiting, secret("login", "username")) == message
    waiting = reading(configMapKeyRef={"name": "conf", "key": "k"})
    assert waits(waiting, config_map("conf")) == "couldn't find key k in ConfigMap airflow/conf"


def test_a_missing_item_of_a_volume_is_named() -> None:
    items = [{"key": "existing", "path": "a"}, {"key": "missing", "path": "b"}]
    waiting = pod(volumes=[{"name": "v", "secret": {"secretName": "login", "items": items}}])
    message = "couldn't find key missing in Secret airflow/login"
    assert waits(waiting, secret("login", "existing")) == message


def test_a_key_of_binary_data_is_found() -> None:
    waiting = reading(configMapKeyRef={"name": "conf", "key": "k"})
    assert not waits(waiting, config_map("conf", binaryData={"k": "AA=="}))


def test_a_pod_does_not_wait_for_optional_references() -> None:
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


def test_a_pod_waits_for_the_references_of_its_init_containers() -> None:
    container = {"name": "i", "envFrom": [{"secretRef": {"name": "login"}}]}
    assert waits(pod(initContainers=[container])) == 'secret "login" not found'


# Volumes


def test_a_read_write_once_volume_keeps_pods_on_other_nodes_waiting() -> None:
    holder = running(mounting("logs", name="old", node="node-2"))
    assert waits(mounting("logs"), claim("logs", "ReadWriteOnce"), holder) == (
        "Multi-Attach error for claim logs: it is ReadWriteOnce, and pod old on node node-2 uses it"
    )


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_a_volume_that_nodes_can_share_keeps_no_pod_waiting(mode: str) -> None:
    holder = running(mounting("logs", name="old", node="node-2"))
    assert not waits(mounting("logs"), claim("logs", mode), holder)


def test_a_pod_on_the_same_node_can_mount_the_volume() -> None:
    holder = running(mounting("logs", name="old", node="node-1"))
    assert not waits(mounting("logs"), claim("logs", "ReadWriteOnce"), holder)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_terminated_pod_does_not_hold_its_volume(phase: str) -> None:
    holder = running(mounting("logs", name="old", node="node-2"), phase)
    assert not waits(mounting("logs"), claim("logs", "ReadWriteOnce"), holder)


def test_a_pod_with_another_volume_keeps_no_pod_waiting() -> None:
    holder = running(mounting("data", name="old", node="node-2"))
    claims = claim("logs", "ReadWriteOnce"), claim("data", "ReadWriteOnce")
    assert not waits(mounting("logs"), *claims, holder)


def test_a_pending_pod_does_not_hold_its_volume() -> None:
    pending = mounting("logs", name="a-pending")
    del pending["spec"]["nodeName"]
    assert not waits(mounting("logs"), claim("logs", "ReadWriteOnce"), pending)


def test_of_two_pods_that_are_scheduled_at_the_same_time_one_gets_the_volume() -> None:
    first, second = mounting("logs", name="a", node="node-1"), mounting("logs", name="b", node="2")
    once = claim("logs", "ReadWriteOnce")
    assert not waits(first, second, once)
    assert "pod a on node node-1 uses it" in waits(second, first, once)


def test_the_pod_that_was_scheduled_first_holds_the_volume() -> None:
    def since(waiting: dict[str, Any], when: str) -> dict[str, Any]:
        scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": when}
        return {**waiting, "status": {"conditions": [scheduled]}}

    early = since(mounting("logs", name="b", node="node-1"), "2025-01-01T00:00:01Z")
    late = since(mounting("logs", name="a", node="node-2"), "2025-01-01T00:00:02Z")
    once = claim("logs", "ReadWriteOnce")
    assert not waits(early, late, once)
    assert "pod b on node node-1 uses it" in waits(late, early, once)


def test_a_pod_with_the_start_annotation_holds_its_volume() -> None:
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
    """The backend of the Service."""
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


def test_the_name_of_a_missing_service_can_not_be_resolved() -> None:
    waiting = connecting("postgresql://u:p@db:5432/airflow")
    message = 'could not translate host name "db" to address: the Service does not exist'
    assert waits(waiting, database()) == message
    assert not waits(waiting, service(), database())


@pytest.mark.parametrize("host", ["db.airflow", "db.airflow.svc", "db.airflow.svc.cluster.local"])
def test_longer_names_of_a_service_are_resolved(host: str) -> None:
    waiting = connecting(f"postgresql://u:p@{host}/airflow")
    assert "the Service does not exist" in waits(waiting)
    assert not waits(waiting, service(), database())


def test_a_connection_to_a_port_that_the_service_does_not_have_is_refused() -> None:
    waiting = connecting("postgresql://u:p@db:6543/airflow")
    message = 'connection to "db", port 6543 refused: the Service has no such port'
    assert waits(waiting, service(), database()) == message


def test_the_default_port_is_that_of_postgresql() -> None:
    waiting = connecting("postgresql://u:p@db/airflow")
    assert not waits(waiting, service(), database())
    assert "port 5432 refused" in waits(waiting, service(port=6543), database())


def test_a_database_is_reachable_when_a_backend_of_its_service_is_ready() -> None:
    waiting = connecting("postgresql://u:p@db/airflow")
    message = 'connection to "db", port 5432 refused: no pod behind the Service is ready'
    assert waits(waiting, service()) == message
    assert waits(waiting, service(), database(ready=False)) == message
    assert waits(waiting, service(), database(labels={"app": "other"})) == message
    assert waits(waiting, service(), database(deletionTimestamp="now")) == message


@pytest.mark.parametrize(
    "host",
    ["db.example.com", "10.0.0.5", "example.com", "db.airflow.com", "db.other.svc", "[fd00::1]"],
)
def test_a_database_outside_the_namespace_is_assumed_to_be_reachable(host: str) -> None:
    assert not waits(connecting(f"postgresql://u:p@{host}:5432/airflow"))


@pytest.mark.parametrize("kind", ["ExternalName", "selectorless"])
def test_a_service_without_a_selector_is_assumed_to_be_reachable(kind: str) -> None:
    external = service()
    del external["spec"]["selector"]
    if kind == "ExternalName":
        external["spec"] = {"type": "ExternalName", "externalName": "db.example.com"}
    assert not waits(connecting("postgresql://u:p@db/airflow"), external)


def test_the_address_is_read_from_its_secret() -> None:
    waiting = with_env(CONNECTION, valueFrom={"secretKeyRef": {"name": "metadata", "key": "c"}})
    metadata = secret("metadata")
    metadata["data"] = {"c": base64.b64encode(b"postgresql://u:p@db/airflow").decode()}
    assert 'host name "db"' in waits(waiting, metadata)
    assert not waits(waiting, metadata, service(), database())


@pytest.mark.parametrize("address", ["postgresql://u:p@db:port/x", "postgresql://u:p@[db/x"])
def test_an_invalid_address_is_reported_without_showing_it(address: str) -> None:
    assert waits(connecting(address)) == "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN is not a valid URL"


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
    """A pod of the chart, which checks the migrations."""
    containers: Any = {where: [{"name": "wait", "image": "airflow:3", "args": CHECK}]}
    return pod(**containers)


@pytest.mark.parametrize("where", ["initContainers", "containers"])
def test_a_pod_of_the_chart_waits_for_a_migration_by_its_own_image(where: str) -> None:
    message = "no migration of the database to airflow:3 is complete"
    waiting = checking(where)
    assert waits(waiting) == message
    assert waits(waiting, job(complete=False)) == message
    assert waits(waiting, job(image="airflow:2")) == message
    assert waits(waiting, job(script="db check")) == message
    assert not waits(waiting, job())


def test_with_any_image_a_migration_by_another_image_is_sufficient() -> None:
    assert not waits(checking(), job(image="airflow:2"), any_image=True)
    assert waits(checking(), any_image=True)


def test_a_pod_without_a_migration_check_waits_for_no_migration() -> None:
    assert not waits(pod(containers=[{"name": "statsd", "image": "statsd:1"}]))
