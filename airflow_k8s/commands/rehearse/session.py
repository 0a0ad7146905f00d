"""A rehearsal from its options to its report: finds the tools, starts the cluster, cleans up."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from rich.console import Console

from airflow_k8s.commands.dags.reader import reader
from airflow_k8s.commands.rehearse import embedded, live_view, run
from airflow_k8s.commands.rehearse.annotations import LABEL
from airflow_k8s.commands.rehearse.bootstrap import bootstrap_cluster
from airflow_k8s.commands.rehearse.charts import ChartFinder
from airflow_k8s.commands.rehearse.cleanup import delete_stack
from airflow_k8s.commands.rehearse.inventory import Inventory, read_inventory
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.console.text import amount
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering import revision
from airflow_k8s.stack.stack_file import settings_in, stack_config
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.helm import find_helm

# Seconds without a change of the cluster after which waiting ends. A real cluster may pull images
# or start nodes in this time.
_IDLE_TIMEOUT, _IDLE_TIMEOUT_ON_REAL_NODES = 12.0, 300.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command."""

    project: Path
    """The folder that holds Pulumi.yaml."""
    stack: str
    base: str = ""
    """A git revision that is installed first and then upgraded to the checkout; empty for none."""
    inventory: Path | None = None
    """The file that describes the cluster; None for clusters/STACK.yaml of the project."""
    cluster: Literal["embedded", "current"] = "embedded"
    """A control plane of its own, or the kubeconfig's current context."""
    dags: Path | None = None
    """The folder of DAG files; None for dags/ of the project."""
    chart: Path | None = None
    """The chart's archive or folder; None to look for it."""
    strict: bool = False
    """Whether the stand-in chart is an error."""
    keep: bool = False
    """Whether the stack and its cluster are kept at the end."""


def rehearse(options: Options, out: Console, notify: Callable[[str], None]) -> Report:
    """Brings the stack up, and deletes it at the end unless it should be kept.

    Raises UserError for problems that a user can fix, and pulumi.RunError for wrong settings.
    """
    program = options.project
    config = stack_config(program, options.stack)
    settings = settings_in(config, program)
    helm = find_helm(notify)
    progress = Progress()
    with ExitStack() as stack:
        updates = [run.Update(program=program, config=config, phase="installation")]
        revision_name = "the existing objects"
        if options.base:
            base = stack.enter_context(revision.checked_out(program, options.base))
            revision_name = revision.short(program, options.base)
            updates = [
                run.Update(
                    program=base,
                    config=stack_config(base, options.stack),
                    phase=f"installation of {revision_name}",
                ),
                replace(updates[0], phase="upgrade"),
            ]
        airflow = stack.enter_context(reader(notify))
        stack.enter_context(live_view.live(progress, out))
        target = stack.enter_context(_target(options, settings.namespace, helm, progress, notify))
        rehearsal = run.Rehearsal(
            target=target,
            updates=updates,
            settings=settings,
            charts=ChartFinder(
                helm=helm,
                program=program,
                explicit=options.chart,
                strict=options.strict,
                notify=notify,
            ),
            progress=progress,
            read_dags=partial(airflow.read, options.dags or program / "dags"),
            revision=revision_name,
        )
        target.cluster.warn = rehearsal.warn
        report = rehearsal.run()
        if options.keep:
            return replace(report, kubeconfig=str(target.cluster.kubeconfig or ""))
        return report


@contextmanager
def _target(
    options: Options,
    namespace: str,
    helm: Path,
    progress: Progress,
    notify: Callable[[str], None],
) -> Generator[run.Target]:
    if options.cluster == "current":
        yield from _current(namespace, helm, keep=options.keep)
        return
    inventory = _inventory(options)
    tools = find_control_plane(notify)
    with ExitStack() as stack:
        with progress.phase("control plane"):
            running = stack.enter_context(
                embedded.control_plane(tools, keep=options.keep, notify=notify)
            )
            cluster = Cluster(running.kubeconfig)
            stack.callback(cluster.close)
            caveats = bootstrap_cluster(cluster, inventory, notify)
        nodes = sum(pool.count for pool in inventory.nodes)
        yield run.Target(
            cluster=cluster,
            description=f"embedded Kubernetes {cluster.version()},"
            f" {amount(nodes, 'simulated node')}",
            simulated=True,
            operators=inventory.operators,
            caveats=caveats,
            idle_timeout=_IDLE_TIMEOUT,
            memory=running.memory,
        )


def _current(namespace: str, helm: Path, *, keep: bool) -> Generator[run.Target]:
    cluster = Cluster(None)
    metadata = (cluster.get("v1", "Namespace", namespace) or {}).get("metadata", {})
    exists = f"namespace {namespace} exists in context {cluster.context}"
    if metadata and LABEL not in metadata.get("labels", {}):
        raise UserError(f"{exists}, and no rehearsal created it; nothing was changed")
    if "deletionTimestamp" in metadata:
        raise UserError(f"{exists} and is terminating; try again in a moment")
    target = run.Target(
        cluster=cluster,
        description=f"context {cluster.context}, Kubernetes {cluster.version()}",
        simulated=False,
        caveats=[f"not changed, only validated: objects outside namespace {namespace}"],
        idle_timeout=_IDLE_TIMEOUT_ON_REAL_NODES,
        poll_interval=1,
    )
    try:
        yield target
    finally:
        if not keep:
            delete_stack(cluster, helm, namespace, timeout=target.idle_timeout)
        cluster.close()


def _inventory(options: Options) -> Inventory:
    file = options.inventory or options.project / "clusters" / f"{options.stack}.yaml"
    if not options.inventory and not file.exists():
        return Inventory()
    return read_inventory(file)
