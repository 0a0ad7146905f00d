"""A cluster that a kubeconfig names, and the Airflow that lives on it."""
