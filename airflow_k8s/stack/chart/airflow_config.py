"""The configuration of Airflow (airflow.cfg), which the chart writes from its value `config`."""

from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.access import Ingress
from airflow_k8s.stack.settings.airflow import Logs
from airflow_k8s.stack.settings.model import Settings


def config(settings: Settings) -> dict[str, Any]:
    """The sections of airflow.cfg.

    The numbers for the executor were measured with 300 empty tasks: 4 tasks/s with Airflow's
    defaults, 9 tasks/s with these numbers and asynchronous pod creation.
    """
    sections: dict[str, Any] = {
        "core": {
            # Airflow counts it for every scheduler separately.
            "parallelism": settings.tasks.parallelism // settings.scheduler.replicas,
        },
        "scheduler": {
            "max_tis_per_query": 0,  # as many as parallelism; the default 16 is half a batch
            "scheduler_idle_sleep_time": 0.1,  # the default is a second before every new batch
        },
        "kubernetes_executor": {
            "worker_pods_creation_batch_size": 32,  # the default is one pod per scheduler loop
            # The quota has room for parallelism. If it is full nevertheless, a task waits and does
            # not fail.
            "task_publish_max_retries": -1,
        },
        "workers": {
            # By default a worker gives up if the API server is unavailable for about 12 s. With
            # these it tries for over a minute, so a rolling update or a lost pod fails no task.
            "execution_api_retries": 15,
            "execution_api_retry_wait_max": 15,
        },
        "dag_processor": {
            "refresh_interval": settings.dags.interval_seconds  # the default is 5 minutes
        },
        # A key of Airflow 2 that the chart still sets by default; Airflow 3 warns about it.
        "webserver": {"enable_proxy_fix": None},
    }
    if settings.image.async_pod_creation:
        sections["kubernetes_executor"]["async_pod_creation"] = True
    if settings.ingress.host:
        sections["api"] = {"base_url": base_url(settings.ingress)}
    if settings.logs.store == "remote":
        sections |= _remote_logging(settings.logs)
    return sections


def base_url(ingress: Ingress) -> str:
    """The address of the UI at the host of the ingress."""
    scheme = "https" if ingress.tls_secret else "http"
    return f"{scheme}://{ingress.host}"


def _remote_logging(logs: Logs) -> dict[str, Any]:
    sections: dict[str, Any] = {
        "logging": {
            "remote_logging": "True",
            "remote_base_log_folder": logs.folder,
            "remote_log_conn_id": names.LOG_CONNECTION if logs.connection_secret else "",
        }
    }
    folder = urlsplit(logs.folder)
    if folder.scheme == "wasb":  # Airflow has separate options for the container and the folder
        sections["logging"]["remote_base_log_folder"] = f"wasb://{folder.path.lstrip('/')}"
        sections["azure_remote_logging"] = {"remote_wasb_log_container": folder.netloc}
    return sections
