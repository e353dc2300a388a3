"""
Which cluster, as whom: kubeconfig files and flags, merged as kubectl merges them.

The rules are those of client-go's clientcmd (loader.go, client_config.go, merge.go, validation.go) and
cli-runtime's `ConfigFlags`. Three things are meant to differ: nothing configured is an error instead of
`localhost:8080`; `--token` beats the context's `tokenFile` (kubectl's code means to, but keeps the file); and
inside a pod the impersonation and TLS flags count too, where clientcmd drops them.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.sources import durations

if TYPE_CHECKING:
    from yaml import MappingNode, ScalarNode, SequenceNode

    Node = MappingNode | ScalarNode | SequenceNode

# Where the kubelet puts a pod's own credentials.
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
# The cluster extension whose content a credential plugin is told (clientcmd's clusterExtensionKey).
EXEC_EXTENSION = "client.authentication.k8s.io/exec"
_YAML = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Flags:
    """kubectl's connection flags; empty or None means not given."""

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    user: str = ""
    namespace: str = ""
    server: str = ""
    token: str = field(default="", repr=False)
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    as_uid: str = ""
    as_user_extra: tuple[str, ...] = ()
    certificate_authority: str = ""
    client_certificate: str = ""
    client_key: str = ""
    insecure_skip_tls_verify: bool | None = None
    tls_server_name: str = ""
    request_timeout: str = "0"
    disable_compression: bool | None = None


@dataclass(frozen=True)
class Impersonation:
    """On whose behalf requests are made: `--as` and its companions."""

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExecPlugin:
    """A credential plugin: the command that prints an ExecCredential."""

    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""
    config: Any = None


