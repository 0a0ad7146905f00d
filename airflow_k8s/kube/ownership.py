"""Objects that nobody declares: the control plane makes them by itself."""

from airflow_k8s.kube.manifest import Manifest

CONTROL_PLANE_KINDS = frozenset(
    {
        "ControllerRevision",
        "EndpointSlice",
        "Endpoints",
        "Event",
        "Lease",
        "NodeMetrics",
        "PodMetrics",
    }
)
"""The kinds whose objects the control plane makes by itself. Some have the labels of the object
that they were made for, and some have no owner.

ReplicaSets are not among them: each has an owner, the Deployment that made it.
"""

_IN_EVERY_NAMESPACE = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})


def is_in_every_namespace(manifest: Manifest) -> bool:
    """Whether the control plane makes this object in every namespace."""
    return (manifest["kind"], manifest["metadata"]["name"]) in _IN_EVERY_NAMESPACE
