"""Policies of the mesh that let others into a tenant's namespace."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.isolation.mesh_openings import Opening, Who
from kubectl_kfaccess.terminal.words import counted

TYPE = FindingType(
    id="isolation-mesh-open",
    severity=Severity.ERROR,
    what=(
        "An AuthorizationPolicy lets requests into the workloads of a profile that nobody of the profile "
        "sends: from any pod of the mesh, from everyone who logs in, or from another tenant. It is a warning "
        "if the policy is limited to some workloads, paths or methods, or if a pod has to name a user of the "
        "profile in the header."
    ),
    why=(
        "Notebooks and model servers trust the mesh: who gets through has the notebook's terminal, and acts "
        "as the service account that it runs as. No RoleBinding shows this."
    ),
    fix=(
        "Delete the rule, or limit it: `from` with the principals that need it, or `when` with "
        "`source.namespace`. A rule that names users needs the principal of the ingress gateway as well, "
        "because any pod can send the header. If the opening is intended, accept it with `--accept`."
    ),
    references=("KK#5835", "KK#6702"),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each policy that lets others in; one of the whole mesh has a single finding."""
    shared: dict[tuple[tuple[str, str], Who, bool], list[Opening]] = {}
    for name in view.names:
        for opening in view.openings.of(name):
            policy = opening.policy
            if policy is None:
                if not view.lacks_owners_policy(name):  # which says it
                    yield _unlimited(name)
            elif policy.namespace != name:
                shared.setdefault((policy.key, opening.who, opening.limited), []).append(opening)
            else:
                yield _finding(opening, f"of `{name}`", tenant=name)
    for openings in shared.values():
        is_one = len(openings) == 1
        where = f"of `{openings[0].namespace}`" if is_one else f"of {counted(len(openings), 'profile')}"
        yield _finding(openings[0], where, tenant=openings[0].namespace if is_one else "")


def _unlimited(name: str) -> Finding:
    message = f"no AuthorizationPolicy limits who reaches the workloads of `{name}`"
    return replace(Finding(TYPE, "Namespace", "", name, message), tenant=name)


def _finding(opening: Opening, where: str, *, tenant: str) -> Finding:
    if opening.policy is None:
        raise ValueError(opening)
    some = "some workloads" if opening.limited else "the workloads"
    finding = about(opening.policy, TYPE, f"it lets {_who(opening)} reach {some} {where}")
    is_weak = opening.limited or opening.who is Who.FORGERS
    return replace(
        finding,
        own_severity=Severity.WARNING if is_weak else None,
        tenant=tenant,
        from_tenant=opening.from_tenant if tenant else "",
    )


def _who(opening: Opening) -> str:
    if opening.who is Who.FORGERS:
        return f"every pod of the mesh that sends `{opening.name}` as the user's name"
    if opening.who is Who.PATTERN:
        return f"users like `{opening.name}`, such as the owner of `{opening.from_tenant}`,"
    if opening.who is Who.TENANT:
        return f"pods of `{opening.from_tenant}`"
    return "every pod of the mesh" if opening.who is Who.PODS else "everyone who logs in"
