"""Finding the chart's archive: given by hand, in Helm's cache, downloaded; or an older stand-in."""

import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.helm import ask, chart_version
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import CommandError, run
from airflow_k8s.toolchain.digest import digest

OFFICIAL, OFFICIAL_REPOSITORY = "airflow", "https://airflow.apache.org"
SHA256: Mapping[str, str] = {
    "1.22.0": "1f7d1dfe3d58e2c54899950aba907a43625a18c8b6fb3c54760c21592129a5b6",
}
"""The archives of the official chart by version; what differs is not used."""

STAND_IN = "1.13.1"
"""The official chart that a Python package happens to carry, where no other can be had."""

_WHEEL = "zrb-extras==0.0.4"
_WHEEL_SHA256 = "f2ab543a2d03902839d2b66245b3f1df110abc616e9e94fd972f2ad05c4358fd"
_IN_WHEEL = "zrb_extras/airflow/template/src/kebab-zrb-app-name/deployment/helm-charts/airflow/"


@dataclass(frozen=True)
class FoundChart:
    """A chart on this machine: an archive or a folder."""

    path: Path
    version: str
    stand_in_reason: str = ""  # why it is not the one that was asked for; empty where it is

    @property
    def is_stand_in(self) -> bool:
        """Whether it is older than what the values are written for."""
        return bool(self.stand_in_reason)


def find_chart(
    wanted: Chart,
    *,
    helm: Path,
    program: Path,
    explicit: Path | None,
    strict: bool,
    notify: Callable[[str], None],
) -> FoundChart:
    """The chart at the given path, else the one that the stack names.

    Where that can't be had: UserError if strict, else the stand-in. Always UserError for a path
    with no chart, and for an archive that is not the pinned one.
    """
    if explicit is not None:
        return _given(explicit, wanted, helm, notify)
    if wanted.reference.startswith((".", "/")):
        return _given(program / wanted.reference, wanted, helm, notify)
    name = wanted.reference.rsplit("/", 1)[-1]
    folder = _folder(wanted, helm)
    archive = folder / f"{name}-{wanted.version}.tgz"
    pinned = SHA256.get(wanted.version, "") if _is_official(wanted) else ""
    try:
        if not archive.exists():
            notify(f"downloading chart {name} {wanted.version}")
            _download(wanted, archive, pinned, helm)
    except (CommandError, OSError) as error:
        because = f"chart {name} {wanted.version} can't be had: {str(error).splitlines()[-1]}"
        if strict or " not found in " in because:  # the repository answered: it has no such chart
            raise UserError(
                f"{because}"
                f"\nPut {archive.name} into {folder}, give --chart PATH, or check the network."
            ) from error
        return _stand_in(because, notify)
    _check(archive, pinned)
    if not pinned:
        notify(f"the checksum of chart {name} {wanted.version} is not pinned: {archive} is trusted")
    return FoundChart(archive, wanted.version)


def _is_official(wanted: Chart) -> bool:
    return (wanted.reference, wanted.repository.rstrip("/")) == (OFFICIAL, OFFICIAL_REPOSITORY)


def _folder(wanted: Chart, helm: Path) -> Path:
    """Helm's cache tells charts apart by name and version alone, so it serves one source only."""
    if _is_official(wanted):
        return Path(ask(helm, "env", "HELM_REPOSITORY_CACHE").strip())
    source = hashlib.sha256(f"{wanted.repository} {wanted.reference}".encode()).hexdigest()
    return cache_root() / "charts" / source[:12]


def _given(path: Path, wanted: Chart, helm: Path, notify: Callable[[str], None]) -> FoundChart:
    if not path.exists():  # helm would look for it in the user's repositories
        raise UserError(f"there is no chart at {path}; give an archive or a folder")
    try:
        name, version = chart_version(helm, path)
    except CommandError as error:
        raise UserError(f"{path} is no chart: {error}") from error
    pinned = SHA256.get(version, "") if name == OFFICIAL and path.is_file() else ""
    if path.is_file():
        _check(path, pinned)
    if not pinned:
        notify(f"the checksum of chart {name} {version} is not pinned: {path} is trusted")
    if version != wanted.version:
        notify(f"{path} is version {version} of the chart; the stack wants {wanted.version}")
    return FoundChart(path, version)


def _check(archive: Path, expected: str) -> None:
    found = digest(archive)
    if expected and found != expected:
        raise UserError(
            f"{archive} is not the chart that is pinned:"
            f"\n  expected sha256 {expected}\n  found    sha256 {found}"
            "\nDelete that file, or pin the other checksum in render/charts.py."
        )


def _download(wanted: Chart, archive: Path, pinned: str, helm: Path) -> None:
    """The cache gets the archive only when it is checked: Helm installs from there."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        where = ["--repo", wanted.repository] if wanted.repository else []
        to = ["--version", wanted.version, "--destination", folder]
        ask(helm, "pull", wanted.reference, *where, *to)
        pulled = Path(folder) / archive.name
        _check(pulled, pinned)
        pulled.replace(archive)


def _stand_in(because: str, notify: Callable[[str], None]) -> FoundChart:
    try:
        folder = fill_once(
            cache_root() / f"airflow-chart-{STAND_IN}",
            lambda to: _fetch_stand_in(to, notify),
            notify,
        )
    except (CommandError, OSError) as error:
        raise UserError(
            f"{because}\nNor can chart {STAND_IN}, which would stand in for it: {error}"
            "\nGive --chart PATH, or check the network."
        ) from error
    return FoundChart(folder / "airflow", STAND_IN, because)


def _fetch_stand_in(folder: Path, notify: Callable[[str], None]) -> None:
    notify(f"fetching chart {STAND_IN} to stand in (once)")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", scratch]
        run([sys.executable, "-m", "pip", "download", *options, _WHEEL], timeout=120)
        (wheel,) = Path(scratch).glob("*.whl")
        found = digest(wheel)
        if found != _WHEEL_SHA256:
            raise CommandError(f"{wheel.name} has sha256 {found} instead of {_WHEEL_SHA256}")
        with zipfile.ZipFile(wheel) as archive:
            members = [m for m in archive.namelist() if m.startswith(_IN_WHEEL)]
            archive.extractall(scratch, members)
        (Path(scratch) / _IN_WHEEL).rename(folder / "airflow")
