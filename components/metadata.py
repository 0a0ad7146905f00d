"""Labels of every object that this program creates.

https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
"""

import pulumi

from airflow_k8s.stack.settings.names import PART_OF


def labels(name: str, component: str) -> dict[str, str]:
    """The recommended labels; `name` is the application, `component` its role in the platform."""
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": pulumi.get_stack(),
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "pulumi",
    }
