"""Values for service accounts: whether a pod gets a token for the Kubernetes API."""

from typing import Any

from airflow_k8s.stack.settings.model import Settings

NO_TOKEN = {"automountServiceAccountToken": False}
# Only the container that needs the token gets it, not the other containers of the pod.
TOKEN_IN_ONE_CONTAINER = NO_TOKEN | {"serviceAccountTokenVolume": {"enabled": True}}


def identity(settings: Settings) -> dict[str, Any]:
    """Annotations that give the pods of a service account their cloud identity."""
    return {"annotations": settings.service_account_annotations}
