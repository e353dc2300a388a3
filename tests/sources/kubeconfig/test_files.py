"""Kubeconfig files: which are read, how they are merged, and the errors in them."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.sources.kubeconfig.choice import Connection, load, names
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from tests.sources.kubeconfig.kubeconfigs import config, environment, loaded, written

# --- which files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variables", [{}, {"KUBECONFIG": ""}], ids=["not set", "empty"])
def test_the_home_directory_is_the_default(tmp_path: Path, variables: dict[str, str]) -> None:
    """Without KUBECONFIG, or with an empty one, ~/.kube/config is read."""
    config(tmp_path / "home/.kube/config")

    assert load(ConnectionFlags(), environment(tmp_path, **variables)).server == "https://c"


def test_the_first_file_that_has_an_entry_has_all_of_it(tmp_path: Path) -> None:
    """Entries with the same name are not mixed: the fields in later files are dropped."""
    written(tmp_path / "1", "users: [{name: u, user: {token: first}}]\n")
    config(tmp_path / "2", {"token": "second", "as": "carol"})
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join(("gone", "1", "", "2", "1")))

    connection = load(ConnectionFlags(), env)

    assert (connection.token, connection.impersonation) == ("first", None)


def test_the_first_current_context_counts(tmp_path: Path) -> None:
    """The current-context is that of the first file that sets one, not of the last."""
    contexts = "contexts: [{name: %s, context: {cluster: c}}]\ncurrent-context: %s\n"
    written(tmp_path / "1", "clusters: [{name: c, cluster: {server: https://c}}]\n")
    written(tmp_path / "2", contexts % ("two", "two"))
    written(tmp_path / "3", contexts % ("three", "three"))
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join("123"))

    assert load(ConnectionFlags(), env).context == "two"


def test_an_explicit_file_is_the_only_one(tmp_path: Path) -> None:
    """`--kubeconfig` replaces KUBECONFIG completely."""
    config(tmp_path / "env", server="https://env")
    config(tmp_path / "flag", server="https://flag")
    env = environment(tmp_path, KUBECONFIG="env")

    assert load(ConnectionFlags(kubeconfig="flag"), env).server == "https://flag"


def test_an_explicit_file_must_exist(tmp_path: Path) -> None:
    """A missing `--kubeconfig` is an error, unlike a missing file in KUBECONFIG."""
    with pytest.raises(UsageError, match=r"cannot read the kubeconfig `.*/nope`: no such file"):
        load(ConnectionFlags(kubeconfig="nope"), environment(tmp_path))


def test_a_directory_is_no_kubeconfig(tmp_path: Path) -> None:
    """A directory in place of a file is an error that says so."""
    with pytest.raises(UsageError, match="is a directory"):
        load(ConnectionFlags(kubeconfig="."), environment(tmp_path))


def test_names_lists_what_all_files_have(tmp_path: Path) -> None:
    """Completion lists all names, sorted."""
    config(tmp_path / "1")
    written(tmp_path / "2", "contexts: [{name: b}, {name: a}]\nusers: [{name: v}]\n")
    env = environment(tmp_path, KUBECONFIG=os.pathsep.join("12"))

    assert names(env, ConnectionFlags()) == (["a", "b", "here"], ["c"], ["u", "v"])


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
        pytest.param(
            "clusters: [{name: c, cluster: {extensions: [{name: e, extension: &a [*a]}]}}]\n",
            "contains itself",
            id="endless",
        ),
        pytest.param("users: [{name: u, user: {<<: text}}]\n", "expected a mapping", id="merge key"),
    ],
)
def test_a_malformed_file_is_named_with_line_and_cause(tmp_path: Path, text: str, message: str) -> None:
    """The error is one line with the place and the problem."""
    path = written(tmp_path / "config", text)

    with pytest.raises(UsageError, match=message) as raised:
        loaded(path)
    assert f"cannot read the kubeconfig `{path}`" in raised.value.message


def test_a_malformed_secret_is_not_shown(tmp_path: Path) -> None:
    """The error about a token of digits without quotes does not repeat it."""
    path = written(tmp_path / "config", "users: [{name: u, user: {token: 271828}}]\n")

    with pytest.raises(UsageError, match="must be text in quotes, not a number") as raised:
        loaded(path)
    assert "271828" not in str(raised.value)


# --- the fields -------------------------------------------------------------------------------------------


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
    """Return the connection of `sub/config`, loaded in the folder above."""
    config(tmp_path / "sub/config", user)
    return load(ConnectionFlags(), environment(tmp_path, KUBECONFIG="sub/config"))


def test_a_bare_plugin_command_stays_bare(tmp_path: Path) -> None:
    """A command without a separator is searched in PATH."""
    plugin = {"command": "plugin", "apiVersion": "client.authentication.k8s.io/v1beta1"}

    connection = loaded_from_sub(tmp_path, {"exec": plugin})

    assert connection.exec is not None
    assert connection.exec.command == "plugin"


def test_files_of_certificates_and_tokens_are_absolute(tmp_path: Path) -> None:
    """All four kinds of files can be opened from any directory."""
    for name in ("ca", "crt", "key", "token"):
        written(tmp_path / name)
    user = {"client-certificate": "crt", "client-key": "key", "tokenFile": "token"}

    connection = loaded(config(tmp_path / "config", user, **{"certificate-authority": "ca"}))

    files = (connection.ca_file, connection.certificate_file, connection.key_file, connection.token_file)
    assert files == tuple(tmp_path / name for name in ("ca", "crt", "key", "token"))


def test_data_fields_are_decoded(tmp_path: Path) -> None:
    """Base64 in the file becomes bytes in the connection."""
    data = base64.b64encode(b"authority").decode()

    connection = loaded(config(tmp_path / "config", **{"certificate-authority-data": data}))

    assert connection.ca_data == b"authority"
