"""Hostile names on a real terminal of three widths: no line is too long, and nothing arrives there raw."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from pathlib import Path

import pytest

from kubectl_kfaccess.terminal.wrapping import width
from tests.robustness.names import ATTACKS, DIRECTION, LENGTH, TERMINAL, UNSEEN, WIDTH, Object, stored
from tools import terminal

WIDTHS = (80, 120, 200)
SGR = re.compile(r"\x1b\[[0-9;]*m")
LONG = "x" * 253
NAMES = (*ATTACKS[WIDTH], *ATTACKS[DIRECTION], *ATTACKS[TERMINAL], *ATTACKS[UNSEEN], *ATTACKS[LENGTH], LONG)
GROUP = "rbac.authorization.k8s.io"
EDIT = "kubeflow-edit"

COMMANDS = (
    "who-can get secrets -A",
    "who-can get secrets -n team-a",
    "who-can get secrets -A --indirect",
    "access user:中文 --indirect",
    f"explain user:{LONG} get nodes --indirect",
    "access user:中文",
    "access user:中文 -n team-a",
    f"access user:{LONG} --bindings",
    "access user:中文 --compare user:ﷺ -n team-a",
    f"explain user:{LONG} get secrets -n team-a",
    f"explain user:{LONG} get nodes",
    "check -n team-a",
    "profiles",
    "profiles team-a",
    "audit",
    "aggregation",
    f"aggregation {LONG}",
    "whoami --as party🎉",
    "diff demo",
)


def metadata(name: str, namespace: str = "", **labels: str) -> Object:
    """Return the metadata of an object."""
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, **({"labels": labels} if labels else {})}


def objects() -> list[Object]:
    """Return a profile whose owner, contributors and roles have the hostile names."""
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]
    roles: list[Object] = [
        {"kind": "ClusterRole", "metadata": metadata(name, part="edit"), "rules": rules} for name in NAMES
    ]
    whole = {
        "kind": "ClusterRole",
        "metadata": metadata(EDIT),
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"part": "edit"}}]},
    }
    bindings: list[Object] = [
        {
            "kind": "RoleBinding",
            "metadata": {**metadata(name, "team-a"), "annotations": {"user": name, "role": "edit"}},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": EDIT},
            "subjects": [{"apiGroup": GROUP, "kind": kind, "name": name} for kind in ("User", "Group")],
        }
        for name in NAMES
    ]
    rbac = [{"apiVersion": f"{GROUP}/v1", **each} for each in (*roles, whole, *bindings)]
    owner = {"kind": "User", "name": NAMES[0]}
    profile = {"kind": "Profile", "metadata": metadata("team-a"), "spec": {"owner": owner}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata("team-a")}
    return [{"apiVersion": "kubeflow.org/v1", **profile}, namespace, *rbac]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the objects."""
    path = tmp_path_factory.mktemp("hostile") / "objects.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": stored(objects())}))
    return path


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("at", range(len(COMMANDS)), ids=[command[:30] for command in COMMANDS])
def test_a_hostile_name_harms_no_terminal(at: int, columns: int, file: Path) -> None:
    """The only escape sequences are ours; a line is too long only if it is a single word."""
    line = f"kubectl kfaccess {COMMANDS[at]} -f {shlex.quote(str(file))}"
    shown = terminal.on_terminal(columns, line, has_colors=True, has_errors=True)
    text = SGR.sub("", shown.text)

    assert shown.status in (0, 1, 3)
    assert {"\n"} >= {each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp", "Co")}
    assert [] == [each for each in text.splitlines() if width(each) > columns and " " in each.strip()]
