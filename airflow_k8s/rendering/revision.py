"""Git revisions of this repository."""

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
    """Extracts the program at a git revision into a temporary folder.

    The files come from `git archive`, so that the working tree and the index stay unchanged. Raises
    UserError if git does not know the revision or it contains no program.
    """
    try:
        commit = run(["git", "rev-parse", "--verify", f"{revision}^{{commit}}"], folder=program)
    except CommandError as error:
        raise UserError(f"there is no revision {revision}: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603 run() gives text
            ["git", "archive", "--format=tar", commit.strip()],  # noqa: S607
            cwd=program,  # only the files below this folder
            capture_output=True,
            check=False,
        )
        if archive.returncode:
            message = archive.stderr.decode(errors="replace").strip()
            raise UserError(f"there is no program at revision {revision}: {message}")
        try:
            with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
                tar.extractall(folder, filter="data")
        except tarfile.ReadError as error:  # git 2.39 fails, git 2.55 makes an empty archive
            raise UserError(f"there is no program at revision {revision}") from error
        except tarfile.FilterError as error:  # such as a link that leads out of the repository
            raise UserError(f"revision {revision} can't be unpacked: {error}") from error
        yield Path(folder)


_MAIN = ("origin/main", "main")


def merge_base(program: Path) -> str:
    """The latest commit that HEAD and main have in common: the base of a pull request.

    Raises UserError if main does not exist, or if they have no common commit (a shallow clone).
    """
    existing = [
        branch
        for branch in _MAIN
        if not _fails(program, "rev-parse", "--verify", f"{branch}^{{commit}}")
    ]
    if not existing:
        raise UserError("this repository has no branch main: give the revision to compare with")
    try:
        return run(["git", "merge-base", "HEAD", existing[0]], folder=program).strip()
    except CommandError as error:
        raise UserError(
            f"HEAD and {existing[0]} have no common commit (in a shallow clone: fetch the complete"
            " history, or give the revision to compare with)"
        ) from error


def _fails(program: Path, *arguments: str) -> bool:
    try:
        run(["git", *arguments], folder=program)
    except CommandError:
        return True
    return False


def short(program: Path, revision: str) -> str:
    """The abbreviated commit hash of the revision."""
    return run(["git", "rev-parse", "--short", f"{revision}^{{commit}}"], folder=program).strip()
