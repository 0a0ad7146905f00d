"""Running a program without an engine."""

import importlib
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s
import pytest

from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import StackConfig
from tests.conftest import PROGRAM

CONFIG = StackConfig(project="p", stack="s", texts={"p:a": "1"})


def run(program: Callable[[], None]) -> Evaluation:
    return evaluate(program, CONFIG)


def test_registered_resources_are_recorded_with_their_options() -> None:
    def program() -> None:
        first = k8s.core.v1.ConfigMap("first", data={"a": "b"})
        options = pulumi.ResourceOptions(protect=True, depends_on=[first])
        k8s.core.v1.Namespace("second", opts=options)

    evaluation = run(program)
    assert evaluation["first"].inputs["data"] == {"a": "b"}
    assert evaluation["second"].protect
    assert evaluation["second"].dependencies == (evaluation["first"].urn,)


def test_a_secret_input_is_not_readable() -> None:
    def program() -> None:
        k8s.core.v1.Secret("s", string_data={"key": pulumi.Output.secret("hunter2")})

    evaluation = run(program)
    assert evaluation["s"].inputs["stringData"] == {"key": Secret("hunter2")}
    assert "hunter2" not in repr(evaluation)


def test_the_exports_of_the_program_are_recorded() -> None:
    assert run(lambda: pulumi.export("answer", 42)).exports == {"answer": 42}


def test_a_name_that_is_registered_twice_is_rejected() -> None:
    def program() -> None:
        k8s.core.v1.ConfigMap("same")
        k8s.core.v1.ConfigMap("same")

    with pytest.raises(ValueError, match="is registered twice"):
        run(program)


def test_an_exception_of_the_program_is_raised() -> None:
    def program() -> None:
        raise pulumi.RunError("wrong")

    with pytest.raises(pulumi.RunError, match="wrong"):
        run(program)


def test_an_evaluation_does_not_see_the_config_of_the_previous_one() -> None:
    seen = list[str | None]()
    run(lambda: seen.append(pulumi.Config("p").get("a")))
    evaluate(
        lambda: seen.append(pulumi.Config("p").get("a")),
        StackConfig(project="p", stack="s", texts={}),
    )
    assert seen == ["1", None]


def test_a_program_must_not_call_functions_of_providers() -> None:
    def program() -> None:
        pulumi.export("x", pulumi.runtime.invoke("kubernetes:any:lookup", {}))

    with pytest.raises(Exception, match="must not call functions of providers"):
        run(program)


def test_a_missing_resource_is_reported_with_the_registered_ones() -> None:
    def program() -> None:
        k8s.core.v1.ConfigMap("first")

    evaluation = run(program)
    with pytest.raises(KeyError, match=r"other; registered: first"):
        evaluation["other"]


class Recorder:
    """An engine that keeps what it is asked, and answers in its own way."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
        self.asked.append(("create", resource.name))
        metadata = {"name": f"{resource.name}-as-made"}
        return f"id-of-{resource.name}", {**resource.inputs, "metadata": metadata}

    def read(self, resource: RegisteredResource) -> Mapping[str, Any]:
        self.asked.append(("read", resource.read))
        return {"metadata": {"name": resource.read}, "data": {"text": Secret("hunter2")}}


def test_the_answers_of_an_engine_reach_dependent_resources() -> None:
    def program() -> None:
        first = k8s.core.v1.ConfigMap("first", data={"a": "b"})
        k8s.core.v1.ConfigMap("second", data={"made": first.metadata["name"], "id": first.id})

    engine = Recorder()
    evaluation = evaluate(program, CONFIG, engine)
    assert engine.asked == [("create", "first"), ("create", "second")]
    assert evaluation["second"].inputs["data"] == {"made": "first-as-made", "id": "id-of-first"}


def test_the_answers_for_resources_that_are_only_read_keep_their_secrets() -> None:
    def program() -> None:
        there = k8s.core.v1.ConfigMap.get("there", "somebody's")
        k8s.core.v1.ConfigMap("copy", data={"text": there.data["text"]})

    engine = Recorder()
    evaluation = evaluate(program, CONFIG, engine)
    assert engine.asked == [("read", "somebody's"), ("create", "copy")]
    assert evaluation["there"].read == "somebody's"
    assert evaluation["copy"].inputs["data"] == {"text": Secret("hunter2")}


def test_an_engine_that_waits_for_one_resource_answers_others() -> None:
    both = threading.Barrier(2, timeout=10)

    class Patient(Recorder):
        def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
            both.wait()
            return super().create(resource)

    def program() -> None:
        k8s.core.v1.ConfigMap("first")
        k8s.core.v1.ConfigMap("second")

    assert len(evaluate(program, CONFIG, Patient()).resources) == 2


def test_an_exception_of_an_engine_ends_the_evaluation() -> None:
    class Broken(Recorder):
        def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
            raise OSError(f"no connection for {resource.name}")

    with pytest.raises(Exception, match="no connection for first"):
        evaluate(lambda: cast(None, k8s.core.v1.ConfigMap("first")), CONFIG, Broken())


@pytest.fixture
def other_program(tmp_path: Path) -> Path:
    """A program whose modules are called like ours."""
    for name, text in {
        "__main__.py": "import pulumi\nimport airflow_k8s, helper\nfrom airflow_k8s import names\n"
        "pulumi.export('seen', [airflow_k8s.WHOSE, names.RELEASE, helper.WHOSE])\n",
        "airflow_k8s/__init__.py": "WHOSE = 'theirs'\n",
        "airflow_k8s/names.py": "RELEASE = 'their release'\n",
        "helper.py": "WHOSE = 'their helper'\n",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_a_program_in_another_folder_imports_its_own_modules(
    other_program: Path,
) -> None:
    assert evaluate(other_program, CONFIG).exports == {
        "seen": ["theirs", "their release", "their helper"]
    }


def test_the_modules_of_this_process_are_restored_after_an_evaluation(other_program: Path) -> None:
    ours = sys.modules["airflow_k8s.stack.settings.names"]
    evaluate(other_program, CONFIG)
    assert sys.modules["airflow_k8s.stack.settings.names"] is ours
    assert importlib.import_module("airflow_k8s.stack.settings.names").RELEASE == "airflow"
    assert "helper" not in sys.modules
    searched = [Path(entry).resolve() for entry in sys.path]
    assert PROGRAM in searched
    assert other_program not in searched


def test_the_modules_of_this_process_are_restored_after_a_failed_program(
    other_program: Path,
) -> None:
    ours = sys.modules["airflow_k8s.stack.settings.names"]
    (other_program / "__main__.py").write_text("import airflow_k8s as a\nraise ValueError(a.WHOSE)")
    with pytest.raises(ValueError, match="theirs"):
        evaluate(other_program, CONFIG)
    assert sys.modules["airflow_k8s.stack.settings.names"] is ours


def test_a_program_in_another_folder_can_not_import_modules_of_this_repository(
    other_program: Path,
) -> None:
    (other_program / "__main__.py").write_text("import components\n")
    with pytest.raises(ModuleNotFoundError, match="components"):
        evaluate(other_program, CONFIG)
