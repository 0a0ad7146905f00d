"""The example pipeline: every task runs a program in its own image, as a pod.

It needs no edit for another stack. The README explains how to write such a DAG ("The pipeline").
"""

from datetime import datetime, timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Param
from kubernetes.client.models import V1EnvVar

from airflow_platform import platform

here = platform()

with DAG(
    "kubernetes_pipeline",
    description="Builds a day's events, checks them and learns from them",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": "data-team", "retries": 2, "retry_delay": here.retry_delay},
    params={"events": Param(200_000, type="integer", minimum=1, description="events of the day")},
    tags=["example"],
):
    heavy = KubernetesPodOperator(
        task_id="heavy_processing",
        name="heavy-processing-pod",
        image=here.image("processor"),
        cmds=["python", "/app/heavy_process.py"],
        arguments=["--date", "{{ ds }}"],
        env_vars=[
            here.database_url(),
            here.api_key(),
            V1EnvVar(name="S3_BUCKET", value=here.s3_bucket),
            V1EnvVar(name="EVENTS", value="{{ params.events }}"),
        ],
        active_deadline_seconds=int(timedelta(hours=4).total_seconds()),
        **here.pod("heavy", labels={"app": "airflow", "task": "heavy-processing"}),
    )
    light = KubernetesPodOperator(
        task_id="light_processing",
        name="light-processing-pod",
        image=here.image("validator"),
        cmds=["python", "/app/validate.py"],
        env_vars=[V1EnvVar(name="LOGICAL_DATE", value="{{ ds }}")],
        active_deadline_seconds=int(timedelta(hours=1).total_seconds()),
        **here.pod("light", labels={"app": "airflow", "task": "light-processing"}),
    )
    heavy >> light

    if here.has_gpus:
        gpu = KubernetesPodOperator(
            task_id="gpu_training",
            name="gpu-training-pod",
            image=here.image("processor"),
            cmds=["python", "/app/train.py"],
            arguments=["--date", "{{ ds }}"],
            active_deadline_seconds=int(timedelta(hours=12).total_seconds()),
            **here.pod("heavy", gpus=1, labels={"app": "airflow", "task": "gpu-training"}),
        )
        light >> gpu