@dataclass(frozen=True)
class AuthProvider:
    """An `auth-provider` entry, the predecessor of credential plugins."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Connection:
    """The server, how it is recognised, how the caller identifies, and the namespace that is meant."""

    server: str
    namespace: str = "default"
    namespace_from: str = "default"  # flag, context, in-cluster or default
    context: str = ""
    cluster_name: str = ""
    user_name: str = ""
    ca_data: bytes | None = None
    ca_file: Path | None = None
    insecure: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    disable_compression: bool = False
    certificate_data: bytes | None = None
    certificate_file: Path | None = None
    key_data: bytes | None = field(default=None, repr=False)
    key_file: Path | None = None
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    exec: ExecPlugin | None = None
    auth_provider: AuthProvider | None = None
    impersonation: Impersonation | None = None
    timeout: float = 0.0  # seconds; 0: kubectl's default, no limit of the user's


@dataclass(frozen=True)
class _Entry:
    """A cluster, user or context as its file has it, and that file."""

    fields: Mapping[str, Any]
    origin: Path


@dataclass(frozen=True)
class _Config:
    """One kubeconfig file, or several merged."""

    clusters: Mapping[str, _Entry] = field(default_factory=dict)
    users: Mapping[str, _Entry] = field(default_factory=dict)
    contexts: Mapping[str, _Entry] = field(default_factory=dict)
    current_context: str = ""
    colors: bool = False
    preference_extensions: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Choice:
    """The parts that one context and the flags select: names, and fields with the flags laid over them."""

    context: str
    cluster_name: str
    user_name: str
    namespace: str
    cluster: dict[str, Any]
    user: dict[str, Any]


# --- what callers ask -------------------------------------------------------------------------------------


def load(flags: Flags, env: Environment, *, service_account: Path = SERVICE_ACCOUNT) -> Connection:
    """Return the connection that kubectl would make with these flags, files and variables."""
    choice = _choose(_merged(flags, env), flags, env)
    if _is_default(choice, env) and _in_pod(env, service_account):
        choice = _pod_choice(flags, env, service_account)
    if not choice.cluster.get("server"):
        raise _no_cluster(choice)
    _validate(choice)
    namespace, namespace_from = _namespace(choice, flags, env, service_account)
    return _connection(choice, namespace, namespace_from, durations.parse(flags.request_timeout or "0"))


def names(env: Environment, flags: Flags) -> tuple[list[str], list[str], list[str]]:
    """Return the names of all contexts, clusters and users, sorted."""
    config = _merged(flags, env)
    return sorted(config.contexts), sorted(config.clusters), sorted(config.users)


def minified(flags: Flags, env: Environment) -> dict[str, Any]:
    """Return what `kubectl config view --minify --raw --flatten -o json` prints under two of the flags."""
    config = _merged(flags, env)
    current = flags.context or config.current_context
    if not current:
        raise UsageError("no context is chosen: the kubeconfig has no current-context", hint="add --context")
    context = _located("context", config.contexts, current)
    cluster, user = context.fields.get("cluster", ""), context.fields.get("user", "")
    clusters = [_cluster_out(cluster, _located("cluster", config.clusters, cluster))] if cluster else None
    users = [_user_out(user, _located("user", config.users, user))] if user else None
    contexts = [_named(current, "context", {"cluster": "", "user": "", **_present(context.fields)})]
    return _config_out(config, clusters, users, contexts, current)


def _located(kind: str, entries: Mapping[str, _Entry], name: str) -> _Entry:
    if name not in entries:
        raise _missing(kind, entries, name)
    return entries[name]


def _missing(kind: str, entries: Iterable[str], name: str, hint: str = "") -> UsageError:
    known = ", ".join(f"`{other}`" for other in sorted(entries)[:10])
    return UsageError(
        f"{kind} `{name}` does not exist", hint=hint or (f"the kubeconfig has {known}" if known else "")
    )


# --- files ------------------------------------------------------------------------------------------------


def _merged(flags: Flags, env: Environment) -> _Config:
    if flags.kubeconfig:
        return _read(env.cwd / flags.kubeconfig, must_exist=True) or _Config()
    found = [_read(env.cwd / path) for path in _precedence(env)]
    return _merge([config for config in found if config])


def _precedence(env: Environment) -> list[str]:
    """Return the files of $KUBECONFIG, else the one in the home directory."""
    variable = env.environ.get("KUBECONFIG", "")
    if not variable:
        return [str(env.home / ".kube" / "config")]
    return list(dict.fromkeys(path for path in variable.split(os.pathsep) if path))


def _merge(configs: list[_Config]) -> _Config:
    """Return one config: whole entries, and the current context, come from the first file that has them."""
    last_first = configs[::-1]
    return _Config(
        clusters={name: entry for each in last_first for name, entry in each.clusters.items()},
        users={name: entry for each in last_first for name, entry in each.users.items()},
        contexts={name: entry for each in last_first for name, entry in each.contexts.items()},
        current_context=next((each.current_context for each in configs if each.current_context), ""),
        colors=any(each.colors for each in configs),
        preference_extensions={
            name: value for each in last_first for name, value in each.preference_extensions.items()
        },
        extensions={name: value for each in last_first for name, value in each.extensions.items()},
    )


def _read(path: Path, *, must_exist: bool = False) -> _Config | None:
    """Return the file's content, or None where it is missing and may be."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        if must_exist:
            raise _unreadable(path, error) from error
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _parse(data, path)


def _unreadable(path: Path | str, error: Exception) -> UsageError:
    return UsageError(f"cannot read the kubeconfig `{path}`: {_cause(error)}")


def _cause(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]


def _parse(data: bytes, path: Path) -> _Config:
    from yaml import YAMLError
    from yaml.constructor import ConstructorError

    try:
        node = _first_document(data)
        return _config(_CONFIG(node, ""), path) if node else _Config()
    except _Malformed as error:
        raise _malformed(path, error.node.start_mark.line + 1, error.text) from error
    except (RecursionError, ConstructorError) as error:
        raise _malformed(
            path, None, getattr(error, "problem", None) or "an anchor contains itself"
        ) from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise _malformed(path, mark.line + 1 if mark else None, text) from error


def _malformed(path: Path, line: int | None, text: str) -> UsageError:
    where = f"`{path}`, line {line}" if line else f"`{path}`"
    return UsageError(f"cannot read the kubeconfig {where}: {text}", hint="compare `kubectl config view`")


