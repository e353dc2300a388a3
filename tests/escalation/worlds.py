"""Small clusters for the tests of steps, and what somebody reaches in them."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.escalation.closure import Escalation, Reached
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import Hold, Kind, Node
from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step_type import StepType
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, SERVICE_ACCOUNT, Identity, spelled
from tests.builders import snapshot

ALICE = Identity("alice", (AUTHENTICATED,))


def escalation(
    *objects: KubernetesObject,
    minor: int = 37,
    served: frozenset[tuple[str, str]] | None = None,
    release: str = "",
    steps: Iterable[StepType] = STEPS,
) -> Escalation:
    """Return the engine for *objects*, on Kubernetes 1.MINOR, with that release of pipelines."""
    pipelines = Pipelines("kubeflow", Mode.MULTI_USER, "default-editor", version(release))
    facts = Facts(
        Evaluator(snapshot(*objects)), KubernetesVersion(1, minor), served, pipelines if release else None
    )
    return Escalation(facts, steps)


def words(reached: Reached) -> str:
    """Return what was reached in a few words; `?` in front if it is only possible, how it is held behind."""
    node = reached.node
    return f"{'' if reached.is_proved else '?'}{_name(node)}{_HOLDS[node.hold]}"


def reach(engine: Escalation, identity: Identity = ALICE) -> list[str]:
    """Return what *identity* reaches in a few words each, sorted."""
    return sorted(map(words, engine.reached(identity)))


_HOLDS = {Hold.FULL: "", Hold.API: " by credentials", Hold.REQUESTS: " by requests"}


def _name(node: Node) -> str:
    if node.kind is Kind.CLOUD:
        return f"cloud identity {node.name}".strip()
    if node.kind in (Kind.IDENTITY, Kind.LIMITED, Kind.HOLDER):
        subject = node.subject
        assert subject is not None
        name = spelled(subject)
        plain = name if subject.kind == SERVICE_ACCOUNT else name.removeprefix("user:")
        role = node.role[2] or "any rules"
        extra = {Kind.LIMITED: " limited", Kind.HOLDER: f" with {role} in {node.namespace or 'the cluster'}"}
        return plain + extra.get(node.kind, "")
    where = f" in {node.namespace or 'every namespace'}" if node.kind in (Kind.CODE, Kind.DATA) else ""
    return f"{node.kind.name.lower()}{where}{f' as {node.name}' if node.name else ''}"
