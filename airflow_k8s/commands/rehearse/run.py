"""A rehearsal from its beginning to its report."""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from airflow_k8s.commands.dags.reader import Ground, ground
from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.rehearse import hints, holdings, prune, release, report_builder
from airflow_k8s.commands.rehearse.annotations import INPUTS, LABEL
from airflow_k8s.commands.rehearse.engine import Outcome, Provider, revealed
from airflow_k8s.commands.rehearse.inventory import Operator
from airflow_k8s.commands.rehearse.policy_check import held_to, pod_security
from airflow_k8s.commands.rehearse.progress import Journal
from airflow_k8s.commands.rehearse.report import Change, Quota, Report, Task
from airflow_k8s.commands.rehearse.simulator import Player
from airflow_k8s.commands.rehearse.task_trial import quota, try_all
from airflow_k8s.commands.rehearse.tasks import harmless, not_as_it_runs, task_pods
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble, troubles
from airflow_k8s.kube.poller import Observer
from airflow_k8s.kube.state import PODS_AND_OWNERS
from airflow_k8s.rendering import charts, helm, stand_in
from airflow_k8s.rendering.evaluate import Evaluation, Registered, evaluate
from airflow_k8s.rendering.manifests import Release, chart_of
from airflow_k8s.stack.settings.model import Chart, Settings
from airflow_k8s.stack.stack_file import StackConfig
from airflow_k8s.toolchain.command import CommandError