def _first_document(data: bytes) -> Node | None:
    """Return the first document; kubectl does not look at any other."""
    loader = _loader()(_without_tabs(data))
    try:
        node: Node | None = loader.get_node() if loader.check_node() else None
        return node
    finally:
        loader.dispose()


def _without_tabs(data: bytes) -> bytes:
    """Return JSON with spaces for tabs where PyYAML lacks libyaml: it takes no tab, not even there."""
    import yaml

    tabs = not hasattr(yaml, "CSafeLoader") and data.lstrip().startswith(b"{")
    return data.replace(b"\t", b" ") if tabs else data


def _loader() -> Any:
    """Return a YAML loader class that tells text from numbers and booleans as sigs.k8s.io/yaml does."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C where it was built
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own name and shape)

    for tag, pattern in _SCALARS.items():
        Loader.add_implicit_resolver(_YAML + tag, re.compile(pattern, re.ASCII), None)
    return Loader


# What go-yaml takes for something else than text; a date, `1:30` and the like stay text there.
_SCALARS = {
    "merge": r"<<$",
    "null": r"(?:~|null|Null|NULL|)$",
    "bool": r"(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$",
    "int": r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$",
    "float": r"(?:[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",  # noqa: E501 (one pattern)
}


def _config(document: Mapping[str, Any], path: Path) -> _Config:
    preferences = document.get("preferences") or {}
    return _Config(
        clusters=_entries(document.get("clusters"), "cluster", path),
        users=_entries(document.get("users"), "user", path),
        contexts=_entries(document.get("contexts"), "context", path),
        current_context=document.get("current-context", ""),
        colors=preferences.get("colors", False),
        preference_extensions=preferences.get("extensions") or {},
        extensions=document.get("extensions") or {},
    )


def _entries(items: list[Mapping[str, Any]] | None, key: str, path: Path) -> dict[str, _Entry]:
    return {item.get("name", ""): _Entry(item.get(key, {}), path) for item in items or ()}


# --- shapes: how a YAML node becomes a value, with kubectl's strictness -----------------------------------

_Shape = Callable[["Node", str], Any]


class _Malformed(Exception):  # noqa: N818 (never leaves this module)
    def __init__(self, node: Node, text: str) -> None:
        super().__init__(text)
        self.node, self.text = node, text


def _is_null(node: Node) -> bool:
    return bool(node.tag == _YAML + "null")


def _wrong(node: Node, path: str, wanted: str) -> _Malformed:
    """Return what to say; the value itself may be a secret and is not in it."""
    kind = {"mapping": "a mapping", "sequence": "a list"}.get(node.id) or _SPOKEN.get(node.tag, "text")
    return _Malformed(node, f"{f'`{path}`' if path else 'the file'} must be {wanted}, not {kind}")


_SPOKEN = {_YAML + "int": "a number", _YAML + "float": "a number", _YAML + "bool": "a boolean"}


def _text(node: Node, path: str) -> str:
    if _is_null(node):
        return ""
    if node.tag == _YAML + "binary":
        return _binary(node, path).decode(errors="replace")
    if node.id != "scalar" or node.tag in (_YAML + "int", _YAML + "float", _YAML + "bool"):
        quotes = " in quotes" if node.id == "scalar" else ""
        raise _wrong(node, path, f"text{quotes}")
    return str(node.value)


def _flag(node: Node, path: str) -> bool:
    if _is_null(node):
        return False
    if node.tag != _YAML + "bool":
        raise _wrong(node, path, "true or false")
    return str(node.value).lower() in ("y", "yes", "true", "on")


def _bytes(node: Node, path: str) -> bytes:
    """Return decoded base64; line breaks inside are fine, as for Go."""
    text = re.sub(r"[\r\n]", "", _text(node, path))
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Malformed(node, f"`{path}` is not base64: {_cause(error)}") from error


def _binary(node: Node, path: str) -> bytes:
    try:
        return base64.b64decode(node.value)
    except (binascii.Error, ValueError) as error:
        raise _Malformed(node, f"`{path}` is not base64: {_cause(error)}") from error


def _any(node: Node, path: str) -> Any:
    """Return the node as JSON would have it, for extensions."""
    if node.id == "mapping":
        return {key: _any(value, f"{path}.{key}") for key, value in _pairs(node, path)}
    if node.id == "sequence":
        return [_any(item, path) for item in node.value]
    if _is_null(node):
        return None
    return _number(node) if node.tag in (_YAML + "int", _YAML + "float") else _text_or_flag(node, path)


def _number(node: Node) -> int | float:
    from yaml.constructor import SafeConstructor

    made: int | float = SafeConstructor.yaml_constructors[node.tag](SafeConstructor(), node)
    return made


def _text_or_flag(node: Node, path: str) -> str | bool:
    return _flag(node, path) if node.tag == _YAML + "bool" else _text(node, path)


def _list(of: _Shape) -> _Shape:
    def shape(node: Node, path: str) -> list[Any] | None:
        if _is_null(node):
            return None
        if node.id != "sequence":
            raise _wrong(node, path, "a list")
        return [of(item, f"{path}[{index}]") for index, item in enumerate(node.value)]

    return shape


def _map(of: _Shape) -> _Shape:
    def shape(node: Node, path: str) -> dict[str, Any]:
        return {key: of(value, f"{path}.{key}") for key, value in _pairs(node, path)}

    return shape


def _fields(**shapes: _Shape) -> _Shape:
    """Return the shape of a mapping with these fields, `_` for `-`; kubectl ignores others, too."""
    known = {name.replace("_", "-"): shape for name, shape in shapes.items()}

    def shape(node: Node, path: str) -> dict[str, Any]:
        prefix = f"{path}." if path else ""
        return {key: known[key](value, prefix + key) for key, value in _pairs(node, path) if key in known}

    return shape


def _pointer(of: _Shape) -> _Shape:
    return lambda node, path: None if _is_null(node) else of(node, path)


def _unique(of: _Shape) -> _Shape:
    """Return the shape of a list whose items' names differ; clientcmd makes a map of it."""

    def shape(node: Node, path: str) -> list[Mapping[str, Any]]:
        items: list[Mapping[str, Any]] = _list(of)(node, path) or []
        seen: set[str] = set()
        for item, at in zip(items, node.value, strict=False):
            name = item.get("name", "")
            if name in seen:
                raise _Malformed(at, f"`{path}` has two entries of the name `{name}`")
            seen.add(name)
        return items

    return shape


