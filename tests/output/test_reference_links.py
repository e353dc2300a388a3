"""Ids of others lead to the pages that explain them, or to none."""

from __future__ import annotations

import re

import pytest

from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from kubectl_kfaccess.output.reference_links import reference_link

WITHOUT_PAGE = re.compile(r"CIS-5\.1\.\d+|C-\d{4}|KSV-\d{4}|CKV2?_K8S_\d+|ADA-KUBEFL-\d+")
"""Benchmarks and checkers, which number their rules and have no lasting address for each."""


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        ("CVE-2021-25740", "https://nvd.nist.gov/vuln/detail/CVE-2021-25740"),
        ("GHSA-ghgh-57qv-h687", "https://github.com/advisories/GHSA-ghgh-57qv-h687"),
        ("KFP#4790", "https://github.com/kubeflow/pipelines/issues/4790"),
        ("KK#5835", "https://github.com/kubeflow/kubeflow/issues/5835"),
        ("kserve#2197", "https://github.com/kserve/kserve/issues/2197"),
        ("ISTIO-SECURITY-2026-002", "https://istio.io/latest/news/security/istio-security-2026-002/"),
        ("https://example.com/a", "https://example.com/a"),
        ("CIS-5.1.2", ""),
    ],
)
def test_a_reference_leads_to_its_page(reference: str, link: str) -> None:
    """Benchmarks and other checkers have no page of their own."""
    assert link == reference_link(reference)


def test_every_reference_of_a_finding_is_known() -> None:
    """A new kind of id needs an address, or a line above that says that it has none."""
    kinds = [kind for groups in BY_COMMAND.values() for group in groups for kind in types(group)]
    references = {reference for kind in kinds for reference in kind.references}

    assert references
    assert [] == [
        each for each in references if not reference_link(each) and not WITHOUT_PAGE.fullmatch(each)
    ]
