"""`python -m e2e`: the platform on the cluster of a kubeconfig, from its first start to its end."""

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import pulumi
from filelock import FileLock, Timeout
from rich.console import Console
from urllib3.exceptions import HTTPError

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
from dev.e2e.cluster_directory import listed, name_servers
from dev.e2e.context import Bench, namespaces
from dev.e2e.evidence import evidence
from dev.e2e.program import NAMESPACE, STACK
from dev.e2e.runs import Runs
from dev.e2e.steps.changes import changes
from dev.e2e.steps.chaos import kills
from dev.e2e.steps.down_and_up import down_and_up
from dev.e2e.steps.guards import guards
from dev.e2e.steps.pipeline import pipeline
from dev.e2e.steps.rotations import rotations
from dev.e2e.steps.up import up
from dev.e2e.table import tables
from dev.e2e.watcher import Watcher

PROGRAM = Path(__file__).parents[2]
_BUILD = PROGRAM / "build" / "e2e"
_STEPS: Mapping[str, Callable[[Bench], None]] = {
    "up": up,
    "pipeline": pipeline,
    "guards": guards,
    "kills": kills,
    "changes": changes,
    "rotations": rotations,
    "down-and-up": down_and_up,
}
_GOES = 300.0  # seconds that a namespace may take to go


def main(arguments: list[str]) -> int:
    """Exit status: 0 all is as it should be, 1 something is not."""
    options = _parser().parse_args(arguments)
    width = None if sys.stdout.isatty() else 140
    out = Console(highlight=False, markup=False, width=width, soft_wrap=True)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options, out)
    except (UserError, OSError, HTTPError) as problem:
        out.print(f"e2e: {problem}", style="red")
        return 1
    except pulumi.RunError as problem:
        out.print(f"e2e: Pulumi.{STACK}.yaml: {problem}", style="red")
        return 1
    except KeyboardInterrupt:
        out.print(
            f"e2e: interrupted; `kubectl get ns {NAMESPACE} {git_server.NAMESPACE}` says what"
            " is left, and the next run takes it away",
            style="red",
        )
        return 130


def _run(options: argparse.Namespace, out: Console) -> int:
    def say(text: str) -> None:
        out.print(f"  {text}")

    steps = _wanted(options.only)
    airflow = program.image(options.airflow_image)
    after = program.image(options.next_airflow_image)
    tasks = program.image(options.tasks_image)
    with ExitStack() as stack:
        stack.enter_context(_alone())
        kubectl = bound(options.context, _BUILD / "kubeconfig", say)
        stack.callback(kubectl.kubeconfig.unlink, missing_ok=True)
        cluster = Cluster(kubectl.kubeconfig)
        stack.callback(cluster.close)
        _refuse(cluster)
        helm = find_helm(say)
        out.print(f"context {cluster.context}, Kubernetes {cluster.version()}")
        _sweep(cluster, helm)  # of a run that was killed or told to keep it
        for folder in ("logs", "state"):
            shutil.rmtree(_BUILD / folder, ignore_errors=True)
        logs = _BUILD / "logs"
        logs.mkdir(parents=True)
        copy = _copy(kubectl, cluster, helm, airflow, tasks, say)
        deploys = _deployer(options.deployer, copy, kubectl, cluster, helm, logs)
        out.print(f"deployed by {deploys.told}, with {airflow} and {tasks}")
        forward = Forward(
            kubectl,
            namespace=NAMESPACE,
            service=f"{names.RELEASE}-api-server",
            port=8080,
            log=logs / "port-forward.log",
        )
        stack.callback(forward.close)
        api = Api(forward.address, forward.close)
        stack.callback(api.close)
        watcher = Watcher(cluster=cluster, kubectl=kubectl, namespaces=namespaces())
        bench = Bench(
            kubectl=kubectl,
            cluster=cluster,
            program=copy,
            deployer=deploys,
            forward=forward,
            api=api,
            watcher=watcher,
            runs=Runs(api=api),
            image=airflow,
            next_image=after,
            enforced=options.enforced,
            say=say,
        )
        if not options.keep:
            stack.callback(_sweep, cluster, helm)
        stack.enter_context(watcher.watching())
        return _take(steps, bench, out)


@contextmanager
def _alone() -> Generator[None]:
    """Two at once would take each other's cluster away."""
    _BUILD.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(_BUILD / "lock", timeout=0):
            yield
    except Timeout:
        raise UserError("another e2e of this checkout is running") from None


