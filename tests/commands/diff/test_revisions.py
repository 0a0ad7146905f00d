"""A stack at two revisions, each evaluated by its own code."""

import shutil
from pathlib import Path

import pytest

from airflow_k8s.commands.diff.difference import Difference, compare
from airflow_k8s.commands.diff.impact.consequence import Kind
from airflow_k8s.commands.diff.pairs import Action
from airflow_k8s.commands.diff.revisions import RenderOptions, render_pair
from airflow_k8s.errors import UserError
from dev.program_copy import commit
from tests.rendering.conftest import official_chart

pytestmark = pytest.mark.chart
OLD_LAYOUT = Path(__file__).parent / "old_layout"
_NAMES = "airflow_k8s/stack/settings/names.py"


def compared(
    program: Path, messages: list[str], *, stack: str = "dev", base: str = "HEAD", to: str = ""
) -> Difference:
    options = RenderOptions(chart=official_chart().path, strict=True, notify=messages.append)
    return compare(render_pair(program, stack, base, options, to=to))


def actions(found: Difference) -> dict[str, Action]:
    return {change.object.qualified_name: change.action for change in found.changes}


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_an_unchanged_checkout_has_no_difference(program: Path, messages: list[str]) -> None:
    found = compared(program, messages)
    assert (found.changes, found.consequences) == ([], [])


def test_uncommitted_changes_of_the_checkout_count(program: Path, messages: list[str]) -> None:
    with (program / "Pulumi.dev.yaml").open("a") as file:
        file.write("  airflow-platform:scheduler: {replicas: 2}\n")
    found = compared(program, messages)
    assert actions(found)["Deployment/airflow-scheduler"] is Action.CHANGED


def test_both_sides_are_evaluated_by_their_own_code(program: Path, messages: list[str]) -> None:
    rewrite(
        program / _NAMES,
        '"airflow-data-pvc"',
        '"another-pvc"',
    )
    found = compared(program, messages)
    claims = [name for name in actions(found) if name.startswith("PersistentVolumeClaim/")]
    assert claims == ["PersistentVolumeClaim/another-pvc"], "to Pulumi it is the same resource"
    assert found.consequences[0].kind is Kind.DATA_LOSS


def test_a_revision_of_another_layout_is_evaluated_by_its_own_packages(
    program: Path, messages: list[str]
) -> None:
    today = program.parent / "today"
    shutil.copytree(program, today)
    for name in ("airflow_k8s", "components"):
        shutil.rmtree(program / name)
    shutil.copytree(OLD_LAYOUT, program, dirs_exist_ok=True)
    commit(program, "the old layout")
    shutil.copytree(today, program, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    found = compared(program, messages)
    assert [name for name, action in actions(found).items() if action is Action.REMOVED] == [
        "Namespace/airflow-old"
    ]
    assert actions(found)["Namespace/airflow"] is Action.ADDED


def test_a_stack_that_the_revision_lacks_is_new(program: Path, messages: list[str]) -> None:
    shutil.copy2(program / "Pulumi.dev.yaml", program / "Pulumi.test.yaml")
    found = compared(program, messages, stack="test")
    assert found.is_new
    assert found.count(Action.ADDED) == len(found.changes) == found.objects


def test_the_error_of_a_broken_program_names_its_revision(
    program: Path, messages: list[str]
) -> None:
    file = program / "__main__.py"
    good = file.read_text()
    file.write_text(f"import pulumi\nraise pulumi.RunError('not yet')\n{good}")
    commit(program, "broken")
    file.write_text(good)
    with pytest.raises(UserError, match=r"^at [0-9a-f]{7,}: not yet$"):
        compared(program, messages)


def test_the_error_of_a_broken_stack_file_names_its_revision(
    program: Path, messages: list[str]
) -> None:
    file = program / "Pulumi.dev.yaml"
    good = file.read_text()
    file.write_text("config: []\n- x")
    commit(program, "broken")
    file.write_text(good)
    with pytest.raises(UserError, match=r"^at [0-9a-f]{7,}: Pulumi\.dev\.yaml can't be read"):
        compared(program, messages)


def test_two_revisions_are_compared_without_the_checkout(
    program: Path, messages: list[str]
) -> None:
    rewrite(
        program / _NAMES,
        '"airflow-data-pvc"',
        '"another-pvc"',
    )
    commit(program, "two")
    (program / "__main__.py").write_text("1 / 0")
    found = compared(program, messages, base="HEAD~1", to="HEAD")
    assert "PersistentVolumeClaim/another-pvc" in actions(found)
    assert found.to


def test_a_stack_that_the_revision_after_lacks_is_an_error(
    program: Path, messages: list[str]
) -> None:
    with pytest.raises(UserError, match="there is no stack test at HEAD"):
        compared(program, messages, stack="test", to="HEAD")
