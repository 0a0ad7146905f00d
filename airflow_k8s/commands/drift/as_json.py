"""A drift as one JSON document for other programs."""

import json
from typing import Any

from airflow_k8s.commands.drift.findings import Drift, FieldDrift, Finding
from airflow_k8s.kube.fields import ABSENT


def as_json(drift: Drift) -> str:
    """All findings. A side without the field is left out."""
    document = {
        "stack": drift.stack,
        "context": drift.context,
        "namespace": drift.namespace,
        "chart": drift.chart,
        "objects": drift.objects,
        "fieldsCompared": drift.fields,
        "differing": drift.differing,
        "orphaned": drift.orphaned,
        "secretTextsNotCompared": drift.secret_texts,
        "findings": [_finding(finding) for finding in drift.findings],
        "unmanaged": list(drift.unmanaged),
        "unchecked": [
            {"subject": unchecked.subject, "reason": unchecked.reason}
            for unchecked in drift.unchecked
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "state": finding.state,
        "kind": finding.kind,
        "name": finding.name,
        "origin": finding.origin,
        "part": finding.part,
        "fields": [_field(field) for field in finding.fields],
        "rejection": finding.rejection,
    }


def _field(field: FieldDrift) -> dict[str, Any]:
    sides = {"desired": field.desired, "live": field.live}
    present = {side: value for side, value in sides.items() if value is not ABSENT}
    return {"path": field.path, **present, "manager": field.manager}
