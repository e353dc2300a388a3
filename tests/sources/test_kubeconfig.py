"""Which cluster, as whom, in which namespace: files, flags and the pod."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.sources import durations
from kubectl_kfaccess.sources.kubeconfig import (
    AuthProvider,
    Connection,
    Flags,
    Impersonation,
    load,
    minified,
    names,
)

NOWHERE = Path("/nonexistent")


def environment(cwd: Path, **variables: str) -> Environment:
    """An environment in a directory, with the home directory `home` inside."""
    environ = {"HOME": str(cwd / "home"), **variables}
    return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), environ, cwd)


def config(path: Path, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
    """A kubeconfig with the context `here`, the cluster `c` and the user `u`."""
    content = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team-a"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c", **cluster}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    return written(path, yaml.safe_dump(content))


def written(path: Path, text: str = "content") -> Path:
    """A file with this text, its directories made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def loaded(path: Path, *, flags: Flags | None = None, **variables: str) -> Connection:
    """The connection by one kubeconfig, outside of any pod."""
    env = environment(path.parent, KUBECONFIG=str(path), **variables)
    return load(flags or Flags(), env, service_account=NOWHERE)


# --- which files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variables", [{}, {"KUBECONFIG": ""}], ids=["not set", "empty"])
def test_the_home_directory_is_the_default(tmp_path: Path, variables: dict[str, str]) -> None:
    """Without KUBECONFIG, or with an empty one, ~/.kube/config counts."""
    config(tmp_path / "home/.kube/config")

    assert load(Flags(), environment(tmp_path, **variables), service_account=NOWHERE).server == "https://c"


def test_the_first_file_that_has_an_entry_has_all_of_it(tmp_path: Path) -> None:
    """Entries of one name are not mixed: what only a later file says of it is dropped."""
    written(tmp_path / "1", "users: [{name: u, user: {token: first}}]\n")
    config(tmp_path / "2", {"token": "second", "as": "carol"})
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join(("gone", "1", "", "2", "1")))

    connection = load(Flags(), env, service_account=NOWHERE)

    assert (connection.token, connection.impersonation) == ("first", None)


def test_the_first_current_context_counts(tmp_path: Path) -> None:
    """The current-context is that of the first file that sets one, not of the last."""
    contexts = "contexts: [{name: %s, context: {cluster: c}}]\ncurrent-context: %s\n"
    written(tmp_path / "1", "clusters: [{name: c, cluster: {server: https://c}}]\n")
    written(tmp_path / "2", contexts % ("two", "two"))
    written(tmp_path / "3", contexts % ("three", "three"))
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join("123"))

    assert load(Flags(), env, service_account=NOWHERE).context == "two"


def test_an_explicit_file_is_the_only_one(tmp_path: Path) -> None:
    """`--kubeconfig` replaces KUBECONFIG altogether."""
    config(tmp_path / "env", server="https://env")
    config(tmp_path / "flag", server="https://flag")
    env = environment(tmp_path, KUBECONFIG="env")

    assert load(Flags(kubeconfig="flag"), env, service_account=NOWHERE).server == "https://flag"


def test_an_explicit_file_must_exist(tmp_path: Path) -> None:
    """A `--kubeconfig` that is missing is an error, unlike a missing file in KUBECONFIG."""
    with pytest.raises(UsageError, match=r"cannot read the kubeconfig `.*/nope`: no such file"):
        load(Flags(kubeconfig="nope"), environment(tmp_path), service_account=NOWHERE)


def test_a_directory_is_no_kubeconfig(tmp_path: Path) -> None:
    """A directory in the place of a file is an error that says so."""
    with pytest.raises(UsageError, match="is a directory"):
        load(Flags(kubeconfig="."), environment(tmp_path), service_account=NOWHERE)


