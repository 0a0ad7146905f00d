"""The Dockerfiles: they copy existing files, pin their base, and have the configured Airflow."""

import re
from pathlib import Path, PurePosixPath

import pytest

from airflow_k8s.stack.settings.airflow import Image
from tests.conftest import PROGRAM

IMAGES = PROGRAM / "images"
DOCKERFILES = sorted(IMAGES.glob("*/Dockerfile"))
LOCK = IMAGES / "airflow" / "requirements.txt"

every_dockerfile = pytest.mark.parametrize(
    "dockerfile", DOCKERFILES, ids=lambda file: file.parent.name
)


def instructions(dockerfile: Path, name: str) -> list[list[str]]:
    """The arguments of every instruction with that name, without its options."""
    text = re.sub(r"\\\n", " ", dockerfile.read_text())
    lines = [line.split() for line in text.splitlines() if line.startswith(f"{name} ")]
    return [[argument for argument in line[1:] if not argument.startswith("--")] for line in lines]


def copied_files(dockerfile: Path) -> set[Path]:
    """The files of the repository that a Dockerfile copies."""
    patterns = [source for line in instructions(dockerfile, "COPY") for source in line[:-1]]
    found = {pattern: set(PROGRAM.glob(pattern)) for pattern in patterns}
    assert all(found.values()), f"one of {patterns} matches no file"
    return set[Path]().union(*found.values())


def is_in_context(file: Path) -> bool:
    """Whether the file is in the build context: the last matching line of .dockerignore decides."""
    path = PurePosixPath(file.relative_to(PROGRAM))
    included = True
    for line in (PROGRAM / ".dockerignore").read_text().splitlines():
        pattern = PurePosixPath(line.removeprefix("!"))
        depth = len(pattern.parts)
        if not line.startswith("#") and PurePosixPath(*path.parts[:depth]).match(str(pattern)):
            included = line.startswith("!")
    return included


def locked_versions() -> dict[str, str]:
    """Name of a package -> version, from the lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCK.read_text(), re.MULTILINE))


def test_both_images_have_a_dockerfile() -> None:
    assert [file.parent.name for file in DOCKERFILES] == ["airflow", "tasks"]


def test_the_build_context_has_only_the_files_that_are_copied() -> None:
    """So no secret and no state file in the folder can get into an image."""
    folders = [PROGRAM, *(p for p in PROGRAM.iterdir() if p.is_dir() and p.name[0] not in "._")]
    files = {file for folder in folders for file in folder.glob("*") if file.is_file()}
    files |= {file for file in IMAGES.rglob("*") if file.is_file()}
    assert {f for f in files if is_in_context(f)} == set[Path]().union(
        *map(copied_files, DOCKERFILES)
    )
    assert not is_in_context(PROGRAM / "images" / "tasks" / "login.txt")


def test_the_tasks_image_has_every_program_of_the_pipeline() -> None:
    (line,) = instructions(IMAGES / "tasks" / "Dockerfile", "COPY")
    assert line[-1] == "/app/"
    names = {file.name for file in copied_files(IMAGES / "tasks" / "Dockerfile")}
    assert names >= {"heavy_process.py", "validate.py", "train.py"}
    assert names == {file.name for file in (PROGRAM / "images" / "tasks").glob("*.py")}


@every_dockerfile
def test_the_base_is_pinned_to_a_patch_version(dockerfile: Path) -> None:
    for (base,) in instructions(dockerfile, "FROM"):
        assert re.search(r":(slim-)?\d+\.\d+\.\d+(-|$)", base), (
            f"{base} has no patch version, so it can change"
        )


@every_dockerfile
def test_nothing_runs_as_root(dockerfile: Path) -> None:
    *_, (user,) = instructions(dockerfile, "USER")
    assert re.fullmatch(r"50000(:0)?", user), "restricted pod security refuses pods of this image"


def test_base_requirements_lock_and_settings_name_the_same_airflow() -> None:
    ((base,),) = instructions(IMAGES / "airflow" / "Dockerfile", "FROM")
    required = re.findall(r"^apache-airflow==(.+)$", (LOCK.with_suffix(".in")).read_text(), re.M)
    version = Image().airflow_version
    assert base.startswith(f"apache/airflow:slim-{version}-")
    assert required == [version]
    assert locked_versions()["apache-airflow"] == version
    assert locked_versions()["apache-airflow-core"] == version


def test_worker_pods_can_be_made_concurrently() -> None:
    """image.asyncPodCreation needs version 10.21 of the provider."""
    major, minor = locked_versions()["apache-airflow-providers-cncf-kubernetes"].split(".")[:2]
    assert (int(major), int(minor)) >= (10, 21)


def test_every_requirement_is_locked_and_every_package_has_hashes() -> None:
    lines = LOCK.with_suffix(".in").read_text().splitlines()
    required = {re.split(r"[=<>\[]", line)[0] for line in lines if line and line[0] != "#"}
    assert required <= set(locked_versions())
    packages = re.split(r"^(?=[a-z0-9-]+==)", LOCK.read_text(), flags=re.MULTILINE)[1:]
    assert len(packages) == len(locked_versions())
    assert [text.split()[0] for text in packages if "--hash=sha256:" not in text] == []
