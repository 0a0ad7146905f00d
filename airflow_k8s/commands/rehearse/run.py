"""A rehearsal from its beginning to its report."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from airflow_k8s.commands.dags.reader import Ground, ground
from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.rehearse import hints, holdings, prune, release, report_builder
from airflow_k8s.commands.rehearse.annotations import INPUTS, LABEL, pending_message
from airflow_k8s.commands.rehearse.engine import Outcome, SimulatedEngine, revealed
from airflow_k8s.commands.rehearse.inventory import Operator
from airflow_k8s.commands.rehearse.policy_check import check_policies, pod_security
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Change, Quota, Report, Task
from airflow_k8s.commands.rehearse.simulator import Simulator
from airflow_k8s.commands.rehearse.task_trial import quota, try_all
from airflow_k8s.commands.rehearse.tasks import harmless, not_as_it_runs, task_pods
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.reasons import Reason, reason_of
from airflow_k8s.kube.state import WORKLOAD_KINDS
from airflow_k8s.rendering import charts, helm
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.manifests import Release, chart_of
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import StackConfig
from airflow_k8s.toolchain.command import CommandError

_ANY_MIGRATION = "the stand-in chart has an image of its own: any migration counts for its pods"
_NOT_JUDGED = "the policies were NOT asked: what they would say is of the stand-in chart"
_NO_WORK = "task pods ran `true` in place of their programs"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A cluster that a stack is rehearsed on."""

    cluster: Cluster
    description: str
    simulated: bool  # its nodes, and all that would run on them
    operators: Sequence[Operator] = ()
    caveats: Sequence[str] = ()
    idle_timeout: float  # seconds in which nothing moves before waiting is given up
    poll_interval: float = 0.25  # seconds
    memory: Callable[[], int] = lambda: 0  # bytes that its control plane holds


@dataclass(frozen=True, kw_only=True)
class Update:
    """A program to bring up: a revision of this repository, or a function, and its config."""

    program: Path | Callable[[], None]
    config: StackConfig
    phase: str  # the name of the phase in which it runs


@dataclass(frozen=True, kw_only=True)
class ChartFinder:
    """How the charts of releases are found: `charts.find_chart` with all but the chart."""

    helm: Path
    program: Path
    explicit: Path | None = None
    strict: bool = False
    notify: Callable[[str], None]
    _found: dict[tuple[Chart, Path], FoundChart] = field(
        default_factory=dict[tuple[Chart, Path], FoundChart]
    )

    def find(self, wanted: Chart, program: Path) -> FoundChart:
        """As `charts.find_chart`, once for each; paths are relative to the program."""
        if (wanted, program) not in self._found:
            self._found[wanted, program] = charts.find_chart(
                wanted,
                helm=self.helm,
                program=program,
                explicit=self.explicit,
                strict=self.strict,
                notify=self.notify,
            )
        return self._found[wanted, program]


