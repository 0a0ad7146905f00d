"""The programs of an embedded control plane: found, downloaded or built."""

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import CommandError, Version, run, version, version_in
from airflow_k8s.toolchain.download import answering, download


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """The programs, which fit together.

    kwokctl asks through kubectl whether a cluster is well. It takes the one on PATH, and without
    one tries for minutes to download it: who runs kwokctl puts this one's folder first.
    """

    kwokctl: Path
    kwok: Path
    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kubectl: Path
    kubernetes: str
    """The version of the three servers, such as 1.34.4."""


@dataclass(frozen=True)
class _Module:
    """A pinned Go module: its folder beside this file, and the path by which Go knows it."""

    folder: Path
    path: str
    stamp: str = ""  # the package whose variables hold the version; empty: the source says it

    @property
    def version(self) -> str:
        return go_build.pinned(self.folder, self.path)

    def texts(self) -> dict[str, str]:
        """The variables of a build by which its programs know their version."""
        if not self.stamp:
            return {}
        major, minor, _ = version_in(self.version)
        said = {"gitVersion": f"v{self.version}", "gitMajor": str(major), "gitMinor": str(minor)}
        return {f"{self.stamp}.{name}": text for name, text in said.items()}


@dataclass(frozen=True)
class _Program:
    name: str
    module: _Module
    package: str  # below the module's path
    takes: str  # a first build on two cores
    asked: tuple[str, ...] = ("--version",)

    @property
    def home(self) -> Path:
        """Its folder in the cache."""
        return cache() / f"{self.name}-{self.module.version}"

    def version_of(self, file: Path) -> Version:
        return version([file, *self.asked])


@dataclass(frozen=True)
class _Set:
    """Programs that must fit: PATH has them all, of one minor version within bounds, or none."""

    oldest: Version
    too_new: Version
    programs: tuple[_Program, ...]

    def installed(self) -> dict[str, Path]:
        found = {each.name: shutil.which(each.name) for each in self.programs}
        paths = {name: Path(path) for name, path in found.items() if path}
        if len(paths) < len(self.programs):
            return {}
        versions = [each.version_of(paths[each.name]) for each in self.programs]
        suits = all(self.oldest <= each < self.too_new for each in versions)
        return paths if suits and len({each[:2] for each in versions}) == 1 else {}


_KWOK = _Module(go_build.MODULES / "kwok", "sigs.k8s.io/kwok")
_ETCD = _Module(go_build.MODULES / "etcd", "go.etcd.io/etcd/server/v3")
_KUBERNETES = _Module(
    go_build.MODULES / "kubernetes", "k8s.io/kubernetes", "k8s.io/component-base/version"
)
_SETS = (
    _Set(
        (0, 8, 0),
        (0, 9, 0),
        (
            _Program("kwokctl", _KWOK, "/cmd/kwokctl", "a minute and a half"),
            _Program("kwok", _KWOK, "/cmd/kwok", "half a minute"),
        ),
    ),
    _Set((3, 6, 0), (4, 0, 0), (_Program("etcd", _ETCD, "", "half a minute"),)),
    _Set(
        (1, 34, 0),
        (2, 0, 0),
        (
            _Program("kube-apiserver", _KUBERNETES, "/cmd/kube-apiserver", "five minutes"),
            _Program(
                *("kube-controller-manager", _KUBERNETES, "/cmd/kube-controller-manager"),
                "a minute and a half",
            ),
            _Program("kube-scheduler", _KUBERNETES, "/cmd/kube-scheduler", "ten seconds"),
        ),
    ),
    _Set(  # it only asks the servers whether they are well, which every one can
        (1, 0, 0),
        (2, 0, 0),
        (
            _Program(
                *("kubectl", _KUBERNETES, "/cmd/kubectl", "half a minute"),
                asked=("version", "--client"),
            ),
        ),
    ),
)


