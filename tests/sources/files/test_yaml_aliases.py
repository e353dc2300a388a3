"""Anchors, aliases and merge keys: read as the real kubectl reads them, with every version of PyYAML."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.sources.files import yaml_aliases
from kubectl_kfaccess.sources.files.documents import documents
from kubectl_kfaccess.sources.files.yaml_aliases import write_out
from kubectl_kfaccess.sources.files.yaml_shapes import Malformed, anything, read
from tests.controlplane.assets import assets

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
REFUSED = "refused"

# libyaml allows no space after a colon here
COLONS, LEVEL = '"a0":&a0 [A, B]', '"a%s":&a%s [%s]'


def multiplied(first: str, next_level: str, between: str = "\n") -> str:
    """Return eight anchors, each of which names the previous one nine times: millions of values."""
    levels = (next_level % (n, n, ", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 9))
    return between.join([first, *levels, '"z": 1'])


# The expected value is that of the key `z`
CASES = [
    pytest.param("x: &x {kind: A, k: 2}\nz: {<<: *x, l: 1}", {"kind": "A", "k": 2, "l": 1}, id="a merge"),
    pytest.param("z: {<<: [{kind: A}, {kind: B}]}", {"kind": "A"}, id="the first of a list counts"),
    pytest.param("z: {<<: [{k: A}, {k: B}]}", {"k": "A"}, id="the first of a list counts, with a short name"),
    pytest.param("z: {<<: {kind: A}, <<: {kind: B}}", {"kind": "B"}, id="the last merge key counts"),
    pytest.param("z: {<<: {kind: A}, kind: B}", {"kind": "B"}, id="a later key of its own counts"),
    pytest.param("z: {kind: B, <<: {kind: A}}", {"kind": "A"}, id="an earlier key of its own does not count"),
    pytest.param("z: {kind: A, <<: {kind: null}}", {"kind": None}, id="null is merged"),
    pytest.param("z: {kind: A, kind: B}", {"kind": "B"}, id="a key twice"),
    pytest.param("x: &x {<<: {k: 1}, k: 2}\nz: {<<: [*x, {k: 3}]}", {"k": 2}, id="a merge of a merge"),
    pytest.param("z: {<<: {<<: {<<: {deep: 1}}}}", {"deep": 1}, id="merges in merges"),
    pytest.param("x: &x {k: [1]}\nz: [{<<: *x}, {<<: *x}]", [{"k": [1]}, {"k": [1]}], id="merged twice"),
    pytest.param("w: &w {v: &v {k: 1}}\nz: {<<: *v, x: *w}", {"k": 1, "x": {"v": {"k": 1}}}, id="nested"),
    pytest.param("z: {<<: [], k: 1}", {"k": 1}, id="an empty list"),
    pytest.param("x: &x [1, 2]\nz: {a: *x, b: *x}", {"a": [1, 2], "b": [1, 2]}, id="aliases alone"),
    pytest.param("z: {'<<': {k: 1}}", {"<<": {"k": 1}}, id="in quotes it is a name"),
    pytest.param("z: {<<: text}", REFUSED, id="a merge of text"),
    pytest.param("z: {<<: }", REFUSED, id="a merge of nothing"),
    pytest.param("z: {<<: [text]}", REFUSED, id="a merge of a list of text"),
    pytest.param("z: {<<: [[{k: 1}]]}", REFUSED, id="a merge of lists"),
    pytest.param("z: &z {<<: *z, k: 1}", REFUSED, id="a merge of itself"),
    pytest.param("z: &z [*z]", REFUSED, id="a list in itself"),
    pytest.param("z: &z {deep: {deeper: [*z]}}", REFUSED, id="a mapping in itself"),
    pytest.param(multiplied("a0: &a0 {k: A, l: B}", "a%s: &a%s {<<: [%s]}"), REFUSED, id="merges multiply"),
    pytest.param(multiplied("a0: &a0 [A, B]", "a%s: &a%s [%s]"), REFUSED, id="aliases multiply"),
    pytest.param(f'{{{multiplied(COLONS, LEVEL, ", ")}}}', REFUSED, id="anchors after a colon"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_manifest_is_read_as_by_kubectl(text: str, expected: Any) -> None:
    """It merges the same values in the same order, and rejects the same files."""
    assert expected == in_manifest(text)


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_kubeconfig_is_read_as_by_kubectl(text: str, expected: Any) -> None:
    """This is the other reader, for files without objects."""
    assert expected == in_kubeconfig(text)


@pytest.mark.server
@pytest.mark.parametrize(("text", "expected"), CASES)
def test_kubectl_reads_it_so(text: str, expected: Any, tmp_path: Path, kubernetes_version: str) -> None:
    """The expected values are those of the real kubectl, which needs no server for this."""
    (tmp_path / "a.yaml").write_text(manifest(text), encoding="utf-8")
    kubectl = assets(kubernetes_version)["kubectl"]
    command = [kubectl, "label", "--local", "--output=json", "--filename=a.yaml", "a=b"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env={"HOME": str(tmp_path)}, timeout=60)

    assert expected == (REFUSED if done.returncode else json.loads(done.stdout)["z"]), done.stderr


def manifest(text: str) -> str:
    """Return *text* as a Kubernetes object."""
    if text.startswith("{"):
        return '{"apiVersion": v1, kind: ConfigMap, metadata: {name: a}, ' + text[1:]
    return OBJECT + text


def in_manifest(text: str) -> Any:
    """Return the value of the key `z` for the reader of manifests."""
    env = Environment(io.BytesIO(manifest(text).encode()), io.StringIO(), io.StringIO(), {}, Path("/"))
    try:
        (document,) = documents(["-"], env)
    except UsageError:
        return REFUSED
    assert isinstance(document.content, dict)
    return document.content["z"]


def in_kubeconfig(text: str) -> Any:
    """Return the value of the key `z` for the reader of kubeconfig files."""
    try:
        return read(manifest(text).encode(), anything)["z"]
    except Malformed:
        return REFUSED


BOUNDED = [
    pytest.param("[&x [1, 1], *x, *x]", 6, id="aliases"),  # a list of two is three values
    pytest.param("[&x [&y [1], *y], *x]", 7, id="an alias in what an alias stands for"),
    pytest.param(
        "[&x {k: 1}, {<<: *x}]", 4, id="a merge key"
    ),  # a mapping with one pair, and this pair again
    pytest.param("[&x {k: 1}, {<<: [*x, *x]}, {<<: *x}]", 12, id="several merge keys"),
]


@pytest.mark.parametrize(("text", "added"), BOUNDED)
def test_what_aliases_add_is_bounded(text: str, added: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many values as the limit are allowed, and no more."""
    monkeypatch.setattr(yaml_aliases, "MOST_ADDED", added)
    write_out(yaml.compose(text))

    monkeypatch.setattr(yaml_aliases, "MOST_ADDED", added - 1)
    with pytest.raises(yaml.YAMLError, match="its aliases stand for millions of values"):
        write_out(yaml.compose(text))


def test_a_big_document_without_aliases_is_not_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for what aliases add: an anchor without an alias adds nothing."""
    monkeypatch.setattr(yaml_aliases, "MOST_ADDED", 0)
    write_out(yaml.compose("[&x [1, 1, 1], {a: &y {b: c}}]"))
