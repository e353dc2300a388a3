"""Which cluster, user and namespace contexts and flags choose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubectl_kfaccess.errors import CannotAnswer, UsageError
from kubectl_kfaccess.sources.kubeconfig.choice import AuthProvider, ExecPlugin, Impersonation, load
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from tests.sources.kubeconfig.kubeconfigs import config, environment, loaded, written

# --- choosing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        pytest.param(ConnectionFlags(context="nope"), "context `nope` does not exist", id="context"),
        pytest.param(ConnectionFlags(cluster="nope"), "cluster `nope` does not exist", id="cluster"),
        pytest.param(ConnectionFlags(user="nope"), "user `nope` does not exist", id="user"),
    ],
)
def test_a_name_that_does_not_exist_is_a_usage_error(
    tmp_path: Path, flags: ConnectionFlags, message: str
) -> None:
    """The command ends if a flag names nothing in the kubeconfig."""
    with pytest.raises(UsageError) as raised:
        loaded(config(tmp_path / "config"), flags=flags)

    assert raised.value.message == message


def test_a_user_flag_for_a_person_gets_a_hint(tmp_path: Path) -> None:
    """Users who ask about a person with `--user` are told the right command."""
    with pytest.raises(UsageError) as raised:
        loaded(config(tmp_path / "config"), flags=ConnectionFlags(user="alice@example.com"))

    assert raised.value.hint == "to ask about a person, write `access alice@example.com`"


def test_a_current_context_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """A current-context that does not exist is different from none."""
    path = written(tmp_path / "config", "current-context: gone\ncontexts: [{name: here}]\n")

    with pytest.raises(UsageError, match="context `gone` does not exist") as raised:
        loaded(path)
    assert raised.value.hint == "the kubeconfig has `here`"


def test_no_cluster_is_an_error_that_mentions_what_works_without(tmp_path: Path) -> None:
    """Without any configuration, we send no request to localhost, but suggest --demo and -f."""
    with pytest.raises(CannotAnswer, match="no cluster is configured") as raised:
        load(ConnectionFlags(), environment(tmp_path))

    assert "--demo" in raised.value.hint
    assert "-f" in raised.value.hint


def test_a_context_without_its_cluster_is_named(tmp_path: Path) -> None:
    """The error names a context whose cluster is missing."""
    path = written(tmp_path / "config", "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n")

    with pytest.raises(CannotAnswer, match="context `x` names no cluster with a server"):
        loaded(path)


def test_cluster_and_user_flags_replace_parts_of_the_context(tmp_path: Path) -> None:
    """`--cluster` and `--user` choose other entries; the namespace of the context stays."""
    more = "clusters: [{name: d, cluster: {server: https://d}}]\nusers: [{name: v, user: {token: v}}]\n"
    written(tmp_path / "more", more)
    config(tmp_path / "config", {"token": "u"})
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join(("config", "more")))

    connection = load(ConnectionFlags(cluster="d", user="v"), env)

    assert (connection.server, connection.token, connection.namespace) == ("https://d", "v", "team-a")


def test_kubernetes_master_is_a_default_server(tmp_path: Path) -> None:
    """The old variable names a server if nothing else does."""
    env = environment(tmp_path, KUBERNETES_MASTER="https://m")

    assert load(ConnectionFlags(), env).server == "https://m"


# --- flags over the file ----------------------------------------------------------------------------------


def test_a_token_flag_leaves_the_token_file(tmp_path: Path) -> None:
    """Both stay, as in kubectl; the credentials use the token in the file."""
    written(tmp_path / "token")

    connection = loaded(config(tmp_path / "config", {"tokenFile": "token"}), flags=ConnectionFlags(token="t"))

    assert (connection.token, connection.token_file) == ("t", tmp_path / "token")


def test_a_token_flag_stands_in_for_a_token_file_that_is_gone(tmp_path: Path) -> None:
    """A tokenFile that cannot be read is an error only if there is no token."""
    connection = loaded(config(tmp_path / "config", {"tokenFile": "gone"}), flags=ConnectionFlags(token="t"))

    assert connection.token == "t"


def test_certificate_flags_clear_the_data(tmp_path: Path) -> None:
    """`--client-certificate` and `--client-key` replace the inline data of the file."""
    written(tmp_path / "crt"), written(tmp_path / "key")
    path = config(tmp_path / "config", {"client-certificate-data": "YQ==", "client-key-data": "YQ=="})

    connection = loaded(path, flags=ConnectionFlags(client_certificate="crt", client_key="key"))

    assert (connection.certificate_data, connection.key_data) == (None, None)
    assert (connection.certificate_file, connection.key_file) == (tmp_path / "crt", tmp_path / "key")


def test_an_authority_flag_clears_data_and_insecure(tmp_path: Path) -> None:
    """`--certificate-authority` removes both inline data and insecure-skip-tls-verify."""
    written(tmp_path / "ca")
    cluster = {"certificate-authority-data": "YQ==", "insecure-skip-tls-verify": True}

    connection = loaded(
        config(tmp_path / "config", **cluster), flags=ConnectionFlags(certificate_authority="ca")
    )

    assert (connection.ca_data, connection.ca_file) == (None, tmp_path / "ca")
    assert not connection.insecure


def test_an_insecure_flag_clears_the_authority(tmp_path: Path) -> None:
    """`--insecure-skip-tls-verify` turns off the check that the file asks for."""
    path = config(tmp_path / "config", **{"certificate-authority-data": "YQ=="})

    connection = loaded(path, flags=ConnectionFlags(insecure_skip_tls_verify=True))

    assert connection.insecure
    assert connection.ca_data is None


def test_a_server_flag_clears_the_tls_server_name(tmp_path: Path) -> None:
    """`--server` is another host, so the name in the kubeconfig is wrong for it."""
    path = config(tmp_path / "config", **{"tls-server-name": "c.example.com"})

    assert loaded(path, flags=ConnectionFlags(server="https://d")).tls_server_name == ""


def test_impersonation_flags_overlay_the_file(tmp_path: Path) -> None:
    """Groups are replaced, extra values are replaced key by key, the rest stays."""
    user = {"as": "a", "as-uid": "1", "as-groups": ["g"], "as-user-extra": {"k": ["v"], "l": ["w"]}}
    flags = ConnectionFlags(as_user="b", as_groups=("h", "i"), as_user_extra=("l=x", "l=y=z"))

    connection = loaded(config(tmp_path / "config", user), flags=flags)

    expected = Impersonation("b", "1", ("h", "i"), {"k": ("v",), "l": ("x", "y=z")})
    assert connection.impersonation == expected


def test_a_malformed_extra_flag_is_not_dropped(tmp_path: Path) -> None:
    """`--as-user-extra` without a value is an error."""
    with pytest.raises(UsageError, match="invalid `--as-user-extra`: `scopes`"):
        loaded(config(tmp_path / "config"), flags=ConnectionFlags(as_user="a", as_user_extra=("scopes",)))


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
    """A token is never sent over an unencrypted connection; the impersonated user is."""
    path = config(tmp_path / "config", {"token": "secret", "as": "carol"}, server="http://c")

    connection = loaded(path)

    assert connection.token == ""
    assert connection.impersonation == Impersonation("carol")


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    """A connection in a traceback or a log does not show its secrets, and neither do the flags."""
    plugin = ExecPlugin("x", env=(("A", "secret-e"),))
    flags = ConnectionFlags(token="secret-f")

    connection = loaded(config(tmp_path / "config", {"auth-provider": {"name": "oidc"}}), flags=flags)
    full = connection._replace(
        key_data=b"secret-k",
        password="secret-p",
        exec=plugin,
        auth_provider=AuthProvider("oidc", {"id-token": "secret-i"}),
    )

    assert full.token == "secret-f"
    assert "secret" not in repr((full, flags))


# --- the rest ---------------------------------------------------------------------------------------------


def test_an_auth_provider_is_carried_along(tmp_path: Path) -> None:
    """The provider is in the connection, with the file and the user that it is from."""
    user = {"auth-provider": {"name": "oidc", "config": {"id-token": "x"}}}
    path = config(tmp_path / "config", user)

    assert loaded(path).auth_provider == AuthProvider("oidc", {"id-token": "x"}, path, "u")


def test_an_auth_provider_is_of_the_first_file_that_has_the_user(tmp_path: Path) -> None:
    """Of several files, new tokens are written into the one that they are read from."""
    contexts = "current-context: here\ncontexts: [{name: here, context: {cluster: c, user: v}}]\n"
    first = written(tmp_path / "first", contexts + "users: [{name: w}]\n")
    user = "users: [{name: v, user: {auth-provider: {name: oidc}}}]\n"
    second = written(tmp_path / "second", "clusters: [{name: c, cluster: {server: https://c}}]\n" + user)
    third = written(tmp_path / "third", user)
    files = os.pathsep.join(map(str, (first, second, third)))

    connection = load(ConnectionFlags(), environment(tmp_path, KUBECONFIG=files))

    assert connection.auth_provider == AuthProvider("oidc", {}, second, "v")


def test_a_plugin_gets_the_clusters_extension(tmp_path: Path) -> None:
    """The plugin gets the cluster's extension for credential plugins, and no other."""
    extensions = [
        {"name": "other", "extension": 1},
        {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "q"}},
    ]
    plugin = {"command": "x", "apiVersion": "client.authentication.k8s.io/v1beta1"}

    connection = loaded(config(tmp_path / "config", {"exec": plugin}, extensions=extensions))

    assert connection.exec is not None
    assert connection.exec.config == {"audience": "q"}


def test_the_timeout_is_read(tmp_path: Path) -> None:
    """`--request-timeout` is in seconds in the connection."""
    assert loaded(config(tmp_path / "config"), flags=ConnectionFlags(request_timeout="1m30s")).timeout == 90.0
