"""Parses the connections of a pod from the text of /proc/net. Pure.

The format: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

READ_SCRIPT = (
    "for table in tcp tcp6 udp udp6; do echo $table; cat /proc/net/$table 2>/dev/null || :; done"
)
"""A shell script that prints the tables in the form that `outgoing` parses."""

_TCP_LISTEN = "0A"  # the state of a TCP socket that listens; a UDP one has no remote port instead


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection that a pod opened; the remote address may be that of a Service."""

    protocol: str  # TCP or UDP
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol} {self.address}:{self.port}"


def outgoing(text: str) -> set[Connection]:
    """The connections that the pod opened to other hosts, recently closed ones included.

    Connections that it accepted, and those inside the pod, are left out.
    """
    sockets = list(_sockets(text))
    listening = {(s.protocol, s.local_port) for s in sockets if s.listens}
    return {
        Connection(protocol=s.protocol, address=s.address, port=s.port)
        for s in sockets
        if s.port and (s.protocol, s.local_port) not in listening
        if not ip_address(s.address).is_loopback
    }


@dataclass(frozen=True, kw_only=True)
class _Socket:
    protocol: str
    local_port: int
    address: str  # of the remote end
    port: int  # of the remote end; 0 if there is none
    listens: bool


def _sockets(text: str) -> Iterator[_Socket]:
    protocol = ""
    for line in text.splitlines():
        columns = line.split()
        if len(columns) == 1:
            protocol = columns[0].removesuffix("6").upper()
        elif columns and columns[0].removesuffix(":").isdigit():
            _, local_port = _address_and_port(columns[1])
            address, port = _address_and_port(columns[2])
            yield _Socket(
                protocol=protocol,
                local_port=local_port,
                address=address,
                port=port,
                listens=not port or columns[3] == _TCP_LISTEN,
            )


def _address_and_port(text: str) -> tuple[str, int]:
    """Parses `0100007F:1F90` as 127.0.0.1 and 8080: the kernel prints each group of four bytes in
    the byte order of the machine, which is little-endian here."""
    address, _, port = text.partition(":")
    groups = [bytes.fromhex(address[n : n + 8])[::-1] for n in range(0, len(address), 8)]
    if len(groups) == 1:
        return str(IPv4Address(groups[0])), int(port, 16)
    ipv6 = IPv6Address(b"".join(groups))
    return str(ipv6.ipv4_mapped or ipv6), int(port, 16)
