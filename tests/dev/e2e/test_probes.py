"""The probe pods."""

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


def test_probes_have_the_labels_that_the_network_policies_select() -> None:
    found = probes.probe_labels()
    assert found["scheduler"] == flows.SCHEDULER.labels
    assert found["worker"].items() >= {**flows.WORKER.labels, **flows.TASK.labels}.items()
    assert {"stranger", "other-stranger", "task", "database", "statsd"} <= found.keys()


def test_probes_are_never_ready_and_conform_to_pod_security() -> None:
    for pod in probes.probe_pods("here", probes.probe_labels(), IMAGE):
        assert pod["spec"]["readinessGates"], "a Service would send requests to the probe"
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert not list(violations(pod["spec"])), pod["metadata"]["name"]


def test_a_probe_prints_which_addresses_it_can_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        addresses = [("127.0.0.1", server.getsockname()[1]), ("127.0.0.1", closed.getsockname()[1])]
        output = subprocess.run(  # noqa: S603
            [sys.executable, *probes.CONNECT_COMMAND[1:]],
            input=probes.connect_input(addresses),
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    assert probes.connect_results(output) == [True, False]
    assert json.loads(probes.connect_input(addresses)) == [list(address) for address in addresses]


def test_a_probe_listens_at_the_ports_of_the_platform() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (pod,) = probes.probe_pods("here", ["stranger"], IMAGE)
    command = pod["spec"]["containers"][0]["command"]
    assert [int(port) for port in command[3:]] == list(probes.PORTS)
    listening = subprocess.Popen([sys.executable, *command[1:3], str(port)])  # noqa: S603
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, "the probe does not listen"
                time.sleep(0.05)
    finally:
        listening.kill()
        listening.wait()
