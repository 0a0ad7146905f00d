"""What a stack needs from its cluster and does not make itself."""

from airflow_k8s.stack.settings.model import Settings

CLOUDNATIVE_PG = "postgresql.cnpg.io/v1"
KARPENTER = "karpenter.sh/v1"


def api_groups(s: Settings) -> list[str]:
    """Group and version of the operators' resources that the stack uses."""
    wanted = {
        CLOUDNATIVE_PG: s.database.mode == "cloudnative-pg",
        KARPENTER: s.gpu.mode == "karpenter",
    }
    return [group for group, used in wanted.items() if used]


def storage_classes(s: Settings) -> list[str]:
    """Storage classes that the stack names; the cluster's default has no name to check."""
    return sorted(set(_storage_classes(s)) - {""})


def default_storage_class(s: Settings) -> bool:
    """Whether a claim of the stack asks for the cluster's default class."""
    return "" in _storage_classes(s)


def _storage_classes(s: Settings) -> list[str]:
    """Of each kind of claim that the stack makes; empty for the default."""
    return [
        s.data.storage_class,
        *([s.logs.volume.storage_class] if s.logs.store == "volume" else []),
        *([s.database.storage_class] if s.database.mode != "external" else []),
    ]


def nodes(s: Settings) -> list[str]:
    """Nodes that the stack names."""
    return sorted(set(s.gpu.nodes)) if s.gpu.mode == "nodes" else []
