"""The inventory of a profile: whose it is, who has access, and what its accounts are elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh import Reach
from kubectl_kfaccess.kubeflow.planes.mesh_user_header import Header, admitted, header
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, Tenant
from kubectl_kfaccess.kubeflow.tenants.user_spelling import Namesakes, misspelled
from kubectl_kfaccess.rbac.model import Profile, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot, by_key
from kubectl_kfaccess.sources.kinds import BY_KIND
from tests.builders import (
    authorization_policy,
    cluster_role_binding,
    gap,
    namespace,
    profile,
    role_binding,
    service_account,
    snapshot,
    spelled,
)
from tests.kubeflow.tenants.profile_objects import (
    PLATFORM,
    admitting,
    annotated,
    contributor,
    world,
)

ALICE, DAVE = "alice@example.com", "dave@example.com"
EMAIL = "request.headers[x-goog-authenticated-user-email]"
GOOGLE = "accounts.google.com:"  # what Google's proxy writes before every name


def tenant(known: Snapshot, name: str = "team-a") -> Tenant:
    """One profile."""
    return ProfileIndex(known).tenant(name)


def kinds(known: Snapshot) -> dict[str, list[str]]:
    """Whom each kind of member means, in their order."""
    found: dict[str, list[str]] = {}
    for member in tenant(known).members:
        found.setdefault(member.kind.value, []).append(spelled(member.subject))
    return found


def decoded(text: str) -> Profile:
    """A Profile as the API server hands it out."""
    return msgspec.convert(yaml.safe_load(text), Profile)


OWN = ["sa:team-a/default-editor", "sa:team-a/default-viewer"]


def test_members_are_sorted_by_what_they_are() -> None:
    """The owner first, contributors by their power, then everybody else, the profile's own accounts later."""
    known = world(
        *contributor("vera@example.com", "view"),
        *contributor("eve@example.com"),
        *contributor("adam@example.com", "admin"),
        role_binding("team-a", "ml", "kubeflow-edit", "group:ml"),
        role_binding("team-a", "kim", "edit", "user:kim@example.com"),
        role_binding("team-a", "strangers", "kubeflow-edit", "sa:team-b/default-editor"),
        role_binding("team-a", "pipelines", "kubeflow-edit", "sa:kubeflow/ml-pipeline"),
        admitting("team-a/left", "nina@example.com"),
    )

    assert [
        ("owner", [f"user:{ALICE}"]),
        ("contributor", ["user:adam@example.com", "user:eve@example.com", "user:vera@example.com"]),
        ("group", ["group:ml"]),
        ("other", ["sa:team-b/default-editor", "user:kim@example.com", "user:nina@example.com"]),
        ("account", OWN),
        ("platform", ["sa:kubeflow/ml-pipeline"]),
    ] == [(kind, sorted(who) if kind == "other" else who) for kind, who in kinds(known).items()]


@pytest.mark.parametrize(
    ("known", "owner", "origin"),
    [
        pytest.param(world(), f"user:{ALICE}", "Profile", id="the Profile says it"),
        pytest.param(
            world(owner="sa:ci"), "sa:team-a/ci", "Profile", id="an account of no namespace: of this"
        ),
        pytest.param(world(owner="sa:ops/ci"), "sa:ops/ci", "Profile", id="an account of another namespace"),
        pytest.param(world(owner="group:ml"), "group:ml", "Profile", id="a group"),
        pytest.param(
            world(owner="user:system:serviceaccount:ops:ci"),
            "sa:ops/ci",
            "Profile",
            id="a user who is an account",
        ),
        pytest.param(world(without=("profile",)), f"user:{ALICE}", "Namespace", id="the namespace says it"),
        pytest.param(
            world(without=("profile",), owner="group:ml"),
            "group:ml",
            "Namespace",
            id="and the binding of what kind",
        ),
        pytest.param(
            world(without=("profile", "namespace")),
            f"user:{ALICE}",
            "RoleBinding",
            id="the binding alone says it",
        ),
        pytest.param(
            world(profile("team-a", "user:")), f"user:{ALICE}", "Namespace", id="a Profile that names nobody"
        ),
    ],
)
def test_the_owner_is_whom_the_nearest_object_names(known: Snapshot, owner: str, origin: str) -> None:
    """The Profile, else what was made from it."""
    found = tenant(known)

    assert found.owner is not None
    assert (owner, origin) == (spelled(found.owner), found.owner_from)


