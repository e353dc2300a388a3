"""The bundled list of bindings that releases ship is what the tool makes of the releases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.shipped_bindings import FILE, grants, kubernetes_releases, rendered_releases, text


def test_the_file_is_what_the_tool_writes(corpus: Path) -> None:
    """From the rendered releases and the bundled defaults, byte for byte."""
    assert FILE.read_text("utf-8") == text({**kubernetes_releases(), **rendered_releases(corpus)})


def test_every_bundled_version_of_kubernetes_is_in_the_file() -> None:
    """A new version brings new controllers: this fails after `make defaults` until the tool has run."""
    lines = json.loads(FILE.read_text("utf-8"))["bindings"]

    for release, shipped in kubernetes_releases().items():
        of_release = {
            (line["name"], subject)
            for line in lines
            if release in line["releases"]
            for subject in line["subjects"]
        }
        assert shipped
        assert {(grant.binding.name, grant.subject) for grant in shipped} == of_release


@pytest.mark.parametrize(
    ("kind", "namespace", "subject", "expected"),
    [
        pytest.param(
            "RoleBinding", "kubeflow", {"kind": "ServiceAccount", "name": "a"}, "kubeflow sa:kubeflow/a",
            id="an account without a namespace is in the binding's",
        ),
        pytest.param(
            "ClusterRoleBinding", "kubeflow", {"kind": "ServiceAccount", "name": "a", "namespace": "b"},
            " sa:b/a",
            id="the server ignores the namespace of a ClusterRoleBinding",
        ),
        pytest.param("RoleBinding", "b", {"kind": "Group", "name": "g"}, "b group:g", id="a group"),
    ],
)  # fmt: skip
def test_a_binding_is_read_as_the_server_reads_it(
    kind: str, namespace: str, subject: dict[str, str], expected: str
) -> None:
    """Releases leave namespaces out, or write one where there is none."""
    item = {
        "kind": kind,
        "metadata": {"name": "x", "namespace": namespace},
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [subject],
    }

    assert [expected] == [f"{grant.binding.namespace} {grant.subject}" for grant in grants([item, None])]
