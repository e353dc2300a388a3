"""The errors for a server that cannot be reached, or does not answer as an API server does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.sources.cluster.bodies import NotGzip
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password

# The error code for a status; any other status means that the server failed, or is no API server
_CODES = {
    401: ErrorCode.FORBIDDEN,
    403: ErrorCode.FORBIDDEN,
    408: ErrorCode.TIMEOUT,
    413: ErrorCode.TOO_BIG,
    429: ErrorCode.UNREACHABLE,
    502: ErrorCode.UNREACHABLE,
    503: ErrorCode.UNREACHABLE,
    504: ErrorCode.TIMEOUT,
}
PROXY_TO_TRY = "check the proxy: `proxy-url` in the kubeconfig, or the variables HTTPS_PROXY and NO_PROXY"
WHAT_TO_TRY = "check the server, your network and `--context`; without a cluster there are `--demo` and `-f`"


def redirected(status: int, location: str) -> CannotAnswer:
    """Return the error for an answer that leads to another address."""
    return CannotAnswer(
        f"error from server: it redirects (status {status}) to `{location}`",
        hint="is this the address of a Kubernetes API server? a proxy in front of it may want you to log in",
    )


def unreachable(server: str, error: Exception) -> CannotAnswer:
    """Return the error for a server that cannot be reached, in kubectl's words."""
    host, causes = _host(server), _chain(error)
    code = _code_of_causes(causes)
    if any(map(_is_of_proxy, causes)):
        text = f"unable to connect to the server {host} through the proxy: {_cause(error)}"
        return CannotAnswer(text, hint=PROXY_TO_TRY, code=code)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        text = f"the connection to the server {host} was refused - did you specify the right host or port?"
        return CannotAnswer(text, hint=WHAT_TO_TRY, code=ErrorCode.UNREACHABLE)
    if any(isinstance(cause, (urllib3_module().exceptions.TimeoutError, TimeoutError)) for cause in causes):
        text = f"unable to connect to the server {host}: no answer in time"
        hint = f"allow more time with `--request-timeout`, or {WHAT_TO_TRY}"
        return CannotAnswer(text, hint=hint, code=code)
    text = f"unable to connect to the server {host}: {_cause(error)}"
    return CannotAnswer(text, hint=WHAT_TO_TRY, code=code)


def closed_midway(server: str, error: Exception) -> CannotAnswer:
    """Return the error for a connection that *server* closed before its answer was complete."""
    return CannotAnswer(
        f"the server {_host(server)} closed the connection midway: {_cause(error)}",
        code=_code_of_causes(_chain(error)),
    )


def too_big(server: str, most: int) -> CannotAnswer:
    """Return the error for an answer of *server*, or a list, of more than *most* bytes."""
    return CannotAnswer(
        f"the server {_host(server)} sends more than {most >> 20:,} MiB in one answer",
        hint="ask for single namespaces with `-n`; is this the address of a Kubernetes API server?",
        code=ErrorCode.TOO_BIG,
    )


def code_of_status(status: int) -> ErrorCode:
    """Return the error code for an HTTP status of 400 or more."""
    return _CODES.get(status, ErrorCode.BAD_ANSWER)


def _code_of_causes(causes: list[BaseException]) -> ErrorCode:
    """Return the code for the causes of a failed request; the more specific causes are looked for first."""
    import ssl  # slow, and needed for failures only
    from http.client import HTTPException, IncompleteRead  # likewise

    exceptions = urllib3_module().exceptions
    specific = (
        (ErrorCode.UNREACHABLE, (ConnectionError, IncompleteRead, exceptions.NewConnectionError)),
        (ErrorCode.TIMEOUT, (TimeoutError, exceptions.TimeoutError)),
        (ErrorCode.TLS, (ssl.SSLError, exceptions.SSLError)),
        (ErrorCode.BAD_ANSWER, (HTTPException, NotGzip, exceptions.DecodeError)),
    )
    codes = (code for code, kinds in specific if any(isinstance(cause, kinds) for cause in causes))
    return next(codes, ErrorCode.UNREACHABLE)


def _is_of_proxy(cause: BaseException) -> bool:
    """Whether a proxy is the cause. PySocks is seldom loaded, so its errors are known by their names."""
    names = {kind.__name__ for kind in type(cause).__mro__ if kind.__module__ == "socks"}
    return isinstance(cause, urllib3_module().exceptions.ProxyError) or "ProxyError" in names


def _host(server: str) -> str:
    """Return HOST:PORT, without a user and password."""
    return urlsplit(server).netloc.rpartition("@")[2] or without_password(server)


def _chain(error: BaseException | None) -> list[BaseException]:
    """Return the error, its cause, the cause of that, and so on."""
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
    return causes


def _cause(error: Exception) -> str:
    """Return the deepest cause of an error in words."""
    deepest = _chain(error)[-1]
    text = getattr(deepest, "strerror", None) or str(deepest) or type(deepest).__name__
    return text[:1].lower() + text[1:]


def urllib3_module() -> Any:
    """Return the module urllib3."""
    import urllib3  # slow, and reading files needs no request

    return urllib3
