"""How ways to more permissions are walked: binding roles, writing them, adopting a name or a profile."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Way
from tests.escalation import manifests as m
from tests.escalation.ground import NAMESPACE, ROBOT, Walk, Walker, Words, wait_for
from tests.escalation.walked_code import CustomKind

PROFILES = CustomKind("kubeflow.org", "profiles", True)
_KINDS = {
    "roles": "Role",
    "clusterroles": "ClusterRole",
    "rolebindings": "RoleBinding",
    "clusterrolebindings": "ClusterRoleBinding",
}


def _of_rbac(resource: str) -> str:
    return m.group(m.RBAC, resource, "" if resource.startswith("cluster") else NAMESPACE)


def bind(bindings: str, roles: str) -> Walk:
    """Return the walk of binding a role to oneself."""

    def walk(walker: Walker, words: Words, way: Way) -> None:
        _bind(walker, words[0], bindings, roles)

    return walk


def _bind(walker: Walker, how: str, bindings: str, roles: str) -> None:
    walker.ground.create(_of_rbac(roles), m.role(_KINDS[roles]))
    before, after = (m.binding(_KINDS[bindings], _KINDS[roles], *users) for users in ((), (walker.user,)))
    if how in ("patch", "update"):  # a binding cannot be changed to another role
        walker.ground.delete(_of_rbac(bindings), ROBOT)
    answer = walker.write(how, _of_rbac(bindings), before, after)
    assert [subject["name"] for subject in answer["subjects"]] == [walker.user]


def escalate(walker: Walker, words: Words, way: Way) -> None:
    """Write every permission into a role."""
    resource = way.needs[0].resource
    before, after = m.role(_KINDS[resource]), m.role(_KINDS[resource], "*")
    answer = walker.write(words[0], _of_rbac(resource), before, after)
    assert answer["rules"][0]["verbs"] == ["*"]


def escalate_and_bind(walker: Walker, words: Words, way: Way) -> None:
    """Write every permission into a role, and bind it to oneself."""
    escalate(walker, words, way)
    _bind(walker, words[2], "rolebindings", way.needs[0].resource)


def aggregate(walker: Walker, words: Words, way: Way) -> None:
    """Write a role that the controller adds to an aggregated one."""
    before, after = m.role(), m.role("ClusterRole", walker.user)
    after["metadata"]["labels"] = {"walks/aggregate": "yes"}
    walker.write(words[0], _of_rbac("clusterroles"), before, after, real=True)
    path = f"{_of_rbac('clusterroles')}/aggregated"
    # every walk grants a verb of its own
    wait_for(
        "rules",
        lambda: [rule for rule in walker.ground.get(path)["rules"] or () if walker.user in rule["verbs"]],
    )


def adopt(walker: Walker, words: Words, way: Way) -> None:
    """Create an account that a binding names, and run a pod as it."""
    ghost = m.account("ghost")
    walker.write(words[0], m.core("serviceaccounts"), ghost, ghost, real=True)
    ghostly = m.pod("ghost")
    walker.write("post", m.core("pods"), ghostly, ghostly)
    asked = {"namespace": NAMESPACE, "verb": "list", "resource": "secrets"}
    user = f"system:serviceaccount:{NAMESPACE}:ghost"
    walker.review({"user": user, "resourceAttributes": asked})


def adopt_with_namespace(walker: Walker, words: Words, way: Way) -> None:
    """Create the namespace of an account that a binding names, and the account."""
    lost = m.named("v1", "Namespace", {}, "lost")
    walker.write("post", m.core("namespaces", ""), lost, lost)
    adopt(walker, words, way)


def profile(walker: Walker, words: Words, way: Way) -> None:
    """Change the owner of a Profile and that of its namespace."""
    version, kind = walker.ground.versions["kubeflow.org", "profiles"]
    api = f"kubeflow.org/{version}"
    before, after = (m.named(api, kind, {"spec": {"owner": {"name": who}}}, NAMESPACE) for who in ("a", "b"))
    walker.write(words[0], m.group(api, "profiles", ""), before, after)
    about = {"name": NAMESPACE, "annotations": {"owner": "b"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
    answer = walker.write(
        words[1], m.core("namespaces", ""), m.named("v1", "Namespace", {}, NAMESPACE), namespace
    )
    assert answer["metadata"]["annotations"]["owner"] == "b"
