"""The reason that a message of Kubernetes names."""

import pytest

from airflow_k8s.kube.reasons import Reason, reason_of


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('pods "a" is forbidden: exceeded quota: q, requested: cpu=1', Reason.QUOTA_EXCEEDED),
        ('violates PodSecurity "restricted:latest": privileged', Reason.POD_SECURITY),
        ('would violate PodSecurity "restricted:latest": privileged', Reason.POD_SECURITY),
        ("Multi-Attach error for volume pvc-1", Reason.VOLUME_IN_USE),
        ('persistentvolumeclaim "airflow-logs" not found', Reason.VOLUME),
        ("2 node(s) didn't find available persistent volumes to bind.", Reason.VOLUME),
        ("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", Reason.INSUFFICIENT_RESOURCES),
        ('could not translate host name "db" to address', Reason.DATABASE_UNREACHABLE),
        ('connection to "db", port 5432 refused', Reason.DATABASE_UNREACHABLE),
        ("Startup probe failed: timed out", Reason.PROBE_FAILED),
        ('MountVolume.SetUp failed for volume "c" : secret "c" not found', Reason.CONFIG_ERROR),
        ("couldn't find key password in Secret airflow/login", Reason.CONFIG_ERROR),
        ("references non-existent secret key: tls.crt", Reason.CONFIG_ERROR),
        ("admission webhook denied the request", Reason.REFUSED),
    ],
)
def test_a_message_leads_to_its_reason(message: str, reason: Reason) -> None:
    assert reason_of(message, Reason.REFUSED) is reason


def test_a_probe_in_the_middle_of_a_message_is_no_failed_probe() -> None:
    assert reason_of("it has no Startup probe ", Reason.OTHER) is Reason.OTHER
