"""What is wrong, or dangerous, about whoever runs pipelines: whether it is bound, and what else is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.kubeflow.pipelines.runners import Expected, Runner
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.versions import Version, Versions
from kubectl_kfaccess.rbac.known_subjects import Via
from kubectl_kfaccess.rbac.model import Binding, PolicyRule, Subject
from kubectl_kfaccess.rbac.rules import ALL, Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import spelled

ACCOUNT_MISSING = FindingType(
    "runner-account-missing",
    Severity.ERROR,
    "The service account that steps run as does not exist in the namespace.",
    'Argo creates the pods of a run under this account, so every run fails with `serviceaccount "…" not '
    "found`. With many users it is usually a namespace that no Profile made, or an API server whose "
    "default account is still `pipeline-runner`.",
    "With many users let the profile controller make the account (it makes `default-editor` for each "
    "Profile), and set `DEFAULTPIPELINERUNNERSERVICEACCOUNT=default-editor` for the API server. For one "
    "team apply the account: `kubectl kfaccess check -o fix | kubectl apply -f -`.",
)
ROLE_MISSING = FindingType(
    "runner-role-missing",
    Severity.ERROR,
    "The role that Kubeflow binds the account to does not exist.",
    "A binding to a role that is not there grants nothing, without any error when it is made; every step "
    "that calls the Kubernetes API is refused.",
    "Apply the role again from the manifests of the release, or print it with `kubectl kfaccess check -o "
    "fix`.",
)
BINDING_MISSING = FindingType(
    "runner-binding-missing",
    Severity.ERROR,
    "No binding in the namespace gives the account the role that Kubeflow means for it.",
    "The role is there and grants nothing to the account, so steps are refused whatever the role says.",
    "Apply the binding that `kubectl kfaccess check -o fix` prints; in a profile, deleting the stale "
    "objects and touching the Profile lets its controller make `default-editor` again.",
)
OTHER_SUBJECT = FindingType(
    "runner-binding-other-subject",
    Severity.ERROR,
    "The binding that Kubeflow makes for the account is there, but names somebody else.",
    "A namespace, a kind or a name in its subjects is wrong, typically after a copy from another "
    "namespace: the account has nothing, and another one perhaps has too much.",
    "Correct the subjects of the binding: `kubectl edit` it, or apply what `kubectl kfaccess check -o "
    "fix` prints.",
)
OTHER_ROLE = FindingType(
    "runner-binding-other-role",
    Severity.ERROR,
    "The binding that Kubeflow makes for the account is there, but refers to another role.",
    "A roleRef cannot be changed, so neither an upgrade nor the profile controller repairs it: the "
    "controller reports an error for the Profile each time, and the account has the other role's rules.",
    "Delete the binding and have it made again, by the profile controller or from the release's manifests.",
)
RULES_MISSING = FindingType(
    "runner-rules-missing",
    Severity.WARNING,
    "A role lacks rules that the release shipped.",
    "Somebody has edited the role, or an upgrade was applied in part. What steps need is judged apart; a "
    "rule that is missing here may still be needed by a step of your own.",
    "Compare with the lines marked `-` and apply the role again from the release's manifests.",
)
RULES_ADDED = FindingType(
    "runner-rules-added",
    Severity.WARNING,
    "A role has rules that the release did not ship.",
    "Every step of every pipeline may use them. They are lost when the release is applied again, and then "
    "the steps that came to rely on them fail.",
    "Keep local rules in a Role and a RoleBinding of their own, which upgrades leave alone; see the lines "
    "marked `+`.",
)
IS_ADMIN = FindingType(
    "runner-is-admin",
    Severity.ERROR,
    "The account that runs steps is bound to `cluster-admin`, or to rules with wildcards for every API "
    "group or every core resource.",
    "It is the common wrong answer to a step that was forbidden something. Whoever may start a run, or "
    "change the code of a step, then may do all of that, often in the whole cluster.",
    "Delete the binding, and grant what is needed: `kubectl kfaccess check pipeline-runner --for … -o fix`.",
)
SECRETS_SHARED = FindingType(
    "runner-secrets-shared",
    Severity.WARNING,
    "The role of contributors may read all secrets of the profile.",
    "Kubeflow ships it so. Every contributor with `edit`, and every step of a pipeline, reads each "
    "credential that anybody keeps in the namespace: those of the object store, and of databases.",
    "Keep no secret in a profile that not all its contributors may know; use a cloud identity of the "
    "workload, or a namespace of its own for what only one service account may read.",
)
ANY_ACCOUNT = FindingType(
    "runner-any-account",
    Severity.WARNING,
    "Whoever may create runs can have their steps run as any service account of the namespace.",
    "A run names its service account, and up to release 2.17.0 the pipelines API does not ask whether the "
    "caller may use it. An account with more rights than `default-editor` in a profile is open to "
    "everybody who may `create runs` there.",
    "Put no service account with more rights into a profile. Releases after 2.17.0 ask for the verb `use` "
    "on the account, and take a list in `ALLOWEDSERVICEACCOUNTS`.",
)
TYPES = (
    ACCOUNT_MISSING, ROLE_MISSING, BINDING_MISSING, OTHER_SUBJECT, OTHER_ROLE,
    RULES_MISSING, RULES_ADDED, IS_ADMIN, SECRETS_SHARED, ANY_ACCOUNT,
)  # fmt: skip


class RunnerHealth:
    """What is wrong about runners; what is found out of a role is remembered, for thousands may share it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._wild: dict[tuple[str, str, str], bool] = {}

    def findings(self, runner: Runner) -> Iterator[Finding]:
        """Yield what is wrong about one runner: its account, its role, its binding, and what is too much."""
        yield from _account(self._snapshot, runner)
        if runner.expected:
            yield from _bound(self._snapshot, runner, runner.expected)
        yield from self._admin(runner)

    def _admin(self, runner: Runner) -> Iterator[Finding]:
        for binding in _bindings(self._snapshot, runner):
            if self._is_everything(binding):
                where = f"in `{binding.namespace}`" if binding.namespace else "in the whole cluster"
                ref, whom = binding.role_ref, spelled(runner.who.subject)
                given = f"gives `{whom}` everything that {ref.kind} `{ref.name}` allows, {where}"
                yield about(binding, IS_ADMIN, given)

    def _is_everything(self, binding: Binding) -> bool:
        ref = binding.role_ref
        key = (ref.kind, binding.namespace if ref.kind == "Role" else "", ref.name)
        if key not in self._wild:
            role = self._snapshot.role(ref, binding.namespace)
            self._wild[key] = any(_is_wild(rule) for rule in self._snapshot.rules_of(role))
        return self._wild[key]


