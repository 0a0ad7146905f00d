"""The scripts of the workflows, run with their shell; fake programs replace the real ones."""

import sys
from pathlib import Path

import pytest

from tests.conftest import PROGRAM
from tests.programs import program
from tests.workflows.reading import ACTIONS, Step, named, run

LAUNCHER = "airflow-platform"


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """The command of this repository, without an environment of its own."""
    script = f'PYTHONPATH={PROGRAM} exec {sys.executable} -m airflow_k8s "$@"'
    return program(tmp_path / LAUNCHER, script)


@pytest.mark.parametrize("name", ["diff", "policies", "rehearsal"])
def test_a_failure_before_a_pipe_fails_the_step_and_its_output_is_kept(
    tmp_path: Path, name: str
) -> None:
    program(tmp_path / LAUNCHER, "echo 'it is broken' >&2; exit 1")
    (tmp_path / "out").mkdir()
    ran = run(named("preview", "look", name), tmp_path, STACK="dev", BASE="main", OUT="out")
    assert ran.status != 0
    assert "it is broken" in ran.printed
    (kept,) = (tmp_path / "out").iterdir()
    assert kept.read_text() == "it is broken\n"


def test_every_check_of_a_pull_request_gets_its_stack_and_its_base(
    tmp_path: Path,
) -> None:
    program(tmp_path / LAUNCHER, 'echo "$@"')
    (tmp_path / "out").mkdir()
    asked = [
        run(
            named("preview", "look", name), tmp_path, STACK="prod", BASE="c0ffee", OUT="out"
        ).printed
        for name in ("diff", "policies", "rehearsal")
    ]
    assert asked == [
        "diff prod --base c0ffee --strict --markdown out/diff.md\n",
        "policy prod\n",
        "rehearse prod --from c0ffee --strict --html out/rehearsal.html\n",
    ]


def test_the_base_is_the_first_parent_of_githubs_merge_commit(tmp_path: Path) -> None:
    git = "git -c user.name=a -c user.email=a@b.c"
    setup = (
        f"git init --quiet --initial-branch main . && {git} commit --quiet --allow-empty -m one"
        " && git checkout --quiet -b change"
        f" && {git} commit --quiet --allow-empty -m change && git checkout --quiet main"
        f" && {git} commit --quiet --allow-empty -m two && git rev-parse main > was"
        f" && {git} merge --quiet --no-edit --no-ff change"
    )
    assert run(Step("setup", {"run": setup}), tmp_path).status == 0
    ran = run(named("preview", "look", "base"), tmp_path, OUT="build/out")
    assert ran.status == 0
    main = (tmp_path / "was").read_text().strip()
    assert (tmp_path / "GITHUB_ENV").read_text() == f"BASE={main}\n"
    assert (tmp_path / "build" / "out").is_dir()


def test_the_summary_is_the_text_of_the_comment(tmp_path: Path, launcher: Path) -> None:
    assert launcher.exists()
    out = tmp_path / "out"
    out.mkdir()
    (out / "diff.md").write_text("### dev: 2 objects changed\n")
    (out / "diff.txt").write_text("dev 2 objects changed, for the terminal\n")
    (out / "policies.txt").write_text("1 rule is broken\n")
    outcomes = {"DIFF": "success", "POLICIES": "failure", "REHEARSAL": "success"}
    ran = run(named("preview", "look", "summary"), tmp_path, STACK="dev", OUT="out", **outcomes)
    assert ran.status == 0, ran.printed
    assert "> **Policies: failed**" in ran.summary
    assert "1 rule is broken" in ran.summary
    assert "for the terminal" not in ran.summary, "the diff would be printed twice"
    assert (out / "comment.md").read_text() == ran.summary


def test_the_output_of_a_failed_diff_is_in_the_comment(tmp_path: Path, launcher: Path) -> None:
    assert launcher.exists()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diff.txt").write_text("diff: chart airflow 1.22.0 can't be had\n")
    outcomes = {"DIFF": "failure", "POLICIES": "success", "REHEARSAL": "skipped"}
    ran = run(named("preview", "look", "summary"), tmp_path, STACK="dev", OUT="out", **outcomes)
    assert ran.status == 0, ran.printed
    assert "> **Diff: failed**" in ran.summary
    assert "chart airflow 1.22.0 can't be had" in ran.summary


