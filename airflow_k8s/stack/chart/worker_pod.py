"""Chart values for the executor's worker pod, which runs one task."""

from typing import Any

from airflow_k8s.stack.chart import data_volume, security
from airflow_k8s.stack.chart.components import NO_DATABASE_CHECK
from airflow_k8s.stack.chart.facts_volume import FACTS_MOUNT, FACTS_VOLUME
from airflow_k8s.stack.chart.service_accounts import identity
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings


def values(settings: Settings) -> dict[str, Any]:
    """Values for the pod template from which the executor creates worker pods."""
    return {
        "resources": settings.tasks.worker.spec(),
        "labels": {
            "app.kubernetes.io/name": "airflow",
            "app.kubernetes.io/component": "task",
            "app.kubernetes.io/part-of": names.PART_OF,
        }
        | data_volume.LABELS,
        "affinity": data_volume.affinity(settings),
        "serviceAccount": {"create": True} | identity(settings),
        "securityContexts": {"container": security.container(read_only=False)},
        "safeToEvict": False,  # an autoscaler that evicts the pod would kill the task
        "env": [
            NO_DATABASE_CHECK,
            names.api_key(settings.secrets).env("API_KEY"),
            names.pipeline_database_url(settings.secrets).env("DATABASE_URL"),
        ],
        "extraVolumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": names.DATA_CLAIM}},
            FACTS_VOLUME,
        ],
        "extraVolumeMounts": [{"name": "data", "mountPath": names.DATA_PATH}, FACTS_MOUNT],
    }
