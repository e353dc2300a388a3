"""New tokens in the text of a kubeconfig: nothing else in it changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.sources.files.yaml_shapes import anything, read
from kubectl_kfaccess.sources.kubeconfig import token_file
from kubectl_kfaccess.sources.kubeconfig.token_file import save, with_tokens

TOKENS = {"id-token": "new.i.d", "refresh-token": "new-r"}
BLOCK = """\
# mine
users:
- name: me  # a user
  user:
    auth-provider:
      name: oidc
      config:
        # a comment
        client-id: c
        id-token: old   # another
        refresh-token: 'old-r'
- {name: other, user: {token: t}}
"""
FLOW = "users: [{name: me, user: {auth-provider: {name: oidc, config: {%s}}}}]\n"
USER = '{"name": "me", "user": {"auth-provider": {"config": {"id-token":"a", "refresh-token":"b"}}}}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            BLOCK,
            BLOCK.replace("old ", '"new.i.d" ').replace("'old-r'", '"new-r"'),
            id="block style with comments",
        ),
        pytest.param(
            BLOCK.replace("        id-token: old   # another\n", ""),
            BLOCK.replace("        id-token: old   # another\n", "")
            .replace("        client-id", '        id-token: "new.i.d"\n        client-id')
            .replace("'old-r'", '"new-r"'),
            id="a new key in block style",
        ),
        pytest.param(
            FLOW % "refresh-token: r",
            FLOW % '"id-token": "new.i.d", refresh-token: "new-r"',
            id="a new key in flow style",
        ),
        pytest.param(
            BLOCK.replace(" old   # another", ""),
            BLOCK.replace("old   # another", '"new.i.d"').replace("'old-r'", '"new-r"'),
            id="an empty value",
        ),
        pytest.param(
            FLOW % "id-token: a, refresh-token: r" + "---\n{broken",
            FLOW % 'id-token: "new.i.d", refresh-token: "new-r"' + "---\n{broken",
            id="another document behind it",
        ),
        pytest.param(
            '{\t"users":\t[' + USER + "]\n}",
            '{\t"users":\t[' + USER.replace('"a"', '"new.i.d"').replace('"b"', '"new-r"') + "]\n}",
            id="JSON with tabs",
        ),
        pytest.param(
            BLOCK.replace("old ", "|\n          old\n ").replace("   # another", ""),
            BLOCK.replace("old   # another", '"new.i.d"').replace("'old-r'", '"new-r"'),
            id="a block of lines",
        ),
        pytest.param(
            BLOCK.replace("\n", "\r\n"),
            BLOCK.replace("\n", "\r\n").replace("old ", '"new.i.d" ').replace("'old-r'", '"new-r"'),
            id="line ends of Windows",
        ),
        pytest.param(
            "\ufeff" + BLOCK.replace("c\n", "ü€\U0001f600\n"),
            "\ufeff"
            + BLOCK.replace("c\n", "ü€\U0001f600\n")
            .replace("old ", '"new.i.d" ')
            .replace("'old-r'", '"new-r"'),
            id="other characters",
        ),
    ],
)
def test_only_the_values_change(text: str, expected: str) -> None:
    """Comments, order, quotes and line ends stay."""
    assert expected == with_tokens(text.encode(), "me", TOKENS).decode()


@pytest.mark.parametrize(
    "token", ["a b", 'quote " and \\', "colon: #", "1e3", "true", "", "ü\u2028\U0001f600", "x" * 9000]
)
def test_any_token_can_be_read_back(token: str) -> None:
    """Whatever the identity provider gives is the value of the key afterwards."""
    changed = with_tokens(BLOCK.encode(), "me", {"refresh-token": token})

    config: dict[str, Any] = read(changed, anything)["users"][0]["user"]["auth-provider"]["config"]
    assert {"client-id": "c", "id-token": "old", "refresh-token": token} == config


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("users: [{name: other}]\n", id="no such user"),
        pytest.param("users: [{name: me, user: {token: t}}]\n", id="no auth-provider any more"),
        pytest.param(FLOW % "", id="no settings"),
        pytest.param(
            "a: &a {id-token: x, refresh-token: y}\nusers:\n"
            "- {name: me, user: {auth-provider: {config: *a}}}\n"
            "- {name: other, user: {auth-provider: {config: *a}}}\n",
            id="settings of two users",
        ),
        pytest.param(FLOW % "id-token: &t x, refresh-token: *t", id="a value that is used twice"),
        pytest.param(
            "a: &a {id-token: x}\n" + FLOW % "<<: *a, refresh-token: y, id-token: z, id-token: w",
            id="a key twice",
        ),
        pytest.param("users: [{name: me, name: me}]\n", id="a name twice"),
        pytest.param((FLOW % "id-token: a")[:-2] + ", {name: me}]\n", id="two users of one name"),
        pytest.param("users: [\n", id="broken"),
    ],
)
def test_what_cannot_be_changed_alone_is_an_error(text: str) -> None:
    """A kubeconfig that means something else afterwards is worse than a token that is not saved."""
    with pytest.raises(ValueError, match="auth-provider of the user `me`"):
        with_tokens(text.encode(), "me", TOKENS)


def test_a_file_is_replaced_completely_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk is full, the old file is still there, and nothing else."""
    file = tmp_path / "config"
    file.write_text(BLOCK)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(file, "me", TOKENS)

    assert BLOCK == file.read_text()
    assert [file] == list(tmp_path.iterdir())


def test_a_pipe_is_not_read_again(tmp_path: Path) -> None:
    """`--kubeconfig <(…)` has no place to save a token."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(ValueError, match="not a regular file"):
        save(pipe, "me", TOKENS)


def test_a_lock_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """kubectl holds it only for a moment."""
    file, lock = tmp_path / "config", tmp_path / "config.lock"
    file.write_text(BLOCK)
    lock.touch()
    monkeypatch.setattr(token_file.time, "sleep", lambda _seconds: lock.unlink())

    save(file, "me", TOKENS)

    assert "new.i.d" in file.read_text()
    assert not lock.exists()
