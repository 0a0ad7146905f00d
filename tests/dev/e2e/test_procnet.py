"""Connections, as a pod's kernel tells them."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dev.e2e.procnet import LOOK, Connection, outgoing

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
LISTENS = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 50000\n"
# From 10.244.0.5:40000 to 10.96.0.1:443.
MADE = "   1: 0500F40A:9C40 0100600A:01BB 01 00000000:00000000 00:00000000 00000000 50000\n"
MADE_AND_OVER = MADE.replace(" 01 ", " 06 ")
# To 10.244.0.5:8080, where it listens.
TAKEN = "   2: 0500F40A:1F90 0700F40A:D431 01 00000000:00000000 00:00000000 00000000 50000\n"
INSIDE = "   3: 0100007F:9C41 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 50000\n"
# From ::ffff:10.244.0.5 to ::ffff:10.244.0.9, port 5432.
MAPPED = "   0: 0000000000000000FFFF00000500F40A:9C42 0000000000000000FFFF00000900F40A:1538 01\n"
SIXTH = "   0: 000080FE00000000000000000100000A:9C42 B80D0120000000000000000001000000:1538 01\n"

API = Connection(protocol="TCP", address="10.96.0.1", port=443)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (MADE, {API}),
        (MADE_AND_OVER, {API}),
        (LISTENS, set[Connection]()),
        (LISTENS + TAKEN, set[Connection]()),
        (LISTENS + TAKEN + MADE, {API}),
        (INSIDE, set[Connection]()),
        ("", set[Connection]()),
    ],
)
def test_what_a_pod_made_is_told_from_what_was_made_to_it(
    lines: str, found: set[Connection]
) -> None:
    assert outgoing(f"tcp\n{HEADER}{lines}") == found


def test_an_address_of_the_fourth_version_in_one_of_the_sixth_is_that() -> None:
    made = outgoing(f"tcp6\n{HEADER}{MAPPED}")
    assert made == {Connection(protocol="TCP", address="10.244.0.9", port=5432)}


def test_an_address_of_the_sixth_version() -> None:
    (made,) = outgoing(f"tcp6\n{HEADER}{SIXTH}")
    assert (made.address, made.port) == ("2001:db8::1", 5432)


def test_the_protocols_are_told_apart() -> None:
    both = f"tcp\n{HEADER}{MADE}udp\n{HEADER}{MADE}"
    assert {each.protocol for each in outgoing(both)} == {"TCP", "UDP"}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="no /proc/net on this machine")
def test_it_reads_what_a_kernel_really_writes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            text = subprocess.run(  # noqa: S603
                ["/bin/sh", "-c", LOOK], capture_output=True, check=True, text=True
            ).stdout
    assert sys.byteorder == "little"
    lines = "\n".join(line for line in text.splitlines() if f":{port:04X} " in line)
    assert outgoing(f"tcp\n{lines}") == set(), "it stays within the pod"
    seen = outgoing("tcp\n" + lines.replace("0100007F", "0500F40A"))
    assert seen == {Connection(protocol="TCP", address="10.244.0.5", port=port)}
