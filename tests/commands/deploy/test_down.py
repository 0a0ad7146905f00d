"""What `make down` keeps, and says."""

import pytest

from airflow_k8s.commands.deploy.down import down, left
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import Scene
from tests.commands.deploy.recorded import PASSWORD, STACK, export, resource
from tests.conftest import settings_of

KEPT = export(STACK, PASSWORD, resource("PersistentVolumeClaim", "data", protect=True))


def test_what_is_protected_stays_and_is_told_with_how_to_delete_it(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.pulumi(export=KEPT)
    assert down(scene.terms()) == 0
    (asked,) = scene.asked()
    assert "--exclude-protected" in asked
    messages = capfd.readouterr().out
    assert "kept       PersistentVolumeClaim data" in messages
    assert "pulumi state unprotect --all --yes --stack dev" in messages


def test_where_nothing_is_protected_the_loss_is_told_before_it_is_asked(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.pulumi(export=export(STACK, resource("PersistentVolumeClaim", "data")))
    scene.answers = ["no"]
    with pytest.raises(UserError, match="nothing was changed"):
        down(scene.terms(yes=False, terminal=True))
    assert "keeps      nothing: all data of the stack goes" in capfd.readouterr().out
    assert scene.asked() == []
    assert down(scene.terms()) == 0
    assert "--exclude-protected" not in scene.asked()[0]


def test_a_stack_that_is_down_stays_down(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    assert down(scene.terms()) == 0
    assert "nothing is there to take down" in capfd.readouterr().out
    assert scene.asked() == []


def test_a_destroy_that_fails_is_no_success(scene: Scene) -> None:
    scene.pulumi(export=KEPT, status_of_destroy=255)
    assert down(scene.terms()) == 1


def test_a_lock_is_told_with_the_way_out(scene: Scene) -> None:
    scene.pulumi(export=KEPT, status_of_destroy=255)
    scene.pulumi(said_by_destroy="the stack is currently locked by 1 lock(s)")
    with pytest.raises(
        UserError, match=r"(?s)locked by somebody.*pulumi cancel.*make down STACK=dev"
    ):
        down(scene.terms())


def test_taints_of_gpu_nodes_stay_and_are_told() -> None:
    lines = left(settings_of("prod"), "airflow-prod")
    assert lines[-1].strip() == (
        "kubectl --context airflow-prod taint nodes gpu-1 gpu-2 nvidia.com/gpu:NoSchedule-"
    )
    assert left(settings_of("dev"), "kind-airflow") == []
