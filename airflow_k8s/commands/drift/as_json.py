"""A drift as one JSON document, for other programs."""

import json
from typing import Any

from airflow_k8s.commands.drift.findings import Drift, Field, Finding
from airflow_k8s.kube.fields import ABSENT


def as_json(drift: Drift) -> str:
    """All of it. A side that is absent is left out."""
    document = {
        "stack": drift.stack,
        "context": drift.context,
        "namespace": drift.namespace,
        "chart": drift.chart,
        "objects": drift.objects,
        "fieldsCompared": drift.fields,
        "differ": drift.differ,
        "textsOfSecretsNotCompared": drift.texts,
        "findings": [_finding(each) for each in drift.findings],
        "ofOthers": list(drift.others),
        "unseen": [{"what": each.what, "because": each.because} for each in drift.unseen],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _finding(each: Finding) -> dict[str, Any]:
    return {
        "what": each.what,
        "kind": each.kind,
        "name": each.name,
        "origin": each.origin,
        "part": each.part,
        "fields": [_field(field) for field in each.fields],
        "refused": each.words,
    }


def _field(each: Field) -> dict[str, Any]:
    sides = {"promised": each.promised, "live": each.live}
    there = {name: value for name, value in sides.items() if value is not ABSENT}
    return {"path": each.path, **there, "by": each.by}
