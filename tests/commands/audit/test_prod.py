"""checkov itself, over the objects of prod; all tests share one run, which takes seconds."""

from functools import cache

import pytest

from airflow_k8s.commands.audit import exceptions
from airflow_k8s.commands.audit.count import count, failures, unexplained
from airflow_k8s.commands.audit.scan import Audited, scan
from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.checkov import find_checkov
from tests.commands.audit.samples import container, pod
from tests.conftest import PROGRAM
from tests.rendering.conftest import rendered

pytestmark = pytest.mark.chart

PRIVILEGED = container("privileged", securityContext={"privileged": True})
BAD = pod("bad", container("fine"), PRIVILEGED)
HIDING = pod("hiding", PRIVILEGED, annotations={"checkov.io/skip1": "CKV_K8S_16=never mind"})


@cache
def audited() -> tuple[list[Audited], Audited, Audited]:
    """The results of prod, and of two pods that must fail."""
    try:
        python = find_checkov(print)
    except UserError as error:
        pytest.skip(str(error))
    *found, bad, hiding = scan(python, [*rendered("prod").objects, BAD, HIDING])
    return found, bad, hiding


def test_every_failed_check_of_prod_is_accepted() -> None:
    found, _, _ = audited()
    left = unexplained(found, exceptions.read())
    assert [(failed.failure.check, *failed.places) for failed in left] == []


def test_the_readme_has_the_counts_of_prod() -> None:
    found, _, _ = audited()
    counted = count(found, exceptions.read())
    row = f"| prod | {counted.failed} | {counted.explained} | {counted.unexplained} |"
    assert f"{row} {counted.passed} |" in (PROGRAM / "README.md").read_text()


def test_every_exception_is_needed() -> None:
    found, _, _ = audited()
    stale = exceptions.stale(exceptions.read(), failures(found))
    # Only dev has a StatefulSet: its database.
    assert [entry for entry in stale if " of StatefulSet/" not in entry] == []


def test_a_bad_pod_is_reported_with_its_container() -> None:
    _, bad, _ = audited()
    left = {failed.failure.check: failed.places for failed in unexplained([bad], exceptions.read())}
    assert left["CKV_K8S_16"] == ["Pod/bad/privileged"]
    assert left["CKV_K8S_31"], "no seccomp profile"


def test_an_annotation_of_a_pod_does_not_skip_a_check() -> None:
    _, _, hiding = audited()
    assert "CKV_K8S_16" in {
        failed.failure.check for failed in unexplained([hiding], exceptions.read())
    }


def test_every_pod_is_checked() -> None:
    found, _, _ = audited()
    seen = {result.object for result in found if result.passed}
    assert {"task pod", "Job/migration-job-*", "Deployment/airflow-scheduler"} <= seen


def test_a_pod_that_is_accepted_because_it_mounts_no_token_mounts_none() -> None:
    objects = rendered("prod").objects
    accounts = {o.name: o.manifest for o in objects if o.kind == "ServiceAccount"}
    text = "automountServiceAccountToken false"
    (entry,) = (found for found in exceptions.read() if text in found.reason)
    for o in objects:
        if o.pods and f"{o.kind}/{o.name}" in entry.objects:
            account = accounts[o.pods.template["spec"]["serviceAccountName"]]
            assert account["automountServiceAccountToken"] is False, o.name
