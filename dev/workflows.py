"""`python -m tools.workflows`: holds the workflows to what GitHub accepts, by actionlint."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import CommandError, version

PROGRAM = Path(__file__).parent.parent

_MODULE, _PATH = go_build.MODULES / "actionlint", "github.com/rhysd/actionlint"
_OLDEST, _TOO_NEW = (1, 7, 0), (2, 0, 0)


def find_actionlint(notify: Callable[[str], None]) -> Path:
    """The actionlint on PATH where it suits, else one of our own, built once in the user's cache.

    Raises UserError where there is none and none can be built.
    """
    installed = shutil.which("actionlint")
    if installed and _OLDEST <= version([installed, "--version"]) < _TOO_NEW:
        return Path(installed)
    ours = go_build.pinned(_MODULE, _PATH)

    def build(folder: Path) -> None:
        notify(f"building actionlint {ours} (about a minute, once)")
        go_build.build(
            _MODULE, f"{_PATH}/cmd/actionlint", folder / "actionlint", texts={}, notify=notify
        )

    try:
        return kept(cache() / f"actionlint-{ours}", build, notify) / "actionlint"
    except (CommandError, OSError) as error:
        raise UserError(
            f"actionlint {ours} can't be built:\n{error}\n"
            "Either put actionlint 1.7 or newer on PATH, or mend that."
        ) from error


def faults(actionlint: Path, program: Path = PROGRAM) -> str:
    """What actionlint says of a repository's workflows, in its own words; empty where all is well.

    It asks shellcheck about their scripts where shellcheck is on PATH. Raises CommandError where
    actionlint itself does.
    """
    folder = program / ".github" / "workflows"
    files = sorted(file for file in folder.glob("*") if file.suffix in (".yml", ".yaml"))
    if not files:
        raise CommandError(f"{folder} has no workflow")
    # pyflakes reads scripts in Python: ours are in the shell.
    command = [actionlint, "-no-color", "-pyflakes", "", *files]
    done = subprocess.run(  # noqa: S603
        command, cwd=program, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    if done.returncode not in (0, 1):  # 1: it found something
        raise CommandError(done.stderr.strip() or f"actionlint ended with {done.returncode}")
    return done.stdout.strip() if done.returncode else ""


def main() -> int:
    """Exit status: 0 all is well, 1 it is not, or a problem that is told in one message."""
    if not shutil.which("shellcheck"):
        _notify("workflows: their scripts are not looked at, since shellcheck is not on PATH")
    try:
        found = faults(find_actionlint(_notify))
    except (UserError, OSError, subprocess.TimeoutExpired) as problem:
        _notify(f"workflows: {problem}")
        return 1
    if found:
        _notify(found)
    return 1 if found else 0


def _notify(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
