"""Why something is accepted, in words and as data."""

from __future__ import annotations

from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.terminal.safe_text import line


def acceptance(accepted: Accepted) -> str:
    """Return why something is accepted, with who accepted it and the last day, safe to show."""
    by = f"by {accepted.by}" if accepted.by else ""
    until = f"until {accepted.until.isoformat()}" if accepted.until else ""
    details = ", ".join(filter(None, (by, until)))
    return line(f"{accepted.reason} ({details})" if details else accepted.reason)


def accepted_data(accepted: Accepted | None) -> Data:
    """Return `accepted` for what is accepted; nothing for all else."""
    if accepted is None:
        return {}
    until = accepted.until.isoformat() if accepted.until else None
    return {"accepted": {"reason": accepted.reason, "by": accepted.by, "until": until}}
