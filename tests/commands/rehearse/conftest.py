"""An embedded control plane for the tests that need one: one for each group of them."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.dags.reader import Reader, reader
from airflow_k8s.commands.rehearse import bootstrap, embedded
from airflow_k8s.commands.rehearse.inventory import Inventory, read_inventory
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Report, Step, Task
from airflow_k8s.commands.rehearse.run import ChartFinder, Rehearsal, Target, Update
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.helm import find_helm
from tests.conftest import PROGRAM, changed_config, settings_of

INVENTORIES = PROGRAM / "clusters"
IDLE_TIMEOUT = 5  # seconds; shorter than a person's, and enough while other tests run beside
_numbers = itertools.count(1)


@dataclass
class Environment:
    """The control plane, and the rehearsals on it."""

    cluster: Cluster
    airflow: Reader
    _furnished: Inventory | None = None
    _caveats: list[str] = field(default_factory=list[str])
    _namespaces: set[str] = field(default_factory=set[str])

    def rehearse(
        self,
        stack: str,
        *,
        namespace: str = "",
        inventory: Inventory | None = None,
        program: Path | Callable[[], None] = PROGRAM,
        dag_files: Path = PROGRAM / "dags",
        **changes: Any,
    ) -> Report:
        """The stack as committed but for the changes: in the namespace, on top of what is there, or
        in one of its own that goes afterwards."""
        target = self.target(inventory or read_inventory(INVENTORIES / f"{stack}.yaml"))
        where = namespace or f"test-{next(_numbers)}"
        self._namespaces.add(where)
        config = changed_config(stack, namespace=where, **changes)
        rehearsal = Rehearsal(
            target=target,
            updates=[Update(program=program, config=config, phase="up")],
            settings=settings_of(stack, namespace=where, **changes),
            charts=ChartFinder(helm=find_helm(print), program=PROGRAM, notify=print),
            progress=Progress(),
            read_dags=partial(self.airflow.read, dag_files),
        )
        self.cluster.warn = rehearsal.warn
        try:
            return rehearsal.run()
        finally:
            if not namespace:
                self._clear(where)

    def target(self, inventory: Inventory) -> Target:
        """The cluster with what the inventory says, and nothing else."""
        if inventory != self._furnished:
            for namespace in list(self._namespaces):
                self._clear(namespace)
            self._strip()
            self._caveats = bootstrap.bootstrap_cluster(self.cluster, inventory, print)
            self._furnished = inventory
        return Target(
            cluster=self.cluster,
            description="embedded",
            simulated=True,
            operators=inventory.operators,
            caveats=self._caveats,
            idle_timeout=IDLE_TIMEOUT,
        )

    def _clear(self, namespace: str) -> None:
        """At once, so that nothing of it takes room from the next."""
        owners = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job")]
        if self.cluster.serves("postgresql.cnpg.io/v1", "Cluster"):
            owners.append(("postgresql.cnpg.io/v1", "Cluster"))
        for api_version, kind in [*owners, ("v1", "Pod")]:
            for each in self.cluster.list(api_version, kind, namespace):
                self.cluster.delete(each, now=True)
        found = self.cluster.get("v1", "Namespace", namespace)
        if found:
            self.cluster.delete(found)
        self._namespaces.discard(namespace)

    def _strip(self) -> None:
        for api_version, kind in (
            ("v1", "PersistentVolume"),
            ("v1", "Node"),
            ("storage.k8s.io/v1", "StorageClass"),
        ):
            for each in self.cluster.list(api_version, kind):
                self.cluster.merge(each, {"metadata": {"finalizers": None}})
                self.cluster.delete(each, now=True)


@pytest.fixture(scope="session")
def environment() -> Iterator[Environment]:
    tools = find_control_plane(print)
    with (
        reader(print) as airflow,
        embedded.control_plane(tools, keep=False, notify=print) as running,
    ):
        cluster = Cluster(running.kubeconfig)
        yield Environment(cluster, airflow)
        cluster.close()


def words(report: Report) -> str:
    """All that a report says of problems."""
    told = [*report.troubles, *(s for s in report.steps if s.failed), *report.tasks]
    return json.dumps([repr(each) for each in told], indent=1)


def trouble(report: Report, kind: str, part: str) -> Trouble:
    """The trouble with the object whose name has that part."""
    found = [t for t in report.troubles if t.kind == kind and part in t.name]
    assert found, f"no trouble with {kind} {part}; told: {words(report)}"
    return found[0]


def step(report: Report, kind: str, part: str) -> Step:
    """What became of the resource whose name has that part."""
    found = [s for s in report.steps if s.kind == kind and part in s.name]
    assert found, f"no step with {kind} {part}; told: {words(report)}"
    return found[0]


def task(report: Report, name: str) -> Task:
    """What became of the task whose name begins so."""
    return next(t for t in report.tasks if t.name.startswith(name))


def effects(report: Report, effect: str) -> set[str]:
    """What an upgrade did to whom."""
    return {f"{c.kind} {c.name}" for c in report.changes if c.effect == effect}
