"""What the policies of the mesh say about a refusal: who they let in, and what helps."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.commands.explain.mesh_refusal import Help, mesh_refusal
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import KubernetesObject
from tests.builders import authorization_policy, gap, profile, snapshot, subject
from tests.kubeflow.planes.mesh.usual import GATEWAY, PIPELINES_PAGE, profiles_config

OWNERS = "lab/ns-owner-access-istio"


def rule(*users: str, header: str = "kubeflow-userid") -> dict[str, object]:
    """Return a rule that lets users in who come through the gateway."""
    return {
        "from": [{"source": {"principals": [GATEWAY, PIPELINES_PAGE]}}],
        "when": [{"key": f"request.headers[{header}]", "values": [*users]}],
    }


OWN_PODS = {"when": [{"key": "source.namespace", "values": ["lab"]}]}
LAB = (
    profile("lab", "user:mia"),
    authorization_policy(OWNERS, {"rules": [rule("mia"), OWN_PODS]}),
)
DENIAL = authorization_policy("lab/deny", {"action": "DENY", "rules": [{}]})
WITHOUT_RULES = authorization_policy("lab/x", {})


@pytest.mark.parametrize(
    ("who", "objects", "what_helps"),
    [
        pytest.param("user:kim", LAB, Help.ADD_CONTRIBUTOR, id="a stranger"),
        pytest.param("sa:ci/robot", LAB, Help.NAME_SOURCE, id="an account of another namespace"),
        pytest.param("user:kim", (*LAB, DENIAL), Help.CHANGE_DENIAL, id="a policy that denies"),
        pytest.param("user:kim", LAB[1:], Help.NO_PROFILE, id="no profile"),
        pytest.param(
            "user:mia", (*LAB[:1], WITHOUT_RULES), Help.RESTORE_OWNERS_POLICY, id="the owner"
        ),
    ],
)  # fmt: skip
def test_what_helps_depends_on_why(who: str, objects: tuple[KubernetesObject, ...], what_helps: Help) -> None:
    """The dashboard adds users only, and a denial wins over all that allow."""
    refusal = mesh_refusal(snapshot(profiles_config(), *objects), identified(subject(who)), "lab")

    assert (Reach.NO, what_helps) == (refusal.reach, refusal.help)


def test_policies_that_cannot_be_read_leave_it_unknown() -> None:
    """What is known of the others is shown all the same."""
    known = snapshot(*LAB, gaps=[gap("authorizationpolicies", "istio-system")])

    refusal = mesh_refusal(known, identified(subject("user:mia")), "lab")

    assert (Reach.UNKNOWN, None) == (refusal.reach, refusal.help)
    assert [("mia",), ()] == [each.users for each in refusal.admissions]


def test_the_header_and_its_prefix_are_those_of_the_owners_policy() -> None:
    """As the profile controller writes them; another header is a further condition."""
    owners = authorization_policy(OWNERS, {"rules": [rule("corp|mia", header="x-user"), rule("kim")]})
    owners.metadata.annotations["user"] = "mia"
    known = snapshot(LAB[0], owners)

    mia, kim = (mesh_refusal(known, identified(subject(f"user:{name}")), "lab") for name in ("mia", "kim"))

    assert (Reach.YES, Reach.UNKNOWN) == (mia.reach, kim.reach)
    assert [(("mia",), False), ((), True)] == [(each.users, each.conditional) for each in mia.admissions]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({"rules": [{}]}, [(False, False)], id="everybody"),
        pytest.param({"rules": [{"to": [{"operation": {"paths": ["/x"]}}]}]}, [(True, False)], id="a path"),
        pytest.param({"rules": [{}], "selector": {"matchLabels": {"a": "b"}}}, [(True, False)], id="a pod"),
        pytest.param({"rules": ["x"]}, [(False, True)], id="no rule"),
        pytest.param({"rules": [{"from": "x"}]}, [(False, True)], id="no list"),
        pytest.param(
            {"rules": [{"from": [{"source": {"notNamespaces": ["a"]}}]}]}, [(False, True)], id="an exclusion"
        ),
        pytest.param({"action": "DENY", "rules": [{}]}, [], id="a denial"),
        pytest.param({}, [], id="nobody"),
    ],
)
def test_an_admission_says_what_it_does_not_read(spec: object, expected: list[tuple[bool, bool]]) -> None:
    """Nobody must take it for everybody."""
    known = snapshot(authorization_policy("lab/x", spec))

    refusal = mesh_refusal(known, identified(subject("user:kim")), "lab")

    assert expected == [(each.limited, each.conditional) for each in refusal.admissions]


def test_without_policies_the_answer_is_unknown() -> None:
    """Some policy has refused the request, so there is one that was not read."""
    refusal = mesh_refusal(snapshot(profile("lab", "user:mia")), identified(subject("user:mia")), "lab")

    assert (Reach.UNKNOWN, ()) == (refusal.reach, refusal.admissions)
