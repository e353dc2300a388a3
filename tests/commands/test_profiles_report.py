"""The rows and items of `profiles` about what is unknown, missing, or wrong."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

import pytest

from kubectl_kfaccess.commands.profiles import report as profiles_report
from kubectl_kfaccess.commands.profiles.answer import Inventory, ProfileEntry
from kubectl_kfaccess.commands.profiles.arguments import Options
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.findings.registry import profile_findings
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import ClusterWideGrant, bound_people, with_rights
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.output.blocks import Table
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.layout import text_of
from kubectl_kfaccess.output.style import OutputChoice, Style
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.sources.source_choice import SourceChoice
from tests.builders import cluster_role_binding, gap, namespace, profile, role_binding, snapshot
from tests.kubeflow.tenants.profile_objects import PLATFORM, admitting, contributor, world

LABELLED = namespace(
    "team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile", "istio-injection": "enabled"}
)


def report(
    known: Snapshot,
    *,
    profile: str = "",
    form: str = "table",
    grants: tuple[ClusterWideGrant, ...] | None = (),
) -> Response:
    """Return the report about team-a, as one of all profiles or (*profile*) as the only one."""
    index = ProfileIndex(known)
    tenant = index.tenant("team-a")
    entry = ProfileEntry(tenant, profile_findings(ProfileView(index, tenant)))
    scope = ScopeChoice((profile,) if profile else ())
    source, output = SourceChoice(), OutputChoice(form)
    options = Options(scope, fold=True, people="", fail_on="never", accept=(), source=source, output=output)
    inventory = Inventory(index, (entry,), grants)
    return Response(profiles_report.report(inventory, options), known.gaps)


def cluster_wide_table(response: Response) -> Table:
    """Return the table of people with rights in every profile."""
    main = response.report.table
    (table,) = (b for b in response.report.blocks if isinstance(b, Table) and b is not main)
    return table


def row(known: Snapshot, *, profile: str = "") -> dict[str, str]:
    """Return the first row of the table, by header."""
    table = report(known, profile=profile, form="wide").report.table
    assert table
    cells = map(text_of, table.sections()[0].rows[0])
    return dict(zip([column.header for column in table.columns], cells, strict=True))


def member(known: Snapshot, name: str) -> dict[str, Any]:
    """Return the machine data of the member *name*."""
    (item,) = report(known).report.items()
    return next(each for each in item["members"] if each["subject"]["name"] == name)


def test_what_could_not_be_read_is_a_question_mark() -> None:
    """It is not a dash, which would say that there is nobody."""
    nothing = row(snapshot(LABELLED, gaps=[gap("rolebindings")]))
    unread = {"CONTRIBUTORS", "ADMIN", "EDIT", "VIEW", "OTHER", "FINDINGS", "OWNER"}

    assert unread == {header for header, cell in nothing.items() if cell == "?"}
    assert ("-", "") == (row(world())["FINDINGS"], row(world())["CLOUD-IDENTITY"])
    assert "?" == row(world(gaps=[gap("serviceaccounts", "team-a")]))["CLOUD-IDENTITY"]


def test_if_bindings_are_unread_the_owners_access_is_unknown() -> None:
    """People see question marks, and machines get null."""
    known = snapshot(*PLATFORM, profile("team-a", "user:nora"), LABELLED, gaps=[gap("rolebindings")])
    unread = {"ROLE", "BINDING", "DASHBOARD", "KUBECTL", "KUBEFLOW"}

    shown = row(known, profile="team-a")
    owner = member(known, "nora")

    assert unread == {header for header, cell in shown.items() if cell == "?"}
    assert "mesh: no policy there lets it in" == shown["NOTE"]
    assert "unknown" == owner["counts"]["kubectl"]
    assert {"unknown"} == set(owner["counts"]["services"].values())


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(world(), "profile/team-a", id="there is a Profile"),
        pytest.param(world(without=("profile",)), "namespace/team-a", id="there is none"),
        pytest.param(world(without=("profile",), gaps=[gap("profiles")]), "profile/team-a", id="perhaps"),
    ],
)
def test_a_name_is_a_profile_or_a_namespace(known: Snapshot, expected: str) -> None:
    """`kubectl get` takes the name."""
    assert [expected] == list(report(known).report.names())


AUDITORS = cluster_role_binding("auditors", "kubeflow-view", "user:audrey", "group:admins")


def everywhere(known: Snapshot, *, form: str = "wide") -> Response:
    """Return the report about team-a, with the people who have rights in every profile."""
    grants = with_rights(bound_people(known), known, ())
    return report(known, form=form, grants=None if known.gap("clusterrolebindings", "") else grants)


def test_unread_clusterrolebindings_are_shown_as_unknown() -> None:
    """Table and inventory have a row of question marks, and machines get null."""
    known = world(AUDITORS, gaps=[gap("clusterrolebindings")])
    message = "who has rights in every profile is not known: ClusterRoleBindings could not be read"

    table = cluster_wide_table(everywhere(known))
    text = "".join(rendered(everywhere(known, form="csv"), "csv", Style()))

    assert [("?", "?", "?", "?", "?", message)] == [
        tuple(map(text_of, row)) for row in table.sections()[0].rows
    ]
    first, *_ = csv.DictReader(text.splitlines())
    assert ("<all>", "?", "everywhere", message) == tuple(
        first[key] for key in ("PROFILE", "SUBJECT", "AS", "NOTE")
    )
    assert None is everywhere(known).document()["inEveryProfile"]


def answers(grant: Mapping[str, Any]) -> tuple[str, set[str]]:
    """Return kubectl's answer about a grant, and all answers of services."""
    return grant["counts"]["kubectl"], set(grant["counts"]["services"].values())