def test_names_lists_what_all_files_have(tmp_path: Path) -> None:
    """All names are listed, sorted, for completion."""
    config(tmp_path / "1")
    written(tmp_path / "2", "contexts: [{name: b}, {name: a}]\nusers: [{name: v}]\n")
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join("12"))

    assert names(env, Flags()) == (["a", "b", "here"], ["c"], ["u", "v"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("contexts:\n\t- name: b\n", "line 2: found character", id="a tab"),
        pytest.param(
            "users: []\nclusters: {}\n", "line 2: `clusters` must be a list, not a map", id="mapping"
        ),
        pytest.param(
            "users:\n- name: u\n  user: []\n", r"line 3: `users\[0\].user` must be a mapping", id="list"
        ),
        pytest.param(
            "current-context: 12\n", "line 1: `current-context` must be text in quotes", id="number"
        ),
        pytest.param("just text\n", "line 1: the file must be a mapping", id="text"),
        pytest.param(
            "users:\n- name: u\n- name: u\n", "line 3: `users` has two entries of", id="a name twice"
        ),
        pytest.param(
            "users: [{name: u, user: {client-key-data: '%'}}]\n", "line 1: .* not base64", id="base64"
        ),
        pytest.param("kind: Pod\n", "line 1: `kind` must be `Config`", id="another kind"),
        pytest.param(
            "users: [{name: u, user: {token: \x01}}]\n", "characters are not allowed", id="control character"
        ),
        pytest.param("extensions: [{name: e, extension: &a [*a]}]\n", "contains itself", id="endless"),
        pytest.param("users: [{name: u, user: {<<: text}}]\n", "expected a mapping", id="merge key"),
    ],
)
def test_a_malformed_file_is_named_with_line_and_cause(tmp_path: Path, text: str, message: str) -> None:
    """What is wrong in a kubeconfig, and where, is told in one line."""
    path = written(tmp_path / "config", text)

    with pytest.raises(UsageError, match=message) as raised:
        loaded(path)
    assert f"cannot read the kubeconfig `{path}`" in raised.value.message


def test_a_malformed_secret_is_not_shown(tmp_path: Path) -> None:
    """A token of digits without quotes is an error that does not repeat it."""
    path = written(tmp_path / "config", "users: [{name: u, user: {token: 271828}}]\n")

    with pytest.raises(UsageError, match="must be text in quotes, not a number") as raised:
        loaded(path)
    assert "271828" not in str(raised.value)


# --- choosing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param(Flags(context="nope"), "context `nope` does not exist", id="context"),
        pytest.param(Flags(cluster="nope"), "cluster `nope` does not exist", id="cluster"),
        pytest.param(Flags(user="nope"), "user `nope` does not exist", id="user"),
    ],
)
def test_a_name_that_does_not_exist_is_a_usage_error(tmp_path: Path, flags: Flags, message: str) -> None:
    """A flag that names nothing in the kubeconfig ends the command."""
    with pytest.raises(UsageError) as raised:
        loaded(config(tmp_path / "config"), flags=flags)

    assert raised.value.message == message


def test_a_user_flag_for_a_person_gets_a_hint(tmp_path: Path) -> None:
    """Who looks for a person with `--user` is told the command that does it."""
    with pytest.raises(UsageError) as raised:
        loaded(config(tmp_path / "config"), flags=Flags(user="alice@example.com"))

    assert raised.value.hint == "to ask about a person, write `access alice@example.com`"


def test_a_current_context_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """A dangling current-context is not taken for no context."""
    path = written(tmp_path / "config", "current-context: gone\ncontexts: [{name: here}]\n")

    with pytest.raises(UsageError, match="context `gone` does not exist") as raised:
        loaded(path)
    assert raised.value.hint == "the kubeconfig has `here`"


def test_no_cluster_is_an_error_that_mentions_what_works_without(tmp_path: Path) -> None:
    """With nothing configured there is no request to localhost, but a word of --demo and -f."""
    with pytest.raises(CannotAnswer, match="no cluster is configured") as raised:
        load(Flags(), environment(tmp_path), service_account=NOWHERE)

    assert "--demo" in raised.value.hint
    assert "-f" in raised.value.hint


def test_a_context_without_its_cluster_is_named(tmp_path: Path) -> None:
    """A context whose cluster is missing is named in the error."""
    path = written(tmp_path / "config", "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n")

    with pytest.raises(CannotAnswer, match="context `x` names no cluster that has a server"):
        loaded(path)


