"""What is told to keep things from coming up."""

from typing import Any

import pytest

from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.state import WAITS, World

NAMESPACE = "airflow"


def made(kind: str, name: str, **fields: Any) -> dict[str, Any]:
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
    each = made("Event", f"{about['metadata']['name']}.{when}{reason}")
    return each | {
        "involvedObject": {"uid": about["metadata"]["uid"]},
        "reason": reason,
        "message": message,
        "lastTimestamp": when,
    }


def waiting(reason: str, message: str = "", *, part: str = "containerStatuses") -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {part: [{"name": "main", "state": state}]}


def told(*objects: dict[str, Any]) -> list[Trouble]:
    return troubles(World(objects), NAMESPACE)


def test_nothing_is_told_of_what_is_well() -> None:
    pod = made("Pod", "a", status=with_condition("Ready", "True"))
    claim = made("PersistentVolumeClaim", "c", status={"phase": "Bound"})
    assert not told(
        pod,
        event(pod, "Unhealthy", "was slow"),
        claim,
        event(claim, "ProvisioningFailed", "was slow"),
        made("Job", "j", spec={"parallelism": 1}, status={"succeeded": 1}),
        made("ReplicaSet", "r", spec={"replicas": 1}, status={"replicas": 1}),
    )


def test_nothing_is_told_of_other_namespaces() -> None:
    job = made("Job", "j", status=with_condition("Failed", "True", "no"))
    assert told(job)
    job["metadata"]["namespace"] = "other"
    assert not told(job)


def test_a_failed_job_is_told_at_once() -> None:
    job = made("Job", "migration", status=with_condition("Failed", "True", "backoff limit"))
    assert told(job) == [Trouble(kind="Job", name="migration", words="backoff limit", at_once=True)]


def test_pods_that_are_refused_are_told_of_the_deployment_that_wants_them() -> None:
    deployment = made("Deployment", "airflow-scheduler", spec={"replicas": 1})
    owner = {"kind": "Deployment", "name": "airflow-scheduler"}
    replica_set = made(
        "ReplicaSet",
        "airflow-scheduler-1",
        metadata={"ownerReferences": [owner]},
        spec={"replicas": 1},
        status=with_condition("ReplicaFailure", "True", "exceeded quota"),
    )
    assert told(deployment, replica_set) == [
        Trouble(kind="Deployment", name="airflow-scheduler", words="exceeded quota")
    ]


def test_where_no_condition_says_why_an_event_does() -> None:
    stateful_set = made("StatefulSet", "db", spec={"replicas": 2}, status={"replicas": 1})
    words = "violates PodSecurity"
    assert told(stateful_set, event(stateful_set, "FailedCreate", words)) == [
        Trouble(kind="StatefulSet", name="db", words=words)
    ]
    there = stateful_set | {"status": {"replicas": 2}}
    assert not told(there, event(there, "FailedCreate", words)), "it was mended meanwhile"


def test_a_claim_that_stays_pending_says_what_its_provisioner_said_last() -> None:
    claim = made("PersistentVolumeClaim", "data", status={"phase": "Pending"})
    assert told(
        claim,
        event(claim, "ProvisioningFailed", "new", when="2025-01-01T00:00:02Z"),
        event(claim, "ProvisioningFailed", "old", when="2025-01-01T00:00:01Z"),
        event(claim, "WaitForFirstConsumer", "waits", when="2025-01-01T00:00:03Z"),
    ) == [Trouble(kind="PersistentVolumeClaim", name="data", words="new")]


def test_a_claim_that_just_waits_for_a_pod_is_no_trouble() -> None:
    claim = made("PersistentVolumeClaim", "data", status={"phase": "Pending"})
    assert not told(claim, event(claim, "WaitForFirstConsumer", "waits"))


@pytest.mark.parametrize("part", ["initContainerStatuses", "containerStatuses"])
@pytest.mark.parametrize("reason", ["CrashLoopBackOff", "ImagePullBackOff"])
def test_what_waiting_will_not_mend_is_told_at_once(part: str, reason: str) -> None:
    pod = made("Pod", "a", status=waiting(reason, "back-off 10s", part=part))
    words = f"main: {reason}: back-off 10s"
    assert told(pod) == [Trouble(kind="Pod", name="a", words=words, at_once=True)]


