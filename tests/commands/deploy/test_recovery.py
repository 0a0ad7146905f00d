"""The commands that clear up after an update that was killed."""

import pytest

from airflow_k8s.commands.deploy.recovery import Names, recovery
from tests.commands.deploy.test_helm_history import history

NAMES = Names(stack="dev", context="kind-airflow", namespace="airflow-dev", release="airflow")
THEN = "airflow-platform up dev --refresh"


def steps(*statuses: str, locked_by: str = "") -> str:
    return recovery(history(*statuses), NAMES, locked_by=locked_by, then=THEN)


def commands(*statuses: str, locked_by: str = "") -> list[str]:
    lines = steps(*statuses, locked_by=locked_by).splitlines()[1:]
    return [line.partition("      # ")[0].strip() for line in lines]


@pytest.mark.parametrize("last", ["deployed", "failed", "superseded", "uninstalled"])
def test_a_release_that_is_not_pending_needs_no_recovery(last: str) -> None:
    assert steps(last) == ""
    assert steps() == ""


def test_a_killed_upgrade_is_rolled_back_to_the_last_revision_that_was_deployed() -> None:
    # Helm's rollback without a number would go to 4, which failed.
    statuses = ("superseded", "failed", "deployed", "failed", "pending-upgrade")
    assert steps(*statuses).startswith(
        "release airflow in airflow-dev is pending-upgrade (revision 5)"
    )
    assert commands(*statuses) == [
        "helm --kube-context kind-airflow --namespace airflow-dev rollback airflow 3",
        THEN,
    ]


def test_a_killed_first_install_is_uninstalled_and_cleared_in_pulumi() -> None:
    assert commands("pending-install") == [
        "helm --kube-context kind-airflow --namespace airflow-dev uninstall airflow",
        "pulumi refresh --clear-pending-creates --yes --stack dev",
        THEN,
    ]
    assert "rollback" not in steps("failed", "pending-upgrade")


def test_a_killed_rollback_is_repeated() -> None:
    assert "rollback airflow 1 " in steps("superseded", "failed", "pending-rollback")


def test_a_lock_is_released_before_the_release_is_rolled_back() -> None:
    text = steps("deployed", "pending-upgrade", locked_by="root@vm (process 3)")
    assert text.startswith("the state of dev is locked by root@vm (process 3) and release airflow")
    found = commands("deployed", "pending-upgrade", locked_by="root@vm (process 3)")
    assert [line.split()[0] for line in found] == ["pulumi", "helm", "airflow-platform"]


def test_a_lock_alone_needs_no_helm() -> None:
    assert commands("deployed", locked_by="root@vm") == [
        "pulumi cancel --yes --stack dev",
        THEN,
    ]
