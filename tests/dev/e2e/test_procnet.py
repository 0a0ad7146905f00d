"""The connections in the text of /proc/net."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dev.e2e.procnet import READ_SCRIPT, Connection, outgoing

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
LISTENS = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 50000\n"
# From 10.244.0.5:40000 to 10.96.0.1:443.
OPENED = "   1: 0500F40A:9C40 0100600A:01BB 01 00000000:00000000 00:00000000 00000000 50000\n"
OPENED_AND_CLOSED = OPENED.replace(" 01 ", " 06 ")
# To 10.244.0.5:8080, where the pod listens.
ACCEPTED = "   2: 0500F40A:1F90 0700F40A:D431 01 00000000:00000000 00:00000000 00000000 50000\n"
LOOPBACK = "   3: 0100007F:9C41 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 50000\n"
# From ::ffff:10.244.0.5 to ::ffff:10.244.0.9, port 5432.
MAPPED_IPV4 = (
    "   0: 0000000000000000FFFF00000500F40A:9C42 0000000000000000FFFF00000900F40A:1538 01\n"
)
IPV6 = "   0: 000080FE00000000000000000100000A:9C42 B80D0120000000000000000001000000:1538 01\n"

API = Connection(protocol="TCP", address="10.96.0.1", port=443)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (OPENED, {API}),
        (OPENED_AND_CLOSED, {API}),
        (LISTENS, set[Connection]()),
        (LISTENS + ACCEPTED, set[Connection]()),
        (LISTENS + ACCEPTED + OPENED, {API}),
        (LOOPBACK, set[Connection]()),
        ("", set[Connection]()),
    ],
)
def test_only_connections_that_the_pod_opened_are_listed(
    lines: str, found: set[Connection]
) -> None:
    assert outgoing(f"tcp\n{HEADER}{lines}") == found


def test_an_ipv4_address_that_is_mapped_to_ipv6_is_listed_as_ipv4() -> None:
    opened = outgoing(f"tcp6\n{HEADER}{MAPPED_IPV4}")
    assert opened == {Connection(protocol="TCP", address="10.244.0.9", port=5432)}


def test_an_ipv6_address_is_parsed() -> None:
    (opened,) = outgoing(f"tcp6\n{HEADER}{IPV6}")
    assert (opened.address, opened.port) == ("2001:db8::1", 5432)


def test_a_connection_has_its_protocol() -> None:
    both = f"tcp\n{HEADER}{OPENED}udp\n{HEADER}{OPENED}"
    assert {connection.protocol for connection in outgoing(both)} == {"TCP", "UDP"}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="no /proc/net on this machine")
def test_the_tables_of_a_real_kernel_are_parsed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            text = subprocess.run(  # noqa: S603
                ["/bin/sh", "-c", READ_SCRIPT], capture_output=True, check=True, text=True
            ).stdout
    assert sys.byteorder == "little"
    lines = "\n".join(line for line in text.splitlines() if f":{port:04X} " in line)
    assert outgoing(f"tcp\n{lines}") == set(), "a loopback connection stays inside the pod"
    seen = outgoing("tcp\n" + lines.replace("0100007F", "0500F40A"))
    assert seen == {Connection(protocol="TCP", address="10.244.0.5", port=port)}
