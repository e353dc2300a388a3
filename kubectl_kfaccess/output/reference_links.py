"""Where the ids that findings refer to are explained: advisories and issues of the projects."""

from __future__ import annotations

_PREFIXES = {
    "https://": "https://",
    "CVE-": "https://nvd.nist.gov/vuln/detail/CVE-",
    "GHSA-": "https://github.com/advisories/GHSA-",
    "KK#": "https://github.com/kubeflow/kubeflow/issues/",
    "KFP#": "https://github.com/kubeflow/pipelines/issues/",
    "kserve#": "https://github.com/kserve/kserve/issues/",
    "community-distribution#": "https://github.com/kubeflow/community-distribution/issues/",
}
_ISTIO = "ISTIO-SECURITY-"


def reference_link(reference: str) -> str:
    """Return the address of the page about *reference*; "" if we know none."""
    if reference.startswith(_ISTIO):
        return f"https://istio.io/latest/news/security/{reference.lower()}/"
    starts = (each for each in _PREFIXES if reference.startswith(each))
    start = next(starts, None)
    return f"{_PREFIXES[start]}{reference.removeprefix(start)}" if start else ""
