"""Every finding about aggregation has a case that triggers it."""

from __future__ import annotations

from kubectl_kfaccess.findings.registry import AGGREGATION, types
from tests.findings.aggregation import (
    test_component_roles,
    test_labels,
    test_resource_not_granted,
    test_rules,
    test_unserved_resource,
)


def test_every_finding_has_a_case() -> None:
    """Each id is expected in at least one case."""
    cases = (*test_rules.CASES.values(), *test_labels.CASES.values(), *test_unserved_resource.CASES.values())
    with_types = (*test_component_roles.COMPONENTS.values(), *test_resource_not_granted.CASES.values())
    worlds = [*(case[-1] for case in cases), *(case[-1] for case in with_types)]

    expected = {finding_id for world in worlds for finding_id, _ in world}
    assert {finding_type.id for finding_type in types(AGGREGATION)} == expected
