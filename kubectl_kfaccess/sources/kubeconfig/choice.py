"""
Which cluster to use, and as which user: kubeconfig files and flags are combined as kubectl combines them.

The rules are those of client-go's clientcmd (client_config.go) and cli-runtime's `ConfigFlags`. We differ on
purpose in two cases: without any configuration we raise an error instead of trying `localhost:8080`, and
inside a pod the impersonation and TLS flags count, which clientcmd drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, UnusableKubeconfig, UsageError, cause_text
from kubectl_kfaccess.sources.kubeconfig import durations
from kubectl_kfaccess.sources.kubeconfig.connection import (
    AuthProvider,
    Connection,
    ExecPlugin,
    Impersonation,
)
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.kubeconfig.files import Config, absent, merged, present
from kubectl_kfaccess.sources.kubeconfig.pod import Pod, pod
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password
from kubectl_kfaccess.sources.kubeconfig.validation import cluster_problems, user_problems
from kubectl_kfaccess.spelling import nearest

__all__ = ["AuthProvider", "Connection", "ConnectionFlags", "ExecPlugin", "Impersonation", "load", "names"]

# The cluster extension whose content is passed to a credential plugin (clientcmd's clusterExtensionKey)
_EXEC_EXTENSION = "client.authentication.k8s.io/exec"


class _Choice(NamedTuple):
    """What the context and the flags select: names, and the fields of cluster and user after all flags."""

    context: str
    cluster_name: str
    user_name: str
    namespace: str
    cluster: dict[str, Any]
    user: dict[str, Any]
    user_file: Path | None = None


def load(flags: ConnectionFlags, env: Environment) -> Connection:
    """
    Return the connection that kubectl would make with these flags, files and variables.

    Raises CannotAnswer if no cluster is configured, UnusableKubeconfig or UsageError if one cannot be used.
    """
    own = pod(env)
    choice = _choose(merged(flags.kubeconfig, env), flags, env)
    if own and _is_default(choice, env):
        choice = _pod_choice(own, flags, env)
    if not choice.cluster.get("server"):
        raise _no_cluster(choice, absent(flags.kubeconfig, env))
    for problem in _problems(choice):
        raise UnusableKubeconfig(problem)
    return _connection(choice, *_namespace(choice, flags, own), durations.parse(flags.request_timeout or "0"))


def names(env: Environment, flags: ConnectionFlags) -> tuple[list[str], list[str], list[str]]:
    """Return the names of all contexts, clusters and users, each sorted; raises UnusableKubeconfig."""
    config = merged(flags.kubeconfig, env)
    return sorted(config.contexts), sorted(config.clusters), sorted(config.users)


# --- the choice -------------------------------------------------------------------------------------------


def _choose(config: Config, flags: ConnectionFlags, env: Environment) -> _Choice:
    """Return the choice of the flags in *config*; raises UsageError if a named entry does not exist."""
    name = flags.context or config.current_context
    if name and name not in config.contexts:
        raise missing_entry("context", config.contexts, name)
    context = config.contexts[name].fields if name else {}
    cluster_name = flags.cluster or context.get("cluster", "")
    user_name = flags.user or context.get("user", "")
    return _Choice(
        context=name,
        cluster_name=cluster_name,
        user_name=user_name,
        namespace=context.get("namespace", ""),
        cluster=_cluster(config, cluster_name, flags, env),
        user=_user(config, user_name, flags, env),
        user_file=config.users[user_name].origin if user_name in config.users else None,
    )


def missing_entry(kind: str, entries: Iterable[str], name: str, hint: str = "") -> UsageError:
    """Return the error for a missing context, cluster or user; it lists up to ten of the *entries*."""
    names = sorted(entries)
    known = ", ".join(f"`{other}`" for other in names[:10])
    near = nearest(name, frozenset(names))
    return UsageError(
        f"{kind} `{name}` does not exist",
        hint=f"did you mean `{near}`?" if near else hint or (f"the kubeconfig has {known}" if known else ""),
        code=ErrorCode.BAD_CONTEXT if kind == "context" else ErrorCode.UNKNOWN_NAME,
    )


def _cluster(config: Config, name: str, flags: ConnectionFlags, env: Environment) -> dict[str, Any]:
    if flags.cluster and name not in config.clusters:
        raise missing_entry("cluster", config.clusters, name)
    entry = config.clusters.get(name)
    fields = present(entry.absolute()) if entry else {}
    return _with_cluster_flags({"server": env.environ.get("KUBERNETES_MASTER", ""), **fields}, flags, env)


def _with_cluster_flags(
    cluster: Mapping[str, Any], flags: ConnectionFlags, env: Environment
) -> dict[str, Any]:
    """Return the cluster's fields after all flags, as getCluster does."""
    given = present({"server": flags.server, "disable-compression": flags.disable_compression})
    merged = {**cluster, **given}
    if flags.insecure_skip_tls_verify or flags.certificate_authority:
        merged["insecure-skip-tls-verify"] = bool(flags.insecure_skip_tls_verify)
        merged["certificate-authority"] = _absolute(flags.certificate_authority, env)
        merged["certificate-authority-data"] = b""
    if flags.tls_server_name or flags.server:
        merged["tls-server-name"] = flags.tls_server_name
    return merged


