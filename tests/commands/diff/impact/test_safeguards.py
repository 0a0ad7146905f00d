"""What protects a stack from harm, and becomes weaker or stronger."""

from airflow_k8s.commands.diff.impact.safeguards import safeguard_consequences
from airflow_k8s.rendering.manifests import Object
from tests.commands.diff.impact.facts import messages
from tests.commands.diff.samples import changed, claim, made


def found(before: Object | None, after: Object | None) -> list[tuple[str, str]]:
    return messages(safeguard_consequences(changed(before, after)))


def test_protection_that_is_switched_on_or_off_is_reported() -> None:
    subject = "PersistentVolumeClaim/airflow-data-pvc"
    assert found(claim(protect=True), claim()) == [(subject, "no longer protected")]
    assert found(claim(), claim(protect=True)) == [(subject, "protected now")]


def test_a_changed_quota_is_reported_with_both_sides() -> None:
    before, after = (
        made("ResourceQuota", "q", spec={"hard": {"requests.cpu": cpu}}) for cpu in ("4", "8")
    )
    assert found(before, after) == [("ResourceQuota/q", "requests.cpu 4 → 8")]


def test_a_disruption_budget_that_is_added_or_removed_is_reported() -> None:
    budget = made("PodDisruptionBudget", "b", spec={"maxUnavailable": 1})
    assert found(None, budget) == [("PodDisruptionBudget/b", "added")]
    assert found(budget, None) == [("PodDisruptionBudget/b", "removed")]


def test_a_label_of_a_quota_is_no_safeguard() -> None:
    before, after = (made("ResourceQuota", "q", labels={"a": n}, spec={}) for n in ("1", "2"))
    assert found(before, after) == []


def test_another_level_of_pod_security_is_reported() -> None:
    before, after = (
        made("Namespace", "airflow", labels={"pod-security.kubernetes.io/enforce": level})
        for level in ("restricted", "baseline")
    )
    assert found(before, after) == [
        ("Namespace/airflow", "Pod Security level restricted → baseline")
    ]
