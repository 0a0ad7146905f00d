"""What the Airflow chart gets from us, as pure functions of the settings."""
