"""The folder that a command works on: the one of a Pulumi project, with its stacks."""

from pathlib import Path

_PROJECT_FILE = "Pulumi.yaml"


def find_project(start: Path) -> Path | None:
    """The nearest folder from `start` upward that holds Pulumi.yaml; None if there is none."""
    folder = start.resolve()
    return next(
        (found for found in (folder, *folder.parents) if (found / _PROJECT_FILE).is_file()), None
    )


def stack_names(project: Path) -> list[str]:
    """The names of the stacks that have a file Pulumi.NAME.yaml, sorted."""
    return sorted(
        file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for file in project.glob("Pulumi.*.yaml")
    )
