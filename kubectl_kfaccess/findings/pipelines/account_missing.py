"""A service account that steps run as, and that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.pipelines.view import RunnerView, has_account

TYPE = FindingType(
    id="runner-account-missing",
    severity=Severity.ERROR,
    what="The service account that steps run as does not exist in the namespace.",
    why=(
        'Argo creates the pods of a run under this account, so every run fails with `serviceaccount "…" '
        "not found`. With many users it is usually a namespace that no Profile made, or an API server "
        "whose default account is still `pipeline-runner`."
    ),
    fix=(
        "With many users let the profile controller make the account (it makes `default-editor` for each "
        "Profile), and set `DEFAULTPIPELINERUNNERSERVICEACCOUNT=default-editor` for the API server. For "
        "one team apply the account: `kubectl kfaccess check -o fix | kubectl apply -f -`."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding where the runner is an account that was looked for and is not there."""
    account = view.runner.account
    if account and has_account(view.snapshot, account) is False:
        message = f'whatever is to run as it fails: serviceaccount "{account.name}" not found'
        yield Finding(TYPE, account.kind, account.namespace or "", account.name, message)
