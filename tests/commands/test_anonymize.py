"""`snapshot --anonymize`: the same cluster without its names."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.commands.snapshot.names import kept_names
from kubectl_kfaccess.commands.snapshot.tokens import Tokens, dashed
from kubectl_kfaccess.kubeflow.tenants.contributors import kfam_name
from kubectl_kfaccess.kubeflow.tenants.registration import proposed_names
from tests.running import run
from tests.schemas import errors, validator

OWN = (
    "alice", "audrey", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "kim", "nina", "team-a",
    "team-b", "team-c", "ml-team", "platform-admins", "example.com", "example-com", "example-project",
)  # fmt: skip
"""Names of the demo, and parts of them, in lower case."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a snapshot of the demo, and one without names."""
    folder = tmp_path_factory.mktemp("anonymize")
    named, nameless = folder / "named.json", folder / "nameless.json"
    assert 0 == run("snapshot", str(named), "--demo").status
    assert 0 == run("snapshot", str(nameless), "--demo", "--anonymize").status
    return named, nameless


def test_no_name_of_the_cluster_is_left(files: tuple[Path, Path]) -> None:
    """Neither by itself nor inside other names, whatever the case."""
    text = files[1].read_text().lower()

    assert [] == [name for name in OWN if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text)]
    assert all(re.search(rf"(?<![a-z0-9]){re.escape(name)}", files[0].read_text().lower()) for name in OWN)
    assert [] == errors(validator("Snapshot"), json.loads(text := files[1].read_text())), text[:100]


def test_the_tokens_are_the_same_again(files: tuple[Path, Path], tmp_path: Path) -> None:
    """They depend on the names alone; a snapshot can be anonymized later."""
    later = tmp_path / "later.json"
    run("snapshot", str(later), "-f", str(files[0]), "--anonymize")
    now, then = (json.loads(file.read_text()) for file in (files[1], later))

    assert {**now, "time": ""} == {**then, "time": ""}
    assert now["anonymized"] is True
    assert not {"uid", "context"} & now["cluster"].keys()


def shape(document: dict[str, Any]) -> Counter[str]:
    """Return how often each verdict, finding and relation occurs."""
    words: Counter[str] = Counter()

    def count(data: Any, key: str) -> None:
        if isinstance(data, dict):
            for name, entry in data.items():
                words[f"{key}.{name}"] += 1
                count(entry, name)
        elif isinstance(data, list):
            words[f"{key}: {len(data)}"] += 1
            for entry in data:
                count(entry, key)
        elif (
            key
            in (
                "decision",
                "relation",
                "id",
                "severity",
                "level",
                "as",
                "reach",
                "count",
                "status",
                "kind",
            )
            or isinstance(data, bool)
            or data is None
        ):
            words[f"{key}={data}"] += 1

    count(document["items"], "items")
    count(document.get("findings", []), "findings")
    return words


@pytest.mark.parametrize(
    "question",
    [
        "who-can create inferenceservices -A",
        "who-can get,list secrets -A",
        "who-can create rolebindings -A",
        "check",
        "profiles",
        "aggregation",
        "access",
        "access SUBJECT -A -a",
        "explain SUBJECT create pods -n PLACE",
    ],
    ids=lambda question: str(question).split()[0],
)
def test_the_answers_have_the_same_shape(files: tuple[Path, Path], question: str) -> None:
    """Counts, verdicts and findings are those of the cluster."""
    user, place = token_of(files, "alice@example.com"), token_of(files, "team-a")
    named = question.replace("SUBJECT", "alice@example.com").replace("PLACE", "team-a")
    nameless = question.replace("SUBJECT", user).replace("PLACE", place)
    live = run(*named.split(), "-f", str(files[0]), "-o", "json")
    other = run(*nameless.split(), "-f", str(files[1]), "-o", "json")

    assert live.status == other.status
    assert shape(live.json) == shape(other.json)


def token_of(files: tuple[Path, Path], name: str) -> str:
    """Return the token of an owner or a namespace: the profiles are in the same order."""
    pairs: dict[str, str] = {}
    documents = [json.loads(file.read_text())["objects"]["profiles"] for file in files]
    for named, nameless in zip(*documents, strict=True):
        pairs[named["metadata"]["name"]] = nameless["metadata"]["name"]
        pairs[named["spec"]["owner"]["name"]] = nameless["spec"]["owner"]["name"]
    return pairs[name]


