"""The inventory of a profile: its owner, its members, and the cloud identities of its accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.planes.mesh.settings import mesh_settings
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header, admitted, user_header
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, Tenant
from kubectl_kfaccess.kubeflow.tenants.service_counts import member_counts
from kubectl_kfaccess.kubeflow.tenants.user_spelling import SimilarUsers, spelling_oddity
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
GOOGLE = "accounts.google.com:"  # the prefix that Google's proxy adds to every name


def tenant(known: Snapshot, name: str = "team-a") -> Tenant:
    """Return one profile."""
    return ProfileIndex(known).tenant(name)


def members_by_relation(known: Snapshot) -> dict[str, list[str]]:
    """Return the members of each relation, in order."""
    by_relation: dict[str, list[str]] = {}
    for member in tenant(known).members:
        by_relation.setdefault(member.relation.value, []).append(spelled(member.subject))
    return by_relation


def decoded(text: str) -> Profile:
    """Return a Profile as it is decoded from the API server's answer."""
    return msgspec.convert(yaml.safe_load(text), Profile)


OWN = ["sa:team-a/default-editor", "sa:team-a/default-viewer"]


def test_members_are_sorted_by_relation() -> None:
    """The owner is first, then contributors by the power of their role, then all others."""
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

    by_relation = members_by_relation(known)

    assert [
        ("owner", [f"user:{ALICE}"]),
        ("contributor", ["user:adam@example.com", "user:eve@example.com", "user:vera@example.com"]),
        ("group", ["group:ml"]),
        ("foreign", ["sa:team-b/default-editor"]),
        ("other", ["sa:kubeflow/ml-pipeline", "user:kim@example.com", "user:nina@example.com"]),
        ("own account", OWN),
    ] == [(word, sorted(who) if word == "other" else who) for word, who in by_relation.items()]


@pytest.mark.parametrize(
    ("known", "owner", "origin"),
    [
        pytest.param(world(), f"user:{ALICE}", "Profile", id="named by the Profile"),
        pytest.param(
            world(owner="sa:ci"),
            "sa:team-a/ci",
            "Profile",
            id="an account without a namespace is in this one",
        ),
        pytest.param(
            world(owner="sa:ops/ci"), "sa:ops/ci", "Profile", id="an account from another namespace"
        ),
        pytest.param(world(owner="group:ml"), "group:ml", "Profile", id="a group"),
        pytest.param(
            world(owner="user:system:serviceaccount:ops:ci"),
            "sa:ops/ci",
            "Profile",
            id="a user name of an account",
        ),
        pytest.param(world(without=("profile",)), f"user:{ALICE}", "Namespace", id="named by the namespace"),
        pytest.param(
            world(without=("profile",), owner="group:ml"),
            "group:ml",
            "Namespace",
            id="the binding knows the kind",
        ),
        pytest.param(
            world(without=("profile", "namespace")),
            f"user:{ALICE}",
            "RoleBinding",
            id="named only by the binding",
        ),
        pytest.param(
            world(profile("team-a", "user:")),
            f"user:{ALICE}",
            "Namespace",
            id="a Profile without an owner's name",
        ),
    ],
)
def test_the_owner_comes_from_the_best_source(known: Snapshot, owner: str, origin: str) -> None:
    """That is the Profile, or else an object that was created from it."""
    team = tenant(known)

    assert team.owner is not None
    assert (owner, origin) == (spelled(team.owner), team.owner_from)


def test_an_unnamed_owner_is_none() -> None:
    """The namespace only has the label of profiles."""
    labelled = tenant(snapshot(namespace("team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile"})))

    assert (None, "", ()) == (labelled.owner, labelled.owner_from, labelled.members)


def test_a_role_in_a_namespace_is_not_the_dashboards() -> None:
    """Its name does not matter."""
    known = world(role_binding("team-a", "b", "Role/kubeflow-edit", "user:dave"))

    assert ["user:dave"] == members_by_relation(known)["other"]


