"""The cluster that a stack names."""

import pytest

from airflow_k8s.commands.deploy.target import open_target
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import Scene
from tests.conftest import settings_of


def test_the_target_is_the_cluster_of_the_context_that_the_stack_names(scene: Scene) -> None:
    with open_target(settings_of("dev"), print) as target:
        assert str(target) == f"kind-airflow: {scene.kubernetes.address}, Kubernetes 1.34.4"
        file = target.kubectl.kubeconfig
        assert file.stat().st_mode & 0o077 == 0, "it holds credentials"
    assert not file.exists()


@pytest.mark.usefixtures("scene")
def test_a_missing_context_is_an_error_with_the_command_that_sets_another() -> None:
    settings = settings_of("dev", cluster={"context": "gone"})
    with (
        pytest.raises(UserError, match=r"(?s)no usable context gone.*pulumi config set --path"),
        open_target(settings, print),
    ):
        pass


def test_a_server_that_does_not_answer_is_an_error(scene: Scene) -> None:
    scene.kubernetes.server.server_close()
    with (
        pytest.raises(
            UserError, match=r"(?s)does not answer.*kubectl --context kind-airflow version"
        ),
        open_target(settings_of("dev"), print),
    ):
        pass
