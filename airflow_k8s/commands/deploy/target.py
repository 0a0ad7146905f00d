"""The cluster that a stack names; the current context of the kubeconfig plays no role."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import ApiError, Cluster, UnreachableError
from airflow_k8s.kube.kubectl import Kubectl, bound
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.toolchain.command import CommandError


@dataclass(frozen=True, kw_only=True)
class Target:
    """The cluster of a stack."""

    settings: Settings
    kubectl: Kubectl
    cluster: Cluster
    server: str  # its address
    version: str  # of Kubernetes

    @property
    def context(self) -> str:
        """The context of the kubeconfig that the stack names."""
        return self.kubectl.context

    def __str__(self) -> str:
        return f"{self.context}: {self.server}, Kubernetes {self.version}"


@contextmanager
def open_target(settings: Settings, notify: Callable[[str], None]) -> Generator[Target]:
    """Connects to the cluster of the stack's context, by a kubeconfig that has only that context.

    Raises UserError if there is no such context, or if the cluster does not answer.
    """
    context = settings.cluster.context
    with tempfile.TemporaryDirectory(prefix="airflow-platform-") as folder:
        try:
            kubectl = bound(context, Path(folder) / "kubeconfig", notify)
        except CommandError as failed:
            raise UserError(
                f"the kubeconfig has no usable context {context}: {failed}\n`kubectl config"
                " get-contexts -o name` lists its contexts, and `pulumi config set --path"
                " cluster.context NAME` sets another for the stack"
            ) from failed
        try:
            server = kubectl.ask("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")
            cluster = Cluster(kubectl.kubeconfig)
        except UserError as failed:
            raise UserError(
                f"context {context} of the kubeconfig can't be used: {failed}"
            ) from failed
        try:
            yield Target(
                settings=settings,
                kubectl=kubectl,
                cluster=cluster,
                server=server,
                version=_version(cluster, context, server),
            )
        finally:
            cluster.close()


def _version(cluster: Cluster, context: str, server: str) -> str:
    try:
        return cluster.version()
    except ApiError as refused:
        raise UserError(
            f"{server} of context {context} refuses your login: {refused}\nlog in to it again, the"
            " way its administrators describe"
        ) from refused
    except UnreachableError as error:
        raise UserError(
            f"{server} of context {context} does not answer: {error}\nis the cluster running, and"
            " does it need a VPN, or does a firewall block it? Compare `kubectl --context"
            f" {context} version`"
        ) from error