@dataclass(kw_only=True)
class Rehearsal:
    """One stack on one target. `updates` are brought up one on top of the other; the last one is
    today's, whose settings are given and whose tasks are tried."""

    target: Target
    updates: Sequence[Update]
    settings: Settings
    charts: ChartFinder
    progress: Progress
    read_dags: Callable[[Ground], Reading]
    revision: str = "what was there"  # that an upgrade starts from, in words
    warnings: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def run(self) -> Report:
        """Runs all of it; raises what a program raises, and UserError for what a user can fix."""
        target, s, cluster = self.target, self.settings, self.target.cluster
        chart = self.charts.find(s.chart, self.charts.program)
        simulator = Simulator(cluster, target.operators, any_image=chart.is_stand_in)
        observer = Poller(
            cluster,
            simulator.kinds if target.simulated else WORKLOAD_KINDS,
            seconds=target.poll_interval,
            on_poll=simulator.reconcile if target.simulated else None,
        )
        with observer.running():
            observer.add_namespace(s.namespace)
            before: list[holdings.LiveObject] = []
            found: list[Trouble] = []
            evaluation = Evaluation(resources=(), outputs={})
            for update in self.updates:
                with self.progress.phase(update.phase):
                    before = self._held(update)
                    evaluation, found = self._bring_up(update, observer)
            found += troubles(observer.next_state(), s.namespace, pending_message=pending_message)
            with self.progress.phase("tasks"):
                reading = self._read()
                tasks, quotas, pending = self._try_tasks(observer, reading)
                found += pending
            policies = None
            if not chart.is_stand_in:
                with self.progress.phase("policies"):
                    policies = check_policies(evaluation, s, self._template, reading, date.today())
            with self.progress.phase("looking at the result"):
                world = observer.next_state()
                held = self._held(self.updates[-1])
                nodes = list(world.of("Node"))
        steps = self.progress.steps(self.updates[-1].phase)
        found += [
            Trouble(
                kind=step.kind,
                name=step.name,
                reason=reason_of(step.words, Reason.REFUSED),
                message=step.words,
            )
            for step in steps
            if step.action == "refused"
        ]
        changes: list[Change] = []
        is_upgrade = any(each.namespace for each in before)
        if is_upgrade:
            changes = [*holdings.changes(before, held), *report_builder.refusals(steps)]
        return Report(
            stack=self.updates[-1].config.stack,
            cluster=target.description,
            chart=chart.version,
            stand_in_reason=chart.stand_in_reason,
            revision=self.revision if is_upgrade else "",
            caveats=[
                *target.caveats,
                *([] if target.simulated else [_NO_WORK]),
                *([_ANY_MIGRATION, _NOT_JUDGED] if chart.is_stand_in else []),
            ],
            phases=self.progress.phases,
            steps=steps,
            troubles=[hints.with_setting(each, s) for each in _distinct(found)],
            nodes=report_builder.nodes(nodes),
            pods=report_builder.pods(world, s.namespace),
            tasks=tasks,
            quotas=quotas,
            policies=policies,
            pod_security=pod_security(found, self.warnings),
            changes=changes,
            warnings=self.warnings,
            objects=report_builder.objects(held, world),
            memory=target.memory(),
        )

    def warn(self, about: str, words: str) -> None:
        """Keeps a warning of the server."""
        told = self.warnings.setdefault(about, [])
        if words not in told:
            told.append(words)

    def _held(self, update: Update) -> list[holdings.LiveObject]:
        """All that is there; on a cluster of others, in the namespace alone."""
        inside = holdings.holdings(self.target.cluster, self.settings.namespace)
        if not self.target.simulated:
            return inside
        return [*inside, *holdings.outside(self.target.cluster, update.config.stack)]

    def _bring_up(self, update: Update, observer: Poller) -> tuple[Evaluation, list[Trouble]]:
        cluster, namespace = self.target.cluster, self.settings.namespace

        def install(resource: RegisteredResource, hopeless: Callable[[], bool]) -> Outcome:
            return self._install(resource, update, hopeless)

        provider = SimulatedEngine(
            cluster,
            observer,
            self.progress,
            stack=update.config.stack,
            install=install,
            idle_timeout=self.target.idle_timeout,
            only="" if self.target.simulated else namespace,
        )
        evaluation = evaluate(update.program, update.config, provider)
        if not provider.failed:  # else the engine would not come to deleting
            self._prune(update, evaluation, provider.made)
        return evaluation, provider.troubles

    def _template(self, wanted: Release) -> list[dict[str, Any]]:
        chart = self.charts.find(self.settings.chart, self.charts.program)
        return helm.template(
            self.charts.helm,
            chart.path,
            release=wanted.name,
            namespace=wanted.namespace,
            values=wanted.values,
        )

    def _install(
        self, resource: RegisteredResource, update: Update, hopeless: Callable[[], bool]
    ) -> Outcome:
        cluster = self.target.cluster
        # Nulls stay in the values: they take a default of the chart away.
        inputs = {**revealed(resource.inputs), "values": resource.inputs["values"]}
        program = update.program if isinstance(update.program, Path) else self.charts.program
        chart = self.charts.find(chart_of(inputs), program)
        values = chart.convert_values(inputs["values"])
        digest = release.digest({**inputs, "values": values}, chart.path)
        label = f"{LABEL}={update.config.stack},{INPUTS}={digest}"
        line = release.command(self.charts.helm, chart.path, inputs, label=label)
        marks = f"owner=helm,name={inputs['name']}"
        earlier = cluster.list("v1", "Secret", inputs["namespace"], labels=marks)
        state = {"status": {"name": inputs["name"], "status": "deployed"}}
        if release.stands(earlier, digest):
            return Outcome(action="unchanged", state=state)
        try:
            ended = release.upgrade(
                line,
                values,
                cluster.kubeconfig,
                hopeless=hopeless,
                warn=lambda words: self.warn(f"Release {inputs['name']}", words),
            )
        except CommandError as failed:
            return Outcome(action="refused", words=str(failed))
        if not ended:
            return Outcome(action="not ready", words="Helm would wait until its time-out")
        return Outcome(action="updated" if earlier else "created", state=state)

    def _prune(
        self, update: Update, evaluation: Evaluation, made: Container[tuple[str, str]]
    ) -> None:
        cluster, namespace = self.target.cluster, self.settings.namespace

        def uninstall(name: str) -> None:
            release.uninstall(self.charts.helm, cluster.kubeconfig, name, namespace)

        for step in prune.prune(
            cluster, self._held(update), namespace, evaluation, made, uninstall
        ):
            self.progress.end(step)

    def _read(self) -> Reading | None:
        """The DAGs on this stack; None where the release was refused, which they need."""
        here = ground(self.target.cluster.list("v1", "ConfigMap", self.settings.namespace))
        return self.read_dags(here) if here else None

    def _try_tasks(
        self, observer: Poller, reading: Reading | None
    ) -> tuple[list[Task], list[Quota], list[Trouble]]:
        """What became of the tasks, the quota, and what keeps DAGs and claims from working."""
        cluster, namespace = self.target.cluster, self.settings.namespace
        idle = quota(cluster, namespace)
        if reading is None:
            return [], [], []
        for about, words in not_as_it_runs(reading):
            self.warn(about, words)
        pods = task_pods(reading)
        tried = try_all(
            cluster,
            observer,
            pods if self.target.simulated else [harmless(pod) for pod in pods],
            at_once=self.settings.tasks.parallelism,
            idle_timeout=self.target.idle_timeout,
            namespace=namespace,
        )
        quotas = [
            Quota(resource=resource, used=used, with_tasks=tried.peak[resource], hard=hard)
            for resource, (used, hard) in idle.items()
        ]
        found = [
            t
            for world in tried.worlds
            for t in troubles(world, namespace, pending_message=pending_message)
        ]
        claims = [t for t in found if t.kind == "PersistentVolumeClaim"]
        broken = [
            Trouble(kind="DAG file", name=file, reason=Reason.DAG_IMPORT, message=words.strip())
            for file, words in reading.errors.items()
        ]
        if not reading.dags and not broken:
            broken = [
                Trouble(
                    kind="DAG files",
                    name="none",
                    reason=Reason.DAG_IMPORT,
                    message="no DAG was found in the folder",
                )
            ]
        return [*tried.tasks], quotas, [*broken, *claims]


def _distinct(found: Sequence[Trouble]) -> list[Trouble]:
    """One for each object: what was said last."""
    return list({(each.kind, each.name): each for each in found}.values())
