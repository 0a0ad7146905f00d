"""The cluster that a stack names, and no other: never the kubeconfig's current one."""

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
    """The cluster, and what it says of itself."""

    settings: Settings
    kubectl: Kubectl
    cluster: Cluster
    server: str  # its address
    version: str  # of Kubernetes

    @property
    def context(self) -> str:
        """The kubeconfig's context that the stack names."""
        return self.kubectl.context

    def __str__(self) -> str:
        return f"{self.context}: {self.server}, Kubernetes {self.version}"


@contextmanager
def target(settings: Settings, notify: Callable[[str], None]) -> Generator[Target]:
    """Asks the cluster of the stack's context who it is; all that is started with the target's
    kubeconfig sees that context alone.

    Raises UserError where there is no such context, or nobody answers.
    """
    context = settings.cluster.context
    with tempfile.TemporaryDirectory(prefix="airflow-platform-") as folder:
        try:
            kubectl = bound(context, Path(folder) / "kubeconfig", notify)
        except CommandError as failed:
            raise UserError(
                f"context {context} can't be had from the kubeconfig: {failed}\n`kubectl config"
                " get-contexts -o name` lists those that there are, and `pulumi config set --path"
                " cluster.context NAME` names another for the stack"
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
            f"{server} of context {context} does not let you in: {refused}\nlog in to it anew, as"
            " whoever runs it says"
        ) from refused
    except UnreachableError as error:
        raise UserError(
            f"{server} of context {context} does not answer: {error}\nis the cluster up, and does a"
            " VPN or a firewall stand between? `kubectl --context"
            f" {context} version` asks it too"
        ) from error
