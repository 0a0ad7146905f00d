"""The commands of airflow-platform, one folder or module a command."""
