"""The volume with the facts for DAGs, which dags/airflow_platform.py reads."""

from airflow_k8s.stack.settings import names

FACTS_VOLUME = {"name": "platform", "configMap": {"name": names.DAG_FACTS}}
FACTS_MOUNT = {"name": "platform", "mountPath": names.DAG_FACTS_PATH, "readOnly": True}
