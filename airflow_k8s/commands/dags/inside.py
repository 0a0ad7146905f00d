"""Reads DAG files as Airflow's DAG processor does, and builds the pods of the tasks.

This program runs in the Python environment of Airflow. A request is one line of JSON on stdin, its
response is one line of JSON on stdout. Every request is handled in a process of its own, which is
forked after Airflow was loaded. So a request does not see what an earlier one changed.
"""

import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

DAY = datetime(2024, 1, 1, tzinfo=UTC)
RESPONDED = 77  # the exit code of a process that wrote its response
RUN = "scheduled__2024-01-01T00:00:00+00:00"


def respond(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Reads the DAG files of the request with the configuration of its stack.

    Returns the DAGs, and the errors and warnings by DAG file. `folder` is for temporary files.
    """
    from airflow.dag_processing.dagbag import BundleDagBag

    facts = folder / "facts.json"
    facts.write_text(request["facts"])
    os.environ["AIRFLOW_PLATFORM_FACTS"] = str(facts)
    # As variables, because Airflow has already read its configuration file.
    config = ConfigParser(interpolation=None)
    config.read_string(request["config"])
    for section in config.sections():
        for key, text in config[section].items():
            os.environ[f"AIRFLOW__{section}__{key}".upper()] = text
    template = folder / "template.yaml"
    template.write_text(request["template"])
    dags = Path(request["dags"])
    bag = BundleDagBag(dags, bundle_path=dags, bundle_name="dags")
    found, errors = list[Any](), dict(bag.import_errors)
    for _, dag in sorted(bag.dags.items()):
        try:
            found.append(dag_of(dag, dags, template))
        except Exception:  # noqa: BLE001 the DAG processor reports any error of storing a DAG
            errors[dag.fileloc] = traceback.format_exc()
    return {
        "logical_date": f"{DAY:%Y-%m-%d}",
        "dags": found,
        "errors": {relative(file, dags): text for file, text in errors.items()},
        "warnings": {relative(f, dags): list(texts) for f, texts in bag.captured_warnings.items()},
    }


def relative(file: str, dags: Path) -> str:
    """The path of a DAG file in its folder."""
    path = Path(file)
    return str(path.relative_to(dags)) if path.is_relative_to(dags) else file


def dag_of(dag: Any, dags: Path, template: Path) -> dict[str, Any]:
    """A DAG and its tasks. Raises any error that occurs when the DAG or its pods are built."""
    from airflow.serialization.serialized_objects import DagSerialization

    stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    return {
        "name": dag.dag_id,
        "file": relative(dag.fileloc, dags),
        "schedule": stored.timetable.summary if dag.schedule else "",
        "start": dag.start_date.date().isoformat() if dag.start_date else "",
        "catchup": dag.catchup,
        "tasks": [task_of(dag, task, template) for task in dag.topological_sort()],
    }


def task_of(dag: Any, task: Any, template: Path) -> dict[str, Any]:
    """A task and its pods."""
    return {
        "name": task.task_id,
        "operator": task.operator_name,
        "owner": task.owner,
        "after": sorted(task.upstream_task_ids),
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "deferrable": bool(getattr(task, "deferrable", False)),
        "worker": worker_pod(dag, task, template),
        **own_pod(dag, task),
    }


def worker_pod(dag: Any, task: Any, template: Path) -> Any:
    """The worker pod of a task: pod template, additions of the executor, override of the task."""
    from airflow.providers.cncf.kubernetes.kube_config import KubeConfig
    from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import create_unique_id
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    config = KubeConfig()
    pod = PodGenerator.construct_pod(
        namespace=config.executor_namespace,
        scheduler_job_id="1",
        pod_id=create_unique_id(dag.dag_id, task.task_id),
        dag_id=dag.dag_id,
        task_id=task.task_id,
        kube_image=config.kube_image,
        try_number=1,
        date=None,
        run_id=RUN,
        # In a run, the value of --json-string contains the task's token.
        args=["python", "-m", "airflow.sdk.execution_time.execute_workload", "--json-string", "{}"],
        pod_override_object=PodGenerator.from_obj(task.executor_config or {}),
        base_worker_pod=PodGenerator.deserialize_model_file(str(template)),
        with_mutation_hook=True,
    )
    return plain(pod)


def own_pod(dag: Any, task: Any) -> dict[str, Any]:
    """The operator pod of a KubernetesPodOperator, and a note if it may differ in a run."""
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

    if not isinstance(task, KubernetesPodOperator):
        mapped = task.is_mapped and issubclass(
            getattr(task, "operator_class", object), KubernetesPodOperator
        )
        return {"pod": None, "note": "mapped: its pods are known only in a run" if mapped else ""}
    task = task.prepare_for_execution()
    task.hook._is_in_cluster = True  # as in a run
    ti = SimpleNamespace(dag_id=dag.dag_id, task_id=task.task_id, map_index=-1, try_number=1)
    context = {"ti": ti, "task_instance": ti, "dag": dag, "task": task, "run_id": RUN} | {
        "ds": f"{DAY:%Y-%m-%d}",
        "ds_nodash": f"{DAY:%Y%m%d}",
        "ts": DAY.isoformat(),
        "logical_date": DAY,
        "data_interval_start": DAY,
        "data_interval_end": DAY,
        "ts_nodash": f"{DAY:%Y%m%dT%H%M%S}",
        "params": dag.params.dump() | task.params.dump(),
    }
    note = ""
    try:
        task.render_template_fields(context)
    except Exception as error:  # noqa: BLE001 a template may raise any error
        note = f"its templates can be rendered only in a run: {error}"
    task.name = task._set_name(task.name)
    return {"pod": plain(task.build_pod_request_obj(context)), "note": note}


def plain(pod: Any) -> Any:
    """The manifest of a pod, as it is sent to the API server."""
    from kubernetes.client import ApiClient

    return ApiClient().sanitize_for_serialization(pod)


def requests() -> Iterator[str]:
    """The lines of stdin."""
    while line := sys.stdin.readline():
        yield line


def main() -> None:
    """Responds to requests until stdin ends."""
    responses = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that the output of DAG files is no response
    import airflow.dag_processing.dagbag
    import airflow.providers.cncf.kubernetes.kube_config
    import airflow.providers.cncf.kubernetes.operators.pod
    import airflow.serialization.serialized_objects  # noqa: F401 loaded once, for all requests

    logging.disable(logging.ERROR)
    for line in requests():
        if not os.fork():
            try:
                with tempfile.TemporaryDirectory() as folder:
                    response = respond(json.loads(line), Path(folder))
            except BaseException:  # noqa: BLE001 every error is sent to the reader
                response = {"failed": traceback.format_exc()}
            responses.write(json.dumps(response) + "\n")
            responses.flush()
            os._exit(RESPONDED)
        _, status = os.wait()
        if os.waitstatus_to_exitcode(status) != RESPONDED:  # a DAG file ended the process
            responses.write("{}\n")
            responses.flush()


if __name__ == "__main__":
    main()