def find_control_plane(notify: Callable[[str], None]) -> ControlPlane:
    """The programs on PATH where they suit, else those of the cache.

    What the cache lacks is downloaded from where kwokctl would take it, if somebody answers there
    within seconds, else built from its pinned source. Raises UserError where neither can be done.
    """
    programs = [program for each in _SETS for program in each.programs]
    found = {program.name: program.home / program.name for program in programs}
    for each in _SETS:
        found |= each.installed()
    missing = [
        program
        for program in programs
        if found[program.name] == program.home / program.name and not program.home.exists()
    ]
    addresses: Mapping[str, str] | None = None
    for number, program in enumerate(missing, 1):
        if program.name != "kwokctl" and addresses is None:
            addresses = _addresses(found["kwokctl"], missing)
        address = (addresses or {}).get(program.name, "")
        _make(program, address, f"{number} of {len(missing)}", notify)
    servers = version([found["kube-apiserver"], "--version"])
    return ControlPlane(
        **{name.replace("-", "_"): path for name, path in found.items()},
        kubernetes=".".join(map(str, servers)),
    )


def _make(program: _Program, address: str, count: str, notify: Callable[[str], None]) -> None:
    what = f"{program.name} {program.module.version}"

    def fill(folder: Path) -> None:
        if address:
            notify(
                f"downloading {what} ({count}); its checksum is not pinned: {address} is trusted"
            )
            try:
                _download(program, address, folder / program.name)
            except (CommandError, OSError) as error:
                notify(f"{what} can't be downloaded: {error}")
            else:
                return
        notify(f"building {what} ({count}, about {program.takes}, once)")
        go_build.build(
            program.module.folder,
            program.module.path + program.package,
            folder / program.name,
            texts=program.module.texts(),
            notify=notify,
        )

    try:
        kept(program.home, fill, notify)
    except (CommandError, OSError) as error:
        raise UserError(
            f"{what} can't be had:\n{error}\n"
            "Either put one of that minor version on PATH, or mend that."
        ) from error


def _addresses(kwokctl: Path, programs: Iterable[_Program]) -> dict[str, str]:
    """Where kwokctl would download the programs, of those addresses where somebody answers.

    A name after # is that of a file in an archive. Mirrors count that the user's KWOK_… name.
    """
    modules = {"KWOK_KUBE_VERSION": _KUBERNETES, "KWOK_ETCD_VERSION": _ETCD, "KWOK_VERSION": _KWOK}
    versions = {variable: f"v{module.version}" for variable, module in modules.items()}
    with tempfile.TemporaryDirectory() as empty:  # none of the user's own clusters
        environment = os.environ | versions | {"KWOK_WORKDIR": empty}
        command = [kwokctl, "get", "artifacts", "--runtime", "binary", "--filter", "binary"]
        try:
            listed = run(command, environment=environment).split()
        except CommandError:
            return {}
    wanted = {each.name: found for each in programs if (found := _address(each.name, listed))}
    there = answering({address.partition("#")[0] for address in wanted.values()})
    return {name: each for name, each in wanted.items() if each.partition("#")[0] in there}


def _address(name: str, listed: Iterable[str]) -> str:
    """Of …/kubectl, …/kwok-linux-amd64, …/etcd-linux-amd64.tar.gz#etcd the program's, or none."""
    its_own = re.compile(rf"[/#]{re.escape(name)}(-[a-z0-9]+-[a-z0-9]+)?$")
    return next((each for each in listed if its_own.search(each)), "")


def _download(program: _Program, address: str, file: Path) -> None:
    plain, _, member = address.partition("#")
    if member:
        with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
            archive = Path(scratch) / "archive"
            download(plain, archive)
            _extract(archive, member, file)
    else:
        download(plain, file)
    file.chmod(0o755)
    found = program.version_of(file)
    if found != version_in(program.module.version):
        raise CommandError(f"{address} is version {'.'.join(map(str, found))}")


def _extract(archive: Path, name: str, file: Path) -> None:
    try:
        with tarfile.open(archive) as opened, file.open("wb") as target:
            members = (each for each in opened if each.isfile())
            member = next(each for each in members if PurePosixPath(each.name).name == name)
            shutil.copyfileobj(cast(IO[bytes], opened.extractfile(member)), target)
    except (tarfile.TarError, StopIteration) as error:
        raise CommandError(f"no {name} in the archive: {error}") from error