def test_a_members_policy_has_the_bindings_name() -> None:
    """The owner's policy is the controller's. Other policies that admit the user do not count."""
    known = world(*contributor(DAVE), admitting("team-a/by-hand", DAVE, ALICE))

    policies = {member.subject.name: member.policy for member in tenant(known).members}

    assert "user-dave-example-com-clusterrole-edit" == policies[DAVE]
    assert "ns-owner-access-istio" == policies[ALICE]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(
            world(role_binding("team-a", "b", "kubeflow-edit", "sa:server"), admitting("team-a/p", "server")),
            id="an account, which KFAM's policies name without its namespace",
        ),
        pytest.param(
            world(
                role_binding("team-a", "b", "kubeflow-edit", "sa:server"),
                admitting("team-a/p", "system:serviceaccount:team-a:server"),
            ),
            id="an account by its user name",
        ),
        pytest.param(world(without=("owner's binding",)), id="an owner without a binding"),
        pytest.param(
            world(profile("team-a", "sa:ops/ci"), admitting("team-a/p", "ci")),
            id="an account that owns the profile",
        ),
    ],
)
def test_users_of_policies_are_not_listed_twice(known: Snapshot) -> None:
    """A policy that names a member adds no second member."""
    policies_alone = [member for member in tenant(known).members if member.relation.value == "other"]

    assert [] == policies_alone


def test_a_value_without_the_prefix_admits_nobody() -> None:
    """The gateway adds the prefix to every name."""
    by_hand = admitting("team-a/by-hand", DAVE, header=EMAIL)

    assert () == admitted(by_hand, Header(EMAIL, GOOGLE))
    assert (DAVE,) == admitted(by_hand, Header(EMAIL))


def test_an_owner_who_is_not_bound_is_listed_without_a_binding() -> None:
    """The dashboard lists the subject of the owner's binding too, but they are not the owner."""
    handed_over = tenant(world(profile("team-a", "user:nora@example.com")))

    assert [
        ("user:nora@example.com", "owner", None, False),
        ("user:alice@example.com", "contributor", "namespaceAdmin", True),
    ] == [
        (
            spelled(member.subject),
            member.relation.value,
            member.binding and member.binding.name,
            member.kubectl,
        )
        for member in handed_over.members
        if member.subject.kind == "User"
    ]


@pytest.mark.parametrize(
    ("ref", "who", "kubectl", "kubeflow"),
    [
        pytest.param("kubeflow-edit", "user:dave", True, True, id="a user"),
        pytest.param("kubeflow-edit", "sa:server", True, True, id="an account"),
        pytest.param("kubeflow-edit", "group:ml", True, False, id="a group"),
        pytest.param("gone", "user:dave", False, False, id="a missing role"),
    ],
)
def test_a_grant_counts_where_the_subject_is_known(ref: str, who: str, kubectl: bool, kubeflow: bool) -> None:
    """Kubeflow's own services check the user's name and do not know groups."""
    bound = tenant(world(role_binding("team-a", "b", ref, who)))

    (member,) = (
        candidate for candidate in bound.members if candidate.binding and candidate.binding.name == "b"
    )
    assert (kubectl, kubeflow) == (member.kubectl, member_counts(SERVICES, bound, member)["katib-ui"])