def test_of_an_owner_whom_nothing_names_nothing_is_said() -> None:
    """A namespace that is labelled, and no more."""
    found = tenant(snapshot(namespace("team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile"})))

    assert (None, "", ()) == (found.owner, found.owner_from, found.members)


def test_a_role_of_a_namespace_is_none_of_the_dashboards() -> None:
    """Whatever it is called."""
    known = world(role_binding("team-a", "b", "Role/kubeflow-edit", "user:dave"))

    assert ["user:dave"] == kinds(known)["other"]


def test_the_policy_of_a_binding_is_the_one_of_its_name_and_the_owners_is_the_owners() -> None:
    """Though others let the user in as well."""
    known = world(*contributor(DAVE), admitting("team-a/by-hand", DAVE, ALICE))

    policies = {one.subject.name: one.policy for one in tenant(known).members}

    assert "user-dave-example-com-clusterrole-edit" == policies[DAVE]
    assert "ns-owner-access-istio" == policies[ALICE]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(
            world(role_binding("team-a", "b", "kubeflow-edit", "sa:server"), admitting("team-a/p", "server")),
            id="an account, whom KFAM's policies name without its namespace",
        ),
        pytest.param(
            world(
                role_binding("team-a", "b", "kubeflow-edit", "sa:server"),
                admitting("team-a/p", "system:serviceaccount:team-a:server"),
            ),
            id="an account by its user's name",
        ),
        pytest.param(world(without=("owner's binding",)), id="an owner whom nothing binds"),
        pytest.param(
            world(profile("team-a", "sa:ops/ci"), admitting("team-a/p", "ci")), id="such an account"
        ),
    ],
)
def test_whom_a_policy_names_is_one_of_those_who_are_there(known: Snapshot) -> None:
    """Nobody is listed twice."""
    policies_alone = [one for one in tenant(known).members if one.kind.value == "other"]

    assert [] == policies_alone


def test_a_value_without_the_prefix_lets_nobody_in() -> None:
    """No name comes without it."""
    by_hand = admitting("team-a/by-hand", DAVE, header=EMAIL)

    assert () == admitted(by_hand, Header(EMAIL, GOOGLE))
    assert (DAVE,) == admitted(by_hand, Header(EMAIL))


def test_an_owner_who_is_not_bound_is_listed_without_a_binding() -> None:
    """And the one who is bound instead is listed as well."""
    found = tenant(world(profile("team-a", "user:nora@example.com")))

    assert [("user:alice@example.com", "namespaceAdmin", True), ("user:nora@example.com", None, False)] == [
        (spelled(one.subject), one.binding.name if one.binding else None, one.kubectl)
        for one in found.members
        if one.kind.value == "owner"
    ]


@pytest.mark.parametrize(
    ("ref", "who", "kubectl", "kubeflow"),
    [
        pytest.param("kubeflow-edit", "user:dave", True, True, id="a user"),
        pytest.param("kubeflow-edit", "sa:server", True, True, id="an account"),
        pytest.param("kubeflow-edit", "group:ml", True, False, id="a group"),
        pytest.param("gone", "user:dave", False, False, id="a role that is not there"),
    ],
)
def test_a_grant_counts_where_the_subject_is_known(ref: str, who: str, kubectl: bool, kubeflow: bool) -> None:
    """Kubeflow's own services ask about a user's name, and know no groups."""
    found = tenant(world(role_binding("team-a", "b", ref, who)))

    (member,) = (one for one in found.members if one.binding and one.binding.name == "b")
    assert (kubectl, kubeflow) == (member.kubectl, member.kubeflow)


def test_a_subject_of_an_unknown_kind_means_nobody() -> None:
    """Kinds have a case: `user` is none, so such a binding counts nowhere."""
    known = role_binding("team-a", "b", "kubeflow-edit", "user:dave")
    found = tenant(world(replace(known, subjects=(Subject("user", "dave"),))))

    (member,) = (one for one in found.members if one.binding and one.binding.name == "b")
    assert ("other", False, False) == (member.kind.value, member.kubectl, member.kubeflow)


