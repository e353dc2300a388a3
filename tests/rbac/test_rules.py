"""The five matchers, and how they decide together whether a rule allows a request."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from tests.builders import request, rule, urls


@pytest.mark.parametrize(
    ("verbs", "verb", "expected"),
    [
        pytest.param("get", "get", True, id="the same verb"),
        pytest.param("list,get", "get", True, id="one of several"),
        pytest.param("*", "get", True, id="a star covers get"),
        pytest.param("*", "readArtifact", True, id="a star covers a custom verb"),
        pytest.param("*", "*", True, id="a star covers the verb star"),
        pytest.param("get,list,watch,create,update,patch,delete", "*", False, id="nothing else covers star"),
        pytest.param("get", "list", False, id="get is not list"),
        pytest.param("get", "watch", False, id="get is not watch"),
        pytest.param("update", "patch", False, id="update is not patch"),
        pytest.param("delete", "deletecollection", False, id="delete is not deletecollection"),
        pytest.param("Get", "get", False, id="case counts in the rule"),
        pytest.param("readArtifact", "readartifact", False, id="case counts in the request"),
        pytest.param(" get", "get", False, id="spaces are not trimmed"),
        pytest.param("g*", "get", False, id="no globbing"),
        pytest.param("ge", "get", False, id="no prefixes"),
    ],
)
def test_a_verb_matches_as_text_or_by_star(verbs: str, verb: str, expected: bool) -> None:
    """A rule covers a verb that it lists with exactly that text, and `*` covers every verb."""
    assert expected == rule_allows(rule(verbs, "pods"), request(verb, "pods"))


def test_a_text_with_a_comma_is_one_verb() -> None:
    """An entry is not split, so the entry `get,list` covers neither verb."""
    joined = PolicyRule(("get,list",), ("",), ("pods",))

    assert not rule_allows(joined, request("get", "pods"))


@pytest.mark.parametrize(
    ("rule_group", "group", "expected"),
    [
        pytest.param("apps", "apps", True, id="the same group"),
        pytest.param("", "", True, id="the empty text is the core group"),
        pytest.param("*", "apps", True, id="a star covers a named group"),
        pytest.param("*", "", True, id="a star covers the core group"),
        pytest.param("", "apps", False, id="the core group is not every group"),
        pytest.param("apps", "", False, id="a named group is not the core group"),
        pytest.param("core", "", False, id="core is a literal"),
        pytest.param("apps/v1", "apps", False, id="a version is not cut off"),
        pytest.param("Apps", "apps", False, id="case counts"),
        pytest.param(
            "serving.kserve.io", "serving.knative.dev", False, id="another group that begins with serving"
        ),
        pytest.param("kserve.io", "serving.kserve.io", False, id="no suffixes"),
    ],
)
def test_an_api_group_matches_as_text_or_by_star(rule_group: str, group: str, expected: bool) -> None:
    """A rule covers a group that it lists, and `*` covers every group."""
    written = PolicyRule(("get",), (rule_group,), ("services",))

    assert expected == rule_allows(written, Request("get", group, "services"))


@pytest.mark.parametrize(
    ("resources", "resource", "subresource", "expected"),
    [
        pytest.param("pods", "pods", "", True, id="the same resource"),
        pytest.param("pods/log", "pods", "log", True, id="the same subresource"),
        pytest.param("*", "pods", "", True, id="a star covers resources"),
        pytest.param("*", "pods", "log", True, id="a star covers subresources"),
        pytest.param(
            "*/scale", "deployments", "scale", True, id="*/scale covers the subresource of every resource"
        ),
        pytest.param("*/a/b", "pods", "a/b", True, id="a subresource with a slash"),
        pytest.param("pods/*", "pods", "*", True, id="pods/* is the subresource called star"),
        pytest.param("*/*", "pods", "*", True, id="*/* covers a subresource called star"),
        pytest.param("pods/log", "pods/log", "", True, id="a resource spelled with a slash"),
        pytest.param("pods", "pods", "log", False, id="a resource covers no subresource"),
        pytest.param("pods/log", "pods", "", False, id="a subresource covers no resource"),
        pytest.param("pods/*", "pods", "exec", False, id="pods/* is a literal"),
        pytest.param("pods/*", "pods", "", False, id="pods/* covers no pods"),
        pytest.param("*/*", "pods", "exec", False, id="*/* is no wildcard for subresources"),
        pytest.param("*/*", "pods", "", False, id="*/* is no wildcard for resources"),
        pytest.param("*/scale", "deployments", "", False, id="*/scale covers no resource"),
        pytest.param("*/scale", "deployments", "status", False, id="*/scale covers no other subresource"),
        pytest.param("*/b", "pods", "a/b", False, id="no part of a subresource is matched"),
        pytest.param("*/log", "pods/log", "", False, id="a slash in the resource is no subresource"),
        pytest.param("*/", "pods", "", False, id="a star and a slash cover nothing"),
        pytest.param("pod", "pods", "", False, id="no plural logic"),
        pytest.param("po", "pods", "", False, id="no short names"),
        pytest.param("Pods", "pods", "", False, id="case counts"),
        pytest.param("inference*", "inferenceservices", "", False, id="no globbing"),
    ],
)
def test_a_resource_matches_with_its_subresource(
    resources: str, resource: str, subresource: str, expected: bool
) -> None:
    """A rule covers `R/S` that it lists, `*` covers everything, and `*/S` covers `S` of every resource."""
    written = PolicyRule(("get",), ("",), (resources,))

    assert expected == rule_allows(written, Request("get", "", resource, subresource))


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        pytest.param((), "a", True, id="no names restrict nothing"),
        pytest.param((), "", True, id="no names cover a request without a name"),
        pytest.param(("a", "b"), "b", True, id="one of the names"),
        pytest.param(("",), "", True, id="the empty name is a request without a name"),
        pytest.param(("*",), "*", True, id="star is an object called star"),
        pytest.param(("a",), "c", False, id="another name"),
        pytest.param(("a",), "", False, id="a name covers no request without one"),
        pytest.param(("",), "a", False, id="the empty name covers no name"),
        pytest.param(("*",), "a", False, id="star among names is a literal"),
        pytest.param(("A",), "a", False, id="case counts"),
        pytest.param(("example.com/*",), "example.com/signer", False, id="signer patterns are not expanded"),
    ],
)
def test_a_name_matches_as_exact_text(names: tuple[str, ...], name: str, expected: bool) -> None:
    """A rule with `resourceNames` covers only these names."""
    written = rule("get", "secrets", names=names)

    assert expected == rule_allows(written, request("get", "secrets", name=name))


@pytest.mark.parametrize("verb", ["list", "watch", "create", "deletecollection"])
def test_names_never_cover_requests_on_collections(verb: str) -> None:
    """A request for a collection has no name, so a rule with `resourceNames` does not cover it."""
    written = rule("*", "secrets", names=["a"])

    assert not rule_allows(written, request(verb, "secrets"))


@pytest.mark.parametrize("verb", ["list", "watch", "create"])
def test_names_cover_a_collection_request_that_has_a_name(verb: str) -> None:
    """A list by `metadata.name`, and a create by server-side apply, have a name that a rule can cover."""
    written = rule("*", "secrets", names=["a"])

    assert rule_allows(written, request(verb, "secrets", name="a"))


def test_names_apply_to_each_resource_of_the_rule() -> None:
    """In a rule with several resources, the names restrict all of them."""
    written = rule("get", "secrets,configmaps", names=["a"])

    assert rule_allows(written, request("get", "configmaps", name="a"))
    assert not rule_allows(written, request("get", "configmaps", name="b"))


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        pytest.param("/metrics", "/metrics", True, id="the same path"),
        pytest.param("*", "/anything", True, id="a star covers every path"),
        pytest.param("**", "/anything", True, id="two stars cover every path"),
        pytest.param("/apis/*", "/apis/", True, id="a prefix with its slash"),
        pytest.param("/apis/*", "/apis/apps/v1", True, id="a prefix and more"),
        pytest.param("/foo*", "/foobar", True, id="a prefix inside a word"),
        pytest.param("/foo*", "/foo/x", True, id="a prefix of a deeper path"),
        pytest.param("/foo**", "/foobar", True, id="every trailing star is cut"),
        pytest.param("/foo*", "/foo", True, id="the prefix alone"),
        pytest.param("/a/*/b", "/a/*/b", True, id="a star inside is a literal"),
        pytest.param("/apis/*", "/apis", False, id="the slash of the prefix is needed"),
        pytest.param("/a/*/b", "/a/x/b", False, id="a star inside is no wildcard"),
        pytest.param("/metrics", "/metrics/", False, id="no path cleaning"),
        pytest.param("/metrics", "/Metrics", False, id="case counts"),
        pytest.param("/metrics", "/metrics?x=1", False, id="queries are not parsed"),
        pytest.param("/metrics", "/metric", False, id="a shorter path"),
        pytest.param("*/metrics", "/x/metrics", False, id="a star in front is a literal"),
    ],
)
def test_a_url_matches_as_text_or_by_its_prefix(url: str, path: str, expected: bool) -> None:
    """A rule covers a path that it lists, or one that begins with the text before its trailing stars."""
    assert expected == rule_allows(urls("get", url), request("get", path))


def test_a_path_needs_the_verb_too() -> None:
    """URL rules list HTTP methods in lower case."""
    assert not rule_allows(urls("get", "/metrics"), request("post", "/metrics"))
    assert rule_allows(urls("*", "/metrics"), request("post", "/metrics"))


def test_a_star_in_resources_covers_no_url() -> None:
    """For a path, only `nonResourceURLs` count."""
    assert not rule_allows(rule("*", "*.*"), request("get", "/metrics"))


def test_a_star_in_urls_covers_no_resource() -> None:
    """For a resource, `nonResourceURLs` never count."""
    assert not rule_allows(urls("*", "*"), request("get", "pods"))


def test_an_api_path_is_only_a_path() -> None:
    """A question about the path `/api/v1/pods` is not a question about pods."""
    assert not rule_allows(rule("get", "pods"), request("get", "/api/v1/pods"))
    assert rule_allows(urls("get", "/api/*"), request("get", "/api/v1/pods"))


def test_names_do_not_restrict_urls() -> None:
    """A path has no name, so `resourceNames` do not matter to it."""
    written = PolicyRule(("get",), resource_names=("a",), non_resource_urls=("/metrics",))

    assert rule_allows(written, request("get", "/metrics"))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(PolicyRule((), ("",), ("pods",)), id="no verbs"),
        pytest.param(PolicyRule(("get",), (), ("pods",)), id="no groups"),
        pytest.param(PolicyRule(("get",), ("",), ()), id="no resources"),
        pytest.param(PolicyRule(("get",), ("",), ("",)), id="an empty resource"),
        pytest.param(PolicyRule(("",), ("",), ("pods",)), id="an empty verb"),
        pytest.param(PolicyRule(), id="nothing at all"),
    ],
)
def test_empty_lists_and_texts_are_no_wildcards(written: PolicyRule) -> None:
    """A rule covers only what it lists. An empty list does not stand for the core group either."""
    assert not rule_allows(written, request("get", "pods"))


def test_empty_url_lists_match_nothing() -> None:
    """A rule without URLs covers no path, and neither does one with an empty URL."""
    assert not rule_allows(PolicyRule(("*",)), request("get", "/"))
    assert not rule_allows(urls("*", ""), request("get", "/"))


def test_verb_group_resource_and_name_must_all_match() -> None:
    """If one of the four does not match, the rule does not allow the request."""
    written = rule("get", "deployments.apps/scale", names=["web"])

    assert rule_allows(written, request("get", "deployments.apps/scale", name="web"))
    for other in (
        request("update", "deployments.apps/scale", name="web"),
        request("get", "deployments.extensions/scale", name="web"),
        request("get", "replicasets.apps/scale", name="web"),
        request("get", "deployments.apps/status", name="web"),
        request("get", "deployments.apps/scale", name="api"),
    ):
        assert not rule_allows(written, other), other


def test_the_namespace_does_not_matter_to_a_rule() -> None:
    """Bindings have namespaces, rules do not."""
    assert rule_allows(rule("get", "pods"), request("get", "pods", namespace="team-a"))


def test_any_name_ignores_only_the_names() -> None:
    """A rule with names allows the request for some name if everything else matches."""
    written = rule("get", "secrets", names=["a"])

    assert rule_allows_any_name(written, request("get", "secrets"))
    assert not rule_allows_any_name(written, request("list", "secrets"))
    assert not rule_allows_any_name(written, request("get", "configmaps"))
    assert not rule_allows_any_name(written, request("get", "secrets.apps"))


def test_a_combined_resource_has_a_slash_only_with_a_subresource() -> None:
    """Rules spell a resource as `pods` and its subresource as `pods/log`."""
    assert "pods" == request("get", "pods").combined_resource
    assert "pods/log" == request("get", "pods/log").combined_resource
