"""What a pod's kernel tells of its connections. Pure: the text of /proc/net in, sockets out.

https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

LOOK = "for each in tcp tcp6 udp udp6; do echo $each; cat /proc/net/$each 2>/dev/null || :; done"
"""Prints it, in any shell."""

_LISTENS = "0A"  # a TCP socket; one of UDP has no other end


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One that was made from here to there; its end may be a Service's address."""

    protocol: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol} {self.address}:{self.port}"


def outgoing(text: str) -> set[Connection]:
    """The connections that this pod made, those that have just ended among them; not those within
    it, nor those that were made to it."""
    sockets = list(_sockets(text))
    listened = {(s.protocol, s.local_port) for s in sockets if s.listens}
    return {
        Connection(protocol=s.protocol, address=s.address, port=s.port)
        for s in sockets
        if s.port and (s.protocol, s.local_port) not in listened
        if not ip_address(s.address).is_loopback
    }


@dataclass(frozen=True, kw_only=True)
class _Socket:
    protocol: str
    local_port: int
    address: str
    port: int
    listens: bool


def _sockets(text: str) -> Iterator[_Socket]:
    protocol = ""
    for line in text.splitlines():
        words = line.split()
        if len(words) == 1:
            protocol = words[0].removesuffix("6").upper()
        elif words and words[0].removesuffix(":").isdigit():
            _, local_port = _place(words[1])
            address, port = _place(words[2])
            yield _Socket(
                protocol=protocol,
                local_port=local_port,
                address=address,
                port=port,
                listens=not port or words[3] == _LISTENS,
            )


def _place(text: str) -> tuple[str, int]:
    """0100007F:1F90 is 127.0.0.1, port 8080: each four bytes as this machine's kind has them."""
    address, _, port = text.partition(":")
    words = [bytes.fromhex(address[n : n + 8])[::-1] for n in range(0, len(address), 8)]
    if len(words) == 1:
        return str(IPv4Address(words[0])), int(port, 16)
    whole = IPv6Address(b"".join(words))
    return str(whole.ipv4_mapped or whole), int(port, 16)
