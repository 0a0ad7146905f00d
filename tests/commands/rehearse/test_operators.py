"""The objects that simulated operators create."""

from typing import Any

from airflow_k8s.commands.rehearse.operators import karpenter_node, postgres_objects

INSTANCES = {"cnpg.io/cluster": "db"}


def database(**changes: Any) -> dict[str, Any]:
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": "db", "namespace": "airflow", "uid": "u-1"},
        "spec": {
            "instances": 2,
            "imageName": "postgresql:17",
            "bootstrap": {"initdb": {"secret": {"name": "login"}}},
            "storage": {"size": "20Gi", "storageClass": "block"},
            "resources": {"requests": {"cpu": "500m"}},
            **changes,
        },
    }


def of(kind: str, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in objects if item["kind"] == kind]


def test_every_instance_is_a_pod_with_its_own_claim() -> None:
    objects = postgres_objects(database())
    claims, pods = of("PersistentVolumeClaim", objects), of("Pod", objects)
    for instances in (claims, pods):
        assert [item["metadata"]["name"] for item in instances] == ["db-1", "db-2"]
    for pod in pods:
        (volume,) = pod["spec"]["volumes"]
        assert volume["persistentVolumeClaim"] == {"claimName": pod["metadata"]["name"]}
    for claim in claims:
        assert claim["spec"] == {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "20Gi"}},
            "storageClassName": "block",
        }


def test_a_claim_without_a_storage_class_uses_the_default_of_the_cluster() -> None:
    claims = of("PersistentVolumeClaim", postgres_objects(database(storage={"size": "1Gi"})))
    assert not any("storageClassName" in claim["spec"] for claim in claims)


def test_the_service_rw_selects_the_primary_only() -> None:
    objects = postgres_objects(database())
    (service,) = of("Service", objects)
    assert service["metadata"]["name"] == "db-rw"
    assert [port["port"] for port in service["spec"]["ports"]] == [5432]
    selector = service["spec"]["selector"].items()
    selected = [p for p in of("Pod", objects) if selector <= p["metadata"]["labels"].items()]
    assert [pod["metadata"]["name"] for pod in selected] == ["db-1"]


def test_an_instance_has_the_image_and_resources_of_the_cluster() -> None:
    pod = of("Pod", postgres_objects(database()))[0]
    (container,) = pod["spec"]["containers"]
    assert container["image"] == "postgresql:17"
    assert container["resources"] == {"requests": {"cpu": "500m"}}
    assert container["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "login", "key": "password"}


def test_an_instance_without_a_login_reads_no_secret() -> None:
    pod = of("Pod", postgres_objects(database(bootstrap={})))[0]
    assert pod["spec"]["containers"][0]["env"] == []


def test_instances_prefer_different_nodes() -> None:
    pod = of("Pod", postgres_objects(database()))[0]
    (term,) = pod["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["podAffinityTerm"] == {
        "labelSelector": {"matchLabels": INSTANCES},
        "topologyKey": "kubernetes.io/hostname",
    }


def test_the_pods_pass_pod_security_restricted() -> None:
    for pod in of("Pod", postgres_objects(database())):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_cluster_owns_all_its_objects() -> None:
    for item in postgres_objects(database()):
        assert item["metadata"]["namespace"] == "airflow"
        assert item["metadata"]["labels"].items() >= INSTANCES.items()
        (owner,) = item["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["uid"]) == ("Cluster", "db", "u-1")
        assert owner["apiVersion"] == "postgresql.cnpg.io/v1"


def node_pool(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "gpu"}, "spec": {"template": {"spec": {}}, **spec}}


def test_one_node_represents_all_nodes_of_a_node_pool() -> None:
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    template = {"metadata": {"labels": {"accelerator": "v100"}}, "spec": {"taints": [taint]}}
    node = karpenter_node(node_pool(template=template, limits={"nvidia.com/gpu": "2"}))
    assert node["metadata"]["name"] == "gpu-1"
    assert node["metadata"]["labels"] == {
        "accelerator": "v100",
        "karpenter.sh/nodepool": "gpu",
        "kubernetes.io/hostname": "gpu-1",
        "rehearsal.airflow-platform/pool": "gpu",
    }
    assert node["spec"]["taints"] == [taint]
    assert node["status"]["allocatable"] == node["status"]["capacity"]
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "2"


def test_the_limits_of_a_node_pool_are_the_allocatable_resources() -> None:
    allocatable = karpenter_node(node_pool(limits={"cpu": "8"}))["status"]["allocatable"]
    assert allocatable["cpu"] == "8"
    assert "nvidia.com/gpu" not in allocatable
    assert karpenter_node(node_pool())["spec"]["taints"] == []
