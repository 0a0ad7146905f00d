"""A report as one JSON document, for other programs.

Keys are stable; new ones may be added. Times are seconds, CPU is cores, memory is bytes.

    failed, problems      whether the stack should not be deployed, and the number of problems
    stack, cluster, chart, standInReason, revision, caveats[], memory, kubeconfig
    phases[]              name, seconds
    steps[]               component, kind, name, action, seconds, message, losesData, started,
                          failed
    troubles[]            kind, name, reason, message, container, setting, fatal
    nodes[]               name, pool, cpu, memory, gpus, taints[]
    pods[]                name, component, node, ready, cpu, memory, gpus, message
    tasks[]               name, outcome, expected, node, pool, message, failed
    quotas[]              resource, used, withTasks, hard
    policies              rules, violations[] (rule, subject, message, remedy), advisory, excused
    podSecurity{}         message by object
    changes[]             effect, kind, name, message, losesData
    warnings{}            messages[] by object
    objects[]             component, part, kind, name, state, failed

`report.py` defines the meaning of each key.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.report import Report, Step, Task
from airflow_k8s.stack.settings.schema import camel_case


def as_json(report: Report) -> str:
    """The document as text."""
    result = {"failed": report.failed, "problems": summary.problems(report)}
    return json.dumps(result | _plain(report), indent=2)


def _plain(value: Any) -> Any:
    """Dataclasses as mappings with keys in camel case; floats are rounded to three digits."""
    if is_dataclass(value):
        found = {
            camel_case(field.name): _plain(getattr(value, field.name)) for field in fields(value)
        }
        return found | {"failed": value.failed} if isinstance(value, Step | Task) else found
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
