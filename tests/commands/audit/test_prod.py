"""checkov itself, over what prod makes; once, for it takes seconds."""

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
    """Of prod, and of two pods that nobody would accept."""
    try:
        python = find_checkov(print)
    except UserError as problem:
        pytest.skip(str(problem))
    *found, bad, hiding = scan(python, [*rendered("prod").objects, BAD, HIDING])
    return found, bad, hiding


def test_nothing_is_left_unexplained() -> None:
    found, _, _ = audited()
    left = unexplained(found, exceptions.read())
    assert [(each.failure.check, *each.places) for each in left] == []


def test_the_readme_has_the_counts() -> None:
    found, _, _ = audited()
    counted = count(found, exceptions.read())
    row = f"| prod | {counted.failed} | {counted.explained} | {counted.unexplained} |"
    assert f"{row} {counted.passed} |" in (PROGRAM / "README.md").read_text()


def test_no_exception_is_left_over() -> None:
    found, _, _ = audited()
    stale = exceptions.stale(exceptions.read(), failures(found))
    # The one StatefulSet is dev's database.
    assert [each for each in stale if " of StatefulSet/" not in each] == []


def test_a_bad_pod_is_told_and_so_is_its_container() -> None:
    _, bad, _ = audited()
    left = {each.failure.check: each.places for each in unexplained([bad], exceptions.read())}
    assert left["CKV_K8S_16"] == ["Pod/bad/privileged"]
    assert left["CKV_K8S_31"], "no seccomp profile"


def test_a_pod_is_judged_although_it_asks_not_to_be() -> None:
    _, _, hiding = audited()
    assert "CKV_K8S_16" in {e.failure.check for e in unexplained([hiding], exceptions.read())}


def test_every_pod_is_judged() -> None:
    found, _, _ = audited()
    seen = {each.object for each in found if each.passed}
    assert {"task pod", "Job/migration-job-*", "Deployment/airflow-scheduler"} <= seen


def test_what_is_said_to_mount_no_token_has_none() -> None:
    objects = rendered("prod").objects
    accounts = {each.name: each.manifest for each in objects if each.kind == "ServiceAccount"}
    words = "automountServiceAccountToken false"
    (entry,) = (each for each in exceptions.read() if words in each.reason)
    for each in objects:
        if each.pods and f"{each.kind}/{each.name}" in entry.objects:
            account = accounts[each.pods.template["spec"]["serviceAccountName"]]
            assert account["automountServiceAccountToken"] is False, each.name
