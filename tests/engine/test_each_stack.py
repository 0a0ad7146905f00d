"""Each stack through Pulumi's own engine, from its first preview to its end, and what `render`
promised held against what is there.

The tests of a stack go on from one another, so their order counts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pulumi import automation

from airflow_k8s.commands.drift.detect import look
from airflow_k8s.commands.drift.findings import Drift
from airflow_k8s.commands.drift.text import summary, value
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
class Played:
    """A stack on a cluster where operators and pods are played."""

    stack: Stack
    cluster: Cluster
    observer: Poller

    def up(self, called: str = "up") -> set[Change]:
        changes = self.stack.up(called)
        self.observer.next_state()  # raises what ended it, since without it no pod comes up
        return changes

    def live(self, api_version: str, kind: str, name: str) -> Any:
        return self.cluster.get(api_version, kind, name, NAMESPACE)

    def set_variable(self, variable: Mapping[str, str | None]) -> None:
        """Of the API server's container, as `kubectl set env` does; None takes it away."""
        server = self.live("apps/v1", "Deployment", SERVER)
        del server["metadata"]["resourceVersion"]  # whatever a controller did to it meanwhile
        container = server["spec"]["template"]["spec"]["containers"][0]
        others = [each for each in container["env"] if each["name"] != variable["name"]]
        container["env"] = [*others, *([variable] if variable["value"] is not None else [])]
        self.cluster.replace(server)

    def drift(self) -> Drift:
        """What `render` promises of the stack as it is set now, beside what is there."""
        return look(rendered_with(self.stack.name, **self.stack.settings), self.cluster)


@pytest.fixture(scope="module", params=STACKS)
def played(
    request: pytest.FixtureRequest,
    environment: Environment,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Played]:
    name, cluster = str(request.param), environment.cluster
    assert cluster.kubeconfig is not None
    inventory = read_inventory(INVENTORIES / f"{name}.yaml")
    environment.target(inventory)
    # What only its owner can say, and a chart that is at hand.
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
        yield Played(made, cluster, observer)


Tell = Callable[[str, str], None]


def told(drift: Drift) -> set[tuple[str, str, str]]:
    """Each object that is otherwise, what became of it, and the fields with what is there."""
    return {
        (
            each.called,
            each.what,
            ", ".join(f"{field.path} {value(field.live)}" for field in each.fields),
        )
        for each in drift.findings
    }


def ours(changes: set[Change]) -> set[Change]:
    """Without what the stack only reads: a refresh takes over how nodes and operators are now."""
    return {each for each in changes if not each.name.startswith("prerequisites-")}


def holds(drift: Drift, tell: Tell) -> None:
    """Nothing is otherwise; how much was compared is told."""
    tell("measured", summary(drift))
    assert not told(drift), "what is there is not what render promised"
    assert not drift.unseen


def test_an_up_makes_what_the_preview_said_and_all_that_render_promised(
    played: Played, record_property: Tell
) -> None:
    preview = played.stack.preview()
    done = played.up()
    assert {each.action for each in done} == {"create"}
    assert done == preview
    drift = played.drift()
    assert drift.objects > len(done) > 40, "what is inside the release was not looked at"
    holds(drift, record_property)


def test_a_second_up_changes_nothing(played: Played) -> None:
    assert not played.up("second up")


def test_a_refresh_finds_nothing_otherwise(played: Played) -> None:
    assert not ours(played.stack.refresh())


def test_the_nightly_preview_finds_no_drift_where_there_is_none(played: Played) -> None:
    """As drift.yml asks it. Nodes and operators, which are only read, are never as they were."""
    played.stack.pulumi.preview(refresh=True, expect_no_changes=True)


def test_what_somebody_does_inside_the_release_is_found_and_a_refresh_sees_none_of_it(
    played: Played,
) -> None:
    cluster = played.cluster
    cluster.merge(played.live("apps/v1", "Deployment", SCHEDULER), {"spec": {"replicas": 7}})
    played.set_variable(ADDED)
    cluster.merge(played.live("v1", "Service", STATSD), {"metadata": {"labels": {"team": "data"}}})
    cluster.delete(played.live("v1", "ServiceAccount", STATSD))
    assert told(played.drift()) == {
        (f"Deployment/{SCHEDULER}", "changed", "spec.replicas 7"),
        (f"ServiceAccount/{STATSD}", "missing", ""),
        *ADDED_BY_HAND,
    }
    assert not ours(played.stack.refresh("refresh with drift inside"))


def test_a_changed_setting_changes_just_what_it_is_about(played: Played) -> None:
    played.stack.configure("scheduler.replicas", str(REPLICAS[played.stack.name]))
    expected = {
        Change("update", "ResourceQuota", "platform-quota"),
        Change("update", "Release", "airflow-release"),
    }
    assert played.stack.preview() == expected
    assert played.up("changed setting") == expected


def test_that_upgrade_took_back_what_was_changed_or_deleted_but_not_what_was_added(
    played: Played, record_property: Tell
) -> None:
    assert told(played.drift()) == ADDED_BY_HAND
    played.set_variable({**ADDED, "value": None})
    service = played.live("v1", "Service", STATSD)
    played.cluster.merge(service, {"metadata": {"labels": {"team": None}}})
    holds(played.drift(), record_property)


def test_what_somebody_does_outside_of_it_is_found_by_both(played: Played) -> None:
    played.cluster.delete(played.live("v1", "Secret", "airflow-admin"))
    assert told(played.drift()) == {("Secret/airflow-admin", "missing", "")}
    assert ours(played.stack.refresh("refresh with drift outside")) == {
        Change("delete", "Secret", "secrets-admin-secret")
    }


def test_what_is_protected_outlives_a_destroy_and_the_next_up_goes_on_with_it(
    played: Played, record_property: Tell
) -> None:
    if not played.stack.settings.get("protect"):
        pytest.skip(f"nothing in {played.stack.name} is protected")
    cluster = played.cluster
    before = {key: cluster.get(*key) for key in PROTECTED}
    with pytest.raises(automation.CommandError, match="protected"):
        played.stack.destroy()
    assert played.live("apps/v1", "Deployment", SCHEDULER) is None
    played.stack.configure("protect", "false")
    played.up("up again")
    for key, was in before.items():
        now = cluster.get(*key)
        assert now["metadata"]["uid"] == was["metadata"]["uid"], key
        assert now.get("data") == was.get("data"), f"{key} has other texts"
    holds(played.drift(), record_property)


def test_it_all_goes_again(played: Played, record_property: Tell) -> None:
    gone = played.stack.destroy()
    assert {each.action for each in gone} == {"delete"}
    assert len(gone) > 40
    assert played.cluster.get("v1", "Namespace", NAMESPACE) is None
    took = ", ".join(f"{step} {s:.0f} s" for step, s in played.stack.seconds.items())
    record_property("measured", f"{played.stack.name}: {took}")
