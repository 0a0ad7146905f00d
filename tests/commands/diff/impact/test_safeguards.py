"""What keeps a stack from harm, and is weaker or stronger now."""

from airflow_k8s.commands.diff.impact.safeguards import guards
from airflow_k8s.rendering.manifests import Object
from tests.commands.diff.samples import changed, claim, made


def told(before: Object | None, after: Object | None) -> list[tuple[str, str]]:
    return [(each.subject, each.words) for each in guards(changed(before, after))]


def test_protection_that_is_taken_or_given_is_told() -> None:
    subject = "PersistentVolumeClaim/airflow-data-pvc"
    assert told(claim(protect=True), claim()) == [(subject, "no longer protected")]
    assert told(claim(), claim(protect=True)) == [(subject, "protected now")]


def test_a_quota_is_told_with_both_sides() -> None:
    before, after = (
        made("ResourceQuota", "q", spec={"hard": {"requests.cpu": cpu}}) for cpu in ("4", "8")
    )
    assert told(before, after) == [("ResourceQuota/q", "requests.cpu 4 → 8")]


def test_a_disruption_budget_that_comes_or_goes_is_told() -> None:
    budget = made("PodDisruptionBudget", "b", spec={"maxUnavailable": 1})
    assert told(None, budget) == [("PodDisruptionBudget/b", "added")]
    assert told(budget, None) == [("PodDisruptionBudget/b", "removed")]


def test_a_label_on_a_guard_weakens_nothing() -> None:
    before, after = (made("ResourceQuota", "q", labels={"a": n}, spec={}) for n in ("1", "2"))
    assert told(before, after) == []


def test_another_level_of_pod_security_is_told() -> None:
    before, after = (
        made("Namespace", "airflow", labels={"pod-security.kubernetes.io/enforce": level})
        for level in ("restricted", "baseline")
    )
    assert told(before, after) == [
        ("Namespace/airflow", "admitted pods that are restricted, now baseline")
    ]
