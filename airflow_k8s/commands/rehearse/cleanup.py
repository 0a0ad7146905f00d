"""Deletes a rehearsed stack from a cluster that exists independently of the rehearsal."""

import time
from pathlib import Path

from airflow_k8s.commands.rehearse import prune, release
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster


def delete_stack(cluster: Cluster, helm: Path, namespace: str, *, timeout: float) -> None:
    """Uninstalls the releases of the namespace, deletes it, and waits until it is deleted.

    Raises UserError if the namespace still exists after `timeout` seconds.
    """
    found = cluster.get("v1", "Namespace", namespace)
    if found is None:
        return
    for name in prune.releases(cluster, namespace):
        release.uninstall(helm, cluster.kubeconfig, name, namespace)
    cluster.delete(found)
    deadline = time.monotonic() + timeout
    while cluster.get("v1", "Namespace", namespace) is not None:
        if time.monotonic() > deadline:
            raise UserError(
                f"namespace {namespace} was not deleted within {timeout:.0f} s;"
                " check which objects in it have finalizers"
            )
        time.sleep(1)
