"""The complete program, run for both committed stacks."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.secret import Secret
from tests.conftest import STACKS, evaluated

K8S = "kubernetes:"


def of_type(evaluation: Evaluation, kind: str) -> list[RegisteredResource]:
    return [r for r in evaluation.resources if r.type.endswith(f":{kind}") and not r.read]


def object_names(evaluation: Evaluation, kind: str) -> set[str]:
    return {r.inputs["metadata"]["name"] for r in of_type(evaluation, kind)}


def release(evaluation: Evaluation) -> RegisteredResource:
    (found,) = of_type(evaluation, "Release")
    return found


def test_dev_has_one_database_pod_and_no_gpu_nodes(dev: Evaluation) -> None:
    assert object_names(dev, "Namespace") == {"airflow"}
    assert object_names(dev, "PersistentVolumeClaim") == {
        "airflow-data-pvc",
        "airflow-logs",
        "airflow-postgresql-data",
    }
    assert object_names(dev, "StatefulSet") == {"airflow-postgresql"}
    assert not of_type(dev, "Cluster")
    assert not of_type(dev, "NodePatch")
    assert len(of_type(dev, "Job")) == 2


def test_prod_has_a_replicated_database_and_gpu_nodes(prod: Evaluation) -> None:
    assert object_names(prod, "Cluster") == {"airflow-postgresql"}
    assert not of_type(prod, "StatefulSet")
    assert object_names(prod, "NodePatch") == {"gpu-1", "gpu-2"}
    assert object_names(prod, "PersistentVolumeClaim") == {"airflow-data-pvc", "airflow-logs"}


def test_the_secrets_have_the_names_and_keys_that_pods_read(stack: Evaluation) -> None:
    secrets = {
        r.inputs["metadata"]["name"]: set(r.inputs["stringData"]) for r in of_type(stack, "Secret")
    }
    assert secrets == {
        "api-secrets": {"api-key"},
        "airflow-fernet-key": {"fernet-key"},
        "airflow-api-secret-key": {"api-secret-key"},
        "airflow-jwt-secret": {"jwt-secret"},
        "airflow-admin": {"password"},
        "airflow-database": {"username", "password"},
        "airflow-metadata": {"connection", "connection-async"},
        "pipeline-database": {"url"},
    }


def test_no_input_or_output_contains_a_secret_in_clear_text(stack: Evaluation) -> None:
    texts = set[str]()

    def gather(value: Any) -> None:
        if isinstance(value, Secret):
            texts.add(value.reveal())
        elif isinstance(value, dict):
            for item in value.values():
                gather(item)

    for r in of_type(stack, "Secret"):
        gather(dict(r.inputs))
    assert len(texts) >= 9, "the test knows too few secrets"
    shown = json.dumps(
        [dict(r.inputs) for r in stack.resources] + [dict(o) for o in stack.outputs.values()],
        default=repr,
    )
    for text in texts - {"airflow"}:  # the name of the database's user is not a secret
        assert text not in shown, "an input or output of a resource contains a secret in clear text"


def test_all_data_of_secrets_is_marked_as_secret(stack: Evaluation) -> None:
    for r in of_type(stack, "Secret"):
        assert all(isinstance(v, Secret) for v in r.inputs["stringData"].values()), r.name


def test_every_object_is_created_on_the_cluster_of_the_stack(stack: Evaluation) -> None:
    (provider,) = of_type(stack, "kubernetes")
    assert provider.inputs["context"] in ("kind-airflow", "airflow-prod")
    assert provider.inputs["enableSecretMutable"] == "true", (
        "a rotation would replace the Secret, which protect refuses"
    )
    assert provider.inputs["clusterIdentifier"] == provider.inputs["context"]
    for r in stack.resources:
        if r.type.startswith(K8S):
            assert "::cluster::" in r.provider, (
                f"{r.name} would be created on the cluster of the current context"
            )
    assert provider.inputs["enableConfigMapMutable"] == "true", (
        "the facts for DAGs would be deleted first, and stay deleted if the update failed then"
    )


def test_every_object_of_the_program_has_the_recommended_labels(stack: Evaluation) -> None:
    for r in stack.resources:
        if not r.type.startswith(K8S) or r.read or r.type.endswith((":Release", ":NodePatch")):
            continue
        labels = r.inputs["metadata"]["labels"]
        assert {"name", "instance", "component", "part-of", "managed-by"} <= {
            key.removeprefix("app.kubernetes.io/") for key in labels
        }, r.name


def test_objects_that_hold_data_are_protected_in_prod(prod: Evaluation) -> None:
    assert {r.name for r in prod.resources if r.protect} == {
        "platform-namespace",
        "data-claim",
        "logs-claim",
        "database-cluster",
        "secrets-database-secret",
        "secrets-fernet-key-secret",
        "secrets-fernet-key-1",
    }


def test_no_object_is_protected_in_dev(dev: Evaluation) -> None:
    assert not [r.name for r in dev.resources if r.protect]


def test_a_protected_object_does_not_depend_on_an_object_that_a_destroy_deletes(
    prod: Evaluation,
) -> None:
    by_urn = {r.urn: r for r in prod.resources}

    def dependencies(r: RegisteredResource) -> set[str]:
        direct = {by_urn[urn].name for urn in r.dependencies}
        return direct.union(*(dependencies(by_urn[urn]) for urn in r.dependencies))

    kept = set[str]().union(*(dependencies(r) for r in prod.resources if r.protect))
    assert "airflow-release" not in kept
    assert not {name for name in kept if name.endswith("-job")}
    assert {name for name in kept if name.endswith("-secret")} <= {
        "secrets-database-secret",
        "secrets-fernet-key-secret",
    }


def test_no_object_changes_before_the_prerequisites_are_checked(prod: Evaluation) -> None:
    by_urn = {r.urn: r for r in prod.resources}

    def waits_for(r: RegisteredResource) -> set[str]:
        direct = {by_urn[urn].name for urn in r.dependencies}
        parents = {r.parent} & by_urn.keys()
        return direct.union(*(waits_for(by_urn[urn]) for urn in {*r.dependencies, *parents}))

    read = {r.name for r in prod.resources if r.read}
    assert read == {
        "prerequisites-operator-of-postgresql.cnpg.io",
        "prerequisites-node-gpu-1",
        "prerequisites-node-gpu-2",
    }
    for r in prod.resources:
        if r.custom and not r.read and not r.type.startswith("pulumi:providers:"):
            assert read <= waits_for(r), f"{r.name} is created before {read} are read"


def test_the_release_is_installed_after_the_migration_and_the_admin_user(stack: Evaluation) -> None:
    by_urn = {r.urn: r for r in stack.resources}
    parent = by_urn[release(stack).parent]
    before = {by_urn[urn].name for urn in parent.dependencies}
    assert "admin-job" in before
    assert "migration-job" in {by_urn[urn].name for urn in stack["admin"].dependencies}


def test_the_release_waits_for_airflow_and_stays_after_a_failure(stack: Evaluation) -> None:
    inputs = release(stack).inputs
    assert inputs["name"] == "airflow"
    assert inputs["chart"] == "airflow"
    assert inputs["version"] == "1.22.0"
    assert inputs["repositoryOpts"] == {"repo": "https://airflow.apache.org"}
    assert inputs["atomic"] is False
    assert inputs["skipAwait"] is False


def test_the_timeout_of_the_release_is_15_minutes_in_dev_and_30_in_prod(
    dev: Evaluation, prod: Evaluation
) -> None:
    assert release(dev).inputs["timeout"] == 900
    assert release(prod).inputs["timeout"] == 1800


def test_the_chart_can_come_from_a_path_or_a_registry() -> None:
    for reference in ("./charts/airflow-1.22.0.tgz", "oci://registry.example.com/airflow"):
        inputs = release(evaluated("dev", chart={"reference": reference, "repository": ""})).inputs
        assert inputs["chart"] == reference
        assert "repositoryOpts" not in inputs


def test_a_null_in_the_values_of_a_stack_is_passed_to_helm() -> None:
    evaluation = evaluated("dev", values={"statsd": {"resources": None}})
    assert release(evaluation).inputs["values"]["statsd"]["resources"] is None


def test_the_outputs_of_dev(dev: Evaluation) -> None:
    assert dict(dev.exports) == {
        "namespace": "airflow",
        "release": "airflow",
        "ui": "kubectl --context kind-airflow -n airflow port-forward svc/airflow-api-server 8080"
        " # then http://localhost:8080",
        "admin": {"username": "admin", "secret": "airflow-admin", "key": "password"},
        "data_claim": "airflow-data-pvc",
        "gpu_node_selector": {},
        "gpu_tolerations": [],
    }


def test_the_outputs_of_prod_have_the_node_selector_and_tolerations_of_the_gpu_nodes(
    prod: Evaluation,
) -> None:
    assert prod.exports["gpu_node_selector"] == {"accelerator": "nvidia-tesla-v100"}
    assert prod.exports["gpu_tolerations"] == [
        {
            "key": "nvidia.com/gpu",
            "operator": "Equal",
            "value": "present",
            "effect": "NoSchedule",
        }
    ]


def test_two_evaluations_have_the_same_inputs(dev: Evaluation) -> None:
    again = evaluated("dev")
    assert {r.urn: r.inputs for r in again.resources} == {r.urn: r.inputs for r in dev.resources}


@pytest.mark.parametrize("mode", ["existing", "karpenter"])
def test_no_node_is_patched_if_the_stack_names_no_nodes(mode: str) -> None:
    pool = {"requirements": [{"key": "karpenter.k8s.aws/instance-family", "values": ["p3"]}]}
    gpu = {"mode": mode, "count": 2, "karpenter": pool}
    evaluation = evaluated("prod", gpu=gpu)
    assert not of_type(evaluation, "NodePatch")
    assert evaluation.exports["gpu_tolerations"], "DAG authors need them in every mode"
    assert len(of_type(evaluation, "NodePool")) == (mode == "karpenter")


@pytest.mark.parametrize("stack_name", STACKS)
def test_urns_parents_and_dependencies_stay_the_same(
    stack_name: str, golden: Callable[[str, str], None]
) -> None:
    # A changed URN makes Pulumi replace the resource, and a lost dependency changes the order.
    lines = [
        line
        for r in sorted(evaluated(stack_name).resources, key=lambda r: r.urn)
        for line in (
            f"{r.urn}\n",
            f"  parent {r.parent}\n",
            f"  provider {r.provider}\n",
            *(f"  depends on {urn}\n" for urn in r.dependencies),
        )
    ]
    golden(f"resources-{stack_name}.txt", "".join(lines))