def _absolute(path: str, env: Environment) -> str:
    return str(env.cwd / path) if path else ""


def _user(config: Config, name: str, flags: ConnectionFlags, env: Environment) -> dict[str, Any]:
    """
    Return the user's fields after all flags; a missing user of a context is anonymous.

    Raises UsageError if `--user` names a user that does not exist.
    """
    if flags.user and name not in config.users:
        hint = "to ask about a person, write `access alice@example.com`"
        raise missing_entry("user", config.users, name, hint)
    entry = config.users.get(name)
    return _with_user_flags(entry.absolute() if entry else {}, flags, env)


def _with_user_flags(user: Mapping[str, Any], flags: ConnectionFlags, env: Environment) -> dict[str, Any]:
    """
    Return the user's fields after all flags, as getAuthInfo does.

    `--token` does not remove a tokenFile, and the token in the file is sent then, as kubectl 1.36 does.
    """
    merged = {**user, **present(_impersonation_flags(user, flags)), **present({"token": flags.token})}
    if flags.client_certificate:
        merged["client-certificate"] = _absolute(flags.client_certificate, env)
        merged["client-certificate-data"] = b""
    if flags.client_key:
        merged["client-key"] = _absolute(flags.client_key, env)
        merged["client-key-data"] = b""
    return merged


def _impersonation_flags(user: Mapping[str, Any], flags: ConnectionFlags) -> dict[str, Any]:
    return {
        "as": flags.as_user,
        "as-uid": flags.as_uid,
        "as-groups": list(flags.as_groups),
        "as-user-extra": {**(user.get("as-user-extra") or {}), **extra_values(flags.as_user_extra)},
    }


