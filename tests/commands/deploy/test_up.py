"""The command `up`: its checks, its questions and its output, in their order."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.deploy.up import up
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import PASSWORD, Scene, made
from tests.commands.deploy.recorded import LOCK, STACK, WHOAMI, export, resource, update
from tests.commands.deploy.test_helm_history import secret

HEALTHY = {
    part: {"status": "healthy"}
    for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")
}
OPTIONS: dict[str, Any] = {"policies": False, "diff": False, "refresh": False}


@pytest.fixture
def healthy(scene: Scene) -> Scene:
    scene.airflow.answers["GET /api/v2/monitor/health"] = [(200, HEALTHY)]
    password = base64.b64encode(PASSWORD.encode()).decode()
    scene.kubernetes.objects.append(made("Secret", "airflow-admin", data={"password": password}))
    return scene


def add_revisions(scene: Scene, *statuses: str) -> None:
    """Adds revisions of the release to the cluster."""
    for number, status in enumerate(statuses, start=1):
        revision = secret(number, status)
        revision["metadata"]["namespace"] = "airflow"
        scene.kubernetes.objects.append({"kind": "Secret", **revision})


def test_up_prints_its_checks_the_update_and_the_login(
    healthy: Scene, capfd: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    healthy.pulumi(export=export(STACK, resource("Namespace", "airflow")))
    assert up(healthy.session(), **OPTIONS) == 0
    output = capfd.readouterr().out
    assert PASSWORD not in output
    output = output.replace(healthy.kubernetes.address, "https://SERVER")
    golden("up-dev.txt", re.sub(r"\b\d+ s\b", "N s", output))


def test_up_neither_creates_nor_selects_a_stack(healthy: Scene) -> None:
    assert up(healthy.session(), **OPTIONS) == 0
    commands = [line.split()[:2] for line in healthy.pulumi_commands()]
    assert commands == [
        ["version"],
        ["whoami", "--json"],
        ["stack", "export"],
        ["stack", "history"],
        ["preview", "--stack"],
        ["up", "--yes"],
        ["stack", "output"],
    ]


def test_a_missing_stack_is_an_error_with_the_command_that_creates_it(scene: Scene) -> None:
    (scene.folder / "export").unlink()
    with pytest.raises(UserError, match=r"has no stack dev: `pulumi stack init dev"):
        up(scene.session(), **OPTIONS)
    assert scene.changes() == []


def test_a_lock_in_the_folder_of_the_state_is_an_error_before_the_preview(
    scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "state/.pulumi/locks/organization/airflow-platform/dev"
    folder.mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps(LOCK))
    scene.pulumi(whoami={**WHOAMI, "url": (tmp_path / "state").as_uri()})
    with pytest.raises(UserError, match=r"(?s)locked by root@vm \(process 2101\).*pulumi cancel"):
        up(scene.session(), **OPTIONS)
    assert scene.changes() == []


def test_the_policies_check_the_preview_alone(healthy: Scene) -> None:
    assert up(healthy.session(), **{**OPTIONS, "policies": True, "refresh": True}) == 0
    preview, update = healthy.changes()
    assert "preview --refresh --policy-pack policies --stack dev" in preview
    assert "up --yes --skip-preview --refresh --stack dev" in update


def test_no_update_follows_a_preview_that_failed(
    healthy: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    healthy.pulumi(status_of_preview=1)
    assert up(healthy.session(), **OPTIONS) == 1
    assert "nothing was changed" in capfd.readouterr().out
    assert [line.split()[0] for line in healthy.changes()] == ["preview"]


def test_the_update_is_confirmed_after_the_preview(healthy: Scene) -> None:
    healthy.answers = ["y"]
    assert up(healthy.session(yes=False, terminal=True), **OPTIONS) == 0
    healthy.answers = ["n"]
    with pytest.raises(UserError, match="nothing was changed"):
        up(healthy.session(yes=False, terminal=True), **OPTIONS)
    done = [line.split()[0] for line in healthy.changes()]
    assert done == ["preview", "up", "preview"]


def test_nothing_runs_if_nobody_can_confirm(scene: Scene) -> None:
    with pytest.raises(UserError, match="this is not a terminal"):
        up(scene.session(yes=False, terminal=False), **OPTIONS)
    assert not scene.pulumi_commands()


def test_a_cluster_without_the_prerequisites_is_an_error_before_the_preview(scene: Scene) -> None:
    scene.kubernetes.objects.clear()
    with pytest.raises(UserError, match="kind-airflow lacks what dev needs"):
        up(scene.session(), **OPTIONS)
    assert scene.changes() == []


def test_a_pending_release_is_an_error_with_the_commands_that_recover_it(scene: Scene) -> None:
    add_revisions(scene, "deployed", "pending-upgrade")
    with pytest.raises(UserError, match="pending-upgrade") as caught:
        up(scene.session(), **OPTIONS)
    assert "helm --kube-context kind-airflow --namespace airflow rollback airflow 1" in str(
        caught.value
    )
    assert scene.changes() == []


def test_a_failed_update_is_explained(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    scene.pulumi(status_of_up=255, errors_of_up="the stack is currently locked by 1 lock(s)")
    assert up(scene.session(), **OPTIONS) == 1
    messages = capfd.readouterr()
    assert "currently locked" in messages.err, "Pulumi's own message is missing"
    assert "the state of dev is locked by an unknown process" in messages.out
    assert "pulumi cancel --yes --stack dev" in messages.out


def test_the_last_deployed_revision_is_reported(
    healthy: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    add_revisions(healthy, "deployed")
    healthy.pulumi(history=[update("failed"), update(head="abcdef0123456789")])
    assert up(healthy.session(), **OPTIONS) == 0
    messages = capfd.readouterr().out
    assert "release    revision 1, deployed" in messages
    assert (
        "deployed   revision abcdef012345, 2026-11-26T01:18:38.000Z; 1 failed after it" in messages
    )


def test_the_operation_of_a_killed_update_is_reported(
    healthy: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    operation = {"resource": resource("Namespace", "platform"), "type": "creating"}
    healthy.pulumi(export=export(STACK, pending=[operation]))
    assert up(healthy.session(), **OPTIONS) == 0
    assert "an update was killed while it was creating platform" in capfd.readouterr().out
