"""What operators add to Kubernetes' API: their own definitions, pinned."""

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.cache import cache, kept
from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.toolchain.download import answering, digest, download
from airflow_k8s.yaml_io import documents

_KARPENTER, _KARPENTER_PATH = go_build.MODULES / "karpenter", "sigs.k8s.io/karpenter"

CLOUDNATIVE_PG = "1.30.0"
_COMMIT = "4b5e244a7d031f67e025c83c1555e7726ecbbfa1"  # of that release; its tag could be moved
_CLUSTERS = "postgresql.cnpg.io_clusters.yaml"
_ADDRESS = (
    f"https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/{_COMMIT}"
    f"/config/crd/bases/{_CLUSTERS}"
)
_SHA256 = "ae47f4a00f6e998faef57e480f9a3960cd48ea16a79270861fc7442601507472"


def karpenter_crds(notify: Callable[[str], None]) -> list[dict[str, Any]]:
    """Karpenter's definitions, NodePool's among them, from its Go module.

    Raises UserError where that can't be had.
    """
    version = go_build.pinned(_KARPENTER, _KARPENTER_PATH)

    def fill(folder: Path) -> None:
        notify(f"fetching Karpenter {version}'s definitions (a few seconds, once)")
        source = (
            go_build.module_folder(_KARPENTER, _KARPENTER_PATH, notify) / "pkg" / "apis" / "crds"
        )
        for file in source.glob("karpenter.sh_*.yaml"):
            copyfile(file, folder / file.name)  # that one may be written to, unlike the source

    try:
        folder = kept(cache() / f"karpenter-crds-{version}", fill, notify)
    except (CommandError, OSError) as error:
        raise UserError(f"Karpenter {version}'s definitions can't be had:\n{error}") from error
    return [each for file in sorted(folder.iterdir()) for each in _read(file)]


def cloudnative_pg_crds(
    notify: Callable[[str], None], *, address: str = _ADDRESS, sha256: str = _SHA256
) -> list[dict[str, Any]] | None:
    """CloudNativePG's definition of a Cluster; None, and why is said, where it can't be had.

    Raises UserError where the cache holds another file than the pinned one.
    """

    def fill(folder: Path) -> None:
        if not answering([address]):
            raise CommandError(f"nobody answers at {address}")
        download(address, folder / _CLUSTERS, sha256=sha256)

    try:
        folder = kept(cache() / f"cloudnative-pg-crds-{CLOUDNATIVE_PG}", fill, notify)
    except (CommandError, OSError) as error:
        notify(f"CloudNativePG {CLOUDNATIVE_PG}'s definition can't be had: {error}")
        return None
    file = folder / _CLUSTERS
    if not file.exists() or digest(file) != sha256:
        raise UserError(f"{file} is not the one that is pinned; delete {folder}")
    return _read(file)


def _read(file: Path) -> list[dict[str, Any]]:
    return documents(file.read_text(encoding="utf-8"))