def is_bound(snapshot: Snapshot, runner: Runner, expected: Expected) -> bool:
    """Whether some binding gives *runner* the role that is meant for it."""
    return any(binding.role_ref == expected.role for binding in _bindings(snapshot, runner))


def has_account(snapshot: Snapshot, account: Subject) -> bool | None:
    """Whether the service account exists; None when that could not be read."""
    if (account.namespace, account.name) in snapshot.service_accounts:
        return True
    return None if snapshot.gap("serviceaccounts", account.namespace or "") else False


def of_baselines(baselines: Iterable[Baseline]) -> Iterator[Finding]:
    """Yield how roles differ from what was shipped."""
    for one in baselines:
        release = f"{one.product} {one.expected or one.versions[0]}"
        for kind, rules, word in (
            (RULES_MISSING, one.missing, "lacks some of"),
            (RULES_ADDED, one.added, "has more than"),
        ):
            if rules:
                said = f"{word} what {release} shipped: {len(rules)} rule{'s' if len(rules) > 1 else ''}"
                yield Finding(kind, one.kind, one.namespace, one.name, said)


def of_platform(snapshot: Snapshot, found: Pipelines) -> Iterator[Finding]:
    """Yield what the way in which pipelines are installed means for everybody in a namespace."""
    if found.mode is Mode.MULTI_USER:
        yield from _shared(snapshot, found.version)
    elif found.mode is Mode.STANDALONE:
        said = (
            "the pipelines API asks nobody who he is here: whoever reaches it runs steps as any service"
            f" account of `{found.namespace}`"
        )
        yield Finding(ANY_ACCOUNT, "Namespace", "", found.namespace, said)


