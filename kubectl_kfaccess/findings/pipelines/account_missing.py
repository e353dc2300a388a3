"""A service account that pipeline steps run as but that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import RunnerView, has_account

TYPE = FindingType(
    id="runner-account-missing",
    severity=Severity.ERROR,
    what="The service account that pipeline steps run as does not exist in the namespace.",
    why=(
        'Argo creates the pods of a run under this account, so every run fails with `serviceaccount "…" '
        "not found`. In a multi-user installation the usual cause is a namespace that no Profile created, "
        "or a pipelines API server whose default account is still `pipeline-runner`."
    ),
    fix=(
        "In a multi-user installation, let the profile controller create the account (it creates "
        "`default-editor` for each Profile), and set `DEFAULTPIPELINERUNNERSERVICEACCOUNT=default-editor` "
        "for the pipelines API server. In a standalone installation, apply the account: `kubectl kfaccess "
        "check -o fix | kubectl apply -f -`."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding if the runner is a service account that certainly does not exist."""
    account = view.runner.account
    if account and has_account(view.snapshot, account) is False:
        message = f'nothing can run as it: serviceaccount "{account.name}" not found'
        yield Finding(TYPE, account.kind, account.namespace or "", account.name, message)