PLUGINS = """
metadata: {name: team-a}
spec:
  owner: {kind: User, name: alice@example.com}
  plugins:
  - kind: AwsIamForServiceAccount
    spec: {awsIamRole: 'arn:aws:iam::1:role/a', annotateOnly: true}
  - kind: WorkloadIdentity
    spec: {gcpServiceAccount: a@p.iam.gserviceaccount.com}
"""


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(
                annotated(
                    service_account("team-a/trainer"),
                    {
                        "azure.workload.identity/client-id": "1-2-3",
                        "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/t",
                        "iam.gke.io/gcp-service-account": "t@p.iam.gserviceaccount.com",
                        "example.com/role": "x",
                    },
                )
            ),
            [
                ("trainer", "AWS", "arn:aws:iam::1:role/t", False),
                ("trainer", "Azure", "1-2-3", False),
                ("trainer", "Google Cloud", "t@p.iam.gserviceaccount.com", False),
            ],
            id="annotations of any account",
        ),
        pytest.param(
            world(decoded(PLUGINS)),
            [
                ("default-editor", "AWS", "arn:aws:iam::1:role/a", True),
                ("default-editor", "Google Cloud", "a@p.iam.gserviceaccount.com", True),
            ],
            id="plugins, which are for the editor",
        ),
        pytest.param(
            world(
                decoded(PLUGINS),
                annotated(
                    service_account("team-a/default-editor"),
                    {"iam.gke.io/gcp-service-account": "a@p.iam.gserviceaccount.com"},
                ),
            ),
            [
                ("default-editor", "AWS", "arn:aws:iam::1:role/a", True),
                ("default-editor", "Google Cloud", "a@p.iam.gserviceaccount.com", False),
            ],
            id="a plugin that has done its work",
        ),
        pytest.param(
            world(annotated(service_account("team-a/trainer"), {"eks.amazonaws.com/role-arn": ""})),
            [],
            id="an empty annotation",
        ),
    ],
)
def test_cloud_identities_come_from_annotations_and_plugins(
    known: Snapshot, expected: list[tuple[str, str, str, bool]]
) -> None:
    """One each: what is told twice, by a plugin and the annotation that it made, is one."""
    found = tenant(known).identities

    assert expected == sorted((one.account, one.provider, one.identity, one.plugin) for one in found)


@pytest.mark.parametrize(
    "plugins",
    [
        "null",
        "5",
        "text",
        "{}",
        "[null]",
        "[5]",
        "[{kind: 5}]",
        "[{kind: WorkloadIdentity}]",
        "[{kind: WorkloadIdentity, spec: 5}]",
        "[{kind: WorkloadIdentity, spec: {gcpServiceAccount: [1]}}]",
        "[{kind: WorkloadIdentity, spec: {gcpServiceAccount: ''}}]",
        "[{kind: Unknown, spec: {awsIamRole: a}}]",
    ],
)
def test_plugins_that_are_not_understood_are_passed_over(plugins: str) -> None:
    """The controller does so too, and whose the profile is stays known."""
    text = f"metadata: {{name: team-a}}\nspec: {{owner: {{kind: User, name: nora}}, plugins: {plugins}}}\n"
    found = tenant(world(decoded(text)))

    assert ((), Subject("User", "nora")) == (found.identities, found.owner)


