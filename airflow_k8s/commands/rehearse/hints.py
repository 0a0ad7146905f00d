"""The settings of the stack that cause a trouble. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class _Component:
    """A component of the platform."""

    part_of_name: str  # contained in the names of its objects
    settings: str
    scalable: bool = False  # it has settings for replicas and resources


_COMPONENTS = (
    _Component(part_of_name="api-server", settings="apiServer", scalable=True),
    _Component(part_of_name="webserver", settings="apiServer", scalable=True),
    _Component(part_of_name="scheduler", settings="scheduler", scalable=True),
    _Component(part_of_name="dag-processor", settings="dagProcessor", scalable=True),
    _Component(part_of_name="triggerer", settings="triggerer", scalable=True),
    _Component(part_of_name="statsd", settings="statsd"),
    _Component(part_of_name=names.DATABASE, settings="database"),
    _Component(part_of_name="migration", settings="sidecars.job, image"),
    _Component(part_of_name="admin", settings="sidecars.job, image"),
)
_DATABASE_CLAIM = "database.storageClass"
_CLAIMS: Mapping[str, str] = {
    names.DATA_CLAIM: "data.storageClass, data.accessMode",
    names.LOG_CLAIM: "logs.volume.storageClass, logs.volume.accessMode",
    names.DATABASE_CLAIM: _DATABASE_CLAIM,
}
_BY_KIND: Mapping[str, str] = {"Node": "gpu.nodes", "NetworkPolicy": "network"}
_BY_REASON: Mapping[Reason, str] = {
    Reason.QUOTA_EXCEEDED: "tasks.parallelism, tasks.heavy (the quota is derived from them)",
    Reason.VOLUME_IN_USE: "data.accessMode, logs.volume.accessMode, cluster.severalNodes",
    Reason.VOLUME: "storageClass and accessMode of data and logs.volume, database.storageClass",
    Reason.DATABASE_UNREACHABLE: "database.mode, databaseUrl",
}


def with_setting(trouble: Trouble, settings: Settings) -> Trouble:
    """The trouble with the settings that cause it, if they are known."""
    return replace(trouble, setting=_setting(trouble, settings))


def _setting(trouble: Trouble, settings: Settings) -> str:
    match trouble.kind:
        case "StorageClass":
            return _storage_class(trouble.name, settings)
        case "APIService":
            return "gpu.mode" if "karpenter" in trouble.name else "database.mode"
        case "PersistentVolumeClaim":
            otherwise = _DATABASE_CLAIM if names.DATABASE in trouble.name else ""
            return _CLAIMS.get(trouble.name, otherwise)
        case kind if kind in _BY_KIND:
            return _BY_KIND[kind]
        case _:
            return _by_reason(trouble, settings)


def _storage_class(name: str, settings: Settings) -> str:
    """The settings that name the storage class."""
    classes = {
        "data": settings.data.storage_class,
        "logs.volume": settings.logs.volume.storage_class,
        "database": settings.database.storage_class,
    }
    return ", ".join(f"{section}.storageClass" for section, own in classes.items() if own == name)


def _by_reason(trouble: Trouble, settings: Settings) -> str:
    """The settings for the reason of the trouble, otherwise those of the component."""
    if trouble.reason in _BY_REASON:
        return _BY_REASON[trouble.reason]
    if trouble.reason is Reason.POD_SECURITY:
        has_values = bool(settings.values or settings.values_file)
        return "values (their security contexts)" if has_values else ""
    component = _component(trouble.name)
    if component is None:
        return ""
    if trouble.reason is Reason.INSUFFICIENT_RESOURCES and component.scalable:
        return f"{component.settings}.replicas, {component.settings}.resources"
    return component.settings


def _component(name: str) -> _Component | None:
    return next((own for own in _COMPONENTS if own.part_of_name in name), None)
