"""What Airflow makes of DAGs: their graph, and the pods that each task would start.

`inside` runs in Airflow's own environment, `reader` asks it, `reading` is what it answers, `shown`
prints it; `python -m dag_reader` (`make dags`) does so for a stack.
"""