def test_an_account_with_a_cloud_identity_is_listed_though_nothing_binds_it() -> None:
    """Its pods have that identity all the same."""
    trainer = annotated(service_account("team-a/trainer"), {"azure.workload.identity/client-id": "1-2-3"})

    assert {"account": [*OWN, "sa:team-a/trainer"]}.items() <= kinds(world(trainer)).items()
    assert ("1-2-3",) == tenant(world(trainer)).identities_of(Subject("ServiceAccount", "trainer", "team-a"))
    assert () == tenant(world(trainer)).identities_of(Subject("ServiceAccount", "trainer", "team-b"))


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param((), Header(), id="no policies: Kubeflow's own"),
        pytest.param((admitting("a/ns-owner-access-istio", "al"),), Header(), id="as Kubeflow has it"),
        pytest.param(
            (admitting("a/ns-owner-access-istio", "al", header=EMAIL, prefix=GOOGLE),),
            Header(EMAIL, GOOGLE),
            id="a header and a prefix",
        ),
        pytest.param(
            (
                admitting("a/ns-owner-access-istio", "al", header=EMAIL, prefix="a:"),
                admitting("b/ns-owner-access-istio", "bo", header=EMAIL, prefix=GOOGLE),
                admitting("c/ns-owner-access-istio", "cy", header=EMAIL, prefix=GOOGLE),
            ),
            Header(EMAIL, GOOGLE),
            id="that of the most",
        ),
        pytest.param(
            (admitting("a/user-al", "al", header=EMAIL),), Header(), id="only owners' policies are asked"
        ),
        pytest.param(
            (annotated(authorization_policy("a/ns-owner-access-istio", {"rules": 5}), user="al"),),
            Header(),
            id="a policy that is not understood",
        ),
    ],
)
def test_the_header_is_read_from_what_the_controller_wrote(
    policies: tuple[Any, ...], expected: Header
) -> None:
    """USERID_HEADER and USERID_PREFIX stand in every owner's policy."""
    assert expected == header(snapshot(*policies))


@pytest.mark.parametrize(
    "spec",
    [
        None,
        5,
        "text",
        [],
        {"rules": None},
        {"rules": [None]},
        {"rules": [{"when": [None, 5, {"key": 5}]}]},
        {"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": [5, None]}]}]},
    ],
    ids=str,
)
def test_a_policy_that_is_not_understood_lets_nobody_in_by_name(spec: object) -> None:
    """And breaks nothing: the rest of the profile is told."""
    odd = authorization_policy("team-a/odd", spec)

    assert () == admitted(odd, Header())
    assert kinds(world()) == kinds(world(odd))


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        pytest.param("request.headers[kubeflow-userid]", "", id="Kubeflow's own header"),
        pytest.param("request.headers[kubeflow-userid]", GOOGLE, id="a prefix"),
        pytest.param(EMAIL, "", id="another header"),
        pytest.param(EMAIL, GOOGLE, id="both, as on Google Cloud"),
        pytest.param(EMAIL.replace("goog", "Goog"), GOOGLE, id="in another case, which headers do not have"),
    ],
)
def test_the_mesh_knows_users_by_whatever_header_there_is(key: str, prefix: str) -> None:
    """Who is let in by it reaches the workloads, and who is not does not."""
    binding, _ = contributor(DAVE)
    known = world(
        admitting("team-a/ns-owner-access-istio", ALICE, header=key, prefix=prefix),
        admitting("team-a/policy-of-eve", "eve@example.com", header=key, prefix=prefix),
        *(contributor("eve@example.com")[0], binding),
    )
    profiles = ProfileIndex(known)
    found = profiles.tenant("team-a")

    reach = {one.subject.name: profiles.reach(found, one) for one in found.members if "@" in one.subject.name}

    policies = {one.subject.name: one.policy for one in found.members if one.policy}

    assert {ALICE: Reach.YES, "eve@example.com": Reach.YES, DAVE: Reach.NO} == reach
    assert {ALICE: "ns-owner-access-istio", "eve@example.com": "policy-of-eve"} == policies


def test_a_header_of_another_kind_of_cluster_lets_nobody_in() -> None:
    """Where names come by one header, a policy about the other does not count for them."""
    known = world(
        admitting("team-a/ns-owner-access-istio", ALICE, header=EMAIL),
        *(contributor(DAVE)[0], admitting("team-a/by-hand", DAVE)),
    )
    (member,) = (one for one in tenant(known).members if one.subject.name == DAVE)

    assert ("", Reach.UNKNOWN) == (member.policy, ProfileIndex(known).reach(tenant(known), member))


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param((gap("rolebindings"),), ("rolebindings",), id="the whole cluster's"),
        pytest.param((gap("rolebindings", "team-a"),), ("rolebindings",), id="the profile's"),
        pytest.param((gap("rolebindings", "team-b"), gap("clusterroles")), (), id="what it does not need"),
    ],
)
def test_a_profile_knows_what_of_it_was_not_read(gaps: tuple[Any, ...], expected: tuple[str, ...]) -> None:
    """Only lists that its own answer needs."""
    found = tenant(world(gaps=gaps))

    assert expected == tuple(one.resource for one in found.gaps)
    assert bool(expected) == found.is_unread("rolebindings")


