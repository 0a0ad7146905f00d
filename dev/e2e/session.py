"""Prepares a cluster for the test, and cleans it up afterwards."""

import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from airflow_k8s.airflow_api import Api
from airflow_k8s.commands.rehearse import release
from airflow_k8s.commands.rehearse.cleanup import delete_stack
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.kubectl import Kubectl, bound
from airflow_k8s.kube.port_forward import Forward
from airflow_k8s.rendering.charts import find_chart
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain.helm import find_helm
from dev.e2e import deployer, git_server, ownership, program
from dev.e2e.cluster_directory import name_server_cidrs, read_directory
from dev.e2e.context import NAMESPACES, Context
from dev.e2e.program import NAMESPACE, STACK
from dev.e2e.runs import Runs
from dev.e2e.watcher import Watcher

_ROOT = Path(__file__).parents[2]
_BUILD = _ROOT / "build" / "e2e"
_LOGS = _BUILD / "logs"
_NAMESPACE_SECONDS = 300.0  # that the deletion of a namespace may take


class DeployerName(StrEnum):
    """What deploys the stack."""

    PULUMI = "pulumi"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a maintainer chooses on the command line."""

    kube_context: str  # of the kubeconfig; empty means its current context
    airflow_image: program.Image
    next_airflow_image: program.Image  # to which the step `changes` changes
    tasks_image: program.Image
    deployer: DeployerName | None  # None means Pulumi, if its CLI is on PATH
    enforced: bool  # fail if the cluster does not enforce NetworkPolicies
    keep: bool  # do not delete the stack at the end


@contextmanager
def prepared_context(options: Options, out: Console) -> Generator[Context]:
    """The context for the steps.

    Objects of an earlier test are deleted before, and those of this one after it. Raises UserError,
    and changes nothing, if a namespace exists that no test created.
    """

    def notify(text: str) -> None:
        out.print(f"  {text}")

    with ExitStack() as stack:
        stack.enter_context(_lock())
        kubectl = bound(options.kube_context, _BUILD / "kubeconfig", notify)
        stack.callback(kubectl.kubeconfig.unlink, missing_ok=True)
        cluster = Cluster(kubectl.kubeconfig)
        stack.callback(cluster.close)
        stack_namespace, git_namespace = (
            cluster.get("v1", "Namespace", name) for name in NAMESPACES
        )
        ownership.refuse_foreign_namespaces(stack_namespace, git_namespace, cluster.context)
        helm = find_helm(notify)
        out.print(f"context {cluster.context}, Kubernetes {cluster.version()}")
        _delete_stack(cluster, helm)
        _clear_build_folder()
        copy = _copy_program(options, kubectl, cluster, helm, notify)
        deploys = _deployer(options.deployer, copy, kubectl, cluster, helm)
        images = f"{options.airflow_image} and {options.tasks_image}"
        out.print(f"deployed by {deploys.label}, with {images}")
        forward = _port_forward(kubectl)
        stack.callback(forward.close)
        api = Api(forward.address, forward.close)
        stack.callback(api.close)
        watcher = Watcher(cluster=cluster, kubectl=kubectl, namespaces=NAMESPACES)
        if not options.keep:
            stack.callback(_delete_stack, cluster, helm)
        stack.enter_context(watcher.watching())
        yield Context(
            kubectl=kubectl,
            cluster=cluster,
            program=copy,
            deployer=deploys,
            forward=forward,
            api=api,
            watcher=watcher,
            runs=Runs(api=api),
            image=options.airflow_image,
            next_image=options.next_airflow_image,
            enforced=options.enforced,
            notify=notify,
        )


@contextmanager
def _lock() -> Generator[None]:
    """Raises UserError if another test of this checkout runs: two tests would delete each other's
    stack."""
    _BUILD.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(_BUILD / "lock", timeout=0):
            yield
    except Timeout:
        raise UserError("another e2e of this checkout is running") from None


def _clear_build_folder() -> None:
    for folder in (_LOGS, _BUILD / "state"):
        shutil.rmtree(folder, ignore_errors=True)
    _LOGS.mkdir(parents=True)


def _copy_program(
    options: Options,
    kubectl: Kubectl,
    cluster: Cluster,
    helm: Path,
    notify: Callable[[str], None],
) -> program.Program:
    settings = settings_in(stack_config(_ROOT, STACK), _ROOT).chart
    chart = find_chart(
        settings, helm=helm, program=_ROOT, explicit=None, strict=True, notify=notify
    )
    copy = program.copy_program(_ROOT, _BUILD / "program", chart.path)
    copy.change_settings(
        program.stack_settings(
            context=kubectl.context,
            airflow=options.airflow_image,
            tasks=options.tasks_image,
            dags=program.Dags(
                repo=git_server.address(),
                folder=git_server.FOLDER,
                namespace=git_server.NAMESPACE,
                port=git_server.PORT,
            ),
            dns_cidrs=_dns_cidrs(cluster),
        )
    )
    return copy


def _dns_cidrs(cluster: Cluster) -> list[str]:
    """The setting network.dns.cidrs for this cluster."""
    service = cluster.get("v1", "Service", "kube-dns", "kube-system")
    if not service:
        return []
    return name_server_cidrs(read_directory(cluster), service["spec"]["clusterIP"])


def _deployer(
    choice: DeployerName | None,
    copy: program.Program,
    kubectl: Kubectl,
    cluster: Cluster,
    helm: Path,
) -> deployer.Deployer:
    has_pulumi = shutil.which("pulumi") is not None
    if choice is DeployerName.PULUMI or (choice is None and has_pulumi):
        return deployer.PulumiDeployer(copy, kubectl, state=_BUILD / "state", logs=_LOGS)
    return deployer.RehearsalDeployer(copy, kubectl, cluster, helm=helm, logs=_LOGS)


def _port_forward(kubectl: Kubectl) -> Forward:
    return Forward(
        kubectl,
        namespace=NAMESPACE,
        service=f"{names.RELEASE}-api-server",
        port=8080,
        log=_LOGS / "port-forward.log",
    )


def _delete_stack(cluster: Cluster, helm: Path) -> None:
    """Deletes both namespaces and the release, also if a deployment stopped half-way."""
    if cluster.get("v1", "Namespace", NAMESPACE) is not None:
        release.uninstall(helm, cluster.kubeconfig, names.RELEASE, NAMESPACE)
    for namespace in NAMESPACES:
        delete_stack(cluster, helm, namespace, timeout=_NAMESPACE_SECONDS)
