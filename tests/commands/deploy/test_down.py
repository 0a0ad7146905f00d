"""What the command `down` keeps, and what it prints."""

import pytest

from airflow_k8s.commands.deploy.down import down, leftovers
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import Scene
from tests.commands.deploy.recorded import PASSWORD, STACK, export, resource
from tests.conftest import settings_of

KEPT = export(STACK, PASSWORD, resource("PersistentVolumeClaim", "data", protect=True))


def test_protected_objects_stay_and_the_commands_that_delete_them_are_printed(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.pulumi(export=KEPT)
    assert down(scene.session()) == 0
    (change,) = scene.changes()
    assert "--exclude-protected" in change
    messages = capfd.readouterr().out
    assert "kept       PersistentVolumeClaim data" in messages
    assert "pulumi state unprotect --all --yes --stack dev" in messages


def test_the_loss_of_data_is_announced_before_the_confirmation_if_nothing_is_protected(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.pulumi(export=export(STACK, resource("PersistentVolumeClaim", "data")))
    scene.answers = ["no"]
    with pytest.raises(UserError, match="nothing was changed"):
        down(scene.session(yes=False, terminal=True))
    assert "keeps      nothing: all data of the stack is deleted" in capfd.readouterr().out
    assert scene.changes() == []
    assert down(scene.session()) == 0
    assert "--exclude-protected" not in scene.changes()[0]


def test_a_stack_that_is_down_stays_down(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    assert down(scene.session()) == 0
    assert "the stack is already down" in capfd.readouterr().out
    assert scene.changes() == []


def test_the_exit_status_of_a_failed_destroy_is_1(scene: Scene) -> None:
    scene.pulumi(export=KEPT, status_of_destroy=255)
    assert down(scene.session()) == 1


def test_a_lock_is_an_error_with_the_commands_that_release_it(scene: Scene) -> None:
    scene.pulumi(export=KEPT, status_of_destroy=255)
    scene.pulumi(errors_of_destroy="the stack is currently locked by 1 lock(s)")
    with pytest.raises(
        UserError, match=r"(?s)is locked by .*pulumi cancel.*airflow-platform down dev"
    ):
        down(scene.session())


def test_the_taints_of_gpu_nodes_stay_and_the_command_that_removes_them_is_printed() -> None:
    lines = leftovers(settings_of("prod"), "airflow-prod")
    assert lines[-1].strip() == (
        "kubectl --context airflow-prod taint nodes gpu-1 gpu-2 nvidia.com/gpu:NoSchedule-"
    )
    assert leftovers(settings_of("dev"), "kind-airflow") == []
