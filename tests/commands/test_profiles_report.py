"""What the rows and items of `profiles` say of what is unknown, missing, or not as it should be."""

from __future__ import annotations

import csv
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

LABELLED = namespace("team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile"})


def report(
    known: Snapshot,
    *,
    profile: str = "",
    form: str = "table",
    grants: tuple[ClusterWideGrant, ...] | None = (),
) -> Response:
    """The report about team-a, as one of all profiles or as the only one, for a format."""
    index = ProfileIndex(known)
    tenant = index.tenant("team-a")
    entry = ProfileEntry(tenant, profile_findings(ProfileView(index, tenant)))
    scope = ScopeChoice((profile,) if profile else ())
    options = Options(scope, fold=True, fail_on="", source=SourceChoice(), output=OutputChoice(form))
    inventory = Inventory(index, (entry,), grants)
    return Response(profiles_report.report(inventory, options), known.gaps)


def beside(response: Response) -> Table:
    """The table of people who have rights in every profile."""
    main = response.report.table
    (table,) = (b for b in response.report.blocks if isinstance(b, Table) and b is not main)
    return table


def row(known: Snapshot, *, profile: str = "") -> dict[str, str]:
    """The first row of the table, by its headers."""
    table = report(known, profile=profile).report.table
    assert table
    cells = map(text_of, table.sections()[0].rows[0])
    return dict(zip([column.header for column in table.columns], cells, strict=True))


def member(known: Snapshot, name: str) -> dict[str, Any]:
    """The machine item of one member."""
    (item,) = report(known).report.items()
    return next(one for one in item["members"] if one["subject"]["name"] == name)


def test_what_could_not_be_read_is_a_question_mark() -> None:
    """Not a dash, which says that there is nobody."""
    nothing = row(snapshot(LABELLED, gaps=[gap("rolebindings")]))
    unread = {"ADMIN", "EDIT", "VIEW", "OTHER", "FINDINGS", "OWNER"}

    assert unread == {header for header, cell in nothing.items() if cell == "?"}
    assert ("-", "") == (row(world())["FINDINGS"], row(world())["CLOUD-IDENTITY"])
    assert "?" == row(world(gaps=[gap("serviceaccounts", "team-a")]))["CLOUD-IDENTITY"]


def test_where_bindings_are_unread_the_owner_may_be_bound() -> None:
    """People get question marks, and machines null."""
    known = snapshot(*PLATFORM, profile("team-a", "user:nora"), LABELLED, gaps=[gap("rolebindings")])
    unread = {"ROLE", "BINDING", "DASHBOARD", "KUBECTL", "KUBEFLOW"}

    shown = row(known, profile="team-a")
    owner = member(known, "nora")

    assert unread == {header for header, cell in shown.items() if cell == "?"}
    assert "" == shown["NOTE"]
    assert {"kubectl": "unknown", "services": {"kubeflow": "unknown"}} == owner["counts"]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(world(), "profile/team-a", id="there is a Profile"),
        pytest.param(world(without=("profile",)), "namespace/team-a", id="there is none"),
        pytest.param(world(without=("profile",), gaps=[gap("profiles")]), "profile/team-a", id="perhaps"),
    ],
)
def test_a_profile_is_named_as_one_unless_it_is_none(known: Snapshot, expected: str) -> None:
    """For `kubectl get`."""
    assert [expected] == list(report(known).report.names())


AUDITORS = cluster_role_binding("auditors", "kubeflow-view", "user:audrey", "group:admins")


def everywhere(known: Snapshot, *, form: str = "table") -> Response:
    """The report about team-a, with those who have rights everywhere."""
    grants = with_rights(bound_people(known), known, ())
    return report(known, form=form, grants=None if known.gap("clusterrolebindings", "") else grants)


def test_unread_clusterrolebindings_are_no_absence() -> None:
    """A row of question marks in the table and in the inventory, and null for machines."""
    known = world(AUDITORS, gaps=[gap("clusterrolebindings")])
    said = "who has rights in every profile is not known: ClusterRoleBindings could not be read"

    table = beside(everywhere(known))
    text = "".join(rendered(everywhere(known, form="csv"), "csv", Style()))

    assert [("?", "?", "?", "?", "?", said)] == [tuple(map(text_of, row)) for row in table.sections()[0].rows]
    first, *_ = csv.DictReader(text.splitlines())
    assert ("<all>", "?", "everywhere", said) == tuple(
        first[key] for key in ("PROFILE", "SUBJECT", "AS", "NOTE")
    )
    assert None is everywhere(known).document()["inEveryProfile"]


