"""Runs under the Python that has Airflow: reads DAG files as the DAG processor does, and builds the
pods as the executor and the operators do.

A question is a line of JSON on stdin, its answer one on stdout. Each is answered in a process of
its own, forked when Airflow is loaded, which takes seconds: no question sees what another left.
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
ANSWERED = 77  # the exit status of who answered, and of nobody else
RUN = "scheduled__2024-01-01T00:00:00+00:00"


def answer(question: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the DAG files of a folder hold, on the platform that the question tells of."""
    from airflow.dag_processing.dagbag import BundleDagBag

    facts = folder / "facts.json"
    facts.write_text(question["facts"])
    os.environ["AIRFLOW_PLATFORM_FACTS"] = str(facts)
    # By variables: the file's own place is read when Airflow is loaded.
    config = ConfigParser(interpolation=None)
    config.read_string(question["config"])
    for section in config.sections():
        for key, text in config[section].items():
            os.environ[f"AIRFLOW__{section}__{key}".upper()] = text
    template = folder / "template.yaml"
    template.write_text(question["template"])
    dags = Path(question["dags"])
    bag = BundleDagBag(dags, bundle_path=dags, bundle_name="dags")
    found, errors = list[Any](), dict(bag.import_errors)
    for _, dag in sorted(bag.dags.items()):
        try:
            found.append(dag_of(dag, dags, template))
        except Exception:  # noqa: BLE001 as the DAG processor tells what it can't store
            errors[dag.fileloc] = traceback.format_exc()
    return {
        "dags": found,
        "errors": {relative(file, dags): text for file, text in errors.items()},
        "warnings": {relative(f, dags): list(told) for f, told in bag.captured_warnings.items()},
    }


def relative(file: str, dags: Path) -> str:
    """A DAG file's path in its folder."""
    path = Path(file)
    return str(path.relative_to(dags)) if path.is_relative_to(dags) else file


def dag_of(dag: Any, dags: Path, template: Path) -> dict[str, Any]:
    """A DAG and its tasks; raises what storing it and building its pods raise."""
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
    """The executor's: the template, what the executor adds, the task's own override."""
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
        # What follows on --json-string holds the task's token; here it holds nothing.
        args=["python", "-m", "airflow.sdk.execution_time.execute_workload", "--json-string", "{}"],
        pod_override_object=PodGenerator.from_obj(task.executor_config or {}),
        base_worker_pod=PodGenerator.deserialize_model_file(str(template)),
        with_mutation_hook=True,
    )
    return plain(pod)


def own_pod(dag: Any, task: Any) -> dict[str, Any]:
    """The pod that the task itself starts, where it does; and why it is not what it will be, where
    it hangs on what only a run knows."""
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

    if not isinstance(task, KubernetesPodOperator):
        mapped = task.is_mapped and issubclass(
            getattr(task, "operator_class", object), KubernetesPodOperator
        )
        return {"pod": None, "note": "mapped: its pods are known in a run only" if mapped else ""}
    task = task.prepare_for_execution()
    task.hook._is_in_cluster = True  # where it will run
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
    except Exception as error:  # noqa: BLE001 a template may ask for anything
        note = f"its templates are filled in a run only: {error}"
    task.name = task._set_name(task.name)
    return {"pod": plain(task.build_pod_request_obj(context)), "note": note}


def plain(pod: Any) -> Any:
    """A pod as the API server gets it."""
    from kubernetes.client import ApiClient

    return ApiClient().sanitize_for_serialization(pod)


def questions() -> Iterator[str]:
    """The lines of stdin."""
    while line := sys.stdin.readline():
        yield line


def main() -> None:
    """Answers until there is no more question."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what DAG files print is no answer
    import airflow.dag_processing.dagbag
    import airflow.providers.cncf.kubernetes.kube_config
    import airflow.providers.cncf.kubernetes.operators.pod
    import airflow.serialization.serialized_objects  # noqa: F401 loaded once, for every question

    logging.disable(logging.ERROR)
    for line in questions():
        if not os.fork():
            try:
                with tempfile.TemporaryDirectory() as folder:
                    said = answer(json.loads(line), Path(folder))
            except BaseException:  # noqa: BLE001 the asker is told whatever it is
                said = {"failed": traceback.format_exc()}
            answers.write(json.dumps(said) + "\n")
            answers.flush()
            os._exit(ANSWERED)
        _, status = os.wait()
        if os.waitstatus_to_exitcode(status) != ANSWERED:  # a DAG file ended the process
            answers.write("{}\n")
            answers.flush()


if __name__ == "__main__":
    main()
