"""The custom resource definitions of two operators, pinned: Karpenter and CloudNativePG."""

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain import go_build
from airflow_k8s.toolchain.cache import cache_root, fill_once
from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.toolchain.digest import digest
from airflow_k8s.toolchain.download import answering, download
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
    """Karpenter's definitions, NodePool among them, from its Go module.

    Raises UserError if the module can't be downloaded.
    """
    version = go_build.pinned_version(_KARPENTER, _KARPENTER_PATH)

    def fill(folder: Path) -> None:
        notify(f"downloading the definitions of Karpenter {version} (a few seconds, once)")
        source = (
            go_build.module_folder(_KARPENTER, _KARPENTER_PATH, notify) / "pkg" / "apis" / "crds"
        )
        for file in source.glob("karpenter.sh_*.yaml"):
            copyfile(file, folder / file.name)  # a copy can be written to, unlike the source

    try:
        folder = fill_once(cache_root() / f"karpenter-crds-{version}", fill, notify)
    except (CommandError, OSError) as error:
        raise UserError(
            f"the definitions of Karpenter {version} are not available:\n{error}"
        ) from error
    return [crd for file in sorted(folder.iterdir()) for crd in _read(file)]


def cloudnative_pg_crds(
    notify: Callable[[str], None], *, address: str = _ADDRESS, sha256: str = _SHA256
) -> list[dict[str, Any]] | None:
    """CloudNativePG's definition of a Cluster; None if it can't be downloaded, and `notify` gets
    the reason.

    Raises UserError if the cache contains another file than the pinned one.
    """

    def fill(folder: Path) -> None:
        if not answering([address]):
            raise CommandError(f"no answer from {address}")
        download(address, folder / _CLUSTERS, sha256=sha256)

    try:
        folder = fill_once(cache_root() / f"cloudnative-pg-crds-{CLOUDNATIVE_PG}", fill, notify)
    except (CommandError, OSError) as error:
        notify(f"the definition of CloudNativePG {CLOUDNATIVE_PG} is not available: {error}")
        return None
    file = folder / _CLUSTERS
    if not file.exists() or digest(file) != sha256:
        raise UserError(f"{file} is not the pinned one; delete {folder}")
    return _read(file)


def _read(file: Path) -> list[dict[str, Any]]:
    return documents(file.read_text(encoding="utf-8"))