def extra_values(pairs: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of each key in *pairs*, those of `--as-user-extra`; raises UsageError."""
    extra: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"invalid `--as-user-extra`: `{pair}`", hint="write `--as-user-extra KEY=VALUE`")
        extra.setdefault(key, []).append(value)
    return extra


def _is_default(choice: _Choice, env: Environment) -> bool:
    """Return whether nothing is configured, by the rules of IsDefaultConfig."""
    cluster = choice.cluster
    server = cluster.get("server", "")
    default = env.environ.get("KUBERNETES_MASTER") or "http://localhost:8080"
    if cluster.get("proxy-url") or cluster.get("disable-compression") or server not in ("", default):
        return False
    return not server.startswith("https:") or not (present(choice.user) or set(present(cluster)) - {"server"})


def _pod_choice(own: Pod, flags: ConnectionFlags, env: Environment) -> _Choice:
    """Return the pod's own cluster and account after all flags; here, `--token` does replace the file."""
    return _Choice(
        context="",
        cluster_name="",
        user_name="",
        namespace="",
        cluster=_with_cluster_flags(own.cluster, flags, env),
        user=_with_user_flags({} if flags.token else own.user, flags, env),
    )


def _no_cluster(choice: _Choice, missing: list[str]) -> CannotAnswer:
    where, code = "the kubeconfig names no server", ErrorCode.BAD_KUBECONFIG
    if missing:
        where = f"there is no kubeconfig at {' or '.join(f'`{path}`' for path in missing)}"
    elif choice.context:
        where, code = f"context `{choice.context}` names no cluster with a server", ErrorCode.BAD_CONTEXT
    return CannotAnswer(
        f"no cluster is configured: {where}",
        hint="set KUBECONFIG, `--kubeconfig` or `--context`; or use `--demo`, or `-f` with manifests",
        code=code,
    )


def _problems(choice: _Choice) -> Iterator[str]:
    """Yield the reasons why kubectl would reject the cluster or the user."""
    for problem in cluster_problems(choice.cluster):
        yield f"cluster `{choice.cluster_name}` cannot be used: {problem}"
    for problem in user_problems(choice.user):
        yield f"user `{choice.user_name}` cannot be used: {problem}"


def _namespace(choice: _Choice, flags: ConnectionFlags, own: Pod | None) -> tuple[str, str]:
    """
    Return the namespace and where it comes from: flag, context, in-cluster or default.

    Inside a pod, its namespace also counts if there is a kubeconfig that names none.
    """
    if flags.namespace:
        return flags.namespace, "flag"
    if choice.namespace:
        return choice.namespace, "context"
    if own and own.namespace:
        return own.namespace, "in-cluster"
    return "default", "default"


# --- the connection ---------------------------------------------------------------------------------------


def _connection(choice: _Choice, namespace: str, namespace_from: str, timeout: float) -> Connection:
    cluster, user, server = choice.cluster, choice.user, _server_url(choice.cluster["server"])
    connection = Connection(
        server=server,
        namespace=namespace,
        namespace_from=namespace_from,
        context=choice.context,
        cluster_name=choice.cluster_name,
        user_name=choice.user_name,
        proxy_url=cluster.get("proxy-url", ""),
        disable_compression=bool(cluster.get("disable-compression")),
        impersonation=_impersonation(user),
        timeout=timeout,
    )
    # Credentials are never sent over plain HTTP; ClientConfig() leaves them out there, too
    if not server.startswith("https:"):
        return connection
    provider = _auth_provider(user.get("auth-provider"), choice)
    return _with_credentials(connection, cluster, user)._replace(auth_provider=provider)


_SERVER = "write https://HOST:PORT"


def _server_url(server: str) -> str:
    """
    Return the server as a URL; without a scheme it is plain HTTP, as in DefaultServerURL.

    Raises UnusableKubeconfig if it is neither a URL nor HOST:PORT.
    """
    try:
        parts = urlsplit(server)
        if not parts.scheme or not parts.netloc:
            parts = urlsplit(f"http://{server}")
            if parts.path not in ("", "/"):
                raise ValueError("neither a URL nor HOST:PORT")
        _ = parts.port  # raises ValueError if it is not a number
    except ValueError as error:
        problem = cause_text(error).partition(" as ")[0]  # what follows can be a part of a password
        raise UnusableKubeconfig(
            f"invalid server `{without_password(server)}`: {problem}", hint=_SERVER
        ) from None
    if not parts.hostname:
        raise UnusableKubeconfig(f"invalid server `{without_password(server)}`: it has no host", hint=_SERVER)
    return parts._replace(query="", fragment="", path=parts.path.rstrip("/")).geturl()


def _impersonation(user: Mapping[str, Any]) -> Impersonation | None:
    if not user.get("as"):
        return None
    extra = {key: tuple(values or ()) for key, values in (user.get("as-user-extra") or {}).items()}
    return Impersonation(user["as"], user.get("as-uid", ""), tuple(user.get("as-groups") or ()), extra)


def _with_credentials(
    connection: Connection, cluster: Mapping[str, Any], user: Mapping[str, Any]
) -> Connection:
    certificate = bool(user.get("client-certificate") or user.get("client-certificate-data"))
    return connection._replace(
        ca_data=cluster.get("certificate-authority-data") or None,
        ca_file=_path(cluster.get("certificate-authority")),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        tls_server_name=cluster.get("tls-server-name", ""),
        certificate_data=user.get("client-certificate-data") or None,
        certificate_file=_path(user.get("client-certificate")),
        key_data=(user.get("client-key-data") or None) if certificate else None,
        key_file=_path(user.get("client-key")) if certificate else None,
        token=user.get("token", ""),
        token_file=_path(user.get("tokenFile")),
        username=user.get("username", ""),
        password=user.get("password", ""),
        exec=_plugin(user.get("exec"), cluster),
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _plugin(fields: Mapping[str, Any] | None, cluster: Mapping[str, Any]) -> ExecPlugin | None:
    if fields is None:
        return None
    variables = fields.get("env") or ()
    return ExecPlugin(
        command=fields["command"],
        args=tuple(fields.get("args") or ()),
        env=tuple((variable["name"], variable.get("value", "")) for variable in variables),
        api_version=fields["apiVersion"],
        install_hint=fields.get("installHint", ""),
        provide_cluster_info=fields.get("provideClusterInfo", False),
        interactive_mode=fields["interactiveMode"],
        config=(cluster.get("extensions") or {}).get(_EXEC_EXTENSION),
    )


def _auth_provider(fields: Mapping[str, Any] | None, choice: _Choice) -> AuthProvider | None:
    if fields is None:
        return None
    return AuthProvider(
        fields.get("name", ""), fields.get("config") or {}, choice.user_file, choice.user_name
    )