def test_a_container_that_says_nothing_more_is_told_by_its_reason() -> None:
    pod = made("Pod", "a", status=waiting("CrashLoopBackOff"))
    assert [t.words for t in told(pod)] == ["main: CrashLoopBackOff"]


def test_a_crash_loop_says_how_the_container_ended_rather_than_how_long_it_is_left_alone() -> None:
    status = waiting("CrashLoopBackOff", "back-off 40s")
    ended: dict[str, Any] = {"exitCode": 137, "reason": "OOMKilled"}
    status["containerStatuses"][0]["lastState"] = {"terminated": ended}
    pod = made("Pod", "a", status=status)
    assert [t.words for t in told(pod)] == ["main: CrashLoopBackOff: OOMKilled, exit code 137"]
    ended |= {"exitCode": 3, "reason": "Error"}
    assert [t.words for t in told(pod)] == ["main: CrashLoopBackOff: exit code 3"]


def test_what_a_container_of_before_did_does_not_hide_why_it_is_not_made_now() -> None:
    status = waiting("CreateContainerConfigError", 'secret "x" not found')
    status["containerStatuses"][0]["lastState"] = {"terminated": {"exitCode": 1}}
    (trouble,) = told(made("Pod", "a", status=status))
    assert trouble.words == 'main: CreateContainerConfigError: secret "x" not found'


def test_a_container_between_two_tries_is_in_trouble_that_may_pass() -> None:
    pull = made("Pod", "a", status=waiting("ErrImagePull", "no such host"))
    assert told(pull) == [Trouble(kind="Pod", name="a", words="main: ErrImagePull: no such host")]
    state = {"terminated": {"exitCode": 3, "reason": "Error"}}
    ended = made("Pod", "a", status={"containerStatuses": [{"name": "main", "state": state}]})
    assert told(ended) == [Trouble(kind="Pod", name="a", words="main: exit code 3")]


def test_an_init_container_that_did_its_work_is_no_trouble() -> None:
    state = {"terminated": {"exitCode": 0, "reason": "Completed"}}
    assert not told(
        made("Pod", "a", status={"initContainerStatuses": [{"name": "init", "state": state}]})
    )


def test_a_container_that_is_being_made_is_no_trouble() -> None:
    assert not told(made("Pod", "a", status=waiting("ContainerCreating")))


def test_a_pod_that_no_node_takes_says_so_in_the_schedulers_words() -> None:
    words = "0/1 nodes are available: 1 Insufficient cpu."
    pod = made("Pod", "a", status=with_condition("PodScheduled", "False", words))
    assert told(pod) == [Trouble(kind="Pod", name="a", words=words)]


def test_what_the_scheduler_said_before_it_found_a_node_is_past() -> None:
    pod = made("Pod", "a", status=with_condition("PodScheduled", "True"))
    assert not told(pod, event(pod, "FailedScheduling", "0/1 nodes are available"))
    assert [t.words for t in told(pod, event(pod, "FailedMount", "no such Secret"))] == [
        "no such Secret"
    ]


def test_a_simulated_pod_says_what_it_waits_for() -> None:
    pod = made("Pod", "a", metadata={"annotations": {WAITS: 'secret "x" not found'}})
    assert told(pod) == [Trouble(kind="Pod", name="a", words='secret "x" not found')]


def test_an_event_about_an_earlier_pod_of_that_name_does_not_count() -> None:
    pod = made("Pod", "a")
    earlier = made("Pod", "a", metadata={"uid": "another"})
    assert not told(pod, event(earlier, "FailedMount", "old"))


def test_a_pod_that_ends_or_has_ended_is_no_trouble() -> None:
    broken = waiting("CrashLoopBackOff")
    assert not told(
        made("Pod", "a", status={**broken, "phase": "Succeeded"}),
        made("Pod", "b", metadata={"deletionTimestamp": "now"}, status=broken),
    )
