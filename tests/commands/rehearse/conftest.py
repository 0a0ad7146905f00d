"""An embedded control plane, which all tests of one process share."""

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
from airflow_k8s.commands.rehearse.charts import ChartFinder
from airflow_k8s.commands.rehearse.inventory import Inventory, read_inventory
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Report, Step, Task
from airflow_k8s.commands.rehearse.run import Rehearsal, Target, Update
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.toolchain.control_plane import find_control_plane
from airflow_k8s.toolchain.helm import find_helm
from tests.conftest import PROGRAM, changed_config, settings_of

INVENTORIES = PROGRAM / "clusters"
IDLE_TIMEOUT = 5  # seconds; shorter than that of the command, but enough for parallel tests
_numbers = itertools.count(1)


@dataclass
class Environment:
    """A control plane, a running Airflow, and rehearsals on them."""

    cluster: Cluster
    airflow: Reader
    _inventory: Inventory | None = None
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
        """Rehearses the committed stack with changed settings.

        In the given namespace it is an upgrade of what exists there. Without one, a new namespace
        is used and deleted afterwards.
        """
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
        """The cluster with the contents of the inventory, and nothing else."""
        if inventory != self._inventory:
            for namespace in list(self._namespaces):
                self._clear(namespace)
            self._delete_inventory()
            self._caveats = bootstrap.bootstrap_cluster(self.cluster, inventory, print)
            self._inventory = inventory
        return Target(
            cluster=self.cluster,
            description="embedded",
            simulated=True,
            operators=inventory.operators,
            caveats=self._caveats,
            idle_timeout=IDLE_TIMEOUT,
        )

    def _clear(self, namespace: str) -> None:
        """Deletes all objects of the namespace without a grace period."""
        owners = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job")]
        if self.cluster.serves("postgresql.cnpg.io/v1", "Cluster"):
            owners.append(("postgresql.cnpg.io/v1", "Cluster"))
        for api_version, kind in [*owners, ("v1", "Pod")]:
            for found in self.cluster.list(api_version, kind, namespace):
                self.cluster.delete(found, now=True)
        own = self.cluster.get("v1", "Namespace", namespace)
        if own:
            self.cluster.delete(own)
        self._namespaces.discard(namespace)

    def _delete_inventory(self) -> None:
        for api_version, kind in (
            ("v1", "PersistentVolume"),
            ("v1", "Node"),
            ("storage.k8s.io/v1", "StorageClass"),
        ):
            for found in self.cluster.list(api_version, kind):
                self.cluster.merge(found, {"metadata": {"finalizers": None}})
                self.cluster.delete(found, now=True)


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


def problems(report: Report) -> str:
    """The problems of a report, for messages of assertions."""
    found = [*report.troubles, *(s for s in report.steps if s.failed), *report.tasks]
    return json.dumps([repr(problem) for problem in found], indent=1)


def trouble(report: Report, kind: str, part: str) -> Trouble:
    """The trouble with the object whose name contains the part."""
    found = [t for t in report.troubles if t.kind == kind and part in t.name]
    assert found, f"no trouble with {kind} {part} in {problems(report)}"
    return found[0]


def step(report: Report, kind: str, part: str) -> Step:
    """The step of the resource whose name contains the part."""
    found = [s for s in report.steps if s.kind == kind and part in s.name]
    assert found, f"no step with {kind} {part} in {problems(report)}"
    return found[0]


def task(report: Report, name: str) -> Task:
    """The task whose name begins with this text."""
    return next(t for t in report.tasks if t.name.startswith(name))


def effects(report: Report, effect: str) -> set[str]:
    """The objects on which an upgrade had this effect."""
    return {f"{c.kind} {c.name}" for c in report.changes if c.effect == effect}