@pytest.mark.parametrize(
    ("user", "others", "expected"),
    [
        pytest.param("bob@x.org", (), "", id="an address in small letters"),
        pytest.param("Bob", (), "", id="an id"),
        pytest.param("bob@x.org", ("Bob@x.org",), "", id="the other one is the odd one"),
        pytest.param(
            "B@x.org", (), "is spelled `B@x.org`: who logs in as `b@x.org` is refused", id="capitals"
        ),
        pytest.param(
            "Bob", ("bob",), "is spelled `Bob` here, and `bob` elsewhere: these are two users", id="two ids"
        ),
    ],
)
def test_what_is_odd_about_a_spelling(user: str, others: tuple[str, ...], expected: str) -> None:
    """Capital letters in an address, or two spellings of one name."""
    assert expected == misspelled(user, others)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param("a.b@x.org", "a-b@x.org", True, id="a dot and a dash"),
        pytest.param("a.b@x.org", "a_b_x_org", True, id="any signs"),
        pytest.param("a.b@x.org", "a..b@x.org.", True, id="more of them"),
        pytest.param("müller@x.org", "möller@x.org", True, id="letters that are not of the alphabet"),
        pytest.param("ab@x.org", "a.b@x.org", False, id="no sign at all"),
        pytest.param("A@x.org", "a@x.org", False, id="another case is another matter"),
    ],
)
def test_names_are_alike_whose_signs_differ(one: str, other: str, alike: bool) -> None:
    """KFAM puts a dash for every run of characters that are neither letters nor digits."""
    assert ({other} if alike else set()) == Namesakes([one, other]).alike(one)


def test_a_controller_that_is_installed_elsewhere_is_the_platforms() -> None:
    """By its well-known account in a ClusterRoleBinding, which no tenant can write."""
    binding = role_binding("team-a", "spark", "kubeflow-edit", "sa:spark/any")
    known = cluster_role_binding("spark", "kubeflow-view", "sa:spark/spark-operator-controller")

    assert "platform" not in kinds(world(binding))
    assert ["sa:spark/any"] == kinds(world(binding, known))["platform"]


def test_profiles_of_the_first_version_are_read_as_well(corpus: Path) -> None:
    """`v1beta1` has the same fields; what is read is the same."""
    text = (corpus / "profiles-v1.10.yaml").read_text(encoding="utf-8")
    old = text.replace("kubeflow.org/v1\nkind: Profile", "kubeflow.org/v1beta1\nkind: Profile")

    assert text != old
    assert [one.members for one in tenants(text)] == [one.members for one in tenants(old)]
    assert ["alice", "bob", "ml-team", "robot"] == [one.name for one in tenants(old)]


def tenants(text: str) -> list[Tenant]:
    """The profiles in a text of YAML documents."""
    fields: dict[str, dict[tuple[str, str], Any]] = {}
    for one in yaml.safe_load_all(text):
        if one:
            kind = BY_KIND[one["apiVersion"].rpartition("/")[0], one["kind"]]
            fields.setdefault(kind.field, {}).update(by_key([msgspec.convert(one, kind.struct)]))
    profiles = ProfileIndex(Snapshot(**fields))  # type: ignore[arg-type]  # fields by name
    return [profiles.tenant(name) for _, name in sorted(profiles.snapshot.profiles)]


def test_roles_that_were_not_read_are_neither_there_nor_missing() -> None:
    """Files may hold profiles and no roles at all."""
    without = world(platform=PLATFORM[3:])
    unread = world(gaps=[gap("clusterroles")], platform=PLATFORM[3:])

    for known in (without, unread):
        assert {None} == {one.role_exists for one in tenant(known).members}
    assert {True} == {one.role_exists for one in tenant(world()).members}
