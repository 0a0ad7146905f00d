"""Finds the archive of the chart: given by the user, in Helm's cache, or downloaded."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from airflow_k8s.errors import UserError
from airflow_k8s.rendering.found_chart import FoundChart
from airflow_k8s.rendering.helm import ChartNotFoundError, chart_version, pull, repository_cache
from airflow_k8s.rendering.stand_in_chart import stand_in_chart
from airflow_k8s.stack.settings.airflow import Chart
from airflow_k8s.toolchain.cache import cache_root
from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.toolchain.digest import digest

OFFICIAL, OFFICIAL_REPOSITORY = "airflow", "https://airflow.apache.org"
SHA256: Mapping[str, str] = {
    "1.22.0": "1f7d1dfe3d58e2c54899950aba907a43625a18c8b6fb3c54760c21592129a5b6",
}
"""The pinned checksums of the official chart's archives, by version. An archive with another
checksum is not used."""


def find_chart(
    wanted: Chart,
    *,
    helm: Path,
    program: Path,
    explicit: Path | None,
    strict: bool,
    notify: Callable[[str], None],
) -> FoundChart:
    """The chart at the path `explicit`, or else the chart that the stack names.

    If the chart can't be downloaded, returns the stand-in chart, or raises UserError if `strict`.
    Always raises UserError if the given path holds no chart, if the repository has no such version,
    or if an archive has another checksum than the pinned one.
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
        last_line = str(error).splitlines()[-1]
        reason = f"chart {name} {wanted.version} can't be downloaded: {last_line}"
        # The repository's answer that it has no such chart is no network failure.
        if strict or isinstance(error, ChartNotFoundError):
            raise UserError(
                f"{reason}"
                f"\nPut {archive.name} into {folder}, give --chart PATH, or check the network."
            ) from error
        return stand_in_chart(reason, notify)
    _check(archive, pinned)
    if not pinned:
        notify(f"the checksum of chart {name} {wanted.version} is not pinned: {archive} is trusted")
    return FoundChart(path=archive, version=wanted.version)


def _is_official(wanted: Chart) -> bool:
    return (wanted.reference, wanted.repository.rstrip("/")) == (OFFICIAL, OFFICIAL_REPOSITORY)


def _folder(wanted: Chart, helm: Path) -> Path:
    """The folder for the chart's archive: Helm's cache for the official chart only.

    Helm's cache distinguishes charts only by name and version, so charts of other repositories have
    folders of their own.
    """
    if _is_official(wanted):
        return repository_cache(helm)
    source = hashlib.sha256(f"{wanted.repository} {wanted.reference}".encode()).hexdigest()
    return cache_root() / "charts" / source[:12]


def _given(path: Path, wanted: Chart, helm: Path, notify: Callable[[str], None]) -> FoundChart:
    if not path.exists():  # helm would search the user's repositories for it
        raise UserError(f"{path} does not exist; give the chart's archive or folder")
    try:
        name, version = chart_version(helm, path)
    except CommandError as error:
        raise UserError(f"{path} is not a chart: {error}") from error
    pinned = SHA256.get(version, "") if name == OFFICIAL and path.is_file() else ""
    if path.is_file():
        _check(path, pinned)
    if not pinned:
        notify(f"the checksum of chart {name} {version} is not pinned: {path} is trusted")
    if version != wanted.version:
        notify(f"{path} is version {version} of the chart; the stack wants {wanted.version}")
    return FoundChart(path=path, version=version)


def _check(archive: Path, expected: str) -> None:
    found = digest(archive)
    if expected and found != expected:
        raise UserError(
            f"{archive} is not the pinned chart:"
            f"\n  expected sha256 {expected}\n  found    sha256 {found}"
            "\nDelete that file, or pin the other checksum in airflow_k8s/rendering/charts.py."
        )


def _download(wanted: Chart, archive: Path, pinned: str, helm: Path) -> None:
    """Writes the archive only after its checksum is verified, because Helm installs from there."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        pull(helm, wanted, Path(folder))
        pulled = Path(folder) / archive.name
        _check(pulled, pinned)
        pulled.replace(archive)
