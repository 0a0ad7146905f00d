"""Airflow on Kubernetes as code: what the Pulumi program and the command airflow-platform share."""