def test_what_an_unread_role_gives_everywhere_is_not_known() -> None:
    """The user may have anything by it; a group has nothing at Kubeflow's services, whatever the role is."""
    known = world(AUDITORS, gaps=[gap("clusterroles")], platform=PLATFORM[3:])

    admins, audrey = everywhere(known).document()["inEveryProfile"]
    table = beside(everywhere(known))

    assert {"kubectl": "unknown", "services": {"kubeflow": "unknown"}} == audrey["counts"]
    assert {"kubectl": "unknown", "services": {"kubeflow": "no"}} == admins["counts"]
    assert "which rules the role has is not known" == audrey["note"]
    assert [("?", "no"), ("?", "?")] == [tuple(map(text_of, row[3:5])) for row in table.sections()[0].rows]


def test_a_contributor_whose_role_is_missing_is_no_contributor() -> None:
    """The name stands among the others, who are to be looked at."""
    cells = row(world(*contributor("dave@example.com"), platform=(PLATFORM[0], *PLATFORM[2:])))

    assert ("-", "dave@example.com") == (cells["EDIT"], cells["OTHER"])


def test_without_policies_nothing_is_said_of_the_mesh() -> None:
    """Machines get null, people a dash."""
    known = world(platform=PLATFORM[:3], without=("owner's policy",))

    assert None is member(known, "alice@example.com")["mesh"]
    assert "-" == row(known, profile="team-a")["MESH"]
    assert "yes" == member(world(), "alice@example.com")["mesh"]


def test_whom_the_mesh_lets_in_may_be_bound_where_bindings_are_unread() -> None:
    """Only where they were read the policy is said to be alone."""
    left = admitting("team-a/left", "nina@example.com")

    unread = member(world(left, gaps=[gap("rolebindings", "team-a")]), "nina@example.com")
    read = member(world(left), "nina@example.com")

    assert "let in by AuthorizationPolicy `left`" == unread["note"]
    assert "let in by AuthorizationPolicy `left` alone" == read["note"]


def test_a_profile_of_nobody_has_a_row_in_the_inventory() -> None:
    """So that none is left out."""
    text = "".join(rendered(report(snapshot(LABELLED), form="csv"), "csv", Style()))

    (found,) = csv.DictReader(text.splitlines())
    assert ("team-a", "nobody is known") == (found["PROFILE"], found["NOTE"])


@pytest.mark.parametrize(
    ("known", "note"),
    [
        pytest.param(
            world(profile("team-a", "user:nora")), "somebody else is the owner", id="who was the owner before"
        ),
        pytest.param(
            world(without=("owner's binding",)),
            "no RoleBinding names the owner",
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
def test_what_is_not_ordinary_about_an_owner_is_noted(known: Snapshot, note: str) -> None:
    """In the row, and for machines."""
    assert note == row(known, profile="team-a")["NOTE"]
    (item,) = report(known).report.items()
    assert note == item["members"][0]["note"]


@pytest.mark.parametrize(
    ("ref", "who", "note"),
    [
        pytest.param("gone", "user:dave", "the role does not exist", id="a missing role"),
        pytest.param("edit", "user:dave", "the role does not exist", id="another one"),
        pytest.param("kubeflow-edit", "user:dave", "the dashboard does not know", id="no annotations"),
        pytest.param("kubeflow-edit", "group:ml", "a group counts with kubectl alone", id="a group"),
        pytest.param("kubeflow-edit", "group:system:serviceaccounts:team-a", "", id="its own accounts"),
    ],
)
def test_what_is_not_ordinary_about_a_binding_is_noted(ref: str, who: str, note: str) -> None:
    """As far as the row alone tells it."""
    known = world(role_binding("team-a", "b", ref, who))

    assert note == member(known, who.partition(":")[2])["note"]