def test_cluster_and_user_flags_replace_parts_of_the_context(tmp_path: Path) -> None:
    """`--cluster` and `--user` take another part; the namespace of the context stays."""
    more = "clusters: [{name: d, cluster: {server: https://d}}]\nusers: [{name: v, user: {token: v}}]\n"
    written(tmp_path / "more", more)
    config(tmp_path / "config", {"token": "u"})
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join(("config", "more")))

    connection = load(Flags(cluster="d", user="v"), env, service_account=NOWHERE)

    assert (connection.server, connection.token, connection.namespace) == ("https://d", "v", "team-a")


@pytest.mark.parametrize(
    ("path", "resolved"),
    [("rel", "sub/rel"), ("../up", "sub/../up"), ("/abs", "/abs")],
    ids=["beside", "above", "absolute"],
)
def test_relative_paths_start_at_their_own_file(tmp_path: Path, path: str, resolved: str) -> None:
    """A path in a file is relative to that file, not to the working directory."""
    command = {
        "command": f"./{path}".replace(".//", "/"),
        "apiVersion": "client.authentication.k8s.io/v1beta1",
    }
    connection = loaded_from_sub(tmp_path, {"exec": command})

    assert connection.exec is not None
    assert Path(connection.exec.command) == tmp_path / resolved


def loaded_from_sub(tmp_path: Path, user: dict[str, Any]) -> Connection:
    """The connection by `sub/config`, seen from the directory above."""
    config(tmp_path / "sub/config", user)
    return load(Flags(), environment(tmp_path, KUBECONFIG="sub/config"), service_account=NOWHERE)


def test_a_bare_plugin_command_stays_bare(tmp_path: Path) -> None:
    """A command without a separator is for PATH."""
    plugin = {"command": "plugin", "apiVersion": "client.authentication.k8s.io/v1beta1"}

    connection = loaded_from_sub(tmp_path, {"exec": plugin})

    assert connection.exec is not None
    assert connection.exec.command == "plugin"


def test_files_of_certificates_and_tokens_are_absolute(tmp_path: Path) -> None:
    """All four kinds of files are found from anywhere."""
    for name in ("ca", "crt", "key", "token"):
        written(tmp_path / name)
    user = {"client-certificate": "crt", "client-key": "key", "tokenFile": "token"}

    connection = loaded(config(tmp_path / "config", user, **{"certificate-authority": "ca"}))

    files = (connection.ca_file, connection.certificate_file, connection.key_file, connection.token_file)
    assert files == tuple(tmp_path / name for name in ("ca", "crt", "key", "token"))


def test_data_fields_are_decoded(tmp_path: Path) -> None:
    """What is in base64 in the file is bytes in the connection."""
    data = base64.b64encode(b"authority").decode()

    connection = loaded(config(tmp_path / "config", **{"certificate-authority-data": data}))

    assert connection.ca_data == b"authority"


# --- flags over the file ----------------------------------------------------------------------------------


def test_a_token_flag_clears_the_token_file(tmp_path: Path) -> None:
    """`--token` is meant; the context's token file is left alone."""
    written(tmp_path / "token")

    connection = loaded(config(tmp_path / "config", {"tokenFile": "token"}), flags=Flags(token="t"))

    assert (connection.token, connection.token_file) == ("t", None)


def test_certificate_flags_clear_the_data(tmp_path: Path) -> None:
    """`--client-certificate` and `--client-key` replace what the file has inline."""
    written(tmp_path / "crt"), written(tmp_path / "key")
    path = config(tmp_path / "config", {"client-certificate-data": "YQ==", "client-key-data": "YQ=="})

    connection = loaded(path, flags=Flags(client_certificate="crt", client_key="key"))

    assert (connection.certificate_data, connection.key_data) == (None, None)
    assert (connection.certificate_file, connection.key_file) == (tmp_path / "crt", tmp_path / "key")


