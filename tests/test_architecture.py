"""The shape of the repository: few folders at the top, short modules, a program that needs little.

Which package imports which is in `test_imports`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROGRAM

MAX_FOLDERS = 10
MAX_LINES = 400
# Where modules are, without tests. Their folders may hold no other program's Python files.
SOURCES = ("airflow_k8s", "components", "dags", "dev", "images", "policies")

# Run by another Python process: imports the modules that it is given, and refuses every installed
# distribution that the requirements in the first argument do not need.
IMPORT_WITH_REQUIREMENTS_ONLY = """
import importlib, importlib.metadata, re, sys

# The repository itself may be installed in place; only its own modules are in it.
allowed, waiting = {"airflow-platform"}, sys.argv[1].split(",")
while waiting:
    name = re.sub("[-_.]+", "-", waiting.pop()).lower()
    if name in allowed:
        continue
    allowed.add(name)
    try:
        requirements = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        continue  # for another version of Python, or for another system
    waiting += [re.match("[A-Za-z0-9._-]+", r)[0] for r in requirements if "extra ==" not in r]

refused = {
    package
    for package, names in importlib.metadata.packages_distributions().items()
    if not {re.sub("[-_.]+", "-", name).lower() for name in names} & allowed
}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} is not among the requirements of the program")

sys.meta_path.insert(0, Refuse())
sys.path.insert(0, sys.argv[2])
for module in sys.argv[3].split(","):
    importlib.import_module(module)
print(len(refused))
"""


def tracked_files() -> list[Path]:
    """The files of the repository, by git if this is a checkout."""
    git = shutil.which("git")
    if git and (PROGRAM / ".git").exists():
        command = [git, "-C", str(PROGRAM), "ls-files", "-z"]
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()  # noqa: S603 fixed arguments
        return [Path(name) for name in listed.split("\0") if name]
    return [
        file.relative_to(PROGRAM)
        for file in PROGRAM.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]


def import_with_requirements_only(*modules: str) -> subprocess.CompletedProcess[str]:
    lines = (PROGRAM / "requirements.txt").read_text().splitlines()
    names = ",".join(line.partition("==")[0] for line in lines if line)
    script = ["-c", IMPORT_WITH_REQUIREMENTS_ONLY, names, str(PROGRAM), ",".join(modules)]
    return subprocess.run([sys.executable, *script], capture_output=True, text=True, check=False)  # noqa: S603 fixed arguments


def program_modules() -> list[str]:
    """The modules of `components` and of `airflow_k8s.stack`, without one that runs in Airflow."""
    files = [
        file
        for folder in ("components", "airflow_k8s/stack")
        for file in (PROGRAM / folder).rglob("*.py")
    ]
    names = [".".join(file.relative_to(PROGRAM).with_suffix("").parts) for file in files]
    return sorted(
        name.removesuffix(".__init__") for name in names if not name.endswith("webserver_config")
    )


def test_the_top_level_has_at_most_ten_folders() -> None:
    folders = {file.parts[0] for file in tracked_files() if len(file.parts) > 1}
    visible = {folder for folder in folders if not folder.startswith(".")}
    assert len(visible - {"build"}) <= MAX_FOLDERS, sorted(visible)


def test_no_module_outside_tests_is_longer_than_400_lines() -> None:
    files = [PROGRAM / "__main__.py"]
    files += [file for folder in SOURCES for file in (PROGRAM / folder).rglob("*.py")]
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    too_long = {str(file.relative_to(PROGRAM)): n for file, n in lengths.items() if n > MAX_LINES}
    assert not too_long


def test_the_program_is_imported_with_its_requirements_alone() -> None:
    ended = import_with_requirements_only(*program_modules())
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 10, "hardly any distribution was refused: the check proves nothing"


def test_the_import_of_another_distribution_is_refused() -> None:
    ended = import_with_requirements_only("airflow_k8s.kube.cluster")
    assert "kubernetes is not among the requirements of the program" in ended.stderr
