"""`python -m airflow_k8s` is the command airflow-platform."""

from airflow_k8s.cli import run

run()