def test_an_authority_flag_clears_data_and_insecure(tmp_path: Path) -> None:
    """`--certificate-authority` ends both inline data and insecure-skip-tls-verify."""
    written(tmp_path / "ca")
    cluster = {"certificate-authority-data": "YQ==", "insecure-skip-tls-verify": True}

    connection = loaded(config(tmp_path / "config", **cluster), flags=Flags(certificate_authority="ca"))

    assert (connection.ca_data, connection.ca_file) == (None, tmp_path / "ca")
    assert not connection.insecure


def test_an_insecure_flag_clears_the_authority(tmp_path: Path) -> None:
    """`--insecure-skip-tls-verify` ends the check that the file asks for."""
    path = config(tmp_path / "config", **{"certificate-authority-data": "YQ=="})

    connection = loaded(path, flags=Flags(insecure_skip_tls_verify=True))

    assert connection.insecure
    assert connection.ca_data is None


def test_a_server_flag_clears_the_tls_server_name(tmp_path: Path) -> None:
    """`--server` is another host, so the name in the kubeconfig no longer fits."""
    path = config(tmp_path / "config", **{"tls-server-name": "c.example.com"})

    assert loaded(path, flags=Flags(server="https://d")).tls_server_name == ""


def test_impersonation_flags_overlay_the_file(tmp_path: Path) -> None:
    """Groups are replaced, extra values are replaced key by key, the rest stays."""
    user = {"as": "a", "as-uid": "1", "as-groups": ["g"], "as-user-extra": {"k": ["v"], "l": ["w"]}}
    flags = Flags(as_user="b", as_groups=("h", "i"), as_user_extra=("l=x", "l=y=z"))

    connection = loaded(config(tmp_path / "config", user), flags=flags)

    expected = Impersonation("b", "1", ("h", "i"), {"k": ("v",), "l": ("x", "y=z")})
    assert connection.impersonation == expected


def test_a_malformed_extra_flag_is_not_dropped(tmp_path: Path) -> None:
    """`--as-user-extra` without a value is an error."""
    with pytest.raises(UsageError, match="invalid --as-user-extra: `scopes`"):
        loaded(config(tmp_path / "config"), flags=Flags(as_user="a", as_user_extra=("scopes",)))


# --- what cannot be used ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "cluster", "message"),
    [
        pytest.param({"token": "t", "username": "u"}, {}, "a token and a username", id="token and user"),
        pytest.param({"client-certificate-data": "YQ=="}, {}, "client-key must go with", id="no key"),
        pytest.param(
            {"tokenFile": "gone"}, {}, "cannot read the tokenFile `.*/gone`: no such", id="token file"
        ),
        pytest.param({"as-groups": ["g"]}, {}, "without a user; add --as", id="groups of nobody"),
        pytest.param({"exec": {}}, {}, "exec has no command", id="empty exec"),
        pytest.param(
            {"exec": {"command": "x", "apiVersion": "v1"}}, {}, "exec has the apiVersion", id="version"
        ),
        pytest.param({}, {"proxy-url": "ftp://p"}, "must be http, https or socks5", id="proxy"),
        pytest.param(
            {}, {"certificate-authority": "gone"}, "cannot read the certificate-auth", id="authority"
        ),
        pytest.param(
            {},
            {"certificate-authority-data": "YQ==", "insecure-skip-tls-verify": True},
            "exclude each other",
            id="insecure",
        ),
        pytest.param({}, {"server": "https://x:port"}, "invalid server `https://x:port`", id="port"),
        pytest.param({}, {"server": "host/path"}, "neither a URL nor HOST:PORT", id="path"),
    ],
)
def test_a_contradiction_is_an_error(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], message: str
) -> None:
    """What kubectl refuses to use, we refuse, and say which part is to blame."""
    with pytest.raises(UsageError, match=message):
        loaded(config(tmp_path / "config", user, **cluster))


def test_v1_plugins_must_say_how_interactive_they_are(tmp_path: Path) -> None:
    """interactiveMode has a default before v1 only."""
    plugin = {"command": "x", "apiVersion": "client.authentication.k8s.io/v1"}

    with pytest.raises(UsageError, match="needs an interactiveMode of Never, IfAvailable, Always"):
        loaded(config(tmp_path / "config", {"exec": plugin}))


