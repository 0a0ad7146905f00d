"""Apache Airflow on Kubernetes: one stack, from its settings to its outputs."""

from pathlib import Path

import pulumi

from airflow_k8s.stack.chart.values import ui_address
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.load import chart_overlay, load
from components.platform import compose

PROGRAM = Path(__file__).parent

settings = load(pulumi.Config(), PROGRAM)
platform = compose(settings, chart_overlay(settings, PROGRAM))

pulumi.export("namespace", platform.namespace.namespace)
pulumi.export("release", platform.airflow.release)
pulumi.export("ui", ui_address(settings))
pulumi.export(
    "admin",
    {
        "username": settings.admin.username,
        "secret": platform.secrets.admin_secret,
        "key": names.admin_password(settings.secrets).key,
    },
)
pulumi.export("data_claim", platform.data.claim)
pulumi.export("gpu_node_selector", platform.gpu.node_selector if platform.gpu else {})
pulumi.export("gpu_tolerations", platform.gpu.tolerations if platform.gpu else [])
