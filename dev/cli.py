"""The group `dev` of airflow-platform: commands for maintainers of this repository."""

import typer

from airflow_k8s.console.command import Command
from airflow_k8s.console.exit_code import ExitCode
from airflow_k8s.console.invocation import invocation
from dev.e2e import command as e2e


def workflows(ctx: typer.Context) -> int:
    """Check the workflows of GitHub Actions with actionlint, and their scripts with shellcheck if
    it is on PATH."""
    import shutil

    from airflow_k8s.toolchain.actionlint import find_actionlint
    from dev.workflows import findings

    run = invocation(ctx)
    if not shutil.which("shellcheck"):
        run.notify("shellcheck is not on PATH, so the scripts in the workflows are not checked")
    found = findings(find_actionlint(run.notify), run.project)
    if found:
        run.err.print(found)
    return ExitCode.FAILED if found else ExitCode.OK


def tools(ctx: typer.Context) -> int:
    """Find, download or build the tools that the commands and the tests use: actionlint, helm,
    Airflow, checkov and the control plane. The first time takes minutes."""
    from dev.toolchain import find_all

    find_all(invocation(ctx).notify)
    return ExitCode.OK


def benchmarks(ctx: typer.Context) -> int:
    """Measure how long render, diff and rehearse take, and compare that with their limits."""
    del ctx
    from dev.benchmarks import diff, rehearsal, render

    failed = [benchmark.main() for benchmark in (render, diff, rehearsal)]
    return ExitCode.FAILED if any(failed) else ExitCode.OK


def docs(ctx: typer.Context) -> int:
    """Write the generated parts of the documentation: the settings in README.md and Pulumi.yaml,
    and the examples of diff in docs/diff/."""
    del ctx
    from dev.docs import diff_examples, settings_reference

    settings_reference.write()
    diff_examples.write()
    return ExitCode.OK


COMMANDS = (
    e2e.COMMAND,
    Command(
        name="workflows",
        run=workflows,
        examples=("dev workflows",),
        exit_codes={ExitCode.OK: "nothing found", ExitCode.FAILED: "a finding, or error"},
    ),
    Command(
        name="tools",
        run=tools,
        examples=("dev tools",),
        exit_codes={ExitCode.OK: "all tools are ready", ExitCode.FAILED: "error"},
    ),
    Command(
        name="benchmarks",
        run=benchmarks,
        examples=("dev benchmarks",),
        exit_codes={ExitCode.OK: "within the limits", ExitCode.FAILED: "over a limit, or error"},
    ),
    Command(
        name="docs",
        run=docs,
        examples=("dev docs",),
        exit_codes={ExitCode.OK: "written", ExitCode.FAILED: "error"},
    ),
)


def build() -> typer.Typer:
    """The group with all its commands."""
    app = typer.Typer()
    for command in COMMANDS:
        command.add_to(app)
    return app
