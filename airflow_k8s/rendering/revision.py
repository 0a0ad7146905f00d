"""Another revision of this repository: to compare with, or to start an upgrade from."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError, run


@contextmanager
def checked_out(program: Path, revision: str) -> Generator[Path]:
    """The program as it was at the git revision, in a folder of its own that goes afterwards.

    Taken out of git's store, not checked out: the repository's own state stays as it is, whatever
    happens. Raises UserError for a revision that git does not know.
    """
    try:
        commit = run(["git", "rev-parse", "--verify", f"{revision}^{{commit}}"], folder=program)
    except CommandError as error:
        raise UserError(f"there is no revision {revision}: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603 run() gives text
            ["git", "archive", "--format=tar", commit.strip()],  # noqa: S607
            cwd=program,  # all that is in it, and no more
            capture_output=True,
            check=False,
        )
        if archive.returncode:
            said = archive.stderr.decode(errors="replace").strip()
            raise UserError(f"there is no program at revision {revision}: {said}")
        try:
            with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
                tar.extractall(folder, filter="data")
        except tarfile.ReadError as error:  # where git 2.39 fails, 2.55 makes an archive of nothing
            raise UserError(f"there is no program at revision {revision}") from error
        except tarfile.FilterError as error:  # such as a link out of the repository
            raise UserError(f"revision {revision} can't be unpacked: {error}") from error
        yield Path(folder)


_MAIN = ("origin/main", "main")


def merge_base(program: Path) -> str:
    """The commit that the checkout and main have in common: what a pull request starts from.

    Raises UserError where there is no main, or nothing in common, as in a shallow clone.
    """
    there = [
        each for each in _MAIN if not _fails(program, "rev-parse", "--verify", f"{each}^{{commit}}")
    ]
    if not there:
        raise UserError("there is no branch main here to compare with: name a revision")
    try:
        return run(["git", "merge-base", "HEAD", there[0]], folder=program).strip()
    except CommandError as error:
        raise UserError(
            f"HEAD and {there[0]} have no commit in common here (a shallow clone lacks them: fetch"
            " the whole history, or name a revision)"
        ) from error


def _fails(program: Path, *arguments: str) -> bool:
    try:
        run(["git", *arguments], folder=program)
    except CommandError:
        return True
    return False


def short(program: Path, revision: str) -> str:
    """The revision as people write it: the first characters of its commit."""
    return run(["git", "rev-parse", "--short", f"{revision}^{{commit}}"], folder=program).strip()
