"""Chart values for the CronJobs that delete old rows and finished pods."""

from typing import Any

from airflow_k8s.stack.chart.components import NO_DATABASE_CHECK
from airflow_k8s.stack.chart.service_accounts import NO_TOKEN, TOKEN_IN_ONE_CONTAINER
from airflow_k8s.stack.settings import secret_env
from airflow_k8s.stack.settings.model import Settings


def values(settings: Settings) -> dict[str, Any]:
    """The top-level keys databaseCleanup (old rows) and cleanup (finished pods)."""
    return {
        "databaseCleanup": {
            "enabled": True,
            "schedule": "0 3 * * *",
            "retentionDays": settings.retention.database_days,
            # Otherwise the rows move to archive tables, and the database never gets smaller.
            "skipArchive": True,
            "env": list(secret_env.built_in("database-cleanup", settings.secrets).variables),
            "resources": settings.sidecars.job.spec(),
            "serviceAccount": NO_TOKEN,
        },
        "cleanup": {
            "enabled": True,
            "schedule": "*/15 * * * *",
            "env": [NO_DATABASE_CHECK],
            "resources": settings.sidecars.job.spec(),
            "serviceAccount": TOKEN_IN_ONE_CONTAINER,
            "failedJobsHistoryLimit": 1,
            "successfulJobsHistoryLimit": 1,
        },
    }
