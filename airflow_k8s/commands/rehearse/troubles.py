"""The troubles of a cluster whose kubelets may be simulated. Pure."""

from airflow_k8s.commands.rehearse.annotations import pending_message
from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.state import ClusterState


def find_troubles(state: ClusterState, namespace: str) -> list[Trouble]:
    """The troubles of a namespace, including those that the simulated kubelet reports."""
    return troubles(state, namespace, pending_message=pending_message)