# --- servers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("127.0.0.1:6443", "http://127.0.0.1:6443"),
        ("localhost:6443", "http://localhost:6443"),
        ("https://h/a/b/?q=1#f", "https://h/a/b"),
        ("https://h/", "https://h"),
        ("https://[::1]:6443", "https://[::1]:6443"),
    ],
    ids=["address", "name and port", "path", "slash", "IPv6"],
)
def test_a_server_becomes_a_url(tmp_path: Path, server: str, url: str) -> None:
    """A server without a scheme is plain HTTP; a path stays, a query does not."""
    assert loaded(config(tmp_path / "config", server=server)).server == url


def test_credentials_stay_away_from_plain_http(tmp_path: Path) -> None:
    """A token never goes over an unencrypted connection, whom to act as does."""
    path = config(tmp_path / "config", {"token": "secret", "as": "carol"}, server="http://c")

    connection = loaded(path)

    assert connection.token == ""
    assert connection.impersonation == Impersonation("carol")


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    """A connection in a traceback or a log does not show its secrets."""
    user = {
        "token": "secret-t",
        "exec": {"command": "x", "apiVersion": "client.authentication.k8s.io/v1beta1"},
    }
    user["exec"]["env"] = [{"name": "A", "value": "secret-e"}]  # type: ignore[index]  # a dict, two lines above

    connection = loaded(config(tmp_path / "config", user), flags=Flags(token="secret-f"))

    assert connection.token == "secret-f"
    assert "secret" not in repr(connection)


# --- namespaces and pods ----------------------------------------------------------------------------------


def pod(tmp_path: Path, **variables: str) -> tuple[Environment, Path]:
    """The environment and the service account directory of a pod."""
    folder = tmp_path / "serviceaccount"
    for name, text in {"token": "pod-token\n", "ca.crt": "authority", "namespace": "team-pod\n"}.items():
        written(folder / name, text)
    address = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    return environment(tmp_path, **address, **variables), folder


def test_a_pod_is_its_service_account(tmp_path: Path) -> None:
    """With nothing configured inside a pod, its own token, authority and namespace count."""
    env, folder = pod(tmp_path)

    connection = load(Flags(), env, service_account=folder)

    assert connection.server == "https://10.0.0.1:443"
    assert (connection.token_file, connection.ca_file) == (folder / "token", folder / "ca.crt")
    assert (connection.namespace, connection.namespace_from) == ("team-pod", "in-cluster")


def test_a_pod_with_a_kubeconfig_uses_it(tmp_path: Path) -> None:
    """A kubeconfig that names a cluster wins over the service account."""
    env, folder = pod(tmp_path, KUBECONFIG="config")
    config(tmp_path / "config", {"token": "t"})

    connection = load(Flags(), env, service_account=folder)

    assert (connection.server, connection.token, connection.namespace) == ("https://c", "t", "team-a")


def test_a_pod_does_not_show_its_token_to_another_server(tmp_path: Path) -> None:
    """`--server` in a pod goes there without the service account."""
    env, folder = pod(tmp_path)

    connection = load(Flags(server="https://d"), env, service_account=folder)

    assert (connection.server, connection.token_file) == ("https://d", None)


def test_flags_count_in_a_pod(tmp_path: Path) -> None:
    """A token and whom to act as are taken from the flags, in a pod as elsewhere."""
    env, folder = pod(tmp_path)

    connection = load(Flags(token="t", as_user="carol"), env, service_account=folder)

    assert (connection.token, connection.token_file) == ("t", None)
    assert connection.impersonation == Impersonation("carol")


@pytest.mark.parametrize("missing", ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "token"])
def test_a_pod_needs_address_and_token(tmp_path: Path, missing: str) -> None:
    """Without the address or the token there is no pod to speak of."""
    env, folder = pod(tmp_path)
    (folder / missing).unlink(missing_ok=True)
    environ = {key: value for key, value in env.environ.items() if key != missing}

    with pytest.raises(CannotAnswer, match="no cluster is configured"):
        load(Flags(), environment(tmp_path, **environ), service_account=folder)