def test_names_of_kubernetes_and_kubeflow_stay(files: tuple[Path, Path]) -> None:
    """Everybody who reads the answer knows them."""
    objects = json.loads(files[1].read_text())["objects"]
    roles = {each["metadata"]["name"] for each in objects["clusterroles"]}
    places = {each["metadata"]["name"] for each in objects["namespaces"]}
    accounts = {each["metadata"]["name"] for each in objects["serviceaccounts"]}

    assert {"kubeflow-edit", "kubeflow-admin", "cluster-admin", "system:node"} <= roles
    assert {"kubeflow"} <= places
    assert {"default-editor", "default-viewer"} <= accounts


NAMES = (
    "alice@example.com", "Alice@Example.com", "bob@example.com", "a.b@example.com", "a-b@example.com",
    "/keycloak/team", "team-a", "team-b", "Team-B", "alice", "alice-example-com", "oidc:carol@corp.io", "zed",
)  # fmt: skip


def test_tokens_sort_as_the_names() -> None:
    """Addresses among addresses, and other names among each other."""
    tokens = Tokens(NAMES, kept_names())
    addresses = sorted(name for name in NAMES if "@" in name and name[0].islower())
    plain = sorted(name for name in NAMES if "@" not in name and name[0].isalnum())

    assert sorted(map(tokens.of, addresses)) == [*map(tokens.of, addresses)]
    assert sorted(map(tokens.of, plain)) == [*map(tokens.of, plain)]
    assert len(NAMES) == len({*map(tokens.of, NAMES)})


@pytest.mark.parametrize(
    ("first", "second"),
    [("alice@example.com", "Alice@Example.com"), ("team-b", "Team-B")],
    ids=["address", "group"],
)
def test_names_that_differ_in_case_alone_still_do(first: str, second: str) -> None:
    """Findings speak of such pairs."""
    tokens = Tokens(NAMES, kept_names())

    assert tokens.of(first) != tokens.of(second)
    assert tokens.of(first) == tokens.of(second).lower()


def test_what_is_made_of_a_name_is_made_of_its_token() -> None:
    """KFAM and the registration page make names of users, and different users can get the same one."""
    tokens = Tokens(NAMES, kept_names())
    first, second = tokens.of("a.b@example.com"), tokens.of("a-b@example.com")

    assert kfam_name("User", first, "edit") == kfam_name("User", second, "edit")
    assert proposed_names(tokens.of("alice@example.com"))[0] == tokens.of("alice")
    assert dashed(tokens.of("alice@example.com")) in proposed_names(tokens.of("alice@example.com"))


@pytest.mark.parametrize("seed", range(5))
def test_different_names_have_different_tokens(seed: int) -> None:
    """Whatever their case and punctuation."""
    chosen = random.Random(seed)  # no secret
    names = {"".join(chosen.choices("aAbB.-_@/", k=chosen.randint(1, 6))) for _ in range(300)}
    names = {name for name in names if re.search("[aAbB]", name)}
    tokens = Tokens(names, kept_names())

    assert len(names) == len({*map(tokens.of, names)})


# One own name in each place that can have one, as words that nothing of Kubernetes contains
USER, TWIN, GROUP, PLACE, ACCOUNT = (
    "zoe.quark@lab.example", "Zoe.Quark@lab.example", "Zeta-Admins", "zeta-lab", "qbot",
)  # fmt: skip
OWN_WORDS = ("zoe", "quark", "lab.example", "lab-example", "zeta-lab", "zeta-admins", "qbot", "omega-project")
RBAC = "rbac.authorization.k8s.io"


