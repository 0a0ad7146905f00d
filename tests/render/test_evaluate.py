"""Running a program without an engine."""

from collections.abc import Callable

import pulumi
import pulumi_kubernetes as k8s
import pytest

from render.evaluate import Evaluation, StackConfig, evaluate
from settings.reader import Secret

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

    with pytest.raises(Exception, match="looks nothing up"):
        run(program)


def test_the_resource_that_is_not_there_is_named_with_those_that_are() -> None:
    def program() -> None:
        k8s.core.v1.ConfigMap("first")

    evaluation = run(program)
    with pytest.raises(KeyError, match=r"other; registered: first"):
        evaluation["other"]
