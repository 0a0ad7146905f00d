"""The images: built from files that are there, from pinned bases, with the Airflow that is set."""

import re
from pathlib import Path, PurePosixPath

import pytest

from airflow_k8s.stack.settings.airflow import Image
from tests.conftest import PROGRAM

IMAGES = PROGRAM / "images"
DOCKERFILES = sorted(IMAGES.glob("*/Dockerfile"))
LOCK = IMAGES / "airflow" / "requirements.txt"

each = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda file: file.parent.name)


def instructions(dockerfile: Path, name: str) -> list[list[str]]:
    """The words of each such instruction, without its options."""
    text = re.sub(r"\\\n", " ", dockerfile.read_text())
    lines = [line.split() for line in text.splitlines() if line.startswith(f"{name} ")]
    return [[word for word in line[1:] if not word.startswith("--")] for line in lines]


def copied(dockerfile: Path) -> set[Path]:
    """The files that it takes out of the repository."""
    patterns = [source for line in instructions(dockerfile, "COPY") for source in line[:-1]]
    found = {pattern: set(PROGRAM.glob(pattern)) for pattern in patterns}
    assert all(found.values()), f"there is nothing to copy for one of {patterns}"
    return set[Path]().union(*found.values())


def is_sent(file: Path) -> bool:
    """Whether .dockerignore lets a builder have the file: its last line that fits decides."""
    path = PurePosixPath(file.relative_to(PROGRAM))
    sent = True
    for line in (PROGRAM / ".dockerignore").read_text().splitlines():
        pattern = PurePosixPath(line.removeprefix("!"))
        depth = len(pattern.parts)
        if not line.startswith("#") and PurePosixPath(*path.parts[:depth]).match(str(pattern)):
            sent = line.startswith("!")
    return sent


def locked() -> dict[str, str]:
    """Each package of the lock with its version."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCK.read_text(), re.MULTILINE))


def test_both_images_are_there() -> None:
    assert [file.parent.name for file in DOCKERFILES] == ["airflow", "tasks"]


def test_a_builder_is_sent_what_is_copied_and_nothing_else() -> None:
    """A secret or a state file that is in the folder has no way into an image."""
    folders = [PROGRAM, *(p for p in PROGRAM.iterdir() if p.is_dir() and p.name[0] not in "._")]
    files = {file for folder in folders for file in folder.glob("*") if file.is_file()}
    files |= {file for file in IMAGES.rglob("*") if file.is_file()}
    assert {f for f in files if is_sent(f)} == set[Path]().union(*map(copied, DOCKERFILES))
    assert not is_sent(PROGRAM / "images" / "tasks" / "login.txt")


def test_the_tasks_image_has_every_program_of_the_pipeline() -> None:
    (line,) = instructions(IMAGES / "tasks" / "Dockerfile", "COPY")
    assert line[-1] == "/app/"
    names = {file.name for file in copied(IMAGES / "tasks" / "Dockerfile")}
    assert names >= {"heavy_process.py", "validate.py", "train.py"}
    assert names == {file.name for file in (PROGRAM / "images" / "tasks").glob("*.py")}


@each
def test_the_base_is_pinned_to_a_patch_version(dockerfile: Path) -> None:
    for (base,) in instructions(dockerfile, "FROM"):
        assert re.search(r":(slim-)?\d+\.\d+\.\d+(-|$)", base), f"{base} will be another one day"


@each
def test_nothing_runs_as_root(dockerfile: Path) -> None:
    *_, (user,) = instructions(dockerfile, "USER")
    assert re.fullmatch(r"50000(:0)?", user), "restricted pods of this image are refused"


def test_base_requirements_lock_and_settings_name_the_same_airflow() -> None:
    ((base,),) = instructions(IMAGES / "airflow" / "Dockerfile", "FROM")
    wanted = re.findall(r"^apache-airflow==(.+)$", (LOCK.with_suffix(".in")).read_text(), re.M)
    version = Image().airflow_version
    assert base.startswith(f"apache/airflow:slim-{version}-")
    assert wanted == [version]
    assert locked()["apache-airflow"] == version
    assert locked()["apache-airflow-core"] == version


def test_worker_pods_can_be_made_concurrently() -> None:
    """image.asyncPodCreation needs the provider from 10.21 on."""
    major, minor = locked()["apache-airflow-providers-cncf-kubernetes"].split(".")[:2]
    assert (int(major), int(minor)) >= (10, 21)


def test_every_requirement_is_locked_and_every_package_has_hashes() -> None:
    lines = LOCK.with_suffix(".in").read_text().splitlines()
    wanted = {re.split(r"[=<>\[]", line)[0] for line in lines if line and line[0] != "#"}
    assert wanted <= set(locked())
    packages = re.split(r"^(?=[a-z0-9-]+==)", LOCK.read_text(), flags=re.MULTILINE)[1:]
    assert len(packages) == len(locked())
    assert [text.split()[0] for text in packages if "--hash=sha256:" not in text] == []