_ANY_MIGRATION = "the stand-in chart has an image of its own: any migration counts for its pods"
_NOT_JUDGED = "the policies were NOT asked: what they would say is of the stand-in chart"
_NO_WORK = "task pods ran `true` in place of their programs"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A cluster that a stack is rehearsed on."""

    cluster: Cluster
    told: str  # what it is, in words
    simulated: bool  # its nodes, and all that would run on them
    operators: Sequence[Operator] = ()
    caveats: Sequence[str] = ()
    patience: float  # seconds in which nothing moves before waiting is given up
    look_every: float = 0.25  # seconds
    memory: Callable[[], int] = lambda: 0  # bytes that its control plane holds


@dataclass(frozen=True, kw_only=True)
class Act:
    """A program to bring up: a revision of this repository, or a function, and its config."""

    program: Path | Callable[[], None]
    config: StackConfig
    called: str  # the phase


@dataclass(frozen=True, kw_only=True)
class Charts:
    """How the charts of releases are found: `charts.find_chart` with all but the chart."""

    helm: Path
    program: Path
    explicit: Path | None = None
    strict: bool = False
    notify: Callable[[str], None]
    _found: dict[tuple[Chart, Path], charts.FoundChart] = field(
        default_factory=dict[tuple[Chart, Path], charts.FoundChart]
    )

    def find(self, wanted: Chart, program: Path) -> charts.FoundChart:
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
    """One stack on one stage. `acts` are brought up one on top of the other; the last one is
    today's, whose settings are given and whose tasks are tried."""

    stage: Stage
    acts: Sequence[Act]
    settings: Settings
    charts: Charts
    journal: Journal
    read_dags: Callable[[Ground], Reading]
    revision: str = "what was there"  # that an upgrade starts from, in words
    warnings: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def run(self) -> Report:
        """Runs all of it; raises what a program raises, and UserError for what a user can fix."""
        stage, s, cluster = self.stage, self.settings, self.stage.cluster
        chart = self.charts.find(s.chart, self.charts.program)
        player = Player(cluster, stage.operators, any_image=chart.is_stand_in)
        observer = Observer(
            cluster,
            player.kinds if stage.simulated else PODS_AND_OWNERS,
            seconds=stage.look_every,
            act=player.act if stage.simulated else None,
        )
        with observer.running():
            observer.watch(s.namespace)
            before: list[holdings.Held] = []
            found: list[Trouble] = []
            evaluation = Evaluation(resources=(), outputs={})
            for act in self.acts:
                with self.journal.phase(act.called):
                    before = self._held(act)
                    evaluation, found = self._bring_up(act, observer)
            found += troubles(observer.next(), s.namespace)
            with self.journal.phase("tasks"):
                reading = self._read()
                tasks, quotas, pending = self._try_tasks(observer, reading)
                found += pending
            policies = None
            if not chart.is_stand_in:
                with self.journal.phase("policies"):
                    policies = held_to(evaluation, s, self._template, reading, date.today())
            with self.journal.phase("looking at the result"):
                world = observer.next()
                held = self._held(self.acts[-1])
                nodes = list(world.of("Node"))
        steps = self.journal.steps(self.acts[-1].called)
        found += [
            Trouble(kind=step.kind, name=step.name, words=step.words)
            for step in steps
            if step.action == "refused"
        ]
        changes: list[Change] = []
        is_upgrade = any(each.namespace for each in before)
        if is_upgrade:
            changes = [*holdings.changes(before, held), *report_builder.refusals(steps)]
        return Report(
            stack=self.acts[-1].config.stack,
            cluster=stage.told,
            chart=chart.version,
            stand_in_because=chart.stand_in_because,
            revision=self.revision if is_upgrade else "",
            caveats=[
                *stage.caveats,
                *([] if stage.simulated else [_NO_WORK]),
                *([_ANY_MIGRATION, _NOT_JUDGED] if chart.is_stand_in else []),
            ],
            phases=self.journal.phases,
            steps=steps,
            troubles=[hints.explained(each, s) for each in _distinct(found)],
            nodes=report_builder.nodes(nodes),
            pods=report_builder.pods(world, s.namespace),
            tasks=tasks,
            quotas=quotas,
            policies=policies,
            pod_security=pod_security(found, self.warnings),
            changes=changes,
            warnings=self.warnings,
            objects=report_builder.objects(held, world),
            memory=stage.memory(),
        )

    def warn(self, about: str, words: str) -> None:
        """Keeps a warning of the server."""
        told = self.warnings.setdefault(about, [])
        if words not in told:
            told.append(words)

    def _held(self, act: Act) -> list[holdings.Held]:
        """All that is there; on a cluster of others, in the namespace alone."""
        inside = holdings.holdings(self.stage.cluster, self.settings.namespace)
        if not self.stage.simulated:
            return inside
        return [*inside, *holdings.outside(self.stage.cluster, act.config.stack)]

    def _bring_up(self, act: Act, observer: Observer) -> tuple[Evaluation, list[Trouble]]:
        cluster, namespace = self.stage.cluster, self.settings.namespace

        def install(resource: Registered, hopeless: Callable[[], bool]) -> Outcome:
            return self._install(resource, act, hopeless)

        provider = Provider(
            cluster,
            observer,
            self.journal,
            stack=act.config.stack,
            install=install,
            patience=self.stage.patience,
            only="" if self.stage.simulated else namespace,
        )
        evaluation = evaluate(act.program, act.config, provider)
        if not provider.failed:  # else the engine would not come to deleting
            self._prune(act, evaluation, provider.made)
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

    def _install(self, resource: Registered, act: Act, hopeless: Callable[[], bool]) -> Outcome:
        cluster = self.stage.cluster
        # Nulls stay in the values: they take a default of the chart away.
        inputs = {**revealed(resource.inputs), "values": resource.inputs["values"]}
        program = act.program if isinstance(act.program, Path) else self.charts.program
        chart = self.charts.find(chart_of(inputs), program)
        values: Mapping[str, Any] = inputs["values"]
        if chart.is_stand_in:
            values = stand_in.stand_in_values(values)
        digest = release.digest({**inputs, "values": values}, chart.path)
        label = f"{LABEL}={act.config.stack},{INPUTS}={digest}"
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

    def _prune(self, act: Act, evaluation: Evaluation, made: Container[tuple[str, str]]) -> None:
        cluster, namespace = self.stage.cluster, self.settings.namespace

        def uninstall(name: str) -> None:
            release.uninstall(self.charts.helm, cluster.kubeconfig, name, namespace)

        for step in prune.prune(cluster, self._held(act), namespace, evaluation, made, uninstall):
            self.journal.end(step)

    def _read(self) -> Reading | None:
        """The DAGs on this stack; None where the release was refused, which they need."""
        here = ground(self.stage.cluster.list("v1", "ConfigMap", self.settings.namespace))
        return self.read_dags(here) if here else None

    def _try_tasks(
        self, observer: Observer, reading: Reading | None
    ) -> tuple[list[Task], list[Quota], list[Trouble]]:
        """What became of the tasks, the quota, and what keeps DAGs and claims from working."""
        cluster, namespace = self.stage.cluster, self.settings.namespace
        idle = quota(cluster, namespace)
        if reading is None:
            return [], [], []
        for about, words in not_as_it_runs(reading):
            self.warn(about, words)
        pods = task_pods(reading)
        tried = try_all(
            cluster,
            observer,
            pods if self.stage.simulated else [harmless(pod) for pod in pods],
            at_once=self.settings.tasks.parallelism,
            patience=self.stage.patience,
            namespace=namespace,
        )
        quotas = [
            Quota(resource=resource, used=used, with_tasks=tried.peak[resource], hard=hard)
            for resource, (used, hard) in idle.items()
        ]
        found = [t for world in tried.worlds for t in troubles(world, namespace)]
        claims = [t for t in found if t.kind == "PersistentVolumeClaim"]
        broken = [
            Trouble(kind="DAG file", name=file, words=words.strip())
            for file, words in reading.errors.items()
        ]
        if not reading.dags and not broken:
            broken = [
                Trouble(kind="DAG files", name="none", words="no DAG was found in the folder")
            ]
        return [*tried.tasks], quotas, [*broken, *claims]


def leave_nothing(cluster: Cluster, helm: Path, namespace: str, *, patience: float) -> None:
    """Takes what was brought up away from a cluster that goes on living, and waits until it is."""
    found = cluster.get("v1", "Namespace", namespace)
    if found is None:
        return
    for name in prune.releases(cluster, namespace):
        release.uninstall(helm, cluster.kubeconfig, name, namespace)
    cluster.delete(found)
    latest = time.monotonic() + patience
    while cluster.get("v1", "Namespace", namespace) is not None:
        if time.monotonic() > latest:
            raise UserError(f"namespace {namespace} does not go away; look what is left in it")
        time.sleep(1)


def _distinct(found: Sequence[Trouble]) -> list[Trouble]:
    """One for each object: what was said last."""
    return list({(each.kind, each.name): each for each in found}.values())
