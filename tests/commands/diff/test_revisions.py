"""The two sides of a comparison: a stack at a revision, and as it is in the checkout."""

import shutil
from pathlib import Path

import pytest

from airflow_k8s.commands.diff.difference import difference
from airflow_k8s.commands.diff.revisions import Rendering, Sides, both
from airflow_k8s.errors import UserError
from dev.program_copy import commit
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart
_NAMES = "airflow_k8s/stack/settings/names.py"


def sides(
    program: Path, messages: list[str], *, stack: str = "dev", base: str = "HEAD", to: str = ""
) -> Sides:
    rendering = Rendering(chart=official_chart().path, strict=True, notify=messages.append)
    return both(program, stack, base, rendering, to=to)


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_checkout_without_a_change_differs_in_nothing(program: Path, messages: list[str]) -> None:
    found = difference(sides(program, messages))
    assert (found.changes, found.consequences) == ([], [])


def test_what_is_not_committed_counts(program: Path, messages: list[str]) -> None:
    with (program / "Pulumi.dev.yaml").open("a") as file:
        file.write("  airflow-platform:scheduler: {replicas: 2}\n")
    found = difference(sides(program, messages))
    assert "Deployment/airflow-scheduler" in [each.object.qualified_name for each in found.changes]


def test_each_side_is_evaluated_by_its_own_code(program: Path, messages: list[str]) -> None:
    rewrite(
        program / _NAMES,
        '"airflow-data-pvc"',
        '"another-pvc"',
    )
    found = difference(sides(program, messages))
    claims = {
        each.object.name: each.what
        for each in found.changes
        if each.object.kind == "PersistentVolumeClaim"
    }
    assert claims == {"another-pvc": "changed"}, "to Pulumi it is the same resource"
    assert next(each.kind for each in found.consequences) == "lost"


def test_a_stack_that_was_not_there_is_new(program: Path, messages: list[str]) -> None:
    shutil.copy2(program / "Pulumi.dev.yaml", program / "Pulumi.test.yaml")
    found = difference(sides(program, messages, stack="test"))
    assert found.is_new
    assert found.count("added") == len(found.changes) == found.objects


def test_a_program_that_was_broken_is_told_with_its_revision(
    program: Path, messages: list[str]
) -> None:
    file = program / "__main__.py"
    good = file.read_text()
    file.write_text(f"import pulumi\nraise pulumi.RunError('not yet')\n{good}")
    commit(program, "broken")
    file.write_text(good)
    with pytest.raises(UserError, match=r"^at [0-9a-f]{7,}: not yet$"):
        sides(program, messages)


def test_a_stack_file_that_was_broken_is_told_with_its_revision(
    program: Path, messages: list[str]
) -> None:
    file = program / "Pulumi.dev.yaml"
    good = file.read_text()
    file.write_text("config: []\n- x")
    commit(program, "broken")
    file.write_text(good)
    with pytest.raises(UserError, match=r"^at [0-9a-f]{7,}: Pulumi\.dev\.yaml can't be read"):
        sides(program, messages)


def test_two_revisions_are_compared_whatever_the_checkout_is(
    program: Path, messages: list[str]
) -> None:
    rewrite(
        program / _NAMES,
        '"airflow-data-pvc"',
        '"another-pvc"',
    )
    commit(program, "two")
    (program / "__main__.py").write_text("1 / 0")
    found = difference(sides(program, messages, base="HEAD~1", to="HEAD"))
    assert "PersistentVolumeClaim/another-pvc" in [
        each.object.qualified_name for each in found.changes
    ]
    assert found.to


def test_a_stack_that_the_other_revision_lacks_is_told(program: Path, messages: list[str]) -> None:
    with pytest.raises(UserError, match="there is no stack test at HEAD"):
        sides(program, messages, stack="test", to="HEAD")
