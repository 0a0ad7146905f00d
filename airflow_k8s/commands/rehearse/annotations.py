"""Labels and annotations that a rehearsal sets on its objects, because it has no state."""

from airflow_k8s.kube.manifest import Manifest

LABEL = "rehearsal.airflow-platform/stack"  # on every object; the value is the stack's name
URN = "rehearsal.airflow-platform/urn"  # annotation: the Pulumi resource that created the object
INPUTS = "rehearsal.airflow-platform/inputs"  # on Secrets of a release: the digest of its inputs
PROTECT = "rehearsal.airflow-platform/protect"  # annotation: as Pulumi's option protect
RETAIN = "rehearsal.airflow-platform/retain-on-delete"  # annotation: as that option of Pulumi
MANAGER = "airflow-platform-rehearsal"  # the field manager of server-side apply
START = "rehearsal.airflow-platform/start"  # on a pod: the simulated kubelet starts it
WAITS = "rehearsal.airflow-platform/waits"  # on a pod: why the simulated kubelet does not start it


def pending_message(pod: Manifest) -> str:
    """Why the simulated kubelet does not start a pod; empty if it starts it."""
    return str(pod["metadata"].get("annotations", {}).get(WAITS, ""))