def _extension_map(node: Node, path: str) -> dict[str, Any]:
    items = _unique(_fields(name=_text, extension=_any))(node, path)
    return {item.get("name", ""): item.get("extension") for item in items}


def _pairs(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield keys, as text, and value nodes; merge keys are followed, a key that is repeated comes again."""
    from yaml.constructor import SafeConstructor

    if _is_null(node):
        return
    if node.id != "mapping":
        raise _wrong(node, path, "a mapping")
    SafeConstructor().flatten_mapping(node)  # type: ignore[arg-type]  # a mapping, by its id
    for key, value in node.value:
        yield _key(key), value


def _key(node: Node) -> str:
    if node.tag == _YAML + "bool":
        return "true" if _flag(node, "") else "false"
    return str(node.value)


_EXEC_FIELDS = _fields(
    command=_text,
    args=_list(_text),
    env=_list(_fields(name=_text, value=_text)),
    apiVersion=_text,
    installHint=_text,
    provideClusterInfo=_flag,
    interactiveMode=_text,
)


def _exec(node: Node, path: str) -> dict[str, Any]:
    """Return the plugin's fields; before v1, interactiveMode may be left out (SetDefaults_ExecConfig)."""
    fields: dict[str, Any] = _EXEC_FIELDS(node, path)
    old = ("client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1")
    if not fields.get("interactiveMode") and fields.get("apiVersion") in old:
        return {**fields, "interactiveMode": "IfAvailable"}
    return fields


_CLUSTER = _fields(
    server=_text,
    tls_server_name=_text,
    insecure_skip_tls_verify=_flag,
    certificate_authority=_text,
    certificate_authority_data=_bytes,
    proxy_url=_text,
    disable_compression=_flag,
    extensions=_extension_map,
)
_USER = _fields(
    client_certificate=_text,
    client_certificate_data=_bytes,
    client_key=_text,
    client_key_data=_bytes,
    token=_text,
    tokenFile=_text,
    as_uid=_text,
    as_groups=_list(_text),
    as_user_extra=_map(_list(_text)),
    username=_text,
    password=_text,
    auth_provider=_pointer(_fields(name=_text, config=_pointer(_map(_text)))),
    exec=_pointer(_exec),
    extensions=_extension_map,
    **{"as": _text},
)
_CONTEXT = _fields(cluster=_text, user=_text, namespace=_text, extensions=_extension_map)


def _only(wanted: str) -> _Shape:
    def shape(node: Node, path: str) -> str:
        value = _text(node, path)
        if value not in ("", wanted):
            raise _Malformed(node, f"`{path}` must be `{wanted}`, not `{value}`")
        return value

    return shape


_CONFIG = _fields(
    kind=_only("Config"),
    apiVersion=_only("v1"),
    clusters=_unique(_fields(name=_text, cluster=_CLUSTER)),
    users=_unique(_fields(name=_text, user=_USER)),
    contexts=_unique(_fields(name=_text, context=_CONTEXT)),
    current_context=_text,
    preferences=_fields(colors=_flag, extensions=_extension_map),
    extensions=_extension_map,
)


# --- choosing ---------------------------------------------------------------------------------------------


def _choose(config: _Config, flags: Flags, env: Environment) -> _Choice:
    name = flags.context or config.current_context
    if name and name not in config.contexts:
        raise _missing("context", config.contexts, name)
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
    )


