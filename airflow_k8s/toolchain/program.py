"""Installs programs that are not on PATH: downloads the pinned release, or builds the program."""

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, cast

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import go_build, releases
from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import CommandError, Version, version, version_in
from airflow_k8s.toolchain.releases import Release


@dataclass(frozen=True, kw_only=True)
class Module:
    """A pinned Go module."""

    folder: Path  # with its go.mod
    path: str  # by which Go knows it
    version_variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """The variables by which its programs know their version, by qualified name; the value is a
    template of {version}, {major} and {minor}. Empty if the source has the version."""

    @property
    def version(self) -> str:
        """The pinned version, such as 1.34.4."""
        return go_build.pinned_version(self.folder, self.path)

    def variables(self) -> dict[str, str]:
        """The version variables with the values that a build gives them."""
        major, minor, _ = version_in(self.version)
        return {
            name: template.format(version=self.version, major=major, minor=minor)
            for name, template in self.version_variables.items()
        }


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program of a pinned Go module."""

    name: str
    module: Module
    package: str  # below the module's path
    build_time: str  # of a first build on two cores, such as "half a minute"
    version_arguments: Sequence[str] = ("--version",)
    alternative: str = "put one of the same minor version on PATH"  # for the user, if it fails

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.module.version}"

    @property
    def folder(self) -> Path:
        """Its folder in the cache."""
        return cache_root() / f"{self.name}-{self.module.version}"

    @property
    def file(self) -> Path:
        """The path of the program in the cache. `install` must have been called."""
        return self.folder / self.name

    def version_of(self, file: Path) -> Version:
        """The version that a file of this program prints."""
        return version([file, *self.version_arguments])

    def on_path_within(self, oldest: Version, too_new: Version) -> Path | None:
        """The program on PATH if its version is at least `oldest` and lower than `too_new`; else
        None."""
        found = shutil.which(self.name)
        if found and oldest <= self.version_of(Path(found)) < too_new:
            return Path(found)
        return None


def install(programs: Sequence[Program], notify: Callable[[str], None]) -> None:
    """Installs the programs that are missing in the cache.

    A pinned release is downloaded if its address answers within seconds; any other program is
    built. Raises UserError if a program is not available in either way.
    """
    missing = [program for program in programs if not program.folder.exists()]
    if not missing:
        return
    available = _available(missing)
    for number, program in enumerate(missing, 1):
        count = f"{number} of {len(missing)}" if len(missing) > 1 else ""
        try:
            fill_once(program.folder, _maker(program, available, count, notify), notify)
        except (CommandError, OSError) as error:
            raise UserError(
                f"{program.label} is not available:\n{error}\n"
                f"Either {program.alternative}, or fix that."
            ) from error


def _available(programs: Iterable[Program]) -> dict[str, Release]:
    """The releases that can be downloaded, by the name of the program."""
    # Imported here: it takes a tenth of a second, and most runs find all programs in the cache.
    from airflow_k8s.toolchain.download import answering

    on = releases.this_platform()
    pinned = [releases.release(program.name, program.module.version, on) for program in programs]
    rows = [row for row in pinned if row]
    reachable = answering({row.address for row in rows})
    return {row.tool: row for row in rows if row.address in reachable}


def _maker(
    program: Program,
    available: Mapping[str, Release],
    count: str,
    notify: Callable[[str], None],
) -> Callable[[Path], None]:
    """A function that downloads or builds the program into a folder."""

    def fill(folder: Path) -> None:
        row = available.get(program.name)
        if row:
            notify(f"downloading {program.label}{f' ({count})' if count else ''}")
            try:
                _download(program, row, folder / program.name)
            except (CommandError, OSError) as error:
                notify(f"{program.label} can't be downloaded: {error}")
            else:
                return
        details = [*([count] if count else []), f"about {program.build_time}", "once"]
        notify(f"building {program.label} ({', '.join(details)})")
        go_build.build(
            program.module.folder,
            program.module.path + program.package,
            folder / program.name,
            variables=program.module.variables(),
            notify=notify,
        )

    return fill


def _download(program: Program, row: Release, file: Path) -> None:
    """Raises CommandError if the release is not the pinned one, or does not run on this machine."""
    from airflow_k8s.toolchain.download import download

    if row.address.endswith((".tar.gz", ".zip")):
        with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
            archive = Path(scratch) / PurePosixPath(row.address).name
            download(row.address, archive, sha256=row.sha256)
            _extract(archive, program.name, file)
    else:
        download(row.address, file, sha256=row.sha256)
    file.chmod(0o755)
    found = program.version_of(file)
    if found != version_in(row.version):
        raise CommandError(f"{row.address} is version {'.'.join(map(str, found))}")


def _extract(archive: Path, name: str, file: Path) -> None:
    """Writes the file with that name. It may be in any folder of the archive."""
    try:
        content = _from_zip(archive, name) if archive.suffix == ".zip" else _from_tar(archive, name)
    except (tarfile.TarError, zipfile.BadZipFile, StopIteration) as error:
        raise CommandError(f"no {name} in the archive: {error}") from error
    file.write_bytes(content)


def _from_zip(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        found = next(path for path in opened.namelist() if PurePosixPath(path).name == name)
        return opened.read(found)


def _from_tar(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as opened:
        files = (member for member in opened if member.isfile())
        found = next(member for member in files if PurePosixPath(member.name).name == name)
        return cast(IO[bytes], opened.extractfile(found)).read()
