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


def test_what_is_registered_is_kept_with_its_options() -> None:
    def program() -> None:
        first = k8s.core.v1.ConfigMap("first", data={"a": "b"})
        options = pulumi.ResourceOptions(protect=True, depends_on=[first])
        k8s.core.v1.Namespace("second", opts=options)

    evaluation = run(program)
    assert evaluation["first"].inputs["data"] == {"a": "b"}
    assert evaluation["second"].protect
    assert evaluation["second"].dependencies == (evaluation["first"].urn,)


def test_a_secret_hides_itself() -> None:
    def program() -> None:
        k8s.core.v1.Secret("s", string_data={"key": pulumi.Output.secret("hunter2")})

    evaluation = run(program)
    assert evaluation["s"].inputs["stringData"] == {"key": Secret("hunter2")}
    assert "hunter2" not in repr(evaluation)


def test_the_exports_are_kept() -> None:
    assert run(lambda: pulumi.export("answer", 42)).exports == {"answer": 42}


def test_a_name_registered_twice_is_refused_as_the_engine_would() -> None:
    def program() -> None:
        k8s.core.v1.ConfigMap("same")
        k8s.core.v1.ConfigMap("same")

    with pytest.raises(ValueError, match="is registered twice"):
        run(program)


def test_what_the_program_raises_is_raised() -> None:
    def program() -> None:
        raise pulumi.RunError("wrong")

    with pytest.raises(pulumi.RunError, match="wrong"):
        run(program)


def test_the_config_of_one_evaluation_is_gone_in_the_next() -> None:
    seen = list[str | None]()
    run(lambda: seen.append(pulumi.Config("p").get("a")))
    evaluate(
        lambda: seen.append(pulumi.Config("p").get("a")),
        StackConfig(project="p", stack="s", texts={}),
    )
    assert seen == ["1", None]


def test_a_lookup_is_refused_since_the_answer_would_be_made_up() -> None:
    def program() -> None:
        pulumi.export("x", pulumi.runtime.invoke("kubernetes:any:lookup", {}))

    with pytest.raises(Exception, match="must not call functions of providers"):
        run(program)


def test_the_resource_that_is_not_there_is_named_with_those_that_are() -> None:
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


def test_an_engine_is_asked_for_each_resource_and_its_answers_reach_dependents() -> None:
    def program() -> None:
        first = k8s.core.v1.ConfigMap("first", data={"a": "b"})
        k8s.core.v1.ConfigMap("second", data={"made": first.metadata["name"], "id": first.id})

    engine = Recorder()
    evaluation = evaluate(program, CONFIG, engine)
    assert engine.asked == [("create", "first"), ("create", "second")]
    assert evaluation["second"].inputs["data"] == {"made": "first-as-made", "id": "id-of-first"}


def test_so_are_those_of_what_is_only_read_and_their_secrets_stay_secret() -> None:
    def program() -> None:
        there = k8s.core.v1.ConfigMap.get("there", "somebody's")
        k8s.core.v1.ConfigMap("copy", data={"text": there.data["text"]})

    engine = Recorder()
    evaluation = evaluate(program, CONFIG, engine)
    assert engine.asked == [("read", "somebody's"), ("create", "copy")]
    assert evaluation["there"].read == "somebody's"
    assert evaluation["copy"].inputs["data"] == {"text": Secret("hunter2")}


def test_an_engine_that_waits_for_one_resource_answers_others_meanwhile() -> None:
    both = threading.Barrier(2, timeout=10)

    class Patient(Recorder):
        def create(self, resource: RegisteredResource) -> tuple[str, Mapping[str, Any]]:
            both.wait()
            return super().create(resource)

    def program() -> None:
        k8s.core.v1.ConfigMap("first")
        k8s.core.v1.ConfigMap("second")

    assert len(evaluate(program, CONFIG, Patient()).resources) == 2


def test_what_an_engine_raises_ends_the_evaluation() -> None:
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


def test_a_program_elsewhere_gets_its_own_modules_though_they_are_called_like_ours(
    other_program: Path,
) -> None:
    assert evaluate(other_program, CONFIG).exports == {
        "seen": ["theirs", "their release", "their helper"]
    }


def test_afterwards_ours_are_back_and_theirs_are_gone(other_program: Path) -> None:
    ours = sys.modules["airflow_k8s.stack.settings.names"]
    evaluate(other_program, CONFIG)
    assert sys.modules["airflow_k8s.stack.settings.names"] is ours
    assert importlib.import_module("airflow_k8s.stack.settings.names").RELEASE == "airflow"
    assert "helper" not in sys.modules
    searched = [Path(entry).resolve() for entry in sys.path]
    assert PROGRAM in searched
    assert other_program not in searched


def test_they_are_back_even_after_a_program_that_fails(other_program: Path) -> None:
    ours = sys.modules["airflow_k8s.stack.settings.names"]
    (other_program / "__main__.py").write_text("import airflow_k8s as a\nraise ValueError(a.WHOSE)")
    with pytest.raises(ValueError, match="theirs"):
        evaluate(other_program, CONFIG)
    assert sys.modules["airflow_k8s.stack.settings.names"] is ours


def test_a_module_of_ours_that_the_other_program_lacks_is_not_lent_to_it(
    other_program: Path,
) -> None:
    (other_program / "__main__.py").write_text("import components\n")
    with pytest.raises(ModuleNotFoundError, match="components"):
        evaluate(other_program, CONFIG)
