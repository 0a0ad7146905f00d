"""What checkov is given, and what is read of its answer."""

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
    """As checkov's JSON; each check by manifest and number."""
    return {
        "results": {
            "failed_checks": [record(*each) for each in failed],
            "passed_checks": [record(*each) for each in passed],
            "skipped_checks": [record(*each) for each in skipped],
            "parsing_errors": list(unread),
        }
    }


def test_each_container_is_given_alone_too() -> None:
    given = manifests([pod("a", container("one"), container("two"))])
    names = {name: [c["name"] for c in m["spec"]["containers"]] for name, m in given.items()}
    assert names == {"0": ["one", "two"], "0-0": ["one"], "0-1": ["two"]}


def test_a_container_that_runs_before_stays_one() -> None:
    each = pod("a", container("main"))
    spec = dict(each.manifest["spec"]) | {"initContainers": [container("first")]}
    given = manifests([Object("", "", CHART, {**each.manifest, "spec": spec})])
    assert given["0-0"]["spec"]["initContainers"] == [container("first")]
    assert given["0-0"]["spec"]["containers"] == []
    assert given["0-1"]["spec"]["initContainers"] == []
    assert given["0"]["spec"]["initContainers"] == [container("first")], "it was changed in place"


def test_what_pulumi_names_has_a_name_or_checkov_would_pass_over_it() -> None:
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


def test_a_failure_names_its_containers() -> None:
    objects = [pod("a", container("one"), container("two"), container("three"))]
    failed = [("0", "CKV_K8S_22"), ("0-1", "CKV_K8S_22"), ("0-2", "CKV_K8S_22")]
    ((failure,),) = (each.failures for each in audited(objects, report(failed=failed)))
    assert failure.words == "about CKV_K8S_22"
    assert failure.places == ["Pod/a/two", "Pod/a/three"]


def test_a_check_counts_once_an_object_as_checkov_counts() -> None:
    objects = [pod("a", container("one"), container("two"))]
    messages = report(
        failed=[("0", "CKV_K8S_22"), ("0-0", "CKV_K8S_22"), ("0-1", "CKV_K8S_22")],
        passed=[("0", "CKV_K8S_1"), ("0-0", "CKV_K8S_1"), ("0-1", "CKV_K8S_1")],
    )
    (found,) = audited(objects, messages)
    assert (found.passed, len(found.failures)) == (1, 1)


def test_an_annotation_that_skips_a_check_explains_nothing() -> None:
    (found,) = audited([pod("a", container("one"))], report(skipped=[("0", "CKV_K8S_16")]))
    assert [each.check for each in found.failures] == ["CKV_K8S_16"]


def test_the_task_pod_is_called_so() -> None:
    (found,) = audited([pod("x", container("base"), task=True)], report(passed=[("0", "C")]))
    assert found.object == "task pod"


def test_pods_that_checkov_passed_over_are_a_problem() -> None:
    messages = report(passed=[("0", "CKV_K8S_1")])
    with pytest.raises(UserError, match="Pod/b"):
        audited([pod("a", container("one")), pod("b", container("one"))], messages)


def test_a_manifest_that_checkov_cannot_read_is_a_problem() -> None:
    messages = report(passed=[("0", "CKV_K8S_1")], unread=["/0.yaml"])
    with pytest.raises(UserError, match="can't read"):
        audited([pod("a", container("one"))], messages)


def test_checkov_is_asked_offline_and_without_the_users_own_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CKV_SKIP_CHECK", "CKV_K8S_16")
    monkeypatch.setenv("BC_API_KEY", "key")
    checkov = program(tmp_path / "python", 'echo "$* $(env)" >&2; ls >&2; exit 1')
    with pytest.raises(UserError) as told:
        scan(checkov, [pod("a", container("one"))])
    messages = str(told.value)
    assert "--skip-download" in messages
    assert "CKV_SKIP_PACKAGE_UPDATE_CHECK=true" in messages
    assert "CKV_SKIP_CHECK" not in messages
    assert "BC_API_KEY" not in messages
    assert "0-0.yaml\n0.yaml" in messages


def test_an_answer_that_is_none_is_a_problem(tmp_path: Path) -> None:
    checkov = program(tmp_path / "python", "echo hello")
    with pytest.raises(UserError, match=r"^checkov can't judge the manifests:"):
        scan(checkov, [pod("a", container("one"))])
