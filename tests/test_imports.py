"""The contract between the packages: imports run in one direction, and the program needs little."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import PROGRAM

# From the bottom to the top: a layer imports only itself and the layers before it.
LAYERS = (
    ("airflow_k8s.console", "airflow_k8s.errors", "airflow_k8s.yaml_io"),
    ("airflow_k8s.toolchain",),
    ("airflow_k8s.kube", "airflow_k8s.airflow_api"),
    ("airflow_k8s.stack",),
    ("components",),
    ("airflow_k8s.rendering",),
    ("airflow_k8s.policy",),
    ("airflow_k8s.commands",),
    ("airflow_k8s.cli",),
    ("dev",),
)
COMMANDS_THAT_IMPORT = {("deploy", "diff"), ("rehearse", "dags")}
# The requirements of the program: distribution → the name that it is imported by.
RUNTIME = {
    "pulumi": "pulumi",
    "pulumi-kubernetes": "pulumi_kubernetes",
    "pulumi-random": "pulumi_random",
    "PyYAML": "yaml",
}
# Run by another Python, with Airflow installed.
OUTSIDE = {"airflow_k8s.stack.chart.webserver_config", "airflow_k8s.commands.dags.inside"}


def module_name(file: Path) -> str:
    parts = file.relative_to(PROGRAM).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """The modules of the package, of components and of dev, and the program's `__main__`."""
    folders = ("airflow_k8s", "components", "dev")
    files = [file for folder in folders for file in (PROGRAM / folder).rglob("*.py")]
    return {module_name(file): file for file in [*files, PROGRAM / "__main__.py"]}


@cache
def imports(module: str) -> frozenset[str]:
    """The full names that a module imports, also inside functions: of a name in a package, the
    module with that name if there is one."""
    names = set[str]()
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in modules() else node.module)
    return frozenset(names)


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def layer(module: str) -> int | None:
    """The number of the module's layer; None for a module of no layer, such as `__main__`."""
    return next(
        (n for n, packages in enumerate(LAYERS) if any(is_in(module, p) for p in packages)), None
    )


def is_upward(module: str, name: str) -> bool:
    """Whether the second module is in a higher layer than the first. A module of no layer is above
    all layers."""
    importer, imported = layer(module), layer(name)
    return imported is not None and importer is not None and imported > importer


def own_imports() -> Iterator[tuple[str, str]]:
    """Every module with every module of this repository that it imports."""
    for module in modules():
        yield from ((module, name) for name in sorted(imports(module)) if name in modules())


def needed_by(module: str) -> frozenset[str]:
    """The modules and the packages of other projects that a module needs to be imported."""
    found, waiting = set[str](), [module]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        # Python imports the packages around a module too.
        parents = {current.rsplit(".", n)[0] for n in range(1, current.count(".") + 1)}
        waiting += [name for name in parents if name in modules()]
        waiting += imports(current) if current in modules() else ()
    return frozenset(found)


def test_every_module_belongs_to_a_layer() -> None:
    outside = {"__main__", "airflow_k8s", "airflow_k8s.__main__"}
    assert {module for module in modules() if layer(module) is None} <= outside


def test_imports_run_from_upper_layers_to_lower_layers() -> None:
    upward = [
        f"{module} imports {name}" for module, name in own_imports() if is_upward(module, name)
    ]
    assert not upward, "\n".join(upward)


def test_the_tools_do_not_import_components() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, name in own_imports()
        if is_in(name, "components") and not is_in(module, "components") and module != "__main__"
    ]
    assert not wrong, "\n".join(wrong)


def test_a_command_does_not_import_another_command() -> None:
    def command(module: str) -> str:
        is_command = is_in(module, "airflow_k8s.commands")
        return module.split(".")[2] if is_command and module.count(".") > 1 else ""

    pairs = {(command(module), command(name)) for module, name in own_imports()}
    others = {(one, other) for one, other in pairs if one and other and one != other}
    assert others <= COMMANDS_THAT_IMPORT


@pytest.mark.parametrize("package", ["__main__", "components", "airflow_k8s.stack"])
def test_the_program_needs_only_the_runtime_requirements(package: str) -> None:
    for module in (name for name in modules() if is_in(name, package) and name not in OUTSIDE):
        needed = {name.split(".")[0] for name in needed_by(module)}
        own = {"__main__", "airflow_k8s", "components"}
        others = needed - own - sys.stdlib_module_names - set(RUNTIME.values())
        assert not others, f"{module} needs {sorted(others)}"


def test_the_runtime_requirements_are_those_in_requirements_txt() -> None:
    lines = (PROGRAM / "requirements.txt").read_text().splitlines()
    assert {line.partition("==")[0] for line in lines if line} == set(RUNTIME)
