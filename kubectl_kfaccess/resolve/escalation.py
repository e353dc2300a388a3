"""The steps of a cluster: what they depend on besides its roles and bindings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.kubeflow.pipelines.installation import Pipelines
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import ObjectMeta, ServiceAccount
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, displayed
from kubectl_kfaccess.resolve.pipelines import pipelines_read
from kubectl_kfaccess.sources.source import Source, Wanted

READS = ("serviceaccounts", "namespaces", "profiles")
"""What the steps need besides roles and bindings: which accounts exist, and the labels of namespaces."""


def escalation_of(
    source: Source, snapshot: Snapshot, pipelines: Pipelines | None = None, *, has_pipelines: bool = True
) -> Escalation:
    """
    Return the steps of the cluster that *source* reads.

    *snapshot* must have been read with the resources of READS. *pipelines* is how pipelines are installed, if
    that is known already. Without *has_pipelines* their steps are left out, and nothing is read for them.
    """
    if has_pipelines and pipelines is None:
        pipelines = pipelines_read(source, snapshot)
    groups = {way.kind[0] for step in STEPS for way in step.ways if way.kind}
    return Escalation(
        Facts(
            Evaluator(snapshot),
            source.version(),
            frozenset((each.group, each.name) for each in source.resource_types()),
            pipelines,
            frozenset(group for group in groups if not source.knows_types_of(group)),
            # many files with roles and bindings have no ServiceAccount at all
            knows_accounts=source.live or bool(snapshot.service_accounts),
        )
    )


def likely_escalation(source: Source, snapshot: Snapshot) -> Escalation:
    """
    Return the steps if every account that bindings name exists, without a list of accounts.

    `accounts_exist` says whether that is so for those on a way. Steps by pipelines are left out.
    """
    subjects = (subject for subject in map(displayed, snapshot.principals) if subject.kind == SERVICE_ACCOUNT)
    accounts = (ServiceAccount(ObjectMeta(each.name, each.namespace or "")) for each in subjects)
    assumed = replace(snapshot, service_accounts={account.key: account for account in accounts})
    return escalation_of(source, assumed, has_pipelines=False)


def accounts_exist(source: Source, steps: Iterable[Step]) -> bool:
    """Return whether all service accounts that *steps* lead to certainly exist."""
    subjects = {step.target.subject for step in steps}
    keys = {(each.namespace or "", each.name) for each in subjects if each and each.kind == SERVICE_ACCOUNT}
    namespaces = tuple(sorted({namespace for namespace, _ in keys}))
    return not keys or keys <= source.read(Wanted(("serviceaccounts",), namespaces)).service_accounts.keys()
