"""The troubles that are reported while Helm waits: once when they last, and when they end."""

from collections.abc import Sequence
from typing import Any

from airflow_k8s.commands.deploy.watch import Memory, Place, progress, report
from airflow_k8s.kube.state import ClusterState

NAMESPACE = "airflow"
PLACE = Place(context="kind", namespace=NAMESPACE)


def pod(status: dict[str, Any], name: str = "scheduler-1") -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, "uid": name}
    return {"kind": "Pod", "metadata": metadata, "spec": {}, "status": status}


def crashing(code: int = 3) -> dict[str, Any]:
    return {
        "containerStatuses": [
            {
                "name": "scheduler",
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": code, "reason": "Error"}},
            }
        ]
    }


def pulling(reason: str) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": "no such host"}}
    return {"containerStatuses": [{"name": "scheduler", "state": state}]}


TRYING = {"containerStatuses": [{"name": "scheduler", "state": {"running": {}}}]}
READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def unscheduled(message: str) -> dict[str, Any]:
    return {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}


def reported(*polls: tuple[float, Sequence[dict[str, Any]]]) -> list[str]:
    """The lines that are printed for one poll after the other; a poll has its time in seconds."""
    memory: Memory = {}
    lines: list[str] = []
    for now, objects in polls:
        memory, new = report(memory, ClusterState(objects), PLACE, now)
        lines += new
    return lines


def test_a_crash_loop_is_reported_immediately_with_the_command_that_prints_the_log() -> None:
    assert reported((0, [pod(crashing())])) == [
        "! Pod scheduler-1: scheduler: CrashLoopBackOff: exit code 3"
        " (kubectl --context kind -n airflow logs scheduler-1 -c scheduler --previous)"
    ]


def test_a_crash_loop_is_reported_once_though_its_container_runs_in_between() -> None:
    polls = [(3.0 * n, [pod(TRYING if n % 2 else crashing())]) for n in range(20)]
    assert len(reported(*polls)) == 1


def test_an_image_that_can_not_be_pulled_is_reported_once_though_its_reason_alternates() -> None:
    polls = [
        (3.0 * n, [pod(pulling("ErrImagePull" if n % 2 else "ImagePullBackOff"))])
        for n in range(20)
    ]
    assert [line.split(": ")[2] for line in reported(*polls)] == ["ImagePullBackOff"]


def test_another_trouble_of_the_same_pod_is_reported_too() -> None:
    lines = reported((0, [pod(pulling("ImagePullBackOff"))]), (60, [pod(crashing())]))
    assert [line.split(": ")[2] for line in lines] == ["ImagePullBackOff", "CrashLoopBackOff"]


def test_the_end_of_a_reported_trouble_is_reported() -> None:
    assert reported((0, [pod(crashing())]), (3, [pod(READY)]))[1:] == [
        "! Pod scheduler-1: is ready now"
    ]
    assert reported((0, [pod(crashing())]), (3, []))[1:] == ["! Pod scheduler-1: is gone"]


def test_a_pending_pod_is_reported_with_the_message_of_the_scheduler_once_it_lasts() -> None:
    first = pod(unscheduled("0/1 nodes are available: 1 Insufficient cpu."))
    then = pod(unscheduled("0/2 nodes are available: 2 Insufficient cpu."))
    assert reported((0, [first]), (9, [first])) == []
    assert reported((0, [first]), (9, [then]), (18, [then]), (60, [first])) == [
        "! Pod scheduler-1: 0/2 nodes are available: 2 Insufficient cpu."
    ]


def test_a_trouble_that_ends_soon_is_never_reported() -> None:
    claim = pod(unscheduled("pod has unbound immediate PersistentVolumeClaims"))
    assert reported((0, [claim]), (6, [pod(TRYING)]), (30, [pod(READY)])) == []


def test_a_failed_probe_is_reported_if_the_start_takes_long() -> None:
    starting = pod(TRYING)
    probe = {
        "kind": "Event",
        "metadata": {"name": "probe", "namespace": NAMESPACE},
        "involvedObject": {"uid": "scheduler-1"},
        "reason": "Unhealthy",
        "message": "Startup probe failed: command timed out after 20s",
    }
    assert reported((0, [starting, probe]), (90, [starting, probe])) == []
    assert len(reported((0, [starting, probe]), (150, [starting, probe]))) == 1


def workload(name: str, *, ready: int, updated: int = 1) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "generation": 2},
        "spec": {"replicas": 1},
        "status": {
            "observedGeneration": 2,
            "replicas": 1,
            "updatedReplicas": updated,
            "readyReplicas": ready,
        },
    }


def test_a_workload_that_is_not_rolled_out_is_named() -> None:
    state = ClusterState([workload("scheduler", ready=0), workload("statsd", ready=1)])
    assert progress(state, NAMESPACE) == "ready: 1 of 2; waiting for scheduler"


def test_a_ready_pod_of_the_old_version_does_not_count() -> None:
    state = ClusterState([workload("scheduler", ready=1, updated=0)])
    assert progress(state, NAMESPACE) == "ready: 0 of 1; waiting for scheduler"


def test_an_empty_namespace_has_no_progress() -> None:
    assert progress(ClusterState([]), NAMESPACE) == ""
