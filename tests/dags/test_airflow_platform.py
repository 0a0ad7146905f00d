"""The helper by itself, as the author of a DAG meets it."""

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


def test_it_reads_the_file_that_the_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(facts(settings_of("dev", namespace="theirs"))))
    monkeypatch.setenv("AIRFLOW_PLATFORM_FACTS", str(file))
    assert platform().pod()["namespace"] == "theirs"


def test_without_facts_it_names_the_file_where_the_platform_puts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AIRFLOW_PLATFORM_FACTS", raising=False)
    with pytest.raises(FileNotFoundError, match=f"{names.DAG_FACTS_PATH}/{names.DAG_FACTS_FILE}"):
        platform()


def test_a_gpu_where_there_is_none_is_refused() -> None:
    assert not here("dev").has_gpus
    for ask in (here("dev").pod, here("dev").worker):
        with pytest.raises(ValueError, match="this stack has no GPU nodes"):
            ask("heavy", gpus=1)


def test_gpus_are_counted() -> None:
    assert here("prod").has_gpus
    limits = here("prod").pod("light", gpus=2)["container_resources"].limits
    assert limits == {"cpu": "500m", "memory": "1Gi", "nvidia.com/gpu": "2"}


def test_without_the_data_a_pod_goes_anywhere() -> None:
    with_data, without = here("dev").pod(), here("dev").pod(data=False)
    assert with_data["affinity"]
    assert not without["affinity"]
    assert (without["volumes"], without["volume_mounts"]) == ([], [])
    assert names.DATA_LABEL not in without["labels"]


def test_the_triggerer_asks_the_cluster_that_it_runs_in() -> None:
    # Unsaid it looks for a kubeconfig, finds none, and no task is ever really deferred.
    told = here().pod()
    assert (told["deferrable"], told["in_cluster"]) == (True, True)


def test_a_pod_that_returns_a_value_is_admitted_too() -> None:
    told = here().pod()
    sidecar = told["xcom_sidecar_container_security_context"]
    assert sidecar == told["container_security_context"]


def test_an_argument_can_be_changed() -> None:
    mine = here().pod() | {"logging_interval": 30}
    assert mine["logging_interval"] == 30


def test_what_one_dag_does_with_its_pod_reaches_no_other() -> None:
    told = here("prod")
    mine: Any = told.pod("heavy", gpus=1)["container_resources"]
    mine.limits["memory"], mine.requests["cpu"] = "1Ti", "64"
    again = told.pod("heavy")["container_resources"]
    assert again.limits == {"cpu": "4", "memory": "8Gi"}
    assert again.requests == {"cpu": "2", "memory": "4Gi"}


def test_the_helper_needs_nothing_else_of_the_repository(tmp_path: Path) -> None:
    # It is copied into the repository of whoever writes DAGs.
    alone = shutil.copy(DAGS / "airflow_platform.py", tmp_path)
    imported = {
        line.split()[1].split(".")[0]
        for line in Path(alone).read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    standard = {"json", "os", "collections", "dataclasses", "datetime", "pathlib", "typing"}
    assert imported == standard | {"kubernetes"}