def _cluster(config: _Config, name: str, flags: Flags, env: Environment) -> dict[str, Any]:
    if flags.cluster and name not in config.clusters:
        raise _missing("cluster", config.clusters, name)
    entry = config.clusters.get(name)
    fields = _resolved(entry, ("certificate-authority",)) if entry else {}
    default = {"server": env.environ.get("KUBERNETES_MASTER", "")}
    return _with_cluster_flags({**default, **_present(fields)}, flags, env)


def _with_cluster_flags(cluster: dict[str, Any], flags: Flags, env: Environment) -> dict[str, Any]:
    """Return the cluster with the flags laid over it, as getCluster does."""
    authority = str(env.cwd / flags.certificate_authority) if flags.certificate_authority else ""
    merged = {
        **cluster,
        **_present({"server": flags.server, "disable-compression": flags.disable_compression}),
    }
    if flags.insecure_skip_tls_verify or authority:
        merged["insecure-skip-tls-verify"] = bool(flags.insecure_skip_tls_verify)
        merged["certificate-authority"] = authority
        merged["certificate-authority-data"] = b""
    if flags.tls_server_name or flags.server:
        merged["tls-server-name"] = flags.tls_server_name
    return merged


def _user(config: _Config, name: str, flags: Flags, env: Environment) -> dict[str, Any]:
    """Return the user's fields under the flags; one that only the context names may be missing: anonymous."""
    if flags.user and name not in config.users:
        hint = "to ask about a person, write `access alice@example.com`"
        raise _missing("user", config.users, name, hint)
    entry = config.users.get(name)
    fields = _resolved(entry, ("client-certificate", "client-key", "tokenFile")) if entry else {}
    return _with_user_flags(_absolute_command(fields, entry), flags, env)


def _absolute_command(fields: dict[str, Any], entry: _Entry | None) -> dict[str, Any]:
    """Return the fields with a relative path to a plugin made absolute; bare commands are for PATH."""
    plugin = fields.get("exec")
    if not entry or not plugin or os.sep not in plugin.get("command", ""):
        return fields
    return {**fields, "exec": {**plugin, "command": str(entry.origin.parent / plugin["command"])}}


