"""Pods that pose as each part of the platform: they listen, and try to connect to one another."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_k8s.stack.chart import security
from airflow_k8s.stack.network import flows
from airflow_k8s.stack.network.flows import Party
from dev.e2e.program import Image

MARK = "e2e.airflow-platform/probe"
PORTS = (5432, 6443, 8080, 8794, 9102, 9999)
"""Where they listen: where the platform does, and where nobody should get through."""

_LISTEN = """
import socket, sys, threading

def serve(port):
    server = socket.create_server(("", port), backlog=256)
    while True:
        server.accept()[0].close()

for port in sys.argv[1:]:
    threading.Thread(target=serve, args=(int(port),)).start()
"""
_CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def reaches(place):
    try:
        socket.create_connection(tuple(place), timeout=2).close()
        return True
    except OSError:
        return False

places = json.loads(sys.stdin.read())
with ThreadPoolExecutor(128) as pool:
    print(json.dumps(list(pool.map(reaches, places))))
"""

CONNECT: Sequence[str] = ("python", "-c", _CONNECT)
"""Prints which of the places (address and port, as JSON on its standard input) it reaches."""


def parties() -> Mapping[str, Mapping[str, str]]:
    """The labels of each probe by its name: as each part of the platform, and as a stranger."""
    every = {each.name: dict(each.labels) for each in vars(flows).values() if _is_inside(each)}
    every["worker"] |= flows.TASK.labels  # as the executor's pods are
    return every | {"stranger": {"app": "stranger"}, "other-stranger": {"app": "stranger"}}


def _is_inside(each: object) -> bool:
    return isinstance(each, Party) and each != flows.CLOUDNATIVE_PG


def pods(namespace: str, names: Iterable[str], image: Image) -> list[dict[str, Any]]:
    """The probes of those names."""
    labels = parties()
    return [_pod(namespace, name, labels[name], image) for name in names]


def _pod(namespace: str, name: str, labels: Mapping[str, str], image: Image) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"e2e-probe-{name}",
            "namespace": namespace,
            "labels": {**labels, MARK: name},
        },
        "spec": {
            # Never ready, lest a Service takes it for a part of the platform.
            "readinessGates": [{"conditionType": "e2e.airflow-platform/never"}],
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
            "containers": [
                {
                    "name": "probe",
                    "image": str(image),
                    "command": ["python", "-c", _LISTEN, *(str(port) for port in PORTS)],
                    "resources": {
                        "requests": {"cpu": "1m", "memory": "16Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": security.container(),
                }
            ],
        },
    }


def places(ends: Iterable[tuple[str, int]]) -> str:
    """What CONNECT reads."""
    return json.dumps(list(ends))


def reached(said: str) -> list[bool]:
    """What it printed."""
    return json.loads(said.strip().splitlines()[-1])
