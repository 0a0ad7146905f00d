"""The cluster that a stack names."""

import pytest

from airflow_k8s.commands.deploy.target import target
from airflow_k8s.errors import UserError
from tests.commands.deploy.conftest import Scene
from tests.conftest import settings_of


def test_the_context_of_the_stack_is_taken_and_its_server_told(scene: Scene) -> None:
    with target(settings_of("dev"), print) as there:
        assert str(there) == f"kind-airflow: {scene.kubernetes.address}, Kubernetes 1.34.4"
        file = there.kubectl.kubeconfig
        assert file.stat().st_mode & 0o077 == 0, "it holds credentials"
    assert not file.exists()


@pytest.mark.usefixtures("scene")
def test_a_context_that_is_not_there_is_told_with_the_way_to_name_another() -> None:
    settings = settings_of("dev", cluster={"context": "gone"})
    with (
        pytest.raises(UserError, match=r"(?s)context gone can't be had.*pulumi config set --path"),
        target(settings, print),
    ):
        pass


def test_a_server_that_does_not_answer_is_told(scene: Scene) -> None:
    scene.kubernetes.server.server_close()
    with (
        pytest.raises(
            UserError, match=r"(?s)does not answer.*kubectl --context kind-airflow version"
        ),
        target(settings_of("dev"), print),
    ):
        pass
