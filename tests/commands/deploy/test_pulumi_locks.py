"""The locks of a state in a folder."""

import json
from pathlib import Path

from airflow_k8s.commands.deploy.pulumi_locks import locks
from tests.commands.deploy.recorded import LOCK


def test_the_locks_of_a_state_in_a_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "airflow-platform" / "dev"
    folder.mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps(LOCK))
    (folder / "one.json.attrs").write_text("{}")
    url = tmp_path.as_uri()
    (lock,) = locks(url, "airflow-platform", "dev")
    assert str(lock) == "root@vm (process 2101) since 2026-11-26T01:42:45"
    assert locks(url, "airflow-platform", "prod") == []


def test_a_lock_that_is_being_released_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "airflow-platform" / "dev"
    folder.mkdir(parents=True)
    (folder / "one.json").write_text("")
    assert locks(tmp_path.as_uri(), "airflow-platform", "dev") == []


def test_the_locks_of_a_state_in_a_bucket_are_not_known() -> None:
    assert locks("s3://bucket", "airflow-platform", "dev") == []
