"""A status as one JSON document, for other programs. Keys may be added; they are not renamed.

    healthy, problems[]   whether the stack is healthy, and why it is not
    stack, namespace, context, server, kubernetes, now
    release               revision, status, chart, chartVersion, changed; null if there is none
    recovery              how to clear up a release that is pending, as text; empty if it is not
    components[]          kind, name, images[], ready, desired, restarts
    troubles[]            kind, name, reason, message
    airflow               null if it does not answer, else:
        version, health{}, importErrors
        lastDay           success, failed (DAG runs that ended), failures[] (dag, run)
        runs              running, queued (now)
        tasks             queued, queuedSince (of the oldest; null if none is queued)

The fields are explained in `status_model`.
"""

import json
from typing import Any

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.status_model import Airflow, Component, Status


def as_json(status: Status) -> str:
    """The document."""
    document = {
        "healthy": not status.problems,
        "problems": status.problems,
        "stack": status.stack,
        "namespace": status.namespace,
        "context": status.context,
        "server": status.server,
        "kubernetes": status.kubernetes,
        "now": status.now.isoformat(),
        "release": _release(status.release) if status.release else None,
        "recovery": status.recovery,
        "components": [_component(component) for component in status.components],
        "troubles": [
            {
                "kind": trouble.kind,
                "name": trouble.name,
                "reason": trouble.reason.value,
                "message": trouble.message,
            }
            for trouble in status.troubles
        ],
        "airflow": _airflow(status.airflow) if status.airflow else None,
    }
    return json.dumps(document, indent=2)


def _release(release: Revision) -> dict[str, Any]:
    return {
        "revision": release.number,
        "status": release.status,
        "chart": release.chart,
        "chartVersion": release.chart_version,
        "changed": release.changed,
    }


def _component(component: Component) -> dict[str, Any]:
    return {
        "kind": component.kind,
        "name": component.name,
        "images": list(component.images),
        "ready": component.ready,
        "desired": component.desired,
        "restarts": component.restarts,
    }


def _airflow(airflow: Airflow) -> dict[str, Any]:
    return {
        "version": airflow.version,
        "health": dict(airflow.health),
        "importErrors": airflow.import_errors,
        "lastDay": {
            "success": airflow.succeeded,
            "failed": airflow.failed,
            "failures": [{"dag": run.dag, "run": run.id} for run in airflow.failures],
        },
        "runs": {"running": airflow.running, "queued": airflow.queued},
        "tasks": {
            "queued": airflow.queued_tasks,
            "queuedSince": airflow.queued_since.isoformat() if airflow.queued_since else None,
        },
    }
