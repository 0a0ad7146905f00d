"""Runs a rehearsal: brings a stack up on a cluster, tries its tasks, and makes the report."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from airflow_k8s.commands.dags.reader import Ground, ground
from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.rehearse import prune, release, report_builder
from airflow_k8s.commands.rehearse.changes import upgrade_changes
from airflow_k8s.commands.rehearse.charts import ChartFinder
from airflow_k8s.commands.rehearse.dag_trial import DagResults, try_dags
from airflow_k8s.commands.rehearse.engine import SimulatedEngine
from airflow_k8s.commands.rehearse.hints import with_setting
from airflow_k8s.commands.rehearse.installation import ReleaseInstaller
from airflow_k8s.commands.rehearse.inventory import Operator
from airflow_k8s.commands.rehearse.live_objects import (
    LiveObject,
    cluster_scoped_objects,
    live_objects,
)
from airflow_k8s.commands.rehearse.policy_check import check_policies, pod_security_violations
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import PolicyResult, Report, Step
from airflow_k8s.commands.rehearse.simulator import Simulator
from airflow_k8s.commands.rehearse.troubles import find_troubles
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.reasons import Reason, reason_of
from airflow_k8s.kube.state import WORKLOAD_KINDS, ClusterState
from airflow_k8s.rendering import helm
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.manifests import Release
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import StackConfig

_ANY_MIGRATION = "stand-in chart: it has another image, so any migration counts for its pods"
_NOT_CHECKED = "stand-in chart: the policies were NOT checked, because they would judge its objects"
_NO_PROGRAMS = "simulated, not real: the programs of task pods (the pods ran `true`)"


@dataclass(frozen=True, kw_only=True)
class Target:
    """The cluster that a stack is rehearsed on."""

    cluster: Cluster
    description: str
    simulated: bool  # its nodes and everything that would run on them
    operators: Sequence[Operator] = ()
    caveats: Sequence[str] = ()
    idle_timeout: float  # seconds without a change of the cluster after which waiting ends
    poll_interval: float = 0.25  # seconds
    memory: Callable[[], int] = lambda: 0  # bytes that its control plane uses


@dataclass(frozen=True, kw_only=True)
class Update:
    """One simulated `pulumi up`: a program (a folder or a function) with its config."""

    program: Path | Callable[[], None]
    config: StackConfig
    phase: str  # the name of the phase in which it runs


@dataclass(frozen=True, kw_only=True)
class _Applied:
    """The result of all updates."""

    evaluation: Evaluation  # of the last update
    before: Sequence[LiveObject]  # the objects before the last update
    troubles: Sequence[Trouble]


@dataclass(frozen=True, kw_only=True)
class _Results:
    """The results of all phases, for the report."""

    chart: FoundChart
    applied: _Applied
    troubles: Sequence[Trouble]  # after the last update
    dags: DagResults
    policies: PolicyResult | None
    state: ClusterState  # at the end
    objects: Sequence[LiveObject]  # at the end


@dataclass(kw_only=True)
class Rehearsal:
    """The rehearsal of one stack on one target.

    The updates are applied one after the other to the same cluster. The last one is the current
    program: `settings` are its settings, and its task pods are tried.
    """

    target: Target
    updates: Sequence[Update]
    settings: Settings
    charts: ChartFinder
    progress: Progress
    read_dags: Callable[[Ground], Reading]
    revision: str = "the existing objects"  # what an upgrade starts from
    warnings: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def run(self) -> Report:
        """Runs all phases and returns the report.

        Raises UserError, and any exception that the program raises.
        """
        target, namespace = self.target, self.settings.namespace
        chart = self.charts.find(self.settings.chart, self.charts.program)
        simulator = Simulator(target.cluster, target.operators, any_image=chart.is_stand_in)
        poller = Poller(
            target.cluster,
            simulator.kinds if target.simulated else WORKLOAD_KINDS,
            seconds=target.poll_interval,
            on_poll=simulator.reconcile if target.simulated else None,
        )
        with poller.running():
            poller.add_namespace(namespace)
            applied = self._apply_all(poller)
            after = find_troubles(poller.next_state(), namespace)
            with self.progress.phase("tasks"):
                reading = self._read_dags()
                dags = self._try_dags(poller, reading)
            policies = None
            if not chart.is_stand_in:
                with self.progress.phase("policies"):
                    policies = self._check_policies(applied.evaluation, reading)
            with self.progress.phase("report"):
                state, objects = poller.next_state(), self._objects(self.updates[-1])
        return self._report(
            _Results(
                chart=chart,
                applied=applied,
                troubles=after,
                dags=dags,
                policies=policies,
                state=state,
                objects=objects,
            )
        )

    def warn(self, subject: str, message: str) -> None:
        """Keeps a warning of the API server about an object. Duplicates are dropped."""
        messages = self.warnings.setdefault(subject, [])
        if message not in messages:
            messages.append(message)

    def _apply_all(self, poller: Poller) -> _Applied:
        applied = _Applied(evaluation=Evaluation(resources=(), outputs={}), before=(), troubles=())
        for update in self.updates:
            with self.progress.phase(update.phase):
                before = self._objects(update)
                evaluation, found = self._apply(update, poller)
                applied = _Applied(evaluation=evaluation, before=before, troubles=found)
        return applied

    def _apply(self, update: Update, poller: Poller) -> tuple[Evaluation, list[Trouble]]:
        """Applies one program; returns what it registered, and the troubles that stopped it."""
        installer = ReleaseInstaller(
            cluster=self.target.cluster,
            charts=self.charts,
            program=update.program if isinstance(update.program, Path) else self.charts.program,
            stack=update.config.stack,
            warn=self.warn,
        )
        engine = SimulatedEngine(
            self.target.cluster,
            poller,
            self.progress,
            stack=update.config.stack,
            install=installer.install,
            idle_timeout=self.target.idle_timeout,
            only="" if self.target.simulated else self.settings.namespace,
        )
        evaluation = evaluate(update.program, update.config, engine)
        if not engine.failed:  # Pulumi deletes nothing after a failure
            self._prune(update, evaluation, engine.declared)
        return evaluation, engine.troubles

    def _prune(
        self, update: Update, evaluation: Evaluation, declared: Container[tuple[str, str]]
    ) -> None:
        cluster, namespace = self.target.cluster, self.settings.namespace

        def uninstall(name: str) -> None:
            release.uninstall(self.charts.helm, cluster.kubeconfig, name, namespace)

        objects = self._objects(update)
        for step in prune.prune(cluster, objects, namespace, evaluation, declared, uninstall):
            self.progress.end(step)

    def _objects(self, update: Update) -> list[LiveObject]:
        """All objects of a simulated cluster; on any other cluster only those in the namespace."""
        namespaced = live_objects(self.target.cluster, self.settings.namespace)
        if not self.target.simulated:
            return namespaced
        stack = update.config.stack
        return [*namespaced, *cluster_scoped_objects(self.target.cluster, stack)]

    def _read_dags(self) -> Reading | None:
        """Reads the DAGs as they load on this stack. None if the release was refused."""
        config_maps = self.target.cluster.list("v1", "ConfigMap", self.settings.namespace)
        found = ground(config_maps)
        return self.read_dags(found) if found else None

    def _try_dags(self, poller: Poller, reading: Reading | None) -> DagResults:
        if reading is None:
            return DagResults()
        return try_dags(
            self.target.cluster,
            poller,
            reading,
            simulated=self.target.simulated,
            concurrency=self.settings.tasks.parallelism,
            idle_timeout=self.target.idle_timeout,
            namespace=self.settings.namespace,
            warn=self.warn,
        )

    def _check_policies(self, evaluation: Evaluation, reading: Reading | None) -> PolicyResult:
        return check_policies(evaluation, self.settings, self._template, reading, date.today())

    def _template(self, wanted: Release) -> list[dict[str, Any]]:
        chart = self.charts.find(self.settings.chart, self.charts.program)
        return helm.template(
            self.charts.helm,
            chart.path,
            release=wanted.name,
            namespace=wanted.namespace,
            values=wanted.values,
        )

    def _report(self, results: _Results) -> Report:
        target, namespace, chart = self.target, self.settings.namespace, results.chart
        steps = self.progress.steps(self.updates[-1].phase)
        found = [
            *results.applied.troubles,
            *results.troubles,
            *results.dags.troubles,
            *_refused(steps),
        ]
        before = results.applied.before
        is_upgrade = any(live.namespace for live in before)
        return Report(
            stack=self.updates[-1].config.stack,
            cluster=target.description,
            chart=chart.version,
            stand_in_reason=chart.stand_in_reason,
            revision=self.revision if is_upgrade else "",
            caveats=self._caveats(stand_in=chart.is_stand_in),
            phases=self.progress.phases,
            steps=steps,
            troubles=[with_setting(trouble, self.settings) for trouble in _distinct(found)],
            nodes=report_builder.nodes(results.state.of("Node")),
            pods=report_builder.pods(results.state, namespace),
            tasks=results.dags.tasks,
            quotas=results.dags.quotas,
            policies=results.policies,
            pod_security=pod_security_violations(found, self.warnings),
            changes=upgrade_changes(before, results.objects, steps) if is_upgrade else [],
            warnings=self.warnings,
            objects=report_builder.objects(results.objects, results.state),
            memory=target.memory(),
        )

    def _caveats(self, *, stand_in: bool) -> list[str]:
        return [
            *self.target.caveats,
            *([] if self.target.simulated else [_NO_PROGRAMS]),
            *([_ANY_MIGRATION, _NOT_CHECKED] if stand_in else []),
        ]


def _refused(steps: Sequence[Step]) -> Iterator[Trouble]:
    for step in steps:
        if step.action == "refused":
            yield Trouble(
                kind=step.kind,
                name=step.name,
                reason=reason_of(step.message, Reason.REFUSED),
                message=step.message,
            )


def _distinct(found: Sequence[Trouble]) -> list[Trouble]:
    """Keeps only the last trouble of every object."""
    return list({(trouble.kind, trouble.name): trouble for trouble in found}.values())
