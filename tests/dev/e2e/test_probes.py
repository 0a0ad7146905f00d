"""Pods that pose as each part of the platform."""

import json
import socket
import subprocess
import sys
import time

from airflow_k8s.policy.rules.pod_security import violations
from airflow_k8s.stack.network import flows
from dev.e2e import probes
from dev.e2e.program import Image

IMAGE = Image(repository="mine/airflow", tag="1")


def test_each_has_the_labels_that_the_network_policies_select() -> None:
    found = probes.parties()
    assert found["scheduler"] == flows.SCHEDULER.labels
    assert found["worker"].items() >= {**flows.WORKER.labels, **flows.TASK.labels}.items()
    assert {"stranger", "other-stranger", "task", "database", "statsd"} <= found.keys()


def test_none_gets_into_a_service_or_past_pod_security() -> None:
    for pod in probes.pods("here", probes.parties(), IMAGE):
        assert pod["spec"]["readinessGates"], "a Service would send requests to it"
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert not list(violations(pod["spec"])), pod["metadata"]["name"]


def test_it_tells_which_places_it_reaches() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        asked = [("127.0.0.1", server.getsockname()[1]), ("127.0.0.1", closed.getsockname()[1])]
        said = subprocess.run(  # noqa: S603
            [sys.executable, *probes.CONNECT[1:]],
            input=probes.places(asked),
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    assert probes.reached(said) == [True, False]
    assert json.loads(probes.places(asked)) == [list(each) for each in asked]


def test_it_listens_where_the_platform_does() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (pod,) = probes.pods("here", ["stranger"], IMAGE)
    command = pod["spec"]["containers"][0]["command"]
    assert [int(each) for each in command[3:]] == list(probes.PORTS)
    listening = subprocess.Popen([sys.executable, *command[1:3], str(port)])  # noqa: S603
    try:
        latest = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < latest, "nobody listens"
                time.sleep(0.05)
    finally:
        listening.kill()
        listening.wait()
