"""
The connections to the server: pools of urllib3, with our TLS, proxies and client certificates.

They are set up as the Kubernetes client sets up its own (client/rest.py). Importing that library takes longer
than a small answer, so we do without it.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from typing import Any

import urllib3

from kubectl_kfaccess.errors import UnusableKubeconfig
from kubectl_kfaccess.sources.cluster.access_reviews import AT_ONCE as REVIEWS_AT_ONCE
from kubectl_kfaccess.sources.kubeconfig import credentials
from kubectl_kfaccess.sources.kubeconfig.choice import Connection
from kubectl_kfaccess.sources.kubeconfig.proxies import Proxy, proxy_of

LISTS_AT_ONCE = 4  # lists under way at the same time


def connection_pool(
    connection: Connection, certificate: credentials.ClientCertificate | None, environ: Mapping[str, str]
) -> Any:
    """
    Return a urllib3 pool manager for *connection*; *environ* has the variables that name proxies.

    Raises UnusableKubeconfig if the certificates or the proxy cannot be used.
    """
    proxy = proxy_of(connection, environ)
    if connection.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    try:
        settings = _settings(connection, certificate)
    except (OSError, ValueError) as error:
        raise UnusableKubeconfig(f"cannot use the certificates of this context: {error}") from error
    return _through(proxy, settings, connection) if proxy else urllib3.PoolManager(**settings)


def _settings(connection: Connection, certificate: credentials.ClientCertificate | None) -> dict[str, Any]:
    """Return the settings of each pool; raises OSError or ValueError if the certificates cannot be used."""
    settings: dict[str, Any] = {"maxsize": max(LISTS_AT_ONCE, REVIEWS_AT_ONCE)}
    if not connection.server.startswith("https:"):
        return settings
    settings["ssl_context"] = _tls(connection, certificate)
    settings["cert_reqs"] = ssl.CERT_NONE if connection.insecure else ssl.CERT_REQUIRED
    if connection.tls_server_name:  # sent to the server, and its certificate has to be for this name
        settings["server_hostname"] = connection.tls_server_name
    return settings


def _through(proxy: Proxy, settings: dict[str, Any], connection: Connection) -> Any:
    """Return a pool manager with *settings* that connects through *proxy*."""
    if proxy.scheme == "socks5":
        from urllib3.contrib.socks import SOCKSProxyManager  # slow, and few have such a proxy

        # `socks5h`, because in Go it is the proxy that resolves the server's name
        url = f"socks5h://{proxy.address}"
        return SOCKSProxyManager(url, username=proxy.user, password=proxy.password or None, **settings)
    tls = _tls(connection, None) if proxy.scheme == "https" else None
    url = f"{'https' if tls else 'http'}://{proxy.address}"
    return urllib3.ProxyManager(url, proxy_headers=_login(proxy), proxy_ssl_context=tls, **settings)


def _login(proxy: Proxy) -> dict[str, str]:
    """Return the header with the user and password of *proxy*, if it has any."""
    if proxy.user is None:
        return {}
    pair = f"{proxy.user}:{proxy.password}".encode("utf-8", "surrogateescape")
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _tls(connection: Connection, certificate: credentials.ClientCertificate | None) -> Any:
    """Return one TLS context for all connections; keys are on disk only while it reads them."""
    authority = connection.authority()
    # PEM is ASCII; other bytes, such as those of a comment, must not end the run
    text = authority.decode("ascii", "backslashreplace") if authority else None
    context = ssl.create_default_context(cadata=text)
    _settle_protocols(context)
    # Python 3.13 rejects authorities without key usage; Go, and therefore kubectl, accepts them
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if connection.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        with credentials.certificate_files(certificate) as files:
            context.load_cert_chain(str(files[0]), str(files[1]), _no_password)
    return context


def _settle_protocols(context: Any) -> None:
    """
    Set the protocols of *context* once and for all.

    urllib3 sets them again for each connection. That frees what OpenSSL may be reading for a connection of
    another thread, and the server then refuses a damaged greeting ("decode error").
    """
    context.set_alpn_protocols(["http/1.1"])
    context.set_alpn_protocols = lambda _protocols: None


def _no_password() -> str:
    raise ValueError("the client key is encrypted")