@pytest.mark.parametrize(
    ("context", "variables", "flags", "expected"),
    [
        pytest.param("x", {}, Flags(namespace="f"), ("f", "flag"), id="flag"),
        pytest.param("x", {}, Flags(), ("x", "context"), id="context"),
        pytest.param("default", {}, Flags(), ("default", "context"), id="default in the context"),
        pytest.param("", {}, Flags(), ("team-pod", "in-cluster"), id="the pod's file"),
        pytest.param("", {"POD_NAMESPACE": "p"}, Flags(), ("p", "in-cluster"), id="the pod's variable"),
        pytest.param("", {"KUBERNETES_SERVICE_HOST": ""}, Flags(), ("default", "default"), id="nothing"),
    ],
)
def test_the_namespace_comes_from(
    tmp_path: Path, context: str, variables: dict[str, str], flags: Flags, expected: tuple[str, str]
) -> None:
    """Flag, then context, then the pod that we may be in, then `default`."""
    env, folder = pod(tmp_path)
    text = f"current-context: c\ncontexts: [{{name: c, context: {{cluster: c, namespace: '{context}'}}}}]\n"
    written(tmp_path / "config", text + "clusters: [{name: c, cluster: {server: https://c}}]\n")
    environ = {**env.environ, "KUBECONFIG": "config", **variables}

    connection = load(flags, environment(tmp_path, **environ), service_account=folder)

    assert (connection.namespace, connection.namespace_from) == expected


def test_kubernetes_master_is_a_default_server(tmp_path: Path) -> None:
    """The old variable still names a server where nothing else does."""
    env = environment(tmp_path, KUBERNETES_MASTER="https://m")

    assert load(Flags(), env, service_account=NOWHERE).server == "https://m"


# --- the rest ---------------------------------------------------------------------------------------------


def test_an_auth_provider_is_carried_along(tmp_path: Path) -> None:
    """The provider's name and settings reach whoever makes the credentials."""
    user = {"auth-provider": {"name": "oidc", "config": {"id-token": "x"}}}

    assert loaded(config(tmp_path / "config", user)).auth_provider == AuthProvider("oidc", {"id-token": "x"})


def test_a_plugin_gets_the_clusters_extension(tmp_path: Path) -> None:
    """What the cluster entry says to credential plugins is given to the plugin, and nothing else."""
    extensions = [
        {"name": "other", "extension": 1},
        {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "q"}},
    ]
    plugin = {"command": "x", "apiVersion": "client.authentication.k8s.io/v1beta1"}

    connection = loaded(config(tmp_path / "config", {"exec": plugin}, extensions=extensions))

    assert connection.exec is not None
    assert connection.exec.config == {"audience": "q"}


def test_minified_keeps_one_context_and_inlines_files(tmp_path: Path) -> None:
    """The minified config has what one context needs, and no path to a certificate."""
    written(tmp_path / "ca", "authority")
    config(tmp_path / "config", {"token": "t"}, **{"certificate-authority": "ca"})

    config_view = minified(Flags(), environment(tmp_path, KUBECONFIG="config"))

    data = base64.b64encode(b"authority").decode()
    cluster = {"server": "https://c", "certificate-authority-data": data}
    assert config_view["clusters"] == [{"name": "c", "cluster": cluster}]
    assert config_view["users"] == [{"name": "u", "user": {"token": "t"}}]


def test_the_timeout_is_read(tmp_path: Path) -> None:
    """`--request-timeout` is seconds in the connection."""
    assert loaded(config(tmp_path / "config"), flags=Flags(request_timeout="1m30s")).timeout == 90.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("5", 5),
        ("+5", 5),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("2us", 2e-6),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: float) -> None:
    """A bare whole number is seconds; otherwise each number has its unit."""
    assert durations.parse(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "-5s", "5 s", "1d", "5s1", "s", ".s", "٣s", "9999999999999"]
)
def test_what_is_no_duration_is_a_usage_error(text: str) -> None:
    """Anything else is refused, with an example."""
    with pytest.raises(UsageError, match="not a duration") as raised:
        durations.parse(text)
    assert "1m30s" in raised.value.hint
