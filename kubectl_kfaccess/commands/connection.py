"""kubectl's connection flags, which every command takes, and the namespace of `-n`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from kubectl_kfaccess.commands import contexts
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONNECTION = "Connection, as in kubectl"


class SharedFlag(NamedTuple):
    """A flag of every command: its spellings, the word for its value ("" for a switch), and its help."""

    names: tuple[str, ...]
    metavar: str
    help: str
    options: Mapping[str, Any] = {}


def _connection(name: str, metavar: str, text: str) -> SharedFlag:
    return SharedFlag((name,), metavar, text, {"dest": f"connection_{name[2:].replace('-', '_')}"})


SHARED = (
    _connection("--kubeconfig", "FILE", "the kubeconfig to use"),
    SharedFlag(
        ("--context",),
        "NAME",
        "the kubeconfig's context to use; repeated, or as a pattern such as 'prod-*', several clusters",
        {"action": "append", "dest": "connection_context"},
    ),
    SharedFlag(("--all-contexts",), "", "ask the clusters of all contexts", {"action": "store_true"}),
    _connection("--cluster", "NAME", "the kubeconfig's cluster to use"),
    _connection("--user", "NAME", "the kubeconfig's user to use"),
    _connection("--token", "TOKEN", "the bearer token to use"),
    _connection("--as", "USER", "act as this user"),
    _connection("--as-uid", "UID", "act with this uid"),
    _connection("--certificate-authority", "FILE", "the certificate authority of the server"),
    _connection("--client-certificate", "FILE", "the client certificate to use"),
    _connection("--client-key", "FILE", "the key of the client certificate"),
    _connection("--tls-server-name", "NAME", "the name in the server's certificate"),
    _connection(
        "--request-timeout", "DURATION", "the longest time for a request (0: 5 s to connect, 30 s to read)"
    ),
    _connection("--cache-dir", "DIRECTORY", "where to keep the server's types, and names for TAB"),
    SharedFlag(("-n", "--namespace"), "NAMESPACE", "the namespace to ask about"),
    SharedFlag(("-s", "--server"), "URL", "the address of the server", {"dest": "connection_server"}),
    SharedFlag(("--as-group",), "GROUP", "act as a member of this group (repeatable)", {"action": "append"}),
    SharedFlag(("--as-user-extra",), "KEY=VALUE", "act with this extra field", {"action": "append"}),
    SharedFlag(
        ("--insecure-skip-tls-verify",),
        "BOOL",
        "do not check the server's certificate",
        {"nargs": "?", "const": "true", "choices": ("true", "false")},
    ),
    SharedFlag(("--disable-compression",), "", "do not ask for compressed answers", {"action": "store_true"}),
    SharedFlag(
        ("-v", "--v"),
        "LEVEL",
        "say more on stderr: 1 shows standing facts, 6 requests, 7 and 8 their headers without secrets",
        {"type": int},
    ),
)
"""The flags of every command, which can come before the command's name or after it."""


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Add the flags that every command takes, except for those that *parser* has as its own."""
    group = parser.add_argument_group(CONNECTION)
    for shared_flag in SHARED:
        if shared_flag.names[-1] in parser._option_string_actions:
            continue
        options = {"default": argparse.SUPPRESS, **shared_flag.options}
        if shared_flag.metavar:
            options["metavar"] = shared_flag.metavar
        group.add_argument(*shared_flag.names, help=shared_flag.help, **options)


def flag(args: argparse.Namespace, name: str, default: Any = "") -> Any:
    """Return the value of a shared flag, or *default* if it is not given: argparse then sets no attribute."""
    return getattr(args, name, None) or default


def namespace(args: argparse.Namespace) -> str:
    """Return the namespace of `-n`, "" without it: the last one counts, as in kubectl. Raises UsageError."""
    return (_each_namespace(args) or ("",))[-1]


def namespaces(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the namespaces of `-n`, for commands that take several, each once. Raises UsageError."""
    return tuple(dict.fromkeys(filter(None, _each_namespace(args))))


def _each_namespace(args: argparse.Namespace) -> tuple[str, ...]:
    """Return what follows each `-n`. Raises UsageError for a list in one of them."""
    typed = flag(args, "namespace", ())
    names = (typed,) if isinstance(typed, str) else tuple(typed)
    for name in names:
        if "," in name:
            repeated = "the command" if isinstance(typed, str) else "`-n`"
            hint = f"repeat {repeated} for each namespace, or choose them with `-l` or `-A`"
            raise UsageError(f"`-n {name}`: `-n` takes the name of one namespace", hint=hint)
    return names


def connection_flags(args: argparse.Namespace) -> ConnectionFlags:
    """Return the connection flags, which override the kubeconfig."""
    insecure = getattr(args, "insecure_skip_tls_verify", None)
    return ConnectionFlags(
        kubeconfig=flag(args, "connection_kubeconfig"),
        context=contexts.single_context(args),
        cluster=flag(args, "connection_cluster"),
        user=flag(args, "connection_user"),
        namespace=namespace(args),
        server=flag(args, "connection_server"),
        token=flag(args, "connection_token"),
        as_user=flag(args, "connection_as"),
        as_groups=tuple(flag(args, "as_group", ())),
        as_uid=flag(args, "connection_as_uid"),
        as_user_extra=tuple(flag(args, "as_user_extra", ())),
        certificate_authority=flag(args, "connection_certificate_authority"),
        client_certificate=flag(args, "connection_client_certificate"),
        client_key=flag(args, "connection_client_key"),
        insecure_skip_tls_verify=None if insecure is None else insecure == "true",
        tls_server_name=flag(args, "connection_tls_server_name"),
        request_timeout=flag(args, "connection_request_timeout", "0"),
        disable_compression=flag(args, "disable_compression", None),
    )
