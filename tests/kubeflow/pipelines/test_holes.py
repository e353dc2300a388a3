"""Which releases of Kubeflow Pipelines are known to let other tenants in."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.pipelines.holes import HOLES, holes_in
from kubectl_kfaccess.kubeflow.versions import Version, version

OPEN = {"KFP#13683", "KFP#13684", "GHSA-v83x-544f-ph2r", "KFP#14348"}
"""The fixes of July to September 2026, which 2.17.0 of July 2026 does not have."""
UNTIL_2_17 = {"KFP#8406", "KFP#9889", "CVE-2023-6570"}
UNTIL_2_16_1 = {"GHSA-ghgh-57qv-h687", "KFP#13288"}


def known(text: str) -> Version:
    """Return the version that *text* is."""
    release = version(text)
    assert release
    return release


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("2.0.5", {"KFP#12509"} | UNTIL_2_16_1 | UNTIL_2_17 | OPEN),
        ("2.15.0", {"KFP#12509"} | UNTIL_2_16_1 | UNTIL_2_17 | OPEN),
        ("2.16.0", UNTIL_2_16_1 | UNTIL_2_17 | OPEN),
        ("2.16.1", UNTIL_2_17 | OPEN),
        ("2.17.0-rc.1", UNTIL_2_17 | OPEN),
        ("2.17.0", OPEN),
        ("2.17.1", set()),
        ("3.0.0", set()),
    ],
)
def test_a_release_has_what_later_ones_have_closed(release: str, expected: set[str]) -> None:
    """A release candidate comes before its release. Of releases that nobody has seen, nothing is known."""
    assert expected == {text for hole in holes_in(known(release)) for text in hole.references}


def test_each_hole_has_an_end() -> None:
    """Either a release has closed it, or the last one that surely has it is known."""
    assert all(bool(hole.closed) != bool(hole.last) for hole in HOLES)
    assert all(version(hole.closed or hole.last) for hole in HOLES)
