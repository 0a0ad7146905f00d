"""Objects that a stack needs from its cluster and does not create itself."""

from airflow_k8s.stack.settings.model import Settings

CLOUDNATIVE_PG = "postgresql.cnpg.io/v1"
KARPENTER = "karpenter.sh/v1"


def api_groups(settings: Settings) -> list[str]:
    """API groups of operators that the stack uses, as group/version."""
    needed = {
        CLOUDNATIVE_PG: settings.database.mode == "cloudnative-pg",
        KARPENTER: settings.gpu.mode == "karpenter",
    }
    return [group for group, is_needed in needed.items() if is_needed]


def storage_classes(settings: Settings) -> list[str]:
    """The storage classes that the settings name; a claim without one uses the default class."""
    return sorted(set(_storage_classes(settings)) - {""})


def default_storage_class(settings: Settings) -> bool:
    """Whether a claim of the stack uses the cluster's default storage class."""
    return "" in _storage_classes(settings)


def _storage_classes(settings: Settings) -> list[str]:
    """The storage class of every kind of claim in the stack; empty for the cluster's default."""
    has_log_volume = settings.logs.store == "volume"
    has_database = settings.database.mode != "external"
    return [
        settings.data.storage_class,
        *([settings.logs.volume.storage_class] if has_log_volume else []),
        *([settings.database.storage_class] if has_database else []),
    ]


def nodes(settings: Settings) -> list[str]:
    """Names of the nodes that the stack names."""
    return sorted(set(settings.gpu.nodes)) if settings.gpu.mode == "nodes" else []
