"""The containers of a pod's spec."""

from airflow_k8s.kube.manifest import Manifest


def containers_of(pod_spec: Manifest) -> list[Manifest]:
    """The init containers and the containers of a pod's spec, in this order."""
    return [*(pod_spec.get("initContainers") or ()), *(pod_spec.get("containers") or ())]
