"""The flags that commands share, in kubectl's spelling and meaning, and what they select."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, TypeVar

from kubectl_kfaccess.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.findings.finding import Finding
    from kubectl_kfaccess.rbac.known_subjects import Via
    from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
    from kubectl_kfaccess.sources.source import Source

Parser = argparse.ArgumentParser
P = TypeVar("P", bound=Parser)
CONNECTION = "connection, as in kubectl"
KUBECTL_FORMATS = ("table", "wide", "json", "yaml", "name", "csv", "markdown")


def shared(parser: type[P]) -> P:
    """Return the parser of the flags that every command takes, before or after the command's name."""
    parent = parser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    _connection_flags(parent.add_argument_group(CONNECTION))
    return parent


def add_cluster(parser: Parser) -> None:
    """Add the flags that choose the cluster's objects: live by default, files, or the demo."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "-f", "--filename", metavar="FILE", action="append", default=[],
        help="the cluster's objects: files, directories or `-`, instead of a live cluster",
    )  # fmt: skip
    group.add_argument("-R", "--recursive", action="store_true", help="look into subdirectories of -f too")
    group.add_argument("--demo", action="store_true", help="ask the embedded demo cluster")
    group.add_argument(
        "--kubernetes-version", metavar="VERSION", default="",
        help="whose default roles complete the files (default: the newest bundled)",
    )  # fmt: skip


def add_namespaces(parser: Parser) -> None:
    """Add the flags that choose namespaces."""
    group = parser.add_argument_group("namespaces")
    group.add_argument("-A", "--all-namespaces", action="store_true", help="ask about all namespaces")
    group.add_argument(
        "-l", "--selector", metavar="SELECTOR", default="", help="namespaces with these labels"
    )


def add_subject(parser: Parser) -> None:
    """Add SUBJECT and the groups that it is known to have."""
    parser.add_argument(
        "subject", metavar="SUBJECT", nargs="?",
        help="alice@example.com, user:NAME, group:NAME, sa:NAMESPACE/NAME, or an account (default: you)",
    )  # fmt: skip
    add_groups(parser)


def add_groups(parser: Parser) -> None:
    """Add the flag for groups that no cluster knows."""
    parser.add_argument(
        "--group", metavar="GROUP", action="append", default=[],
        help="a group that the subject is in, which no cluster knows (repeatable)",
    )  # fmt: skip


def add_via(parser: Parser) -> None:
    """Add the flag that forces one of the two planes."""
    parser.add_argument(
        "--via", choices=("kubectl", "kubeflow"), default="", metavar="PLANE",
        help="who asks the API server: kubectl (user and groups) or kubeflow (its own services: the user's"
        " name alone); by default the resource decides",
    )  # fmt: skip


def via(args: argparse.Namespace) -> Via | None:
    """Return the plane that the flags force, if any."""
    from kubectl_kfaccess.rbac.known_subjects import Via

    return Via(args.via) if args.via else None


def add_verify(parser: Parser) -> None:
    """Add the flag that has the server asked."""
    parser.add_argument(
        "--verify", nargs="?", const="all", default="", choices=("all", "sample"), metavar="all|sample",
        help="ask the server itself about every answer, or about a sample, and end with 3 where it disagrees",
    )  # fmt: skip


def check_verify(args: argparse.Namespace) -> None:
    """Refuse to verify what no server stands behind."""
    if args.verify and (args.filename or args.demo):
        raise UsageError("`--verify` asks a server: it cannot go with `-f` or `--demo`")


def add_fail_on(parser: Parser, default: str = "") -> None:
    """Add the flag that says which findings end the program with 1; by default none, or *default*."""
    usual = f" (default: {default})" if default else ""
    parser.add_argument(
        "--fail-on", choices=("error", "warning"), default=default, metavar="SEVERITY",
        help=f"end with 1 when there is a finding as bad as this: error or warning{usual}",
    )  # fmt: skip


def fails(args: argparse.Namespace, findings: Iterable[Finding]) -> bool:
    """Whether one of *findings* is as bad as `--fail-on` says."""
    counting = {"error": ("error",), "warning": ("error", "warning")}.get(args.fail_on, ())
    return any(finding.type.severity.value in counting for finding in findings)


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def add_output(parser: Parser, formats: tuple[str, ...], default: str = "table") -> None:
    """Add the flags that shape the output; *formats* are the ones of this command."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        metavar="FORMAT",
        choices=formats,
        default=default,
        help=f"one of {', '.join(formats)}",
    )
    group.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN",
        help="colour the words of tables: auto (on a terminal without NO_COLOR), always or never",
    )  # fmt: skip
    group.add_argument("-q", "--quiet", action="store_true", help="print nothing, only end with the status")
    group.add_argument("--no-headers", action="store_true", help="leave the headers of tables out")
    group.add_argument("--sort-by", metavar="COLUMN", default="", help="sort table rows by this column")


