"""A ClusterRole that has lost the label by which Kubeflow's role aggregates it: the cause and the fix."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.fixes.actions import RestoreLabel
from kubectl_kfaccess.fixes.candidates import Fix, can_apply, fixes
from kubectl_kfaccess.kubeflow.aggregation.components import SHIPPED_PARENTS
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane, identified
from kubectl_kfaccess.rbac.near_misses import Miss, near_misses
from kubectl_kfaccess.rbac.overlay import overlay
from kubectl_kfaccess.rbac.permissions import Universe
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.files import demo
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import subject

CREATE = Request("create", "serving.kserve.io", "inferenceservices", namespace="team-a")
COUNTED = Universe((CREATE,), (), ("team-a", "team-b", "team-c"))
KUBEFLOW = "rbac.authorization.kubeflow.org"
SHIPPED = {
    "kubeflow-kserve-edit": f"{KUBEFLOW}/aggregate-to-kubeflow-edit",
    "kubeflow-pipelines-edit": f"{KUBEFLOW}/aggregate-to-kubeflow-edit",
    "aggregate-to-kubeflow-pipelines-edit": f"{KUBEFLOW}/aggregate-to-kubeflow-pipelines-edit",
}
"""The labels of three shipped roles, as their manifests have them."""


def the_demo() -> Snapshot:
    """Return the demo cluster."""
    return demo(Environment.actual()).read(
        Wanted(("clusterroles", "clusterrolebindings", "roles", "rolebindings"))
    )


def without_label(known: Snapshot, name: str, *, version: str = "") -> Snapshot:
    """Return *known* with a role that has lost its label, as a server of that resource *version* has it."""
    role = known.cluster_roles["", name]
    labels = {key: value for key, value in role.metadata.labels.items() if key != SHIPPED[name]}
    metadata = msgspec.structs.replace(role.metadata, labels=labels, resource_version=version)
    lost = msgspec.structs.replace(role, metadata=metadata)
    return dataclasses.replace(known, cluster_roles={**known.cluster_roles, ("", name): lost})


def dave() -> KnownSubject:
    """Return an edit contributor of team-a in the demo."""
    return identified(subject("user:dave@example.com"), ())


def fix_for(known: Snapshot, wanted: Request = CREATE) -> Fix:
    """Return the first fix for dave."""
    evaluator = Evaluator(known)
    misses = near_misses(evaluator, dave(), Plane.KUBECTL, wanted, SHIPPED_PARENTS)
    return fixes(evaluator, dave(), Plane.KUBECTL, wanted, COUNTED, misses=misses)[0]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_role_that_should_select_it_is_known(name: str) -> None:
    """The demo's roles are as shipped, so each is selected by exactly the role that the table names."""
    selecting = [role for role, parts in the_demo().aggregation.selected.items() if name in parts]

    assert SHIPPED_PARENTS[name] in selecting
    assert SHIPPED[name].endswith(f"aggregate-to-{SHIPPED_PARENTS[name]}")


def test_the_lost_label_is_the_closest_miss() -> None:
    """The role still has another label of Kubeflow, so only the shipped parent tells what is missing."""
    known = without_label(the_demo(), "kubeflow-kserve-edit")

    first, *_ = near_misses(Evaluator(known), dave(), Plane.KUBECTL, CREATE, SHIPPED_PARENTS)

    assert (first.miss, first.wanted) == (Miss.MISSING_LABEL, f"{SHIPPED['kubeflow-kserve-edit']}=true")
    assert first.path == ("kubeflow-edit", "kubeflow-kserve-edit")


@pytest.mark.parametrize("version", ["", "17"], ids=["from-a-file", "from-a-server"])
def test_the_first_fix_puts_it_back(version: str) -> None:
    """Afterwards Kubeflow's role has exactly the rules that it has in the demo."""
    known = without_label(the_demo(), "kubeflow-kserve-edit", version=version)

    fix = fix_for(known)
    after = overlay(known, fix.objects).snapshot

    assert isinstance(fix.action, RestoreLabel)
    assert fix.action.component == "KServe"
    for role in ("kubeflow-edit", "kubeflow-admin", "kubeflow-kserve-edit"):
        assert set(after.aggregation.rules(role)) == set(the_demo().aggregation.rules(role)), role


def test_rules_are_repeated_only_where_they_would_be_removed() -> None:
    """`kubectl apply` removes what a manifest has lost since it was applied."""
    (applied,) = fix_for(without_label(the_demo(), "kubeflow-kserve-edit")).objects
    (patched,) = fix_for(without_label(the_demo(), "kubeflow-kserve-edit", version="17")).objects

    assert applied["rules"]
    assert "rules" not in patched
    assert patched["metadata"]["labels"] == {SHIPPED["kubeflow-kserve-edit"]: "true"}


def test_others_who_gain_by_it_are_counted() -> None:
    """Every contributor with edit, and every default-editor, has lost it too."""
    changes = fix_for(without_label(the_demo(), "kubeflow-kserve-edit")).changes

    gaining = {change.who.name for change in changes if change.gained}
    assert "dave@example.com" in gaining
    assert len(gaining) > 1


def test_a_label_that_nothing_ships_is_not_invented() -> None:
    """A company's own role may be kept apart on purpose."""
    known = without_label(the_demo(), "kubeflow-kserve-edit")
    role = known.cluster_roles["", "kubeflow-kserve-edit"]
    metadata = msgspec.structs.replace(role.metadata, name="kubeflow-own-edit", labels={})
    own = msgspec.structs.replace(role, metadata=metadata)
    roles = {key: value for key, value in known.cluster_roles.items() if key[1] != "kubeflow-kserve-edit"}
    known = dataclasses.replace(known, cluster_roles={**roles, own.key: own})

    assert not isinstance(fix_for(known).action, RestoreLabel)


def test_an_owner_cannot_apply_it_and_an_administrator_can() -> None:
    """A patch of a ClusterRole is checked for escalation with all its rules."""
    known = without_label(the_demo(), "kubeflow-kserve-edit", version="17")
    fix, evaluator = fix_for(known), Evaluator(known)

    owner = identified(subject("user:alice@example.com"), ())
    administrator = identified(subject("user:ivan@example.com"), ("platform-admins",))
    assert can_apply(fix, evaluator, owner) is Verdict.DENIED
    assert can_apply(fix, evaluator, administrator) is Verdict.ALLOWED
