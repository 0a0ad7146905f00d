"""Airflow on Kubernetes as code: what the Pulumi program and the command airflow-platform share."""

__version__ = "0.1.0"