def test_a_subject_of_an_unknown_kind_has_no_access() -> None:
    """Kinds are case-sensitive, so `user` is an unknown kind."""
    binding = role_binding("team-a", "b", "kubeflow-edit", "user:dave")
    bound = tenant(world(replace(binding, subjects=(Subject("user", "dave"),))))

    (member,) = (
        candidate for candidate in bound.members if candidate.binding and candidate.binding.name == "b"
    )
    assert ("other", False) == (member.relation.value, member.kubectl)
    assert {False} == set(member_counts(SERVICES, bound, member).values())


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
            id="annotations of every account",
        ),
        pytest.param(
            world(decoded(PLUGINS)),
            [
                ("default-editor", "AWS", "arn:aws:iam::1:role/a", True),
                ("default-editor", "Google Cloud", "a@p.iam.gserviceaccount.com", True),
            ],
            id="plugins, which apply to the editor",
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
            id="a plugin and the annotation that it created",
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
    """An identity in both a plugin and its annotation is listed once."""
    cloud_identities = tenant(known).identities

    assert expected == sorted(
        (identity.account, identity.provider, identity.identity, identity.plugin)
        for identity in cloud_identities
    )


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
def test_unknown_plugins_are_ignored(plugins: str) -> None:
    """The controller ignores them too, and the owner is still known."""
    text = f"metadata: {{name: team-a}}\nspec: {{owner: {{kind: User, name: nora}}, plugins: {plugins}}}\n"
    with_plugins = tenant(world(decoded(text)))

    assert ((), Subject("User", "nora")) == (with_plugins.identities, with_plugins.owner)


def test_an_unbound_account_with_a_cloud_identity_is_listed() -> None:
    """Its pods have that identity without any binding."""
    trainer = annotated(service_account("team-a/trainer"), {"azure.workload.identity/client-id": "1-2-3"})

    assert {"own account": [*OWN, "sa:team-a/trainer"]}.items() <= members_by_relation(world(trainer)).items()
    assert ("1-2-3",) == tenant(world(trainer)).identities_of(Subject("ServiceAccount", "trainer", "team-a"))
    assert () == tenant(world(trainer)).identities_of(Subject("ServiceAccount", "trainer", "team-b"))


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param((), Header(), id="no policies, so Kubeflow's default"),
        pytest.param((admitting("a/ns-owner-access-istio", "al"),), Header(), id="Kubeflow's default"),
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
            id="the header of most policies",
        ),
        pytest.param(
            (admitting("a/user-al", "al", header=EMAIL),), Header(), id="only owners' policies count"
        ),
        pytest.param(
            (annotated(authorization_policy("a/ns-owner-access-istio", {"rules": 5}), user="al"),),
            Header(),
            id="a malformed policy",
        ),
    ],
)
def test_the_header_comes_from_owners_policies(policies: tuple[Any, ...], expected: Header) -> None:
    """The controller writes USERID_HEADER and USERID_PREFIX into every owner's policy."""
    assert expected == user_header(mesh_settings(snapshot(*policies)))


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
def test_a_malformed_policy_admits_nobody_by_name(spec: object) -> None:
    """The rest of the profile is unaffected."""
    odd = authorization_policy("team-a/odd", spec)

    assert () == admitted(odd, Header())
    assert members_by_relation(world()) == members_by_relation(world(odd))


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        pytest.param("request.headers[kubeflow-userid]", "", id="Kubeflow's default header"),
        pytest.param("request.headers[kubeflow-userid]", GOOGLE, id="a prefix"),
        pytest.param(EMAIL, "", id="another header"),
        pytest.param(EMAIL, GOOGLE, id="both, as on Google Cloud"),
        pytest.param(EMAIL.replace("goog", "Goog"), GOOGLE, id="in other letter case, which headers ignore"),
    ],
)
def test_users_are_recognized_by_the_installed_header(key: str, prefix: str) -> None:
    """Users that policies admit by it reach the workloads, and others do not."""
    binding, _ = contributor(DAVE)
    known = world(
        admitting("team-a/ns-owner-access-istio", ALICE, header=key, prefix=prefix),
        admitting("team-a/policy-of-eve", "eve@example.com", header=key, prefix=prefix),
        *(contributor("eve@example.com")[0], binding),
    )
    profiles = ProfileIndex(known)
    team = profiles.tenant("team-a")

    reach = {
        member.subject.name: profiles.reach(team, member)
        for member in team.members
        if "@" in member.subject.name
    }

    policies = {member.subject.name: member.policy for member in team.members if member.policy}

    assert {ALICE: Reach.YES, "eve@example.com": Reach.YES, DAVE: Reach.NO} == reach
    assert {ALICE: "ns-owner-access-istio", "eve@example.com": "policy-of-eve"} == policies


def test_a_policy_about_another_header_admits_nobody() -> None:
    """On this cluster, names come in a different header."""
    known = world(
        admitting("team-a/ns-owner-access-istio", ALICE, header=EMAIL),
        *(contributor(DAVE)[0], admitting("team-a/by-hand", DAVE)),
    )
    (member,) = (candidate for candidate in tenant(known).members if candidate.subject.name == DAVE)

    assert ("", Reach.UNKNOWN) == (member.policy, ProfileIndex(known).reach(tenant(known), member))


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param((gap("rolebindings"),), ("rolebindings",), id="the list of the whole cluster"),
        pytest.param((gap("rolebindings", "team-a"),), ("rolebindings",), id="the list of the profile"),
        pytest.param(
            (gap("rolebindings", "team-b"), gap("clusterroles")), (), id="lists that it does not need"
        ),
    ],
)
def test_a_profile_has_the_gaps_of_its_lists(gaps: tuple[Any, ...], expected: tuple[str, ...]) -> None:
    """Only the lists that the answer needs count."""
    with_gaps = tenant(world(gaps=gaps))

    assert expected == tuple(gap_.resource for gap_ in with_gaps.gaps)
    assert bool(expected) == with_gaps.is_unread("rolebindings")


@pytest.mark.parametrize(
    ("user", "others", "expected"),
    [
        pytest.param("bob@x.org", (), "", id="an address in lower case"),
        pytest.param("Bob", (), "", id="an id"),
        pytest.param("bob@x.org", ("Bob@x.org",), "", id="the other spelling is the odd one"),
        pytest.param(
            "B@x.org", (), "is spelled `B@x.org`: who logs in as `b@x.org` is refused", id="capitals"
        ),
        pytest.param(
            "Bob", ("bob",), "is spelled `Bob` here, and `bob` elsewhere: these are two users", id="two ids"
        ),
    ],
)
def test_odd_spellings_are_described(user: str, others: tuple[str, ...], expected: str) -> None:
    """They are capital letters in an address, or two spellings of one name."""
    assert expected == spelling_oddity(user, others)


