"""A status as one JSON document, for other programs. Keys stay as they are; others may join them.

    healthy, wrong[]      whether all is well, and why it is not
    stack, namespace, context, server, kubernetes, now
    release               revision, status, chart, chartVersion, changed; null where there is none
    wayOut                of a release that an update left in the middle, in words
    parts[]               kind, name, images[], ready, wanted, restarts
    troubles[]            kind, name, reason, message
    airflow               null where it could not be asked, else:
        version, health{}, unreadableFiles
        lastDay           success, failed (runs that ended in it), failures[] (dag, run)
        runs              running, queued (now)
        tasks             queued, oldestQueued (null where none is)

What a key means stands in `deploy.seen`.
"""

import json
from typing import Any

from airflow_k8s.commands.deploy.helm_history import Revision
from airflow_k8s.commands.deploy.status_model import Airflow, Part, Status


def as_json(status: Status) -> str:
    """The document."""
    told = {
        "healthy": not status.wrong,
        "wrong": status.wrong,
        "stack": status.stack,
        "namespace": status.namespace,
        "context": status.context,
        "server": status.server,
        "kubernetes": status.kubernetes,
        "now": status.now.isoformat(),
        "release": _release(status.release) if status.release else None,
        "wayOut": status.way_out,
        "parts": [_part(each) for each in status.parts],
        "troubles": [
            {
                "kind": each.kind,
                "name": each.name,
                "reason": each.reason.value,
                "message": each.message,
            }
            for each in status.troubles
        ],
        "airflow": _airflow(status.airflow) if status.airflow else None,
    }
    return json.dumps(told, indent=2)


def _release(release: Revision) -> dict[str, Any]:
    return {
        "revision": release.number,
        "status": release.status,
        "chart": release.chart,
        "chartVersion": release.chart_version,
        "changed": release.changed,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name,
        "images": list(part.images),
        "ready": part.ready,
        "wanted": part.wanted,
        "restarts": part.restarts,
    }


def _airflow(airflow: Airflow) -> dict[str, Any]:
    return {
        "version": airflow.version,
        "health": dict(airflow.health),
        "unreadableFiles": airflow.unreadable,
        "lastDay": {
            "success": airflow.succeeded,
            "failed": airflow.failed,
            "failures": [{"dag": run.dag, "run": run.id} for run in airflow.failures],
        },
        "runs": {"running": airflow.running, "queued": airflow.waiting},
        "tasks": {
            "queued": airflow.queued_tasks,
            "oldestQueued": airflow.oldest.isoformat() if airflow.oldest else None,
        },
    }
