"""The helper for DAG authors, without Airflow."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.stack.settings import names
from airflow_platform import Platform, platform
from components.dag_facts import facts
from tests.conftest import settings_of
from tests.dags.conftest import DAGS


def here(stack: str = "dev", **changes: Any) -> Platform:
    return Platform(facts=json.loads(json.dumps(facts(settings_of(stack, **changes)))))


def test_the_facts_are_read_from_the_file_in_the_environment_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts(settings_of("dev", namespace="theirs"))))
    monkeypatch.setenv("AIRFLOW_PLATFORM_FACTS", str(file))
    assert platform().pod()["namespace"] == "theirs"


def test_missing_facts_are_an_error_with_the_default_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AIRFLOW_PLATFORM_FACTS", raising=False)
    with pytest.raises(FileNotFoundError, match=f"{names.DAG_FACTS_PATH}/{names.DAG_FACTS_FILE}"):
        platform()


def test_a_gpu_is_refused_on_a_stack_without_gpus() -> None:
    assert not here("dev").has_gpus
    for request in (here("dev").pod, here("dev").worker):
        with pytest.raises(ValueError, match="this stack has no GPU nodes"):
            request("heavy", gpus=1)


def test_the_number_of_gpus_is_a_limit_of_the_pod() -> None:
    assert here("prod").has_gpus
    limits = here("prod").pod("light", gpus=2)["container_resources"].limits
    assert limits == {"cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "2"}


def test_a_pod_without_the_data_volume_has_no_affinity_for_it() -> None:
    with_data, without = here("dev").pod(), here("dev").pod(data=False)
    assert with_data["affinity"]
    assert not without["affinity"]
    assert (without["volumes"], without["volume_mounts"]) == ([], [])
    assert names.DATA_LABEL not in without["labels"]


def test_the_triggerer_uses_the_cluster_in_which_it_runs() -> None:
    # Otherwise the triggerer looks for a kubeconfig, finds none, and defers no task.
    pod = here().pod()
    assert (pod["deferrable"], pod["in_cluster"]) == (True, True)


def test_the_xcom_sidecar_has_the_security_context_of_the_container() -> None:
    pod = here().pod()
    sidecar = pod["xcom_sidecar_container_security_context"]
    assert sidecar == pod["container_security_context"]


def test_an_argument_can_be_changed() -> None:
    mine = here().pod() | {"logging_interval": 30}
    assert mine["logging_interval"] == 30


def test_a_change_to_one_pod_does_not_change_another_pod() -> None:
    prod = here("prod")
    mine: Any = prod.pod("heavy", gpus=1)["container_resources"]
    mine.limits["memory"], mine.requests["cpu"] = "1Ti", "64"
    again = prod.pod("heavy")["container_resources"]
    assert again.limits == {"cpu": "4", "memory": "8Gi"}
    assert again.requests == {"cpu": "2", "memory": "4Gi"}


def test_the_helper_imports_nothing_else_of_the_repository(tmp_path: Path) -> None:
    # DAG authors copy it into their own repository.
    copy = shutil.copy(DAGS / "airflow_platform.py", tmp_path)
    imported = {
        line.split()[1].split(".")[0]
        for line in Path(copy).read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    standard = {"json", "os", "collections", "dataclasses", "datetime", "pathlib", "typing"}
    assert imported == standard | {"kubernetes"}
