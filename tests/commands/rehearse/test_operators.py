"""What the operators that are played make."""

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
    return [each for each in objects if each["kind"] == kind]


def test_each_instance_is_a_pod_with_a_claim_of_its_own() -> None:
    objects = postgres_objects(database())
    claims, pods = of("PersistentVolumeClaim", objects), of("Pod", objects)
    for each in (claims, pods):
        assert [it["metadata"]["name"] for it in each] == ["db-1", "db-2"]
    for pod in pods:
        (volume,) = pod["spec"]["volumes"]
        assert volume["persistentVolumeClaim"] == {"claimName": pod["metadata"]["name"]}
    for claim in claims:
        assert claim["spec"] == {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "20Gi"}},
            "storageClassName": "block",
        }


def test_without_a_storage_class_the_clusters_default_is_meant() -> None:
    claims = of("PersistentVolumeClaim", postgres_objects(database(storage={"size": "1Gi"})))
    assert not any("storageClassName" in claim["spec"] for claim in claims)


def test_the_service_rw_leads_to_the_primary_alone() -> None:
    objects = postgres_objects(database())
    (service,) = of("Service", objects)
    assert service["metadata"]["name"] == "db-rw"
    assert [port["port"] for port in service["spec"]["ports"]] == [5432]
    selector = service["spec"]["selector"].items()
    led_to = [p for p in of("Pod", objects) if selector <= p["metadata"]["labels"].items()]
    assert [pod["metadata"]["name"] for pod in led_to] == ["db-1"]


def test_an_instance_is_what_the_cluster_says() -> None:
    pod = of("Pod", postgres_objects(database()))[0]
    (container,) = pod["spec"]["containers"]
    assert container["image"] == "postgresql:17"
    assert container["resources"] == {"requests": {"cpu": "500m"}}
    assert container["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "login", "key": "password"}


def test_without_a_login_none_is_waited_for() -> None:
    pod = of("Pod", postgres_objects(database(bootstrap={})))[0]
    assert pod["spec"]["containers"][0]["env"] == []


def test_instances_may_share_a_node_but_had_better_not() -> None:
    pod = of("Pod", postgres_objects(database()))[0]
    (term,) = pod["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["podAffinityTerm"] == {
        "labelSelector": {"matchLabels": INSTANCES},
        "topologyKey": "kubernetes.io/hostname",
    }


def test_the_pods_pass_the_namespaces_admission() -> None:
    for pod in of("Pod", postgres_objects(database())):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_all_of_it_goes_with_the_cluster() -> None:
    for each in postgres_objects(database()):
        assert each["metadata"]["namespace"] == "airflow"
        assert each["metadata"]["labels"].items() >= INSTANCES.items()
        (owner,) = each["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["uid"]) == ("Cluster", "db", "u-1")
        assert owner["apiVersion"] == "postgresql.cnpg.io/v1"


def node_pool(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "gpu"}, "spec": {"template": {"spec": {}}, **spec}}


def test_one_node_stands_for_all_that_a_node_pool_would_make() -> None:
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


def test_a_node_pools_own_limits_count() -> None:
    allocatable = karpenter_node(node_pool(limits={"cpu": "8"}))["status"]["allocatable"]
    assert allocatable["cpu"] == "8"
    assert "nvidia.com/gpu" not in allocatable
    assert karpenter_node(node_pool())["spec"]["taints"] == []