@pytest.mark.parametrize("status", [0, 1, 255])
def test_a_preview_of_the_engine_keeps_its_output_and_result(tmp_path: Path, status: int) -> None:
    program(tmp_path / "bin" / "pulumi", f"echo to update; echo a warning >&2; exit {status}")
    ran = run(named("preview", "engine", "preview"), tmp_path, STACK="dev")
    assert ran.status == status
    left = tmp_path / "build" / "engine"
    assert (left / "preview.txt").read_text() == "to update\na warning\n"
    assert (left / "status").read_text() == f"{status}\n"


@pytest.mark.parametrize(("status", "output"), [(0, "differs=no\n"), (7, "differs=yes\n")])
def test_the_exit_code_of_the_engine_shows_whether_a_stack_drifted(
    tmp_path: Path, status: int, output: str
) -> None:
    program(tmp_path / "bin" / "pulumi", f"echo the words of the engine; exit {status}")
    ran = run(named("drift", "drift", "engine"), tmp_path, STACK="dev", OUT="out")
    assert (ran.status, ran.output) == (0, output)
    assert (tmp_path / "out" / "engine.txt").read_text() == "the words of the engine\n"


@pytest.mark.parametrize("status", [1, 2, 3, 6, 255])
def test_an_engine_that_fails_is_a_failure_and_no_drift(tmp_path: Path, status: int) -> None:
    program(tmp_path / "bin" / "pulumi", f"exit {status}")
    ran = run(named("drift", "drift", "engine"), tmp_path, STACK="dev", OUT="out")
    assert (ran.status, ran.output) == (status, "")


@pytest.mark.parametrize(
    ("status", "ends", "output"),
    [(0, 0, "differs=no\n"), (2, 0, "differs=yes\n"), (1, 1, ""), (127, 127, "")],
)
def test_the_comparison_of_live_objects_separates_drift_from_errors(
    tmp_path: Path, status: int, ends: int, output: str
) -> None:
    program(tmp_path / LAUNCHER, f"exit {status}")
    ran = run(named("drift", "drift", "live"), tmp_path, STACK="dev", OUT="out")
    assert (ran.status, ran.output) == (ends, output)


@pytest.mark.parametrize("there", [("drift.md", "engine.txt"), ("drift.md",), ("engine.txt",)])
def test_an_issue_gets_all_results(tmp_path: Path, there: tuple[str, ...]) -> None:
    program(tmp_path / LAUNCHER, 'echo "$@"')
    (tmp_path / "out").mkdir()
    for name in there:
        (tmp_path / "out" / name).touch()
    ran = run(named("drift", "drift", "report"), tmp_path, STACK="dev", OUT="out")
    assert ran.status == 0
    options = {"drift.md": "--live out/drift.md", "engine.txt": "--engine out/engine.txt"}
    given = " ".join(options[name] for name in there)
    assert ran.printed.splitlines()[0] == f"github issue dev {given}"


def test_an_unhealthy_stack_fails_the_deployment_and_is_in_its_summary(tmp_path: Path) -> None:
    program(tmp_path / LAUNCHER, "echo the scheduler is down; exit 1")
    ran = run(named("deploy", "prod", "health"), tmp_path)
    assert ran.status != 0
    assert "the scheduler is down" in ran.summary


@pytest.mark.parametrize(("context", "status"), [("airflow-prod", 0), ("kind-airflow", 1), ("", 1)])
def test_a_cluster_is_used_only_if_the_stack_and_github_name_the_same(
    tmp_path: Path, context: str, status: int
) -> None:
    program(tmp_path / "bin" / "aws", 'echo "aws $*"')
    program(tmp_path / "bin" / "pulumi", f"echo '{context}'")
    step = Step("cloud", ACTIONS["cloud"]["runs"]["steps"][-1])
    ran = run(step, tmp_path, STACK="prod", CLUSTER="airflow-prod")
    assert ran.status == status
    assert "aws eks update-kubeconfig --name airflow-prod --alias airflow-prod" in ran.printed
    assert ("::error::" in ran.printed) is bool(status)
