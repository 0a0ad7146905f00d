"""Runs the programs of the tasks as a container does."""

import csv
import gzip
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parents[3] / "images" / "tasks"
sys.path.append(str(PROGRAMS))  # the programs import one another from there

ENVIRONMENT = {
    "S3_BUCKET": "the-bucket",
    "DATABASE_URL": "postgresql://the-user:the-password@db.example.com:5432/events",
    "API_KEY": "the-key",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a program."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Volume:
    """The folder that stands for the shared data volume, and the programs that use it."""

    folder: Path

    def start(self, program: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a program that has only these environment variables."""
        return subprocess.Popen(  # noqa: S603 the programs are those of this repository
            [sys.executable, str(PROGRAMS / f"{program}.py"), *arguments],
            env={"DATA_DIR": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, program: str, *arguments: str, **environment: str) -> Result:
        with self.start(program, *arguments, **environment) as process:
            out, err = process.communicate(timeout=60)
        return Result(status=process.returncode, out=out, err=err)

    def heavy(self, day: str = "2024-01-01", **environment: str) -> Result:
        environment = {**ENVIRONMENT, "EVENTS": "480", **environment}
        return self.run("heavy_process", "--date", day, **environment)

    def validate(self, day: str = "2024-01-01") -> Result:
        return self.run("validate", LOGICAL_DATE=day)

    def train(self, day: str = "2024-01-01", **environment: str) -> Result:
        return self.run("train", "--date", day, **environment)

    @property
    def events(self) -> Path:
        return self.folder / "events" / "date=2024-01-01"

    @property
    def manifest(self) -> Path:
        return self.events / "manifest.json"

    @property
    def aggregates(self) -> Path:
        return self.folder / "aggregates" / "2024-01-01.json"

    @property
    def model(self) -> Path:
        return self.folder / "models" / "2024-01-01.json"

    def partition(self, hour: int) -> Path:
        return self.events / f"hour={hour:02}.csv.gz"

    def files(self) -> dict[str, bytes]:
        """Path -> content of all files, also hidden ones."""
        return {
            str(file.relative_to(self.folder)): file.read_bytes()
            for file in self.folder.rglob("*")
            if file.is_file()
        }

    def hidden(self) -> list[Path]:
        return [file for file in self.folder.rglob("*") if file.name.startswith(".")]


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def rows_of(partition: Path) -> list[list[str]]:
    """The rows of a partition without the header."""
    with gzip.open(partition, "rt", newline="") as text:
        return list(csv.reader(text))[1:]


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    folder = tmp_path / "data"
    folder.mkdir()
    return Volume(folder=folder)
