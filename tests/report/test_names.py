"""Names that attack stay text wherever they stand on a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.commands.report.anchors import anchor
from kubectl_kfaccess.terminal.safe_text import shown
from tests.report.reading import Element, read
from tests.robustness.names import PROPER, Object
from tests.robustness.reading_back import unseen
from tests.running import run

API = "rbac.authorization.k8s.io"
MARKUP = (
    *("<script>alert(1)</script>", "</script><script>alert(1)</script>", "</style>", "</title>", "<!--"),
    *("--><img src=x onerror=a()>", '" onmouseover="a()', "' onfocus='a()", "javascript:a()", "]]>"),
    *("{{ 7 * 7 }}", "{% raw %}", "&lt;b&gt;", "&#60;b&#62;", "\u2028</script>", "#findings", "%3Cb%3E"),
    "</svg><script>",
)
NAMES = tuple(dict.fromkeys((*PROPER, *MARKUP)))
TAGS = frozenset(
    (
        *("html", "head", "meta", "title", "style", "script", "body", "header", "nav", "search", "main"),
        *("section", "article", "footer", "h1", "h2", "h3", "h4", "p", "a", "b", "bdi", "br", "code", "pre"),
        *("small", "span", "ul", "ol", "li", "dl", "dt", "dd", "div", "details", "summary", "input"),
        *("button", "time", "noscript", "table", "thead", "tbody", "tr", "th", "td"),
        *("svg", "path", "rect", "circle", "text", "tspan"),
    )
)


def binding(namespace: str, name: str, role: str, *subjects: Object) -> Object:
    """Return a RoleBinding that the dashboard shows."""
    return {
        "apiVersion": f"{API}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace, "annotations": {"user": name, "role": "edit"}},
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": role},
        "subjects": list(subjects),
    }


def subject(kind: str, name: str) -> Object:
    """Return a subject of a binding."""
    return {"kind": kind, "name": name, **({} if kind == "ServiceAccount" else {"apiGroup": API})}


def profile(name: str, owner: str) -> Iterator[Object]:
    """Yield a profile, its namespace and its owner's binding."""
    yield {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Profile",
        "metadata": {"name": name},
        "spec": {"owner": {"kind": "User", "name": owner}},
    }
    labels = {"app.kubernetes.io/part-of": "kubeflow-profile"}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    yield binding(name, "namespaceAdmin", "kubeflow-admin", subject("User", owner))


def objects(names: tuple[str, ...]) -> Iterator[Object]:
    """Yield profiles, owners, members, accounts, roles and bindings with hostile names."""
    for name in names:
        rules = [{"apiGroups": [name], "resources": [name], "verbs": [name], "resourceNames": [name]}]
        labels = {"rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit": "true"}
        meta = {
            "name": name,
            "labels": labels,
            "annotations": {"argocd.argoproj.io/tracking-id": f"{name}:x:y"},
        }
        yield {"apiVersion": f"{API}/v1", "kind": "ClusterRole", "metadata": meta, "rules": rules}
        yield from profile(name, name)
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": name}}
        people = [subject(kind, name) for kind in ("User", "Group", "ServiceAccount")]
        yield binding(name, name, name, *people)
    foreign = [{"kind": "ServiceAccount", "name": name, "namespace": name} for name in names[:40]]
    yield binding(names[-1], "foreign", "kubeflow-edit", *foreign)
    yield {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "kubeflow-edit"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels}]},
    }


def stored(each: Object) -> Object:
    """Return the object as a server gives it, so that it counts whatever a server of today refuses."""
    if "aggregationRule" in each:
        return each
    return {**each, "metadata": {**each["metadata"], "resourceVersion": "1"}}


def page_about(folder: Path, names: tuple[str, ...], more: int = 0) -> str:
    """Return the page about profiles with *names*, and *more* others."""
    plain = (each for number in range(more) for each in profile(f"plain-{number}", f"owner-{number}"))
    items = [stored(each) for each in (*objects(names), *plain)]
    (folder / "objects.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    answer = run("report", "-f", "objects.json", cwd=folder)
    assert answer.status in (0, 3), answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a page with all hostile names."""
    return page_about(tmp_path_factory.mktemp("names"), NAMES[:150] + MARKUP)


@pytest.fixture(scope="module")
def whole(text: str) -> Element:
    """Return the page read back."""
    return read(text)


def test_no_name_becomes_an_element_or_an_attribute(whole: Element) -> None:
    """The page has the elements and attributes of its template alone."""
    elements = list(whole.all())

    assert set() == {each.name for each in elements} - TAGS
    keys = {key for each in elements for key in each.attributes}
    assert [] == [key for key in keys if key.startswith("on") or key in ("src", "style", "formaction")]
    assert {"#"} == {each.attributes["href"][:1] for each in elements if "href" in each.attributes}


def test_names_can_be_read(whole: Element) -> None:
    """Each as every other format shows it, in the parts of profiles, people, accounts and roles."""
    for kind, section in (("profile", "profiles"), ("person", "people"), ("account", "accounts")):
        parts = list(whole.by_id(section).all("details", data_part=kind))
        titles = [next(part.all("h3")).text for part in parts]
        assert len(titles) == len(set(titles))
        if kind == "profile":
            assert {shown(name) for name in NAMES[:150] + MARKUP} == set(titles)


def test_nothing_hides(text: str) -> None:
    """No character steers, hides, or turns the text around."""
    assert [] == unseen(text)


def test_scripts_and_styles_are_ours_alone(whole: Element, tmp_path: Path) -> None:
    """They are the same as on a page about plain names."""
    plain = read(page_about(tmp_path, ("plain",)))

    for name in ("script", "style"):
        assert [each.text for each in plain.all(name)] == [each.text for each in whole.all(name)]


def test_every_link_leads_somewhere(whole: Element) -> None:
    """However the names are written in it."""
    ids = [each.attributes["id"] for each in whole.all() if "id" in each.attributes]

    assert len(ids) == len(set(ids))
    links = {each.attributes["href"][1:] for each in whole.all("a")}
    assert [] == [link for link in links if not re.fullmatch(r"[A-Za-z0-9._@+~/-]+", link)]
    assert set() == links - set(ids)


def test_commands_have_no_name_that_a_shell_reads(whole: Element) -> None:
    """A name that is not one word is in no command to copy."""
    commands = [line for block in whole.all("pre") for line in block.text.splitlines()]

    assert len(commands) > 5
    assert [] == [line for line in commands if not re.fullmatch(r"kubectl [A-Za-z0-9 ._:@+/-]+", line)]


def test_the_block_of_many_profiles_is_data(tmp_path: Path) -> None:
    """Nothing in it ends the element, and it can be read back."""
    text = page_about(tmp_path, MARKUP, more=200)

    block = read(text).by_id("data").text
    data: dict[str, Any] = json.loads(block)
    assert None is re.search("[<>&\u2028\u2029]", block)
    assert {shown(name) for name in MARKUP} <= {name for _, name, _, _ in data["profiles"]}
    assert 200 + len(MARKUP) == len(data["profiles"])


def test_anchors_differ() -> None:
    """Different names have different anchors, also if one name contains the other's separator."""
    pairs = [(name, other) for name in NAMES for other in ("a", "a/b", "")]

    assert len(pairs) == len({anchor("account", *pair) for pair in pairs})