def _connection_flags(group: Any) -> None:
    for name, metavar, text in (
        ("--kubeconfig", "FILE", "the kubeconfig to use"),
        ("--context", "NAME", "the kubeconfig's context to use"),
        ("--cluster", "NAME", "the kubeconfig's cluster to use"),
        ("--user", "NAME", "the kubeconfig's user to use"),
        ("--token", "TOKEN", "the bearer token to use"),
        ("--as", "USER", "act as this user"),
        ("--as-uid", "UID", "act with this uid"),
        ("--certificate-authority", "FILE", "the certificate authority of the server"),
        ("--client-certificate", "FILE", "the client certificate to use"),
        ("--client-key", "FILE", "the key of the client certificate"),
        ("--tls-server-name", "NAME", "the name in the server's certificate"),
        ("--request-timeout", "DURATION", "the longest a request may take (0: 5 s and 30 s to read)"),
        ("--cache-dir", "DIRECTORY", "where discovery is kept for ten minutes"),
    ):  # fmt: skip
        group.add_argument(name, metavar=metavar, dest=f"connection_{name[2:].replace('-', '_')}", help=text)
    group.add_argument("-n", "--namespace", metavar="NAMESPACE", help="the namespace to ask about")
    group.add_argument(
        "-s", "--server", metavar="URL", dest="connection_server", help="the address of the server"
    )
    group.add_argument("--as-group", metavar="GROUP", action="append", help="act as a member (repeatable)")
    group.add_argument(
        "--as-user-extra", metavar="KEY=VALUE", action="append", help="act with this extra field"
    )
    group.add_argument(
        "--insecure-skip-tls-verify", nargs="?", const="true", choices=("true", "false"), metavar="BOOL",
        help="do not check the server's certificate",
    )  # fmt: skip
    group.add_argument("--disable-compression", action="store_true", help="do not ask for compressed answers")
    group.add_argument(
        "-v", "--v", type=int, metavar="LEVEL",
        help="say more on stderr: 6 shows requests, 7 and 8 their headers without secrets",
    )  # fmt: skip


def flag(args: argparse.Namespace, name: str, default: Any = "") -> Any:
    """Return a shared flag; one not given is absent, so that it may stand before the command or after."""
    return getattr(args, name, None) or default


def source(args: argparse.Namespace, env: Environment) -> Source:
    """Return the source that the flags choose."""
    if args.filename and args.demo:
        raise UsageError("`--demo` and `-f` are two clusters: choose one")
    if args.filename.count("-") > 1:
        raise UsageError("standard input can be read once: `-f -` stands twice")
    if args.filename or args.demo:
        from kubectl_kfaccess.sources.files.files import FilesSource, demo

        if args.demo:
            return demo(env, args.kubernetes_version)
        return FilesSource(tuple(args.filename), env, args.recursive, args.kubernetes_version)
    return cluster(args, env)


def cluster(args: argparse.Namespace, env: Environment) -> ClusterSource:
    """Return the live cluster of the kubeconfig and the connection flags."""
    from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
    from kubectl_kfaccess.sources.cluster.discovery import cache_directory
    from kubectl_kfaccess.sources.kubeconfig import choice

    connection = choice.load(connection_flags(args), env)
    directory = cache_directory(flag(args, "connection_cache_dir"), env)
    return ClusterSource(connection, env, directory, flag(args, "v", 0))


def connection_flags(args: argparse.Namespace) -> Any:
    """Return the connection flags as the kubeconfig's overrides."""
    from kubectl_kfaccess.sources.kubeconfig.choice import Flags

    insecure = getattr(args, "insecure_skip_tls_verify", None)
    return Flags(
        kubeconfig=flag(args, "connection_kubeconfig"),
        context=flag(args, "connection_context"),
        cluster=flag(args, "connection_cluster"),
        user=flag(args, "connection_user"),
        namespace=flag(args, "namespace"),
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
