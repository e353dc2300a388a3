"""`aggregation --computed` against what the controller of a real server stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.live.test_aggregation import Document, ask, replace, role
from tests.running import run


def _role(name: str, labels: dict[str, str] | None = None, **rest: Any) -> Document:
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": metadata, **rest}


def _selecting(*labels: dict[str, str], **more: Any) -> Document:
    return {"clusterRoleSelectors": [*({"matchLabels": each} for each in labels), *more.values()]}


def _rule(verbs: str, resources: str, **rest: Any) -> Document:
    return {"verbs": verbs.split(","), "apiGroups": [""], "resources": resources.split(","), **rest}


OTHERS = {"matchExpressions": [{"key": "to-sum", "operator": "NotIn", "values": ["z", "a", "no"]},
                                    {"key": "to-sum", "operator": "Exists"}]}  # fmt: skip
COMPUTED = [
    _role("sum", {"to-top": "x"},
          aggregationRule=_selecting({"to-sum": "z"}, {"to-sum": "a"}, more=OTHERS),
          rules=[_rule("delete", "secrets")]),
    _role("top", aggregationRule=_selecting({"to-top": "x"})),
    _role("empty", aggregationRule=_selecting({"to-sum": "nobody"}), rules=[_rule("get", "secrets")]),
    _role("itself", {"to-itself": "x"}, aggregationRule=_selecting({"to-itself": "x"}),
          rules=[_rule("get", "events")]),
    _role("r-a", {"to-sum": "a"},
          rules=[_rule("get,list", "pods"), _rule("get", "secrets", resourceNames=["b", "a"])]),
    _role("r-b", {"to-sum": "z"}, rules=[_rule("list,get", "pods"), _rule("get", "pods,pods/log")]),
    _role("r-c", {"to-sum": "z", "to-top": "x"},
          rules=[{"verbs": ["get"], "nonResourceURLs": ["/x/*", "/a"]}, _rule("get", "pods,pods/log")]),
    _role("r-d", {"to-sum": "other"}, rules=[_rule("get,list", "pods"), _rule("*", "*")]),
    _role("r-e", {"to-sum": "no"}, rules=[_rule("create", "pods")]),
]  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize("name", ["sum", "top", "empty", "itself", "r-c"])
def test_a_computed_role_is_what_the_controller_stores(
    name: str, computed: dict[str, Document], plane: ControlPlane, tmp_path: Path
) -> None:
    """Computed of the server's roles, and of the manifests that were sent: the same rules, in its order."""
    stored = json.dumps(computed[name].get("rules") or [])
    file = tmp_path / "roles.yaml"
    file.write_text(yaml.safe_dump_all(COMPUTED))

    live = ask(plane, tmp_path, name, "--computed", "-o", "json").json
    of_files = run("aggregation", name, "--computed", "-o", "json", "-f", str(file)).json

    assert stored == json.dumps(live["rules"]) == json.dumps(of_files["rules"])
    assert computed[name]["metadata"].get("labels", {}) == live["metadata"].get("labels", {})
    assert computed[name].get("aggregationRule") == live.get("aggregationRule")


@pytest.mark.server
def test_the_server_leaves_a_computed_role_that_is_applied(
    computed: dict[str, Document], plane: ControlPlane, tmp_path: Path
) -> None:
    """It is a valid object, and the controller finds nothing to change in its rules."""
    live = ask(plane, tmp_path, "sum", "--computed", "-o", "json").json

    replace(plane, "sum", lambda stored: stored.update(rules=live["rules"]))
    wait_for_aggregation(plane)

    assert role(plane, "sum")["rules"] == computed["sum"]["rules"] == live["rules"]


@pytest.fixture(scope="module")
def computed(plane: ControlPlane) -> Iterator[dict[str, Document]]:
    """Yield the roles of COMPUTED as the server stores them once the controller has run, by name."""
    assert [] == load(plane, COMPUTED)
    wait_for_aggregation(plane)
    yield {each["metadata"]["name"]: role(plane, each["metadata"]["name"]) for each in COMPUTED}
    clear(plane)
