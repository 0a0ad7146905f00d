"""The copy of the program and its settings."""

import subprocess
from pathlib import Path

import pytest
import yaml

from airflow_k8s.errors import UserError
from airflow_k8s.stack.stack_file import settings_in, stack_config
from dev.e2e import program
from tests.conftest import changed_config

ROOT = Path(__file__).parents[3]
AIRFLOW = program.Image(repository="mine/airflow", tag="1")
TASKS = program.Image(repository="mine/tasks", tag="2")


@pytest.fixture
def copy(tmp_path: Path) -> program.Program:
    """A copy that has only the files of a stack."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return program.Program(folder=tmp_path)


def test_the_program_accepts_the_settings_of_the_test(copy: program.Program) -> None:
    dags = program.Dags(repo="git://dags.svc/d.git", folder="dags", namespace="git", port=9418)
    settings = program.stack_settings(
        context="here", airflow=AIRFLOW, tasks=TASKS, dags=dags, dns_cidrs=["192.0.2.53/32"]
    )
    copy.change_settings(settings)
    found = settings_in(
        changed_config(program.STACK, program=copy.folder, placeholders="refuse"), ROOT
    )
    assert found.namespace == "airflow-e2e"
    assert found.cluster.context == "here"
    assert (found.image.repository, found.image.tag) == ("mine/airflow", "1")
    assert (found.dags.source, found.dags.branch, found.dags.sub_path) == (
        "git-bundle",
        "main",
        "dags",
    )
    git, dns = found.network.git, found.network.dns
    assert (git.cidrs, git.namespaces, git.ports) == ((), ("git",), (9418,))
    assert (dns.cidrs, dns.namespaces) == (("192.0.2.53/32",), ("kube-system",))
    assert found.pipeline.processor_image == "mine/tasks:2"
    assert found.tasks.retry_delay_seconds == 30
    assert found.chart.reference == "./airflow-chart.tgz"


def test_a_change_of_settings_keeps_the_rest_of_the_stack_file(copy: program.Program) -> None:
    content = yaml.safe_load(copy.stack_file.read_text())
    content["encryptionsalt"] = "v1:salt"
    content["config"]["airflow-platform:pipelineDatabaseUrl"] = {"secure": "v1:text"}
    copy.stack_file.write_text(yaml.safe_dump(content))
    copy.change_settings({"scheduler": {"resources": {"requests": {"memory": "800Mi"}}}})
    copy.change_settings({"scheduler": {"replicas": 2}})
    now = yaml.safe_load(copy.stack_file.read_text())
    assert now["encryptionsalt"] == "v1:salt"
    assert now["config"]["airflow-platform:pipelineDatabaseUrl"] == {"secure": "v1:text"}
    assert now["config"]["airflow-platform:scheduler"] == {
        "resources": {"requests": {"memory": "800Mi"}},
        "replicas": 2,
    }


def test_a_change_of_one_resource_keeps_the_other_resources(copy: program.Program) -> None:
    copy.change_settings({"scheduler": {"resources": {"requests": {"memory": "800Mi"}}}})
    found = settings_in(stack_config(copy.folder, program.STACK), ROOT).scheduler.resources
    assert (found.requests.memory, found.requests.cpu) == ("800Mi", "300m")


@pytest.mark.parametrize("text", ["airflow", "localhost:5000/airflow", "airflow:"])
def test_an_image_without_a_tag_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="has no tag"):
        program.parse_image(text)


def test_a_registry_with_a_port_is_part_of_the_repository() -> None:
    found = program.parse_image("localhost:5000/airflow:e2e")
    assert (found.repository, found.tag) == ("localhost:5000/airflow", "e2e")


def test_the_copy_has_uncommitted_files_and_lacks_ignored_and_deleted_ones(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "sub").mkdir(parents=True)
    for name, text in {
        ".gitignore": "/build/\n",
        "committed": "1",
        "deleted": "1",
        "sub/new": "1",
    }.items():
        (source / name).write_text(text)
    (source / "build").mkdir()
    (source / "build" / "ignored").write_text("1")
    chart = tmp_path / "airflow-1.22.0.tgz"
    chart.write_text("chart")
    for command in (["init", "--quiet"], ["add", "committed", "deleted"]):
        subprocess.run(["git", *command], cwd=source, check=True)  # noqa: S603, S607
    (source / "deleted").unlink()
    target.mkdir()
    (target / "old").write_text("1")

    program.copy_program(source, target, chart)

    found = {str(file.relative_to(target)) for file in target.glob("**/*") if file.is_file()}
    assert found == {".gitignore", "committed", "sub/new", "airflow-chart.tgz"}
    assert (target / ".venv" / "bin" / "python").exists()
