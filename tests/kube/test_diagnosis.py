"""Why workloads do not come up."""

from typing import Any

import pytest

from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.reasons import Reason
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"


def manifest(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, "uid": f"uid-of-{name}"}
    return {
        "kind": kind,
        "metadata": {**metadata, **fields.pop("metadata", {})},
        "spec": {},
        **fields,
    }


def with_condition(kind: str, status: str, message: str = "") -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "message": message}]}


def event(
    about: dict[str, Any], reason: str, message: str, when: str = "2025-01-01T00:00:00Z"
) -> dict[str, Any]:
    reported = manifest("Event", f"{about['metadata']['name']}.{when}{reason}")
    return reported | {
        "involvedObject": {"uid": about["metadata"]["uid"]},
        "reason": reason,
        "message": message,
        "lastTimestamp": when,
    }


def waiting(reason: str, message: str = "", *, part: str = "containerStatuses") -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {part: [{"name": "main", "state": state}]}


def found(*objects: dict[str, Any]) -> list[Trouble]:
    return troubles(ClusterState(objects), NAMESPACE)


def test_healthy_objects_have_no_trouble() -> None:
    pod = manifest("Pod", "a", status=with_condition("Ready", "True"))
    claim = manifest("PersistentVolumeClaim", "c", status={"phase": "Bound"})
    assert not found(
        pod,
        event(pod, "Unhealthy", "was slow"),
        claim,
        event(claim, "ProvisioningFailed", "was slow"),
        manifest("Job", "j", spec={"parallelism": 1}, status={"succeeded": 1}),
        manifest("ReplicaSet", "r", spec={"replicas": 1}, status={"replicas": 1}),
    )


def test_troubles_of_other_namespaces_are_not_reported() -> None:
    job = manifest("Job", "j", status=with_condition("Failed", "True", "no"))
    assert found(job)
    job["metadata"]["namespace"] = "other"
    assert not found(job)


def test_a_failed_job_is_a_fatal_trouble() -> None:
    job = manifest("Job", "migration", status=with_condition("Failed", "True", "backoff limit"))
    assert found(job) == [
        Trouble(
            kind="Job",
            name="migration",
            reason=Reason.JOB_FAILED,
            message="backoff limit",
            fatal=True,
        )
    ]


def test_pods_that_are_refused_are_a_trouble_of_their_deployment() -> None:
    deployment = manifest("Deployment", "airflow-scheduler", spec={"replicas": 1})
    owner = {"kind": "Deployment", "name": "airflow-scheduler"}
    replica_set = manifest(
        "ReplicaSet",
        "airflow-scheduler-1",
        metadata={"ownerReferences": [owner]},
        spec={"replicas": 1},
        status=with_condition("ReplicaFailure", "True", "exceeded quota"),
    )
    assert found(deployment, replica_set) == [
        Trouble(
            kind="Deployment",
            name="airflow-scheduler",
            reason=Reason.QUOTA_EXCEEDED,
            message="exceeded quota",
        )
    ]


def test_an_event_tells_why_pods_are_missing_if_no_condition_does() -> None:
    stateful_set = manifest("StatefulSet", "db", spec={"replicas": 2}, status={"replicas": 1})
    message = "violates PodSecurity"
    assert found(stateful_set, event(stateful_set, "FailedCreate", message)) == [
        Trouble(kind="StatefulSet", name="db", reason=Reason.POD_SECURITY, message=message)
    ]
    complete = stateful_set | {"status": {"replicas": 2}}
    assert not found(complete, event(complete, "FailedCreate", message)), "it is over by now"


def test_pods_refused_by_a_webhook_have_the_reason_refused() -> None:
    stateful_set = manifest("StatefulSet", "db", spec={"replicas": 1})
    (trouble,) = found(stateful_set, event(stateful_set, "FailedCreate", "webhook denied it"))
    assert trouble.reason is Reason.REFUSED


def test_a_pending_claim_has_the_message_of_the_last_failed_provisioning() -> None:
    claim = manifest("PersistentVolumeClaim", "data", status={"phase": "Pending"})
    assert found(
        claim,
        event(claim, "ProvisioningFailed", "new", when="2025-01-01T00:00:02Z"),
        event(claim, "ProvisioningFailed", "old", when="2025-01-01T00:00:01Z"),
        event(claim, "WaitForFirstConsumer", "waits", when="2025-01-01T00:00:03Z"),
    ) == [Trouble(kind="PersistentVolumeClaim", name="data", reason=Reason.VOLUME, message="new")]


def test_a_claim_that_waits_for_its_first_pod_has_no_trouble() -> None:
    claim = manifest("PersistentVolumeClaim", "data", status={"phase": "Pending"})
    assert not found(claim, event(claim, "WaitForFirstConsumer", "waits"))


@pytest.mark.parametrize("part", ["initContainerStatuses", "containerStatuses"])
@pytest.mark.parametrize(
    ("kubelet_reason", "reason"),
    [("CrashLoopBackOff", Reason.CRASH_LOOP), ("ImagePullBackOff", Reason.IMAGE_PULL)],
)
def test_a_container_that_can_not_start_is_a_fatal_trouble(
    part: str, kubelet_reason: str, reason: Reason
) -> None:
    pod = manifest("Pod", "a", status=waiting(kubelet_reason, "back-off 10s", part=part))
    assert found(pod) == [
        Trouble(
            kind="Pod",
            name="a",
            reason=reason,
            message=f"main: {kubelet_reason}: back-off 10s",
            container="main",
            fatal=True,
        )
    ]


