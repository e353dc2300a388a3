"""What a plain scalar means: as kubectl has it, which is asked; and what we write is read back the same."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.output.yaml_text import document_text, manifests_text
from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.sources.files.document import Document
from kubectl_kfaccess.sources.files.yaml_text import load
from tests.controlplane.cluster import ControlPlane
from tests.running import run

MEANINGS: dict[str, Any] = {
    **{text: text for text in ("=", "12:30:45", "1:30", "2026-01-02", "2026-01-02T03:04:05Z", "1.2.3", "<<")},
    **{text: text for text in ("0o8", "0x", "0b2", "1e", "1e+", ".", "_1", ".e3", "1e400", "-1e400", "nULL")},
    **dict.fromkeys(("y", "Y", "yes", "on", "ON", "true", "TRUE"), True),
    **dict.fromkeys(("n", "N", "No", "off", "OFF", "false"), False),
    **dict.fromkeys(("1e3", "1E3", "1e+3", "01e3", "1_000"), 1000),
    **dict.fromkeys(("0o7", "0O7", "07", "0_7"), 7),
    **dict.fromkeys(("~", "null", "Null", "NULL"), None),
    "08": 8,
    "010": 8,
    "0b11": 3,
    "-0B1": -1,
    "0x1F": 31,
    "0X_1": 1,
    "+1": 1,
    "-_1": -1,
    "1__0": 10,
    "1.": 1,
    ".5": 0.5,
    "-.5": -0.5,
    ".5_5": 0.55,
    "1_0.5": 10.5,
    "1.5e3": 1500,
    "-0": 0,
    "0e0": 0,
}


@pytest.mark.parametrize("text", MEANINGS)
def test_the_meaning_of_a_scalar(text: str) -> None:
    """In a mapping, and as the whole of a list's item."""
    assert {"a": MEANINGS[text], "b": [MEANINGS[text]]} == load(f"a: {text}\nb: [{text}]".encode(), "f", 1)


@pytest.mark.server
def test_kubectl_has_the_same_meanings(plane: ControlPlane) -> None:
    """The real one prints an object of an unknown kind as the JSON that it would send."""
    lines = [f"  k{at}: {text}\n" for at, text in enumerate(MEANINGS)]
    thing = f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: x}}\nspec:\n{''.join(lines)}"
    argv = [str(plane.kubectl), "annotate", "--local", "-f", "-", "a=b", "-o", "json"]

    printed = subprocess.run(argv, input=thing, text=True, capture_output=True, check=True).stdout

    spec = json.loads(printed)["spec"]
    assert MEANINGS == {text: spec[f"k{at}"] for at, text in enumerate(MEANINGS)}


BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: a, labels: {{{key}: x}}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user}}}]
"""


@pytest.mark.parametrize("user", ["=", "12:30:45", "0o8", "2026-01-02", '"y"', "'1e3'"])
def test_a_text_is_a_name(user: str) -> None:
    """Quotes make a text of anything."""
    result = run(
        "who-can", "get", "secrets", "-A", "--no-platform", "-o", "json", "-f", "-",
        stdin=BINDING.format(user=user, key="a").encode(),
    )  # fmt: skip

    assert 0 == result.status
    assert user.strip("'\"") in [item["subject"]["name"] for item in result.json["items"]]


@pytest.mark.parametrize("user", ["y", "1e3", "0o7", "off", "1_0", ".5"])
def test_what_is_no_text_is_refused_as_a_name(user: str) -> None:
    """A server refuses it as well: the field has to be text."""
    text = BINDING.format(user=user, key="a")

    result = run("who-can", "get", "secrets", "-f", "-", stdin=text.encode())

    assert 3 == result.status
    assert "standard input:1, ClusterRoleBinding `a`, expected `str`" in result.stderr


@pytest.mark.parametrize(("key", "text"), [("y", "true"), ("1e3", "1000"), ("0o7", "7"), ("=", "=")])
def test_keys_become_texts(key: str, text: str) -> None:
    """As in JSON, which has no others."""
    content = load(f"metadata: {{name: a, labels: {{{key}: x}}}}".encode(), "f", 1)

    assert {text: "x"} == Document("f:1", content).to(Namespace).metadata.labels


ODD = ("01:02", "190:20:30.15", "+12", "0.5", "", " ", "-", "- a", "a: b", "#", ".inf", ".NaN", "!x")
TEXTS = [*MEANINGS, *ODD]


@pytest.mark.parametrize("write", [document_text, lambda value: manifests_text([value])], ids=["yaml", "fix"])
def test_every_text_is_read_back_as_a_text(write: Any) -> None:
    """By a reader of YAML 1.1, and by Kubernetes' own; as a value, in a list and as a key."""
    value = {"values": {f"k{at}": text for at, text in enumerate(TEXTS)}, "list": TEXTS} | dict.fromkeys(
        TEXTS, "key"
    )

    written = write(value)

    assert value == yaml.safe_load(written)
    assert value == load(written.encode(), "f", 1)
    assert "'y'" in written or '"y"' in written


def test_numbers_stay_numbers() -> None:
    """Only texts are quoted."""
    value = {"a": [0, -1, 1000.0, 0.5, True, False, None, 10**20, 1e30]}

    assert "'" not in document_text(value)
    assert value == yaml.safe_load(document_text(value)) == load(document_text(value).encode(), "f", 1)


@pytest.mark.parametrize("text", ["!!bool maybe", "!!int x", "!!float x"])
def test_a_value_has_to_match_its_tag(text: str) -> None:
    """The error has the line."""
    with pytest.raises(UsageError, match=r"f:7: malformed YAML: a value does not match its tag"):
        load(f"a: {text}".encode(), "f", 7)
