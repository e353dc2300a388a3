"""Commands that answer for the mesh read its settings; what is missing there is no gap in their answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.robustness.stand_in import CALM, Answer, StandIn, empty
from tests.running import NOWHERE, Result, run

OWNER = "ann@example.com"
KUBEFLOW = "/api/v1/namespaces/kubeflow/configmaps"
ISTIO = "/api/v1/namespaces/istio-system/configmaps/istio"
REFUSED = Answer(json.dumps({"kind": "Status", "message": "not for you"}).encode(), 403)
UNREAD = "note: cannot read configmaps in namespaces `istio-system`, `kubeflow`: not for you"


def listed(kind: str, *items: Mapping[str, Any]) -> Answer:
    """Return a list of that kind."""
    return Answer(json.dumps({"kind": f"{kind}List", "metadata": {}, "items": items}).encode())


def config_map(name: str, namespace: str, **data: str) -> Answer:
    """Return a ConfigMap."""
    metadata = {"name": name, "namespace": namespace}
    return Answer(json.dumps({"kind": "ConfigMap", "metadata": metadata, "data": data}).encode())


PODS = {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list"]}
LAB = {
    **CALM,
    "/api": Answer(json.dumps({"kind": "APIVersions", "versions": ["v1"]}).encode()),
    "/api/v1": Answer(
        json.dumps({"kind": "APIResourceList", "groupVersion": "v1", "resources": [PODS]}).encode()
    ),
    "namespaces": listed("Namespace", {"metadata": {"name": "lab"}}),
    "serviceaccounts": empty("ServiceAccountList"),
    "profiles": listed(
        "Profile", {"metadata": {"name": "lab"}, "spec": {"owner": {"kind": "User", "name": OWNER}}}
    ),
    "authorizationpolicies": empty("AuthorizationPolicyList"),
}
SETTINGS = {
    KUBEFLOW: listed("PartialObjectMetadata", {"metadata": {"name": "profiles-config"}}),
    f"{KUBEFLOW}/profiles-config": config_map("profiles-config", "kubeflow", ADMIN="root@example.com"),
    ISTIO: config_map("istio", "istio-system", mesh="rootNamespace: istio-system"),
}
UNREADABLE = {KUBEFLOW: REFUSED, ISTIO: REFUSED}

Requests = tuple[Result, list[str]]
Asker = Callable[..., Requests]
ADD = ("create", "rolebindings", "-n", "lab", "--via", "kubeflow")


@pytest.fixture
def ask(tmp_path: Path) -> Asker:
    """Return a function that runs a command on a server with the profile `lab` and these settings."""

    def asked(settings: Mapping[str, Answer], *argv: str) -> Requests:
        """Return the result, and the paths that were requested."""
        with StandIn({**LAB, **settings}) as server:
            server.write_kubeconfig(tmp_path / "config")
            result = run(*argv, "--kubeconfig", str(tmp_path / "config"), environ=NOWHERE)
            return result, [urlsplit(target).path for target in server.requests]

    return asked


COMMANDS = (
    ("profiles",),
    ("profiles", "lab"),
    ("access", OWNER, "--resource", "pods"),
    ("explain", OWNER, *ADD),
    ("explain", OWNER, "--from-error", "RBAC: access denied", "-n", "lab"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_settings_that_cannot_be_read_make_no_answer_incomplete(ask: Asker, command: tuple[str, ...]) -> None:
    """Nothing is printed about them, unless the output shows what the mesh's answers are made of."""
    for form in ((), ("-o", "json"), ("-o", "wide")):
        (readable, _), (refused, _) = ask(SETTINGS, *command, *form), ask(UNREADABLE, *command, *form)

        assert (readable.status, readable.stdout) == (refused.status, refused.stdout)
        before = readable.stderr.splitlines()
        added = [line for line in refused.stderr.splitlines() if line not in before]
        assert added == ([UNREAD] if "wide" in form else [])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_that_show_the_mesh_read_its_settings(ask: Asker, command: tuple[str, ...]) -> None:
    """They are in fixed places, whatever `-n` says."""
    wide = ("-o", "wide") if command[0] == "access" else ()
    _, paths = ask(SETTINGS, *command, *wide)

    assert set(SETTINGS) <= set(paths)


@pytest.mark.parametrize(
    "command",
    [
        ("access", OWNER, "--resource", "pods"),
        ("access", OWNER, "--bindings", "-o", "wide"),
        ("who-can", "get", "pods", "-n", "lab"),
        ("aggregation",),
    ],
    ids=" ".join,
)
def test_other_commands_read_no_settings(ask: Asker, command: tuple[str, ...]) -> None:
    """A request that no answer needs is a wait, and a permission, for nothing."""
    result, paths = ask(SETTINGS, *command)

    assert result.status in (0, 1)
    assert [] == [path for path in paths if "configmaps" in path]


def test_a_typing_slip_is_noticed_without_the_settings(ask: Asker) -> None:
    """Settings hold no types: other gaps can hide one, and these cannot."""
    result, _ = ask(UNREADABLE, "access", OWNER, "--resource", "podz", "-o", "wide")

    assert 2 == result.status
    assert "the server doesn't have a resource type `podz`" in result.stderr


@pytest.mark.parametrize(
    ("who", "settings", "status"),
    [
        pytest.param("root@example.com", SETTINGS, 0, id="KFAM's cluster admin"),
        pytest.param("uma@example.com", SETTINGS, 1, id="somebody else"),
        pytest.param("uma@example.com", UNREADABLE, 3, id="who the admins are is not known"),
        pytest.param(OWNER, UNREADABLE, 0, id="the owner"),
    ],
)
def test_kfams_admins_come_from_the_config_map(
    ask: Asker, who: str, settings: Mapping[str, Answer], status: int
) -> None:
    """On a cluster whose ConfigMap can be read, what KFAM answers is known."""
    result, _ = ask(settings, "explain", who, *ADD)

    assert status == result.status
    cause = "who the cluster admins of KFAM are: cannot read configmaps in namespace `kubeflow`: not for you"
    assert (cause in " ".join(result.stdout.split())) == (status == 3)
