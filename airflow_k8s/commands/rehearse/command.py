"""`python -m rehearsal`: brings a stack up where it harms nobody, and tells what happened."""

import argparse
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import pulumi
from rich.console import Console

from airflow_k8s.commands.dags.reader import reader
from airflow_k8s.commands.rehearse import embedded, live_view, run, terminal
from airflow_k8s.commands.rehearse.annotations import LABEL
from airflow_k8s.commands.rehearse.as_json import as_json
from airflow_k8s.commands.rehearse.bootstrap import bootstrap_cluster
from airflow_k8s.commands.rehearse.charts import ChartFinder
from airflow_k8s.commands.rehearse.cleanup import delete_stack
from airflow_k8s.commands.rehearse.html_report import page
from airflow_k8s.commands.rehearse.inventory import Inventory, read_inventory
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Report
from airflow_k8s.console.text import amount
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.rendering import revision
from airflow_k8s.stack.stack_file import settings_in, stack_config, stacks
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.helm import find_helm

PROGRAM = Path(__file__).parents[3]
_INVENTORIES = PROGRAM / "clusters"
# Seconds in which nothing moves. A real cluster may pull images or buy nodes meanwhile.
_IDLE_TIMEOUT, _IDLE_TIMEOUT_ON_REAL_NODES = 12.0, 300.0


def main(arguments: list[str]) -> int:
    """Exit status: 0 it comes up, 1 it does not, or a problem that is told in one message."""
    options = _parser().parse_args(arguments)
    out = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 120)
    err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def notify(text: str) -> None:
        err.print(text, style="dim")

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.forget:
            embedded.delete_unused(find_control_plane(notify), notify, kept=True)
            return 0
        report = _rehearse(options, out, notify)
    except (UserError, OSError) as problem:
        err.print(f"rehearsal: {problem}", style="red")
        return 1
    except pulumi.RunError as problem:
        err.print(f"rehearsal: Pulumi.{options.stack}.yaml: {problem}", style="red")
        return 1
    except KeyboardInterrupt:
        left = "what is left was to be kept" if options.keep else "nothing of it is left"
        err.print(f"rehearsal: interrupted; {left}", style="red")
        return 130
    for line in terminal.report_lines(report):
        out.print(line)
    if options.html:
        options.html.write_text(page(report), encoding="utf-8")
        notify(f"the report is in {options.html}")
    if options.json:
        options.json.write_text(as_json(report) + "\n", encoding="utf-8")
    return 1 if report.failed else 0


def _rehearse(options: argparse.Namespace, out: Console, notify: Callable[[str], None]) -> Report:
    config = stack_config(PROGRAM, options.stack)
    settings = settings_in(config, PROGRAM)
    helm = find_helm(notify)
    progress = Progress()
    with ExitStack() as stack:
        updates = [run.Update(program=PROGRAM, config=config, phase="bringing it up")]
        told = "what was there"
        if options.base:
            base = stack.enter_context(revision.checked_out(PROGRAM, options.base))
            told = revision.short(PROGRAM, options.base)
            updates = [
                run.Update(
                    program=base,
                    config=stack_config(base, options.stack),
                    phase=f"bringing up {told}",
                ),
                replace(updates[0], phase="upgrading"),
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
                program=PROGRAM,
                explicit=options.chart,
                strict=options.strict,
                notify=notify,
            ),
            progress=progress,
            read_dags=partial(airflow.read, options.dags),
            revision=told,
        )
        target.cluster.warn = rehearsal.warn
        report = rehearsal.run()
        if options.keep:
            return replace(report, kubeconfig=str(target.cluster.kubeconfig or ""))
        return report


@contextmanager
def _target(
    options: argparse.Namespace,
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
        with progress.phase("starting the control plane"):
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
    there = f"namespace {namespace} is there in context {cluster.context}"
    if metadata and LABEL not in metadata.get("labels", {}):
        raise UserError(f"{there}, and no rehearsal made it: nothing was touched")
    if "deletionTimestamp" in metadata:
        raise UserError(f"{there}, but is about to go: try again in a moment")
    target = run.Target(
        cluster=cluster,
        description=f"context {cluster.context}, Kubernetes {cluster.version()}",
        simulated=False,
        caveats=[f"nothing outside of namespace {namespace} was changed, only checked"],
        idle_timeout=_IDLE_TIMEOUT_ON_REAL_NODES,
        poll_interval=1,
    )
    try:
        yield target
    finally:
        if not keep:
            delete_stack(cluster, helm, namespace, timeout=target.idle_timeout)
        cluster.close()


def _inventory(options: argparse.Namespace) -> Inventory:
    file = options.inventory or _INVENTORIES / f"{options.stack}.yaml"
    if not options.inventory and not file.exists():
        return Inventory()
    return read_inventory(file)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Brings a stack up on a real Kubernetes control plane with simulated nodes, and"
        " tells what it accepts, admits and schedules. Needs no cluster, no account, no Pulumi CLI"
        " and no secret.",
    )
    parser.add_argument(
        "--stack", choices=stacks(PROGRAM), default="dev", help="which stack (%(default)s)"
    )
    parser.add_argument(
        "--from",
        dest="base",
        metavar="REVISION",
        help="bring up this git revision first, then today's on top of it",
    )
    parser.add_argument("--inventory", type=Path, help="what the cluster has (clusters/STACK.yaml)")
    parser.add_argument(
        "--cluster",
        choices=("embedded", "current"),
        default="embedded",
        help="a control plane of its own, or the kubeconfig's current context, where only a"
        " namespace that is absent or a rehearsal's own is used (%(default)s)",
    )
    parser.add_argument(
        "--chart", type=Path, help="the chart's archive or folder, instead of looking for it"
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse the stand-in when the chart can't be had"
    )
    parser.add_argument(
        "--dags",
        type=Path,
        metavar="FOLDER",
        default=PROGRAM / "dags",
        help="whose tasks are tried (dags/)",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    parser.add_argument(
        "--keep", action="store_true", help="leave the cluster up and say how to reach it"
    )
    parser.add_argument(
        "--forget", action="store_true", help="end the embedded clusters that were kept"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
