"""The input of checkov, and the parsing of its report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.audit.scan import audited, manifests, scan
from airflow_k8s.errors import UserError
from airflow_k8s.rendering.manifests import CHART, Object
from airflow_k8s.stack.settings.secret import Secret
from tests.commands.audit.samples import container, pod
from tests.programs import program


def record(name: str, check: str) -> dict[str, Any]:
    return {"file_path": f"/{name}.yaml", "check_id": check, "check_name": f"about {check}"}


def report(
    *,
    failed: Sequence[tuple[str, str]] = (),
    passed: Sequence[tuple[str, str]] = (),
    skipped: Sequence[tuple[str, str]] = (),
    unread: Sequence[str] = (),
) -> dict[str, Any]:
    """A report of checkov; a check is a file name and the id of the check."""
    return {
        "results": {
            "failed_checks": [record(*check) for check in failed],
            "passed_checks": [record(*check) for check in passed],
            "skipped_checks": [record(*check) for check in skipped],
            "parsing_errors": list(unread),
        }
    }


def test_checkov_gets_every_container_also_by_itself() -> None:
    given = manifests([pod("a", container("one"), container("two"))])
    names = {name: [c["name"] for c in m["spec"]["containers"]] for name, m in given.items()}
    assert names == {"0": ["one", "two"], "0-0": ["one"], "0-1": ["two"]}


def test_an_init_container_by_itself_stays_an_init_container() -> None:
    source = pod("a", container("main"))
    spec = dict(source.manifest["spec"]) | {"initContainers": [container("init")]}
    given = manifests([Object("", "", CHART, {**source.manifest, "spec": spec})])
    assert given["0-0"]["spec"]["initContainers"] == [container("init")]
    assert given["0-0"]["spec"]["containers"] == []
    assert given["0-1"]["spec"]["initContainers"] == []
    assert given["0"]["spec"]["initContainers"] == [container("init")], "the original was changed"


def test_an_object_with_a_generated_name_gets_a_fixed_one() -> None:
    manifest = {"kind": "Role", "metadata": {"generateName": "role-"}}
    (given,) = manifests([Object("", "", CHART, manifest)]).values()
    assert given["metadata"]["name"] == "role-generated"


def test_no_secret_is_written_to_disk() -> None:
    manifest = {
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"key": Secret("hunter2")},
    }
    assert "hunter2" not in str(manifests([Object("", "", CHART, manifest)]))


def test_a_failure_has_the_containers_that_fail() -> None:
    objects = [pod("a", container("one"), container("two"), container("three"))]
    failed = [("0", "CKV_K8S_22"), ("0-1", "CKV_K8S_22"), ("0-2", "CKV_K8S_22")]
    ((failure,),) = (found.failures for found in audited(objects, report(failed=failed)))
    assert failure.message == "about CKV_K8S_22"
    assert failure.places == ["Pod/a/two", "Pod/a/three"]


def test_a_check_counts_once_for_every_object() -> None:
    objects = [pod("a", container("one"), container("two"))]
    results = report(
        failed=[("0", "CKV_K8S_22"), ("0-0", "CKV_K8S_22"), ("0-1", "CKV_K8S_22")],
        passed=[("0", "CKV_K8S_1"), ("0-0", "CKV_K8S_1"), ("0-1", "CKV_K8S_1")],
    )
    (found,) = audited(objects, results)
    assert (found.passed, len(found.failures)) == (1, 1)


def test_a_check_that_an_annotation_skips_is_a_failure() -> None:
    (found,) = audited([pod("a", container("one"))], report(skipped=[("0", "CKV_K8S_16")]))
    assert [failure.check for failure in found.failures] == ["CKV_K8S_16"]


def test_the_task_pod_has_its_own_name() -> None:
    (found,) = audited([pod("x", container("base"), task=True)], report(passed=[("0", "C")]))
    assert found.object == "task pod"


def test_a_pod_that_checkov_skips_is_an_error() -> None:
    results = report(passed=[("0", "CKV_K8S_1")])
    with pytest.raises(UserError, match="Pod/b"):
        audited([pod("a", container("one")), pod("b", container("one"))], results)


def test_a_manifest_that_checkov_cannot_read_is_an_error() -> None:
    results = report(passed=[("0", "CKV_K8S_1")], unread=["/0.yaml"])
    with pytest.raises(UserError, match="can't read"):
        audited([pod("a", container("one"))], results)


def test_checkov_runs_offline_and_without_the_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CKV_SKIP_CHECK", "CKV_K8S_16")
    monkeypatch.setenv("BC_API_KEY", "key")
    checkov = program(tmp_path / "python", 'echo "$* $(env)" >&2; ls >&2; exit 1')
    with pytest.raises(UserError) as raised:
        scan(checkov, [pod("a", container("one"))])
    output = str(raised.value)
    assert "--skip-download" in output
    assert "CKV_SKIP_PACKAGE_UPDATE_CHECK=true" in output
    assert "CKV_SKIP_CHECK" not in output
    assert "BC_API_KEY" not in output
    assert "0-0.yaml\n0.yaml" in output


def test_a_report_that_is_not_json_is_an_error(tmp_path: Path) -> None:
    checkov = program(tmp_path / "python", "echo hello")
    with pytest.raises(UserError, match=r"^checkov can't check the manifests:"):
        scan(checkov, [pod("a", container("one"))])