def _resolved(entry: _Entry, keys: Iterable[str]) -> dict[str, Any]:
    """Return the fields with relative paths made absolute against the file that has them."""
    paths = {key: str(entry.origin.parent / entry.fields[key]) for key in keys if entry.fields.get(key)}
    return {**entry.fields, **paths}


def _with_user_flags(user: dict[str, Any], flags: Flags, env: Environment) -> dict[str, Any]:
    """Return the user with the flags laid over it, as getAuthInfo does (but see the top for `--token`)."""
    merged = {**user, **_present(_impersonation_flags(user, flags))}
    if flags.token:
        merged.update({"token": flags.token, "tokenFile": ""})
    if flags.client_certificate:
        merged["client-certificate"] = str(env.cwd / flags.client_certificate)
        merged["client-certificate-data"] = b""
    if flags.client_key:
        merged.update({"client-key": str(env.cwd / flags.client_key), "client-key-data": b""})
    return merged


def _impersonation_flags(user: Mapping[str, Any], flags: Flags) -> dict[str, Any]:
    return {
        "as": flags.as_user,
        "as-uid": flags.as_uid,
        "as-groups": list(flags.as_groups),
        "as-user-extra": {**(user.get("as-user-extra") or {}), **_extra(flags.as_user_extra)},
    }


def _extra(pairs: Iterable[str]) -> dict[str, list[str]]:
    extra: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"invalid --as-user-extra: `{pair}`", hint="write --as-user-extra KEY=VALUE")
        extra.setdefault(key, []).append(value)
    return extra


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something; in Go's merge and JSON a zero value is no value."""
    return {key: value for key, value in fields.items() if value or (key in _POINTERS and value is not None)}


_POINTERS = ("exec", "auth-provider")


def _no_cluster(choice: _Choice) -> CannotAnswer:
    where = "the kubeconfig names no server"
    if choice.context:
        where = f"context `{choice.context}` names no cluster that has a server"
    return CannotAnswer(
        f"no cluster is configured: {where}",
        hint="set KUBECONFIG, --kubeconfig or --context; or try --demo, or -f with the cluster's manifests",
    )


# --- inside a pod -----------------------------------------------------------------------------------------


def _is_default(choice: _Choice, env: Environment) -> bool:
    """Return whether nothing is configured, as IsDefaultConfig sees it."""
    cluster = choice.cluster
    server = cluster.get("server", "")
    default = env.environ.get("KUBERNETES_MASTER") or "http://localhost:8080"
    if cluster.get("proxy-url") or cluster.get("disable-compression") or server not in ("", default):
        return False
    return not server.startswith("https:") or not (
        _present(choice.user) or set(_present(cluster)) - {"server"}
    )


def _in_pod(env: Environment, service_account: Path) -> bool:
    address = env.environ.get("KUBERNETES_SERVICE_HOST") and env.environ.get("KUBERNETES_SERVICE_PORT")
    try:
        return bool(address) and not stat.S_ISDIR((service_account / "token").stat().st_mode)
    except OSError:
        return False


