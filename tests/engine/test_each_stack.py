"""Both stacks through Pulumi's engine, from the first preview to the last destroy.

`drift` compares the objects that `render` shows with those on the cluster. The tests of a stack
continue with the state of the test before, so their order matters.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pulumi import automation

from airflow_k8s.commands.drift.detect import detect_drift
from airflow_k8s.commands.drift.findings import Drift
from airflow_k8s.commands.drift.text import short_value, summary
from airflow_k8s.commands.rehearse.inventory import read_inventory
from airflow_k8s.commands.rehearse.simulator import Simulator
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.poller import Poller
from tests.commands.rehearse.conftest import INVENTORIES, Environment
from tests.conftest import STACKS
from tests.engine.automation import Change, Stack, stack
from tests.engine.engine import missing
from tests.rendering.conftest import official_chart, rendered_with

MISSING = missing()
pytestmark = [
    pytest.mark.chart,
    pytest.mark.engine,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]

NAMESPACE = "airflow"
REPLICAS = {"dev": 2, "prod": 4}  # of the scheduler, after a change
SCHEDULER, SERVER, STATSD = "airflow-scheduler", "airflow-api-server", "airflow-statsd"
ADDED = {"name": "ADDED", "value": "by hand"}  # a variable of the API server
ADDED_BY_HAND = {
    (
        f"Deployment/{SERVER}",
        "changed",
        "spec.template.spec.containers[api-server].env[ADDED]"
        ' {"name": "ADDED", "value": "by hand"}',
    ),
    (f"Service/{STATSD}", "changed", "metadata.labels.team data"),
}
PROTECTED = (
    ("v1", "Namespace", NAMESPACE),
    ("v1", "PersistentVolumeClaim", "airflow-data-pvc", NAMESPACE),
    ("v1", "PersistentVolumeClaim", "airflow-logs", NAMESPACE),
    ("v1", "Secret", "airflow-fernet-key", NAMESPACE),
    ("v1", "Secret", "airflow-database", NAMESPACE),
    ("postgresql.cnpg.io/v1", "Cluster", "airflow-postgresql", NAMESPACE),
)


@dataclass
class Deployed:
    """A stack on a cluster with simulated operators and pods."""

    stack: Stack
    cluster: Cluster
    observer: Poller

    def up(self, label: str = "up") -> set[Change]:
        changes = self.stack.up(label)
        self.observer.next_state()  # raises the error of the poller if it failed
        return changes

    def live(self, api_version: str, kind: str, name: str) -> Any:
        return self.cluster.get(api_version, kind, name, NAMESPACE)

    def set_variable(self, variable: Mapping[str, str | None]) -> None:
        """Sets a variable of the API server, like `kubectl set env`; the value None removes it."""
        server = self.live("apps/v1", "Deployment", SERVER)
        del server["metadata"]["resourceVersion"]  # so that a change by a controller is no conflict
        container = server["spec"]["template"]["spec"]["containers"][0]
        others = [other for other in container["env"] if other["name"] != variable["name"]]
        container["env"] = [*others, *([variable] if variable["value"] is not None else [])]
        self.cluster.replace(server)

    def drift(self) -> Drift:
        """The drift of the cluster from the stack with its current settings."""
        return detect_drift(rendered_with(self.stack.name, **self.stack.settings), self.cluster)


@pytest.fixture(scope="module", params=STACKS)
def deployed(
    request: pytest.FixtureRequest,
    environment: Environment,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    name, cluster = str(request.param), environment.cluster
    assert cluster.kubeconfig is not None
    inventory = read_inventory(INVENTORIES / f"{name}.yaml")
    environment.target(inventory)
    # The settings that a user must make, and the chart that the tests have.
    settings = {
        "cluster": {"context": cluster.context, "severalNodes": name == "prod"},
        "chart": {"reference": str(official_chart().path), "repository": "", "timeoutMinutes": 5},
        "placeholders": "accept",
    }
    made = stack(tmp_path_factory.mktemp(name), name, cluster.kubeconfig, settings)
    simulator = Simulator(cluster, inventory.operators)
    observer = Poller(cluster, simulator.kinds, seconds=0.25, on_poll=simulator.reconcile)
    with observer.running():
        observer.add_namespace(NAMESPACE)
        yield Deployed(made, cluster, observer)


Record = Callable[[str, str], None]


def drifted(drift: Drift) -> set[tuple[str, str, str]]:
    """(object, finding, fields with their live values) of every object that drifted."""
    return {
        (
            finding.qualified_name,
            finding.state,
            ", ".join(f"{field.path} {short_value(field.live)}" for field in finding.fields),
        )
        for finding in drift.findings
    }


def owned(changes: set[Change]) -> set[Change]:
    """The changes without those of objects that the stack only reads, such as nodes."""
    return {change for change in changes if not change.name.startswith("prerequisites-")}


def check_no_drift(drift: Drift, record: Record) -> None:
    """Nothing drifted. Records how many objects and fields were compared."""
    record("measured", summary(drift))
    assert not drifted(drift), "the cluster differs from what render shows"
    assert not drift.unchecked


def test_an_up_creates_what_the_preview_and_render_show(
    deployed: Deployed, record_property: Record
) -> None:
    preview = deployed.stack.preview()
    done = deployed.up()
    assert {change.action for change in done} == {"create"}
    assert done == preview
    drift = deployed.drift()
    assert drift.objects > len(done) > 40, "the objects of the release were not compared"
    check_no_drift(drift, record_property)


def test_a_second_up_changes_nothing(deployed: Deployed) -> None:
    assert not deployed.up("second up")


def test_a_refresh_finds_no_change(deployed: Deployed) -> None:
    assert not owned(deployed.stack.refresh())


def test_the_nightly_preview_of_an_unchanged_stack_finds_no_drift(deployed: Deployed) -> None:
    """Runs the preview of drift.yml. Nodes and operators change, but the stack only reads them."""
    deployed.stack.pulumi.preview(refresh=True, expect_no_changes=True)


def test_a_change_inside_the_release_is_drift_but_invisible_to_a_refresh(
    deployed: Deployed,
) -> None:
    cluster = deployed.cluster
    cluster.merge(deployed.live("apps/v1", "Deployment", SCHEDULER), {"spec": {"replicas": 7}})
    deployed.set_variable(ADDED)
    cluster.merge(
        deployed.live("v1", "Service", STATSD), {"metadata": {"labels": {"team": "data"}}}
    )
    cluster.delete(deployed.live("v1", "ServiceAccount", STATSD))
    assert drifted(deployed.drift()) == {
        (f"Deployment/{SCHEDULER}", "changed", "spec.replicas 7"),
        (f"ServiceAccount/{STATSD}", "missing", ""),
        *ADDED_BY_HAND,
    }
    assert not owned(deployed.stack.refresh("refresh with drift inside"))


def test_a_changed_setting_changes_only_the_objects_that_use_it(deployed: Deployed) -> None:
    deployed.stack.configure("scheduler.replicas", str(REPLICAS[deployed.stack.name]))
    expected = {
        Change("update", "ResourceQuota", "platform-quota"),
        Change("update", "Release", "airflow-release"),
    }
    assert deployed.stack.preview() == expected
    assert deployed.up("changed setting") == expected


def test_an_upgrade_reverts_changed_and_deleted_objects_but_not_added_fields(
    deployed: Deployed, record_property: Record
) -> None:
    assert drifted(deployed.drift()) == ADDED_BY_HAND
    deployed.set_variable({**ADDED, "value": None})
    service = deployed.live("v1", "Service", STATSD)
    deployed.cluster.merge(service, {"metadata": {"labels": {"team": None}}})
    check_no_drift(deployed.drift(), record_property)


def test_a_change_outside_the_release_is_found_by_drift_and_by_a_refresh(
    deployed: Deployed,
) -> None:
    deployed.cluster.delete(deployed.live("v1", "Secret", "airflow-admin"))
    assert drifted(deployed.drift()) == {("Secret/airflow-admin", "missing", "")}
    assert owned(deployed.stack.refresh("refresh with drift outside")) == {
        Change("delete", "Secret", "secrets-admin-secret")
    }


def test_protected_objects_outlive_a_destroy_and_the_next_up_adopts_them(
    deployed: Deployed, record_property: Record
) -> None:
    if not deployed.stack.settings.get("protect"):
        pytest.skip(f"nothing in {deployed.stack.name} is protected")
    cluster = deployed.cluster
    before = {key: cluster.get(*key) for key in PROTECTED}
    with pytest.raises(automation.CommandError, match="protected"):
        deployed.stack.destroy()
    assert deployed.live("apps/v1", "Deployment", SCHEDULER) is None
    deployed.stack.configure("protect", "false")
    deployed.up("up again")
    for key, old in before.items():
        now = cluster.get(*key)
        assert now["metadata"]["uid"] == old["metadata"]["uid"], key
        assert now.get("data") == old.get("data"), f"the data of {key} changed"
    check_no_drift(deployed.drift(), record_property)


def test_a_destroy_deletes_everything(deployed: Deployed, record_property: Record) -> None:
    deleted = deployed.stack.destroy()
    assert {change.action for change in deleted} == {"delete"}
    assert len(deleted) > 40
    assert deployed.cluster.get("v1", "Namespace", NAMESPACE) is None
    took = ", ".join(f"{step} {s:.0f} s" for step, s in deployed.stack.seconds.items())
    record_property("measured", f"{deployed.stack.name}: {took}")
