"""A rehearsal as one JSON document, for other programs.

Keys stay as they are; others may join them. Times are seconds, CPU is cores, memory is bytes.

    failed, problems      whether this stack should not go to a cluster, and how many are why
    stack, cluster, chart, standInReason, revision, caveats[], memory, kubeconfig
    phases[]              name, seconds
    steps[]               component, kind, name, action, seconds, words, losesData, started,
                          failed
    troubles[]            kind, name, reason, message, container, setting, fatal
    nodes[]               name, pool, cpu, memory, gpus, taints[]
    pods[]                name, component, node, ready, cpu, memory, gpus, words
    tasks[]               name, outcome, expected, node, pool, words, failed
    quotas[]              resource, used, withTasks, hard
    changes[]             effect, kind, name, words, losesData
    warnings{}            texts[] by object
    objects[]             component, part, kind, name, state, failed

What a key means stands in `rehearsal.report`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.report import Report, Step, Task


def as_json(report: Report) -> str:
    """The document."""
    verdict = {"failed": report.failed, "problems": summary.problems(report)}
    return json.dumps(verdict | _plain(report), indent=2)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        found = {_camel(f.name): _plain(getattr(value, f.name)) for f in fields(value)}
        return found | {"failed": value.failed} if isinstance(value, Step | Task) else found
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
