"""Manifests of probe pods. A probe has the labels of a component, listens on ports, and can try to
connect to other probes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_k8s.stack.chart import security
from airflow_k8s.stack.network import flows
from airflow_k8s.stack.network.flows import Workload
from dev.e2e.program import Image

LABEL = "e2e.airflow-platform/probe"
"""The label of all probes; its value is the probe's name."""
PORTS = (5432, 6443, 8080, 8794, 9102, 9999)
"""The ports at which probes listen: those of the platform, and some that no policy opens."""

_LISTEN_PROGRAM = """
import socket, sys, threading

def serve(port):
    server = socket.create_server(("", port), backlog=256)
    while True:
        server.accept()[0].close()

for port in sys.argv[1:]:
    threading.Thread(target=serve, args=(int(port),)).start()
"""
_CONNECT_PROGRAM = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def is_reachable(address):
    try:
        socket.create_connection(tuple(address), timeout=2).close()
        return True
    except OSError:
        return False

addresses = json.loads(sys.stdin.read())
with ThreadPoolExecutor(128) as pool:
    print(json.dumps(list(pool.map(is_reachable, addresses))))
"""

CONNECT_COMMAND: Sequence[str] = ("python", "-c", _CONNECT_PROGRAM)
"""Run inside a probe: tries the addresses of `connect_input`, prints what `connect_results`
parses."""


def connect_input(addresses: Iterable[tuple[str, int]]) -> str:
    """The standard input of CONNECT_COMMAND for addresses and ports to try."""
    return json.dumps(list(addresses))


def connect_results(output: str) -> list[bool]:
    """Whether each address was reachable, from the output of CONNECT_COMMAND."""
    return json.loads(output.strip().splitlines()[-1])


def probe_labels() -> Mapping[str, Mapping[str, str]]:
    """Name of a probe -> labels: one probe for each workload of the platform, and two strangers
    whose labels no policy selects."""
    labels = {flow.name: dict(flow.labels) for flow in vars(flows).values() if _has_probe(flow)}
    labels["worker"] |= flows.TASK.labels  # the executor's pods have both
    return labels | {"stranger": {"app": "stranger"}, "other-stranger": {"app": "stranger"}}


def _has_probe(constant: object) -> bool:
    return isinstance(constant, Workload) and constant != flows.CLOUDNATIVE_PG


def probe_pods(namespace: str, names: Iterable[str], image: Image) -> list[dict[str, Any]]:
    """The manifests of the probes with these names."""
    labels = probe_labels()
    return [_probe_pod(namespace, name, labels[name], image) for name in names]


def _probe_pod(
    namespace: str, name: str, labels: Mapping[str, str], image: Image
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"e2e-probe-{name}",
            "namespace": namespace,
            "labels": {**labels, LABEL: name},
        },
        "spec": {
            # The gate is never met, so the pod is never ready and no Service sends it traffic.
            "readinessGates": [{"conditionType": "e2e.airflow-platform/never"}],
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": security.pod(user=security.AIRFLOW_USER, group=0),
            "containers": [
                {
                    "name": "probe",
                    "image": str(image),
                    "command": ["python", "-c", _LISTEN_PROGRAM, *(str(port) for port in PORTS)],
                    "resources": {
                        "requests": {"cpu": "1m", "memory": "16Mi"},
                        "limits": {"memory": "64Mi"},
                    },
                    "securityContext": security.container(),
                }
            ],
        },
    }
