"""The chart values: all of them for the committed stacks, and single ones for other settings."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_k8s.kube.helm_values import merge
from airflow_k8s.stack.chart.values import airflow_values, ui_address
from tests.conftest import settings_of

EXPECTED = Path(__file__).parent / "expected"


def values(stack: str = "dev", **changes: Any) -> dict[str, Any]:
    return airflow_values(settings_of(stack, **changes), {})


def expected(name: str) -> dict[str, Any]:
    return yaml.safe_load((EXPECTED / f"{name}.yaml").read_text())


def test_the_values_of_dev() -> None:
    assert values("dev") == expected("dev")


def test_the_values_of_prod() -> None:
    prod = merge(expected("dev"), expected("prod"))
    prod["workers"]["kubernetes"]["affinity"] = {}  # an empty object changes nothing in a merge
    for component in ("apiServer", "scheduler", "dagProcessor", "triggerer"):
        (init_container,) = prod[component]["extraInitContainers"]
        init_container["resources"] = prod[component]["resources"]  # a list is not merged
    assert values("prod") == prod


def test_a_change_to_the_values_does_not_change_later_values() -> None:
    first = values()
    first["apiServer"]["startupProbe"]["failureThreshold"] = 1
    first["scheduler"]["strategy"]["rollingUpdate"]["maxSurge"] = 9
    assert values() == expected("dev")


def test_the_values_of_the_stack_are_merged_into_those_of_the_platform() -> None:
    overlay = {"statsd": {"enabled": False}, "apiServer": {"replicas": 7}}
    merged = airflow_values(settings_of("dev"), overlay)
    assert merged["statsd"]["enabled"] is False
    assert merged["statsd"]["resources"], "other values of the platform stay"
    assert merged["apiServer"]["replicas"] == 7


def test_git_sync_gets_a_branch_or_a_tag_as_ref() -> None:
    repo = {"repo": "https://host/r"}
    branch = values(dags=repo | {"branch": "main"})["dags"]["gitSync"]
    tag = values(dags=repo | {"ref": "v1"})["dags"]["gitSync"]
    assert (branch["branch"], branch["rev"], branch["ref"]) == ("", "", "main")
    assert (tag["branch"], tag["rev"], tag["ref"]) == ("", "", "v1")


def test_git_sync_gets_the_name_of_the_secret_with_its_login() -> None:
    dags = {"repo": "git@host:r", "branch": "main", "sshKeySecret": "key", "knownHosts": "host a"}
    git = values(dags=dags)["dags"]["gitSync"]
    assert (git["sshKeySecret"], git["knownHosts"]) == ("key", "host a")
    assert "credentialsSecret" not in git


def test_a_git_bundle_replaces_git_sync() -> None:
    dags = {
        "source": "git-bundle",
        "repo": "https://host/r",
        "branch": "main",
        "credentialsSecret": "login",
    }
    v = values(dags=dags)
    assert v["dags"]["gitSync"] == {"enabled": False}
    (bundle,) = v["dagProcessor"]["dagBundleConfigList"]
    assert bundle["classpath"] == "airflow.providers.git.bundles.git.GitDagBundle"
    assert bundle["kwargs"] == {
        "git_conn_id": "dags_git",
        "repo_url": "https://host/r",
        "tracking_ref": "main",
        "subdir": "dags",
        "refresh_interval": 60,
    }
    assert {
        "envName": "AIRFLOW_CONN_DAGS_GIT",
        "secretName": "login",
        "secretKey": "connection",
    } in v["secret"]


def test_dags_in_the_image_need_no_git() -> None:
    v = values(dags={"source": "image"})
    assert v["dags"]["gitSync"] == {"enabled": False}
    assert v["dagProcessor"]["dagBundleConfigList"][0]["name"] == "dags-folder"


def test_logs_in_a_bucket_replace_the_log_volume() -> None:
    logs = {"store": "remote", "folder": "s3://bucket/airflow", "connectionSecret": "aws"}
    v = values(logs=logs)
    assert v["logs"]["persistence"] == {"enabled": False}
    assert v["config"]["logging"] == {
        "remote_logging": "True",
        "remote_base_log_folder": "s3://bucket/airflow",
        "remote_log_conn_id": "remote_logs",
    }
    assert v["secret"][-1]["envName"] == "AIRFLOW_CONN_REMOTE_LOGS"
    has_groomer = [v[c]["logGroomerSidecar"]["enabled"] for c in ("dagProcessor", "triggerer")]
    assert has_groomer == [True, True], "every pod has its own log files"


def test_logs_in_an_azure_container() -> None:
    config = values(logs={"store": "remote", "folder": "wasb://logs/airflow"})["config"]
    assert config["azure_remote_logging"] == {"remote_wasb_log_container": "logs"}
    assert config["logging"]["remote_base_log_folder"] == "wasb://airflow"
    assert config["logging"]["remote_log_conn_id"] == ""


def test_a_host_creates_an_ingress_and_sets_the_base_url() -> None:
    ingress = {"host": "airflow.example.com", "tlsSecret": "cert", "className": "nginx"}
    network = {"ui": {"namespaces": ["ingress-nginx"]}}
    v = values(ingress=ingress, network=network)
    assert v["ingress"]["apiServer"]["hosts"] == [
        {"name": "airflow.example.com", "tls": {"enabled": True, "secretName": "cert"}}
    ]
    assert v["config"]["api"] == {"base_url": "https://airflow.example.com"}
    settings = settings_of("dev", ingress=ingress, network=network)
    assert ui_address(settings) == "https://airflow.example.com"


def test_the_address_of_a_ui_without_a_host_is_a_port_forward_command() -> None:
    address = ui_address(settings_of("dev"))
    assert address.startswith(
        "kubectl --context kind-airflow -n airflow port-forward svc/airflow-api-server 8080"
    )


def test_pods_are_created_asynchronously_only_if_the_stack_says_that_the_image_can() -> None:
    key = "async_pod_creation"
    assert key not in values()["config"]["kubernetes_executor"]
    enabled = values(image={"asyncPodCreation": True})
    assert enabled["config"]["kubernetes_executor"][key] is True


def test_the_schedulers_share_the_parallelism() -> None:
    assert values("prod")["config"]["core"]["parallelism"] == 16  # 32 over two


@pytest.mark.parametrize(
    ("entry", "restarted"),
    [
        ("fernetKey", {"apiServer", "scheduler", "dagProcessor", "triggerer"}),
        ("database", {"apiServer", "scheduler", "dagProcessor", "triggerer"}),
        ("jwtSecret", {"apiServer", "scheduler"}),
        ("admin", set[str]()),
        ("apiKey", set[str]()),
    ],
)
def test_a_rotation_restarts_exactly_the_pods_that_read_the_secret(
    entry: str, restarted: set[str]
) -> None:
    before, after = values(), values(secrets={entry: {"rotation": 2}})
    changed = {key for key in before if before[key] != after[key]}
    assert changed == restarted


def test_an_existing_secret_replaces_a_generated_one() -> None:
    v = values(secrets={"jwtSecret": {"existing": "mine"}, "apiKey": {"existing": "theirs"}})
    assert v["jwtSecretName"] == "mine"
    (_, api_key, _) = v["workers"]["kubernetes"]["env"]
    assert api_key["valueFrom"]["secretKeyRef"] == {"name": "theirs", "key": "api-key"}


def test_every_service_account_of_a_component_has_the_cloud_identity() -> None:
    annotations = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/airflow"}
    v = values(serviceAccountAnnotations=annotations)
    for component in (
        *(v[c] for c in ("apiServer", "scheduler", "dagProcessor", "triggerer")),
        v["workers"]["kubernetes"],
    ):
        assert component["serviceAccount"]["annotations"] == annotations


def test_no_value_contains_the_placeholder_of_a_secret() -> None:
    assert "not-shown" not in json.dumps(values("dev")) + json.dumps(values("prod"))