@pytest.mark.parametrize(
    ("user", "other", "alike"),
    [
        pytest.param("a.b@x.org", "a-b@x.org", True, id="a dot and a dash"),
        pytest.param("a.b@x.org", "a_b_x_org", True, id="other signs"),
        pytest.param("a.b@x.org", "a..b@x.org.", True, id="several signs"),
        pytest.param("müller@x.org", "möller@x.org", True, id="letters beyond ASCII"),
        pytest.param("ab@x.org", "a.b@x.org", False, id="no sign"),
        pytest.param("A@x.org", "a@x.org", False, id="other letter case"),
    ],
)
def test_names_are_alike_if_only_signs_differ(user: str, other: str, alike: bool) -> None:
    """KFAM writes a dash for every run of characters that are not letters or digits."""
    assert ({other} if alike else set()) == SimilarUsers([user, other]).alike(user)


def test_an_account_of_a_controllers_namespace_is_not_foreign() -> None:
    """A ClusterRoleBinding, which tenants cannot write, names its well-known account."""
    binding = role_binding("team-a", "spark", "kubeflow-edit", "sa:spark/any")
    known = cluster_role_binding("spark", "kubeflow-view", "sa:spark/spark-operator-controller")

    assert ["sa:spark/any"] == members_by_relation(world(binding))["foreign"]
    assert ["sa:spark/any"] == members_by_relation(world(binding, known))["other"]


def test_a_platforms_account_in_a_profile_is_marked_as_unshipped() -> None:
    """No release binds anything in a profile, whatever the binding is called."""
    binding = role_binding(
        "team-a", "ml-pipeline", "Role/ml-pipeline", "sa:kubeflow/ml-pipeline", "user:dave"
    )

    marks = {
        spelled(m.subject): (m.platform, m.unshipped) for m in tenant(world(binding)).members if m.binding
    }

    assert (False, True) == marks.pop("sa:kubeflow/ml-pipeline")
    assert {(False, False)} == set(marks.values())


def test_what_a_release_ships_comes_last() -> None:
    """In a namespace of the platform, what a release binds comes after what others have added."""
    shipped = role_binding("kubeflow", "ml-pipeline", "Role/ml-pipeline", "sa:kubeflow/ml-pipeline")
    known = snapshot(shipped, role_binding("kubeflow", "mine", "edit", "user:dave", "sa:kubeflow/other"))

    members = tenant(known, "kubeflow").members

    assert [("user:dave", False), ("sa:kubeflow/other", False), ("sa:kubeflow/ml-pipeline", True)] == [
        (spelled(member.subject), member.platform) for member in members
    ]


def test_profiles_of_version_v1beta1_are_read(corpus: Path) -> None:
    """`v1beta1` has the same fields as `v1`."""
    text = (corpus / "profiles-v1.10.yaml").read_text(encoding="utf-8")
    old = text.replace("kubeflow.org/v1\nkind: Profile", "kubeflow.org/v1beta1\nkind: Profile")

    assert text != old
    assert [team.members for team in tenants(text)] == [team.members for team in tenants(old)]
    assert ["alice", "bob", "ml-team", "robot"] == [team.name for team in tenants(old)]


def tenants(text: str) -> list[Tenant]:
    """Return the profiles in a text of YAML documents."""
    fields: dict[str, dict[tuple[str, str], Any]] = {}
    for document in yaml.safe_load_all(text):
        if document:
            kind = BY_KIND[document["apiVersion"].rpartition("/")[0], document["kind"]]
            fields.setdefault(kind.field, {}).update(by_key([msgspec.convert(document, kind.struct)]))
    profiles = ProfileIndex(Snapshot(**fields))  # type: ignore[arg-type]  # fields by name
    return [profiles.tenant(name) for _, name in sorted(profiles.snapshot.profiles)]


def test_unread_roles_are_neither_present_nor_missing() -> None:
    """Files can contain profiles without any roles."""
    without = world(platform=PLATFORM[3:])
    unread = world(gaps=[gap("clusterroles")], platform=PLATFORM[3:])

    for known in (without, unread):
        assert {None} == {member.role_exists for member in tenant(known).members}
    assert {True} == {member.role_exists for member in tenant(world()).members}
