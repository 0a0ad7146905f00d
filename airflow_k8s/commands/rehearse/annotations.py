"""How a rehearsal marks what it makes on a cluster, since it keeps no state of its own."""

from airflow_k8s.kube.manifest import Manifest

LABEL = "rehearsal.airflow-platform/stack"  # on all of it, with the stack's name
URN = "rehearsal.airflow-platform/urn"  # annotations: which resource it was made for
INPUTS = "rehearsal.airflow-platform/inputs"  # of a Helm release: a digest of what made it
PROTECT = "rehearsal.airflow-platform/protect"
RETAIN = "rehearsal.airflow-platform/retain-on-delete"
MANAGER = "airflow-platform-rehearsal"  # of fields
START = "rehearsal.airflow-platform/start"  # of a pod: the simulated kubelet starts it
WAITS = "rehearsal.airflow-platform/waits"  # of a pod: why the simulated kubelet does not start it


def pending_message(pod: Manifest) -> str:
    """Why the simulated kubelet does not start a pod; empty if it starts it."""
    return str(pod["metadata"].get("annotations", {}).get(WAITS, ""))