def _account(snapshot: Snapshot, runner: Runner) -> Iterator[Finding]:
    account = runner.account
    if account and has_account(snapshot, account) is False:
        said = f'whatever is to run as it fails: serviceaccount "{account.name}" not found'
        yield Finding(ACCOUNT_MISSING, "ServiceAccount", account.namespace or "", account.name, said)


def _bound(snapshot: Snapshot, runner: Runner, expected: Expected) -> Iterator[Finding]:
    namespace, ref = runner.namespace, expected.role
    if snapshot.role(ref, namespace) is None and not snapshot.gap_for_role(ref, namespace):
        where = namespace if ref.kind == "Role" else ""
        said = f"RoleBinding `{namespace}/{expected.binding}` is to grant it, and it does not exist"
        yield Finding(ROLE_MISSING, ref.kind, where, ref.name, said)
    if snapshot.gap("rolebindings", namespace) or is_bound(snapshot, runner, expected):
        return
    binding = snapshot.role_bindings.get((namespace, expected.binding))
    if binding is None:
        said = f"nothing binds `{spelled(runner.who.subject)}` to {ref.kind} `{ref.name}`"
        yield Finding(BINDING_MISSING, "RoleBinding", namespace, expected.binding, said)
    elif binding.role_ref != ref:
        other = binding.role_ref
        yield about(binding, OTHER_ROLE, f"grants {other.kind} `{other.name}` instead of `{ref.name}`")
    else:
        yield about(binding, OTHER_SUBJECT, _named(binding, runner))


def _bindings(snapshot: Snapshot, runner: Runner) -> Iterable[Binding]:
    """The bindings that mean *runner*, cluster-wide ones and those of its namespace, each once."""
    found = (
        binding
        for place in ("", runner.namespace)
        for who in runner.who.seen(Via.KUBECTL).principals
        for binding in snapshot.bound.get(place, {}).get(who, ())
    )
    return {(binding.kind, *binding.key): binding for binding in found}.values()


def _named(binding: Binding, runner: Runner) -> str:
    named = ", ".join(f"`{spelled(subject)}`" for subject in binding.subjects[:3]) or "nobody"
    return f"names {named} instead of `{spelled(runner.who.subject)}`"


def _is_wild(rule: PolicyRule) -> bool:
    every_group = ALL in rule.api_groups
    core = every_group or "" in rule.api_groups
    writes = not {ALL, "create", "update", "patch"}.isdisjoint(rule.verbs)
    return writes and not rule.resource_names and (every_group or (core and ALL in rule.resources))


def _shared(snapshot: Snapshot, known: Version | None) -> Iterator[Finding]:
    role = snapshot.cluster_roles.get(("", ROLES["edit"]))
    rules = snapshot.rules_of(role)
    if role and any(rule_allows(rule, _SECRETS) for rule in rules):
        yield about(role, SECRETS_SHARED, "every contributor with `edit`, and every step, reads all secrets")
    unchecked = known is None or Versions("", _LAST_UNCHECKED).has(known)
    if role and unchecked and any(rule_allows(rule, _RUNS) for rule in rules):
        said = "`create runs` means to run code as any service account of the namespace"
        yield about(role, ANY_ACCOUNT, said)


_SECRETS = Request("get", "", "secrets", "", "", "a-profile", None)
_RUNS = Request("create", "pipelines.kubeflow.org", "runs", "", "", "a-profile", None)
_LAST_UNCHECKED = "2.17.0"
