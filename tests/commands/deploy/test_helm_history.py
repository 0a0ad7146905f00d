"""What Helm's records say, and the way out of a release that is pending."""

import base64
import gzip
import json
from typing import Any

import pytest

from airflow_k8s.commands.deploy.helm_history import Revision, opened, revisions, way_out


def secret(number: int, status: str, *, release: str = "airflow") -> dict[str, Any]:
    """As Helm 3 writes it: JSON, packed, in base64, which Kubernetes puts in base64 again."""
    told = {
        "name": release,
        "version": number,
        "info": {
            "status": status,
            "last_deployed": "2026-11-26T01:27:30.292543532Z",
            "description": "Install complete",
        },
        "chart": {"metadata": {"name": "airflow", "version": "1.22.0", "appVersion": "3.2.2"}},
    }
    packed = base64.b64encode(gzip.compress(json.dumps(told).encode()))
    labels = {"owner": "helm", "name": release, "status": status, "version": str(number)}
    return {
        "metadata": {"name": f"sh.helm.release.v1.{release}.v{number}", "labels": labels},
        "data": {"release": base64.b64encode(packed).decode()},
    }


def history(*statuses: str) -> list[Revision]:
    return [Revision(number=n, status=status) for n, status in enumerate(statuses, start=1)]


def out(*statuses: str, locked_by: str = "") -> str:
    return way_out(
        history(*statuses),
        release="airflow",
        namespace="airflow-dev",
        context="kind-airflow",
        stack="dev",
        then="make up STACK=dev ARGS=--refresh",
        locked_by=locked_by,
    )


def test_revisions_are_told_by_their_labels_in_the_order_in_which_they_were_made() -> None:
    secrets = [
        secret(10, "deployed"),
        secret(9, "superseded"),
        secret(1, "deployed", release="other"),
        {"metadata": {"name": "no-labels"}},
    ]
    assert [(each.number, each.status) for each in revisions(secrets, "airflow")] == [
        (9, "superseded"),
        (10, "deployed"),
    ]


def test_a_revision_tells_its_chart_and_its_time() -> None:
    found = opened(secret(3, "failed"))
    assert (found.number, found.status, found.words) == (3, "failed", "Install complete")
    assert (found.chart, found.chart_version) == ("airflow", "1.22.0")
    assert found.changed.startswith("2026-11-26T01:27:30")


@pytest.mark.parametrize("last", ["deployed", "failed", "superseded", "uninstalled"])
def test_a_release_that_is_not_pending_needs_no_way_out(last: str) -> None:
    assert out(last) == ""
    assert out() == ""


def test_an_upgrade_that_was_killed_goes_back_to_the_last_revision_that_was_deployed() -> None:
    # Helm's rollback without a number would go to 4, which failed.
    lines = out("superseded", "failed", "deployed", "failed", "pending-upgrade").splitlines()
    assert lines[0].startswith("release airflow in airflow-dev is pending-upgrade (revision 5)")
    assert lines[1].split("      # ")[0].strip() == (
        "helm --kube-context kind-airflow --namespace airflow-dev rollback airflow 3"
    )
    assert lines[2].strip() == "make up STACK=dev ARGS=--refresh"


def test_a_first_install_that_was_killed_is_uninstalled_and_pulumi_told_to_forget_it() -> None:
    uninstall, forget, again = out("pending-install").splitlines()[1:]
    assert "--namespace airflow-dev uninstall airflow" in uninstall
    assert forget.strip() == "pulumi refresh --clear-pending-creates --yes --stack dev"
    assert again.strip().startswith("make up")
    assert "rollback" not in out("failed", "pending-upgrade")


def test_a_rollback_that_was_killed_is_begun_anew() -> None:
    assert "rollback airflow 1 " in out("superseded", "failed", "pending-rollback")


def test_a_lock_goes_before_anything_else() -> None:
    lines = out("deployed", "pending-upgrade", locked_by="root@vm (process 3)").splitlines()
    assert "the state of dev is locked by root@vm (process 3) and release airflow" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["pulumi", "helm", "make"]


def test_a_lock_alone_needs_no_helm() -> None:
    lines = out("deployed", locked_by="root@vm").splitlines()
    assert [line.strip() for line in lines[1:]] == [
        "pulumi cancel --yes --stack dev",
        "make up STACK=dev ARGS=--refresh",
    ]