def _pod_choice(flags: Flags, env: Environment, service_account: Path) -> _Choice:
    """Return the pod's own identity and cluster, with the flags over them."""
    host, port = env.environ["KUBERNETES_SERVICE_HOST"], env.environ["KUBERNETES_SERVICE_PORT"]
    cluster = {"server": f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"}
    authority = service_account / "ca.crt"
    if authority.is_file():
        cluster["certificate-authority"] = str(authority)
    user = {"tokenFile": str(service_account / "token")}
    return _Choice(
        context="",
        cluster_name="",
        user_name="",
        namespace="",
        cluster=_with_cluster_flags(cluster, flags, env),
        user=_with_user_flags(user, flags, env),
    )


def _namespace(choice: _Choice, flags: Flags, env: Environment, service_account: Path) -> tuple[str, str]:
    """Return the namespace and who said it; a pod's own is taken also with a kubeconfig that names none."""
    if flags.namespace:
        return flags.namespace, "flag"
    if choice.namespace:
        return choice.namespace, "context"
    if _in_pod(env, service_account) and (own := _pod_namespace(env, service_account)):
        return own, "in-cluster"
    return "default", "default"


def _pod_namespace(env: Environment, service_account: Path) -> str:
    if env.environ.get("POD_NAMESPACE"):
        return env.environ["POD_NAMESPACE"]
    try:
        return (service_account / "namespace").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


# --- validation, as validateClusterInfo and validateAuthInfo ----------------------------------------------


def _validate(choice: _Choice) -> None:
    problem = next(_cluster_problems(choice.cluster), None)
    if problem:
        raise UsageError(f"cluster `{choice.cluster_name}` cannot be used: {problem}")
    problem = next(_user_problems(choice.user), None)
    if problem:
        raise UsageError(f"user `{choice.user_name}` cannot be used: {problem}")


def _cluster_problems(cluster: Mapping[str, Any]) -> Iterator[str]:
    yield from _proxy_problems(cluster.get("proxy-url", ""))
    authority = cluster.get("certificate-authority")
    if authority and cluster.get("certificate-authority-data"):
        yield "certificate-authority-data and certificate-authority are both given"
    if cluster.get("insecure-skip-tls-verify") and (authority or cluster.get("certificate-authority-data")):
        yield "insecure-skip-tls-verify and a certificate authority exclude each other"
    yield from _file_problems("certificate-authority", authority)


def _proxy_problems(url: str) -> Iterator[str]:
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        yield f"proxy-url `{url}`: {_cause(error)}"
        return
    if url and scheme not in ("http", "https", "socks5"):
        yield f"proxy-url `{url}` must be http, https or socks5"


def _file_problems(key: str, path: str | None) -> Iterator[str]:
    try:
        if path:
            Path(path).open("rb").close()
    except (OSError, ValueError) as error:
        yield f"cannot read the {key} `{path}`: {_cause(error)}"


def _user_problems(user: Mapping[str, Any]) -> Iterator[str]:
    if (user.get("token") or user.get("tokenFile")) and (user.get("username") or user.get("password")):
        yield "a token and a username are both given"
    if user.get("client-certificate") or user.get("client-certificate-data"):
        yield from _certificate_problems(user)
    if not user.get("token"):
        yield from _file_problems("tokenFile", user.get("tokenFile"))
    if user.get("exec") is not None:
        yield from _exec_problems(user["exec"], user.get("auth-provider"))
    if not user.get("as") and any(user.get(key) for key in ("as-uid", "as-groups", "as-user-extra")):
        yield "a uid, groups or extra values are impersonated without a user; add --as"


def _certificate_problems(user: Mapping[str, Any]) -> Iterator[str]:
    for key in ("client-certificate", "client-key"):
        if user.get(key) and user.get(f"{key}-data"):
            yield f"{key}-data and {key} are both given"
    if not user.get("client-key") and not user.get("client-key-data"):
        yield "client-key-data or client-key must go with the client certificate"
    yield from _file_problems("client-certificate", user.get("client-certificate"))
    yield from _file_problems("client-key", user.get("client-key"))


def _exec_problems(plugin: Mapping[str, Any], auth_provider: Mapping[str, Any] | None) -> Iterator[str]:
    if auth_provider is not None:
        yield "exec and auth-provider exclude each other"
    if not plugin.get("command"):
        yield "exec has no command"
    versions = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
    if plugin.get("apiVersion") not in versions:
        yield f"exec has the apiVersion `{plugin.get('apiVersion', '')}`, known are {' and '.join(versions)}"
    if any(not variable.get("name") for variable in plugin.get("env") or ()):
        yield "an env entry of exec has no name"
    modes = ("Never", "IfAvailable", "Always")
    if plugin.get("interactiveMode") not in modes:
        mode = plugin.get("interactiveMode", "")
        yield f"exec needs an interactiveMode of {', '.join(modes)}, not `{mode}`"


# --- the value --------------------------------------------------------------------------------------------


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
    # Credentials never go over a plain connection; ClientConfig() leaves them out there, too.
    return _with_credentials(connection, cluster, user) if server.startswith("https:") else connection


def _server_url(server: str) -> str:
    """Return the server as a URL: what has no scheme is plain HTTP, as DefaultServerURL decides."""
    try:
        parts = urlsplit(server)
        if not parts.scheme or not parts.netloc:
            parts = urlsplit(f"http://{server}")
            if parts.path not in ("", "/"):
                raise ValueError("neither a URL nor HOST:PORT")
        _ = parts.port  # raises where it is no number
    except ValueError as error:
        raise UsageError(f"invalid server `{server}`: {error}", hint="write https://HOST:PORT") from error
    if not parts.hostname:
        raise UsageError(f"invalid server `{server}`: it has no host", hint="write https://HOST:PORT")
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
    return replace(
        connection,
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
        auth_provider=_auth_provider(user.get("auth-provider")),
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
        config=(cluster.get("extensions") or {}).get(EXEC_EXTENSION),
    )


def _auth_provider(fields: Mapping[str, Any] | None) -> AuthProvider | None:
    return None if fields is None else AuthProvider(fields.get("name", ""), fields.get("config") or {})


# --- kubectl config view ----------------------------------------------------------------------------------


def _config_out(config: _Config, clusters: Any, users: Any, contexts: Any, current: str) -> dict[str, Any]:
    preferences = {"colors": config.colors, "extensions": _extensions_out(config.preference_extensions)}
    optional = {"preferences": _present(preferences), "extensions": _extensions_out(config.extensions)}
    return {
        "kind": "Config",
        "apiVersion": "v1",
        "clusters": clusters,
        "users": users,
        "contexts": [_with_extensions(context) for context in contexts],
        "current-context": current,
        **_present(optional),
    }


def _with_extensions(named: dict[str, Any]) -> dict[str, Any]:
    fields = named["context"]
    if "extensions" not in fields:
        return named
    return {**named, "context": {**fields, "extensions": _extensions_out(fields["extensions"])}}


def _named(name: str, key: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, key: dict(fields)}


def _cluster_out(name: str, entry: _Entry) -> dict[str, Any]:
    fields = _flattened(entry, "certificate-authority")
    return _named(name, "cluster", {"server": "", **_present(_spelled(fields))})


def _user_out(name: str, entry: _Entry) -> dict[str, Any]:
    fields = _flattened(entry, "client-certificate", "client-key")
    if fields.get("exec") is not None:
        fields["exec"] = _exec_out(fields["exec"])
    if fields.get("auth-provider") is not None:
        fields["auth-provider"] = {"name": "", "config": None, **fields["auth-provider"]}
    return _named(name, "user", _present(_spelled(fields)))


def _exec_out(plugin: Mapping[str, Any]) -> dict[str, Any]:
    always: dict[str, Any] = {"command": "", "args": None, "env": None, "provideClusterInfo": False}
    optional = ("apiVersion", "installHint", "interactiveMode")
    out = {key: value for key, value in plugin.items() if value or key not in optional}
    if out.get("env"):
        out["env"] = [{"name": "", "value": "", **variable} for variable in out["env"]]
    return {**always, **out}


def _flattened(entry: _Entry, *keys: str) -> dict[str, Any]:
    """Return the fields with these files' content in their `-data` fields, as FlattenContent does."""
    fields = dict(entry.fields)
    for key in keys:
        if path := fields.pop(key, ""):
            if fields.get(f"{key}-data"):
                raise UsageError(f"{key} and {key}-data are both given in `{entry.origin}`")
            fields[f"{key}-data"] = _content(entry.origin.parent / path, key)
    return fields


def _content(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the {key} `{path}`: {_cause(error)}") from error


def _spelled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as JSON has them: bytes in base64, extensions as a list."""
    out: dict[str, Any] = {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for key, value in fields.items()
    }
    if "extensions" in out:
        out["extensions"] = _extensions_out(out["extensions"])
    return out


def _extensions_out(extensions: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "extension": value} for name, value in sorted(extensions.items())]
