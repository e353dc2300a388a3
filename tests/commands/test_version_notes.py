"""Notes that depend on the version, for files: `--kubernetes-version` chooses it."""

from __future__ import annotations

import json

import pytest

from tests.commands.test_who_can_files import cluster_role, role_binding, user
from tests.running import run

EXEC = {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get"]}
ACT = {"apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate-on:user-info:list"]}
OBJECTS = [
    cluster_role("streams", [EXEC]),
    cluster_role("acts", [ACT]),
    role_binding("dev", "streams", "streams", user("gail")),
    role_binding("dev", "acts", "acts", user("ivy")),
]
WITHOUT_CREATE = "can exec over a websocket without `create`"
CREATE_AS_WELL = "exec needs `create pods/exec` as well"
IDENTITY_AS_WELL = "this also needs `impersonate:user-info users`: 1 of these subjects cannot do that"
TOO_OLD = "never asks for `impersonate-on:user-info:list` (new in 1.36)"


@pytest.mark.parametrize(
    ("argv", "text", "versions"),
    [
        ("who-can create pods/exec", f"1 more subject {WITHOUT_CREATE}", ("1.33", "1.34")),
        ("who-can get pods/exec", f"{CREATE_AS_WELL}: 1 of these subjects", ("1.35", "1.36", "1.37")),
        ("explain gail create pods/exec", f"this subject {WITHOUT_CREATE}", ("1.33", "1.34")),
        ("explain gail get pods/exec", f"{CREATE_AS_WELL}: this subject cannot", ("1.35", "1.36", "1.37")),
        ("explain ivy create pods/exec", WITHOUT_CREATE, ()),
        ("who-can impersonate-on:user-info:list pods", IDENTITY_AS_WELL, ("1.36", "1.37")),
        ("who-can impersonate-on:user-info:list pods", TOO_OLD, ("1.33", "1.34", "1.35")),
        ("who-can get pods/log", CREATE_AS_WELL, ()),
    ],
)
def test_a_note_depends_on_the_version(argv: str, text: str, versions: tuple[str, ...]) -> None:
    """The versions of Kubernetes are those in `rbac/kubernetes_version.py`; live tests ask the servers."""
    stdin = json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS}).encode()
    flags = ("-n", "dev", "-f", "-", "--kubernetes-version")
    platform = ("--no-platform",) if argv.startswith("who-can") else ()

    noting = [
        version
        for version in ("1.33", "1.34", "1.35", "1.36", "1.37")
        if text in run(*argv.split(), *flags, version, *platform, stdin=stdin).stderr
    ]

    assert list(versions) == noting