def test_a_waiting_container_without_a_message_has_the_kubelets_reason_as_message() -> None:
    pod = manifest("Pod", "a", status=waiting("CrashLoopBackOff"))
    assert [trouble.message for trouble in found(pod)] == ["main: CrashLoopBackOff"]


def test_the_message_of_a_crash_loop_is_how_the_container_ended() -> None:
    status = waiting("CrashLoopBackOff", "back-off 40s")
    ended: dict[str, Any] = {"exitCode": 137, "reason": "OOMKilled"}
    status["containerStatuses"][0]["lastState"] = {"terminated": ended}
    pod = manifest("Pod", "a", status=status)
    expected = "main: CrashLoopBackOff: OOMKilled, exit code 137"
    assert [trouble.message for trouble in found(pod)] == [expected]
    ended |= {"exitCode": 3, "reason": "Error"}
    assert [trouble.message for trouble in found(pod)] == ["main: CrashLoopBackOff: exit code 3"]


def test_the_exit_of_an_earlier_container_does_not_hide_a_missing_secret() -> None:
    status = waiting("CreateContainerConfigError", 'secret "x" not found')
    status["containerStatuses"][0]["lastState"] = {"terminated": {"exitCode": 1}}
    (trouble,) = found(manifest("Pod", "a", status=status))
    assert trouble.message == 'main: CreateContainerConfigError: secret "x" not found'
    assert trouble.reason is Reason.CONFIG_ERROR


def test_a_first_failed_image_pull_is_not_fatal() -> None:
    pod = manifest("Pod", "a", status=waiting("ErrImagePull", "no such host"))
    assert found(pod) == [
        Trouble(
            kind="Pod",
            name="a",
            reason=Reason.IMAGE_PULL,
            message="main: ErrImagePull: no such host",
            container="main",
        )
    ]


def test_a_container_that_exited_once_is_not_fatal() -> None:
    state = {"terminated": {"exitCode": 3, "reason": "Error"}}
    pod = manifest("Pod", "a", status={"containerStatuses": [{"name": "main", "state": state}]})
    assert found(pod) == [
        Trouble(
            kind="Pod",
            name="a",
            reason=Reason.CONTAINER_EXITED,
            message="main: exit code 3",
            container="main",
        )
    ]


def test_an_init_container_that_succeeded_has_no_trouble() -> None:
    state = {"terminated": {"exitCode": 0, "reason": "Completed"}}
    assert not found(
        manifest("Pod", "a", status={"initContainerStatuses": [{"name": "init", "state": state}]})
    )


def test_a_container_that_is_being_created_has_no_trouble() -> None:
    assert not found(manifest("Pod", "a", status=waiting("ContainerCreating")))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("0/1 nodes are available: 1 Insufficient cpu.", Reason.INSUFFICIENT_RESOURCES),
        ("0/1 nodes are available: 1 node(s) had untolerated taint.", Reason.UNSCHEDULABLE),
        ("pod has unbound immediate PersistentVolumeClaims", Reason.VOLUME),
    ],
)
def test_an_unschedulable_pod_has_the_schedulers_message(message: str, reason: Reason) -> None:
    pod = manifest("Pod", "a", status=with_condition("PodScheduled", "False", message))
    assert found(pod) == [Trouble(kind="Pod", name="a", reason=reason, message=message)]


def test_the_scheduling_events_of_a_scheduled_pod_are_ignored() -> None:
    pod = manifest("Pod", "a", status=with_condition("PodScheduled", "True"))
    assert not found(pod, event(pod, "FailedScheduling", "0/1 nodes are available"))
    (trouble,) = found(pod, event(pod, "FailedMount", "timed out"))
    assert (trouble.message, trouble.reason) == ("timed out", Reason.VOLUME)


def test_a_failed_probe_has_its_reason() -> None:
    pod = manifest("Pod", "a", status=with_condition("PodScheduled", "True"))
    (trouble,) = found(pod, event(pod, "Unhealthy", "Readiness probe failed: 503"))
    assert trouble.reason is Reason.PROBE_FAILED


def test_the_message_of_a_simulated_kubelet_comes_before_events() -> None:
    pod = manifest("Pod", "a")
    objects = [pod, event(pod, "FailedMount", "timed out")]
    (trouble,) = troubles(
        ClusterState(objects), NAMESPACE, pending_message=lambda _pod: 'secret "x" not found'
    )
    assert trouble == Trouble(
        kind="Pod", name="a", reason=Reason.CONFIG_ERROR, message='secret "x" not found'
    )


def test_an_event_about_an_earlier_pod_of_the_same_name_is_ignored() -> None:
    pod = manifest("Pod", "a")
    earlier = manifest("Pod", "a", metadata={"uid": "another"})
    assert not found(pod, event(earlier, "FailedMount", "old"))


def test_a_pod_that_has_ended_or_is_terminating_has_no_trouble() -> None:
    broken = waiting("CrashLoopBackOff")
    assert not found(
        manifest("Pod", "a", status={**broken, "phase": "Succeeded"}),
        manifest("Pod", "b", metadata={"deletionTimestamp": "now"}, status=broken),
    )
