"""Which other request counts beside a request; `tests/live/test_versions.py` asks real servers."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion, parse_version
from kubectl_kfaccess.rbac.paired_requests import is_too_old, needed_as_well, sufficient_instead
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request

V34, V35, V36 = (KubernetesVersion(1, minor) for minor in (34, 35, 36))
NAMESPACES = ("team-a",)


def question(verb: str, resource: str, subresource: str = "", name: str = "", group: str = "") -> Question:
    """Return a question in team-a."""
    return Question(Request(verb, group, resource, subresource, name), NAMESPACES)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v1.36.3", V36), ("1.36", V36), ("v1.35.2+k3s1", V35), ("1.34.13-eks-1234", V34),
        ("v1.100.0", (1, 100)), ("", None), ("unknown", None), ("1", None), ("v1.x", None),
    ],
)  # fmt: skip
def test_a_version_is_read_from_its_start(text: str, version: KubernetesVersion | None) -> None:
    """Distributions put their own words behind it; 1.100 is newer than 1.36."""
    assert version == parse_version(text)


@pytest.mark.parametrize("stream", ["exec", "attach", "portforward"])
@pytest.mark.parametrize(("version", "is_enough"), [(V34, True), (V35, False), (V36, False), (None, True)])
def test_get_was_enough_for_a_stream(stream: str, version: KubernetesVersion | None, is_enough: bool) -> None:
    """Until 1.35 a websocket was opened by `get` alone; an unknown version can be an old one."""
    instead = sufficient_instead(question("create", "pods", stream, "web"), version)

    assert (question("get", "pods", stream, "web") if is_enough else None) == instead


@pytest.mark.parametrize("stream", ["exec", "attach", "portforward"])
@pytest.mark.parametrize(("version", "is_needed"), [(V34, False), (V35, True), (V36, True), (None, True)])
def test_a_stream_needs_create_as_well(
    stream: str, version: KubernetesVersion | None, is_needed: bool
) -> None:
    """Since 1.35 a websocket needs `create`; an unknown version can be a new one."""
    as_well = needed_as_well(question("get", "pods", stream), version)

    assert (question("create", "pods", stream) if is_needed else None) == as_well


@pytest.mark.parametrize(
    "other",
    [
        question("get", "pods"),
        question("get", "pods", "log"),
        question("create", "pods", "eviction"),
        question("list", "pods", "exec"),
        question("get", "nodes", "exec"),
        question("get", "pods", "exec", group="metrics.k8s.io"),
    ],
    ids=lambda each: f"{each.request.verb} {each.title}",
)
def test_other_requests_decide_alone(other: Question) -> None:
    """Only the streams to pods have a rule of their own."""
    assert (None, None) == (sufficient_instead(other, None), needed_as_well(other, None))


@pytest.mark.parametrize(
    ("resource", "mode"),
    [
        ("users", "user-info"),
        ("groups", "user-info"),
        ("uids", "user-info"),
        ("serviceaccounts", "serviceaccount"),
    ],
)
def test_constrained_impersonation_is_enough_for_single_requests(resource: str, mode: str) -> None:
    """Its identities are in a group of their own; only accounts are in a namespace."""
    legacy = question("impersonate", resource, name="bob")

    assert sufficient_instead(legacy, V35) is None
    for version in (V36, None):
        instead = sufficient_instead(legacy, version)
        assert instead is not None
        assert Request(f"impersonate:{mode}", "authentication.k8s.io", resource, "", "bob") == instead.request
        assert (NAMESPACES if resource == "serviceaccounts" else ()) == instead.namespaces


def test_what_is_done_as_somebody_else_needs_an_identity() -> None:
    """The target's name is not the name of the identity."""
    target = question("impersonate-on:user-info:list", "pods", name="web")

    as_well = needed_as_well(target, V36)

    assert as_well is not None
    assert Request("impersonate:user-info", "authentication.k8s.io", "users") == as_well.request
    assert needed_as_well(target, V35) is None


@pytest.mark.parametrize(
    ("verb", "version", "expected"),
    [
        ("impersonate:user-info", V35, True),
        ("impersonate-on:user-info:get", V35, True),
        ("impersonate:user-info", V36, False),
        ("impersonate:user-info", None, False),
        ("impersonate", V35, False),
    ],
)
def test_a_server_can_be_too_old_for_a_verb(
    verb: str, version: KubernetesVersion | None, expected: bool
) -> None:
    """The verbs of constrained impersonation are on by default since 1.36."""
    assert expected == is_too_old(Request(verb, "", "pods"), version)
