"""The settings of the old layout."""

NAMESPACE = "airflow-old"
