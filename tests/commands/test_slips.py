"""A table of typos, and of words that look like typos and are none, with what each of them gets."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.kubeflow.catalogue.resources import entries_for, known_verbs
from kubectl_kfaccess.rbac.resources import matching
from kubectl_kfaccess.resolve import false_friends
from kubectl_kfaccess.sources.files.bundled import defaults
from tests.running import run

CASES: list[Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("slips.yaml").read_text())
FILES = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.apps.example}
spec:
  group: apps.example
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget}
  versions: [{name: v1, served: true, storage: true}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: own, namespace: lab}
rules:
- {apiGroups: [apps.example], resources: [gadgets], verbs: [get, sync]}
- {apiGroups: [open.example], resources: ["*"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: own, namespace: lab}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: own}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ivan@example.com}]
"""


@pytest.mark.parametrize("case", CASES, ids=[case["line"] for case in CASES])
def test_a_line_gets_what_the_table_says(case: Mapping[str, Any], tmp_path: Path) -> None:
    """The status, and the important words; an error has no answer beside it."""
    (tmp_path / "world.yaml").write_text(FILES)
    words = [str(tmp_path) if word == "FILES" else word for word in shlex.split(case["line"])]
    source = () if "-f" in words or case["line"].split()[0] in ("can-i", "isolation") else ("--demo",)

    result = run(*words, *source)
    text = result.stdout + result.stderr

    assert case["status"] == result.status, text
    assert not (result.status == 2 and result.stdout)
    assert [] == [words for words in case["says"] if words not in text], text
    assert [] == [words for words in case.get("never", ()) if words in text], text


def test_no_line_is_there_twice() -> None:
    """A line that is copied and not changed tests nothing."""
    assert [] == [line for line, count in Counter(case["line"] for case in CASES).items() if count > 1]


def test_false_friends_are_no_verbs_and_stand_for_verbs() -> None:
    """Else a correct word would be an error, or the hint a second one."""
    known = known_verbs()
    likely = {verb for verbs in false_friends.VERBS.values() for verb in verbs}

    assert set() == known & set(false_friends.VERBS)
    assert likely <= known


def test_false_friends_are_no_types() -> None:
    """Neither Kubernetes nor the catalogue has a type of such a name."""
    served = defaults().resources

    assert [] == [word for word in false_friends.TYPES if matching(word, served) or entries_for(word)]
