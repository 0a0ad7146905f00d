"""Git revisions of a repository."""

import subprocess
from pathlib import Path

import pytest

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.revision import checked_out, merge_base, short


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run(  # noqa: S603 git, in a folder of the test
        ["git", *identity, "-c", "commit.gpgsign=false", *arguments],  # noqa: S607 on PATH
        cwd=folder,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits, the first one tagged, and a change that is not committed."""
    folder = tmp_path / "repository"
    (folder / "sub").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for number in (1, 2):
        (folder / "program.py").write_text(f"revision {number}")
        (folder / "sub" / "program.py").write_text(f"sub {number}")
        if number == 2:
            (folder / "new").mkdir()
            (folder / "new" / "program.py").write_text("new")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", f"number {number}")
        if number == 1:
            git(folder, "tag", "v1")
    (folder / "program.py").write_text("not committed")
    return folder


@pytest.mark.parametrize("revision", ["v1", "HEAD~1", "main~1"])
def test_a_checked_out_program_has_the_files_of_the_revision(
    repository: Path, revision: str
) -> None:
    with checked_out(repository, revision) as folder:
        assert (folder / "program.py").read_text() == "revision 1"
        assert (folder / "sub" / "program.py").read_text() == "sub 1"
        assert not (folder / "new").exists()


def test_the_folder_of_a_revision_is_deleted_afterwards(repository: Path) -> None:
    with checked_out(repository, "v1") as folder:
        pass
    assert not folder.exists()


def test_checking_out_a_revision_does_not_change_the_repository(repository: Path) -> None:
    def state() -> list[str]:
        return [
            git(repository, "status", "--porcelain=2", "--branch"),
            git(repository, "worktree", "list"),
            git(repository, "for-each-ref"),
            (repository / "program.py").read_text(),
        ]

    before = state()
    with checked_out(repository, "v1"):
        assert state() == before
    assert state() == before


def test_a_program_in_a_folder_of_its_repository_is_that_folder(repository: Path) -> None:
    with checked_out(repository / "sub", "v1") as folder:
        assert [file.name for file in folder.iterdir()] == ["program.py"]
        assert (folder / "program.py").read_text() == "sub 1"


def test_a_revision_that_git_does_not_know_is_an_error(repository: Path) -> None:
    context = checked_out(repository, "v9")
    with pytest.raises(UserError, match="there is no revision v9: "):
        context.__enter__()


def test_a_revision_without_the_program_is_an_error(repository: Path) -> None:
    context = checked_out(repository / "new", "v1")
    with pytest.raises(UserError, match="v1"):
        context.__enter__()


def test_a_link_out_of_the_repository_is_an_error_and_is_not_followed(repository: Path) -> None:
    (repository / "link").symlink_to("/etc/passwd")
    git(repository, "add", "link")
    git(repository, "commit", "--quiet", "--message", "link")
    context = checked_out(repository, "HEAD")
    with pytest.raises(UserError, match="revision HEAD can't be unpacked"):
        context.__enter__()


def test_a_folder_without_a_repository_is_an_error(tmp_path: Path) -> None:
    context = checked_out(tmp_path, "main")
    with pytest.raises(UserError, match="not a git repository"):
        context.__enter__()


def test_a_revision_is_shown_as_an_abbreviated_commit_hash(repository: Path) -> None:
    commit = git(repository, "rev-parse", "v1")
    abbreviated = short(repository, "v1")
    assert len(abbreviated) >= 7
    assert commit.startswith(abbreviated)


def test_an_annotated_tag_is_shown_as_an_abbreviated_commit_hash(repository: Path) -> None:
    git(repository, "tag", "--annotate", "--message", "two", "v2")
    assert short(repository, "v2") == short(repository, "main")


def test_a_branch_is_compared_with_the_commit_that_it_started_from(repository: Path) -> None:
    start = git(repository, "rev-parse", "main")
    git(repository, "switch", "--quiet", "--create", "mine")
    git(repository, "commit", "--quiet", "--all", "--message", "mine")
    git(repository, "switch", "--quiet", "main")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "meanwhile")
    git(repository, "switch", "--quiet", "mine")
    assert merge_base(repository) == start


def test_the_remote_main_is_preferred_to_the_local_main(repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    git(repository, "branch", "--quiet", "mine")
    git(repository, "switch", "--quiet", "mine")
    git(repository, "branch", "--quiet", "--force", "main", "v1")
    assert merge_base(repository) == git(repository, "rev-parse", "origin/main")


def test_a_repository_without_main_needs_a_named_revision(repository: Path) -> None:
    git(repository, "branch", "--move", "main", "trunk")
    with pytest.raises(UserError, match="no branch main"):
        merge_base(repository)


def test_a_missing_common_commit_is_an_error(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--discard-changes", "--orphan", "mine")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "mine")
    with pytest.raises(UserError, match="shallow clone"):
        merge_base(repository)
