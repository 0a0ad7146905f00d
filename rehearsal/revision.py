"""An earlier revision of this repository, to start an upgrade from."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tools.command import Failed, run
from tools.problem import Problem


@contextmanager
def checked_out(program: Path, revision: str) -> Generator[Path]:
    """The program as it was at the git revision, in a folder of its own that goes afterwards.

    Taken out of git's store, not checked out: the repository's own state stays as it is, whatever
    happens. Raises Problem for a revision that git does not know.
    """
    try:
        commit = run(["git", "rev-parse", "--verify", f"{revision}^{{commit}}"], folder=program)
    except Failed as error:
        raise Problem(f"there is no revision {revision} to start from: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603 run() gives text
            ["git", "archive", "--format=tar", commit.strip()],  # noqa: S607
            cwd=program,  # all that is in it, and no more
            capture_output=True,
            check=False,
        )
        if archive.returncode:
            said = archive.stderr.decode(errors="replace").strip()
            raise Problem(f"there is no program at revision {revision}: {said}")
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


def short(program: Path, revision: str) -> str:
    """The revision as people write it: the first characters of its commit."""
    return run(["git", "rev-parse", "--short", f"{revision}^{{commit}}"], folder=program).strip()