def test_what_an_unread_role_grants_is_unknown() -> None:
    """The user can have anything; a group has nothing on Kubeflow's plane, whatever the role is."""
    known = world(AUDITORS, gaps=[gap("clusterroles")], platform=PLATFORM[3:])

    admins, audrey = everywhere(known).document()["inEveryProfile"]
    table = cluster_wide_table(everywhere(known))

    assert ("unknown", {"unknown", "no"}) == answers(audrey)
    assert ("unknown", {"no"}) == answers(admins)
    assert "which rules the role has is not known" == audrey["note"]
    assert [("?", "no"), ("?", "?")] == [tuple(map(text_of, row[3:5])) for row in table.sections()[0].rows]


def test_a_contributor_whose_role_is_missing_is_listed_under_other() -> None:
    """The name is in the column OTHER."""
    cells = row(world(*contributor("dave@example.com"), platform=(PLATFORM[0], *PLATFORM[2:])))

    assert ("-", "dave@example.com") == (cells["EDIT"], cells["OTHER"])


def test_without_policies_the_mesh_has_no_answer() -> None:
    """Machines get null, and people see a dash."""
    known = world(platform=PLATFORM[:3], without=("owner's policy",))

    assert None is member(known, "alice@example.com")["mesh"]
    assert "-" == row(known, profile="team-a")["MESH"]
    assert "yes" == member(world(), "alice@example.com")["mesh"]["reach"]


def test_a_policy_is_called_alone_only_if_bindings_were_read() -> None:
    """A user that the mesh lets in may have an unread binding."""
    left = admitting("team-a/left", "nina@example.com")

    unread = member(world(left, gaps=[gap("rolebindings", "team-a")]), "nina@example.com")
    read = member(world(left), "nina@example.com")

    assert "let in by AuthorizationPolicy `left`" == unread["note"]
    assert "let in by AuthorizationPolicy `left` alone" == read["note"]


def test_a_profile_without_members_has_a_row_in_the_inventory() -> None:
    """No profile is left out."""
    text = "".join(rendered(report(snapshot(LABELLED), form="csv"), "csv", Style()))

    (first,) = csv.DictReader(text.splitlines())
    assert ("team-a", "nobody is known") == (first["PROFILE"], first["NOTE"])


@pytest.mark.parametrize(
    ("known", "note"),
    [
        pytest.param(
            world(without=("owner's binding",)),
            "no RoleBinding names the owner; counts for kfam alone",
            id="an owner without binding",
        ),
        pytest.param(
            world(owner="sa:ci"),
            "written without a namespace: the account of this one; there is no such account",
            id="an account that is not there",
        ),
        pytest.param(world(owner="sa:ops/ci"), "an account of namespace `ops`", id="an account of elsewhere"),
        pytest.param(world(owner="group:ml"), "a group counts with kubectl alone", id="a group"),
        pytest.param(world(owner="user:Al@x.org"), "not the same as `al@x.org`", id="capitals"),
        pytest.param(world(), "", id="nothing worth a note"),
    ],
)
def test_what_is_unusual_about_an_owner_is_noted(known: Snapshot, note: str) -> None:
    """Row and machine item have the note."""
    assert note == row(known, profile="team-a")["NOTE"]
    (item,) = report(known).report.items()
    assert note == item["members"][0]["note"]


def test_a_former_owner_is_noted() -> None:
    """The owner's binding still names them, so they are not simply a contributor."""
    known = world(profile("team-a", "user:nora"))

    former = member(known, "alice@example.com")

    assert ("contributor", "somebody else is the owner") == (former["kind"], former["note"])


@pytest.mark.parametrize(
    ("ref", "who", "note"),
    [
        pytest.param("gone", "user:dave", "the role does not exist", id="a missing role"),
        pytest.param("edit", "user:dave", "the role does not exist", id="another one"),
        pytest.param(
            "kubeflow-edit", "user:dave", "not on the dashboard, which asks KFAM", id="no annotations"
        ),
        pytest.param("kubeflow-edit", "group:ml", "a group counts with kubectl alone", id="a group"),
        pytest.param("kubeflow-edit", "group:system:serviceaccounts:team-a", "", id="its own accounts"),
    ],
)
def test_what_is_unusual_about_a_binding_is_noted(ref: str, who: str, note: str) -> None:
    """The machine item has the note."""
    known = world(role_binding("team-a", "b", ref, who))

    assert note == member(known, who.partition(":")[2])["note"]


@pytest.mark.parametrize(
    ("users", "shown"),
    [
        (("dave@example.com", "erin@other.com"), "dave (edit), erin@other.com (edit)"),
        (("dave@example.com", "erin"), "dave@example.com (edit), erin (edit)"),
        (("a,b@example.com", "c@d@example.com"), "a,b@example.com (edit), c@d@example.com (edit)"),
    ],
)
def test_a_terminal_leaves_out_the_owners_domain(users: tuple[str, ...], shown: str) -> None:
    """Unless another name could be taken for an address without it. Piped, names are whole."""
    response = report(world(*(made for user in users for made in contributor(user))))
    terminal = "".join(rendered(response, "table", Style(columns=100)))
    piped = "".join(rendered(response, "table", Style()))

    assert shown in terminal
    assert f"{users[0]} (edit), {users[1]} (edit)" in piped


def test_the_last_line_says_how_to_fix_a_finding() -> None:
    """The command names the finding and the profile, and explains both."""
    wrong = world(contributor("dave@example.com")[0])
    last = "How to fix one: explain profile-binding-without-policy -n team-a"

    for name in ("", "team-a"):
        lines = "".join(rendered(report(wrong, profile=name), "table", Style(columns=100))).splitlines()
        assert lines[-1] == last
    assert last not in "".join(rendered(report(world()), "table", Style(columns=100)))
