"""Reads DAGs with Airflow: their graph, and the pods that every task would start.

`inside` runs in the Python environment of Airflow and does the work. `reader` starts it and sends
requests, `reading` has the types of its responses, and `report` prints them.
"""
