"""What `make up` looks at, asks and tells, in its order."""

import base64
from typing import Any

import pytest

from airflow_k8s.commands.deploy.up import up
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import PASSWORD, Scene, made
from tests.commands.deploy.recorded import STACK, export, resource, update
from tests.commands.deploy.test_helm_history import secret

HEALTHY = {
    part: {"status": "healthy"}
    for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")
}
WELL: dict[str, Any] = {"policies": False, "diff": False, "refresh": False}


@pytest.fixture
def healthy(scene: Scene) -> Scene:
    scene.airflow.answers["GET /api/v2/monitor/health"] = [(200, HEALTHY)]
    password = base64.b64encode(PASSWORD.encode()).decode()
    scene.kubernetes.objects.append(made("Secret", "airflow-admin", data={"password": password}))
    return scene


def held(scene: Scene, *statuses: str) -> None:
    """The release's revisions on the cluster."""
    for number, status in enumerate(statuses, start=1):
        each = secret(number, status)
        each["metadata"]["namespace"] = "airflow"
        scene.kubernetes.objects.append({"kind": "Secret", **each})


def test_a_stack_comes_up_and_says_where_it_is(
    healthy: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    healthy.pulumi(export=export(STACK, resource("Namespace", "airflow")))
    assert up(healthy.terms(), **WELL) == 0
    messages = capfd.readouterr().out
    order = [
        "pulumi     3.259.0",
        "backend    file:///var/state, as root",
        "stack      dev, 2 resources, secrets by passphrase",
        f"cluster    kind-airflow: {healthy.kubernetes.address}, Kubernetes 1.34.4",
        "needs      Kubernetes 1.30, a default storage class: all there",
        "release    none yet",
        "deployed   nothing",
        "pulumi does preview",
        "pulumi does up",
        "healthy",
        "UI         http://ui",
        "password   kubectl --context kind-airflow -n airflow get secret airflow-admin",
    ]
    places = [messages.index(words) for words in order]
    assert places == sorted(places)
    assert PASSWORD not in messages


def test_policies_are_asked_before_anything_is_made(healthy: Scene) -> None:
    assert up(healthy.terms(), **{**WELL, "policies": True, "refresh": True}) == 0
    preview, update = healthy.asked()
    assert "preview --refresh --policy-pack policies --stack dev" in preview
    assert "up --yes --skip-preview --refresh --stack dev" in update


def test_a_preview_that_fails_is_the_end(healthy: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    healthy.pulumi(status_of_preview=1)
    assert up(healthy.terms(), **WELL) == 1
    assert "nothing was changed" in capfd.readouterr().out
    assert [line.split()[0] for line in healthy.asked()] == ["preview"]


def test_a_person_says_yes_after_the_preview(healthy: Scene) -> None:
    healthy.answers = ["y"]
    assert up(healthy.terms(yes=False, terminal=True), **WELL) == 0
    healthy.answers = ["n"]
    with pytest.raises(UserError, match="nothing was changed"):
        up(healthy.terms(yes=False, terminal=True), **WELL)
    done = [line.split()[0] for line in healthy.asked()]
    assert done == ["preview", "up", "preview"]


def test_where_nobody_can_be_asked_nothing_is_begun(scene: Scene) -> None:
    with pytest.raises(UserError, match="this is no terminal"):
        up(scene.terms(yes=False, terminal=False), **WELL)
    assert not (scene.folder / "asked").exists()


def test_what_the_cluster_lacks_is_told_before_pulumi_looks(scene: Scene) -> None:
    scene.kubernetes.objects.clear()
    with pytest.raises(UserError, match="kind-airflow lacks what dev needs"):
        up(scene.terms(), **WELL)
    assert scene.asked() == []


def test_a_release_that_is_pending_stops_it_with_the_way_out(scene: Scene) -> None:
    held(scene, "deployed", "pending-upgrade")
    with pytest.raises(UserError, match="pending-upgrade") as caught:
        up(scene.terms(), **WELL)
    assert "helm --kube-context kind-airflow --namespace airflow rollback airflow 1" in str(
        caught.value
    )
    assert scene.asked() == []


def test_an_update_that_fails_says_what_to_look_at(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.pulumi(status_of_up=255, said_by_up="the stack is currently locked by 1 lock(s)")
    assert up(scene.terms(), **WELL) == 1
    messages = capfd.readouterr()
    assert "currently locked" in messages.err, "Pulumi's own words are passed on"
    assert "the state of dev is locked by somebody" in messages.out
    assert "pulumi cancel --yes --stack dev" in messages.out


def test_what_was_deployed_last_is_told(healthy: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    held(healthy, "deployed")
    healthy.pulumi(history=[update("failed"), update(head="abcdef0123456789")])
    assert up(healthy.terms(), **WELL) == 0
    messages = capfd.readouterr().out
    assert "release    revision 1, deployed" in messages
    assert (
        "deployed   revision abcdef012345, 2026-11-26T01:18:38.000Z; 1 failed after it" in messages
    )


def test_what_a_killed_update_was_at_is_told(
    healthy: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    operation = {"resource": resource("Namespace", "platform"), "type": "creating"}
    healthy.pulumi(export=export(STACK, pending=[operation]))
    assert up(healthy.terms(), **WELL) == 0
    assert "an update was killed at creating platform" in capfd.readouterr().out
