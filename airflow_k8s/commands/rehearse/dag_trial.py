"""Creates the task pods of all DAGs for a short time, to see whether they can run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.rehearse.report import Quota, Task
from airflow_k8s.commands.rehearse.task_trial import quota, try_all
from airflow_k8s.commands.rehearse.tasks import notes, task_pods, without_program
from airflow_k8s.commands.rehearse.troubles import find_troubles
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class DagResults:
    """The outcomes of the task pods, the quotas while they ran, and the troubles."""

    tasks: Sequence[Task] = ()
    quotas: Sequence[Quota] = ()
    troubles: Sequence[Trouble] = ()  # of DAG files and of claims


def try_dags(
    cluster: Cluster,
    poller: Poller,
    reading: Reading,
    *,
    simulated: bool,
    concurrency: int,
    idle_timeout: float,
    namespace: str,
    warn: Callable[[str, str], None],
) -> DagResults:
    """Creates the pods of all tasks, `concurrency` at a time, and deletes them when they run.

    On a cluster with real nodes (`simulated` is false), the program of every pod is replaced by
    `true`. `idle_timeout` is in seconds. `warn` is called with the subject and the message of
    every warning and note about the DAGs. Returns the outcomes, the used quota and the troubles.
    """
    idle = quota(cluster, namespace)
    for subject, message in notes(reading):
        warn(subject, message)
    pods = task_pods(reading)
    result = try_all(
        cluster,
        poller,
        pods if simulated else [without_program(pod) for pod in pods],
        concurrency=concurrency,
        idle_timeout=idle_timeout,
        namespace=namespace,
    )
    found = [trouble for state in result.states for trouble in find_troubles(state, namespace)]
    claims = [trouble for trouble in found if trouble.kind == "PersistentVolumeClaim"]
    return DagResults(
        tasks=result.tasks,
        quotas=[
            Quota(resource=resource, used=used, with_tasks=result.peak[resource], hard=hard)
            for resource, (used, hard) in idle.items()
        ],
        troubles=[*_load_failures(reading), *claims],
    )


def _load_failures(reading: Reading) -> Iterator[Trouble]:
    for file, message in reading.errors.items():
        yield Trouble(kind="DAG file", name=file, reason=Reason.DAG_IMPORT, message=message.strip())
    if not reading.dags and not reading.errors:
        yield Trouble(
            kind="DAG files",
            name="none",
            reason=Reason.DAG_IMPORT,
            message="the folder contains no DAG",
        )