def metadata(name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    """Return metadata; a namespace only where there is one."""
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def bound(name: str, role: str, *subjects: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return a RoleBinding of a ClusterRole in the own namespace."""
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": role}
    return {"metadata": metadata(name, PLACE, **more), "roleRef": ref, "subjects": [*subjects]}


def hidden_names() -> dict[str, list[dict[str, Any]]]:
    """Return objects, by resource, that have own names in names, annotations, labels, rules and policies."""
    person, twin = ({"kind": "User", "name": name} for name in (USER, TWIN))
    robot = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": PLACE}
    as_user = {"kind": "User", "name": f"system:serviceaccount:{PLACE}:{ACCOUNT}"}
    accounts = {"kind": "Group", "name": f"system:serviceaccounts:{PLACE}"}
    applied = json.dumps({"metadata": {"name": f"{PLACE}-reader"}, "subjects": [person]})
    cloud = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/omega-project-zeta-lab"}
    when = {"key": "request.headers[kubeflow-userid]", "values": [USER]}
    principal = {"source": {"principals": [f"cluster.local/ns/{PLACE}/sa/{ACCOUNT}"]}}
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"],
            "resourceNames": [f"{PLACE}-token", dashed(USER)]}  # fmt: skip
    contributor = kfam_name("User", USER, "edit")
    return {
        "namespaces": [{"metadata": metadata(PLACE, labels={"owner": USER}, annotations={"owner": USER})}],
        "profiles": [{"metadata": metadata(PLACE), "spec": {"owner": twin}}],
        "serviceaccounts": [{"metadata": metadata(ACCOUNT, PLACE, annotations=cloud)}],
        "clusterroles": [{"metadata": metadata(f"{PLACE}-reader"), "rules": [rule]}],
        "rolebindings": [
            bound(contributor, "kubeflow-edit", person, annotations={"user": USER, "role": "edit"}),
            bound(f"{GROUP}-in-{PLACE}", "kubeflow-view", {"kind": "Group", "name": GROUP}),
            bound("robots", f"{PLACE}-reader", robot, as_user, accounts,
                  annotations={"kubectl.kubernetes.io/last-applied-configuration": applied}),
        ],
        "authorizationpolicies": [
            {"metadata": metadata(contributor, PLACE, annotations={"user": USER, "role": "edit"}),
             "spec": {"rules": [{"from": [principal], "when": [when]}]}},
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def hidden(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a snapshot with own names in all places, and one without names."""
    folder = tmp_path_factory.mktemp("hidden")
    document = json.loads(files[0].read_text())
    for resource, objects in hidden_names().items():
        document["objects"][resource] += objects
    reason = f'forbidden: User "{USER}" cannot get path "/apis"'
    document["notes"].append({"text": f"discovery is refused, so names are Kubernetes' own: {reason}"})
    named, nameless = folder / "named.json", folder / "nameless.json"
    named.write_text(json.dumps(document))
    assert 0 == run("snapshot", str(nameless), "-f", str(named), "--anonymize").status
    return named, nameless


def test_no_name_is_left_inside_other_names(hidden: tuple[Path, Path]) -> None:
    """Bindings of KFAM, labels, annotations, names in rules, principals, applied manifests, notes."""
    named, nameless = (file.read_text().lower() for file in hidden)

    assert [] == [word for word in OWN_WORDS if word not in named]
    assert [] == [word for word in OWN_WORDS if word in nameless]


def test_the_same_names_have_the_same_tokens_in_two_snapshots(
    hidden: tuple[Path, Path], tmp_path: Path
) -> None:
    """Also through a file that was compressed in between."""
    packed, again = tmp_path / "packed.json.gz", tmp_path / "again.json"
    run("snapshot", str(packed), "-f", str(hidden[0]))
    run("snapshot", str(again), "-f", str(packed), "--anonymize")
    first, second = (json.loads(file.read_text()) for file in (hidden[1], again))

    assert {**first, "time": ""} == {**second, "time": ""}


def test_a_pair_that_differs_in_case_is_still_one(hidden: tuple[Path, Path]) -> None:
    """The owner of the profile logs in with another spelling, which is a finding."""
    for file in hidden:
        answer = run("profiles", "-f", str(file), "-o", "json").json
        spellings = [finding for finding in all_findings(answer) if finding["id"] == "profile-owner-spelling"]
        objects = json.loads(file.read_text())["objects"]
        owners = {each["spec"]["owner"]["name"] for each in objects["profiles"]}
        bound_to = {who["name"] for each in objects["rolebindings"] for who in each.get("subjects", ())}
        pairs = {(owner, name) for owner in owners for name in bound_to if is_pair(owner, name)}

        assert 1 == len(pairs), file
        assert 1 == len(spellings), file


def is_pair(owner: str, name: str) -> bool:
    """Whether two names differ in case alone."""
    return owner != name and owner.lower() == name.lower()


def all_findings(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the findings of an answer, wherever they are."""
    return [
        *answer.get("findings", ()),
        *(each for item in answer["items"] for each in item.get("findings", ())),
    ]


@pytest.mark.parametrize(
    "question",
    [
        "profiles",
        "check",
        "aggregation",
        "who-can get secrets -A",
        "who-can create inferenceservices -A",
        "access",
    ],
)
def test_answers_about_hidden_names_have_the_same_shape(hidden: tuple[Path, Path], question: str) -> None:
    """Verdicts, relations, findings and their number."""
    live, other = (run(*question.split(), "-f", str(file), "-o", "json") for file in hidden)

    assert live.status == other.status
    assert shape(live.json) == shape(other.json)
