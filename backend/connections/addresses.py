"""Which addresses a webhook may have, and which machine stands behind one: never this network, never by surprise."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_URL = 400
_PORTS = (443, 8443)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""The numeric addresses of a host and port. Raises OSError."""


class BadAddress(ValueError):
    """An address that we do not send to. The reason is for us, not for who typed it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: host and port to ask for, path with query to send to."""

    host: str
    port: int
    path: str


def read_url(url: str) -> Target:
    """The address in its parts. Raises `BadAddress` for anything but https to a named host on a usual port."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\\t"):
        raise BadAddress("characters")
    try:
        parts = urlsplit(url)
        port = 443 if parts.port is None else parts.port
    except ValueError as wrong:
        raise BadAddress("not an address") from wrong
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or "@" in parts.netloc or parts.fragment or port not in _PORTS:
        raise BadAddress("https without a name or password in it")
    if not _is_public_name(host):
        raise BadAddress("host")
    return Target(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def pin(target: Target, resolve: Resolve | None = None) -> str:
    """The one numeric address to connect to. Raises `BadAddress` when any address of the host is not a public one, so
    that asking twice cannot give two answers, and OSError when the name is unknown."""
    found = (resolve or _resolve)(target.host, target.port)
    if not found:
        raise BadAddress("no address")
    for one in found:
        if not is_public(one):
            raise BadAddress("not a public address")
    return found[0]


def is_public(written: str) -> bool:
    """Whether a numeric address is one of the open internet, also when IPv4 hides in IPv6."""
    try:
        address: Address = ipaddress.ip_address(written.partition("%")[0])
    except ValueError:
        return False
    if "%" in written:
        return False
    inner = _inside(address)
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address carries: mapped, 6to4, Teredo, NAT64 or the old compatible form."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return low if address in _NAT64 or int(address) >> 32 == 0 else None


def _is_public_name(host: str) -> bool:
    """A name with letters in its last part and a dot: no number in any notation, no name of this network."""
    labels = host.lower().split(".")
    fits = len(labels) >= 2 and all(0 < len(one) <= 63 and set(one) <= _LABEL for one in labels)
    last = labels[-1]
    own = last in ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")
    return fits and not own and not last[0].isdigit() and not last.startswith("-")


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))
