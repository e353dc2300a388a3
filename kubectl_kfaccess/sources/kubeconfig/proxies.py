"""
Which proxy leads to a server, as kubectl chooses it: `proxy-url`, or HTTPS_PROXY, HTTP_PROXY and NO_PROXY.

The rules for variables are those of Go's golang.org/x/net/http/httpproxy, which knows no ALL_PROXY, and of
apimachinery's NewProxierWithNoProxyCIDR. A `proxy-url` counts even against NO_PROXY.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from kubectl_kfaccess.errors import UnusableKubeconfig
from kubectl_kfaccess.sources.kubeconfig.connection import Connection
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password, without_secrets

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class Proxy(NamedTuple):
    """A proxy: *scheme* is http, https or socks5; *user* is None if it needs no login."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = ""

    def __repr__(self) -> str:
        return without_secrets(self, "password")

    @property
    def address(self) -> str:
        """Return HOST:PORT, with brackets around an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def proxy_of(connection: Connection, environ: Mapping[str, str]) -> Proxy | None:
    """
    Return the proxy for the server of *connection*, None if there is a direct way.

    Raises UnusableKubeconfig if the proxy is not a URL.
    """
    if connection.proxy_url:
        return _proxy(connection.proxy_url, "proxy-url")
    server = urlsplit(connection.server)
    name = "HTTPS_PROXY" if server.scheme == "https" else "HTTP_PROXY"
    url = _variable(environ, name)
    if not url or not _needs_proxy(server, _variable(environ, "NO_PROXY")):
        return None
    return _proxy(url, name)


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""


def _proxy(url: str, origin: str) -> Proxy:
    """Return the proxy of a URL, or of HOST:PORT; *origin* is its name in messages."""
    try:
        parts = urlsplit(url)
        if not parts.scheme or not parts.netloc:
            parts = urlsplit(f"http://{url}")
        scheme = "socks5" if parts.scheme in ("socks5", "socks5h") else parts.scheme
        port = parts.port or _PORTS.get(scheme, 80)
    except ValueError as error:
        raise _unusable(url, origin, str(error)) from error
    if not parts.hostname:
        raise _unusable(url, origin, "it has no host")
    user = None if parts.username is None else unquote(parts.username)
    return Proxy(scheme, parts.hostname, port, user, unquote(parts.password or ""))


def _unusable(url: str, origin: str, problem: str) -> UnusableKubeconfig:
    message = f"the {origin} `{without_password(url)}` cannot be used: {problem.partition(' as ')[0].lower()}"
    return UnusableKubeconfig(message, hint="write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")


# --- NO_PROXY ---------------------------------------------------------------------------------------------


def _needs_proxy(server: SplitResult, exceptions: str) -> bool:
    """Return whether the variables' proxy leads to *server* (useProxy)."""
    host = (server.hostname or "").lower()
    port = str(server.port or _PORTS[server.scheme])
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return False
    entries = [entry.strip().lower() for entry in exceptions.split(",")]
    return "*" not in entries and not any(_fits(entry, host, address, port) for entry in entries)


def _fits(entry: str, host: str, address: Address | None, port: str) -> bool:
    """Return whether an entry of NO_PROXY names the server."""
    network = _network(entry)
    if network is not None:
        return address is not None and address in network
    wanted, wanted_port = _split(entry)
    if not wanted or wanted_port not in ("", port):
        return False
    wanted_address = _address(wanted)
    if address or wanted_address:
        return address == wanted_address
    domain = wanted[1:] if wanted.startswith("*.") else wanted
    return host.endswith(domain) if domain.startswith(".") else host == domain or host.endswith(f".{domain}")


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network of ADDRESS/BITS; Go knows no netmasks there."""
    try:
        return ipaddress.ip_network(entry, strict=False) if re.search(r"/[0-9]+$", entry) else None
    except ValueError:
        return None


def _split(entry: str) -> tuple[str, str]:
    """Return host and port of an entry; the port is "" if it has none (net.SplitHostPort)."""
    match = re.fullmatch(r"(?:\[([^\[\]]*)\]|([^:\[\]]*)):([^:]*)", entry)
    return (match[1] or match[2] or "", match[3]) if match else (entry, "")


def _address(host: str) -> Address | None:
    """Return an IP address; one of IPv4 inside IPv6 is one of IPv4."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
