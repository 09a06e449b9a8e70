"""The network a request comes from: what is counted and braked as one."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """One host of IPv4, one /64 of IPv6: whoever has an address there has all of it. Anything else is itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