def _take(steps: Sequence[str], bench: Bench, out: Console) -> int:
    """Goes through the steps; the first that fails is the last."""
    times: list[tuple[str, float]] = []
    status = 0
    for name in steps:
        step = _STEPS[name]
        out.print(f"\n{name}: {step.__doc__}", style="bold")
        begun = time.monotonic()
        try:
            step(bench)
        except (UserError, HTTPError, OSError) as problem:
            out.print(f"{name} failed after {time.monotonic() - begun:.0f} s", style="bold red")
            _explain(problem, bench, out)
            status = 1
            break
        times.append((name, time.monotonic() - begun))
        out.print(f"{name} took {times[-1][1]:.0f} s", style="green")
    if not times:
        return status  # nothing was measured
    for table in tables(
        queues=bench.runs.queues,
        ended=bench.runs.ended,
        lives=bench.watcher.lives(),
        memory=bench.watcher.memory,
        blind=bench.watcher.blind,
        deployments=bench.deployments,
        steps=times,
    ):
        out.print()
        out.print(table)
    return status


def _explain(problem: Exception, bench: Bench, out: Console) -> None:
    out.print(str(problem), style="red")
    for title, text in evidence(bench, namespaces()):
        out.print(f"\n--- {title}", style="bold")
        out.print(text)
    out.print()
    out.print(str(problem), style="red")


def _copy(
    kubectl: Kubectl,
    cluster: Cluster,
    helm: Path,
    airflow: program.Image,
    tasks: program.Image,
    say: Callable[[str], None],
) -> program.Program:
    wanted = settings_in(stack_config(PROGRAM, STACK), PROGRAM).chart
    chart = find_chart(wanted, helm=helm, program=PROGRAM, explicit=None, strict=True, notify=say)
    copy = program.copied(PROGRAM, _BUILD / "program", chart.path)
    copy.change(
        program.settings(
            context=kubectl.context,
            airflow=airflow,
            tasks=tasks,
            dags=program.Dags(
                repo=git_server.address(),
                folder=git_server.FOLDER,
                namespace=git_server.NAMESPACE,
                port=git_server.PORT,
            ),
            dns=_name_servers(cluster),
        )
    )
    return copy


def _name_servers(cluster: Cluster) -> list[str]:
    """What a stack has to name as network.dns.cidrs on this cluster."""
    service = cluster.get("v1", "Service", "kube-dns", "kube-system")
    return name_servers(listed(cluster), service["spec"]["clusterIP"]) if service else []


def _deployer(
    wanted: str,
    copy: program.Program,
    kubectl: Kubectl,
    cluster: Cluster,
    helm: Path,
    logs: Path,
) -> deployer.Deployer:
    if wanted == "pulumi" or (not wanted and shutil.which("pulumi")):
        return deployer.PulumiDeployer(copy, kubectl, state=_BUILD / "state", logs=logs)
    return deployer.RehearsalDeployer(copy, kubectl, cluster, helm=helm, logs=logs)


def _refuse(cluster: Cluster) -> None:
    stack, git = (cluster.get("v1", "Namespace", each) for each in namespaces())
    ownership.refuse(stack, git, cluster.context)


def _sweep(cluster: Cluster, helm: Path) -> None:
    """Takes away all that is left of this, whoever deployed it and however far it came."""
    if cluster.get("v1", "Namespace", NAMESPACE) is not None:
        release.uninstall(helm, cluster.kubeconfig, names.RELEASE, NAMESPACE)
    delete_stack(cluster, helm, NAMESPACE, timeout=_GOES)
    delete_stack(cluster, helm, git_server.NAMESPACE, timeout=_GOES)


def _wanted(only: str) -> list[str]:
    chosen = [each.strip() for each in only.split(",") if each.strip()]
    unknown = sorted(set(chosen) - _STEPS.keys())
    if unknown:
        raise UserError(f"there is no step {', '.join(unknown)}; there are {', '.join(_STEPS)}")
    return [name for name in _STEPS if not chosen or name == "up" or name in chosen]


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m e2e",
        description="Brings the dev stack up on a real cluster, runs its pipelines, kills and"
        " changes what they run on, takes it down, and tells how long things took. Uses namespaces"
        f" {NAMESPACE} and {git_server.NAMESPACE} alone, which go afterwards. The cluster must have"
        " the images.",
    )
    parser.add_argument("--context", default="", help="of the kubeconfig (the current one)")
    name = "airflow-platform/airflow"
    parser.add_argument("--airflow-image", default=f"{name}:e2e", metavar="REPO:TAG")
    parser.add_argument("--next-airflow-image", default=f"{name}:e2e-next", metavar="REPO:TAG")
    parser.add_argument("--tasks-image", default="airflow-platform/tasks:e2e", metavar="REPO:TAG")
    parser.add_argument(
        "--deployer",
        choices=("pulumi", "rehearsal"),
        default="",
        help="what brings it up (pulumi where its CLI is on PATH)",
    )
    parser.add_argument(
        "--only", default="", metavar="STEP,…", help=f"after up only these of {', '.join(_STEPS)}"
    )
    parser.add_argument(
        "--enforced",
        action="store_true",
        help="fail where the cluster's network plugin does not enforce NetworkPolicies",
    )
    parser.add_argument("--keep", action="store_true", help="leave it all there at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
