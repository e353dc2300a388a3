"""Runners and the installation of pipelines, with the bindings and rules that several detectors look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.kubeflow.pipelines.runners import Expected, Runner
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.model import Binding, ClusterRole, PolicyRule, RoleBinding, Subject
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import spelled

Condition = Callable[[PolicyRule], bool]


class RoleRules:
    """The rules of a snapshot's roles. A role that thousands of runners share is searched only once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._answers: dict[tuple[Condition, str, str, str], bool] = {}

    def any_rule(self, binding: Binding, condition: Condition) -> bool:
        """Return whether *condition* holds for any rule of the binding's role."""
        ref = binding.role_ref
        key = (condition, ref.kind, binding.namespace if ref.kind == "Role" else "", ref.name)
        if key not in self._answers:
            role = self.snapshot.role(ref, binding.namespace)
            self._answers[key] = any(map(condition, self.snapshot.rules_of(role)))
        return self._answers[key]


class RunnerView(Struct, frozen=True, dict=True):
    """One *runner*, and the *rules* of the roles that it may be bound to."""

    rules: RoleRules
    runner: Runner

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that holds the runner's bindings."""
        return self.rules.snapshot

    @property
    def name(self) -> str:
        """The runner's name, spelled as in messages."""
        return spelled(self.runner.who.subject)

    @cached_property
    def bindings(self) -> tuple[Binding, ...]:
        """The bindings that apply to the runner, cluster-wide and in its namespace, each once."""
        return runner_bindings(self.snapshot, self.runner)

    @cached_property
    def ungranted(self) -> Expected | None:
        """The binding that Kubeflow creates for the runner, if surely nothing grants its role; else None."""
        expected = self.runner.expected
        if expected is None or self.snapshot.gap("rolebindings", self.runner.namespace):
            return None
        is_granted = any(binding.role_ref == expected.role for binding in self.bindings)
        return None if is_granted else expected

    @property
    def broken_binding(self) -> RoleBinding | None:
        """The existing binding with the name that Kubeflow uses, if the runner lacks its role; else None."""
        if self.ungranted is None:
            return None
        return self.snapshot.role_bindings.get((self.runner.namespace, self.ungranted.binding))


class InstallationView(Struct, frozen=True):
    """How *pipelines* are installed, and what contributors can do with them."""

    snapshot: Snapshot
    pipelines: Pipelines

    @property
    def contributors_role(self) -> ClusterRole | None:
        """The ClusterRole of contributors with `edit`; None if the installation is not multi-user."""
        if self.pipelines.mode is not Mode.MULTI_USER:
            return None
        return self.snapshot.cluster_roles.get(("", ROLES["edit"]))

    def lets_contributors(self, request: Request) -> bool:
        """Whether the role of contributors allows *request*."""
        rules = self.snapshot.rules_of(self.contributors_role)
        return any(rule_allows(rule, request) for rule in rules)


def runner_bindings(snapshot: Snapshot, runner: Runner) -> tuple[Binding, ...]:
    """Return the bindings that apply to *runner*, cluster-wide and in its namespace, each once."""
    bindings = (
        binding
        for namespace in ("", runner.namespace)
        for principal in runner.who.seen(Plane.KUBECTL).principals
        for binding in snapshot.bound.get(namespace, {}).get(principal, ())
    )
    return tuple({(binding.kind, *binding.key): binding for binding in bindings}.values())


def is_bound(snapshot: Snapshot, runner: Runner, expected: Expected) -> bool:
    """Whether any binding gives *runner* the role of its *expected* binding."""
    return any(binding.role_ref == expected.role for binding in runner_bindings(snapshot, runner))


def has_account(snapshot: Snapshot, account: Subject) -> bool | None:
    """Whether the service account exists; None if the accounts of its namespace could not be read."""
    if (account.namespace, account.name) in snapshot.service_accounts:
        return True
    return None if snapshot.gap("serviceaccounts", account.namespace or "") else False


def shipped_text(baseline: Baseline, rules: tuple[PolicyRule, ...]) -> str:
    """Return text that counts the *rules* that differ: "what PRODUCT 2.5.0 shipped: 2 rules"."""
    release = f"{baseline.product} {baseline.expected or baseline.versions[0]}"
    return f"what {release} shipped: {len(rules)} rule{'s' if len(rules) > 1 else ''}"
