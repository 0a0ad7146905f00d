"""Which settings lie behind a trouble, so that a person knows where to turn."""

from dataclasses import replace

from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings

_CLAIMS = {
    names.DATA_CLAIM: "data",
    names.LOG_CLAIM: "logs.volume",
    names.DATABASE_CLAIM: "database",
}
_COMPONENTS = {
    "api-server": "apiServer",
    "webserver": "apiServer",
    "scheduler": "scheduler",
    "dag-processor": "dagProcessor",
    "triggerer": "triggerer",
    "statsd": "statsd",
    names.DATABASE: "database",
    "migration": "sidecars.job, image",
    "admin": "sidecars.job, image",
}


def with_setting(trouble: Trouble, s: Settings) -> Trouble:
    """The trouble with the settings behind it, where they are known."""
    return replace(trouble, setting=_setting(trouble, s))


def _setting(trouble: Trouble, s: Settings) -> str:
    if trouble.kind == "StorageClass":
        given = {
            "data": s.data.storage_class,
            "logs.volume": s.logs.volume.storage_class,
            "database": s.database.storage_class,
        }
        return ", ".join(f"{key}.storageClass" for key, it in given.items() if it == trouble.name)
    if trouble.kind == "Node":
        return "gpu.nodes"
    if trouble.kind == "NetworkPolicy":
        return "network"
    if trouble.kind == "APIService":
        return "gpu.mode" if "karpenter" in trouble.name else "database.mode"
    if trouble.kind == "PersistentVolumeClaim":
        where = _CLAIMS.get(trouble.name, "database" if names.DATABASE in trouble.name else "")
        if where == "database":
            return "database.storageClass"
        return f"{where}.storageClass, {where}.accessMode" if where else ""
    where = _component(trouble.name)
    match trouble.reason:
        case Reason.QUOTA_EXCEEDED:
            return "tasks.parallelism and tasks.heavy, from which the quota follows"
        case Reason.POD_SECURITY:
            return "values (a security context in them)" if s.values or s.values_file else ""
        case Reason.VOLUME_IN_USE:
            return "data.accessMode, logs.volume.accessMode, cluster.severalNodes"
        case Reason.VOLUME:
            return "storageClass and accessMode of data and logs.volume, database.storageClass"
        case Reason.INSUFFICIENT_RESOURCES if where:
            plain = where in ("statsd", "database") or "," in where
            return where if plain else f"{where}.replicas, {where}.resources"
        case Reason.DATABASE_UNREACHABLE:
            return "database.mode, databaseUrl"
        case _:
            return where


def _component(name: str) -> str:
    found = [setting for part, setting in _COMPONENTS.items() if part in name]
    return found[0] if found else ""
